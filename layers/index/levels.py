"""How high versions are marked: an earlier version of a feature is as high as any later one, for what was raised stays raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pandas.util import hash_array

from layers.model import Versions

Features = npt.NDArray[np.uint64]
Ranks = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Later:
    """Versions that took the place of others, as columns of one length: whose, which, and the rank of its marking."""

    feature: Features
    seq: npt.NDArray[np.int64]
    rank: Ranks


def numbered(features: Sequence[str]) -> Features:
    """Return the number of each feature's id: a hash, the same in every process.

    Examples
    --------
    >>> bool(numbered(["a", "b", "a"])[0] == numbered(["a"])[0])
    True
    """
    return np.asarray(hash_array(np.array(features, object), categorize=False), np.uint64)


def ranks(markings: Sequence[str], versions: Versions) -> Ranks:
    """Return the rank of each version's own marking; one that the mission does not know is above all it knows."""
    known = {marking: number for number, marking in enumerate(markings)}
    met = {marking: known.get(marking, len(markings)) for marking in set(versions.marking)}
    return np.array([met[marking] for marking in versions.marking], np.uint8)


def later(versions: Versions, markings: Sequence[str]) -> Later:
    """Return those of the versions that took the place of another, also those that take a feature back."""
    rows = np.flatnonzero(versions.previous > 0)
    return Later(numbered([versions.feature[n] for n in rows.tolist()]), versions.seq[rows], ranks(markings, versions)[rows])


def raised(marking: Ranks, feature: Features, seq: npt.NDArray[np.int64], by: Later) -> Ranks:
    """Return markings raised, where that is higher, to the highest of the later versions of the same feature.

    Parameters
    ----------
    marking, feature, seq : array
        Of the rows: the rank of the marking, the number of the feature and of the version.
    by : Later
        What came since. A row is raised by what is later than itself only.

    Returns
    -------
    uint8 array
        The same array where nothing is raised.

    Examples
    --------
    >>> one, two = numbered(["a", "a"]), np.array([1, 3])
    >>> raised(np.array([0, 0], np.uint8), one, two, Later(one[:1], np.array([2]), np.array([1], np.uint8))).tolist()
    [1, 0]
    """
    rows = np.flatnonzero(np.isin(feature, by.feature)) if len(by.seq) else by.seq
    if not len(rows):
        return marking
    of = np.concatenate([by.feature, feature[rows]])
    level = np.concatenate([by.rank, marking[rows]]).astype(np.int64)
    order = np.lexsort((-np.concatenate([by.seq, seq[rows]]), of))
    group = np.cumsum(np.diff(of[order], prepend=of[order[:1]]) != 0)
    highest = np.empty(len(order), np.int64)
    highest[order] = np.maximum.accumulate(group * 256 + level[order]) % 256
    found = highest[len(by.seq) :].astype(np.uint8)
    if (found == marking[rows]).all():
        return marking
    whole = marking.copy()
    whole[rows] = found
    return whole
