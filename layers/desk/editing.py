"""What an analyst decides of records: new values, grades, links, withdrawals. Each act is one batch with one reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from layers import access
from layers.access import User
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk.record import Record
from layers.desk.resting import RESTED, Resting, floor
from layers.desk.scenes import DIGEST
from layers.errors import LayersError
from layers.ingest.checks import Checking, Rules, Table
from layers.model import AuditEvent, Fault, Layer, Receipt, Rows, Versions
from layers.notation import parse_positions

#: Fields that say which record it is or are kept apart from what may be decided.
_FIXED = frozenset({"id"})
#: Fields of a scene that its raster was read by.
_READ_BY = frozenset({"sensor", "acquired_at", "bands", "scale", "offset", "measured_in", "resolution_m"})
_PLACE = "position"
_GONE = "is not here; choose it again from the table"
_CHANGED = "was changed since you opened it; look at it as it stands now, then decide again"
_RASTER = "is what the raster is read by; add the GeoTIFF again and say it there"
_BELOW = "is lower than that of what it rests on, {}; lower the scene or the finding it was made of first"
_ALONE = "is confirmed only where two linked records of different sources say so; link it first"

Fields = dict[str, object]
Visible = Callable[[Layer, Sequence[int]], Mapping[int, str]]
Members = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of one record.

    Attributes
    ----------
    feature : str
        The record.
    seen : int
        The version that whoever decides has looked at.
    fields : mapping of str to str
        New values by field, as a file would write them; blank takes a value out. ``position`` is read in any notation.
    event : str or None
        What links it to others; blank unlinks it, None leaves it as it is.
    withdrawn : bool
        It is taken back.
    """

    feature: str
    seen: int
    fields: Mapping[str, str] = field(default_factory=dict)
    event: str | None = None
    withdrawn: bool = False


