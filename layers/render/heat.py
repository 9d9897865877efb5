"""A picture of where reports gather, as SVG: shaded cells and outlined ones over land, lines and zones, in a plane of true areas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt
import shapely

from layers.model import Box
from layers.render import still
from layers.spatial.plane import Plane

WIDTH, HEIGHT = 960, 540
SHADES = 5
_KEY, _ROW = 58, 17
_LEAST_M = 4_000.0
_MARGIN = 0.06
#: Degrees from one line of the grid to the next, and pixels it shall at least be.
_STEPS, _APART = (20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01), 110
# One hue, ever darker by day and ever lighter by night, so that a grey print and every eye keep the order.
_STYLE = (
    ".gl-heat{display:block;width:100%;min-width:640px;height:auto;font:12px sans-serif;color:light-dark(#1B1F24,#C9D1D6)}"
    ".gl-heat .sea{fill:light-dark(#DCE4E8,#10171C)}"
    ".gl-heat .land{fill:light-dark(#F3F1EA,#1B242B);stroke:light-dark(#B9B4A5,#3A464F)}"
    ".gl-heat .shade1{fill:light-dark(#DAD3EC,#352E50)}.gl-heat .shade2{fill:light-dark(#B5A8DA,#51457E)}"
    ".gl-heat .shade3{fill:light-dark(#8C78C0,#7663AD)}.gl-heat .shade4{fill:light-dark(#63469F,#A391D8)}"
    ".gl-heat .shade5{fill:light-dark(#3B1B70,#DDD3FA)}"
    ".gl-heat :is(.area,.border,.grid,.edge,.line,.under,.more,.fewer){fill:none}"
    ".gl-heat .area{stroke:light-dark(#51606B,#93A4AE);stroke-opacity:.7;stroke-dasharray:2 3}"
    ".gl-heat .border{stroke:light-dark(#9A968A,#4A5962);stroke-dasharray:6 3}"
    ".gl-heat .grid{stroke:light-dark(#B9B4A5,#3A464F);stroke-opacity:.5}.gl-heat .edge{stroke:light-dark(#B9B4A5,#3A464F)}"
    ".gl-heat .line{stroke:light-dark(#1B1F24,#E6E3DA);stroke-width:2.5}"
    ".gl-heat .case{fill:none;stroke:light-dark(#FFFFFF,#10171C);stroke-width:5}"
    ".gl-heat .under{stroke:light-dark(#FFFFFF,#10171C);stroke-width:4.5}"
    ".gl-heat .more{stroke:light-dark(#A65800,#E69F00);stroke-width:2.2}"
    ".gl-heat .fewer{stroke:light-dark(#51606B,#93A4AE);stroke-width:1.6;stroke-dasharray:4 3}"
    ".gl-heat .dot{fill:light-dark(#5C5A50,#84939C)}.gl-heat text{fill:currentColor}"
    ".gl-heat .word{paint-order:stroke;stroke:light-dark(#F3F1EA,#10171C);stroke-width:3px}.gl-heat .small{font-size:11px}"
    ".gl-heat .head{font-weight:600}.gl-heat :is(.unseen,.hatched){stroke:light-dark(#51606B,#93A4AE)}"
)
#: Lines that slant over what they cover, and what they mean.
_HATCH = (
    '<defs><pattern id="gl-unseen" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line class="unseen" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
)
_UNSEEN = "not observed: no report is not calm"


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """Square cells in a plane and how each is drawn; row 0 is the southernmost.

    Attributes
    ----------
    west_m, south_m : float
        The first cell's corner, metres from the plane's middle.
    shade : (rows, columns) uint8
        1 to ``SHADES``, the greater the more; 0 for none.
    outline : (rows, columns) int8
        1 for more than chance, -1 for fewer, 0 for neither: fields of one kind are outlined as one.
    """

    plane: Plane
    side_m: float
    west_m: float
    south_m: float
    shade: npt.NDArray[np.uint8]
    outline: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Key:
    """What the shades and the outlines mean; outlines without words are left out of the key."""

    title: str
    shades: tuple[str, ...]
    more: str = ""
    fewer: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of a plane laid on the picture: its upper left corner in metres, and pixels to a metre."""

    plane: Plane
    west_m: float
    north_m: float
    px_per_m: float

    def at(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return picture coordinates, in CSS pixels from the top left."""
        x, y = self.plane.metres(lon, lat)
        return (x - self.west_m) * self.px_per_m, (self.north_m - y) * self.px_per_m

    def box(self) -> Box:
        """Return a box of degrees that holds the picture; west > east where it crosses ±180."""
        u, v = (np.linspace(0, of, 41) / self.px_per_m for of in (WIDTH, HEIGHT))
        x, y = np.meshgrid(self.west_m + u, self.north_m - v)
        lon, lat = self.plane.degrees(x, y)
        lon, lat = lon[np.isfinite(lon)], lat[np.isfinite(lat)]
        px, py = self.at(0.0, math.copysign(90.0, self.plane.lat))
        south, north = float(lat.min()), float(lat.max())
        if 0 <= px <= WIDTH and 0 <= py <= HEIGHT:
            return (-180.0, south, 180.0, 90.0) if self.plane.lat > 0 else (-180.0, -90.0, 180.0, north)
        off = (lon - self.plane.lon + 180) % 360 - 180
        if off.max() - off.min() > 300:
            return -180.0, south, 180.0, north
        west, east = ((float(of) + self.plane.lon + 180) % 360 - 180 for of in (off.min(), off.max()))
        return west, south, east, north


def framed(plane: Plane, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], margin_m: float = 0.0) -> Frame:
    """Return the part of the plane that holds places and a margin, in the picture's proportions.

    Parameters
    ----------
    x, y : float64 arrays
        Metres east and north of the plane's middle; at least one.
    """
    west, east, south, north = (float(of) for of in (x.min(), x.max(), y.min(), y.max()))
    wide, high = (max((1 + 2 * _MARGIN) * of + 2 * margin_m, _LEAST_M) for of in (east - west, north - south))
    px_per_m = min(WIDTH / wide, HEIGHT / high)
    return Frame(plane, (west + east - WIDTH / px_per_m) / 2, (south + north + HEIGHT / px_per_m) / 2, px_per_m)


def breaks(values: npt.NDArray[np.float64], *, whole: bool) -> tuple[float, ...]:
    """Return from where each shade begins, rising, at most ``SHADES``: round numbers up to the greatest value.

    Whole numbers begin at 1, so that no cell that holds a report is left blank.

    Examples
    --------
    >>> breaks(np.array([0.0, 1.0, 3.0, 17.0]), whole=True)
    (1.0, 2.0, 5.0, 10.0)
    >>> breaks(np.array([0.0, 470.0]), whole=True)
    (1.0, 10.0, 30.0, 100.0, 300.0)
    >>> breaks(np.array([0.0, 0.5]), whole=False)
    (0.003, 0.01, 0.03, 0.1, 0.3)
    """
    most = float(values.max(initial=0.0))
    if most <= 0:
        return ()
    leads = (1, 2, 5) if whole and most < 50 else (1, 3)
    top = math.floor(math.log10(most))
    steps = [float(f"{lead}e{power}") for power in range(top - 3, top + 1) for lead in leads]
    found = [step for step in steps if step <= (most if whole else 0.8 * most) and (step >= 1 or not whole)][-SHADES:]
    return (1.0, *found[1:]) if whole else tuple(found)


def shaded(values: npt.NDArray[np.float64], begins: Sequence[float]) -> npt.NDArray[np.uint8]:
    """Return the shade of each value; of fewer steps than there are shades the first are left out, so that the most is darkest."""
    found = np.searchsorted(np.asarray(begins), values, side="right")
    return np.where(found > 0, found + SHADES - len(begins), 0).astype(np.uint8)


def picture(frame: Frame, cells: Cells, ground: still.Ground, key: Key, words: str) -> str:
    """Return the picture as SVG text to stand in a page, with its style; day and night follow the page.

    Parameters
    ----------
    ground : Ground
        What lies under and over the cells, in degrees; of the box that ``frame.box()`` returns.
    words : str
        What the picture shows, for those who cannot see it; plain text.
    """
    parts = [f'<rect class="sea" width="{WIDTH}" height="{HEIGHT}"/>', *_ground(frame, (("land", ground.land),))]
    parts += [f'<path class="shade{n}" shape-rendering="crispEdges" d="{_runs(frame, cells, n)}"/>' for n in _held(cells.shade)]
    over = (("border", ground.borders), ("area", ground.areas), ("case", ground.lines), ("line", ground.lines))
    parts += [*_grid(frame), *_hatched(frame, ground.unseen), *_ground(frame, over)]
    for kind, drawn in (("fewer", cells.outline < 0), ("under", cells.outline > 0), ("more", cells.outline > 0)):
        parts += [f'<path class="{kind}" d="{_outline(frame, cells, drawn)}"/>'] if drawn.any() else []
    parts += [*still.names(frame, ground.names, WIDTH, HEIGHT), still.scale(frame.px_per_m, HEIGHT)]
    inner = f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'
    edge = f'<rect class="edge" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gl-heat" viewBox="0 0 {WIDTH} {HEIGHT + _KEY}" role="img" '
        f'aria-label="{escape(words)}"><style>{_STYLE}</style>{inner}{edge}{"".join(_key(key, unseen=bool(ground.unseen)))}</svg>'
    )


def _hatched(frame: Frame, shapes: Sequence[object]) -> Iterator[str]:
    """Draw ground that nobody observed: a hatch, under which what was reported there is seen."""
    if shapes:
        yield _HATCH
        yield f'<path fill="url(#gl-unseen)" d="{"".join(still.path(frame, shape) for shape in shapes)}"/>'


def _held(shade: npt.NDArray[np.uint8]) -> list[int]:
    return [int(n) for n in np.unique(shade) if n]


def _ground(frame: Frame, layers: Sequence[tuple[str, Sequence[object]]]) -> Iterator[str]:
    for kind, shapes in layers:
        for shape in shapes:
            yield f'<path class="{kind}" d="{still.path(frame, shapely.segmentize(shape, 0.25))}"/>'


def _px(frame: Frame, cells: Cells) -> tuple[float, float, float]:
    """Return where the first cell's corner lies on the picture, and how wide a cell is."""
    left, foot = (cells.west_m - frame.west_m) * frame.px_per_m, (frame.north_m - cells.south_m) * frame.px_per_m
    return left, foot, cells.side_m * frame.px_per_m


def _runs(frame: Frame, cells: Cells, shade: int) -> str:
    """Draw the cells of a shade, neighbours in a row as one."""
    turn = np.diff((cells.shade == shade).astype(np.int8), axis=1, prepend=0, append=0)
    rows, begins = np.nonzero(turn > 0)
    lengths = np.nonzero(turn < 0)[1] - begins
    left, foot, side = _px(frame, cells)
    runs = zip(rows.tolist(), begins.tolist(), lengths.tolist(), strict=True)
    return "".join(
        f"M{left + begin * side:.1f} {foot - row * side:.1f}v-{side:.2f}h{length * side:.1f}v{side:.2f}z"
        for row, begin, length in runs
    )


def _outline(frame: Frame, cells: Cells, drawn: npt.NDArray[np.bool_]) -> str:
    """Draw the edges between the cells that are meant and those that are not."""
    left, foot, side = _px(frame, cells)
    inside = drawn.astype(np.int8)
    across, along = np.diff(inside, axis=0, prepend=0, append=0) != 0, np.diff(inside, axis=1, prepend=0, append=0) != 0
    flat = [f"M{left + c * side:.1f} {foot - r * side:.1f}h{n * side:.1f}" for r, c, n in _stretches(across)]
    upright = [f"M{left + c * side:.1f} {foot - r * side:.1f}v-{n * side:.1f}" for c, r, n in _stretches(along.T)]
    return "".join(flat + upright)


def _stretches(edges: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Yield row, first place and length of what stands together in each row."""
    turn = np.diff(edges.astype(np.int8), axis=1, prepend=0, append=0)
    rows, begins = np.nonzero(turn > 0)
    lengths = np.nonzero(turn < 0)[1] - begins
    yield from zip(rows.tolist(), begins.tolist(), lengths.tolist(), strict=True)


def _grid(frame: Frame) -> Iterator[str]:
    """Draw meridians and parallels, and write at the upper and right edge what they are."""
    west, south, east, north = frame.box()
    east += 360 if east < west else 0
    for low, high, other, sides in ((west, east, (south, north), "EW"), (south, north, (west, east), "NS")):
        step = _step((high - low) * _APART / (WIDTH if sides == "EW" else HEIGHT))
        digits = max(0, -math.floor(math.log10(step)))
        run = np.linspace(*other, 400)
        for n in range(math.ceil(low / step), math.floor(high / step) + 1):
            still_ = np.full(400, n * step)
            x, y = frame.at(*((still_, run) if sides == "EW" else (run, still_)))
            yield f'<path class="grid" d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x[::8], y[::8], strict=True))}"/>'
            label = still.degrees(n * step, digits, sides)
            if sides == "EW" and 0 < (at := float(x[np.abs(y - 2).argmin()])) < WIDTH - 50:
                yield f'<text class="word small" x="{at + 3:.1f}" y="12">{label}</text>'
            elif sides == "NS" and 20 < (at := float(y[np.abs(x - WIDTH + 2).argmin()])) < HEIGHT:
                yield f'<text class="word small" text-anchor="end" x="{WIDTH - 4}" y="{at - 3:.1f}">{label}</text>'


def _step(least: float) -> float:
    return next((step for step in reversed(_STEPS) if step >= least), _STEPS[0])


def _key(key: Key, *, unseen: bool) -> Iterator[str]:
    """Write under the map what the shades, the outlines and the hatch mean, in a second row what has no room in the first."""
    top, x = HEIGHT + 26, 0.0
    yield f'<text class="head" x="0" y="{HEIGHT + 18}">{escape(key.title)}</text>'
    first = SHADES - len(key.shades) + 1
    marks = [
        (f'<rect class="shade{first + n}" x="{{x}}" y="{{y}}" width="22" height="14"/>', text)
        for n, text in enumerate(key.shades)
    ]
    for kind, text in (("more", key.more), ("fewer", key.fewer)):
        marks += [(f'<rect class="{kind}" x="{{x}}" y="{{y}}" width="20" height="12"/>', text)] if text else []
    if unseen:
        marks.append(('<rect class="hatched" fill="url(#gl-unseen)" x="{x}" y="{y}" width="20" height="12"/>', _UNSEEN))
    for mark, text in marks:
        wide = 29 + 6.2 * len(text)
        if x and x + wide > WIDTH:
            top, x = top + _ROW, 0.0
        yield mark.format(x=f"{x + 1:.0f}", y=top)
        yield f'<text x="{x + 29:.0f}" y="{top + 11}">{escape(text)}</text>'
        x += wide + 18
