"""The watched folder: whole files go in once, each is put away with its Receipt, nothing is lost or followed."""

from __future__ import annotations

import csv
import json
import logging
import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from layers.desk import Described, Desk, Mission, open_mission
from layers.errors import StoreUnusable
from layers.imagery.intake import Answers
from layers.imagery.written import written
from layers.inbox import Inbox
from layers.model import View
from layers.serve.reports import TOKEN
from tests.missions import csv_file, empty, geojson_file, row, square
from tests.site import exercise_at, serving

ALL = View(last="all")
STAMP = "20260101T120000Z"


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "m")
    yield made
    made.close()


@pytest.fixture
def inbox(mission: Mission) -> Inbox:
    made = Inbox(mission, Clock())
    assert made.look() == []
    return made


def count(mission: Mission, layer: str = "incidents") -> int:
    return next(of.count for of in mission.desk().layers() if of.id == layer)


def put(inbox: Inbox) -> list[str]:
    """Look twice; return what was put away, relative to the inbox."""
    return sorted(str(path.relative_to(inbox.folder)) for _ in range(2) for path in inbox.look())


def files(inbox: Inbox) -> list[str]:
    return sorted(str(path.relative_to(inbox.folder)) for path in inbox.folder.rglob("*") if not path.is_dir())


def test_a_file_goes_in_and_is_put_away_with_its_receipt_and_refused_rows(mission: Mission, inbox: Inbox) -> None:
    dropped = csv_file(inbox.folder / "night.csv", [row(1), row(2, latitude="95"), row(3)])
    body = dropped.read_bytes()
    name = f"done/{STAMP}-night.csv"
    assert put(inbox) == [name]
    assert files(inbox) == [name, f"{name}.receipt.json", f"{name}.refused.csv"]
    assert (inbox.folder / name).read_bytes() == body
    receipt = json.loads((inbox.folder / f"{name}.receipt.json").read_text(encoding="utf-8"))
    assert (receipt["new"], [fault["row"] for fault in receipt["refused"]]) == (2, [2])
    with (inbox.folder / f"{name}.refused.csv").open(encoding="utf-8-sig", newline="") as lines:
        (refused,) = csv.DictReader(lines)
    assert (refused["id"], refused["latitude"]) == ("r2", "95")
    assert count(mission) == 2
    (batch,) = mission.store.batches()
    assert (batch.who, batch.file) == ("inbox", "night.csv")
    assert put(inbox) == []


def test_the_refused_rows_once_mended_go_in(mission: Mission, inbox: Inbox) -> None:
    csv_file(inbox.folder / "night.csv", [row(1), row(2, kind="")])
    put(inbox)
    (again,) = inbox.folder.glob("done/*.refused.csv")
    text = again.read_text(encoding="utf-8-sig").replace("r2,,", "r2,firing,")
    (inbox.folder / "mended.csv").write_text(text, encoding="utf-8")
    put(inbox)
    assert count(mission) == 2


def test_a_file_goes_to_the_layer_its_folder_or_its_name_says(mission: Mission, inbox: Inbox) -> None:
    (inbox.folder / "zones").mkdir()
    area = [("Polygon", square(61, -21, 2), {"id": "z", "name": "Zone", "kind": "buffer_zone"})]
    geojson_file(inbox.folder / "zones" / "any.geojson", area)
    geojson_file(
        inbox.folder / "sectors-new.geojson", [("Polygon", square(61, -21, 1), {"id": "s", "code": "S1", "name": "Sector 1"})]
    )
    csv_file(inbox.folder / "any.csv", [row(1)])
    (inbox.folder / "nothing").mkdir()
    csv_file(inbox.folder / "nothing" / "lost.csv", [row(9)])
    put(inbox)
    assert [count(mission, layer) for layer in ("zones", "sectors", "incidents")] == [1, 1, 1]
    (reason,) = inbox.folder.glob("refused/*.reason.txt")
    assert "no layer 'nothing'" in reason.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.csv", b"colour,taste\nred,sweet\n", ""),
        ("b.csv", b"\x00\x01\x02" * 99, "not text"),
        ("c.geojson", b'{"type": "FeatureColl', ""),
        ("empty.csv", b"", "empty"),
        ("d.csv.gz", b"\x1f\x8b\x08\x00broken", ""),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_in_one_sentence_and_stops_no_other(
    mission: Mission, inbox: Inbox, name: str, body: bytes, words: str
) -> None:
    (inbox.folder / name).write_bytes(body)
    csv_file(inbox.folder / "good.csv", [row(1)])
    put(inbox)
    inbox.seconds.now += 6  # type: ignore[attr-defined]
    put(inbox)
    (there,) = (path for path in inbox.folder.glob("*/*") if path.name.endswith(name))
    assert there.read_bytes() == body
    assert count(mission) == 1
    if there.parent.name == "refused":
        text = there.with_name(f"{there.name}.reason.txt").read_text(encoding="utf-8")
        assert text.count("\n") == 1
        assert words in text
        assert str(mission.folder) not in text
    else:
        assert json.loads(there.with_name(f"{there.name}.receipt.json").read_text(encoding="utf-8"))["new"] == 0


