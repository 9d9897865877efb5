"""Water come and gone: a wetness index cut at both dates alike, and no water where none stands apart from land."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from layers.errors import UnsuitableScenes
from layers.imagery.change.method import Codes, Fitted, Floats, Kind, Marks, Method, Pair
from layers.imagery.change.reflectance import checked, index
from layers.imagery.change.thresholds import DISTINCT, Populations, otsu, populations, sample_chance
from layers.imagery.scene import Role

Bools = npt.NDArray[np.bool_]

_NEEDED: tuple[Role, ...] = ("green", "swir1")
_TOLD_BY = ("construction", "displacement", "accident", "other")
#: Wet by the index but brighter than this in near infrared is snow, ice or cloud.
SNOW_NIR = 0.2
#: Two populations are not told apart in fewer pixels.
_FEWEST_PIXELS = 1_000


def roles(before: Sequence[Role], after: Sequence[Role]) -> tuple[Role, ...]:
    """Return green and short-wave infrared, and near infrared too where both scenes have it, to tell snow.

    Raises
    ------
    UnsuitableScenes
        A scene lacks green or short-wave infrared.
    """
    lacking = [role for role in _NEEDED if role not in before or role not in after]
    if lacking:
        raise UnsuitableScenes(f"water needs green and short-wave infrared (swir1) at both dates; lacking: {', '.join(lacking)}")
    return (*_NEEDED, "nir") if "nir" in before and "nir" in after else _NEEDED


def wetness(bands: Floats) -> Floats:
    """Return the modified normalised difference water index of green, short-wave and perhaps near infrared; -1 where it is snow.

    References
    ----------
    Xu, H. (2006). Modification of normalised difference water index (NDWI) to enhance open water features in remotely sensed
    imagery. Int. J. Remote Sensing 27(14), 3025-3033.
    """
    found = index(bands[0], bands[1])
    if len(bands) > 2:
        found[(found > 0) & (bands[2] > SNOW_NIR)] = -1
    return found


def wet(found: Populations | None) -> bool:
    """Return whether two populations are apart and the upper is water, which the index makes positive."""
    return found is not None and found.distance > DISTINCT and found.means[1] > 0


def fitted(pair: Pair) -> Fitted:
    """Learn from a survey whether there is water at either date, and one cut for both.

    Each date is asked by itself: two normal populations, Ashman's D above 2, the wetter one positive. The cut is Otsu's over
    the dates that have water, never below 0. So what was water at both dates is no change, and a dry pair claims none.

    Raises
    ------
    UnsuitableScenes
        Too few pixels are seen at both dates, or they hold stored numbers in the place of reflectance.
    """
    warnings = list(checked(pair, fewest=_FEWEST_PIXELS))
    dates = [wetness(pair.before), wetness(pair.after)]
    judged = [populations(date[date > -1]) for date in dates]
    with_water = [date[date > -1] for date, found in zip(dates, judged, strict=True) if wet(found)]
    cut = max(otsu(np.concatenate(with_water)), 0.0) if with_water else float("inf")
    if not with_water:
        warnings.append("At neither date does water stand apart from land, so no water is claimed.")
    if len(pair.before) < 3:
        warnings.append("Without near infrared at both dates, snow cannot be told from water.")
    same = (dates[0] > cut) == (dates[1] > cut)

    def apply(window: Pair) -> Marks:
        before, after = wetness(window.before), wetness(window.after)
        return Marks(after - before, _classes(before > cut, after > cut, np.isfinite(after - before)))

    learned = {"distance_before": _distance(judged[0]), "distance_after": _distance(judged[1])}
    learned |= {"threshold": cut} if with_water else {}
    return Fitted(apply, sample_chance((dates[1] - dates[0])[same]), learned, tuple(warnings))


def _classes(before: Bools, after: Bools, known: Bools) -> Codes:
    classes = np.zeros(before.shape, np.uint8)
    classes[known & ~before & after] = 1
    classes[known & before & ~after] = 2
    return classes


def _distance(found: Populations | None) -> float:
    return found.distance if found else 0.0


METHOD = Method(
    id="water",
    title="Water come and gone (MNDWI)",
    version="1",
    says="Finds land that became water and water that became land; what was water at both dates is no change, and no "
    "new water lies in the mission's own base layers of water.",
    statistic="change of MNDWI",
    unit="",
    reads="above zero the ground became wetter, below zero drier; which of it is water come or gone, the findings say",
    kinds=(Kind("new_water", "New water", _TOLD_BY, outside_water=True), Kind("water_gone", "Water gone", _TOLD_BY)),
    roles=roles,
    fit=fitted,
    accuracy="The water at one date shares 0.71 (IoU) with that of a hand-labelled Sentinel-2 chip of a flood in Spain "
    "(Sen1Floods11; benchmarks/change.py); none is claimed in its dry parts nor in 37 burned basins, snow among them.",
)
