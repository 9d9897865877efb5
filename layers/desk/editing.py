"""What an analyst decides of records: new values, grades, links, withdrawals. Each act is one batch with one reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from layers import access
from layers.access import User
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk.crossed import PLACED, crossed, event_of
from layers.desk.record import Record
from layers.desk.resting import RESTED, Resting, floor
from layers.desk.scenes import DIGEST
from layers.errors import LayersError
from layers.ingest import OBSERVED
from layers.ingest.checks import Checking, Rules, Table
from layers.model import AuditEvent, Fault, Layer, Receipt, Rows, Versions
from layers.notation import parse_positions

#: Fields that say which record it is or are kept apart from what may be decided.
_FIXED = frozenset({"id"})
#: Fields of a scene that its raster was read by.
_READ_BY = frozenset({"sensor", "acquired_at", "bands", "scale", "offset", "measured_in", "resolution_m"})
_PLACE, _PRECISION = "position", "precision_m"
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
    crossed : str or None
        The linked observations at whose crossing ``position`` lies; blank where it stands by its own again, None for neither.
    """

    feature: str
    seen: int
    fields: Mapping[str, str] = field(default_factory=dict)
    event: str | None = None
    withdrawn: bool = False
    crossed: str | None = None


#: The number of an edit, the edit, and the place of its record among the current ones.
Taken = Sequence[tuple[int, Edit, int]]


@dataclass
class Editing:
    """One batch of decisions on records of one layer, by one user. ``members`` gives the standing versions of an event."""

    record: Record
    user: User
    layer: Layer
    visible: Visible
    members: Members
    _refused: list[Fault] = field(default_factory=list)
    _said: list[str] = field(default_factory=list)
    _asked: int = 0
    _same: int = 0

    def stored(self, edits: Sequence[Edit], event: AuditEvent, along: Iterable[str] = ()) -> Receipt:
        """Store what is decided as new versions; what cannot be is refused by its place in ``edits``, from 1.

        Linked observations cross anew where a link, a withdrawal or a marking is decided on, and those of the events ``along``.

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
        receipt = resting.told(self.record.store.append(self._rows(edits, resting, set(along)), event))
        refused = tuple(sorted(self._refused, key=lambda fault: fault.row))
        same, said = receipt.unchanged + self._same, (*receipt.said, *self._said)
        return replace(receipt, unchanged=same, refused=refused, said=said)

    def _rows(self, edits: Sequence[Edit], resting: Resting, along: set[str]) -> Iterator[Rows]:
        """Return the new versions. Runs inside the store's transaction: nobody else's comes between look and act."""
        self._asked, touched = len(edits), along | self._touched(edits)
        edits = [*edits, *self._others(edits, touched)]
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
        good, rows = self._checked(current, taken)
        placed = self._placed(current, good, touched)
        if placed != good:
            good, rows = self._checked(current, placed)
        made = [self._decided(current, n, edit, rows, k) for k, (_, edit, n) in enumerate(good)]
        kept = [one for one in made if one is not None]
        if kept:
            yield _as_rows(self.layer, current, kept)
        if self.layer.id in RESTED:
            yield from resting.raised({current.feature[one.at]: (current.marking[one.at], one.marking) for one in kept})

    def _touched(self, edits: Sequence[Edit]) -> set[str]:
        """Return the events whose linked observations may cross otherwise once edits are taken."""
        meant = [edit for edit in edits if edit.event is not None or edit.withdrawn or "marking" in edit.fields]
        held = self.record.store.current(self.layer.id, [edit.feature for edit in meant])
        return {name for name in (*map(event_of, held.payload), *(edit.event or "" for edit in meant)) if name}

    def _others(self, edits: Sequence[Edit], events: set[str]) -> Iterator[Edit]:
        """Yield edits that decide nothing of the other observations of events: where they stand hangs on who belongs to these."""
        chosen = {edit.feature for edit in edits}
        held = self.record.store.records(self.layer.id, [seq for name in sorted(events) for seq in self.members(name)])
        for feature, seq, payload in zip(held.feature, held.seq.tolist(), held.payload, strict=True):
            if feature not in chosen and f'"{OBSERVED}"' in payload:
                yield Edit(feature, seq)

    def _checked(self, current: Versions, taken: Taken) -> tuple[Taken, Rows]:
        """Return the edits that leave records as a file may bring them, and these, in one order; the others are refused."""
        draft = Checking(self.layer, self._rules()).checked(self._table(current, taken), len(taken), 0)
        told, before = {fault.row: fault for fault in draft.faults}, {fault.row for fault in self._refused}
        self._refused += [fault for row, fault in told.items() if row not in before]
        at = {one[0]: one for one in taken}
        return [at[int(row)] for row in draft.rows.row], draft.rows

    def _placed(self, current: Versions, taken: Taken, events: set[str]) -> Taken:
        """Return edits that also place the observations of events where these cross once the edits are taken."""
        linked: list[str | None] = [None] * len(current)
        marking = list(current.marking)
        for _, edit, n in taken:
            name = event_of(current.payload[n]) if edit.event is None else edit.event
            linked[n] = name if not edit.withdrawn and (name in events or edit.event == "") else None
            marking[n] = edit.fields.get("marking") or marking[n]
        found = crossed(current, linked, marking, self.record.configuration.markings)
        self._said += found.said
        made: list[tuple[int, Edit, int]] = []
        for row, edit, n in taken:
            to = found.places.get(n) if _PLACE not in edit.fields else None
            place = {_PLACE: f"{to.lat:.6f}, {to.lon:.6f}", _PRECISION: f"{to.precision_m:.0f}"} if to else {}
            made.append((row, replace(edit, fields={**edit.fields, **place}, crossed=to.of) if to else edit, n))
        return made

    def _table(self, current: Versions, taken: Taken) -> Table:
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
        linked = _linked(note, edit, moved or _PRECISION in names)
        columns = {
            "@geom": moved,
            "@start": self.layer.time_field in names,
            "@until": self.layer.until_field in names,
            "@reported": "reported_at" in names,
            "@marking": "marking" in edit.fields and rows.marking[k] != current.marking[n],
        }
        names += [name for name, changed in columns.items() if changed]
        if not names and not edit.withdrawn and linked == note.get("crossed", ""):
            self._same += row <= self._asked
            return None
        reason = self._forbidden((current.marking[n], rows.marking[k]), after, names, int(current.seq[n]))
        if reason:
            self._refuse(row, *reason)
            return None
        over = self._below(rows.marking[k]) if columns["@marking"] else note.get("over", [])
        freed = PLACED if edit.crossed == "" else frozenset()
        told = {"over": over, "withdrawn": edit.withdrawn, "confirmed": confirmed, "crossed": linked}
        fresh = {"fields": sorted({*note.get("fields", ()), *names} - freed)} | {name: one for name, one in told.items() if one}
        payload = json.dumps(after | {"edited": fresh}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        place, starts, ends, reported, marks = ((rows, k) if changed else (current, n) for changed in columns.values())
        return _Decided(
            row,
            n,
            (float(place[0].lon[place[1]]), float(place[0].lat[place[1]])),
            (int(starts[0].start[starts[1]]), int(ends[0].until[ends[1]]), int(reported[0].reported[reported[1]])),
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


def _linked(note: Mapping[str, object], edit: Edit, placed: bool) -> str:
    """Return the observations at whose crossing a record stands once it is edited, blank for none: who places it by hand takes it away."""
    if edit.crossed is not None:
        return edit.crossed
    return "" if placed else str(note.get("crossed", ""))


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
