"""A point layer in memory: one sorted row for every stored version that was ever on the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from layers.index.coarse import NOWHERE, Exact, by_week, exact, guarded, put
from layers.index.levels import Features, Later, numbered, raised, ranks
from layers.index.morton import Keys, keys
from layers.model import NO_TIME, By, Layer, Versions
from layers.notation import WEEK

#: "Not replaced": later than any time.
NEVER = np.iinfo(np.int64).max

Codes = npt.NDArray[np.uint16]
Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]
#: What follows from other layers: the sets of zones that rows lie in, the side of the nearest line, the distance to it in bands,
#: and what the clauses of the agreement make of them.
DERIVED = ("zone", "side", "distance", "ruling")
#: What stands between the ids of zones, and between the clauses of a ruling, in the spelling of several.
BETWEEN = "\x1f"
_SEQ = np.uint64(0xFFFFFFFF)
_BYTE = np.uint64(0xFF)


@dataclass(frozen=True, slots=True)
class Columns:
    """Equally long arrays in ascending ``key``.

    Attributes
    ----------
    key : uint64
        Morton key of the place.
    worth : uint64
        Severity rank, glyph and seq in one number, so that the greatest of a cell is its worst and newest.
    start, order, recorded, replaced : int64
        Microseconds since 1970 UTC: when it occurred, when it was reported (occurred, if that is unknown),
        when the mission came to know it, and when a later version took its place (``NEVER``).
    marking : uint8
        Rank of the marking; of an earlier version that of the highest since, where that is higher.
    feature : uint64
        Number of the feature, the same for all its versions.
    event : uint64
        Number of the event that reports are linked by, the same for all of them; 0 is none.
    precision : float32
        Metres within which the true place lies; 0 where nothing is said.
    sector : uint16
        Position in the mission's sectors, from 1; 0 lies in none.
    weekly : bool
        Whether it is told by the week only: ``start`` and ``order`` are then the beginning of one, and no finer is known here.
    codes : mapping of name to uint16
        Position of each filterable field's value, and of each of ``DERIVED``, in its vocabulary; of the derived 0 is none,
        or not yet known.
    """

    key: Keys
    worth: npt.NDArray[np.uint64]
    start: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    recorded: npt.NDArray[np.int64]
    replaced: npt.NDArray[np.int64]
    marking: npt.NDArray[np.uint8]
    feature: Features
    event: Features
    precision: npt.NDArray[np.float32]
    sector: Codes
    weekly: Bools
    codes: Mapping[str, Codes]

    def __len__(self) -> int:
        return len(self.key)

    @property
    def seq(self) -> npt.NDArray[np.int64]:
        """Return the store's version number of each row."""
        return (self.worth & _SEQ).astype(np.int64)

    def time(self, by: By) -> npt.NDArray[np.int64]:
        """Return the time of each row by which a window runs."""
        return self.recorded if by == "recorded" else self.start

    def within(self, by: By, start: int | None, end: int | None) -> Bools:
        """Say which rows are in a span, half-open; None does not bound. Those of a week are in each span that their week reaches into.

        So no span, however short, tells when in its week anything occurred.
        """
        time = self.time(by)
        inside: Bools = np.ones(len(self), np.bool_) if start is None else time >= start
        if start is not None and by == "occurred":
            rows = np.flatnonzero(self.weekly)
            inside[rows] = (time[rows] > start - WEEK) & (end is None or start < end)
        if end is not None:
            inside &= time < end
        return inside

    def counted(self, by: By, rows: Int64s, start: int | None) -> Int64s:
        """Return when rows count in a span from ``start``: those of a week that began before it and reaches into it, at its beginning."""
        time = self.time(by)[rows]
        if by == "recorded" or start is None:
            return time
        return np.where(self.weekly[rows] & (time < start) & (time > start - WEEK), start, time)

    def take(self, rows: npt.NDArray[np.int64]) -> Columns:
        """Return the given rows, in that order."""
        return Columns(
            **{name: getattr(self, name)[rows] for name in PLAIN}, codes={name: code[rows] for name, code in self.codes.items()}
        )

    def superseded(self, added: Addition) -> Columns:
        """Return a copy in which the versions that an addition ended are ended, and what it marks higher is marked so."""
        if not len(added.ended) or not len(self):
            return self
        mine = self.seq
        marking = raised(self.marking, self.feature, mine, added.later)
        by_seq = np.argsort(mine, kind="stable")
        at = np.minimum(np.searchsorted(mine[by_seq], added.ended), len(mine) - 1)
        here = mine[by_seq[at]] == added.ended
        if not here.any() and marking is self.marking:
            return self
        ends = self.replaced.copy()
        ends[by_seq[at[here]]] = added.when[here]
        return replace(self, replaced=ends, marking=marking)


