"""In which version, and when, the mission first knew of a feature: remembered, for it never changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.store import Store

Int64s = npt.NDArray[np.int64]

#: So many are remembered; then all are forgotten and found again as they are asked for.
_MOST = 200_000


class Origins:
    """The first versions of a layer's features."""

    def __init__(self, store: Store, layer: str) -> None:
        self._store, self._layer = store, layer
        self._known: dict[int, tuple[int, int]] = {}

    def of(self, seqs: Int64s) -> tuple[Int64s, Int64s]:
        """Return of each version the first one of its feature, and when that was recorded, microseconds since 1970 UTC."""
        asked = seqs.tolist()
        if len(self._known) > _MOST:
            self._known = {}
        known = self._known
        known |= self._followed([seq for seq in asked if seq not in known])
        found = np.array([known[seq] for seq in asked], np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def _followed(self, seqs: list[int]) -> dict[int, tuple[int, int]]:
        """Follow versions back to the first of each, all of them one step at a time."""
        found: dict[int, tuple[int, int]] = {}
        at = {seq: seq for seq in seqs}
        while at:
            versions = self._store.records(self._layer, sorted(set(at.values())))
            columns = (versions.seq, versions.previous, versions.recorded)
            told = {seq: (before, when) for seq, before, when in zip(*(column.tolist() for column in columns), strict=True)}
            found |= {seq: (now, told[now][1]) for seq, now in at.items() if not told[now][0]}
            at = {seq: told[now][0] for seq, now in at.items() if told[now][0]}
        return found
