"""Kinds whose victims are told of by a cell and a week only: where and when the index puts their records, and where they truly lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.index.morton import Keys, degrees
from layers.model import COARSE_M, Layer
from layers.notation import begun, reach, snapped

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint16]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Exact:
    """Where the records truly lie that the index puts in the middle of a cell: ascending version numbers, and WGS 84 degrees.

    Which sector a record lies in follows from these; nothing else does.
    """

    seq: npt.NDArray[np.int64]
    lon: Floats
    lat: Floats

    def places(self, key: Keys, seq: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return the longitude and latitude of rows by their keys, of those that are known here the true ones."""
        lon, lat = degrees(key)
        if len(self.seq):
            at = np.minimum(np.searchsorted(self.seq, seq), len(self.seq) - 1)
            here = self.seq[at] == seq
            lon, lat = np.where(here, self.lon[at], lon), np.where(here, self.lat[at], lat)
        return lon, lat


def exact(seq: npt.NDArray[np.int64], lon: Floats, lat: Floats) -> Exact:
    """Return true places by version number, in any order."""
    order = np.argsort(seq, kind="stable")
    return Exact(seq[order], lon[order], lat[order])


#: Where no row is told by a cell only.
NOWHERE = Exact(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.float64))


def guarded(layer: Layer, codes: Mapping[str, Codes], vocabulary: Mapping[str, Mapping[str, int]]) -> npt.NDArray[np.int64]:
    """Return the rows of kinds that a layer tells coarsely, by their codes."""
    if not layer.coarse:
        return np.empty(0, np.int64)
    known = vocabulary["kind"]
    return np.flatnonzero(np.isin(codes["kind"], [known[kind] for kind in layer.coarse if kind in known]))


def put(lon: Floats, lat: Floats, rows: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return places with those of some rows in the middle of their cells, and of these how far the true one may be, metres.

    Parameters
    ----------
    lon, lat : (n,) float64
        WGS 84 degrees.
    rows : (m,) int64
        Which are put there.

    Returns
    -------
    lon, lat : (n,) float64
    far : (m,) float64
    """
    if not len(rows):
        return lon, lat, np.empty(0, np.float64)
    lon, lat = lon.copy(), lat.copy()
    lon[rows], lat[rows] = snapped(lon[rows], lat[rows], COARSE_M)
    return lon, lat, reach(lon[rows], lat[rows], COARSE_M)


def by_week(at: Int64s, rows: Int64s) -> Int64s:
    """Return times, those of some rows as the beginning of their week; the same array where there are none."""
    if not len(rows):
        return at
    at = at.copy()
    at[rows] = begun(at[rows], "week")
    return at
