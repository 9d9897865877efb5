"""Missions made for tests: by the front door, from files."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from layers import config
from layers.config import Configuration
from layers.desk import Mission, open_mission
from layers.model import parse

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALL = parse("last=all")
TEMPLATE = [
    "id",
    "kind",
    "occurred_at",
    "reported_at",
    "longitude",
    "latitude",
    "precision_m",
    "place",
    "party",
    "target",
    "severity",
    "casualties_low",
    "casualties_best",
    "casualties_high",
    "source",
    "reliability",
    "credibility",
    "marking",
    "status",
    "text",
]


def row(number: int, **fields: str) -> dict[str, str]:
    """Return one whole row of the own template."""
    usual = {
        "id": f"r{number}",
        "kind": "firing",
        "occurred_at": "2026-01-01T10:00:00Z",
        "reported_at": "2026-01-01T10:20:00Z",
        "longitude": f"{61 + number / 1000:.6f}",
        "latitude": "-20.0",
        "precision_m": "100",
        "place": "Tessaly",
        "party": "A",
        "severity": "low",
        "source": "patrol",
        "marking": "UNCLASSIFIED",
        "text": "shots heard",
    }
    return {name: (usual | fields).get(name, "") for name in TEMPLATE}


def csv_file(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write rows of the own template."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, TEMPLATE)
        writer.writeheader()
        writer.writerows(rows)
    return path


def geojson_file(path: Path, features: Sequence[tuple[str, list[object], Mapping[str, object]]]) -> Path:
    """Write (type, coordinates, properties) as GeoJSON."""
    made = [{"type": "Feature", "geometry": {"type": t, "coordinates": c}, "properties": dict(p)} for t, c, p in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}), encoding="utf-8")
    return path


def square(west: float, south: float, size: float) -> list[object]:
    """Return a polygon's coordinates."""
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def empty(folder: Path, **settings: object) -> Mission:
    """Make and open an empty mission with a frozen clock."""
    made = Configuration(title="Test mission", box=(60.0, -23.0, 66.0, -17.0), **settings)  # type: ignore[arg-type]
    config.write(folder, made)
    return open_mission(folder, clock=lambda: NOW)
