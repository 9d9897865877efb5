"""The MGRS grid over a map on paper: lines, the figures at their ends, and the squares of 100 km. Right across the edges of zones.

References
----------
NGA.STND.0037_2.0.0_GRIDS (2014). Universal Grids and Grid Reference Systems.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Proj

from layers.briefing.frame import Frame
from layers.briefing.picture import Floats, Rect
from layers.notation import format_mgrs
from layers.notation.projection import zones
from layers.notation.utm import from_utm, to_utm

#: Metres from one line to the next.
_STEPS = (100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100)
_SQUARE = 100_000
#: Lines stand at least so far apart, mm; where even squares of 100 km would stand closer than the second, there is no grid.
_APART, _CLOSEST = 32.0, 16.0
#: A line is followed in so many steps over the frame, and the frame is looked at in so many places each way.
_ALONG, _LOOKED = 1_500, 48
#: Lines are followed a little beyond the frame and cut at its edge; an end so near to it stands on it, mm.
_BEYOND, _ON = 1.0, 1e-6
#: A square is named where this much of it is seen, mm², and its middle so far from the sides of the frame and from above and below, mm.
_NAMED, _ASIDE, _UNDER = 250.0, 8.0, 3.0
#: Of the places looked at, every so many-th from its middle outward may have the name, so many of them at most.
_EVERY, _TRIED = 3, 80

Edge = Literal["left", "right", "bottom", "top"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What stands at the end of a line: where on the sheet, on which edge of the frame, mm."""

    x: float
    y: float
    text: str
    edge: Edge


@dataclass(frozen=True, slots=True, eq=False)
class Square:
    """A square of 100 km: its name, and where that may stand, (n, 2) mm: in the middle of what is seen of it, else ever farther from there."""

    name: str
    places: Floats


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid over a frame. ``lines`` are runs of (n, 2) corners on the sheet, ``edges`` those that part zones, mm.

    ``turned`` is by how many degrees its north lies east of true north, in the middle of what is seen of each of its zones.
    """

    step_m: int
    lines: tuple[Floats, ...]
    edges: tuple[Floats, ...]
    figures: tuple[Figure, ...]
    squares: tuple[Square, ...]
    turned: tuple[float, ...] = ()

    @property
    def called(self) -> str:
        """Return the grid in words."""
        return f"MGRS, {self.step_m // 1000} km" if self.step_m >= 1_000 else f"MGRS, {self.step_m} m"

    @property
    def noted(self) -> str:
        """Return the same with its datum, and what the figures are where they are not those of a reference."""
        return f"{self.called}, WGS 84{', figures in km' if self.step_m >= _SQUARE else ''}"


def grid(frame: Frame) -> Grid | None:
    """Return the grid of a frame, None where it shows so much ground that its lines would stand too close."""
    per_m = 1_000 / frame.scale
    if _SQUARE * per_m < _CLOSEST:
        return None
    step = next((step for step in reversed(_STEPS) if step * per_m >= _APART), _SQUARE)
    x, y = _looked(frame)
    lon, lat = frame.degrees(x, y)
    there = np.isfinite(lon) & np.isfinite(lat)
    zone, northern, east, north = to_utm(lon[there], lat[there])
    lines: list[Floats] = []
    figures: list[Figure] = []
    turned: list[float] = []
    for number, upper in sorted(set(zip(zone.tolist(), northern.tolist(), strict=True))):
        here = (zone == number) & (northern == upper)
        turned.append(_turned(frame, (number, upper), np.stack([x[there][here], y[there][here]], axis=1)))
        for run, text in _zone(frame, (number, upper), step, (east[here], north[here])):
            lines.append(run)
            figures += _figures(frame, run, text)
    return Grid(
        step,
        tuple(lines),
        tuple(_parting(frame, zone, lon[there])),
        tuple(figures),
        tuple(_squares(frame, (x[there], y[there]), lon[there], lat[there])),
        tuple(turned),
    )


def _turned(frame: Frame, of: tuple[int, bool], seen: Floats) -> float:
    """Return by how many degrees the north of a zone's grid lies east of true north, at the place seen of it that is nearest its middle."""
    x, y = seen[np.argmin(np.hypot(*(seen - seen.mean(axis=0)).T))]
    lon, lat = (float(axis[0]) for axis in frame.degrees([x], [y]))
    number, northern = of
    code = (32600 if northern else 32700) + number if number else (32661 if northern else 32761)
    return float(Proj(f"EPSG:{code}").get_factors(lon, lat).meridian_convergence)


def _looked(frame: Frame) -> tuple[Floats, Floats]:
    rect = frame.rect
    x, y = np.meshgrid(np.linspace(rect.x, rect.right, _LOOKED), np.linspace(rect.y, rect.top, _LOOKED))
    return x.ravel(), y.ravel()


