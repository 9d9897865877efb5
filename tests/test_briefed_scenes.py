"""Scenes under the map of a sheet: where they lie, the two of before and after, and their marking."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds
from rasterio.warp import Resampling, reproject

from layers.briefing.drawing import drawing
from layers.briefing.frame import grounds
from layers.briefing.picture import Marks, Raster
from layers.config import LEVELS
from layers.desk import Brief, Desk, Issued, Mission, Sheet
from layers.desk import plates as composed
from layers.desk.scenes import one
from layers.errors import NotFound
from layers.imagery.laid import laid
from layers.imagery.looks import looks
from layers.model import parse
from tests.missions import ALL, csv_file, row
from tests.rasters import AFTER, BANDS, LOW, add, pair, placed, scene, textured


def under(desk: Desk, tmp_path: Path) -> tuple[str, str]:
    """Add a scene before and one after, the later one marked higher; return their digests."""
    first, second = pair(tmp_path)
    return add(desk, first).digest, add(desk, second, acquired=AFTER, marking=LEVELS[1]).digest


def sheet(desk: Desk, view: str) -> Sheet:
    return desk.sheet(parse(view))


def test_a_scene_lies_where_a_warped_reference_does(tmp_path: Path) -> None:
    one = scene(tmp_path, textured())
    look = next(look for look in looks(BANDS) if look.kind == "bands")
    west, north = 290_000.0, 7_790_000.0
    bounds = (west + 200, north - 1_400, west + 2_200, north - 400)
    found = laid(one, look, "EPSG:32741", bounds, (50, 100))
    pixels = textured()[[BANDS.index(role) for role in look.roles]]
    wanted = np.zeros((len(pixels), 50, 100), np.float32)
    with MemoryFile() as memory:
        kind = {"driver": "GTiff", "dtype": "uint16", "nodata": 0, "crs": "EPSG:32741", "transform": placed()}
        with memory.open(width=160, height=120, count=len(pixels), **kind) as source:
            source.write(pixels)
            reproject(
                source.read(), wanted, src_crs=source.crs, src_transform=source.transform, src_nodata=0,
                dst_crs="EPSG:32741", dst_transform=from_bounds(*bounds, 100, 50), resampling=Resampling.bilinear,
            )  # fmt: skip
    assert found.shape == (50, 100, 4)
    assert (found[..., 3] == 255).all()
    # One and the same stretch: the brighter the ground, the brighter the picture, pixel by pixel.
    for n in range(3):
        assert np.corrcoef(found[..., n].ravel(), wanted[n].ravel())[0, 1] > 0.999


def test_what_has_no_data_is_clear_and_a_box_beside_the_scene_is_empty(tmp_path: Path) -> None:
    one = scene(tmp_path, textured())
    corner = laid(one, looks(BANDS)[0], "EPSG:32741", (290_000.0, 7_789_600.0, 290_800.0, 7_790_000.0), (20, 40))
    assert (corner[:10, :20, 3] == 0).all()
    assert (corner[12:, 22:, 3] == 255).all()
    assert (laid(one, looks(BANDS)[0], "EPSG:32741", (300_000.0, 7_700_000.0, 301_000.0, 7_701_000.0), (5, 5))[..., 3] == 0).all()


def test_two_scenes_are_two_maps_of_one_ground(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, after = under(desk, tmp_path)
    view = parse(f"last=all&hide=incidents&scene={before},{after}")
    made = desk.issue(view, Brief(size="16:9", box=(61.0, -20.01, 61.04, -19.97)), "pdf")
    told = " ".join(pypdf.PdfReader(io.BytesIO(made.body)).pages[0].extract_text().split())
    assert "Before · 010800Z DEC 25" in told
    assert "After · 310800Z DEC 25" in told
    assert made.entry.job.marking == LEVELS[1]
    assert desk.repeated(made.entry.number, "pdf").body == made.body
    held = desk.sheet(made.entry.job.view)
    plate = composed.plate(held, made.entry.job, 1)
    left, right = grounds(plate.size, plate.box, plate.scale, portrait=plate.portrait, twice=True)
    assert left.scale == right.scale
    assert left.rect.right < right.rect.x
    rasters = [item for part in drawing(plate).picture.parts for item in part.items if isinstance(item, Raster)]
    assert [item.box for item in rasters] == [left.rect, right.rect]


def on_maps(desk: Desk, made: Issued) -> tuple[list[int], str]:
    """Return how many signs of incidents stand on each map of a sheet, and its subtitle."""
    job = made.entry.job
    plate = composed.plate(desk.sheet(job.view), job, 1)
    parts = [part for part in drawing(plate).picture.parts if part.name == "incidents"]
    frames = grounds(job.size, job.box, job.scale, portrait=job.portrait, twice=True)
    signs = [
        sum(len(item.x) for part in parts for item in part.items if isinstance(item, Marks) and part.clip == frame.rect)
        for frame in frames
    ]
    return signs, plate.told.subtitle


def test_each_of_two_maps_shows_what_had_occurred_when_its_scene_was_taken(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, after = under(desk, tmp_path)
    times = ["2025-11-30T10:00:00Z", *(f"2025-12-{day}T10:00:00Z" for day in (10, 20)), "2026-01-01T10:00:00Z"]
    rows = [
        row(200 + n, occurred_at=time, reported_at="", longitude="61.01", latitude=f"-19.98{n}") for n, time in enumerate(times)
    ]
    desk.submit("incidents", csv_file(tmp_path / "times.csv", rows))
    frame = (61.0, -20.0, 61.04, -19.97)
    made = desk.issue(parse(f"last=all&scene={before},{after}"), Brief(box=frame), "pdf")
    there = desk.sheet(parse("last=all")).features("incidents").cx[61.0:61.04, -20.0:-19.97]
    taken = [datetime(2025, 12, 1, 8, tzinfo=UTC), datetime(2025, 12, 31, 8, tzinfo=UTC)]
    began = [datetime.fromisoformat(text) for text in there["occurred_at"]]
    signs, subtitle = on_maps(desk, made)
    assert signs == [sum(one <= moment for one in began) for moment in taken]
    assert signs == [1, 3]
    assert f"3 incidents on this sheet of {len(desk.sheet(ALL).features('incidents'))} in the view" in subtitle
    assert "on each map what had begun when its scene was taken" in subtitle
    assert made.entry.job.title == "Before and after: 010800Z DEC 25 and 310800Z DEC 25"
    assert desk.repeated(made.entry.number, "pdf").body == made.body
    usual = desk.issue(parse(f"last=all&scene={before},{after}"), Brief(), "pdf").entry.job.box
    assert usual == pytest.approx(one(desk.sheet(ALL).everything(), before).box, abs=0.01)


def test_incidents_so_many_that_they_bury_the_scenes_are_counted_and_not_drawn(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, after = under(desk, tmp_path)
    rows = [
        row(
            300 + n, occurred_at="2025-12-20T10:00:00Z", reported_at="", longitude=f"{61.001 + n / 10_000:.4f}", latitude="-19.98"
        )
        for n in range(101)
    ]
    desk.submit("incidents", csv_file(tmp_path / "many.csv", rows))
    view = parse(f"from=2025-12-19T00:00Z&to=2025-12-31T00:00Z&scene={before},{after}")
    frame = (61.0, -20.0, 61.04, -19.97)
    signs, subtitle = on_maps(desk, desk.issue(view, Brief(box=frame), "html"))
    assert signs == [0, 0]
    assert "0 incidents on this sheet of 101 in the view" in subtitle
    assert subtitle.endswith("when its scene was taken; left out as too many over scenes: incidents")
    desk.withdraw(
        "incidents",
        {"r300": int(desk.sheet(ALL).features("incidents").reset_index().set_index("id")["version"]["r300"])},
        "double",
    )
    assert on_maps(desk, desk.issue(view, Brief(box=frame), "html"))[0] == [0, 100]


def test_the_sources_of_both_scenes_are_told_once(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    held = [add(desk, first, source="Copernicus Sentinel-2"), add(desk, second, acquired=AFTER, source="Copernicus Sentinel-2")]
    shown = f"scene={','.join(one.digest for one in held)}"
    for view in (f"last=all&{shown}", f"last=all&hide=incidents,scenes&{shown}", f"last=1h&{shown}"):
        sheet = desk.sheet(desk.issue(parse(view), Brief(), "png").entry.job.view)
        [job] = [entry.job for entry in desk.register()][:1]
        told = composed.plate(sheet, job, 1).told.sources
        assert told.endswith("imagery: Copernicus Sentinel-2")
        assert told.count("Copernicus") == 1


def test_a_slide_of_two_scenes_has_each_in_its_own_frame(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, after = under(desk, tmp_path)
    made = desk.issue(parse(f"last=all&scene={before},{after}"), Brief(size="16:9", box=(61.0, -20.01, 61.04, -19.97)), "pptx")
    job = made.entry.job
    frames = grounds(job.size, job.box, job.scale, portrait=job.portrait, twice=True)
    pictures = [one for one in Presentation(io.BytesIO(made.body)).slides[0].shapes if one.shape_type == MSO_SHAPE_TYPE.PICTURE]
    for frame in frames:
        [there] = [one for one in pictures if abs(one.left - frame.rect.x * 36_000) < 40]
        assert there.width == pytest.approx(frame.rect.width * 36_000, abs=40)
        pixels = np.asarray(Image.open(io.BytesIO(there.image.blob)).convert("RGB"), np.int64)
        assert pixels.std() > 5  # a scene, not blank paper
    assert len(pictures) == 2


def test_a_scene_under_the_map_marks_the_view_even_when_it_was_taken_long_before(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    _, after = under(desk, tmp_path)
    assert sheet(desk, "last=1h&hide=scenes").marking() is None
    assert sheet(desk, f"last=1h&hide=scenes&scene={after}").marking() == LEVELS[1]
    with pytest.raises(NotFound):
        mission.desk(LOW.__class__("low", frozenset({"briefer"}), LEVELS[0])).issue(
            parse(f"last=1h&scene={after}"), Brief(), "png"
        )


def test_the_preview_shows_the_scene(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, _ = under(desk, tmp_path)
    box = (60.99, -20.0, 61.02, -19.98)
    plain, laid_under = (
        np.asarray(
            Image.open(io.BytesIO(desk.previewed(parse(f"last=all&hide=incidents{more}"), Brief(box=box)))).convert("RGB"), int
        )
        for more in ("", f"&scene={before}")
    )
    assert (np.abs(plain - laid_under).max(axis=2) > 20).mean() > 0.1