@dataclass(frozen=True, slots=True)
class Addition:
    """New rows of a layer in ascending ``key``, which versions ended with them, when, and what took their place.

    ``exact`` tells where those truly lie that are told by a cell only.
    """

    columns: Columns
    ended: npt.NDArray[np.int64]
    when: npt.NDArray[np.int64]
    later: Later
    exact: Exact


#: The arrays of ``Columns`` that stand for themselves.
PLAIN = ("key", "worth", "start", "order", "recorded", "replaced", "marking", "feature", "event", "precision", "sector", "weekly")


def empty(layer: Layer) -> Columns:
    """Return the columns of a layer without a row."""
    none = np.empty(0, np.int64)
    return Columns(
        none.astype(np.uint64),
        none.astype(np.uint64),
        none,
        none,
        none,
        none,
        none.astype(np.uint8),
        none.astype(np.uint64),
        none.astype(np.uint64),
        none.astype(np.float32),
        none.astype(np.uint16),
        none.astype(np.bool_),
        {name: none.astype(np.uint16) for name in coded_names(layer)},
    )


def coded_names(layer: Layer) -> tuple[str, ...]:
    """Return the names of a layer's codes."""
    return (*(field.name for field in layer.filterable), *DERIVED)


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the rows of all parts, each in ascending key, in ascending key."""
    filled = [part for part in parts if len(part)] or parts[:1]
    if len(filled) == 1:
        return filled[0]
    whole = Columns(
        **{name: np.concatenate([getattr(part, name) for part in filled]) for name in PLAIN},
        codes={name: np.concatenate([part.codes[name] for part in filled]) for name in filled[0].codes},
    )
    return whole.take(np.argsort(whole.key, kind="stable"))


def together(additions: Sequence[Addition]) -> Addition:
    """Return several additions as one."""
    if len(additions) == 1:
        return additions[0]
    ended, when = (np.concatenate([getattr(one, name) for one in additions]) for name in ("ended", "when"))
    by = (np.concatenate([getattr(one.later, name) for one in additions]) for name in ("feature", "seq", "rank"))
    true = exact(*(np.concatenate([getattr(one.exact, name) for one in additions]) for name in ("seq", "lon", "lat")))
    return Addition(joined([one.columns for one in additions]), ended, when, Later(*by), true)


def beyond(columns: Columns, seq: int) -> Addition:
    """Return the rows later than a version, and every version that ended, as an addition that is part of the columns already."""
    added, ended = columns.take(np.flatnonzero(columns.seq > seq)), columns.replaced != NEVER
    later = Later(added.feature, added.seq, added.marking)
    return Addition(added, columns.seq[ended], columns.replaced[ended], later, NOWHERE)


def built(layer: Layer, versions: Versions, vocabulary: dict[str, dict[str, int]], markings: Sequence[str]) -> Columns:
    """Return the columns of stored versions, unsorted, without those that take a feature back.

    ``vocabulary`` grows by the codes met for the first time. ``sector`` and what is derived is left 0 for the caller to fill.
    """
    kept = np.flatnonzero(~versions.retracted)
    table = _fields(layer, _of(versions.payload, kept))
    codes = {field.name: _encoded(table[field.name], vocabulary.setdefault(field.name, {})) for field in layer.filterable}
    codes |= {name: np.zeros(len(kept), np.uint16) for name in DERIVED}
    spared = guarded(layer, codes, vocabulary)
    start, reported = (by_week(at, spared) for at in (versions.start[kept], versions.reported[kept]))
    weekly = np.zeros(len(kept), np.bool_)
    weekly[spared] = start[spared] != NO_TIME
    lon, lat, precision = _placed(versions, kept, _precision(table), spared)
    return Columns(
        keys(lon, lat),
        _worth(layer, table, versions.seq[kept]),
        start,
        np.where(reported == NO_TIME, start, reported),
        versions.recorded[kept],
        np.full(len(kept), NEVER),
        ranks(markings, versions)[kept],
        numbered(_of(versions.feature, kept)),
        _events(table),
        precision,
        np.zeros(len(kept), np.uint16),
        weekly,
        codes,
    )


def _placed(
    versions: Versions, kept: npt.NDArray[np.int64], precision: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Return where rows lie and how precisely; those told by a cell in its middle, no more precisely than it."""
    lon, lat, far = put(versions.lon[kept], versions.lat[kept], rows)
    if len(rows):
        precision = precision.copy()
        precision[rows] = np.maximum(precision[rows], far)
    return lon, lat, precision


