"""Whether it was day: how high the sun stood at a place and time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: The sun's middle when its upper edge touches the horizon: 34' of refraction and 16' of half its width below.
HORIZON_DEG = -0.833
_DAY_US = 86_400e6
_J2000_DAYS = 10_957.5


def is_day(lon: Floats, lat: Floats, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say of each place and time whether the sun's upper edge stood above a level horizon; terrain is not looked at.

    Parameters
    ----------
    lon, lat : (n,) float64
        WGS 84 degrees.
    at : (n,) int64
        Microseconds since 1970 UTC.
    """
    day: npt.NDArray[np.bool_] = elevation(lon, lat, at) > HORIZON_DEG
    return day


def elevation(lon: Floats, lat: Floats, at: npt.NDArray[np.int64]) -> Floats:
    """Return how many degrees the sun's middle stood above the horizon, without refraction; right to 0.01° from 1950 to 2050.

    Parameters
    ----------
    lon, lat, at
        As for ``is_day``.

    References
    ----------
    Meeus, J. (1998). Astronomical Algorithms, 2nd edition, chapter 25 (low accuracy), as in the NOAA Solar Calculator.
    """
    days = at / _DAY_US - _J2000_DAYS
    century = days / 36_525
    mean = 280.46646 + century * (36_000.76983 + century * 0.0003032)
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    centre = (
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1_934.136 * century)
    along = np.radians(mean + centre - 0.00569 - 0.00478 * np.sin(node))
    tilt = np.radians(23.4392911 - 0.0130042 * century + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(tilt) * np.sin(along))
    ascension = np.arctan2(np.cos(tilt) * np.sin(along), np.cos(along))
    sidereal = np.radians(280.46061837 + 360.98564736629 * days + lon)
    height = np.arcsin(
        np.sin(np.radians(lat)) * np.sin(declination)
        + np.cos(np.radians(lat)) * np.cos(declination) * np.cos(sidereal - ascension)
    )
    return np.asarray(np.degrees(height), np.float64)
