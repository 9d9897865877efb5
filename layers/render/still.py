"""A small picture of where rows lie, as SVG: the ground, a grid of degrees, and the rows as marks or, when dense, as shades."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

import numpy as np
import numpy.typing as npt
import shapely

from layers.model import Box

WIDTH, HEIGHT = 720, 320
_CELL = 5
_METRES_PER_DEGREE = 111_320.0
_STYLE = (
    ".sea{fill:#DCE4E8}.land{fill:#F3F1EA;stroke:#B9B4A5}.area{fill:#51606B;fill-opacity:.14;stroke:#51606B}"
    ".line{fill:none;stroke:#1B1F24;stroke-width:2}.border{fill:none;stroke:#9A968A;stroke-dasharray:6 3}"
    ".edge,.grid{fill:none;stroke:#B9B4A5}.grid{stroke-opacity:.6}.mark{fill:#0072B2}.dot{fill:#5C5A50}"
    ".word{fill:#1B1F24;font:12px sans-serif;paint-order:stroke;stroke:#F3F1EA;stroke-width:3px}.word.small{font-size:11px;fill:#5C5A50}"
    "@media (prefers-color-scheme:dark){.sea{fill:#10171C}.land{fill:#1B242B;stroke:#3A464F}.line{stroke:#E6E3DA}"
    ".border{stroke:#4A5962}.edge,.grid{stroke:#3A464F}.mark{fill:#56B4E9}.dot{fill:#84939C}"
    ".word{fill:#C9D1D6;stroke:#10171C}.word.small{fill:#93A4AE}}"
)
#: Degrees from one line of the grid to the next.
_STEPS = (10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
#: A name's place on the picture, in cells of so many pixels: one name a cell.
_NAME_CELL = (110, 34)


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the rows: shapes in degrees, and names by longitude and latitude; ``unseen`` is ground that nobody observed."""

    land: Sequence[object] = ()
    borders: Sequence[object] = ()
    lines: Sequence[object] = ()
    areas: Sequence[object] = ()
    unseen: Sequence[object] = ()
    names: Sequence[tuple[float, float, str]] = ()