@dataclass
class Editing:
    """One batch of decisions on records of one layer, by one user. ``members`` gives the standing versions of an event."""

    record: Record
    user: User
    layer: Layer
    visible: Visible
    members: Members
    _refused: list[Fault] = field(default_factory=list)
    _same: int = 0

    def stored(self, edits: Sequence[Edit], event: AuditEvent) -> Receipt:
        """Store what is decided as new versions; what cannot be is refused by its place in ``edits``, from 1.

        Raises
        ------
        LayersError
            No reason is given, a record is named twice, or a field is none that may be edited.
        """
        if not str(event.detail.get("reason", "")).strip():
            raise LayersError("no reason is given; say in a few words why")
        if len({edit.feature for edit in edits}) < len(edits):
            raise LayersError("a record is named twice; decide on each once")
        known = {of.name for of in self.layer.fields} - _FIXED | ({_PLACE} if self.layer.geometry == "point" else set())
        unknown = sorted({name for edit in edits for name in edit.fields} - known)
        if unknown:
            raise LayersError(f"{unknown[0]!r} cannot be edited in {self.layer.title}; there are: {', '.join(sorted(known))}")
        resting = Resting(self.record)
        receipt = resting.told(self.record.store.append(self._rows(edits, resting), event))
        refused = tuple(sorted(self._refused, key=lambda fault: fault.row))
        return replace(receipt, unchanged=receipt.unchanged + self._same, refused=refused)

    def _rows(self, edits: Sequence[Edit], resting: Resting) -> Iterator[Rows]:
        """Return the new versions. Runs inside the store's transaction: nobody else's comes between look and act."""
        current = self.record.store.current(self.layer.id, [edit.feature for edit in edits])
        at = {feature: n for n, feature in enumerate(current.feature)}
        seen = self.visible(self.layer, [edit.seen for edit in edits])
        taken: list[tuple[int, Edit, int]] = []
        for row, edit in enumerate(edits, start=1):
            n = at.get(edit.feature)
            if n is None or edit.seen not in seen:
                self._refuse(row, "record", _GONE)
            elif int(current.seq[n]) != edit.seen or current.retracted[n]:
                self._refuse(row, "record", _CHANGED)
            else:
                taken.append((row, edit, n))
        if not taken:
            return
        draft = Checking(self.layer, self._rules()).checked(self._table(current, taken), len(taken), 0)
        told = {fault.row: fault for fault in draft.faults}
        before = {fault.row for fault in self._refused}
        self._refused += [fault for row, fault in told.items() if row not in before]
        checked = {int(row): n for n, row in enumerate(draft.rows.row)}
        made = [self._decided(current, at_row, edit, draft.rows, checked[row]) for row, edit, at_row in taken if row in checked]
        kept = [one for one in made if one is not None]
        if kept:
            yield _as_rows(self.layer, current, kept)
        if self.layer.id in RESTED:
            yield from resting.raised({current.feature[one.at]: (current.marking[one.at], one.marking) for one in kept})

    def _table(self, current: Versions, taken: Sequence[tuple[int, Edit, int]]) -> Table:
        """Return the records as a file would bring them, with what is decided in place of what they said."""
        held = [json.loads(current.payload[n]) | {"marking": current.marking[n]} for _, _, n in taken]
        columns = {
            of.name: pa.array(
                [edit.fields.get(of.name, _text(held[k].get(of.name))).strip() for k, (_, edit, _) in enumerate(taken)]
            )
            for of in self.layer.fields
        }
        rows = np.array([n for _, _, n in taken], np.int64)
        numbers = np.array([row for row, _, _ in taken], np.int64)
        lon, lat, faults = current.lon[rows].copy(), current.lat[rows].copy(), []
        moved = [k for k, (_, edit, _) in enumerate(taken) if _PLACE in edit.fields]
        read = parse_positions([taken[k][1].fields[_PLACE] for k in moved])
        for k, found_lon, found_lat, fault in zip(moved, read.lon, read.lat, read.fault, strict=True):
            if fault:
                faults.append(Fault(int(numbers[k]), _PLACE, fault))
            else:
                lon[k], lat[k] = found_lon, found_lat
        wkb = None if current.wkb is None else [current.wkb[n] for n in rows]
        return Table(numbers, columns, {}, lon, lat, wkb, tuple(faults))

    def _decided(self, current: Versions, n: int, edit: Edit, rows: Rows, k: int) -> _Decided | None:
        """Return one record's new version; None where it says what it said, or may not say it."""
        row = int(rows.row[k])
        before = json.loads(current.payload[n])
        note = before.pop("edited", {})
        moved = _PLACE in edit.fields and (rows.lon[k], rows.lat[k]) != (current.lon[n], current.lat[n])
        after, names = _written(before, json.loads(rows.payload[k]), edit, moved)
        confirmed = _confirmed(before, after, names, str(note.get("confirmed", "")))
        columns = {
            "@geom": moved,
            "@start": self.layer.time_field in names,
            "@until": self.layer.until_field in names,
            "@reported": "reported_at" in names,
            "@marking": "marking" in edit.fields and rows.marking[k] != current.marking[n],
        }
        names += [name for name, changed in columns.items() if changed]
        if not names and not edit.withdrawn:
            self._same += 1
            return None
        reason = self._forbidden((current.marking[n], rows.marking[k]), after, names, int(current.seq[n]))
        if reason:
            self._refuse(row, *reason)
            return None
        over = self._below(rows.marking[k]) if columns["@marking"] else note.get("over", [])
        fresh = {"fields": sorted({*note.get("fields", ()), *names})} | ({"over": over} if over else {})
        fresh |= {"withdrawn": True} if edit.withdrawn else {}
        fresh |= {"confirmed": confirmed} if confirmed else {}
        payload = json.dumps(after | {"edited": fresh}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        place, starts, ends, told, marks = ((rows, k) if changed else (current, n) for changed in columns.values())
        return _Decided(
            row,
            n,
            (float(place[0].lon[place[1]]), float(place[0].lat[place[1]])),
            (int(starts[0].start[starts[1]]), int(ends[0].until[ends[1]]), int(told[0].reported[told[1]])),
            marks[0].marking[marks[1]],
            payload,
            edit.withdrawn,
        )

    def _forbidden(
        self, step: tuple[str, str], after: Mapping[str, object], names: Sequence[str], seen: int
    ) -> tuple[str, str] | None:
        (was, marking), markings = step, self.record.configuration.markings
        top = access.ceiling(self.user, markings)
        if "@marking" in names and top != access.UNLIMITED and access.rank(marking, markings) > top:
            return "marking", "the marking is above your ceiling; choose a lower one or ask someone cleared for it"
        least = floor(self.record, after) if access.rank(marking, markings) < access.rank(was, markings) else ""
        if "@marking" in names and least and access.rank(marking, markings) < access.rank(least, markings):
            return "marking", _BELOW.format(least)
        if self.layer.id == SCENES.id and DIGEST.fullmatch(str(after.get("id"))) and (read := sorted(_READ_BY & set(names))):
            return read[0], _RASTER
        if "credibility" in names and after.get("credibility") == "1" and not self._corroborated(after, seen):
            return "credibility", _ALONE
        return None

    def _corroborated(self, after: Mapping[str, object], seen: int) -> bool:
        event = str(after.get("event") or "")
        if not event:
            return False
        linked = self.record.store.records(self.layer.id, [seq for seq in self.members(event) if seq != seen])
        said = {str(json.loads(payload).get("source") or "").casefold() for payload in linked.payload}
        mine = str(after.get("source") or "").casefold()
        return bool(mine) and bool(said - {mine, ""})

    def _below(self, marking: str) -> list[str]:
        markings = self.record.configuration.markings
        return list(markings[: access.rank(marking, markings)])

    def _rules(self) -> Rules:
        configuration = self.record.configuration
        return Rules(configuration.markings, configuration.default_marking, configuration.box, self.record.clock())

    def _refuse(self, row: int, name: str, reason: str) -> None:
        self._refused.append(Fault(row, name, reason))


@dataclass(frozen=True, slots=True)
class _Decided:
    """A record's new version; ``at`` is its place among the current ones."""

    row: int
    at: int
    place: tuple[float, float]
    times: tuple[int, int, int]
    marking: str
    payload: str
    withdrawn: bool


def _written(before: Mapping[str, object], checked: Mapping[str, object], edit: Edit, moved: bool) -> tuple[Fields, list[str]]:
    """Return what a record says once the edit is taken, and which of its fields that changes."""
    names = [name for name in edit.fields if name not in ("marking", _PLACE) and checked.get(name) != before.get(name)]
    if (names or moved) and checked.get("flags") != before.get("flags"):
        names.append("flags")
    after = {name: value for name, value in before.items() if name not in names}
    after |= {name: checked[name] for name in names if name in checked}
    if edit.event is not None and edit.event != before.get("event", ""):
        names.append("event")
        after.pop("event", None)
        after |= {"event": edit.event} if edit.event else {}
    return after, names


def _confirmed(before: Mapping[str, object], after: Fields, names: list[str], earlier: str) -> str:
    """Return the grade a record had before a link let it be confirmed, blank where it is not confirmed so.

    A record that leaves its event falls back to that grade. One that was graded 1 by its source, or by whoever reported
    it, was so without a link, has no such grade and stays as it is.
    """
    if "credibility" in names:
        return str(before.get("credibility") or "6") if after.get("credibility") == "1" else ""
    if earlier and "event" in names and not after.get("event"):
        after["credibility"] = earlier
        names.append("credibility")
        return ""
    return earlier


def _as_rows(layer: Layer, current: Versions, made: Sequence[_Decided]) -> Rows:
    start, until, reported = (np.array([one.times[k] for one in made], np.int64) for k in range(3))
    return Rows(
        layer.id,
        np.array([one.row for one in made], np.int64),
        [current.feature[one.at] for one in made],
        np.array([one.place[0] for one in made]),
        np.array([one.place[1] for one in made]),
        None if current.wkb is None else [current.wkb[one.at] for one in made],
        start,
        until,
        reported,
        [one.marking for one in made],
        [one.payload for one in made],
        np.array([one.withdrawn for one in made], np.bool_),
    )


def _text(value: object) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)
