"""How soon a tile comes at a million incidents, z0-z14: over HTTP from the running server, and in this process.

The tiles asked are those in which incidents lie, each zoom equally often; the incidents are drawn evenly.
"""

from __future__ import annotations

import csv
import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from common import FIRST_PORT, Wire, arguments, median, mission, p95, said, server

from layers.desk import open_mission
from layers.model import parse
from layers.render.tile import encoded

Tile = tuple[int, int, int]
Ask = Callable[[Tile, str], float]

_TILES = 1_500
_EACH = 150
_FIRST = 60
_ALL = "last=all"
_KINDS = ("firing", "shelling", "small_arms", "overflight", "incursion", "looting")
_SEVERITIES = ("low", "medium", "high")
_PARTIES = ("A", "B")


def main() -> None:
    asked = arguments(__doc__)
    folder, port = mission(given=asked.mission), FIRST_PORT + 2
    chance = random.Random(1)
    places = sample(folder / "incidents.csv", chance)
    for name, way in (("HTTP", over_http(folder, port)), ("in process", in_process(folder))):
        with way as ask:
            measure(name, ask, places, chance)


def measure(name: str, ask: Ask, places: list[tuple[float, float]], chance: random.Random) -> None:
    """Time the three kinds of question one way of asking."""
    for tile in tiles(places, 300, chance):
        ask(tile, _ALL)
    plain = [ask(tile, _ALL) for tile in tiles(places, _TILES, chance)]
    said(f"tile p95, unfiltered, {name}", "≤ 2 ms", spoken(plain))
    every = views()
    for count in (10, 24):
        seen = every[:count]
        for view in seen:
            ask((7, *at(places[0], 7)), view)
        again = [ask(tile, view) for tile in tiles(places, _EACH, chance) for view in seen]
        said(f"tile p95, any of {count} filters already seen, {name}", "≤ 15 ms", spoken(again))
    for what, fresh in (("a filter", every[24 : 24 + _FIRST]), ("a known-at", known(_FIRST))):
        first = [ask(tile, view) for tile, view in zip(tiles(places, len(fresh), chance), fresh, strict=True)]
        said(f"tile p95, first view of {what}, {name}", "≤ 150 ms", spoken(first))


def spoken(took: list[float]) -> str:
    return f"{p95(took):.2f} ms (median {median(took):.2f}, worst {max(took):.1f}, n {len(took):,})"


@contextmanager
def over_http(folder: Path, port: int) -> Iterator[Ask]:
    """Ask the running server over one connection kept alive."""
    with server(folder, port), Wire(port) as wire:
        yield lambda tile, view: wire.timed(f"/data/tiles/incidents/{tile[0]}/{tile[1]}/{tile[2]}?v={quote(view, safe='')}")


@contextmanager
def in_process(folder: Path) -> Iterator[Ask]:
    """Ask the desk, and write the tile's bytes, without HTTP and without gzip."""
    opened = open_mission(folder)
    desk = opened.desk()

    def ask(tile: Tile, view: str) -> float:
        began = time.perf_counter()
        encoded(*desk.tile(parse(view), "incidents", *tile))
        return (time.perf_counter() - began) * 1e3

    try:
        yield ask
    finally:
        opened.close()


def sample(path: Path, chance: random.Random) -> list[tuple[float, float]]:
    """Return where some of the incidents lie, of each thousandth row of the mission's own file one."""
    with path.open(encoding="utf-8", newline="") as file:
        found = [(float(row["longitude"]), float(row["latitude"])) for n, row in enumerate(csv.DictReader(file)) if n % 499 == 0]
    chance.shuffle(found)
    return found


def tiles(places: list[tuple[float, float]], count: int, chance: random.Random) -> list[Tile]:
    """Return tiles of zoom 0 to 14 in which incidents lie."""
    return [(n % 15, *at(chance.choice(places), n % 15)) for n in range(count)]


def at(place: tuple[float, float], z: int) -> tuple[int, int]:
    """Return the tile of a zoom in which a place lies."""
    lon, lat = place
    sine = math.sin(math.radians(lat))
    down = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return int((lon + 180) / 360 * (1 << z)), int(down * (1 << z))


def views() -> list[str]:
    """Return views with filters, no two the same, from wide ones to narrow ones."""
    now = datetime.now(UTC)
    kinds = [f"{_ALL}&kind={kind}" for kind in _KINDS]
    others = [f"{_ALL}&severity={of}" for of in _SEVERITIES] + [f"{_ALL}&party={of}" for of in _PARTIES]
    both = [f"{_ALL}&party={p}&severity={s}" for p in _PARTIES for s in _SEVERITIES]
    days = [
        f"from={now - timedelta(days=d):%Y-%m-%dT%H:%MZ}&to={now:%Y-%m-%dT%H:%MZ}&{what}"
        for d in range(2, 86, 3)
        for what in ("severity=medium,low", "party=A,B", "severity=high")
    ]
    return [*kinds, *others, *both, *days]


def known(count: int) -> list[str]:
    """Return views of what was known a moment ago, no two the same: nearly all of the record, which is the dearest."""
    now = datetime.now(UTC)
    return [f"{_ALL}&known={now - timedelta(seconds=n / 10):%Y-%m-%dT%H:%M:%S.%fZ}" for n in range(count)]


if __name__ == "__main__":
    main()