def _events(table: pa.Table) -> Features:
    spelled = pc.fill_null(table["event"], "").combine_chunks().dictionary_encode()
    if isinstance(spelled, pa.ChunkedArray):
        spelled = spelled.combine_chunks()
    names = spelled.dictionary.to_pylist()
    number = np.where([bool(name) for name in names], numbered(names), 0).astype(np.uint64)
    return np.asarray((number if names else np.zeros(1, np.uint64))[spelled.indices.to_numpy(zero_copy_only=False)], np.uint64)


def hue_and_glyph(worth: npt.NDArray[np.uint64], layer: Layer) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the positions of each row's hue and glyph in the layer's portrayal."""
    hue = len(layer.portrayal.hues) - 1 - (worth >> np.uint64(40)).astype(np.int64)
    return hue.astype(np.uint8), ((worth >> np.uint64(32)) & _BYTE).astype(np.uint8)


def precision_code(metres: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return precisions as one byte each, rounded up: metres = 2 ** (code / 4); 0 for none or finer than a metre."""
    codes: npt.NDArray[np.uint8] = np.clip(np.ceil(4 * np.log2(np.maximum(metres, np.float32(1)))), 0, 255).astype(np.uint8)
    return codes


def _precision(table: pa.Table) -> npt.NDArray[np.float32]:
    if "precision_m" not in table.column_names:
        return np.zeros(len(table), np.float32)
    metres: npt.NDArray[np.float32] = pc.fill_null(table["precision_m"], 0.0).to_numpy().astype(np.float32)
    return metres


def _fields(layer: Layer, payload: Sequence[str]) -> pa.Table:
    names = [field.name for field in layer.filterable]
    names += [n for n in (layer.portrayal.hue_field, layer.portrayal.glyph_field) if n and n not in names]
    schema = pa.schema([(name, pa.string()) for name in (*names, "event")] + [("precision_m", pa.float64())])
    if not payload:
        return schema.empty_table()
    text = "\n".join(payload).encode()
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False)
    whole = pj.ReadOptions(block_size=len(text) + 1)
    return pj.read_json(pa.BufferReader(text), parse_options=options, read_options=whole)


def _of(texts: Sequence[str], kept: npt.NDArray[np.int64]) -> Sequence[str]:
    return texts if len(kept) == len(texts) else [texts[n] for n in kept.tolist()]


def true_places(layer: Layer, versions: Versions, columns: Columns, vocabulary: Mapping[str, Mapping[str, int]]) -> Exact:
    """Return where those of the columns truly lie that are told by a cell only; ``columns`` are those ``built`` of the versions."""
    seqs = columns.seq[guarded(layer, columns.codes, vocabulary)]
    at = np.flatnonzero(np.isin(versions.seq, seqs))
    return exact(versions.seq[at], versions.lon[at], versions.lat[at])


def _encoded(values: pa.ChunkedArray, known: dict[str, int]) -> Codes:
    coded = pc.fill_null(values, "").combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    numbers = [known.setdefault(value, len(known)) for value in coded.dictionary.to_pylist()]
    codes: Codes = np.array(numbers or [0], np.uint16)[coded.indices.to_numpy(zero_copy_only=False)]
    return codes


def _worth(layer: Layer, table: pa.Table, seq: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    hues = _classes(table, layer.portrayal.hue_field, [hue.codes for hue in layer.portrayal.hues])
    glyphs = _classes(table, layer.portrayal.glyph_field, [glyph.codes for glyph in layer.portrayal.glyphs])
    rank = (len(layer.portrayal.hues) - 1 - hues).astype(np.uint64)
    return np.asarray((rank << np.uint64(40)) | (glyphs.astype(np.uint64) << np.uint64(32)) | seq.astype(np.uint64), np.uint64)


def _classes(table: pa.Table, field: str, classes: Sequence[tuple[str, ...]]) -> npt.NDArray[np.int64]:
    if not field:
        return np.zeros(len(table), np.int64)
    known: dict[str, int] = {}
    codes = _encoded(table[field], known)
    of = [next((n for n, listed in enumerate(classes) if value in listed), len(classes) - 1) for value in known]
    return np.array(of or [0], np.int64)[codes]
