"""The exercise mission: a fictional country, an agreement, and ninety days of reports, all from one seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely

from layers import config
from layers.config import Configuration
from layers.exercise import clauses, imagery
from layers.exercise.agreement import agreement
from layers.exercise.alerts import RULES
from layers.exercise.country import country
from layers.exercise.heard import heard
from layers.exercise.patrols import patrols
from layers.exercise.releases import PROFILES
from layers.exercise.reports import DAYS, Columns, columns, gap, next_report

__all__ = ["Exercise", "gap", "make", "next_report", "write"]

TITLE = "Exercise Quiet Meridian"
_UNDETERMINED = (1_180, 1_330)
_MARGIN = 0.02

Feature = tuple[str, object, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise mission before it is written.

    Attributes
    ----------
    seed : int
        What it was grown from.
    incidents : dict of str to list of str
        Columns of the own template.
    layers, basemap : dict of str to list of features
        GeoJSON (type, coordinates, properties) by layer id and by base layer.
    agreement : str
        What ``agreement.toml`` says.
    ends : datetime
        When its record ends.
    """

    seed: int
    incidents: Columns
    layers: dict[str, list[Feature]]
    basemap: dict[str, list[Feature]]
    agreement: str
    ends: datetime


def make(seed: int, incidents: int, ends: datetime) -> Exercise:
    """Return the exercise of a seed whose record ends at ``ends``, with that many incidents in the 90 days before.

    The same arguments give the same exercise.
    """
    land, agreed = country(seed), agreement(seed)
    routes, tracks = patrols(agreed, seed, ends)
    first, last = _UNDETERMINED
    line = agreed.line
    parts = [("agreed", line[: first + 1]), ("undetermined", line[first : last + 1]), ("agreed", line[last:])]
    called: dict[str, object] = {"name": "Ceasefire line", "kind": "ceasefire_line"}
    sides: dict[str, object] = {"left_party": "A", "right_party": "B", "source": "Exercise"}
    lines: list[Feature] = [
        ("LineString", path, {"id": f"line-{n}"} | called | {"status": status} | sides)
        for n, (status, path) in enumerate(parts, 1)
    ]
    zones = [_area(agreed.buffer, "zone-buffer", "Buffer zone", kind="buffer_zone")]
    zones += [
        _area(area, f"zone-limit-{n}", f"Area of limitation, {side}", kind="area_of_limitation")
        for n, (area, side) in enumerate(zip(agreed.limitation, ("north", "south"), strict=True), 1)
    ]
    made: dict[str, list[Feature]] = {
        "sectors": [_area(area, f"sector-{n}", f"Sector {n}", code=f"S{n}") for n, area in enumerate(agreed.sectors, 1)],
        "zones": zones,
        "ceasefire_lines": lines,
        "patrol_routes": routes,
        "patrol_tracks": tracks,
        "positions": [
            (
                "Point",
                (p.lon, p.lat),
                {"id": f"post-{n:02d}", "name": p.name, "kind": p.kind, "sector": p.sector, "source": "Exercise"},
            )
            for n, p in enumerate(agreed.posts, 1)
        ],
        "settlements": _settlements(seed),
        "holdings": clauses.holdings(agreed, seed, ends),
    }
    reports = heard(columns(seed, incidents, ends - timedelta(days=DAYS), ends, stream=(0, incidents)), seed, ends)
    base: dict[str, list[Feature]] = {
        "land": [_area(land.land, "land", "Land")],
        "rivers": [("LineString", path, {"kind": "river"}) for path in land.rivers],
        "roads": [("LineString", path, {"kind": "road"}) for path in land.roads],
        "towns": [("Point", (t.lon, t.lat), {"name": t.name, "kind": t.kind}) for t in land.towns if t.kind != "village"],
    }
    return Exercise(seed, reports, made, base, clauses.text(ends), ends)


def write(exercise: Exercise, folder: Path, *, clock_running: bool = False, pictured: bool = True) -> None:
    """Write an exercise as files: its configuration, its agreement, one for each layer that has features, base layers.

    Scenes lie beside them where the exercise is ``pictured``.

    Raises
    ------
    MissionUnusable
        The folder already is a mission.
    """
    config.write(
        folder,
        Configuration(
            title=TITLE,
            box=_box(exercise.seed),
            timezone="Etc/GMT-4",
            exercise=True,
            clock_running=clock_running,
            seed=exercise.seed,
            alerts=RULES,
            releases=PROFILES,
        ),
    )
    table = pa.table({name: pa.array(values, pa.string()) for name, values in exercise.incidents.items()})
    if table.num_rows:
        pyarrow.csv.write_csv(table, folder / "incidents.csv", pyarrow.csv.WriteOptions(quoting_style="needed"))
    (folder / "agreement.toml").write_text(exercise.agreement, encoding="utf-8", newline="")
    (folder / "basemap").mkdir(exist_ok=True)
    for name, features in exercise.layers.items():
        _geojson(folder / f"{name}.geojson", features)
    for name, features in exercise.basemap.items():
        _geojson(folder / "basemap" / f"{name}.geojson", features)
    if pictured:
        imagery.write(imagery.scenes(exercise.seed, exercise.ends), folder)


def _box(seed: int) -> tuple[float, float, float, float]:
    west, south, east, north = country(seed).land.bounds
    return round(west - _MARGIN, 2), round(south - _MARGIN, 2), round(east + _MARGIN, 2), round(north + _MARGIN, 2)


def _settlements(seed: int) -> list[Feature]:
    land = country(seed)
    dice = np.random.default_rng([seed, 6])
    found: list[Feature] = [
        (
            "Point",
            (t.lon, t.lat),
            {"id": f"place-{n:02d}", "name": t.name, "kind": t.kind, "population": t.population, "source": "Exercise"},
        )
        for n, t in enumerate(land.towns, 1)
    ]
    for n, at in enumerate(dice.choice(len(land.towns), 7, replace=False), 1):
        town = land.towns[at]
        found.append(
            (
                "Point",
                (round(town.lon + 0.03, 5), round(town.lat - 0.02, 5)),
                {
                    "id": f"site-{n}",
                    "name": f"{town.name} site",
                    "kind": "displacement_site",
                    "population": int(dice.integers(300, 6_000)),
                    "source": "Exercise",
                },
            )
        )
    return found


def _area(area: shapely.Geometry, name: str, title: str, **more: object) -> Feature:
    shape = json.loads(shapely.to_geojson(area))
    return shape["type"], _rounded(shape["coordinates"]), {"id": name, "name": title, "source": "Exercise"} | more


def _rounded(at: object) -> object:
    return [_rounded(part) for part in at] if isinstance(at, list) else round(float(at), 5)  # type: ignore[arg-type]


def _geojson(path: Path, features: Sequence[Feature]) -> None:
    made = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": kind, "coordinates": at.tolist() if isinstance(at, np.ndarray) else at},
        }
        for kind, at, properties in features
    ]
    text = json.dumps({"type": "FeatureCollection", "features": made}, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8", newline="")