class Placing(Protocol):
    """What lays degrees on a picture."""

    def at(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return picture coordinates, in CSS pixels from the top left."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A box of degrees laid on the picture, as true as one scale for both axes at its middle allows."""

    west: float
    north: float
    per_lon: float
    per_lat: float

    def at(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return picture coordinates, in CSS pixels from the top left."""
        return (np.asarray(lon) - self.west) * self.per_lon, (self.north - np.asarray(lat)) * self.per_lat


def picture(
    box: Box,
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    shapes: Sequence[object],
    ground: Ground,
    words: str,
) -> str:
    """Return the picture as SVG text, 720 × 320.

    Parameters
    ----------
    box : tuple of float
        What to show: west, south, east, north in degrees.
    lon, lat : float64 arrays
        The rows' positions, WGS 84 degrees.
    shapes : sequence of shapely geometry
        The rows' lines or areas, where they are such.
    ground : Ground
        What lies under them.
    words : str
        What the picture shows, for those who cannot see it; plain text.
    """
    frame = _frame(box)
    parts = [f'<rect class="sea" width="{WIDTH}" height="{HEIGHT}"/>']
    for kind, under in (("land", ground.land), ("border", ground.borders), ("area", ground.areas), ("line", ground.lines)):
        parts += [f'<path class="{kind}" d="{path(frame, shape)}"/>' for shape in under]
    parts += [*_grid(frame), *names(frame, ground.names)]
    for shape in shapes:
        kind = "area" if "Polygon" in str(getattr(shape, "geom_type", "")) else "line"
        parts.append(f'<path class="{kind}" d="{path(frame, shape)}"/>')
    if not len(shapes):
        parts += _marks(frame, lon, lat)
    parts.append(scale(frame.per_lat / _METRES_PER_DEGREE))
    parts.append(f'<rect class="edge" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}"/>')
    label = escape(words)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{label}">'
        f"<style>{_STYLE}</style>{''.join(parts)}</svg>"
    )


def around(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> Box:
    """Return a box around positions with a margin, never less than about twenty kilometres wide."""
    west, east, south, north = (float(v) for v in (lon.min(), lon.max(), lat.min(), lat.max()))
    margin = max(0.08 * (east - west), 0.08 * (north - south), 0.1)
    return max(west - margin, -180.0), max(south - margin, -90.0), min(east + margin, 180.0), min(north + margin, 90.0)


def _frame(box: Box) -> Frame:
    west, south, east, north = box
    squeeze = max(math.cos(math.radians((south + north) / 2)), 0.05)
    per_lat = min(WIDTH / ((east - west) * squeeze), HEIGHT / (north - south))
    left = (west + east) / 2 - WIDTH / 2 / (per_lat * squeeze)
    return Frame(left, (south + north) / 2 + HEIGHT / 2 / per_lat, per_lat * squeeze, per_lat)


def path(frame: Placing, shape: object) -> str:
    """Return a line or area, a part at a time, as an SVG path."""
    text = []
    for part in shapely.get_parts(shape):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            at = shapely.get_coordinates(ring)
            x, y = frame.at(at[:, 0], at[:, 1])
            text.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)))
    return "".join(text)


def _marks(frame: Frame, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> list[str]:
    x, y = frame.at(lon, lat)
    inside = (x >= 0) & (x < WIDTH) & (y >= 0) & (y < HEIGHT)
    cells, counts = np.unique(
        np.stack([x[inside] // _CELL, y[inside] // _CELL], axis=1).astype(np.int64), axis=0, return_counts=True
    )
    most = math.log1p(counts.max(initial=1))
    return [
        f'<circle class="mark" cx="{(a + 0.5) * _CELL:g}" cy="{(b + 0.5) * _CELL:g}" r="3" fill-opacity="{0.45 + 0.55 * math.log1p(n) / most:.2f}"/>'
        for (a, b), n in zip(cells.tolist(), counts.tolist(), strict=True)
    ]


def _grid(frame: Frame) -> Iterator[str]:
    """Draw meridians and parallels some ninety pixels apart, and write what they are at the edge."""
    step = next((s for s in reversed(_STEPS) if s * frame.per_lat >= 80), _STEPS[0])
    east, south = frame.west + WIDTH / frame.per_lon, frame.north - HEIGHT / frame.per_lat
    digits = max(0, -math.floor(math.log10(step)))
    for n in range(math.ceil(frame.west / step), math.floor(east / step) + 1):
        at, _ = frame.at(n * step, 0)
        yield f'<path class="grid" d="M{at:.1f} 0V{HEIGHT}"/>'
        yield f'<text class="word small" x="{at + 3:.1f}" y="12">{degrees(n * step, digits, "EW")}</text>'
    for n in range(math.ceil(south / step), math.floor(frame.north / step) + 1):
        _, at = frame.at(0, n * step)
        yield f'<path class="grid" d="M0 {at:.1f}H{WIDTH}"/>'
        yield f'<text class="word small" text-anchor="end" x="{WIDTH - 4}" y="{at - 3:.1f}">{degrees(n * step, digits, "NS")}</text>'


def degrees(value: float, digits: int, sides: str) -> str:
    """Return a longitude ("EW") or latitude ("NS") in words."""
    value = (value + 180) % 360 - 180 if sides == "EW" else value
    return f"{abs(value):.{digits}f}° {sides[0] if value >= 0 else sides[1]}"


def names(frame: Placing, named: Sequence[tuple[float, float, str]], width: int = WIDTH, height: int = HEIGHT) -> Iterator[str]:
    """Yield names beside their places, as many as do not stand on one another."""
    taken: set[tuple[int, int]] = set()
    for lon, lat, name in named:
        x, y = (float(at) for at in frame.at(lon, lat))
        cell = int(x // _NAME_CELL[0]), int(y // _NAME_CELL[1])
        if not name or cell in taken or not (0 <= x < width - 60 and 16 <= y < height - 30):
            continue
        taken |= {(cell[0] + across, cell[1] + down) for across in (-1, 0, 1) for down in (-1, 0, 1)}
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2"/>'
        yield f'<text class="word small" x="{x + 5:.1f}" y="{y + 4:.1f}">{escape(name[:24])}</text>'


def scale(px_per_m: float, height: int = HEIGHT) -> str:
    """Return a bar of a round length at the lower left, and how long it is."""
    metres = 120 / px_per_m
    step = 10 ** math.floor(math.log10(metres))
    length = next(step * k for k in (5, 2, 1) if step * k <= metres)
    words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    y = height - 12
    return f'<path class="line" d="M12 {y}h{length * px_per_m:.1f}"/><text class="word" x="12" y="{y - 6}">{words}</text>'
