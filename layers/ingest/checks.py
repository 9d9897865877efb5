"""Canonical columns become checked rows. Vectorised; every row in is either a row or a fault."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import compress

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.ingest import short, values
from layers.ingest.repeats import Repeats
from layers.ingest.values import Column
from layers.model import NO_TIME, Draft, Fault, Field, Layer, Rows, to_micros
from layers.notation import parse_times, personal_signs

Bools = npt.NDArray[np.bool_]
Said = Callable[[int], str]
_AHEAD = timedelta(days=1)
#: What is remarked of a row depends on the day: it is the same row without.
_FLAGS = re.compile(r',?"flags":\[[^\]]*\]')
#: Fields people write into as they like, and whether what they write is the name of a place.
_WRITTEN = {"text": False, "target": False, "place": True}
#: The well-known binary form of an empty collection: a feature that is taken back lies where it lay.
_NOWHERE = bytes.fromhex("010700000000000000")
#: At most so many different unknown values of a field are told, each cut to so many characters.
_MOST, _LONGEST = 500, 200


@dataclass(frozen=True, slots=True)
class Rules:
    """What the mission says of its rows."""

    markings: Sequence[str]
    default_marking: str
    box: tuple[float, float, float, float]
    now: datetime
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Canonical columns of text by field name, with places and the columns no field takes."""

    row: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]
    extra: dict[str, pa.Array]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    wkb: Sequence[bytes] | None
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the cells of a table mean, by field: codes and words, times and numbers of each different text.

    Times are microseconds since 1970 UTC; ``raw`` are the numbers as they stood, those that are refused too.
    """

    count: int
    texts: dict[str, Column] = field(default_factory=dict)
    times: dict[str, tuple[npt.NDArray[np.int64], Column]] = field(default_factory=dict)
    numbers: dict[str, tuple[npt.NDArray[np.float64], Column]] = field(default_factory=dict)
    raw: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)

    def when(self, name: str) -> npt.NDArray[np.int64]:
        """Return each row's time in a field."""
        micros, column = self.times[name]
        return column.by_row(micros)


