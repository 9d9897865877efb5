"""Rasters of scenes: each is what was taken in, goes with a backup and comes back whole, or it is said which does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from layers.__main__ import main
from layers.desk import Described, Mission, open_mission, scenes
from layers.errors import StoreUnusable, UnreadableFile
from layers.imagery import kept
from layers.imagery.intake import Answers
from layers.imagery.written import written
from layers.model import View
from tests import missions

WHEN = datetime(2025, 12, 31, 8, tzinfo=UTC)


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    yield made
    open_mission(tmp_path / "mission").close()


def add(mission: Mission, folder: Path, seed: int) -> str:
    """Add a scene of its own to a mission; return its digest."""
    pixels = np.random.default_rng(seed).integers(1, 3_000, (2, 40, 50)).astype(np.uint16)
    path = folder / f"{seed}.tif"
    written(path, pixels, "EPSG:32741", from_origin(480_000, 7_800_000, 20, 20), nodata=0, descriptions=("red", "nir"))
    answers = Answers(WHEN, "optical", ("red", "nir"), 1e-4)
    return mission.desk().add_scene(path, answers, Described(name=f"Scene {seed}")).digest


def digests(mission: Mission) -> set[str]:
    return {of.digest for of in mission.desk().scene_list(View())}


def zipped(whole: Path, path: Path, changed: dict[str, bytes], *, packed: int = zipfile.ZIP_STORED) -> Path:
    """Write a backup anew with some files changed or added."""
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            if entry.filename not in changed:
                new.writestr(entry, old.read(entry))
        for name, content in changed.items():
            new.writestr(name, content, packed)
    return path


def test_a_backup_brings_every_raster_back_those_of_scenes_taken_back_too(mission: Mission, tmp_path: Path) -> None:
    first, second = add(mission, tmp_path, 1), add(mission, tmp_path, 2)
    batch = mission.store.batches()[0].id
    mission.desk().undo(batch, "the wrong place")
    (mission.folder / "scenes" / f"{'0' * 32}.tif").write_bytes(b"named by no record")
    (mission.folder / "scenes" / "notes.tif").write_bytes(b"no digest")
    mission.desk().backup(tmp_path / "b.zip")
    assert main(["restore", str(tmp_path / "b.zip"), str(tmp_path / "again")]) == 0
    assert sorted(path.stem for path in (tmp_path / "again" / "scenes").iterdir()) == sorted([first, second])
    again = open_mission(tmp_path / "again")
    assert len(digests(again)) == 1
    assert digests(again) == digests(mission)
    assert again.desk().scene_faults() == []
    again.close()


@pytest.mark.parametrize(("harm", "said"), [("missing", "is missing"), ("altered", "is not what was taken in")])
def test_verify_names_a_scene_whose_raster_is_missing_or_altered(
    mission: Mission, tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: str, said: str
) -> None:
    sound, hurt = add(mission, tmp_path, 1), add(mission, tmp_path, 2)
    path = mission.folder / "scenes" / f"{hurt}.tif"
    whole = path.read_bytes()
    path.unlink()
    if harm == "altered":
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert main(["verify", str(mission.folder), "--json"]) == 1
    out, err = capsys.readouterr()
    assert set(json.loads(out)) == {"ok", "rows", "head", "broken_at"}
    assert (json.loads(out)["ok"], json.loads(out)["broken_at"]) == (True, None)
    assert f"The raster of scene {hurt} {said}; put scenes/{hurt}.tif back" in err
    assert sound not in err
    path.unlink(missing_ok=True)
    path.write_bytes(whole)
    assert main(["verify", str(mission.folder)]) == 0
    assert hurt not in "".join(capsys.readouterr())


def test_a_scene_that_was_taken_back_needs_no_raster(mission: Mission, tmp_path: Path) -> None:
    digest = add(mission, tmp_path, 1)
    (mission.folder / "scenes" / f"{digest}.tif").unlink()
    assert len(mission.desk().scene_faults()) == 1
    mission.desk().undo(mission.store.batches()[0].id, "lost")
    assert mission.desk().scene_faults() == []


def test_no_backup_is_made_of_a_raster_that_is_not_what_was_taken_in(mission: Mission, tmp_path: Path) -> None:
    digest = add(mission, tmp_path, 1)
    (mission.folder / "scenes" / f"{digest}.tif").write_bytes(b"II*\x00 something else")
    with pytest.raises(StoreUnusable, match=f"{digest} is not what was taken in; see: greenline verify"):
        mission.desk().backup(tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_a_changed_or_strange_raster_restores_nothing(
    mission: Mission, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = add(mission, tmp_path, 1)
    mission.desk().backup(tmp_path / "b.zip")
    whole = (mission.folder / "scenes" / f"{digest}.tif").read_bytes()
    vrt = b'<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>'
    (tmp_path / "v.tif").write_bytes(vrt)
    strange = kept.digest(tmp_path / "v.tif")[: kept.NAMED]
    wrong = {
        "is not called by its content": {f"scenes/{digest}.tif": whole[:-1] + b"?"},
        "is a VRT": {f"scenes/{strange}.tif": vrt},
        "is no backup": {"scenes/../evil.tif": whole},
        "is no backup of": {"scenes/name.tif": whole},
        "is no backup of a": {f"scenes/{digest}.tif.ovr": whole},
    }
    for n, (said, changed) in enumerate(wrong.items()):
        assert main(["restore", str(zipped(tmp_path / "b.zip", tmp_path / f"{n}.zip", changed)), str(tmp_path / "out")]) == 1
        assert said in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
    grown = zipped(tmp_path / "b.zip", tmp_path / "grown.zip", {f"scenes/{digest}.tif": whole}, packed=zipfile.ZIP_DEFLATED)
    assert main(["restore", str(grown), str(tmp_path / "out")]) == 1


def test_a_raster_that_points_to_another_file_is_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    written(path, np.ones((1, 8, 8), np.uint8), "EPSG:32741", from_origin(480_000, 7_800_000, 20, 20), descriptions=("red",))
    sound = path.rename(tmp_path / f"{kept.digest(path)[:32]}.tif")
    kept.sound(sound)
    with rasterio.open(sound, "r+") as raster:
        raster.update_tags(ns="OVERVIEWS", OVERVIEW_FILE="/etc/passwd")
    led = sound.rename(tmp_path / f"{kept.digest(sound)[:32]}.tif")
    with pytest.raises(UnreadableFile, match="tells of more than its own bands"):
        kept.sound(led)


def test_one_scene_is_found_without_a_look_at_the_others(
    mission: Mission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = add(mission, tmp_path, 1), add(mission, tmp_path, 2)
    read: list[str] = []
    look = scenes.held_bands
    monkeypatch.setattr(scenes, "held_bands", lambda path: read.append(path.stem) or look(path))
    assert mission.desk().scene_tile(View(), first, "red").held.digest == first
    assert read == [first]
    assert digests(mission) == {first, second}


def test_what_killed_work_left_among_the_rasters_goes_after_a_day(mission: Mission, tmp_path: Path) -> None:
    first = add(mission, tmp_path, 1)
    folder = mission.folder / "scenes"
    (tmp_path / "kept.tif").write_bytes(b"an upload")
    old, fresh, foreign = (Path(tempfile.mkdtemp(dir=folder, prefix=of)) for of in (".making-", ".making-", ".snapshot-"))
    (old / "scene.tif").hardlink_to(tmp_path / "kept.tif")
    (folder / ".making-elsewhere").symlink_to(tmp_path)
    for left in (old, foreign, folder / f"{first}.tif"):
        os.utime(left, (0, 0))
    os.utime(folder / ".making-elsewhere", (0, 0), follow_symlinks=False)
    second = add(mission, tmp_path, 2)
    assert {path.name for path in folder.iterdir()} == {
        f"{first}.tif", f"{second}.tif", fresh.name, foreign.name, ".making-elsewhere",
    }  # fmt: skip
    assert (tmp_path / "kept.tif").read_bytes() == b"an upload"
    assert digests(mission) == {first, second}


def test_where_work_is_done_goes_when_it_ends_and_is_swept_when_it_was_killed(tmp_path: Path) -> None:
    """The rooms of real work are the ones that are swept: one of them is left behind by a process that is killed in it."""
    folder = tmp_path / "scenes"
    folder.mkdir()
    with kept.room(folder) as room:
        assert [path.name for path in folder.iterdir()] == [Path(room).name]
    assert list(folder.iterdir()) == []
    script = "import os, sys; from pathlib import Path; from layers.imagery import kept; made = kept.room(Path(sys.argv[1])); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", script, str(folder)], check=False).returncode == 9
    (left,) = folder.iterdir()
    made = left.stat().st_mtime
    kept.swept(folder, made + 86_000)
    assert list(folder.iterdir()) == [left]
    kept.swept(folder, made + 87_000)
    assert list(folder.iterdir()) == []
