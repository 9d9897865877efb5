"""What sheets and reports rest on beside the record, and how one that is made again compares with what was issued."""

from __future__ import annotations

import hashlib
import json

from layers.desk import basemap
from layers.desk.issued import Entry
from layers.desk.record import Record
from layers.notation import dtg

#: What of ``mission.toml`` is told on paper and not kept with a number.
_TOLD = ("title", "box", "timezone", "markings", "parties", "exercise")
_MISSION, _BASE = "the mission's configuration", "the base layers"


def beside(record: Record) -> str:
    """Return the digests of the mission's configuration and of its base layers as they stand, as one text of the audit."""
    said = json.dumps([getattr(record.configuration, name) for name in _TOLD], ensure_ascii=True)
    held = {_MISSION: hashlib.sha256(said.encode()).hexdigest(), _BASE: basemap.digest(record.folder)}
    return json.dumps(held, sort_keys=True)


def changed(record: Record, then: str) -> tuple[str, ...] | None:
    """Return what of that stands otherwise now than it did ``then``, in words; None where that was not kept."""
    if not then:
        return None
    held, now = json.loads(then), json.loads(beside(record))
    return tuple(name for name in (_MISSION, _BASE) if held.get(name) != now[name])


def compared(entry: Entry, since: tuple[str, ...] | None) -> str:
    """Return how the last file of a number compares with the first of its form, in words; what changed ``since`` is the reason."""
    *before, last = entry.files
    form = last.form.upper()
    first = next((one for one in before if one.form == last.form), None)
    both = " and ".join(since or ())
    if first is None:
        told = f"It is the first {form} of number {entry.called}, so there is none to compare it with."
        return f"{told} Since the number was taken, {both} changed: it may look otherwise than the other forms." if both else told
    if first.digest == last.digest:
        return f"It is the same, byte for byte, as what was issued on {dtg(first.at)}."
    if since is None:
        why = "the mission's configuration, its base layers, a raster or the program changed since"
    else:
        why = (
            f"{both} changed since"
            if both
            else "neither the mission's configuration nor its base layers did, so a raster or the program changed"
        )
    return (
        f"It differs from what was issued on {dtg(first.at)}: {why}. Hand out the {form} of that time if you still have it, "
        "or issue the view anew, under a number of its own."
    )