@dataclass
class Checking:
    """Checks the tables of one file, in order; equal rows without an id are told apart, of different ones with one id only the first is taken."""

    layer: Layer
    rules: Rules
    _met: Counter[str] = field(default_factory=Counter)
    _faults: list[Fault] = field(default_factory=list)
    _remarks: list[Fault] = field(default_factory=list)
    _refused: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))
    _flags: dict[str, Bools] = field(default_factory=dict)
    _asked: dict[str, Counter[str]] = field(default_factory=dict)
    _repeats: Repeats = field(default_factory=Repeats)

    def checked(self, table: Table, rows_in: int, left_out: int) -> Draft:
        """Return the good rows of a table, and why the others are refused."""
        judged = self.judged(table)
        kept = np.flatnonzero(~self._refused)
        payload = _taken(self._payload(judged, table), kept).to_pylist()
        rows, repeated = self._repeats.sifted(self._rows(table, kept, judged, payload))
        self._faults += repeated
        gone = {*table.row[self._refused].tolist(), *(fault.row for fault in repeated)}
        told = [remark for remark in self._remarks if remark.row not in gone]
        return Draft(rows, tuple(self._faults), rows_in, left_out, tuple(told), self._asked)

    def taken_back(self, table: Table, rows_in: int) -> Draft:
        """Return rows in which the source takes features back by their ids; one without an id is refused."""
        count = len(table.row)
        blank = pa.array([""] * count, pa.string())
        ids = values.clean(table.columns.get("id", blank)).to_pylist()
        faults = tuple(
            Fault(int(of), "id", "is blank; a feature is taken back by its id")
            for of, name in zip(table.row, ids, strict=True)
            if not name
        )
        kept = np.flatnonzero([bool(name) for name in ids])
        none, here = np.full(len(kept), NO_TIME, np.int64), np.zeros(len(kept))
        rows = Rows(
            self.layer.id,
            table.row[kept],
            [ids[n] for n in kept],
            here,
            here.copy(),
            None if self.layer.geometry == "point" else [_NOWHERE] * len(kept),
            none,
            none,
            none,
            [self.rules.default_marking] * len(kept),
            ["{}"] * len(kept),
            np.ones(len(kept), np.bool_),
        )
        taken, repeated = self._repeats.sifted(rows)
        return Draft(taken, (*faults, *repeated), rows_in)

    def judged(self, table: Table) -> Judged:
        """Hold every rule against a table; return what its cells mean."""
        self._faults, self._remarks, self._flags, self._asked = list(table.faults), list(table.remarks), {}, {}
        self._refused = np.isin(table.row, [fault.row for fault in table.faults])
        none, found = pa.array([""], pa.string()), Judged(len(table.row))
        for of in self.layer.fields:
            texts = table.columns.get(of.name)
            column = Column(none, np.zeros(found.count, np.int32)) if texts is None else values.column(texts)
            if of.kind == "time":
                self._time(of, column, table, found)
            elif of.kind in ("number", "integer"):
                self._number(of, column, table, found)
            else:
                self._code(of, column, table, found)
        told = short.settled(found.times, self._happened(), self.rules.now, self.rules.zone)
        self._remarks += [Fault(int(table.row[n]), name, reason) for n, name, reason in told]
        self._places(table)
        self._order(found, table)
        return found

    def _payload(self, judged: Judged, table: Table) -> pa.Array:
        fragments = []
        for of in self.layer.fields:
            if of.name == "marking":
                continue
            if of.kind == "time":
                micros, column = judged.times[of.name]
                made = values.iso(micros, micros == NO_TIME)
            elif of.kind in ("number", "integer"):
                number, column = judged.numbers[of.name]
                made = values.as_number(np.trunc(number) if of.kind == "integer" else number, whole=of.kind == "integer")
            else:
                column = judged.texts[of.name]
                made = values.quoted(column.texts)
            fragments.append((of.name, column.like(made)))
        return values.joined([*fragments, ("extra", self._extra(table)), ("flags", self._flagged(judged.count))], judged.count)

    def _rows(self, table: Table, kept: npt.NDArray[np.int64], judged: Judged, payload: list[str]) -> Rows:
        none = np.full(judged.count, NO_TIME, np.int64)
        names = (self.layer.time_field, self.layer.until_field, "reported_at")
        start, until, reported = (judged.when(name)[kept] if name in judged.times else none[kept] for name in names)
        wkb = None if table.wkb is None else [table.wkb[n] for n in kept]
        ids = table.columns.get("id")
        named = [""] * len(kept) if ids is None else values.clean(_taken(ids, kept)).to_pylist()
        lon, lat = table.lon[kept], table.lat[kept]
        return Rows(
            self.layer.id,
            table.row[kept],
            self._identities(named, payload, lon, lat, wkb),
            lon,
            lat,
            wkb,
            start,
            until,
            reported,
            _marking_of(judged, kept),
            payload,
            np.zeros(len(kept), np.bool_),
        )

    def _identities(
        self,
        named: list[str],
        payload: list[str],
        lon: npt.NDArray[np.float64],
        lat: npt.NDArray[np.float64],
        wkb: Sequence[bytes] | None,
    ) -> list[str]:
        found: list[str] = []
        for n, name in enumerate(named):
            if name:
                found.append(name)
                continue
            place = wkb[n] if wkb is not None else f"{lon[n]!r},{lat[n]!r}".encode()
            digest = blake2b(_FLAGS.sub("", payload[n]).encode() + place, digest_size=12).hexdigest()
            self._met[digest] += 1
            found.append(f"#{digest}-{self._met[digest]}")
        return found

    def _code(self, of: Field, column: Column, table: Table, found: Judged) -> None:
        """Judge a field of text: a code, a marking, or words."""
        if of.name == "marking":
            codes, unknown = values.marked(column.texts, self.rules.markings, self.rules.default_marking)
            known = ", ".join(self.rules.markings)
            self._refuse(
                of.name, column.rows(unknown), table, lambda n: f"{column.said(n)} is no marking of this mission; use {known}"
            )
        elif of.kind == "code" and of.choices:
            codes, unknown = values.coded(column.texts, of)
            self._say(of, column, unknown, table)
        else:
            codes = values.given(column.texts, of)
        found.texts[of.name] = Column(codes, column.at)
        if of.required:
            self._missing(of, column.rows(values.blank(codes)), table)
        if of.name in _WRITTEN:
            self._warn(of, column, table)

    def _warn(self, of: Field, column: Column, table: Table) -> None:
        """Remark on signs of personal data. The record itself does not carry the remark: it is for whoever brings the row."""
        signs = personal_signs(column.texts, place=_WRITTEN[of.name])
        for n in column.rows(signs != "").tolist():
            reason = f"may hold {signs[column.place(n)]}; no personal data belongs in a report, so take it out"
            self._remarks.append(Fault(int(table.row[n]), of.name, reason))

    def _number(self, of: Field, column: Column, table: Table, found: Judged) -> None:
        number, wrong = values.read_numbers(column.texts)
        self._refuse(
            of.name,
            column.rows(wrong),
            table,
            lambda n: f"{column.said(n)} is not a number; write digits, such as 12",
            lambda n: "comma" if "," in column.text(n) else "",
        )
        raw = number
        number = np.where(wrong, np.nan, number)
        if of.kind == "integer":
            part = ~np.isnan(number) & (number % 1 != 0)
            self._refuse(of.name, column.rows(part), table, lambda n: f"{raw[column.place(n)]:g} is not a whole number")
        low, high = of.low if of.low is not None else -np.inf, of.high if of.high is not None else np.inf
        with np.errstate(invalid="ignore"):
            out = (number < low) | (number > high) | ((np.abs(number) > 2**53) if of.kind == "integer" else False)
        bounds = f"is out of bounds; {of.label.lower()} runs from {low:g} to {high:g}"
        self._refuse(of.name, column.rows(out), table, lambda n: f"{raw[column.place(n)]:g} {bounds}")
        found.raw[of.name] = raw
        found.numbers[of.name] = np.where(out, np.nan, number), column

    def _time(self, of: Field, column: Column, table: Table, found: Judged) -> None:
        blank = values.blank(column.texts)
        micros, others = values.read_utc(column.texts)
        others = others[~blank[others]]
        texts = _taken(column.texts, others).to_pylist()
        parsed = parse_times(texts, reference=self.rules.now, zone=self.rules.zone, past=of.name in self._happened())
        micros[others], fault = parsed.micros, dict(zip(others.tolist(), parsed.fault, strict=True))
        self._refuse(
            of.name,
            column.rows(~blank & (micros == NO_TIME)),
            table,
            lambda n: fault[column.place(n)],
            lambda n: "no_zone" if "no time zone" in fault[column.place(n)] else "",
        )
        if of.required:
            self._missing(of, column.rows(blank), table)
        late = to_micros(self.rules.now + _AHEAD) if of.name in ("occurred_at", "reported_at") else np.iinfo(np.int64).max
        self._flag("in_the_future", of.name, column.rows(micros > late), table, "lies in the future; it is kept as it stands")
        found.times[of.name] = values.to_the_end(column.texts, micros, of.name == self.layer.until_field), column

    def _happened(self) -> tuple[str, ...]:
        """Return the fields whose times lie in the past; those of a layer of intervals may be plans."""
        return (self.layer.time_field, "reported_at") if self.layer.time_rule == "instant" else ("reported_at",)

    def _places(self, table: Table) -> None:
        lon, lat = table.lon, table.lat
        with np.errstate(invalid="ignore"):
            bad = np.flatnonzero(~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90) & (np.abs(lon) <= 360)))
            west, south, east, north = self.rules.box
            inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
            swapped = ~inside & (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
        told = {fault.row for fault in self._faults}
        self._refuse(
            "position",
            np.array([n for n in bad if table.row[n] not in told], np.int64),
            table,
            lambda n: f"longitude {lon[n]:g}, latitude {lat[n]:g} is no place on the earth",
            lambda n: "swapped_axes" if swapped[n] else "",
        )
        null = (lon == 0) & (lat == 0)
        self._flag("null_island", "position", np.flatnonzero(null), table, "is 0, 0, which is often a missing position")
        self._flag(
            "swapped_axes",
            "position",
            np.flatnonzero(swapped & ~null),
            table,
            "would lie in the mission's area with its axes exchanged",
        )
        self._flag(
            "outside_area", "position", np.flatnonzero(~inside & ~swapped & ~null), table, "lies outside the mission's area"
        )

    def _order(self, found: Judged, table: Table) -> None:
        if {self.layer.time_field, self.layer.until_field} <= found.times.keys():
            begin, end = found.when(self.layer.time_field), found.when(self.layer.until_field)
            wrong = np.flatnonzero((begin != NO_TIME) & (end != NO_TIME) & (end < begin))
            self._refuse(self.layer.until_field, wrong, table, lambda _: "ends before it begins; exchange the two times")
        if {"occurred_at", "reported_at"} <= found.times.keys():
            said, was = found.when("reported_at"), found.when("occurred_at")
            early = np.flatnonzero((said != NO_TIME) & (was != NO_TIME) & (said < was))
            self._flag("reported_early", "reported_at", early, table, "is before the time it occurred")
        names = [f"casualties_{name}" for name in ("low", "best", "high")]
        if set(names) <= table.columns.keys() & found.raw.keys():
            low, best, high = (found.numbers[name][1].by_row(found.raw[name]) for name in names)
            with np.errstate(invalid="ignore"):
                wrong = np.flatnonzero((low > best) | (best > high) | (low > high))
            self._refuse("casualties_best", wrong, table, lambda _: "the estimates must rise: low, best, high")

    def _extra(self, table: Table) -> pa.Array:
        if not table.extra:
            return pa.nulls(len(table.row), pa.string())
        return pc.if_else(
            pa.array(np.any([pc.not_equal(text, "").to_numpy(zero_copy_only=False) for text in table.extra.values()], axis=0)),
            values.joined([(_key(name), _quoted(text)) for name, text in table.extra.items()], len(table.row)),
            pa.scalar(None, pa.string()),
        )

    def _flagged(self, count: int) -> pa.Array:
        if not self._flags:
            return pa.nulls(count, pa.string())
        names = sorted(self._flags)
        kinds, which = np.unique(np.stack([self._flags[name] for name in names], axis=1), axis=0, return_inverse=True)
        texts = [",".join(f'"{name}"' for name in compress(names, kind)) for kind in kinds]
        return pa.array([f"[{text}]" if text else None for text in texts], pa.string()).take(pa.array(which.reshape(-1)))

    def _say(self, of: Field, column: Column, unknown: Bools, table: Table) -> None:
        at = column.rows(unknown)
        if len(at):
            met = column.counts()
            strange = column.texts.filter(pa.array(unknown)).to_pylist()
            self._asked[of.name] = Counter({text[:_LONGEST]: met[text] for text in strange[:_MOST]})
        if of.open:
            self._flag(f"unknown_{of.name}", of.name, at, table, values.UNKNOWN, column.said)
            return
        known = ", ".join(choice.code for choice in of.choices)
        self._refuse(of.name, at, table, lambda n: f"{column.said(n)} is not one of {known}")

    def _missing(self, of: Field, at: npt.NDArray[np.int64], table: Table) -> None:
        self._refuse(of.name, at, table, lambda _: f"is blank; {of.label.lower()} is required")

    def _refuse(
        self,
        name: str,
        at: npt.NDArray[np.int64],
        table: Table,
        reason: Callable[[int], str],
        kind: Callable[[int], str] = lambda _: "",
    ) -> None:
        if not len(at):
            return
        self._refused[at] = True
        self._faults += [Fault(int(table.row[n]), name, reason(int(n)), kind(int(n))) for n in at]

    def _flag(self, flag: str, name: str, at: npt.NDArray[np.int64], table: Table, why: str, said: Said | None = None) -> None:
        if len(at):
            self._flags.setdefault(flag, np.zeros(len(table.row), np.bool_))[at] = True
            kind = flag if flag == "swapped_axes" else ""
            self._remarks += [Fault(int(table.row[n]), name, f"{said(int(n))} {why}" if said else why, kind) for n in at]


def _quoted(texts: pa.Array) -> pa.Array:
    column = values.column(texts)
    return column.like(values.quoted(column.texts))


def _marking_of(judged: Judged, kept: npt.NDArray[np.int64]) -> list[str]:
    """Return the marking of each row that is kept."""
    column = judged.texts["marking"]
    spelled = np.array(column.texts.to_pylist(), object)
    found: list[str] = column.by_row(spelled)[kept].tolist()
    return found


def _taken(texts: pa.Array, kept: npt.NDArray[np.int64]) -> pa.Array:
    return texts if len(kept) == len(texts) else texts.take(pa.array(kept))


def _key(name: str) -> str:
    return values.quoted(pa.array([name or "unnamed"], pa.string()))[0].as_py()[1:-1]  # type: ignore[no-any-return]
