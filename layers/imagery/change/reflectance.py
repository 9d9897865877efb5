"""Whether values can be reflectance, and the indices that are made of it."""

from __future__ import annotations

import numpy as np

from layers.errors import UnsuitableScenes
from layers.imagery.change.method import Floats, Pair

#: Fresh snow in the sun on a slope, and a saturated sensor, stay below.
BRIGHTEST = 2.0
#: Shadow or water is darker than this in some band of nearly every scene.
DARKEST = 0.1
#: Fewer pixels than this tell nothing of a pair.
FEWEST_PIXELS = 50
#: In fewer pixels there may well be no dark one.
_ENOUGH = 10_000


def checked(pair: Pair, *, fewest: int = FEWEST_PIXELS) -> tuple[str, ...]:
    """Return what is odd of values that ought to be reflectance, as sentences; nothing where they can be it.

    Raises
    ------
    UnsuitableScenes
        Too few pixels are seen at both dates, or they hold stored numbers in the place of reflectance.
    """
    seen = np.isfinite(pair.before).all(axis=0) & np.isfinite(pair.after).all(axis=0)
    if seen.sum() < fewest:
        raise UnsuitableScenes(
            f"only {int(seen.sum())} pixels are seen at both dates, {fewest:,} are needed; choose scenes with less cloud"
        )
    odd = (_odd("before", pair.before[:, seen]), _odd("after", pair.after[:, seen]))
    return tuple(one for one in odd if one)


def _odd(when: str, values: Floats) -> str:
    low, high = np.quantile(values, [0.001, 0.99], axis=1)
    if high.max() > BRIGHTEST or low.min() < -BRIGHTEST:
        worst = high.max() if high.max() > BRIGHTEST else low.min()
        raise UnsuitableScenes(
            f"the scene {when} looks like stored numbers, not reflectance: values reach {worst:,.0f}, reflectance lies in 0 to 1; "
            "give its scale and offset (Landsat Collection 2: 0.0000275 and -0.2; Sentinel-2: 0.0001, from baseline 04.00 -0.1)"
        )
    if low.min() > DARKEST and values.shape[1] >= _ENOUGH:
        return (
            f"The scene {when} has no dark pixel (the darkest reflect {low.min():.2f}): was its offset left out? "
            "Sentinel-2 from baseline 04.00 on has -0.1, Landsat Collection 2 has -0.2."
        )
    return ""


def index(upper: Floats, lower: Floats) -> Floats:
    """Return (upper - lower) / (upper + lower), held within -1 and 1; NaN where the sum is not above 0."""
    total = upper + lower
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(total > 1e-6, (upper - lower) / total, np.nan)
    return np.asarray(np.clip(found, -1, 1), np.float32)
