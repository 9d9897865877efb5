"""Reports of different sources that may tell of one event: found and explained, never put together by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from pyproj import Geod

from layers.desk import answers, spared, table, together
from layers.desk.answers import Json
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.index import Mask
from layers.model import NO_TIME, Layer, Versions

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: So far apart two exact reports of one event may lie; what they say of their own precision is added, up to the most.
NEAR_M, MOST_M = 1_000.0, 5_000.0
#: So far apart two reports of one event may set its time. One that tells the day alone stands at midnight UTC.
HOURS = 2
#: Parties that are named and yet none.
_NOBODY = frozenset({"", "unknown"})
#: A view of more reports, or of so many near each other, is not looked through at once.
_ROWS, _PAIRS = 100_000, 60_000_000
_CHUNK = 500_000
_RADIUS_M = 6_371_009.0
_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_EARTH = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Reports:
    """What of a view's reports is compared, as columns.

    ``space`` is each place in metres from the middle of a round earth; -1 is an unknown party or number of casualties.
    ``weekly`` are those that are told by a cell and a week only.
    """

    versions: Versions
    space: Floats
    kind: Int64s
    group: Int64s
    party: Int64s
    source: Int64s
    event: Int64s
    low: Floats
    best: Floats
    high: Floats
    precision: Floats
    weekly: Mask


@dataclass(frozen=True, slots=True)
class Pairs:
    """Likely duplicates, the likeliest first: positions of both, metres and microseconds apart."""

    first: Int64s
    second: Int64s
    metres: Floats
    apart: Int64s


def found(sheet: Sheet, of: Layer, limit: int) -> Json:
    """Return the likely duplicates of a view: first what several posts observed of one event, then pairs, the likeliest first.

    Two reports are likely duplicates where their sources differ, they lie within a kilometre and their own precisions
    (five kilometres at most), their times are at most two hours apart or one of them tells no more than the same UTC
    day, and they are of one kind, of kinds that observers report one for the other, or tell of equally many casualties;
    and where their estimates of casualties do not exclude each other.

    Reports that name different parties stand, after those that agree: of one exchange of fire each side blames the
    other, and who it was is settled by the investigation, not by a list. They stand only where both tell the hour. What
    lies four kilometres and half a day apart is two events of a busy day, and a post reports within two hours.

    What is told by a cell and a week only is compared by these, with its like.

    Returns
    -------
    Json
        ``count`` of all; ``proposals``, at most ``limit``, each ``reports`` as rows of the table, and ``reasons``; how many
        reports were ``compared``, and of how many ``observations`` it was asked which go together.

    Raises
    ------
    LayersError
        The layer holds no reports, or the view holds too many to compare.
    """
    if not of.tiled:
        raise LayersError(f"{of.title} are not compared; choose incidents")
    seqs = sheet.reports().seqs(of)
    if len(seqs) > _ROWS:
        raise LayersError(f"the view holds {len(seqs):,} reports, and at most {_ROWS:,} are compared; choose a shorter span")
    reports = _reports(of, spared.placed(sheet.record.store.records(of.stored, seqs.tolist())))
    known = left(sheet.record, of)
    groups, many = together.together(reports.versions, reports.group, known | _linked(reports))
    feature = reports.versions.feature
    grouped = {one for group in groups for one in together.pairs([feature[n] for n in group.rows])}
    pairs = _unsettled(reports, likely(reports), known | grouped)
    shown = [(list(group.rows), list(group.reasons)) for group in groups[:limit]]
    for k, two in enumerate(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)):
        if len(shown) >= limit:
            break
        shown.append((list(two), _reasons(of, reports, *two, float(pairs.metres[k]), int(pairs.apart[k]))))
    needed = sorted({int(reports.versions.seq[n]) for rows, _ in shown for n in rows})
    versions = sheet.record.store.records(of.stored, needed)
    by_seq = {row["id"]: row for row in table.rows(of, versions)}
    for seq, seen in zip(needed, together.words(versions), strict=True):
        by_seq[seq] |= {"cells": dict[str, object](by_seq[seq]["cells"], Observed=seen)}  # type: ignore[call-overload]
    told = [{"reports": [by_seq[int(reports.versions.seq[n])] for n in rows], "reasons": why} for rows, why in shown]
    count = len(groups) + len(pairs.first)
    return {"count": count, "compared": len(seqs), "observations": many, "proposals": told}


def likely(reports: Reports) -> Pairs:
    """Return all pairs of reports that may tell of one event, the likeliest first."""
    held = [np.empty((0, 2), np.int64)]
    for first, second in _near(reports):
        kept = _alike(reports, first, second)
        held.append(np.stack([first[kept], second[kept]], axis=1))
    first, second = np.sort(np.concatenate(held), axis=1).T
    at = reports.versions
    metres = np.abs(np.asarray(_EARTH.inv(at.lon[first], at.lat[first], at.lon[second], at.lat[second])[2], np.float64))
    apart = np.abs(at.start[first] - at.start[second])
    reach = _reach(reports, first, second)
    weight = metres / reach + np.where(apart <= HOURS * _HOUR, apart / (HOURS * _HOUR), 1)
    weight += 0.5 * (reports.kind[first] != reports.kind[second]) + 0.5 * _opposed(reports, first, second)
    weight -= 0.5 * _equally_many(reports, first, second)
    near = np.flatnonzero(metres <= reach)
    order = near[np.lexsort((second[near], first[near], weight[near]))]
    return Pairs(first[order], second[order], metres[order], apart[order])


def left(record: Record, of: Layer) -> set[tuple[str, str]]:
    """Return the pairs of features that someone has looked at and left as two."""
    told = [json.loads(row.body) for row in record.store.audit_rows(act="leave") if row.ref == of.stored]
    return {(str(one["first"]), str(one["second"])) for one in told}


def _near(reports: Reports) -> Iterator[tuple[Int64s, Int64s]]:
    """Return pairs that share a kind's group, or else a number of casualties, and whose cells touch; each pair once.

    Cells are cubes of the farthest reach around the earth, by days: no pole and no meridian is in their way.
    """
    at = reports.versions
    timed = np.flatnonzero(at.start != NO_TIME)
    if not len(timed):
        return
    x, y, z = np.floor(reports.space.T / (1.01 * MOST_M)).astype(np.int64) + 2_000
    day = at.start // _DAY
    day = np.clip(day - int(np.median(day[timed])), -30_000, 30_000) + 32_000
    cell = _key(x, y, z, day)
    pairs = 0
    for rows, common in ((timed, reports.group), (timed[reports.best[timed] > 0], reports.best)):
        part = np.minimum(common[rows], 1_000).astype(np.int64) + 1 << 52 | cell[rows]
        order = np.argsort(part, kind="stable")
        for first, second in _touching(part[order]):
            pairs += len(first)
            if pairs > _PAIRS:
                raise LayersError("too many reports lie at one place and day to compare each with each; choose a shorter span")
            one, other = rows[order[first]], rows[order[second]]
            if common is reports.best:
                fresh = np.flatnonzero(reports.group[one] != reports.group[other])
                one, other = one[fresh], other[fresh]
            yield one, other


def _touching(key: Int64s) -> Iterator[tuple[Int64s, Int64s]]:
    """Return the places of every two rows of sorted keys in one cell or in two that touch, each pair once."""
    for x, y, z, day in product((0, -1, 1), repeat=4):
        delta = int(_key(x, y, z, day))
        if delta < 0:
            continue
        begin = np.searchsorted(key, key + delta, side="left") if delta else np.arange(1, len(key) + 1)
        many = np.maximum(np.searchsorted(key, key + delta, side="right") - begin, 0)
        for rows in np.array_split(np.arange(len(key)), max(1, -(-int(many.sum()) // _CHUNK))):
            count = many[rows]
            first = np.repeat(rows, count)
            step = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
            yield first, np.repeat(begin[rows], count) + step


def _key(x: Int64s | int, y: Int64s | int, z: Int64s | int, day: Int64s | int) -> Int64s:
    return np.asarray(((day * 4_096 + z) * 4_096 + y) * 4_096 + x, np.int64)


def _alike(reports: Reports, first: Int64s, second: Int64s) -> Mask:
    """Say of pairs that share a group or a number of casualties whether all else lets them be of one event, but the place."""
    start, source, event = reports.versions.start, reports.source, reports.event
    one, other = start[first], start[second]
    dated = (one // _DAY == other // _DAY) & ((one % _DAY == 0) | (other % _DAY == 0))
    kept: Mask = (np.abs(one - other) <= HOURS * _HOUR) & ~(dated & _opposed(reports, first, second))
    kept |= dated & ~_opposed(reports, first, second)
    kept &= reports.weekly[first] == reports.weekly[second]
    kept &= (source[first] != source[second]) & (source[first] >= 0) & (source[second] >= 0)
    at = np.flatnonzero(kept)
    first, second = first[at], second[at]
    apart = (reports.low[first] > reports.high[second]) | (reports.low[second] > reports.high[first])
    known = (reports.best[first] >= 0) & (reports.best[second] >= 0)
    kept[at] = ~(known & apart) & ((event[first] != event[second]) | (event[first] < 0)) & _close(reports, first, second)
    return kept


def _close(reports: Reports, first: Int64s, second: Int64s) -> Mask:
    """Say whether pairs lie about as near as they must; metres on the ground are measured of those alone."""
    across = reports.space[first] - reports.space[second]
    return np.asarray(np.einsum("ij,ij->i", across, across) <= (1.01 * _reach(reports, first, second)) ** 2)


def _equally_many(reports: Reports, first: Int64s, second: Int64s) -> Mask:
    return np.asarray((reports.best[first] == reports.best[second]) & (reports.best[first] > 0))


def _opposed(reports: Reports, first: Int64s, second: Int64s) -> Mask:
    one, other = reports.party[first], reports.party[second]
    return np.asarray((one != other) & (one >= 0) & (other >= 0))


def _reach(reports: Reports, first: Int64s, second: Int64s) -> Floats:
    return np.minimum(NEAR_M + reports.precision[first] + reports.precision[second], MOST_M)


def _reports(of: Layer, versions: Versions) -> Reports:
    names = ("casualties_low", "casualties_best", "casualties_high", "precision_m")
    schema = pa.schema(
        [(name, pa.string()) for name in ("kind", "party", "source", "event")] + [(name, pa.float64()) for name in names]
    )
    content = "\n".join(versions.payload).encode()
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False)
    fields = (
        pj.read_json(pa.BufferReader(content), parse_options=options, read_options=pj.ReadOptions(block_size=len(content) + 1))
        if content
        else schema.empty_table()
    )
    low, best, high, precision = (fields[name].to_numpy() for name in names)
    best = np.where(np.isnan(best), -1, best)
    kind, kinds = _coded(fields["kind"])
    alike = of.mistaken
    group = np.array(
        [next((g for g, codes in enumerate(alike) if code in codes), len(alike) + n) for n, code in enumerate(kinds)], np.int64
    )
    party, parties = _coded(fields["party"])
    nobody = np.array([name in _NOBODY for name in parties], np.bool_)
    lon, lat = np.radians(versions.lon), np.radians(versions.lat)
    return Reports(
        versions,
        _RADIUS_M * np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1),
        kind,
        group[kind] if len(kinds) else kind,
        np.where(nobody[party], -1, party) if len(parties) else party,
        _coded(pc.utf8_trim_whitespace(pc.utf8_lower(fields["source"])))[0],
        _coded(fields["event"])[0],
        np.where(np.isnan(low), best, low),
        best,
        np.where(np.isnan(high), best, high),
        np.nan_to_num(precision),
        np.isin(np.arange(len(versions)), spared.spared(versions)),
    )


def _coded(texts: pa.ChunkedArray) -> tuple[Int64s, list[str]]:
    """Return each text's position among the different ones, -1 for none, and those."""
    whole = pc.fill_null(texts, "").combine_chunks()
    coded = (whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole).dictionary_encode()
    spelled = coded.dictionary.to_pylist()
    at = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(at == (spelled.index("") if "" in spelled else -2), -1, at), spelled


