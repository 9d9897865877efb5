"""A mission with release profiles, for tests of what leaves under them."""

from __future__ import annotations

from pathlib import Path

from layers import config
from layers.config import LEVELS, Configuration, ReleaseProfile
from layers.desk import Mission, Release, open_mission
from tests.missions import NOW, csv_file, geojson_file, row, square

SECRET = LEVELS[1]
PARTNER = ReleaseProfile(
    "partner", "Partner release", LEVELS[0], keep=(("incidents", ("kind", "occurred_at", "severity", "text", "source")), ("zones", ("name",))),
    exact=("zones",), dates="week", text="scanned",
)  # fmt: skip
ALL_BUT = ReleaseProfile(
    "most", "Most of it", LEVELS[0], drop=(("incidents", ("source",)),), cell_m=1_000, dates="hour", fewest=1
)
MISSPELT = ReleaseProfile("misspelt", "Misspelt", LEVELS[0], drop=(("incidents", ("sorce",)),))
KINDLESS = ReleaseProfile(
    "kindless", "Without kinds", LEVELS[0], drop=(("incidents", ("kind",)), ("patrol_tracks", ())), exact=("patrol_tracks",),
    cell_m=1_000, dates="hour", fewest=1, alike=(),
)  # fmt: skip
LINES = ReleaseProfile("lines", "Lines alone", LEVELS[0], keep=(("ceasefire_lines", ("name",)),), exact=("ceasefire_lines",))
ASKED = Release("partner", "Agreed with the liaison cell")
#: Six alike in one cell, four of another kind there, and one far away.
ROWS = [
    *(row(n, longitude=f"{61.02 + n / 1000:.4f}", occurred_at=f"2025-12-{29 + n % 3}T0{n}:17:33Z", text="two bangs") for n in range(6)),
    *(row(n, longitude="61.0203", kind="shelling", text="shells") for n in range(6, 10)),
    row(10, longitude="63.5", text="alone"),
]  # fmt: skip


def mission(folder: Path) -> Mission:
    """Return a mission of marked reports, one of which tells of a person, and of one zone."""
    profiles = (PARTNER, ALL_BUT, MISSPELT, KINDLESS, LINES)
    config.write(folder / "m", Configuration("Test mission", box=(60.0, -23.0, 66.0, -17.0), releases=profiles))
    made = open_mission(folder / "m", clock=lambda: NOW)
    rows = [one | {"marking": SECRET} for one in ROWS]
    rows[0] |= {"text": "Sgt. Miller called from +44 7700 900123", "source": "a.b@example.org"}
    made.desk().submit("incidents", csv_file(folder / "rows.csv", rows))
    zone = ("Polygon", square(61, -20.5, 1), {"id": "z1", "name": "Buffer zone", "kind": "buffer_zone"})
    made.desk().submit("zones", geojson_file(folder / "zones.geojson", [zone]))
    return made
