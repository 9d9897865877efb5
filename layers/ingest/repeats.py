"""Ids that stand more than once in one file: the first row is taken, the same again is the same, others are refused.

So the outcome does not hang on what the record holds already, and the same file again adds nothing. Which of two different
rows is right nobody but their source can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from layers.model import Fault, Rows

Hashes = npt.NDArray[np.uint64]
#: Spreads the bits of a number over all 64: 2^64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4).
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass
class Repeats:
    """The ids of one file, chunk after chunk, as 64-bit hashes: of a million ids two look alike once in 40 million files."""

    _seen: set[int] = field(default_factory=set)
    _parts: list[tuple[Hashes, Hashes, npt.NDArray[np.int64]]] = field(default_factory=list)

    def sifted(self, rows: Rows) -> tuple[Rows, list[Fault]]:
        """Return rows without those that say something else of an id than its first row did, and why each is refused."""
        ids, content = _hashed(rows.feature), _contents(rows)
        fresh = set(ids.tolist())
        met = bool(len(fresh) < len(ids) or not self._seen.isdisjoint(fresh))
        odd, first = self._differing(ids, content, rows.row) if met else (np.zeros(len(ids), np.bool_), rows.row)
        self._seen |= fresh
        self._parts.append((ids, content, rows.row))
        if not odd.any():
            return rows, []
        faults = [Fault(int(rows.row[n]), "id", _reason(rows.feature[n], int(first[n]))) for n in np.flatnonzero(odd).tolist()]
        return rows.taken(np.flatnonzero(~odd)), faults

    def _differing(
        self, ids: Hashes, content: Hashes, row: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """Say which rows differ from the first with their id, and return the number of that row."""
        values, counts = np.unique(ids, return_counts=True)
        again = np.array([value in self._seen for value in values.tolist()], np.bool_) | (counts > 1)
        parts = [tuple(of[np.isin(part[0], values[again])] for of in part) for part in self._parts]
        whole = [np.concatenate([*(part[n] for part in parts), of]) for n, of in enumerate((ids, content, row))]
        _, begin, at = np.unique(whole[0], return_index=True, return_inverse=True)
        first = begin[at.ravel()[len(whole[0]) - len(ids) :]]
        return whole[1][first] != content, whole[2][first]


def _reason(feature: str, first: int) -> str:
    return (
        f"{feature[:40]!r} stands in row {first} already and says something else there; give it an id of its own, or leave it out"
    )


def _contents(rows: Rows) -> Hashes:
    """Return a hash of all that the record keeps of each row beside its id."""
    found = _hashed(rows.payload)
    places = (rows.lon, rows.lat) if rows.wkb is None else (_hashed(rows.wkb),)
    for part in (*places, _hashed(rows.marking), rows.retracted.astype(np.uint64)):
        bits = part if part.dtype == np.uint64 else (part + 0.0).view(np.uint64)
        found = found * _SPREAD + bits
    return found


def _hashed(values: Sequence[str] | Sequence[bytes]) -> Hashes:
    return np.fromiter(map(hash, values), np.int64, len(values)).view(np.uint64)
