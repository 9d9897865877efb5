"""Imagery of the exercise: a village that burned and an earthwork that grew are found, and nothing that only dried."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from pyproj import Transformer

from layers import exercise, feed
from layers.desk import Mission, open_mission
from layers.errors import Stopped
from layers.exercise import imagery
from layers.exercise.country import country
from layers.exercise.ground import CRS, PIXEL_M, grid, ground, within
from layers.exercise.relief import relief
from layers.imagery.change import named
from layers.imagery.change.run import Wanted, compared
from layers.imagery.scene import Scene
from layers.model import View
from layers.serve import serve

ENDS = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = ENDS + timedelta(minutes=4)
LEAST_M2 = 2_500.0


@dataclass(frozen=True)
class Found:
    """One finding of the record: how it was found, and where."""

    fields: dict[str, object]
    shape: shapely.Geometry


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder = tmp_path_factory.mktemp("surveyed") / "mission"
    exercise.write(exercise.make(1, 60, ENDS), folder)
    mission = open_mission(folder, clock=lambda: NOW)
    feed.fill(mission, folder)
    assert feed.survey(mission) == 3
    yield mission
    mission.close()


def findings(mission: Mission, view: View) -> list[Found]:
    sheet = mission.desk().sheet(view)
    shapes, rows = sheet.shapes(next(of for of in sheet.layers if of.id == "findings"))
    return [Found(dict(shapes.fields[row]), shapes.geometry[row]) for row in rows.tolist()]


def on_the_globe(shape: shapely.Geometry) -> shapely.Geometry:
    turned = Transformer.from_crs(CRS, "OGC:CRS84", always_xy=True)
    return shapely.transform(shape, lambda at: np.column_stack(turned.transform(at[:, 0], at[:, 1])))


def overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return one.intersection(other).area / one.union(other).area


def burn_ratio(pixels: np.ndarray) -> np.ndarray:
    nir, swir2 = pixels[3].astype(float), pixels[5].astype(float)
    return (nir - swir2) / (nir + swir2)


def test_both_stand_in_the_record_on_the_first_screen_and_nothing_else(surveyed: Mission) -> None:
    found = findings(surveyed, surveyed.default_view())
    assert surveyed.default_view() == View()
    truth = [on_the_globe(area) for area in (ground(1).burned, ground(1).grown)]
    changed = [one for one in found if str(one.fields["method"]).startswith("Any change")]
    assert len(changed) == 2
    assert overlap(changed[0].shape, truth[0]) > 0.8
    assert overlap(changed[1].shape, truth[1]) > 0.7
    burned = [one for one in found if one not in changed]
    assert burned
    assert all(str(one.fields["found"]).startswith("Burned") and truth[0].buffer(3e-4).contains(one.shape) for one in burned)
    assert all(one.fields["review"] == "proposed" for one in found)
    seen = {one.fields["after_at"] for one in found}
    assert [ENDS - timedelta(hours=4) < datetime.fromisoformat(str(at).replace("Z", "+00:00")) < ENDS for at in seen] == [True]


def test_what_was_taken_in_waits_no_more_and_a_second_look_adds_nothing(surveyed: Mission) -> None:
    held = surveyed.desk().scene_list(View())
    assert sorted(path.name for path in (surveyed.folder / "scenes").iterdir()) == sorted(f"{of.digest}.tif" for of in held)
    assert len(held) == 5
    before = surveyed.desk().verify().rows
    assert feed.survey(surveyed) == 0
    assert surveyed.desk().verify().rows == before


def test_the_relief_is_drawn_as_lit_ground_and_the_sea_is_empty(surveyed: Mission) -> None:
    desk = surveyed.desk()
    of = next(one for one in desk.scene_list(View()) if one.scene.sensor == "elevation")
    assert [look.id for look in of.looks] == ["relief"]
    with Image.open(io.BytesIO(desk.scene_tile(View(), of.digest, "relief").tile(8, 172, 142))) as tile:
        grey, alpha = np.moveaxis(np.asarray(tile.convert("LA")), 2, 0)
    opaque = alpha > 0
    assert opaque.mean() > 0.1
    assert not opaque.all()
    assert grey[opaque].std() > 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_any_seed_both_are_found_and_nothing_else_of_that_size(seed: int, tmp_path: Path) -> None:
    made = imagery.scenes(seed, ENDS)[-2:]
    imagery.write(imagery.scenes(seed, ENDS), tmp_path)
    pair = [
        Scene(tmp_path / "scenes" / of.file, "optical", of.bands, ENDS + timedelta(days=n), imagery.SCALE)  # type: ignore[arg-type]
        for n, of in enumerate(made)
    ]
    changes = compared(pair[0], pair[1], named("irmad"), wanted=Wanted(LEAST_M2), out=tmp_path / "statistic.tif")
    assert len(changes.outlines) == 2
    for outline, area in zip(changes.outlines, (ground(seed).burned, ground(seed).grown), strict=True):
        assert overlap(outline.geometry, on_the_globe(area)) > 0.7
    assert changes.warnings == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_plain_difference_takes_dried_ground_for_burned(seed: int) -> None:
    before, after = imagery.pair(seed)
    where = ground(seed)
    x, y = grid(where)
    happened = np.maximum(within(where.burned, x, y), within(where.grown, x, y)) > 0
    fell = burn_ratio(before) - burn_ratio(after) >= 0.1
    assert (fell & happened).sum() > 400
    assert (fell & ~happened).sum() > 3 * (fell & happened).sum()


def test_the_same_seed_gives_the_same_scenes_and_another_other_ones() -> None:
    first, again, other = (imagery.scenes(seed, ENDS) for seed in (1, 1, 2))
    imagery.pair.cache_clear()
    anew = imagery.scenes(1, ENDS)
    for one, two, three, four in zip(first, again, anew, other, strict=True):
        assert np.array_equal(one.pixels, two.pixels)
        assert np.array_equal(one.pixels, three.pixels)
        assert not np.array_equal(one.pixels, four.pixels)


def test_the_village_is_one_of_the_country_near_the_line_and_the_earthwork_lies_apart() -> None:
    where = ground(1)
    assert where.place in country(1).towns
    assert where.place.kind == "village"
    at = shapely.Point(where.place.lon, where.place.lat)
    assert on_the_globe(where.burned).contains(at)
    assert on_the_globe(where.grown).distance(at) > 0.015
    assert 100_000 < where.burned.area < 500_000
    assert 50_000 < where.grown.area < 200_000
    assert where.grown.length / 2 > 10 * PIXEL_M


def test_ground_rises_from_the_coast_and_rivers_run_down_to_it() -> None:
    heights, (west, _, _, north), sea = relief(1)
    cell = 0.005
    assert heights[heights != sea].min() >= 1
    assert 400 < heights.max() < 2_000
    for path in country(1).rivers:
        begin, end = (heights[int((north - at[1]) / cell), int((at[0] - west) / cell)] for at in (path[0], path[-2]))
        assert begin > end


def test_work_that_was_stopped_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "mission"
    exercise.write(exercise.make(1, 3, ENDS), folder)
    mission = open_mission(folder, clock=lambda: NOW)
    assert feed.survey(mission) == 0
    feed.fill(mission, folder)
    with pytest.raises(Stopped):
        feed.survey(mission, cancelled=lambda: True)
    assert sorted(path.name for path in (folder / "scenes").iterdir()) == ["after.tif", "before.tif", "relief.tif", "scenes.toml"]
    assert mission.desk().scene_list(View()) == []
    mission.close()


def test_a_server_answers_first_and_takes_the_scenes_in_then(tmp_path: Path) -> None:
    folder = tmp_path / "mission"
    exercise.write(exercise.make(1, 3, ENDS), folder)
    mission = open_mission(folder, clock=lambda: NOW)
    feed.fill(mission, folder)

    async def served() -> list[int]:
        counts = []
        async with serve(mission).lifespan(None):
            counts.append(len(mission.desk().scene_list(View())))
            for _ in range(600):
                await asyncio.sleep(0.1)
                if not (folder / "scenes" / "scenes.toml").exists():
                    break
            counts.append(len(mission.desk().scene_list(View())))
        return counts

    assert asyncio.run(served()) == [0, 5]
    mission.close()


def test_files_are_small_and_say_what_their_bands_show(tmp_path: Path) -> None:
    imagery.write(imagery.scenes(1, ENDS), tmp_path)
    made = sorted((tmp_path / "scenes").glob("*.tif"))
    assert sum(path.stat().st_size for path in made) <= 2_000_000
    with rasterio.open(made[0]) as scene:
        assert scene.descriptions == ("blue", "green", "red", "nir", "swir1", "swir2")
        assert (scene.crs.to_string(), scene.res) == (CRS, (PIXEL_M, PIXEL_M))
