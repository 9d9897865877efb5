"""Make the world basemap from an unpacked ``world-atlas`` package: ``python build.py PACKAGE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import shapely

HERE = Path(__file__).resolve().parent


def arcs_of(topology: dict) -> list[np.ndarray]:
    scale, shift = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    return [np.cumsum(np.array(arc, float), axis=0) * scale + shift for arc in topology["arcs"]]


def ring(arcs: list[np.ndarray], numbers: list[int]) -> np.ndarray:
    parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def used(geometry: dict) -> set[int]:
    flat: list = [geometry["arcs"]]
    found = set()
    while flat:
        item = flat.pop()
        if isinstance(item, list):
            flat += item
        else:
            found.add(item if item >= 0 else ~item)
    return found


def unrolled(line: np.ndarray) -> np.ndarray:
    """Return a ring that steps from 180° E to 180° W as one that goes on beyond; one round the pole is led over the pole."""
    line = line.copy()
    line[1:, 0] -= 360 * np.cumsum(np.round(np.diff(line[:, 0]) / 360))
    line[:, 0] -= 360 * np.round((line[:, 0].min() + line[:, 0].max()) / 720)
    if round((line[-1, 0] - line[0, 0]) / 360) == 0:
        return line
    pole = np.copysign(90.0, line[0, 1])
    return np.concatenate([line, [[line[-1, 0], pole], [line[0, 0], pole], line[0]]])


def cut(polygon: shapely.Polygon) -> list[shapely.Polygon]:
    """Return a polygon in parts of which each lies between 180° W and 180° E."""
    rings = [np.asarray(line.coords) for line in (polygon.exterior, *polygon.interiors)]
    if all(np.ptp(line[:, 0]) < 180 and np.abs(np.diff(line[:, 0])).max() < 180 for line in rings):
        return [polygon]
    # The source closes Antarctica by a hole about the pole, which the ring led over the pole does without.
    whole = shapely.make_valid(shapely.Polygon(unrolled(rings[0]), [line for line in rings[1:] if line[:, 1].min() > -89.9]))
    turned = [shapely.transform(whole, lambda at, by=by: at + np.array([by, 0])) for by in (-360, 0, 360)]
    parts = [shapely.get_parts(shapely.intersection(one, shapely.box(-180, -90, 180, 90))) for one in turned]
    return [part for part in np.concatenate(parts) if part.geom_type == "Polygon" and part.area > 1e-6]


def written(name: str, shapes: list[shapely.Geometry]) -> None:
    features = []
    for shape in shapes:
        part = shapely.transform(shape, lambda at: np.round(at, 3))
        features.append({"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(part))})
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    (HERE / f"{name}.geojson").write_text(text + "\n", encoding="utf-8")


def main(package: Path) -> None:
    land = json.loads((package / "land-50m.json").read_text())
    arcs = arcs_of(land)
    polygons = [
        p for g in land["objects"]["land"]["geometries"] for p in (g["arcs"] if g["type"] == "MultiPolygon" else [g["arcs"]])
    ]
    whole = [shapely.Polygon(ring(arcs, p[0]), [ring(arcs, hole) for hole in p[1:]]) for p in polygons]
    written("land", [part for polygon in whole for part in cut(polygon)])
    countries = json.loads((package / "countries-50m.json").read_text())
    arcs, owners = arcs_of(countries), {}
    for country in countries["objects"]["countries"]["geometries"]:
        for number in used(country):
            owners[number] = owners.get(number, 0) + 1
    shared = shapely.line_merge(shapely.MultiLineString([arcs[n] for n, count in sorted(owners.items()) if count > 1]))
    written("boundaries", list(shapely.get_parts(shared)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
