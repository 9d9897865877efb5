"""Fixes become tracks: the rows of one patrol put together in time, each row that cannot be true refused with its reason."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import shapely

from layers.ingest.checks import Rules
from layers.ingest.given import given
from layers.model import Draft, Fault, Field, Layer, Portrayal, Rows, from_micros, to_micros
from layers.spatial.ground import Bools, Floats, Ints, ground_m, space

#: No patrol moves faster; fixes less than a second apart are taken as a second apart, for many are written to the second.
MOST_KMH = 500.0
#: A patrol that is silent for longer begins another track.
APART = timedelta(hours=12)
#: Clocks may go so far ahead.
AHEAD = timedelta(minutes=5)
_SECOND = 1_000_000
_NOWHERE = "is 0, 0, as a receiver writes that has no position yet; send the fix again once it has one"
_TAKE_BACK = ", or take back the batch that stored the fix before it if that one is wrong"

#: What one row of a table of fixes says.
FIX = Layer(
    id="patrol_tracks",
    title="Fixes of patrols",
    one="fix",
    geometry="point",
    fields=(
        Field("patrol", "Patrol", required=True),
        Field("occurred_at", "Time of the fix", "time", required=True),
        Field("precision_m", "Precision", "number", unit="m", low=0),
        Field("marking", "Marking", "code"),
    ),
    portrayal=Portrayal(hues=()),
    time_rule="instant",
    time_field="occurred_at",
)


@dataclass(frozen=True, slots=True)
class Trace:
    """Fixes of one patrol in the order in which they came: their rows, times (microseconds since 1970 UTC) and places.

    ``precision_m`` is NaN where nothing is said; ``marking`` holds for all of them.
    """

    patrol: str
    marking: str
    row: Ints
    at: Ints
    lon: Floats
    lat: Floats
    precision_m: Floats

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: Ints | Bools | slice) -> Trace:
        """Return some of them."""
        places = self.lon[which], self.lat[which], self.precision_m[which]
        return Trace(self.patrol, self.marking, self.row[which], self.at[which], *places)

    def then(self, later: Trace) -> Trace:
        """Return these and later ones as one."""
        row, at = np.concatenate([self.row, later.row]), np.concatenate([self.at, later.at])
        pairs = ((self.lon, later.lon), (self.lat, later.lat), (self.precision_m, later.precision_m))
        return Trace(self.patrol, self.marking, row, at, *(np.concatenate(pair) for pair in pairs))


def traces(parts: Iterable[Rows], markings: Sequence[str]) -> list[Trace]:
    """Return checked fixes patrol by patrol, the first met first; a patrol bears the highest marking of its fixes."""
    found: dict[str, list[Trace]] = defaultdict(list)
    for rows in parts:
        said = [json.loads(text) for text in rows.payload]
        metres = np.array([one.get("precision_m", np.nan) for one in said], np.float64)
        by_patrol: dict[str, list[int]] = defaultdict(list)
        for n, one in enumerate(said):
            by_patrol[one["patrol"]].append(n)
        for patrol, which in by_patrol.items():
            at, marking = np.array(which, np.int64), max((rows.marking[n] for n in which), key=markings.index)
            found[patrol].append(Trace(patrol, marking, rows.row[at], rows.start[at], rows.lon[at], rows.lat[at], metres[at]))
    return [_whole(pieces, markings) for pieces in found.values()]


def sifted(trace: Trace, now: int, last: Trace | None = None) -> tuple[Trace, list[Fault]]:
    """Return the fixes of a patrol that can be true together, in the order of time, and why each of the others is refused.

    A table that stands newest first throughout is read from its end. Where fixes contradict one another, those count that agree
    with the longest stretch without a contradiction; with ``last``, the fix that was known before, those that agree with it.
    """
    ahead = trace.at > now + AHEAD // timedelta(microseconds=1)
    early = trace.take(ahead)
    faults = [
        Fault(row, "occurred_at", f"{_iso(at)} lies in the future; correct the clock")
        for row, at in zip(early.row.tolist(), early.at.tolist(), strict=True)
    ]
    nowhere = ~ahead & (trace.lon == 0) & (trace.lat == 0)
    faults += [Fault(row, "position", _NOWHERE) for row in trace.row[nowhere].tolist()]
    came = trace.take(~ahead & ~nowhere)
    steps = np.diff(came.at)
    if last is None and (steps <= 0).all() and (steps < 0).any():
        came = came.take(slice(None, None, -1))
    whole = came if last is None else last.then(came)
    kept, against = _agreeing(whole.at, space(whole.lon, whole.lat), anchored=last is not None)
    known = -1 if last is None else 0
    faults += [
        Fault(int(whole.row[n]), field, reason + (_TAKE_BACK if other == known else ""))
        for n, other in against.items()
        for field, reason in (_reason(whole, n, other),)
    ]
    return whole.take(kept if last is None else kept[1:]), faults


def pieces(trace: Trace) -> Iterator[Trace]:
    """Yield the fixes of each track: a patrol that was silent for longer than ``APART`` began another."""
    parted = np.flatnonzero(np.diff(trace.at) > APART // timedelta(microseconds=1)) + 1
    bounds = [0, *parted.tolist(), len(trace)]
    yield from (trace.take(slice(begin, end)) for begin, end in pairwise(bounds) if end > begin)


def track(of: Trace, name: str) -> dict[str, str]:
    """Return a track as a row of its layer; of one fix, or of a patrol that stood, it is a line without a length."""
    seconds = (of.at - of.at[0]) / _SECOND
    places = np.column_stack([of.lon, of.lat])
    if len(of) == 1:
        seconds, places = np.repeat(seconds, 2), np.repeat(places, 2, axis=0)
    said = {
        "id": name,
        "name": f"Track {of.patrol}",
        "route": of.patrol,
        "started_at": _iso(int(of.at[0])),
        "ended_at": _iso(int(of.at[-1])),
        "times": " ".join(f"{one:.6f}".rstrip("0").rstrip(".") for one in seconds.tolist()),
        "marking": of.marking,
        "wkt": shapely.to_wkt(shapely.linestrings(places), rounding_precision=7),
    }
    known = of.precision_m[~np.isnan(of.precision_m)]
    return said | ({"precision_m": f"{known.max():g}"} if len(known) else {})


def tracked(parts: Iterable[Draft], layer: Layer, rules: Rules) -> Draft:
    """Return a whole table of fixes as tracks; every row is in one of them or has a fault."""
    read, held, faults = list(parts), list[Trace](), list[Fault]()
    for trace in traces((part.rows for part in read), rules.markings):
        kept, refused = sifted(trace, to_micros(rules.now))
        faults += refused
        held += pieces(kept)
    faults += (fault for part in read for fault in part.faults)
    gone = {fault.row for fault in faults}
    (made,) = given(
        [track(one, f"{one.patrol} {from_micros(int(one.at[0])):%Y%m%dT%H%M%SZ}") for one in held] or [{}], layer, rules
    )
    faults += (Fault(row, of.field, of.reason) for of in made.faults if held for row in held[of.row - 1].row.tolist())
    first = np.array([int(one.row[0]) for one in held], np.int64)
    return Draft(
        replace(made.rows, row=first[made.rows.row - 1]),
        tuple(faults),
        sum(part.rows_in for part in read),
        sum(part.left_out for part in read),
        tuple(one for part in read for one in part.remarks if one.row not in gone),
        holds={int(one.row[0]): tuple(one.row.tolist()) for one in held},
    )


def _whole(parts: Sequence[Trace], markings: Sequence[str]) -> Trace:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.then(part)
    return replace(whole, marking=max((part.marking for part in parts), key=markings.index))


def _agreeing(at: Ints, stands: Floats, *, anchored: bool) -> tuple[Ints, Mapping[int, int]]:
    """Return which fixes agree, in order, and of the others which fix they contradict.

    From stretches without a contradiction it goes outwards: forwards, then back, unless the first fix is the anchor.
    """
    bad = np.flatnonzero(~_agree(at, stands, np.arange(len(at) - 1), np.arange(1, len(at))))
    begins, ends = np.append(0, bad + 1), np.append(bad, len(at) - 1)
    if not len(bad):
        return np.arange(len(at)), {}
    longest = 0 if anchored else int((ends - begins).argmax())
    kept, against = [(int(begins[longest]), int(ends[longest]))], dict[int, int]()
    n = kept[-1][1] + 1
    while n < len(at):
        last = kept[-1][1]
        if _agree(at, stands, last, n):
            kept.append((n, int(ends[np.searchsorted(ends, n)])))
            n = kept[-1][1]
        else:
            against[n] = last
        n += 1
    n = kept[0][0] - 1
    while n >= 0:
        first = kept[0][0]
        if _agree(at, stands, n, first):
            kept.insert(0, (int(begins[np.searchsorted(begins, n, side="right") - 1]), n))
            n = kept[0][0]
        else:
            against[n] = first
        n -= 1
    return np.concatenate([np.arange(low, high + 1) for low, high in kept]), against


def _agree(at: Ints, stands: Floats, before: Ints | int, after: Ints | int) -> Bools:
    """Say whether a patrol can have been at one fix and then at another."""
    seconds = (at[after] - at[before]) / _SECOND
    metres = ground_m(np.atleast_2d(stands[before]), np.atleast_2d(stands[after]))
    return np.asarray((seconds >= 0) & (metres * 3.6 <= MOST_KMH * np.maximum(seconds, 1.0)))


def _reason(of: Trace, n: int, other: int) -> tuple[str, str]:
    """Return of which field and why a fix contradicts another."""
    which, seconds = ("before", of.at[n] - of.at[other]) if n > other else ("after", of.at[other] - of.at[n])
    if seconds < 0:
        order = "earlier" if n > other else "later"
        return (
            "occurred_at",
            f"{_iso(int(of.at[n]))} is {order} than the fix {which} it, {_iso(int(of.at[other]))}; correct the time",
        )
    km = float(ground_m(space(of.lon[[n]], of.lat[[n]]), space(of.lon[[other]], of.lat[[other]]))[0]) / 1_000
    how = f"{km:,.1f} km in {seconds / _SECOND:,.0f} s from the fix {which} it, faster than {MOST_KMH:.0f} km/h"
    return "position", f"leaps {how}; correct the place or the time"


def _iso(micros: int) -> str:
    return from_micros(micros).isoformat().replace("+00:00", "Z")
