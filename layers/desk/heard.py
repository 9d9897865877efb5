"""Live positions: fixes as they come in, put on the end of each patrol's track; one version of it for each time something came."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

import numpy as np
import shapely

from layers import access
from layers.access import User
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.desk import question as ask
from layers.desk.picture import Change
from layers.desk.record import Record
from layers.ingest import FIX, Given, Rules, Trace, given, pieces, sifted, traces, track
from layers.model import NO_TIME, Receipt, Versions, View, from_micros, to_micros
from layers.spatial.ground import Bools

#: What the names of such tracks begin with.
LIVE = "live/"
#: A track of so many fixes is ended and the next begins at its last: a version holds a whole track.
MOST = 60

Stored = Callable[[Sequence[Mapping[str, str]]], Receipt]


@dataclass(frozen=True, slots=True)
class _Known:
    """The track that a patrol is on: its name, and its fixes."""

    name: str
    fixes: Trace


def received(record: Record, user: User, rows: Given, stored: Stored) -> Receipt:
    """Put fixes on the ends of their patrols' tracks; the Receipt counts fixes, and each is in it once.

    What was received before is unchanged, so a batch may be sent again. ``stored`` stores rows of tracks.
    """
    configuration, now = record.configuration, record.clock()
    drafts = list(given(rows, FIX, Rules(configuration.markings, configuration.default_marking, configuration.box, now)))
    faults, same, grown = [fault for draft in drafts for fault in draft.faults], 0, list[tuple[dict[str, str], Trace]]()
    for trace in traces((draft.rows for draft in drafts), configuration.markings):
        lately = _lately(record, user, trace.patrol)
        fresh = trace.take(~_met(trace, lately))
        same += len(trace) - len(fresh)
        on = lately[-1] if lately else None
        kept, refused = sifted(fresh, to_micros(now), None if on is None else on.fixes.take(slice(-1, None)))
        faults += refused
        grown += _grown(kept, on, configuration.markings)
    receipt = stored([row for row, _ in grown]) if grown else Receipt(None, 0, 0, 0, 0)
    why = {fault.row: fault for fault in receipt.refused}
    faults += [replace(why[n], row=row) for n, (_, held) in enumerate(grown, 1) if n in why for row in held.row.tolist()]
    new = sum(len(held) for n, (_, held) in enumerate(grown, 1) if n not in why)
    told = {fault.row for fault in faults}
    remarks = [one for draft in drafts for one in draft.remarks if one.row not in told]
    faults.sort(key=lambda fault: fault.row)
    return Receipt(receipt.batch, new, 0, same, 0, tuple(faults), tuple(remarks), remarked=len({one.row for one in remarks}))


def moved(record: Record, user: User, view: View, change: Change) -> bool:
    """Say whether a change brings tracks to a view and nothing else, and nothing that is shown hangs on them."""
    alone = change.reshaped == {TRACKS.id} and not change.added and not change.relayered
    return alone and view.where is None and not any(of.base for of in ask.layers(record, user))


def _grown(fresh: Trace, known: _Known | None, markings: Sequence[str]) -> Iterator[tuple[dict[str, str], Trace]]:
    """Yield the tracks that fresh fixes make or lengthen, each with those of them that it holds."""
    for piece in pieces(fresh):
        while len(piece):
            base, name = piece.take(slice(0)), ""
            if known is not None and len(list(pieces(known.fixes.then(piece.take(slice(1)))))) == 1:
                full = len(known.fixes) >= MOST
                base, name = (known.fixes.take(slice(-1, None)), "") if full else (known.fixes, known.name)
            more = piece.take(slice(MOST - len(base)))
            whole = replace(base.then(more), marking=access.highest([base.marking, more.marking], markings))
            known = _Known(name or f"{_prefix(whole.patrol)}{from_micros(int(whole.at[0])):%Y%m%dT%H%M%S.%fZ}", whole)
            yield track(whole, known.name), more
            piece = piece.take(slice(len(more), None))


def _lately(record: Record, user: User, patrol: str) -> list[_Known]:
    """Return the track that a patrol is on and the one before it, the newest last; none that was taken back or is not for this user."""
    seqs = record.store.named(TRACKS.id, _prefix(patrol))[-MOST - 1 :]
    versions, markings = record.store.records(TRACKS.id, seqs.tolist()), record.configuration.markings
    last = dict(zip(versions.feature, range(len(versions)), strict=True))
    top = access.ceiling(user, markings)
    return [
        _Known(feature, fixes)
        for feature, n in last.items()
        if not versions.retracted[n] and access.rank(versions.marking[n], markings) <= top
        if (fixes := _fixes(versions, n, patrol)) is not None
    ]


def _fixes(versions: Versions, n: int, patrol: str) -> Trace | None:
    """Return the fixes of a stored track; None where its times were edited away."""
    said = json.loads(versions.payload[n])
    places = shapely.get_coordinates(shapely.from_wkb(versions.wkb[n])) if versions.wkb is not None else np.empty((0, 2))
    after = np.array(str(said.get("times") or "").split(), np.float64)
    if len(after) != len(places) or versions.start[n] == NO_TIME:
        return None
    at = np.asarray(versions.start[n] + np.round(after * 1e6), np.int64)
    metres = float(said.get("extra", {}).get("precision_m") or np.nan)
    row, known = np.zeros(len(at), np.int64), np.full(len(at), metres)
    whole = Trace(patrol, versions.marking[n], row, at, places[:, 0], places[:, 1], known)
    return whole.take(slice(1)) if len(at) == 2 and at[0] == at[1] else whole


def _met(fresh: Trace, lately: Sequence[_Known]) -> Bools:
    """Say which fixes are known, by time and place to a centimetre."""
    known = {key for one in lately for key in _keys(one.fixes)}
    return np.array([key in known for key in _keys(fresh)], np.bool_)


def _keys(of: Trace) -> Iterator[tuple[int, int, int]]:
    scaled = (np.round(axis * 1e7).astype(np.int64).tolist() for axis in (of.lon, of.lat))
    return zip(of.at.tolist(), *scaled, strict=True)


def _prefix(patrol: str) -> str:
    return f"{LIVE}{quote(patrol, safe=' ')}/"
