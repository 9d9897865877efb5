"""Scenes through the door: added, seen by whom they may be, compared, taken back; their tiles by digest and by nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from layers import __main__ as command
from layers.access import OWNER, User
from layers.config import SceneLimits
from layers.desk import Comparison, Described, Edit, Mission, added
from layers.desk.drawn import Drawn
from layers.errors import LayersError, MalformedView, NotAllowed, NotFound, UnreadableFile, UnsuitableScenes
from layers.imagery import kept
from layers.imagery.intake import Answers
from layers.model import View, parse
from tests.missions import NOW, empty
from tests.rasters import AFTER, BANDS, BEFORE, add, textured, tif
from tests.test_reports import behind_the_gate

LOW = User("low", frozenset({"analyst"}), "UNCLASSIFIED")
ALL = View(last="all")
BURNED = (slice(40, 70), slice(60, 100))
YARD = (slice(90, 98), slice(20, 28))


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


def pair(folder: Path) -> tuple[Path, Path]:
    """Write a scene before and one after, in which vegetation burned in a large place and in a small one."""
    before = textured()
    before[3], before[5] = 4_000 + before[3] // 4, 1_000 + before[5] // 8
    before[:, :10, :20] = 0
    after = before.copy()
    for burned in (BURNED, YARD):
        after[3][burned], after[5][burned] = 1_500, 3_000
    return tif(folder / "before.tif", before), tif(folder / "after.tif", after)


def middle(mission: Mission, digest: str, z: int = 12) -> tuple[int, int, int]:
    box = next(one["box"] for one in listed(mission) if one["id"] == digest)
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
    return z, int((lon + 180) / 360 * 2**z), int(y * 2**z)


def listed(mission: Mission, user: User | None = None, view: View = ALL) -> list[dict[str, object]]:
    desk = mission.desk(user) if user else mission.desk()
    found = desk.scenes(view)["scenes"]
    assert isinstance(found, list)
    return found


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


def test_a_scene_without_a_date_is_refused_and_nothing_is_kept(mission: Mission, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no date"):
        mission.desk().add_scene(tif(tmp_path / "a.tif"), Answers(None, "sentinel2", BANDS, 1e-4), Described())
    assert listed(mission) == []
    assert not (mission.folder / "scenes").exists() or not list((mission.folder / "scenes").iterdir())


def test_a_scene_taken_tomorrow_is_refused_and_nothing_is_kept_of_it(mission: Mission, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="lies in the future"):
        add(mission.desk(), tif(tmp_path / "a.tif"), acquired=NOW + timedelta(days=30))
    assert not (mission.folder / "scenes").exists()


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
    row = {"sensor": "sentinel2", "acquired_at": "2025-12-01T08:00Z", "bands": " ".join(BANDS), "wkt": "POLYGON ((61 -20, 62 -20, 62 -21, 61 -20))"}
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
    changes = {"bands": "red nir", "scale": "3", "offset": "4", "sensor": "drone", "acquired_at": "2025-11-01T08:00Z", "measured_in": "linear"}
    for name, value in changes.items():
        receipt = desk.edit("scenes", [Edit(made.digest, int(str(before["seq"])), {name: value})], "a test")
        assert (receipt.changed, [fault.field for fault in receipt.refused]) == (0, [name])
    assert listed(mission) == [before]
    assert desk.edit("scenes", [Edit(made.digest, int(str(before["seq"])), {"name": "Talesk"})], "a test").changed == 1


@pytest.mark.parametrize("said", [{"bands": "red " * 12}, {"scale": "1e300"}, {"offset": "1e300"}, {"scale": "1e-300"}, {"bands": ""}])
def test_a_scene_that_its_raster_cannot_be_is_not_drawn_and_hides_no_other(
    mission: Mission, tmp_path: Path, said: dict[str, str]
) -> None:
    desk = mission.desk()
    sound, bad = add(desk, tif(tmp_path / "a.tif")).digest, add(desk, tif(tmp_path / "b.tif", textured(seed=2)), acquired=AFTER).digest
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
    sound, bad = add(mission.desk(), tif(tmp_path / "a.tif")).digest, add(mission.desk(), tif(tmp_path / "b.tif", textured(seed=2))).digest
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


def test_two_scenes_are_compared_and_the_finding_keeps_where_it_is_from(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before = add(desk, first, marking="CONFIDENTIAL")
    after = add(desk, second, acquired=AFTER)
    steps: list[str] = []
    made = desk.compare(Comparison(before.digest, after.digest, "dnbr"), progress=lambda _share, words: steps.append(words))
    assert steps[-1] == "Done"
    assert made.found is not None
    features = desk.sheet(ALL).features("findings")
    assert len(features) == made.found.new >= 1
    largest = features.loc[features["area_m2"].astype(float).idxmax()]
    truth = 30 * 40 * 20.0**2
    assert 0.8 * truth < float(largest["area_m2"]) < 1.2 * truth
    assert (largest["before"], largest["after"], largest["review"]) == (before.digest, after.digest, "proposed")
    assert set(features["marking"]) == {"CONFIDENTIAL"}
    raster = next(one for one in listed(mission) if one["id"] == made.digest)
    assert (raster["marking"], raster["sensor"]) == ("CONFIDENTIAL", "Statistic of a comparison")
    assert mission.desk(LOW).sheet(ALL).count(desk.layer("findings")) == 0
    again = desk.compare(Comparison(before.digest, after.digest, "dnbr"))
    assert again.found is not None
    assert (again.found.new, again.found.unchanged) == (0, made.found.new)


def test_the_findings_of_a_statistic_are_those_of_its_newest_run(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest

    def found(least: float) -> dict[str, tuple[float, str]]:
        desk.compare(Comparison(before, after, "dnbr", least))
        stands = desk.sheet(ALL).features("findings")
        assert set(stands["least_area_m2"].astype(float)) <= {least}
        return {str(one["id"]): (float(one["area_m2"]), str(one["review"])) for _, one in stands.iterrows()}

    every = found(400.0)
    largest = max(every, key=lambda name: every[name])
    seqs = dict(zip(desk.sheet(ALL).features("findings")["id"], desk.sheet(ALL).features("findings").index, strict=True))
    desk.edit("findings", [Edit(name, int(seqs[name]), {"review": "accepted"}) for name in every], "seen from the air")
    area = every[largest][0]
    assert len(every) > 1
    assert found(100_000.0) == {largest: (area, "accepted")}
    assert found(area * 1.1) == {}
    assert found(400.0) == {name: (size, "accepted") for name, (size, _) in every.items()}
    assert desk.verify().ok


def test_a_scene_dated_anew_tells_how_many_findings_keep_its_old_date(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first, marking="CONFIDENTIAL").digest, add(desk, second, acquired=AFTER)
    count = len(desk.compare(Comparison(before, after.digest, "dnbr", 400.0)).changes.outlines)
    assert add(desk, second, acquired=AFTER).warnings == after.warnings == ()
    dated = add(desk, second, acquired=AFTER - timedelta(days=3))
    (told,) = dated.warnings
    assert f"dated 310800Z DEC 25 before: {count} findings rest on it" in told
    # Whoever does not see the findings is told of none.
    assert add(mission.desk(LOW), second, acquired=AFTER - timedelta(days=4)).warnings == ()
    desk.compare(Comparison(before, after.digest, "dnbr", 400.0))
    assert add(desk, second, acquired=AFTER - timedelta(days=4)).warnings == ()


def test_what_cannot_be_compared_is_refused_in_one_sentence(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest
    for wrong in (
        Comparison(after, before, "dnbr"),
        Comparison(before, before, "dnbr"),
        Comparison(before, after, "logratio"),
        Comparison(before, after, "../x"),
        Comparison(before, after, "dnbr", -1),
        Comparison(before, after, "dnbr", float("nan")),
    ):
        with pytest.raises(UnsuitableScenes) as told:
            desk.compare(wrong)
        assert "\n" not in str(told.value)
    viewer = mission.desk(User("v", frozenset({"viewer"}), None))
    with pytest.raises(NotAllowed):
        viewer.compare(Comparison(before, after, "dnbr"))
    assert desk.sheet(ALL).count(desk.layer("findings")) == 0
    assert len(list((mission.folder / "scenes").iterdir())) == 2


def test_a_comparison_that_is_stopped_leaves_nothing(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest
    with pytest.raises(LayersError, match="stopped"):
        desk.compare(Comparison(before, after, "irmad"), cancelled=lambda: True)
    assert len(list((mission.folder / "scenes").iterdir())) == 2
    assert len(listed(mission)) == 2


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


def test_the_command_adds_lists_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty(tmp_path / "m").close()
    first, second = pair(tmp_path)
    common = ["--sensor", "sentinel2", "--bands", " ".join(BANDS), "--scale", "1e-4", "--offset", "0"]
    digests = []
    for path, when in ((first, "010800Z DEC 25"), (second, "2025-12-31T08:00Z")):
        assert command.main(["scene", str(tmp_path / "m"), "add", str(path), "--acquired", when, *common]) == 0
        digests.append(capsys.readouterr().out.split()[2].rstrip(","))
    assert command.main(["scene", str(tmp_path / "m"), "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == digests[::-1]
    run = ["scene", str(tmp_path / "m"), "change", digests[0][:6], digests[1], "--method", "dnbr"]
    assert command.main([*run, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["count"] == told["findings"]["new"] >= 1
    assert command.main(run) == 0
    assert f"{told['count']} finding" in capsys.readouterr().out
    assert command.main(["scene", str(tmp_path / "m"), "change", "nothing", digests[1], "--method", "dnbr"]) == 1
    assert "no scene is called" in capsys.readouterr().err
    assert command.main(["scene", str(tmp_path / "m"), "add", str(first), *common]) == 1
    assert "when it was taken" in capsys.readouterr().err


def test_the_limits_of_the_mission_hold(tmp_path: Path) -> None:
    small = empty(tmp_path / "small", scene_limits=SceneLimits(side=100))
    with pytest.raises(UnreadableFile, match="160"):
        small.desk().read_scene(tif(tmp_path / "a.tif"), "a.tif")
    with pytest.raises(UnreadableFile, match="160"):
        add(small.desk(), tif(tmp_path / "a.tif"))
    small.close()


def test_a_tile_is_a_picture_of_256(mission: Mission, tmp_path: Path) -> None:
    made = add(mission.desk(), tif(tmp_path / "a.tif"))
    (tmp_path / "t.png").write_bytes(mission.desk().scene_tile(ALL, made.digest, "").tile(*middle(mission, made.digest)))
    with Image.open(tmp_path / "t.png") as image:
        assert image.size == (256, 256)
