"""Patches of one class, grown from runs as windows come, those too small left out as soon as they are whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layers.imagery.change.runs import NONE, Bools, Ints, Runs, gathered, touching

#: So many runs are connected at once.
_AT_ONCE = 1 << 19
#: No patch is kept that has more runs than this: nobody can draw its outline.
_RAGGED = 1 << 20
#: All patches that may still grow have no more runs than this.
_OPEN = 1 << 22
#: A scale that varies within a zone makes a pixel up to so much smaller than it says.
_FORGIVEN = 0.995

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Patches:
    """Connected pixels of one class each.

    Attributes
    ----------
    runs : Runs
        All their runs.
    owner : int64, one for each run
        Whose it is, a position among the patches.
    kind, pixels, total, area_m2 : one for each patch
        Class, number of pixels, sum of the statistic, and ground area by its rows.
    lost : bool, one for each patch
        It is too ragged: but for those it grows by, its runs are not kept.
    """

    runs: Runs
    owner: Ints
    kind: npt.NDArray[np.uint8]
    pixels: Ints
    total: Floats
    area_m2: Floats
    lost: Bools

    def __len__(self) -> int:
        return len(self.kind)

    def taken(self, chosen: Ints) -> Patches:
        """Return some of the patches, by their positions, in that order."""
        number = np.full(len(self), -1)
        number[chosen] = np.arange(len(chosen))
        owner = number[self.owner]
        theirs = owner >= 0
        return Patches(
            self.runs.taken(theirs),
            owner[theirs],
            self.kind[chosen],
            self.pixels[chosen],
            self.total[chosen],
            self.area_m2[chosen],
            self.lost[chosen],
        )


def _empty() -> Patches:
    none = np.zeros(0, np.int64)
    return Patches(NONE, none, np.zeros(0, np.uint8), none, np.zeros(0), np.zeros(0), np.zeros(0, bool))


def _gathered(parts: Sequence[Patches]) -> Patches:
    before = np.cumsum([0, *(len(part) for part in parts)])
    return Patches(
        gathered([part.runs for part in parts]),
        np.concatenate([part.owner + first for part, first in zip(parts, before, strict=False)]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.total for part in parts]),
        np.concatenate([part.area_m2 for part in parts]),
        np.concatenate([part.lost for part in parts]),
    )


def _largest(patches: Patches, most: int) -> Patches:
    return patches.taken(np.argsort(-patches.pixels, kind="stable")[:most])


class Sieve:
    """Connects runs into patches, strip after strip from the top, and lets the small ones fall.

    Pixels are connected by their edges, not by their corners (4-connected), within one class.

    Parameters
    ----------
    width : int
        Columns of the whole.
    areas_m2 : (rows,) float64
        Ground area of a pixel of each row.
    least_m2 : float
        The smallest area kept, less half a percent: the scale of a map zone varies by nearly as much.
    most : int
        How many patches are kept, the largest of all. Memory is bounded by it and does not grow with the whole.
    """

    def __init__(self, width: int, areas_m2: Floats, *, least_m2: float, most: int) -> None:
        self._width, self._areas, self._least, self._most = width, areas_m2, least_m2 * _FORGIVEN, most
        self._open = _empty()
        self._front = np.zeros(0, np.int64)
        self._whole: list[Patches] = []
        self._found = 0

    def add(self, strip: Runs, until: int) -> None:
        """Take all runs of the rows that follow those taken before, as far as, not with, the row ``until``."""
        while len(strip) > _AT_ONCE:
            row = strip.row[_AT_ONCE]
            cut = int(np.searchsorted(strip.row, row)) or int(np.searchsorted(strip.row, row, "right"))
            if cut == len(strip):
                break
            self._grow(strip.taken(slice(0, cut)), int(strip.row[cut]))
            strip = strip.taken(slice(cut, None))
        self._grow(strip, until)

    def close(self) -> tuple[Patches, int]:
        """Return the patches, the largest first, and how many more there were than could be kept."""
        self._keep(self._open, np.ones(len(self._open), bool))
        self._open, self._front = _empty(), np.zeros(0, np.int64)
        kept = _largest(_gathered([_empty(), *self._whole]), self._most)
        return kept, self._found - len(kept)

    def _grow(self, strip: Runs, until: int) -> None:
        before = len(self._open)
        if not before and not len(strip):
            return
        who, other = touching(strip, strip, self._width)
        front = self._open.runs.taken(self._front)
        old, new = touching(front, strip, self._width)
        begin = np.concatenate([who + before, self._open.owner[self._front][old]])
        size = before + len(strip)
        graph = coo_array((np.ones(len(begin), bool), (begin, np.concatenate([other, new]) + before)), (size, size))
        _, label = connected_components(graph, directed=False)
        patches = _relabelled(self._open, strip, self._areas[strip.row], label.astype(np.int64))
        grows = np.zeros(len(patches), bool)
        grows[patches.owner[patches.runs.row == until - 1]] = True
        self._keep(patches, ~grows)
        self._open = _bounded(patches.taken(np.flatnonzero(grows)), until - 1)
        self._front = np.flatnonzero(self._open.runs.row == until - 1)

    def _keep(self, patches: Patches, whole: Bools) -> None:
        chosen = whole & (patches.area_m2 >= self._least)
        self._found += int(chosen.sum())
        self._whole.append(patches.taken(np.flatnonzero(chosen & ~patches.lost)))
        if sum(len(part) for part in self._whole) > 4 * self._most:
            self._whole = [_largest(_gathered(self._whole), self._most)]


def _relabelled(patches: Patches, strip: Runs, areas: Floats, label: Ints) -> Patches:
    """Return patches and the runs of a strip as what they are together, given whose each is now."""
    before, count = len(patches), int(label.max()) + 1
    kind, lost = np.zeros(count, np.uint8), np.zeros(count, bool)
    kind[label] = np.concatenate([patches.kind, strip.kind])
    lost[label[:before][patches.lost]] = True

    def summed(former: npt.NDArray[np.generic], added: npt.NDArray[np.generic]) -> Floats:
        return np.bincount(label, np.concatenate([former, added]), count).astype(np.float64)

    pixels = strip.pixels
    owner = np.concatenate([label[patches.owner], label[before:]])
    return Patches(
        gathered([patches.runs, strip]),
        owner,
        kind,
        summed(patches.pixels, pixels).astype(np.int64),
        summed(patches.total, strip.total),
        summed(patches.area_m2, pixels * areas),
        lost,
    )


def _bounded(patches: Patches, front: int) -> Patches:
    """Return patches that may still grow, without the runs of the most ragged but those in the row at the front."""
    pieces = np.bincount(patches.owner, minlength=len(patches))
    lost = patches.lost | (pieces > _RAGGED)
    if (over := len(patches.runs) - _OPEN) > 0:
        order = np.argsort(-pieces, kind="stable")
        lost[order[: np.searchsorted(np.cumsum(pieces[order]), over + _OPEN // 2) + 1]] = True
    if not lost.any():
        return patches
    kept = ~lost[patches.owner] | (patches.runs.row == front)
    return replace(patches, runs=patches.runs.taken(kept), owner=patches.owner[kept], lost=lost)
