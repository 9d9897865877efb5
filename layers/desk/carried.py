"""What an export carries beside the fields: by what event a record is linked, and what of it an analyst decided."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from layers.desk.observed import LONGEST
from layers.desk.record import Record
from layers.ingest import EXTRA
from layers.model import Layer, Rows

_COLUMNS = frozenset({"@geom", "@start", "@until", "@reported", "@marking", "event", "flags"})
_NOTED = '"edited":"{'
_DIGEST, _EVENT, _GRADE = re.compile(r"[0-9a-f]{24}"), re.compile(r"E[1-9][0-9]{0,17}"), re.compile(r"[1-6]")


class Carried:
    """Takes up what the rows of one submission carry along. Runs inside the store's transaction."""

    def __init__(self, record: Record, layer: Layer) -> None:
        self._record, self._layer = record, layer
        self._names: dict[str, str] = {}
        self._first = record.store.version() + 1

    def taken(self, rows: Rows) -> Rows:
        """Return rows in which a record that is new here is linked and decided on as where it came from.

        A record that is here already keeps its own links and decisions: a file takes none of them away. Events are named
        anew, so that none of another mission is taken for one of this. What is no note of ours stays the source's column.
        """
        noted = [n for n, payload in enumerate(rows.payload) if _NOTED in payload]
        if not noted:
            return rows
        here = set(self._record.store.current(self._layer.id, [rows.feature[n] for n in noted]).feature)
        payload = list(rows.payload)
        for n in noted:
            payload[n] = self._lifted(payload[n], known=rows.feature[n] in here)
        return replace(rows, payload=payload)

    def _lifted(self, payload: str, *, known: bool) -> str:
        fields = json.loads(payload)
        extra = dict(fields.get(EXTRA) or {})
        note = _note(extra.pop("edited", ""), self._layer, self._record.configuration.markings)
        if note is None:
            return payload
        event = str(extra.pop("event", ""))
        fields = {name: value for name, value in fields.items() if name != EXTRA} | ({EXTRA: extra} if extra else {})
        if not known:
            fields["edited"] = note
            if _EVENT.fullmatch(event):
                fields["event"] = self._names.setdefault(event, f"E{self._first + len(self._names)}")
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _note(text: object, layer: Layer, markings: Sequence[str]) -> Mapping[str, object] | None:
    """Return an edit's note as the store keeps it, None for what is none."""
    try:
        said = json.loads(str(text))
        fields, source = [str(name) for name in said["fields"]], str(said["source"])
        over, confirmed = [str(name) for name in said.get("over", ())], str(said.get("confirmed", ""))
        crossed = str(said.get("crossed", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    known = {field.name for field in layer.fields} | _COLUMNS
    if not fields or not set(fields) <= known or not _DIGEST.fullmatch(source):
        return None
    note: dict[str, object] = {"fields": sorted(set(fields)), "source": source}
    note |= {"over": [name for name in over if name in markings]} if over else {}
    note |= {"crossed": crossed} if 0 < len(crossed) <= LONGEST else {}
    return note | ({"confirmed": confirmed} if _GRADE.fullmatch(confirmed) else {})