def _linked(reports: Reports) -> set[tuple[str, str]]:
    """Return the pairs of features that are linked as one event."""
    members: dict[int, list[str]] = {}
    for row in np.flatnonzero(reports.event >= 0).tolist():
        members.setdefault(int(reports.event[row]), []).append(reports.versions.feature[row])
    return {one for features in members.values() for one in together.pairs(features)}


def _unsettled(reports: Reports, pairs: Pairs, known: set[tuple[str, str]]) -> Pairs:
    feature = reports.versions.feature
    if not known:
        return pairs
    kept = np.array(
        [
            together.pair(feature[a], feature[b]) not in known
            for a, b in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        ],
        np.bool_,
    )
    return Pairs(pairs.first[kept], pairs.second[kept], pairs.metres[kept], pairs.apart[kept])


def _reasons(of: Layer, reports: Reports, a: int, b: int, metres: float, apart: int) -> list[str]:
    """Return what speaks for one event, and what against it, as an officer would say it."""
    first, second = (json.loads(reports.versions.payload[n]) for n in (a, b))
    near = (
        "at the same place" if metres < 1 else f"{metres:,.0f} m apart" if metres < 1_000 else f"{metres / 1_000:,.1f} km apart"
    )
    if reports.weekly[a] and metres < 1:
        near = "in one cell of 10 km"
    said = [near, _apart(reports, a, b, apart)]
    kinds = [answers.spoken(of, "kind", str(fields.get("kind") or "")) for fields in (first, second)]
    small = [kind[:1].lower() + kind[1:] for kind in kinds]
    said.append(f"both {small[0]}" if small[0] == small[1] else f"told as {small[0]} and as {small[1]}")
    if bool(_opposed(reports, np.array([a]), np.array([b]))[0]):
        parties = [answers.spoken(of, "party", str(fields["party"])) for fields in (first, second)]
        said.append(f"one names {parties[0]}, the other {parties[1]}")
    if reports.best[a] == reports.best[b] > 0:
        said.append("each with one casualty" if reports.best[a] == 1 else f"each with {reports.best[a]:,.0f} casualties")
    return said


def _apart(reports: Reports, a: int, b: int, apart: int) -> str:
    if reports.weekly[a]:
        return "in the same week"
    start = reports.versions.start
    if (start[a] % _DAY == 0 or start[b] % _DAY == 0) and start[a] // _DAY == start[b] // _DAY:
        return "on the same day"
    hours, minutes = divmod(apart // 60_000_000, 60)
    spoken = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    return f"{spoken} apart" if spoken else "at the same time"
