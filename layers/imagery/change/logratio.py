"""Change in radar scenes: the ratio of two dates in decibels, its speckle averaged, cut where changed parts from unchanged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import correlate1d
from scipy.special import ndtri

from layers.errors import UnsuitableScenes
from layers.imagery.change.method import Fitted, Floats, Kind, Marks, Method, Pair
from layers.imagery.change.thresholds import FALSE_ALARM, NONE_APART, cut_above, middle, peaked_chance
from layers.imagery.scene import RADAR, Role

_ORDER: tuple[Role, ...] = ("vv", "hh", "vh", "hv")
#: Two averages over 3 by 3 pixels, one after the other, as one.
_WEIGHTS = np.array([1, 2, 3, 2, 1]) / 9
_MARGIN = 2
_FEWEST_PIXELS = 100
#: Backscatter below this quantile of what a scene holds is taken as this: 0 has no logarithm.
_FLOOR = 0.001


def roles(before: Sequence[Role], after: Sequence[Role]) -> tuple[Role, ...]:
    """Return the first polarisation that both scenes have: like-polarised before crossed.

    Raises
    ------
    UnsuitableScenes
        They share none.
    """
    shared = [role for role in _ORDER if role in before and role in after]
    if not shared:
        got = ", ".join(sorted({*before, *after} & RADAR)) or "none"
        raise UnsuitableScenes(f"the log-ratio needs one radar polarisation that both scenes have; got: {got}")
    return (shared[0],)


def in_decibels(band: Floats, *, already: bool, floor: float) -> Floats:
    """Return backscatter in decibels: as it is where it is so already, else its logarithm, nothing below ``floor``."""
    return band if already else np.asarray(10 * np.log10(np.maximum(band, np.float32(floor))), np.float32)


def averaged(ratio: Floats) -> Floats:
    """Return each pixel's weighted mean of the 5 by 5 about it that are known; NaN where it is not known itself.

    An average of decibels is one of logarithms: the speckle, which multiplies, falls out evenly on both sides.
    """
    known = np.isfinite(ratio)
    held = np.where(known, ratio, 0).astype(np.float32)
    share = known.astype(np.float32)
    for axis in (0, 1):
        held = correlate1d(held, _WEIGHTS, axis=axis, mode="constant")
        share = correlate1d(share, _WEIGHTS, axis=axis, mode="constant")
    return np.where(known, held / np.where(known, share, 1), np.nan).astype(np.float32)


def fitted(pair: Pair) -> Fitted:
    """Learn from a survey the even difference of the dates, the spread of what did not change, and the cut.

    The median ratio is taken off (gain and season), then Otsu's cut is made on its size: one for increase and decrease.

    Raises
    ------
    UnsuitableScenes
        Too few pixels are seen at both dates.

    References
    ----------
    Otsu, N. (1979): see ``otsu``. Bazi et al. (2005), for the chance of unchanged pixels: see ``peaked_chance``.
    Dekker, R. J. (1998). Speckle filtering in satellite SAR change detection imagery. Int. J. Remote Sensing 19(6), 1133-1146.
    """
    scales = [_scale(band[0], said=said) for band, said in zip((pair.before, pair.after), pair.decibels, strict=True)]

    def ratio(window: Pair) -> Floats:
        before, after = (
            in_decibels(band[0], already=already, floor=floor)
            for band, (already, floor) in zip((window.before, window.after), scales, strict=True)
        )
        return averaged(after - before)

    survey = ratio(pair)
    offset, spread = middle(survey)
    away = np.abs(survey - offset)
    cut, alone = cut_above(away, float(spread * -ndtri(FALSE_ALARM / 2)))

    def apply(window: Pair) -> Marks:
        apart = ratio(window) - np.float32(offset)
        return Marks(apart, np.where(apart > cut, 1, np.where(apart < -cut, 2, 0)).astype(np.uint8))

    learned = {"threshold_db": cut, "offset_db": offset, "spread_db": spread}
    return Fitted(apply, peaked_chance(away[away <= cut]), learned, () if alone else (NONE_APART,))


def _scale(band: Floats, *, said: bool) -> tuple[bool, float]:
    """Return whether a band is in decibels (said so, or mostly below 0, which power never is), else what stands for its 0."""
    found = band[np.isfinite(band)]
    if found.size < _FEWEST_PIXELS:
        raise UnsuitableScenes(
            f"only {found.size} pixels are seen at both dates, {_FEWEST_PIXELS} are needed; choose scenes that share more ground"
        )
    if said or np.median(found) < 0:
        return True, 0.0
    lit = found[found > 0]
    if not lit.size:
        raise UnsuitableScenes("a radar scene holds nothing but zeros; choose another scene")
    return False, float(np.quantile(lit, _FLOOR))


METHOD = Method(
    id="logratio",
    title="Radar change (log-ratio)",
    version="1",
    says="Compares two radar scenes of the same orbit and polarisation: more backscatter (new structures, rough ground) or less "
    "(water, cleared ground), day and night, through cloud.",
    statistic="change of backscatter",
    unit="dB",
    reads="above zero more comes back than before, below zero less, once the even difference of the dates is taken off",
    kinds=(Kind("increase", "More backscatter"), Kind("decrease", "Less backscatter")),
    roles=roles,
    fit=fitted,
    margin=_MARGIN,
    accuracy="Kappa 0.87 on Bern and 0.94 on Ottawa, two labelled radar pairs of floods (github summitgao; "
    "benchmarks/change.py).",
)
