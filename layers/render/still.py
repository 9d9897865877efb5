"""A small picture of where rows lie, as SVG: land, lines, areas, and the rows as marks or, when dense, as shades."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from layers.model import Box

WIDTH, HEIGHT = 720, 320
_CELL = 5
_METRES_PER_DEGREE = 111_320.0
_STYLE = (
    ".sea{fill:#DCE4E8}.land{fill:#F3F1EA;stroke:#B9B4A5}.area{fill:#51606B;fill-opacity:.14;stroke:#51606B}"
    ".line{fill:none;stroke:#1B1F24;stroke-width:2}.edge{fill:none;stroke:#B9B4A5}.mark{fill:#0072B2}.word{fill:#1B1F24;font:12px sans-serif}"
    "@media (prefers-color-scheme:dark){.sea{fill:#10171C}.land{fill:#1B242B;stroke:#3A464F}.line{stroke:#E6E3DA}"
    ".edge{stroke:#3A464F}.mark{fill:#56B4E9}.word{fill:#C9D1D6}}"
)


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
    land: Iterable[object],
    lines: Iterable[object],
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
    land, lines : iterables of shapely geometry
        What lies under them.
    words : str
        What the picture shows, for those who cannot see it; plain text.
    """
    frame = _frame(box)
    parts = [f'<rect class="sea" width="{WIDTH}" height="{HEIGHT}"/>']
    parts += [f'<path class="land" d="{_path(frame, shape)}"/>' for shape in land]
    parts += [f'<path class="line" d="{_path(frame, shape)}"/>' for shape in lines]
    for shape in shapes:
        kind = "area" if "Polygon" in str(getattr(shape, "geom_type", "")) else "line"
        parts.append(f'<path class="{kind}" d="{_path(frame, shape)}"/>')
    if not len(shapes):
        parts += _marks(frame, lon, lat)
    parts.append(_scale(frame))
    parts.append(f'<rect class="edge" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}"/>')
    label = words.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{label}">'
        f"<style>{_STYLE}</style>{''.join(parts)}</svg>"
    )


def around(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> Box:
    """Return a box around positions with a margin, never less than about two kilometres wide."""
    west, east, south, north = (float(v) for v in (lon.min(), lon.max(), lat.min(), lat.max()))
    margin = max(0.08 * (east - west), 0.08 * (north - south), 0.01)
    return max(west - margin, -180.0), max(south - margin, -90.0), min(east + margin, 180.0), min(north + margin, 90.0)


def _frame(box: Box) -> Frame:
    west, south, east, north = box
    squeeze = max(math.cos(math.radians((south + north) / 2)), 0.05)
    scale = min(WIDTH / ((east - west) * squeeze), HEIGHT / (north - south))
    left = (west + east) / 2 - WIDTH / 2 / (scale * squeeze)
    return Frame(left, (south + north) / 2 + HEIGHT / 2 / scale, scale * squeeze, scale)


def _path(frame: Frame, shape: object) -> str:
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


def _scale(frame: Frame) -> str:
    metres = 120 * _METRES_PER_DEGREE / frame.per_lat
    step = 10 ** math.floor(math.log10(metres))
    length = next(step * k for k in (5, 2, 1) if step * k <= metres)
    wide = length * frame.per_lat / _METRES_PER_DEGREE
    words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    y = HEIGHT - 12
    return f'<path class="line" d="M12 {y}h{wide:.1f}"/><text class="word" x="12" y="{y - 6}">{words}</text>'
