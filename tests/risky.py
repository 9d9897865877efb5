"""A mission whose every text is one that some format might take for something else, and a layer of each geometry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.desk import Mission
from tests import missions
from tests.missions import ALL

RISKY = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", " =1", "＝1+1", "'=1", "''@x", "-", "+"]
PLAIN = ["-5", "+12.5", "-1e3", "a=b", "'tis", "x-1", "12:30", "{}", "\\n", "naïve 北 🙂", "_x0041_"]
MARKUP = [
    '<b>bold</b> & "x"',
    "]]></description><script>alert(1)</script>",
    "&lt;already&gt;",
    "${x}",
    "two\nlines",
    "a,b;c\td|e",
]
TEXTS = [*RISKY, *PLAIN, *MARKUP]


@contextmanager
def filled(folder: Path) -> Iterator[Mission]:
    """Give a mission with every odd text in a place, columns of a source's own, and a layer of each geometry."""
    mission = missions.empty(folder / "mission")
    where = {"longitude": 61.0, "latitude": -20.0}
    rows = []
    for n, text in enumerate(TEXTS):
        at = {"type": "Point", "coordinates": [where["longitude"] + n / 7, where["latitude"] - n / 300]}
        said = {"id": f"r{n}", "kind": "firing", "occurred_at": f"2026-01-01T{n % 10:02}:00:00Z", "party": "A", "text": text}
        said |= {"place": text, "precision_m": 12.5 * n, "casualties_best": n, "Their column": text if n % 2 else ""}
        rows.append({"type": "Feature", "geometry": at, "properties": said})
    path = folder / "in.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
    assert mission.desk().submit("incidents", path).new == len(TEXTS)
    hole = [[[61, -21], [62, -21], [62, -20], [61, -21]], [[61.5, -20.8], [61.9, -20.8], [61.9, -20.4], [61.5, -20.8]]]
    shapes = [
        ("zones", "Polygon", hole),
        ("zones", "MultiPolygon", [hole, missions.square(63, -21, 1 / 3)]),
        ("ceasefire_lines", "LineString", [[61.1, -20.2], [62.3, -20.7], [63.000001, -20.1]]),
        ("ceasefire_lines", "MultiLineString", [[[61, -20], [62, -21]], [[63, -20], [64, -21]]]),
        ("positions", "Point", [61.123456789012, -20.987654321098]),
    ]
    for n, (layer, kind, at) in enumerate(shapes):
        said = {"id": f"s{n}", "name": TEXTS[-n], "text": TEXTS[n], "mine": "kept", "marking": "CONFIDENTIAL"}
        if layer in ("zones", "ceasefire_lines"):
            said["valid_from"] = "2025-01-01T00:00:00Z"
        receipt = mission.desk().submit(layer, missions.geojson_file(folder / f"{n}.geojson", [(kind, at, said)]))
        assert (receipt.new, receipt.refused) == (1, ())
    yield mission
    mission.close()


def held(mission: Mission, layer: str) -> dict[str, dict[str, object]]:
    """Return what the sheet says of each feature, by its id."""
    table = mission.desk().sheet(ALL).features(layer)
    rows = table.drop(columns="geometry").astype(object).where(table.drop(columns="geometry").notna(), None).to_dict("records")
    return {str(row["id"]): {str(name): value for name, value in row.items()} for row in rows}
