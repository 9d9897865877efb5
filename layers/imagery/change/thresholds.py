"""Where changed parts from unchanged: Otsu's cut, two populations told apart, and how seldom chance reaches a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import gamma, gammaincc

from layers.imagery.change.method import Floats

Doubles = npt.NDArray[np.float64]

#: A cut marks at most this share of pixels in which nothing changed.
FALSE_ALARM = 0.01
NONE_APART = f"No changed pixels stand apart from the unchanged; {FALSE_ALARM:.0%} of the unchanged may be marked by chance."
#: Ashman's D above which two populations are distinct.
DISTINCT = 2.0
_CELLS = 256
_STEPS = 200
#: Shapes of a generalised normal: 1 is Laplace's, 2 the normal.
_SHAPES = (0.3, 8.0)


def otsu(values: npt.ArrayLike) -> float:
    """Return the cut that leaves the least variance within the two sides: the upper side is what lies above it.

    Every cut between two different values is tried, none is lost in a histogram. Not finite values do not count. Where
    fewer than two different values are left the cut is above them all.

    References
    ----------
    Otsu, N. (1979). A threshold selection method from gray-level histograms. IEEE Trans. SMC 9(1), 62-66.

    Examples
    --------
    >>> otsu([1, 2, 2, 8, 9])
    5.0
    """
    found = np.asarray(values, np.float64).ravel()
    found = np.sort(found[np.isfinite(found)])
    below = np.arange(1, found.size)
    apart = found[1:] > found[:-1]
    if not apart.any():
        return float("inf")
    centred = found - found.mean()
    between = np.cumsum(centred)[:-1] ** 2 / (below * (found.size - below))
    cut = int(np.argmax(np.where(apart, between, -1.0)))
    return float((found[cut] + found[cut + 1]) / 2)


def cut_above(strengths: npt.ArrayLike, least: float) -> tuple[float, bool]:
    """Return Otsu's cut, or ``least`` where that is higher, and whether Otsu's own was.

    Otsu cuts whatever it is given, also pixels of which none changed; ``least`` is what few of those reach.
    """
    natural = otsu(strengths)
    return (natural, True) if least <= natural < float("inf") else (least, False)


@dataclass(frozen=True, slots=True)
class Populations:
    """Two normal populations, the lower first: their shares, means and spreads."""

    shares: tuple[float, float]
    means: tuple[float, float]
    spreads: tuple[float, float]

    @property
    def distance(self) -> float:
        """Return Ashman's D: the distance of the means in their common spread; above 2 the two are distinct."""
        apart = self.means[1] - self.means[0]
        return float(np.sqrt(2) * apart / max(np.hypot(*self.spreads), 1e-12))


def populations(values: npt.ArrayLike) -> Populations | None:
    """Fit two normal populations by expectation and maximisation, from the sides of Otsu's cut on; None where all is alike.

    References
    ----------
    Ashman, K. M., Bird, C. M. and Zepf, S. E. (1994). Detecting bimodality in astronomical datasets. Astron. J. 108, 2348.
    """
    found = np.asarray(values, np.float64).ravel()
    found = found[np.isfinite(found)]
    cut = otsu(found)
    if not np.isfinite(cut):
        return None
    counts, edges = np.histogram(found, _CELLS)
    weight, at = counts / found.size, (edges[1:] + edges[:-1]) / 2
    least = (edges[1] - edges[0]) ** 2 / 12
    upper = (at > cut).astype(np.float64)
    for _ in range(_STEPS):
        sides = np.stack([weight * (1 - upper), weight * upper])
        shares = np.maximum(sides.sum(axis=1), 1e-12)
        means = sides @ at / shares
        spreads = np.sqrt((sides * (at - means[:, None]) ** 2).sum(axis=1) / shares + least)
        dense = shares[:, None] / spreads[:, None] * np.exp(-0.5 * ((at - means[:, None]) / spreads[:, None]) ** 2)
        upper = dense[1] / np.maximum(dense.sum(axis=0), 1e-300)
    low, high = np.argsort(means)
    return Populations(
        (float(shares[low]), float(shares[high])),
        (float(means[low]), float(means[high])),
        (float(spreads[low]), float(spreads[high])),
    )


def middle(values: npt.ArrayLike) -> tuple[float, float]:
    """Return the median and the spread about it, by the median absolute deviation: what less than half of them cannot move."""
    found = np.asarray(values, np.float64)
    found = found[np.isfinite(found)]
    centre = float(np.median(found))
    return centre, float(1.482602 * np.median(np.abs(found - centre)))


def peaked_chance(unchanged: npt.ArrayLike) -> Callable[[Floats], Floats]:
    """Return how often a generalised normal value lies at least so far from 0, on either side, its shape fitted by moments.

    Averaged log-ratios where nothing changed have a sharper peak and longer tails than a normal distribution, which would call
    three times as many of them rare.

    References
    ----------
    Bazi, Y., Bruzzone, L. and Melgani, F. (2005). An unsupervised approach based on the generalized Gaussian model to automatic
    change detection in multitemporal SAR images. IEEE Trans. Geosci. Remote Sensing 43(4), 874-887.
    """
    size = np.abs(np.asarray(unchanged, np.float64))
    size = size[np.isfinite(size)]
    mean = max(float(size.mean()), 1e-12)
    sought = np.clip(np.mean(size**2) / mean**2, _moments(_SHAPES[1]) + 1e-9, _moments(_SHAPES[0]) - 1e-9)
    shape = float(brentq(lambda one: _moments(one) - sought, *_SHAPES))
    width = mean * gamma(1 / shape) / gamma(2 / shape)
    return lambda values: np.asarray(gammaincc(1 / shape, (np.abs(values) / width) ** shape), np.float32)


def _moments(shape: float) -> float:
    return float(gamma(1 / shape) * gamma(3 / shape) / gamma(2 / shape) ** 2)


def squared_chance(unchanged: npt.ArrayLike) -> Callable[[Floats], Floats]:
    """Return how often a sum of squares reaches at least so much, by the gamma distribution of the unchanged ones' moments.

    It is chi² where their terms are normal, of equal spread and independent; where they are not, its tail is longer.
    """
    found = np.asarray(unchanged, np.float64)
    mean, variance = max(float(found.mean()), 1e-12), max(float(found.var()), 1e-24)
    shape, width = mean**2 / variance, variance / mean
    return lambda values: np.asarray(gammaincc(shape, values / width), np.float32)


def sample_chance(unchanged: npt.ArrayLike) -> Callable[[Floats], Floats]:
    """Return how often unchanged pixels lie at least so far from 0, on either side, as a sample of them shows.

    It claims no shape of distribution and never less than the sample can show: (1 + those as far out) / (1 + all).
    """
    found = np.asarray(unchanged, np.float64)
    seen = np.sort(np.abs(found[np.isfinite(found)]))

    def chance(values: Floats) -> Floats:
        reached = seen.size - np.searchsorted(seen, np.abs(values), side="left")
        return np.where(np.isfinite(values), (1 + reached) / (1 + seen.size), np.nan).astype(np.float32)

    return chance
