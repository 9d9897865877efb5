"""Tiles of scenes over HTTP, and the drawn ones that are kept."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from layers.desk import Mission
from layers.desk.drawn import Drawn
from tests.missions import ALL
from tests.rasters import add, middle, tif
from tests.test_reports import behind_the_gate


def test_tiles_over_http(mission: Mission, tmp_path: Path) -> None:
    made = add(mission.desk(), tif(tmp_path / "a.tif"))
    z, x, y = middle(mission, made.digest)
    with behind_the_gate(mission) as served:
        status, body = served.get("/data/scenes?v=last%3Dall")
        assert (status, json.loads(body)["scenes"][0]["id"]) == (200, made.digest)
        for path, wanted in {
            f"/data/scene/{made.digest}/true_colour/{z}/{x}/{y}": 200,
            f"/data/scene/{made.digest}/no_such_look/{z}/{x}/{y}": 200,
            f"/data/scene/{made.digest}/true_colour/{z}/0/0": 200,
            f"/data/scene/{made.digest}/true_colour/30/0/0": 404,
            f"/data/scene/{made.digest}/true_colour/3/8/0": 404,
            f"/data/scene/{made.digest}/true_colour/3/-1/0": 404,
            f"/data/scene/{'0' * 32}/true_colour/{z}/{x}/{y}": 404,
            f"/data/scene/..%2F..%2Frecord.gpkg/true_colour/{z}/{x}/{y}": 404,
            "/data/scene/https:%2F%2Fa.example%2Fb.tif/true_colour/1/0/0": 404,
        }.items():
            assert served.get(path)[0] == wanted, path


def test_drawn_tiles_are_kept_and_the_oldest_go(tmp_path: Path) -> None:
    kept = Drawn(tmp_path / "tiles", most=1_000)
    for n in range(30):
        assert kept.drawn(f"t{n}", lambda: bytes(100)) == bytes(100)
    held = list((tmp_path / "tiles").iterdir())
    assert sum(path.stat().st_size for path in held) <= 1_000
    assert kept.drawn("t29", lambda: b"") == bytes(100)
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert Drawn(blocked / "tiles").drawn("a", lambda: b"drawn") == b"drawn"


def test_a_tile_is_a_picture_of_256(mission: Mission, tmp_path: Path) -> None:
    made = add(mission.desk(), tif(tmp_path / "a.tif"))
    (tmp_path / "t.png").write_bytes(mission.desk().scene_tile(ALL, made.digest, "").tile(*middle(mission, made.digest)))
    with Image.open(tmp_path / "t.png") as image:
        assert image.size == (256, 256)
