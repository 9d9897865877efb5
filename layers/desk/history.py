"""Why a record says what it says: its versions, each with who, when, from where, why, and what it changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from layers.desk import answers, spared
from layers.desk.answers import Json
from layers.model import Layer, Versions
from layers.notation import format_dtg, format_mgrs
from layers.store import Batch

_ACTS = {
    "submit": "Import",
    "edit": "Edit",
    "grade": "Grade",
    "link": "Link",
    "unlink": "Unlink",
    "withdraw": "Withdrawal",
    "undo": "Undo",
    "report": "Report",
}


def told(of: Layer, versions: Versions, shown: Sequence[int], batches: Mapping[int, Batch]) -> list[Json]:
    """Return a feature's versions in words, the oldest first.

    Parameters
    ----------
    versions : Versions
        All of the feature.
    shown : sequence of int
        Positions of those that may be told. What a version changed is told against the one shown before it, so that
        nothing of the others comes through.
    batches : mapping of int to Batch
        The acts they came by.
    """
    lines: list[Json] = []
    versions = spared.told(versions)
    before: int | None = None
    for n in shown:
        fields = json.loads(versions.payload[n])
        changes = [] if before is None else changed(of, versions, before, n)
        batch = batches.get(int(versions.batch[n]))
        lines.append(
            {
                "seq": int(versions.seq[n]),
                "recorded": answers.millis(versions.recorded[n]),
                "when": str(format_dtg(versions.recorded[n : n + 1])[0]),
                "batch": int(versions.batch[n]),
                "row": int(versions.row[n]) if batch is not None and batch.file else 0,
                "change": _summary(versions, before, n, changes),
                "changes": changes,
                "who": batch.who if batch else "",
                "file": batch.file if batch else "",
                "act": act(batch) if batch else "",
                "reason": batch.reason if batch else "",
                "original": answers.original(fields),
            }
        )
        before = n
    return lines


def act(batch: Batch) -> str:
    """Return what was done, in words."""
    return f"Undo of batch {batch.ref}" if batch.act == "undo" else _ACTS.get(batch.act, batch.act.capitalize())


def changed(of: Layer, versions: Versions, before: int, after: int) -> list[Json]:
    """Return field by field what one version says otherwise than another: label, before, after."""
    was, now = json.loads(versions.payload[before]), json.loads(versions.payload[after])
    said: list[Json] = [
        {
            "label": field.label,
            "before": answers.cell(of, field.name, was.get(field.name)),
            "after": answers.cell(of, field.name, now.get(field.name)),
        }
        for field in of.fields
        if field.name != "marking" and was.get(field.name) != now.get(field.name)
    ]
    if _place(versions, before) != _place(versions, after):
        said.append({"label": "Position", "before": _grid(of, versions, before), "after": _grid(of, versions, after)})
    if versions.marking[before] != versions.marking[after]:
        said.append({"label": "Marking", "before": versions.marking[before], "after": versions.marking[after]})
    if was.get("event") != now.get("event"):
        said.append({"label": "Event", "before": was.get("event") or "", "after": now.get("event") or ""})
    first, then = ({one["label"]: one["value"] for one in answers.original(fields)} for fields in (was, now))
    said += [
        {"label": f"{name} (as in the source)", "before": first.get(name, ""), "after": then.get(name, "")}
        for name in {**first, **then}
        if first.get(name) != then.get(name)
    ]
    return said


def _summary(versions: Versions, before: int | None, n: int, changes: Sequence[Json]) -> str:
    if versions.retracted[n]:
        return "withdrawn"
    if before is None:
        return "first version"
    if versions.retracted[before]:
        return "brought back"
    return ", ".join(str(change["label"]) for change in changes) or "nothing that is shown"


def _place(versions: Versions, n: int) -> object:
    return versions.wkb[n] if versions.wkb is not None else (versions.lon[n], versions.lat[n])


def _grid(of: Layer, versions: Versions, n: int) -> str:
    if of.geometry != "point":
        return "a shape"
    return str(format_mgrs(versions.lon[n : n + 1], versions.lat[n : n + 1])[0])