@pytest.mark.parametrize("name", ["dup.csv", "Dup.csv", "état.csv"])
def test_the_reason_spells_the_files_name_as_it_is_spelled(inbox: Inbox, name: str) -> None:
    (inbox.folder / name).write_text("id,Notes,Notes\n1,a,b\n", encoding="utf-8")
    put(inbox)
    (reason,) = inbox.folder.glob("refused/*.reason.txt")
    assert reason.read_text(encoding="utf-8") == f"{name} names 'Notes' more than once; rename one of them.\n"


def test_what_still_grows_is_hidden_or_partial_is_left_alone(mission: Mission, inbox: Inbox) -> None:
    for name in (".hidden.csv", "a.csv.part", "b.csv.crdownload", "~$c.csv", "d.csv~", "e.CSV.PART", "Thumbs.db"):
        csv_file(inbox.folder / name, [row(1)])
    growing = inbox.folder / "growing.csv"
    for number in range(1, 5):
        csv_file(growing, [row(n) for n in range(1, number + 1)])
        assert inbox.look() == []
    started = inbox.folder / "started.csv"
    started.touch()
    assert [path.name for path in inbox.look()] == [f"{STAMP}-growing.csv"]
    assert inbox.look() == []
    assert started.exists(), "an empty file is waited for"
    assert len(list(inbox.folder.iterdir())) == 7 + 1 + 3


