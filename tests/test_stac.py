"""Scenes as a static STAC catalogue: by the published schemas, read by another program, whole, and for this user only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import rasterio
import shapely
from jsonschema import Draft7Validator
from pystac.validation.local_validator import get_local_schema_cache
from rasterio.transform import from_origin
from referencing import Registry, Resource

from layers.__main__ import main
from layers.access import User
from layers.desk import Described, Mission, open_mission
from layers.errors import NotAllowed, StoreUnusable, Unwritable
from layers.imagery.intake import Answers
from layers.imagery.written import written
from layers.model import View
from tests import missions

WHEN = datetime(2025, 12, 31, 8, 15, tzinfo=UTC)
HOSTILE = '</script><img src=x onerror=alert(1)> ../../etc/passwd "\\ ${1} 😀 خط ' + "long " * 40
SCHEMAS = get_local_schema_cache()
REGISTRY: Registry[Any] = Registry().with_resources([(name, Resource.from_contents(said)) for name, said in SCHEMAS.items()])


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission", exercise=True)
    yield made
    open_mission(tmp_path / "mission").close()


def add(mission: Mission, seed: int, said: Described, west: float = 480_000, crs: str = "EPSG:32741") -> str:
    path = mission.folder.parent / f"{seed}.tif"
    pixels = np.random.default_rng(seed).integers(1, 3_000, (3, 40, 50)).astype(np.uint16)
    written(path, pixels, crs, from_origin(west, 7_800_000, 20, 20), nodata=0, descriptions=("red", "nir", "scl"))
    answers = Answers(WHEN.replace(hour=seed), "optical", ("red", "nir", "scl"), 1e-4, -0.1)
    return mission.desk().add_scene(path, answers, said).digest


def told(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def valid(said: Any, kind: str) -> None:
    schema = SCHEMAS[f"https://schemas.stacspec.org/v1.1.0/{kind}-spec/json-schema/{kind}.json"]
    Draft7Validator(schema, registry=REGISTRY).validate(said)


def test_every_file_keeps_the_published_schema(mission: Mission, tmp_path: Path) -> None:
    digests = [add(mission, 1, Described(name="First")), add(mission, 2, Described())]
    assert mission.desk().export_scenes(tmp_path / "out") == 2
    valid(told(tmp_path / "out" / "catalog.json"), "catalog")
    valid(told(tmp_path / "out" / "scenes" / "collection.json"), "collection")
    for digest in digests:
        valid(told(tmp_path / "out" / "scenes" / digest / f"{digest}.json"), "item")
    rasters = [f"scenes/{digest}/{digest}.{suffix}" for digest in digests for suffix in ("json", "tif")]
    assert files(tmp_path / "out") == sorted(["catalog.json", "scenes/collection.json", *rasters])


def test_another_program_reads_where_when_and_what_and_the_same_pixels(mission: Mission, tmp_path: Path) -> None:
    digest = add(mission, 7, Described(name="Watil", source="Air cell", marking="CONFIDENTIAL", text="After the rain"))
    mission.desk().export_scenes(tmp_path / "out")
    catalogue = pystac.Catalog.from_file(str(tmp_path / "out" / "catalog.json"))
    (collection,) = catalogue.get_children()
    (item,) = collection.get_items()
    (held,) = mission.desk().scene_list(View())
    assert (item.id, item.datetime, item.collection_id) == (digest, WHEN.replace(hour=7), "scenes")
    assert shapely.equals_exact(shapely.from_geojson(json.dumps(item.geometry)), held.footprint, tolerance=1e-9)
    assert item.bbox == list(held.footprint.bounds)
    assert item.properties["title"] == "Watil"
    assert item.properties["greenline:marking"] == "CONFIDENTIAL"
    assert told(tmp_path / "out" / "catalog.json")["greenline:marking"] == "CONFIDENTIAL"
    assert told(tmp_path / "out" / "catalog.json")["greenline:exercise"] is True
    asset = item.assets["data"]
    path = Path(asset.get_absolute_href() or "")
    assert asset.extra_fields["file:checksum"] == "1220" + hashlib.sha256(path.read_bytes()).hexdigest()
    bands = asset.to_dict()["bands"]
    assert [band["name"] for band in bands] == ["red", "nir", "scl"]
    assert [band.get("eo:common_name") for band in bands] == ["red", "nir", None]
    assert [(band.get("raster:scale"), band.get("raster:offset")) for band in bands] == [(1e-4, -0.1), (1e-4, -0.1), (None, None)]
    with rasterio.open(path) as raster, rasterio.open(tmp_path / "7.tif") as source:
        assert np.array_equal(raster.read(), source.read())
        assert item.properties["proj:code"] == raster.crs.to_string()
        assert item.properties["proj:shape"] == list(raster.shape)
        assert item.properties["proj:transform"] == list(raster.transform[:6])
        assert {band["data_type"] for band in bands} == set(raster.dtypes)


def test_a_hostile_text_is_a_string_and_never_a_name_of_a_file(mission: Mission, tmp_path: Path) -> None:
    digest = add(mission, 1, Described(name=HOSTILE, source=HOSTILE, text=HOSTILE * 20))
    mission.desk().export_scenes(tmp_path / "out")
    said = told(tmp_path / "out" / "scenes" / digest / f"{digest}.json")
    (held,) = mission.desk().scene_list(View())
    assert said["properties"]["title"] == held.fields["name"]
    assert "onerror=alert(1)" in said["properties"]["description"]
    names = ("catalog.json", f"scenes/{digest}/{digest}.json", f"scenes/{digest}/{digest}.tif", "scenes/collection.json")
    assert files(tmp_path / "out") == [*names]


def test_only_what_the_user_may_see_is_written(mission: Mission, tmp_path: Path) -> None:
    plain = add(mission, 1, Described(name="Open"))
    add(mission, 2, Described(name="Closed", marking="STRICTLY CONFIDENTIAL"))
    briefer = User("briefer", frozenset({"briefer"}), "CONFIDENTIAL")
    assert mission.desk(briefer).export_scenes(tmp_path / "out") == 1
    assert [path.stem for path in (tmp_path / "out" / "scenes").glob("*/*.tif")] == [plain]
    assert "Closed" not in "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.json"))
    with pytest.raises(NotAllowed):
        mission.desk(User("looker", frozenset({"viewer"}), None)).export_scenes(tmp_path / "other")
    line = [row for row in mission.store.audit_rows() if row.act == "export"]
    assert [(row.who, row.ref, json.loads(row.body)["rows"]) for row in line] == [("briefer", "scenes", 1)]


def test_it_is_written_whole_or_not_at_all(mission: Mission, tmp_path: Path) -> None:
    add(mission, 1, Described())
    hurt = mission.folder / "scenes" / f"{add(mission, 2, Described())}.tif"
    hurt.write_bytes(hurt.read_bytes()[:-1] + b"?")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StoreUnusable, match="is not what was taken in"):
        mission.desk().export_scenes(tmp_path / "out")
    (tmp_path / "there").mkdir()
    with pytest.raises(Unwritable, match="already exists"):
        mission.desk().export_scenes(tmp_path / "there")
    with pytest.raises(Unwritable, match="is no folder"):
        mission.desk().export_scenes(tmp_path / "nowhere" / "out")
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "there"])


def test_the_command_writes_links_alone_where_that_is_asked(
    mission: Mission, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(mission.folder)
    assert main(["scene", folder, "export", str(tmp_path / "none")]) == 1
    assert "there is no scene to export; add one with: greenline scene DIR add FILE.tif" in capsys.readouterr().err
    digest = add(mission, 1, Described())
    assert main(["scene", folder, "export", str(tmp_path / "out"), "--no-assets", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": str(tmp_path / "out"), "scenes": 1}
    assert files(tmp_path / "out") == ["catalog.json", f"scenes/{digest}/{digest}.json", "scenes/collection.json"]
    said = told(tmp_path / "out" / "scenes" / digest / f"{digest}.json")
    assert said["assets"]["data"]["href"] == (mission.folder / "scenes" / f"{digest}.tif").as_uri()


def test_a_scene_over_the_antimeridian_begins_in_the_east(mission: Mission, tmp_path: Path) -> None:
    digest = add(mission, 1, Described(), west=814_000, crs="EPSG:32760")
    mission.desk().export_scenes(tmp_path / "out")
    said = told(tmp_path / "out" / "scenes" / digest / f"{digest}.json")
    valid(said, "item")
    west, south, east, north = said["bbox"]
    (held,) = mission.desk().scene_list(View())
    assert said["geometry"]["type"] == "MultiPolygon"
    assert 179.9 < west < 180
    assert -180 < east < -179.9
    assert (south, north) == (held.footprint.bounds[1], held.footprint.bounds[3])
    assert told(tmp_path / "out" / "scenes" / "collection.json")["extent"]["spatial"]["bbox"] == [said["bbox"]]
