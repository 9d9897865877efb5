"""Fetched rows as columns."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from layers.model import Rows, Versions
from layers.store.chain import Stored
from layers.store.geometry import HEADER

#: What is read of a record, in this order.
READ = "seq, previous, batch, row, recorded, feature, lon, lat, geom, start, until, reported, marking, payload, retracted"
#: The same of a point layer, whose place says all that its geometry does.
READ_POINT = READ.replace("geom", "null")
#: The same from a record as it is linked.
_OF_STORED = itemgetter(0, 3, 4, 5, 6, 2, 12, 13, 14, 7, 8, 9, 10, 15, 11)


def versions(layer: str, fetched: Sequence[tuple[object, ...]], point: bool) -> Versions:
    """Return rows fetched as ``READ`` as versions."""
    seq, previous, batch, row, recorded, feature, lon, lat, geom, start, until, reported, marking, payload, gone = _columns(
        fetched
    )
    return Versions(
        layer,
        _int64(seq),
        _int64(previous),
        _int64(batch),
        _int64(row),
        _int64(recorded),
        [str(name) for name in feature],
        np.array(lon, np.float64),
        np.array(lat, np.float64),
        None if point else [bytes(g)[len(HEADER) :] for g in geom],  # type: ignore[call-overload]
        _int64(start),
        _int64(until),
        _int64(reported),
        [str(name) for name in marking],
        [str(text) for text in payload],
        np.array(gone, np.bool_),
    )


def rows_of(layer: str, fetched: Sequence[tuple[object, ...]], point: bool) -> Rows:
    """Return rows fetched as ``READ`` as rows to store again."""
    found = versions(layer, fetched, point)
    return Rows(
        layer,
        found.row,
        found.feature,
        found.lon,
        found.lat,
        found.wkb,
        found.start,
        found.until,
        found.reported,
        found.marking,
        found.payload,
        found.retracted,
    )


def versions_of(stored: Sequence[Stored], layer: str, point: bool) -> Versions:
    """Return records as they are linked as versions."""
    return versions(layer, [_OF_STORED(row) for row in stored], point)


def first_versions(rows: Rows, first: int, batch: int, recorded: int) -> Versions:
    """Return rows that were stored one after the other from a number on, none of them in the place of another."""
    seq = np.arange(first, first + len(rows))
    return Versions(
        rows.layer,
        seq,
        np.zeros_like(seq),
        np.full_like(seq, batch),
        rows.row,
        np.full_like(seq, recorded),
        rows.feature,
        rows.lon + 0.0,
        rows.lat + 0.0,
        rows.wkb,
        rows.start,
        rows.until,
        rows.reported,
        rows.marking,
        rows.payload,
        rows.retracted,
    )


def _columns(rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * 15


def _int64(column: Sequence[object]) -> npt.NDArray[np.int64]:
    return np.array(column, np.int64)