def test_a_file_written_on_while_it_is_read_is_read_again(
    mission: Mission, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(inbox.folder / "slow.csv", [row(1)])
    inbox.look()
    refresh = mission.refresh

    def written_on() -> object:
        (late,) = inbox.folder.glob(".taken/*/slow.csv")
        csv_file(late, [row(1), row(2)])
        monkeypatch.setattr(mission, "refresh", refresh)
        return refresh()

    monkeypatch.setattr(mission, "refresh", written_on)
    assert inbox.look() == []
    assert not path.exists()
    assert put(inbox) == [f"done/{STAMP}-slow.csv"]
    assert count(mission) == 2


def test_a_crash_between_store_and_move_adds_nothing_twice(
    mission: Mission, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(1), row(2, id=""), row(2, id=""), row(3, latitude="95")]
    csv_file(inbox.folder / "night.csv", rows)
    rename = Path.rename

    def pulled(self: Path, target: Path) -> Path:
        if Path(target).parent.name == "done":
            raise OSError(5, "the plug was pulled")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", pulled)
    assert put(inbox) == []
    assert count(mission) == 3
    assert files(inbox) == [".taken/incidents/night.csv"]
    monkeypatch.undo()
    put(Inbox(mission, Clock()))
    assert count(mission) == 3
    (told,) = (json.loads(path.read_text(encoding="utf-8")) for path in inbox.folder.glob("done/*.json"))
    assert (told["new"], told["unchanged"], len(told["refused"])) == (0, 3, 1)
    assert len(list(inbox.folder.glob("done/*night.csv"))) == 1
    assert len(mission.store.batches()) == 1


def test_no_link_is_followed(mission: Mission, inbox: Inbox, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = csv_file(outside / "secret.csv", [row(1)])
    (inbox.folder / "link.csv").symlink_to(secret)
    (inbox.folder / "zones").symlink_to(outside)
    (inbox.folder / "nowhere.csv").symlink_to(tmp_path / "not there")
    os.mkfifo(inbox.folder / "pipe.csv")
    put(inbox)
    inbox.seconds.now += 6  # type: ignore[attr-defined]
    put(inbox)
    assert count(mission) == 0
    assert secret.exists()
    assert [path.name for path in outside.iterdir()] == ["secret.csv"]
    reasons = [path.read_text(encoding="utf-8") for path in inbox.folder.glob("refused/*.reason.txt")]
    assert len(reasons) == 4
    assert set(reasons) == {"This leads elsewhere or is no file. Drop the file itself.\n"}


@pytest.mark.parametrize("part", ["", "done", ".taken"])
def test_an_inbox_that_leads_elsewhere_is_not_used(
    mission: Mission, tmp_path: Path, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    inbox = Inbox(mission, Clock())
    (inbox.folder / part).parent.mkdir(exist_ok=True)
    (inbox.folder / part).symlink_to(elsewhere)
    csv_file(inbox.folder / "a.csv", [row(1)])
    with caplog.at_level(logging.WARNING):
        assert put(inbox) == []
    assert caplog.text.count("leads elsewhere") == 1, "it is said once"
    assert count(mission) == 0
    assert [path.name for path in elsewhere.iterdir() if path.name != "a.csv"] == []


def test_names_of_any_kind_and_the_same_name_twice(mission: Mission, inbox: Inbox) -> None:
    names = ["<img src=x>.csv", "a b'\"$(x);.csv", "ü" * 120 + ".csv", "[x]*.csv"]
    for number, name in enumerate(names, 1):
        csv_file(inbox.folder / name, [row(number)])
    (inbox.folder / os.fsdecode(b"\xff\xfe.csv")).write_bytes(csv_file(mission.folder.parent / "t.csv", [row(8)]).read_bytes())
    put(inbox)
    assert count(mission) == 5
    for _ in range(2):
        csv_file(inbox.folder / names[0], [row(9)])
        put(inbox)
    assert count(mission) == 6
    assert len([path for path in inbox.folder.glob("done/*") if path.suffix == ".csv"]) == 7


def test_a_file_that_cannot_be_opened_and_a_store_that_is_busy_are_told_apart(
    mission: Mission, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(fault: Exception) -> None:
        def submit(*_: object, **__: object) -> None:
            raise fault

        monkeypatch.setattr(Desk, "submit", submit)

    csv_file(inbox.folder / "locked.csv", [row(1)])
    fails(PermissionError(13, "Permission denied"))
    put(inbox)
    (reason,) = inbox.folder.glob("refused/*.reason.txt")
    assert "cannot be read (Permission denied)" in reason.read_text(encoding="utf-8")
    csv_file(inbox.folder / "night.csv", [row(1)])
    fails(StoreUnusable("another program holds the record"))
    assert put(inbox) == []
    monkeypatch.undo()
    assert put(inbox) == [], "not at every look"
    inbox.seconds.now += 11  # type: ignore[attr-defined]
    assert put(inbox) == [f"done/{STAMP}-night.csv"]


def test_a_dropped_file_is_on_the_map_within_a_second_of_standing_still(tmp_path: Path) -> None:
    now = datetime.now(UTC) - timedelta(minutes=1)
    with serving(exercise_at(tmp_path / "mission", 30)) as site:
        folder = site.folder / "inbox"
        for _ in range(100):
            if folder.is_dir():
                break
            time.sleep(0.1)
        took = []
        for number in range(3):
            path = csv_file(
                tmp_path / f"n{number}.csv", [row(number, id=f"dropped{number}", occurred_at=f"{now:%Y-%m-%dT%H:%M:%SZ}")]
            )
            began = time.monotonic()
            path.rename(folder / path.name)
            while not list(folder.glob(f"done/*{path.name}")):
                assert time.monotonic() - began < 20
                time.sleep(0.01)
            took.append(time.monotonic() - began)
        assert min(took) < 1.2
    mission = open_mission(site.folder)
    assert {"dropped0", "dropped1", "dropped2"} <= {str(item["feature"]) for item in mission.desk().feed(ALL)["items"]}  # type: ignore[attr-defined]
    mission.close()
    assert not (site.folder / TOKEN).exists() or stat.S_IMODE((site.folder / TOKEN).stat().st_mode) == 0o600


def raster(path: Path, **tags: str) -> Path:
    """Write a GeoTIFF as a sensor's archive would, with its tags."""
    pixels = np.random.default_rng(1).integers(1, 3_000, (4, 30, 40)).astype(np.uint16)
    bands = ("blue", "green", "red", "nir")
    written(path, pixels, "EPSG:32741", from_origin(480_000, 7_800_000, 10, 10), nodata=0, descriptions=bands)
    with rasterio.open(path, "r+") as made:
        made.update_tags(**tags)
    return path


SENTINEL = "S2A_MSIL2A_20251230T064209_N0400_R078_T41KMU_20251230T081443.tif"


@pytest.mark.parametrize("where", ["", "scenes"])
def test_a_geotiff_that_tells_everything_becomes_a_scene(mission: Mission, inbox: Inbox, where: str) -> None:
    (inbox.folder / where).mkdir(exist_ok=True)
    body = raster(inbox.folder / where / SENTINEL).read_bytes()
    (put_away,) = put(inbox)
    assert put_away.startswith("done/")
    assert (inbox.folder / put_away).read_bytes() == body
    receipt = json.loads((inbox.folder / f"{put_away}.receipt.json").read_text(encoding="utf-8"))
    (held,) = mission.desk().scene_list(ALL)
    assert (receipt["new"], receipt["refused"], receipt["scene"]) == (1, [], held.digest)
    assert held.title == SENTINEL.removesuffix(".tif")
    assert (held.scene.sensor, held.scene.bands, held.scene.offset) == ("sentinel2", ("blue", "green", "red", "nir"), -0.1)
    assert held.scene.acquired_at == datetime(2025, 12, 30, 6, 42, 9, tzinfo=UTC)
    assert [batch.who for batch in mission.store.batches()] == ["inbox"]


def test_a_geotiff_that_does_not_tell_is_refused_with_the_way_to_say_it(mission: Mission, inbox: Inbox) -> None:
    raster(inbox.folder / "field.tif")
    (put_away,) = put(inbox)
    assert put_away == f"refused/{STAMP}-field.tif"
    reason = (inbox.folder / f"{put_away}.reason.txt").read_text(encoding="utf-8")
    assert reason == (
        "field.tif does not tell when it was taken, the scale of its numbers and the offset of its numbers; say it under "
        "Imagery, Scenes, or with: greenline scene DIR add FILE --acquired TIME --scale NUMBER --offset NUMBER.\n"
    )
    assert mission.desk().scene_list(ALL) == []


def test_a_geotiff_in_the_folder_of_another_layer_is_refused(mission: Mission, inbox: Inbox) -> None:
    (inbox.folder / "zones").mkdir()
    raster(inbox.folder / "zones" / SENTINEL)
    assert [name.startswith("refused/") for name in put(inbox)] == [True]
    assert mission.desk().scene_list(ALL) == []


def test_what_only_calls_itself_a_geotiff_is_refused(mission: Mission, inbox: Inbox) -> None:
    (inbox.folder / "trick.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>', encoding="utf-8")
    (put_away,) = put(inbox)
    assert "is a VRT" in (inbox.folder / f"{put_away}.reason.txt").read_text(encoding="utf-8")
    assert mission.desk().scene_list(ALL) == []


def test_scenes_may_be_taken_by_an_inbox_of_their_own(mission: Mission) -> None:
    tables, scenes = Inbox(mission, Clock(), rasters=False), Inbox(mission, Clock(), rasters=True)
    assert tables.look() == []
    raster(tables.folder / SENTINEL)
    csv_file(tables.folder / "night.csv", [row(1)])
    assert put(tables) == [f"done/{STAMP}-night.csv"]
    assert [name.startswith("done/") for name in put(scenes)] == [True]
    assert (count(mission), count(mission, "scenes")) == (1, 1)


def test_a_scene_that_was_stopped_waits_for_the_next_start(mission: Mission) -> None:
    stopped = Inbox(mission, Clock(), stopping=lambda: True)
    stopped.look()
    raster(stopped.folder / SENTINEL)
    assert put(stopped) == []
    assert files(stopped) == [f".taken/scenes/{SENTINEL}"]
    assert len(put(Inbox(mission, Clock()))) == 1
    assert count(mission, "scenes") == 1


def test_a_scene_that_is_here_keeps_its_facts_when_its_file_is_dropped_under_a_telling_name(
    mission: Mission, inbox: Inbox, tmp_path: Path
) -> None:
    said = Answers(datetime(2025, 11, 1, 8, tzinfo=UTC), "drone", ("blue", "green", "red", "nir"), nodata=0)
    mission.desk().add_scene(raster(tmp_path / "field.tif"), said, Described("Talesk"))
    (before,) = mission.desk().scenes(ALL)["scenes"]  # type: ignore[misc]
    raster(inbox.folder / SENTINEL)
    (put_away,) = put(inbox)
    receipt = json.loads((inbox.folder / f"{put_away}.receipt.json").read_text(encoding="utf-8"))
    assert (receipt["unchanged"], receipt["batch"]) == (1, None)
    assert "is here already and keeps all that is said of it" in receipt["warnings"][0]
    assert mission.desk().scenes(ALL)["scenes"] == [before]
