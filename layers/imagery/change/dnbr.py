"""Where it burned and how badly: the fall of the normalised burn ratio, less that of the unburned land around."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import binary_opening, distance_transform_edt

from layers.errors import UnsuitableScenes
from layers.imagery.change.method import Fitted, Floats, Kind, Marks, Method, Pair
from layers.imagery.change.reflectance import FEWEST_PIXELS, checked, index
from layers.imagery.change.thresholds import middle, sample_chance
from layers.imagery.scene import Role

_ROLES: tuple[Role, ...] = ("nir", "swir2")
#: A thermal anomaly is a fire seen from above and no more than that; it never stands for shelling.
_TOLD_BY = (
    "thermal_anomaly", "shelling", "armed_clash", "firing", "mine_or_ied", "attack_on_civilians", "looting", "displacement",
    "criminality", "accident", "other",
)  # fmt: skip
#: Key and Benson's bounds of low, moderate-low, moderate-high and high severity.
SEVERITY = (0.100, 0.270, 0.440, 0.660)
REGROWTH = -0.100
#: The ring about what surely burned: its inner and outer edge.
RING_M = (120.0, 1_000.0)
_RING_PIXELS = (2.0, 6.0)


def roles(before: Sequence[Role], after: Sequence[Role]) -> tuple[Role, ...]:
    """Return near infrared and the longer short-wave infrared.

    Raises
    ------
    UnsuitableScenes
        A scene lacks one of them.
    """
    lacking = [role for role in _ROLES if role not in before or role not in after]
    if lacking:
        raise UnsuitableScenes(
            f"burn severity needs near infrared (nir) and short-wave infrared (swir2) at both dates; lacking: {', '.join(lacking)}"
        )
    return _ROLES


def fall(pair: Pair) -> Floats:
    """Return how far the normalised burn ratio fell, NaN where it cannot be told."""
    return index(pair.before[0], pair.before[1]) - index(pair.after[0], pair.after[1])


def severity(dnbr: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the class of each value: 0 unburned, 1 low, 2 moderate-low, 3 moderate-high, 4 high, 5 regrowth."""
    classes = np.digitize(dnbr, SEVERITY).astype(np.uint8)
    classes[np.isnan(dnbr)] = 0
    classes[dnbr <= REGROWTH] = 5
    return classes


def ring(dnbr: Floats, pixel_m: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which pixels lie around what surely burned and did not surely burn; all of them where nothing did.

    What surely burned is of moderate severity or more, in patches and not in specks. The ring leaves out its fringe.
    """
    known = np.isfinite(dnbr)
    burned = known & (dnbr >= SEVERITY[1])
    core = binary_opening(burned)
    if not core.any():
        return np.asarray(known & ~burned)
    away = distance_transform_edt(~core)
    near, far = (max(metres / pixel_m, pixels) for metres, pixels in zip(RING_M, _RING_PIXELS, strict=True))
    return np.asarray(known & ~burned & (away > near) & (away <= far))


def fitted(pair: Pair) -> Fitted:
    """Learn from a survey how far the ratio fell where nothing burned: season, sun and haze, not fire.

    The median of the ring around the burn is taken off every pixel. A ring that itself lies beyond the class of the unburned
    is no ring of unburned land: nothing is then taken off, and a warning says so.

    Raises
    ------
    UnsuitableScenes
        Too few pixels are seen at both dates, or they hold stored numbers in the place of reflectance.

    References
    ----------
    Key, C. H. and Benson, N. C. (2006). Landscape Assessment. In FIREMON, USDA Forest Service RMRS-GTR-164-CD, LA-1 to LA-55.
    """
    odd = checked(pair)
    survey = fall(pair)
    around = survey[ring(survey, pair.pixel_m)]
    offset, spread = middle(around) if around.size >= FEWEST_PIXELS else (0.0, 0.0)
    warnings = (*odd, *_warnings(around.size, offset))
    offset = offset if abs(offset) <= SEVERITY[0] else 0.0

    def apply(window: Pair) -> Marks:
        dnbr = fall(window) - np.float32(offset)
        return Marks(dnbr, severity(dnbr))

    learned = {"offset": offset, "ring_pixels": float(around.size), "ring_spread": spread}
    return Fitted(apply, sample_chance(around - np.float32(offset)), learned, warnings)


def _warnings(pixels: int, offset: float) -> tuple[str, ...]:
    if pixels < FEWEST_PIXELS:
        return ("No unburned land lies around the burn in these scenes, so season and haze were not taken off.",)
    if abs(offset) > SEVERITY[0]:
        return (
            f"The land around the burn is not as it was either (dNBR {offset:+.2f}), so nothing was taken off; "
            "compare scenes of one season.",
        )
    return ()


METHOD = Method(
    id="dnbr",
    title="Burned land (dNBR)",
    version="1",
    says="Finds where the normalised burn ratio fell, less its fall in the unburned land around, and grades it by Key and Benson. "
    "Bare soil, harvest and earthworks may read as low severity.",
    statistic="dNBR",
    unit="",
    reads="above zero plants or moisture were lost, from 0.1 on as by fire; below zero they came",
    kinds=(
        Kind("low", "Burned, low severity", _TOLD_BY),
        Kind("moderate_low", "Burned, moderate-low severity", _TOLD_BY),
        Kind("moderate_high", "Burned, moderate-high severity", _TOLD_BY),
        Kind("high", "Burned, high severity", _TOLD_BY),
        Kind("regrowth", "Regrowth", ()),
    ),
    roles=roles,
    fit=fitted,
    accuracy="Means over 69 basins of five fires go with those of the USGS (OFR 2016-1106): r 0.80 within fires "
    "(benchmarks/change.py). The severity classes are Key and Benson's for North American forest; elsewhere check them on the ground.",
)
