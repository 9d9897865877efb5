"""Lines and areas that cannot be used, each with the reason and the place of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from layers.model import Layer
from layers.notation import format_decimal
from layers.spatial import UnusableGeometry, meets_itself
from layers.spatial.edges import legs
from layers.spatial.followed import followed

Written = TypeVar("Written", str, bytes)
Shapes = npt.NDArray[np.object_]
#: What a user must be told: which shape, by position, and why it is refused.
Amiss = dict[int, str]

#: A leg shorter than this is none: seven decimals of a degree are a centimetre.
_NO_LENGTH_M = 0.001
_WIDE = 180.0
#: The field of lines that hold when each vertex was passed.
_TIMES = "times"
_REASON = re.compile(r"^(?P<what>[^\[]+?)\s*(?:\[(?P<lon>\S+) (?P<lat>\S+)\])?$")
#: What the library that judges areas says, and what it means.
_WORDS = {
    "Self-intersection": "its edges cross",
    "Ring Self-intersection": "a ring touches itself",
    "Hole lies outside shell": "a hole lies outside of it",
    "Holes are nested": "a hole lies in another",
    "Nested shells": "a part lies in another",
    "Duplicate Rings": "a ring comes twice",
    "Interior is disconnected": "its holes cut it in two",
    "Too few points in geometry component": "a ring encloses nothing",
}
_UNREAD = {
    "closed linestring": "has a ring that does not end where it begins; close it",
    "points in LinearRing": "has a ring of fewer than three places; add them",
    "contain 0 or >1": "has a line or ring of a single place; add the others",
}


def unread(read: Callable[[Written], object], written: Written, otherwise: str) -> str:
    """Return why a shape cannot be read at all, by reading it again; ``otherwise`` where that tells nothing."""
    try:
        read(written)
    except shapely.errors.GEOSException as fault:
        return next((words for said, words in _UNREAD.items() if said in str(fault)), otherwise)
    return otherwise


def amiss(shapes: Shapes, layer: Layer) -> Amiss:
    """Return which lines or areas cannot be used, by position, and why.

    Parameters
    ----------
    shapes : array of geometries
        WGS 84 degrees, each of the layer's kind.
    layer : Layer
        Lines that have sides must not meet themselves nor stutter; other lines may, and what moves in time may stand still.

    Notes
    -----
    Nothing is mended: which of two areas was meant by a ring that crosses itself only the source knows.
    """
    found = _off_the_earth(shapes)
    sound = np.setdiff1d(np.arange(len(shapes)), list(found))
    if layer.field(_TIMES):
        return found
    judge = _areas if layer.geometry == "area" else _sided if layer.sided else _lines
    return found | {int(sound[n]): reason for n, reason in judge(shapes[sound]).items()}


def _off_the_earth(shapes: Shapes) -> Amiss:
    at, owner = shapely.get_coordinates(shapes, return_index=True)
    lost = ~np.isfinite(at).all(axis=1)
    off = (np.abs(at[:, 1]) > 90) | (np.abs(at[:, 0]) > 360)
    found: Amiss = dict.fromkeys(np.flatnonzero(shapely.is_empty(shapes)).tolist(), "is empty; add its places")
    for n in np.flatnonzero(lost | off)[::-1].tolist():
        lon, lat = at[n]
        where = "has a place without a number" if lost[n] else f"leaves the earth at longitude {lon:g}, latitude {lat:g}"
        found[int(owner[n])] = f"{where}; correct it"
    return found


def _lines(shapes: Shapes) -> Amiss:
    return {
        int(n): f"has no length: all its places are {_place(*shapely.get_coordinates(shapes[n])[0])}; add the others"
        for n in np.flatnonzero(shapely.length(shapes) == 0)
    }


def _sided(shapes: Shapes) -> Amiss:
    found = _lines(shapes)
    whole = legs(shapes)
    for n in np.flatnonzero(whole.metres < _NO_LENGTH_M)[::-1].tolist():
        found.setdefault(int(whole.owner[n]), f"has the place {_place(*whole.begin[n])} twice running; take one out")
    for number, place in enumerate(meets_itself(geopandas.GeoSeries(shapes, crs=4326))):
        if place is not None:
            found.setdefault(
                number, f"crosses or touches itself at {_place(place.x, place.y)}, so it has no two sides; draw it without"
            )
    return found


def _areas(shapes: Shapes) -> Amiss:
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    wide = bounds[:, 2] - bounds[:, 0] > _WIDE
    found = {int(n): _reason(shapely.is_valid_reason(shapes[n])) for n in np.flatnonzero(~wide & ~shapely.is_valid(shapes))}
    for n in np.flatnonzero(wide).tolist():
        # Longitudes that jump at ±180 make a valid ring look crossed, and one round a pole look valid.
        try:
            parts = followed(shapes[[n]], 1.0)[0]
        except UnusableGeometry as fault:
            found[n] = f"cannot be used: {fault}"
            continue
        bad = parts[~shapely.is_valid(parts)]
        if len(bad):
            found[n] = _reason(shapely.is_valid_reason(bad[0]))
    return found


def _reason(said: str) -> str:
    met = _REASON.match(said)
    if met is None:
        return "is no area; draw it again"
    words = _WORDS.get(met["what"], "it is no area")
    where = f" at {_place(float(met['lon']), float(met['lat']))}" if met["lon"] else ""
    return f"cannot be used: {words}{where}; draw it without"


def _place(lon: float, lat: float) -> str:
    return str(format_decimal([(lon + 180) % 360 - 180], [lat])[0])
