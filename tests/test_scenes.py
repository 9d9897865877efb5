"""Scenes through the door: added, seen by whom they may be, taken back, and asked for by digest and by nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rasterio.transform import from_origin

from layers.access import OWNER
from layers.config import SceneLimits
from layers.desk import Comparison, Described, Edit, Mission, added
from layers.errors import MalformedView, NotFound, UnreadableFile, UnsuitableScenes
from layers.imagery import kept
from layers.imagery.intake import Answers
from layers.model import View, parse
from tests.missions import ALL, NOW, empty
from tests.rasters import AFTER, BANDS, BEFORE, LOW, add, listed, middle, textured, tif


def seq(mission: Mission, digest: str) -> int:
    return next(int(str(one["seq"])) for one in listed(mission) if one["id"] == digest)


def test_a_scene_is_added_listed_drawn_and_taken_back(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    assert desk.scenes(ALL) == {"scenes": []}
    made = add(desk, tif(tmp_path / "a.tif"), name="Talesk")
    (one,) = listed(mission)
    assert (one["id"], one["title"], one["sensor"], one["marking"]) == (made.digest, "Talesk", "Sentinel-2", "UNCLASSIFIED")
    assert one["acquired"] == BEFORE.timestamp() * 1000
    assert [look["id"] for look in one["looks"]][:2] == ["true_colour", "shortwave"]  # type: ignore[index, attr-defined]
    tiles = desk.scene_tile(ALL, made.digest, "shortwave")
    first = tiles.tile(*middle(mission, made.digest))
    assert first[:4] == b"\x89PNG"
    assert desk.undo(made.receipt.batch or 0, "a test").retracted == 1
    assert listed(mission) == []
    with pytest.raises(NotFound):
        desk.scene_tile(ALL, made.digest, "shortwave")
    assert desk.verify().ok


def test_the_same_raster_twice_is_one_scene(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = add(desk, tif(tmp_path / "a.tif")), add(desk, tif(tmp_path / "b.tif"))
    assert first.digest == second.digest
    assert (second.receipt.new, second.receipt.changed, second.receipt.unchanged) == (0, 0, 1)
    assert len(list((mission.folder / "scenes").iterdir())) == 1


def test_adding_a_scene_again_lowers_no_marking_and_takes_no_word_away(mission: Mission, tmp_path: Path) -> None:
    desk, path = mission.desk(), tif(tmp_path / "a.tif")
    first = add(desk, path, marking="CONFIDENTIAL", name="Talesk")
    assert first.warnings == ()
    for given in ("", "UNCLASSIFIED"):
        again = add(desk, path, marking=given)
        assert (again.receipt.unchanged, again.receipt.changed) == (1, 0)
        assert any("keeps its marking CONFIDENTIAL" in words for words in again.warnings)
        assert [(one["marking"], one["title"]) for one in listed(mission)] == [("CONFIDENTIAL", "Talesk")]
    assert listed(mission, LOW) == []
    raised = add(desk, path, marking="STRICTLY CONFIDENTIAL")
    assert (raised.receipt.changed, raised.warnings) == (1, ())
    assert [(one["marking"], one["title"]) for one in listed(mission)] == [("STRICTLY CONFIDENTIAL", "Talesk")]
    desk.undo(first.receipt.batch or 0, "a test")
    desk.undo(raised.receipt.batch or 0, "a test")
    add(desk, path)
    assert listed(mission)[0]["marking"] != "UNCLASSIFIED"


def test_a_marking_that_an_analyst_set_stays_when_the_scene_is_added_again(mission: Mission, tmp_path: Path) -> None:
    desk, path = mission.desk(), tif(tmp_path / "a.tif")
    made = add(desk, path)
    edit = Edit(made.digest, int(str(listed(mission)[0]["seq"])), {"marking": "CONFIDENTIAL"})
    assert desk.edit("scenes", [edit], "a source on the ground").changed == 1
    assert add(desk, path).receipt.unchanged == 1
    assert listed(mission)[0]["marking"] == "CONFIDENTIAL"


@pytest.mark.parametrize("name", ["", "Another"])
def test_a_withdrawn_scene_added_again_says_how_it_comes_back_and_keeps_its_name(
    mission: Mission, tmp_path: Path, name: str
) -> None:
    desk, path = mission.desk(), tif(tmp_path / "a.tif")
    made = add(desk, path, name="Talesk")
    gone = desk.withdraw("scenes", {made.digest: seq(mission, made.digest)}, "a test")
    with pytest.raises(UnreadableFile, match=f"withdrawn and stays so .* batch {gone.batch}"):
        add(desk, path, name=name)
    assert listed(mission) == []
    desk.undo(gone.batch or 0, "it is needed")
    assert [one["title"] for one in listed(mission)] == ["Talesk"]


def test_a_scene_without_a_date_is_refused_and_nothing_is_kept(mission: Mission, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no date"):
        mission.desk().add_scene(tif(tmp_path / "a.tif"), Answers(None, "sentinel2", BANDS, 1e-4), Described())
    assert listed(mission) == []
    assert not (mission.folder / "scenes").exists() or not list((mission.folder / "scenes").iterdir())


def test_a_scene_taken_tomorrow_is_refused_and_nothing_is_kept_of_it(mission: Mission, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="lies in the future"):
        add(mission.desk(), tif(tmp_path / "a.tif"), acquired=NOW + timedelta(days=30))
    assert not (mission.folder / "scenes").exists()


@pytest.mark.parametrize(
    ("year", "said"), [(1, "0001-01-01, which lies before 1900"), (9999, "9999-01-01, which lies in the future")]
)
def test_a_scene_of_a_year_that_no_view_holds_is_refused_with_its_name_and_whole_year(
    mission: Mission, tmp_path: Path, year: int, said: str
) -> None:
    with pytest.raises(UnreadableFile, match=f"a.tif was taken {said}"):
        add(mission.desk(), tif(tmp_path / "a.tif"), acquired=datetime(year, 1, 1, tzinfo=UTC))


def test_who_may_not_see_a_scene_cannot_tell_it_from_none(mission: Mission, tmp_path: Path) -> None:
    made = add(mission.desk(), tif(tmp_path / "a.tif"), marking="CONFIDENTIAL")
    low = mission.desk(LOW)
    assert listed(mission, LOW) == []
    said = []
    for digest in (made.digest, "0" * 32):
        with pytest.raises(NotFound) as told:
            low.scene_tile(ALL, digest, "true_colour")
        said.append(str(told.value).replace(digest, "DIGEST"))
        with pytest.raises(NotFound) as told:
            low.compare(Comparison(digest, digest, "irmad"))
        said.append(str(told.value).replace(digest, "DIGEST"))
    assert said[:2] == said[2:]
    with pytest.raises(UnreadableFile, match="marking"):
        add(low, tif(tmp_path / "b.tif", textured(seed=2)), marking="STRICTLY CONFIDENTIAL")


def test_a_scene_of_a_raster_that_is_hidden_from_the_user_is_one_of_its_own(mission: Mission, tmp_path: Path) -> None:
    path, desk, low = tif(tmp_path / "a.tif"), mission.desk(), mission.desk(LOW)
    hidden = add(desk, path, marking="CONFIDENTIAL", name="Talesk")
    own = add(low, path)
    assert (own.receipt.new, own.warnings) == (1, ())
    assert [(one["id"], one["title"]) for one in listed(mission, LOW)] == [(own.digest, "Sentinel-2")]
    assert {one["id"]: one["marking"] for one in listed(mission)} == {hidden.digest: "CONFIDENTIAL", own.digest: "UNCLASSIFIED"}
    place = middle(mission, own.digest)
    drawn = [desk.scene_tile(ALL, digest, "true_colour").tile(*place) for digest in (hidden.digest, own.digest)]
    assert drawn[0] == drawn[1]
    again = add(low, path)
    assert (again.digest, again.receipt.unchanged, again.warnings) == (own.digest, 1, ())
    desk.edit("scenes", [Edit(own.digest, seq(mission, own.digest), {"marking": "CONFIDENTIAL"})], "a source on the ground")
    third = add(low, path)
    assert third.receipt.new == 1
    assert len({hidden.digest, own.digest, third.digest}) == len(list((mission.folder / "scenes").iterdir())) == 3
    assert desk.scene_faults() == []
    for digest in (own.digest, third.digest):
        kept.sound(mission.folder / "scenes" / f"{digest}.tif")


@pytest.mark.parametrize(
    "said", [{"bands": " ".join(2 * BANDS)}, {"scale": "1e300"}, {"offset": "1e300"}, {"scale": "-1"}, {"bands": ""}, {"marking": "UNCLASSIFIED"}]
)  # fmt: skip
def test_a_row_that_names_a_raster_is_refused_and_the_scene_stays(mission: Mission, tmp_path: Path, said: dict[str, str]) -> None:
    desk = mission.desk()
    made = add(desk, tif(tmp_path / "a.tif"), marking="CONFIDENTIAL")
    before = listed(mission)
    row = {
        "sensor": "sentinel2",
        "acquired_at": "2025-12-01T08:00Z",
        "bands": " ".join(BANDS),
        "wkt": "POLYGON ((61 -20, 62 -20, 62 -21, 61 -20))",
    }
    for digest in (made.digest, "0" * 32):
        receipt = desk.submit("scenes", [row | {"id": digest} | said])
        assert (receipt.new, receipt.changed) == (0, 0)
        assert "greenline scene DIR add FILE" in receipt.refused[0].reason
    assert listed(mission) == before
    assert desk.scene_faults() == []


def test_what_a_raster_is_read_by_is_not_edited(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    made = add(desk, tif(tmp_path / "a.tif"))
    (before,) = listed(mission)
    changes = {
        "bands": "red nir",
        "scale": "3",
        "offset": "4",
        "sensor": "drone",
        "acquired_at": "2025-11-01T08:00Z",
        "measured_in": "linear",
    }
    for name, value in changes.items():
        receipt = desk.edit("scenes", [Edit(made.digest, int(str(before["seq"])), {name: value})], "a test")
        assert (receipt.changed, [fault.field for fault in receipt.refused]) == (0, [name])
    assert listed(mission) == [before]
    assert desk.edit("scenes", [Edit(made.digest, int(str(before["seq"])), {"name": "Talesk"})], "a test").changed == 1


@pytest.mark.parametrize(
    "said", [{"bands": "red " * 12}, {"scale": "1e300"}, {"offset": "1e300"}, {"scale": "1e-300"}, {"bands": ""}]
)
def test_a_scene_that_its_raster_cannot_be_is_not_drawn_and_hides_no_other(
    mission: Mission, tmp_path: Path, said: dict[str, str]
) -> None:
    desk = mission.desk()
    sound, bad = (
        add(desk, tif(tmp_path / "a.tif")).digest,
        add(desk, tif(tmp_path / "b.tif", textured(seed=2)), acquired=AFTER).digest,
    )
    row = {"id": bad, "sensor": "sentinel2", "acquired_at": "2025-12-31T08:00Z", "bands": " ".join(BANDS), "marking": "UNCLASSIFIED",
           "wkt": "POLYGON ((61 -20, 62 -20, 62 -21, 61 -20))"}  # fmt: skip
    assert added.stored(mission, OWNER, row | said, "as an older version let it pass").changed == 1
    assert {str(one["id"]): bool(one["looks"]) for one in listed(mission)} == {sound: True, bad: False}
    with pytest.raises(NotFound, match="nothing that can be drawn"):
        desk.scene_tile(ALL, bad, "true_colour")
    with pytest.raises(UnsuitableScenes):
        desk.compare(Comparison(sound, bad, "dnbr"))
    with pytest.raises(UnsuitableScenes):
        desk.compare(Comparison(sound, bad, "irmad"))


def test_a_scene_whose_raster_is_damaged_hides_no_other(mission: Mission, tmp_path: Path) -> None:
    sound, bad = (
        add(mission.desk(), tif(tmp_path / "a.tif")).digest,
        add(mission.desk(), tif(tmp_path / "b.tif", textured(seed=2))).digest,
    )
    (mission.folder / "scenes" / f"{bad}.tif").write_bytes(b"II*\x00 something else")
    assert {str(one["id"]): bool(one["looks"]) for one in listed(mission)} == {sound: True, bad: False}


def test_what_was_not_known_then_is_not_shown_then(mission: Mission, tmp_path: Path) -> None:
    mission.clock = lambda: NOW - timedelta(hours=2)
    first = add(mission.desk(), tif(tmp_path / "a.tif"))
    mission.clock = lambda: NOW
    made = add(mission.desk(), tif(tmp_path / "b.tif", textured(seed=2)), acquired=AFTER)
    earlier = View(last="all", known_at=NOW - timedelta(hours=1))
    assert [one["id"] for one in listed(mission, view=earlier)] == [first.digest]
    with pytest.raises(NotFound):
        mission.desk().scene_tile(earlier, made.digest, "ndvi")
    assert len(listed(mission)) == 2


def test_the_box_of_a_scene_over_the_antimeridian_is_no_wider_than_it(mission: Mission, tmp_path: Path) -> None:
    made = add(mission.desk(), tif(tmp_path / "a.tif", crs="EPSG:4326", transform=from_origin(179.99, -17, 0.0002, 0.0002)))
    (of,) = mission.desk().scene_list(ALL)
    assert of.digest == made.digest
    assert of.box == pytest.approx((179.99, -17.024, 180.022, -17))


def test_a_view_names_scenes_by_digest_and_by_nothing_else() -> None:
    one, other = "a" * 32, "b" * 32
    view = parse(f"last=7d&scene={one},{other}&look=nbr")
    assert (view.scenes, view.look) == ((one, other), "nbr")
    assert parse(view.text) == view
    for text in ("../../etc/passwd", "A" * 32, f"{one},{other},{one}", "http://a/b.tif", one[:31], f"{one},"):
        with pytest.raises(MalformedView):
            parse(f"scene={text}")
    with pytest.raises(MalformedView):
        parse("look=../x")


def test_the_limits_of_the_mission_hold(tmp_path: Path) -> None:
    small = empty(tmp_path / "small", scene_limits=SceneLimits(side=100))
    with pytest.raises(UnreadableFile, match="160"):
        small.desk().read_scene(tif(tmp_path / "a.tif"), "a.tif")
    with pytest.raises(UnreadableFile, match="160"):
        add(small.desk(), tif(tmp_path / "a.tif"))
    small.close()
