"""Tables for tests: written cell by cell, submitted, and what became of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layers.desk import Mission
from layers.model import Layer, Receipt
from tests import missions
from tests.missions import ALL

PLACES = {
    "point": ("61.25", "-20.5"),
    "line": ("LINESTRING (61 -20, 62 -20.5, 62.25 -21)",),
    "area": ("POLYGON ((61 -20, 62 -20, 62 -21, 61 -20))",),
}
TIMES = {"valid_to", "ended_at", "ends_at"}


def submitted(mission: Mission, data: bytes, layer: str = "incidents", **how: object) -> Receipt:
    path = mission.folder / "in.csv"
    path.write_bytes(data)
    return mission.desk().submit(layer, path, **how)  # type: ignore[arg-type]


def given_rows(mission: Mission, rows: Sequence[Mapping[str, str]]) -> Receipt:
    return mission.desk().submit("incidents", missions.csv_file(mission.folder / "in.csv", rows))


def held(mission: Mission, layer: str = "incidents") -> list[dict[str, object]]:
    found = mission.desk().sheet(ALL).features(layer)
    return [dict(row) for _, row in found.iterrows()]


def accounted(receipt: Receipt) -> int:
    return receipt.new + receipt.changed + receipt.unchanged + receipt.retracted + receipt.refused_rows


def sample(layer: Layer, number: int) -> dict[str, str]:
    """A row of a layer's own template with every cell filled as its field wants it."""
    row = {}
    for field in layer.fields:
        if field.kind == "time":
            row[field.name] = "2026-01-01T11:00:00Z" if field.name in TIMES else "2026-01-01T09:30:00Z"
        elif field.name == "marking":
            row[field.name] = "CONFIDENTIAL"
        elif field.kind == "code":
            row[field.name] = field.choices[-1].code if field.choices else "S1"
        else:
            most = 10 if field.high is None else field.high
            row[field.name] = f"{min(3 + number, most):g}" if field.kind in ("number", "integer") else f"{field.name} {number}"
    places = ("longitude", "latitude") if layer.geometry == "point" else ("wkt",)
    return row | dict(zip(places, PLACES[layer.geometry], strict=True))


def table(names: Sequence[str], rows: Sequence[Mapping[str, str]], separator: str = ",") -> bytes:
    quoted = [[f'"{row.get(name, "").replace(chr(34), chr(34) * 2)}"' for name in names] for row in rows]
    return "\n".join([separator.join(names), *(separator.join(cells) for cells in quoted), ""]).encode()