def _zone(frame: Frame, of: tuple[int, bool], step: int, seen: tuple[Floats, Floats]) -> Iterator[tuple[Floats, str]]:
    """Yield the runs of the lines of one zone and hemisphere within the frame, and each line's figures."""
    (west, east), (south, north) = ((float(axis.min()), float(axis.max())) for axis in seen)
    more = 2 * frame.scale * max(frame.rect.width, frame.rect.height) / 1_000 / _LOOKED
    along = np.linspace(0, 1, _ALONG)
    for across, (low, high), (begin, end) in (
        (True, (west, east), (south - more, north + more)),
        (False, (south, north), (west - more, east + more)),
    ):
        for value in np.arange(np.ceil((low - more) / step) * step, high + more, step):
            moving = begin + (end - begin) * along
            fixed = np.full(_ALONG, value)
            lon, lat = from_utm(of[0], of[1], *((fixed, moving) if across else (moving, fixed)))
            for run in _runs(frame, lon, lat, of):
                yield run, _written(value, step)


def _runs(frame: Frame, lon: Floats, lat: Floats, of: tuple[int, bool]) -> Iterator[Floats]:
    """Yield the runs of a line that lie in a zone and in the frame, on the sheet."""
    x, y = frame.at(lon, lat)
    rect, near = frame.rect, frame.rect.inner(-_BEYOND)
    with np.errstate(invalid="ignore"):
        inside = (x >= near.x) & (x <= near.right) & (y >= near.y) & (y <= near.top)
    kept = inside & (zones(lon, lat) == of[0]) & ((lat >= 0) == of[1])
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    for begin, end in zip(bounds[::2], bounds[1::2], strict=True):
        if end - begin > 1:
            line = shapely.LineString(np.stack([x[begin:end], y[begin:end]], axis=1))
            seen = shapely.get_parts(shapely.clip_by_rect(line, rect.x, rect.y, rect.right, rect.top))
            yield from (shapely.get_coordinates(part) for part in seen)


def _written(value: float, step: int) -> str:
    """Return the figures of a line within its square, as they stand in a reference; of one between squares its whole kilometres."""
    if step >= _SQUARE:
        return f"{int(value) // 1_000:,}"
    within = int(value) % _SQUARE
    return f"{within // 1_000:02d}" if step >= 1_000 else f"{within // 100:03d}"


def _figures(frame: Frame, run: Floats, text: str) -> Iterator[Figure]:
    rect = frame.rect
    for x, y in (run[0], run[-1]):
        far: dict[Edge, float] = {"left": x - rect.x, "right": rect.right - x, "bottom": y - rect.y, "top": rect.top - y}
        edge = min(far, key=lambda name: abs(far[name]))
        if abs(far[edge]) <= _ON:
            yield Figure(float(x), float(y), text, edge)


def _parting(frame: Frame, zone: npt.NDArray[np.int64], lon: Floats) -> Iterator[Floats]:
    """Yield the meridians that part the zones seen, where they do."""
    if len(set(zone.tolist())) < 2:
        return
    south, north = frame.box[1], frame.box[3]
    lat = np.linspace(south, north, _ALONG)
    seen = np.unique(np.round(lon / 3).astype(np.int64))
    for meridian in sorted({int(third) for third in (*seen, *(seen - 1), *(seen + 1))}):
        at = np.full(_ALONG, 3.0 * meridian)
        parts = zones(at - 1e-6, lat) != zones(at + 1e-6, lat)
        x, y = frame.at(at, lat)
        rect = frame.rect
        with np.errstate(invalid="ignore"):
            kept = parts & (x >= rect.x) & (x <= rect.right) & (y >= rect.y) & (y <= rect.top)
        if kept.sum() > 1:
            yield np.stack([x[kept], y[kept]], axis=1)


def _squares(frame: Frame, at: tuple[Floats, Floats], lon: Floats, lat: Floats) -> Iterator[Square]:
    """Yield the squares of 100 km that are seen large enough to be named, where there is room for a name about their middle."""
    x, y = at
    names = format_mgrs(lon, lat, 0)
    rect = frame.rect
    each = rect.width * rect.height / _LOOKED**2
    for name in np.unique(names):
        here = names == name
        seen = np.stack([x[here], y[here]], axis=1)
        middle = seen.mean(axis=0)
        if _fitting(rect, middle[None])[0] and here.sum() * each >= _NAMED:
            seen = seen[_fitting(rect, seen)]
            near = seen[np.argsort(np.hypot(*(seen - middle).T), kind="stable")[::_EVERY][:_TRIED]]
            yield Square(str(name), np.concatenate([middle[None], near[_whole(frame, near, str(name))]]))


def _whole(frame: Frame, at: Floats, name: str) -> npt.NDArray[np.bool_]:
    """Say at which places the whole of a square's name would stand in it."""
    ends = [frame.degrees(at[:, 0] + side * _ASIDE, at[:, 1] + up * _UNDER) for side in (-1, 1) for up in (-1, 1)]
    return np.asarray(np.all([format_mgrs(lon, lat, 0) == name for lon, lat in ends], axis=0), bool)


def _fitting(rect: Rect, at: Floats) -> npt.NDArray[np.bool_]:
    """Say at which places the name of a square would stand within a frame."""
    aside = np.minimum(at[:, 0] - rect.x, rect.right - at[:, 0]) >= _ASIDE
    return np.asarray(aside & (np.minimum(at[:, 1] - rect.y, rect.top - at[:, 1]) >= _UNDER), bool)
