"""No file leaves but by the desk's few doors, each of which passes one point that writes down how it is marked. This file is the law.

Every way by which a file leaves is named here. One that is new fails until it passes that point, and is named here as well.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from rasterio.transform import from_origin

from layers.__main__ import _parser
from layers.config import LEVELS
from layers.desk import Brief, Described, Desk, Draft, Mission
from layers.feed import ExerciseClock
from layers.imagery.intake import Answers
from layers.imagery.written import written
from layers.model import parse
from layers.serve.fetching import Waiting
from layers.serve.hub import Hub
from layers.serve.routes import routes
from tests import released
from tests.command import Command
from tests.missions import NOW, csv_file, row
from tests.released import ASKED, SECRET
from tests.test_architecture import FILES, ROOT, imports

ALL = parse("last=all")
#: What makes a file, and the only modules that may name it.
WRITERS = {
    "layers.briefing.written": {"layers/desk/export.py"},
    "layers.briefing.laid": {"layers/commands/brief.py"},
    "layers.briefing.press": {"layers/desk/briefer.py"},
    "layers.desk.briefer": {"layers/desk/__init__.py", "layers/desk/reporter.py", "layers/desk/unprinted.py"},
    "layers.desk.export": {"layers/desk/exporter.py"},
    "layers.desk.stac": {"layers/desk/imagery.py"},
    "layers.desk.backup": {"layers/desk/__init__.py", "layers/desk/desk.py"},
    "layers.ingest.refused_rows": {"layers/desk/desk.py"},
    "layers.ingest.refused": {"layers/ingest/__init__.py"},
}
#: What of the floor that makes paper is known beyond it: what sheets are called, hold and measure, and the two ways in above.
SAID = {"forms", "paper", "plate", "press", "report", "frame", "picture", "placed", "logo"}
#: The doors of the desk: they alone pass the one point.
PASSING = {"layers/desk/desk.py", "layers/desk/exporter.py", "layers/desk/imagery.py", "layers/desk/issued.py"}
#: What a page hands to the browser: a file that a door of the desk made.
DOWNLOADS = {
    ("pages/export.py", "content"),  # Desk.export
    ("pages/receipts.py", "text"),  # Desk.refused
}
#: What is written to a disk at all, by every module that writes.
ON_DISK = {
    # Files of the record that leave: see WRITERS.
    "layers/briefing/document.py": {"ZipFile", "save", "writestr"},
    "layers/briefing/files.py": {"rename", "write_bytes"},
    "layers/briefing/geojson.py": {"open"},
    "layers/briefing/photographs.py": {"save"},
    "layers/briefing/pressed.py": {"fdopen"},
    "layers/briefing/printed.py": {"savefig"},
    "layers/briefing/slides.py": {"ZipFile", "save", "writestr"},
    "layers/briefing/table.py": {"open"},
    "layers/briefing/zipped.py": {"ZipFile", "open", "writestr"},
    "layers/desk/backup.py": {"ZipFile"},
    "layers/desk/stac.py": {"copyfile", "rename", "write_text"},
    "layers/serve/fetching.py": {"ZipFile", "writestr"},
    # Refused rows, as Desk.refused gives them.
    "layers/__main__.py": {"copytree", "write_text"},
    "layers/inbox.py": {"rename", "write_text"},
    # The mission's own folder: its configuration, token, rasters, and what is drawn and counted once for all.
    "layers/config/__init__.py": {"open"},
    "layers/desk/drawn.py": {"write_bytes"},
    "layers/desk/picture.py": {"save"},
    "layers/desk/snapshot.py": {"open"},
    "layers/desk/sources.py": {"write_text"},
    "layers/desk/words.py": {"write_table"},
    "layers/imagery/change/statistic.py": {"open"},
    "layers/imagery/kept.py": {"copyfile", "open"},
    "layers/imagery/written.py": {"open"},
    "layers/serve/reports.py": {"fdopen", "mkstemp"},
    # What comes in, on its way; a logo comes back through a pipe.
    "layers/briefing/decoded.py": {"save"},
    "layers/imagery/confined.py": {"copyfile", "open"},
    "layers/imagery/pixels.py": {"open", "write_text"},
    "layers/ingest/child.py": {"write_table"},
    "layers/ingest/child_text.py": {"open", "write_bytes"},
    "layers/ingest/files.py": {"copyfile", "symlink_to"},
    "layers/ingest/packed.py": {"open"},
    "pages/intake.py": {"write_bytes"},
    # Exercises, which tell of nobody.
    "layers/exercise/__init__.py": {"write_csv", "write_text"},
    "layers/exercise/imagery.py": {"write_text"},
    "layers/feed.py": {"copytree", "rename", "write_text"},
}
WRITING = {
    "write_text", "write_bytes", "fdopen", "mkstemp", "copyfile", "copytree", "copy2", "move", "rename", "symlink_to", "hardlink_to",
    "writestr", "save", "savefig", "dump", "to_csv", "to_excel", "to_file", "to_parquet", "to_feather", "to_json",
    "write_csv", "write_table", "write_parquet", "write_dataframe",
}  # fmt: skip
_MODE = re.compile(r"[wax]b?\+?")
#: What of a screen's answers is made as bytes: pictures and shapes that the map draws, and the preview of a sheet.
SCREEN = {"basemap", "previewed", "scene_tile"}
#: What the routes answer: the screen's parts, as JSON, tiles and pictures.
ROUTES = {
    "/data/mission", "/data/portrayal", "/data/summary", "/data/tiles/{layer}/{z}/{x}/{y}", "/data/features/{layer}", "/data/within",
    "/data/reach", "/data/relations", "/data/scenes", "/data/scene/{digest}/{look}/{z}/{x}/{y}", "/data/near", "/data/near/words",
    "/data/feed", "/data/card/{layer}/{seq}", "/data/search", "/data/form/{layer}", "/data/position", "/data/alerts", "/data/papers",
    "/data/basemap/{name}", "/lib/leaflet/{path:path}", "/lib/own/{path:path}", "/live/{token}", "/reports", "/reports/undo", "/positions",
    "/data/played/{layer}/{z}/{x}/{y}", "/issued/{token}",
    "/alerts/acknowledge", "/keep", "/keep/drop", "/data/watch", "/data/forces", "/watch/respond", "/watch/start", "/watch/log",
}  # fmt: skip
#: Ways for a browser to keep what it is given as a file.
SERVED = re.compile(
    r"FileResponse|StreamingResponse|attachment|content-disposition|createObjectURL|\.download\s*=|msSaveBlob", re.I
)
#: The one route that gives a file to keep: what a door of the desk made, once ``Desk.hand`` wrote that it leaves.
FETCHED = ["layers/serve/fetching.py"]
#: How a page leads to a file: what has the browser load an address, and what puts a file under one.
LEADS = {"iframe", "link_button", "audio", "video", "pdf", "components"}
#: Each part of each command that is a path: what is read from it, or by which door of the desk it is written.
PATHS = {
    ("*", "mission"): "the mission",
    ("submit", "file"): "read",
    ("submit", "refused"): "refused",
    ("export", "file"): "export",
    ("brief", "out"): "issue, hand",
    ("backup", "file"): "backup",
    ("restore", "file"): "read",
    ("scene add", "file"): "read",
    ("scene export", "folder"): "export_scenes",
}
#: What of the desk takes a path to read from.
TAKES_IN = {"add_scene", "check", "propose", "read_scene", "submit"}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id, node


def names(path: Path, what: str) -> bool:
    return any(name == what or name.startswith(f"{what}.") for name in imports(path))


def writes(called: str, call: ast.Call) -> bool:
    """Say whether a call writes to a disk: by its name, or by the mode in which it opens."""
    given = [one.value for one in (*call.args, *(of.value for of in call.keywords)) if isinstance(one, ast.Constant)]
    opens = called in ("open", "ZipFile") and any(isinstance(one, str) and _MODE.fullmatch(one) for one in given)
    return called in WRITING or opens


@pytest.mark.parametrize("writer", WRITERS)
def test_only_the_doors_name_what_makes_a_file(writer: str) -> None:
    inside = "/".join(writer.split(".")[:2]) if writer.startswith("layers.briefing") else "-"
    assert {place(path) for path in FILES if names(path, writer) and not place(path).startswith(inside)} == WRITERS[writer]


def test_the_doors_alone_pass_the_one_point_and_terms_come_from_one_place() -> None:
    assert {place(path) for path in FILES if "layers.desk.leaving.left" in imports(path)} == PASSING
    law = [path for path in FILES if place(path) == "layers/desk/released.py" or names(path, "layers.desk.released.Terms")]
    assert {place(path) for path in law for called, _ in calls(path) if called == "Terms"} == {"layers/desk/released.py"}


def test_what_makes_each_form_is_known_on_its_own_floor_alone() -> None:
    beyond = {
        name.split(".")[2]
        for path in FILES
        if not place(path).startswith("layers/briefing/")
        for name in imports(path)
        if name.startswith("layers.briefing.") and (ROOT / "layers/briefing" / f"{name.split('.')[2]}.py").exists()
    }
    assert beyond - {"laid"} <= SAID


def test_a_page_hands_out_what_a_door_made_and_nothing_else() -> None:
    found = {
        (place(path), ast.unparse(call.args[1])) for path in FILES for called, call in calls(path) if called == "download_button"
    }
    assert found == DOWNLOADS


def test_every_module_that_writes_to_a_disk_is_known() -> None:
    found: dict[str, set[str]] = {}
    for path in FILES:
        for called, call in calls(path):
            if writes(called, call):
                found.setdefault(place(path), set()).add(called)
    assert found == ON_DISK


@pytest.mark.parametrize(
    "text", ["Path(a).open('wb')", "open(a, mode='w')", "frame.to_csv(a)", "shutil.copytree(a, b)", "ZipFile(a, 'w')"]
)
def test_a_new_way_to_write_is_seen(text: str) -> None:
    [call] = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and node.args and _outer(node, text)]
    assert writes(ast.unparse(call.func).split(".")[-1], call)


def _outer(call: ast.Call, text: str) -> bool:
    return ast.unparse(call) == ast.unparse(ast.parse(text))


def test_no_route_and_no_script_serves_a_file_to_keep() -> None:
    scripts = [*FILES, *ROOT.glob("layers/**/*.js")]
    assert [place(path) for path in scripts if SERVED.search(path.read_text(encoding="utf-8"))] == FETCHED
    # Streamlit's own way to save a table.
    assert "[data-testid=stElementToolbar] { display: none; }" in (ROOT / "pages" / "frame.css").read_text(encoding="utf-8")


def test_a_page_leads_to_a_file_in_one_place_alone() -> None:
    pages = [path for path in FILES if place(path).startswith("pages/")]
    found = {(place(path), called) for path in pages for called, _ in calls(path) if called in LEADS}
    assert found == {("pages/handed.py", "iframe")}
    assert [place(path) for path in pages if "waiting.put" in path.read_text(encoding="utf-8")] == ["pages/handed.py"]
    assert not [place(path) for path in pages if re.search(r"data:[a-z]+/|st\.components", path.read_text(encoding="utf-8"))]


def test_what_is_fetched_is_written_down_before_it_leaves() -> None:
    [route] = [path for path in FILES if place(path) in FETCHED]
    [given] = [one for one in ast.walk(ast.parse(route.read_text())) if isinstance(one, ast.FunctionDef) and one.name == "handed"]
    assert [ast.unparse(one) for one in given.body][1:] == ["mission.desk(user).hand(made)", "return made"]


def parts(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for called, one in action.choices.items():
                yield from parts(one, f"{name} {called}".strip())
        else:
            yield name, action


def test_every_command_that_names_a_file_is_known() -> None:
    found = {(name, action.dest) for name, action in parts(_parser()) if action.type is Path}
    assert {(name if (name, dest) in PATHS else "*", dest) for name, dest in found} == set(PATHS)


@pytest.mark.parametrize(
    ("words", "act"),
    [
        (("export", "M", "incidents", "a.csv"), "export"),
        (("brief", "M", "--view", "last=all", "--out", "a.html"), "hand"),
        (("brief", "M", "--report", "sitrep", "--view", "last=all", "--out", "a.docx"), "hand"),
        (("brief", "M", "--view", "last=all", "--each", "day", "--out", "a.html"), "hand"),
        (("scene", "M", "export", "a.stac"), "export"),
        (("backup", "M", "a.zip"), "backup"),
    ],
    ids=lambda one: " ".join(one[:1]) if isinstance(one, tuple) else "",
)
def test_what_a_command_writes_is_written_down_with_its_marking(
    mission: Mission, tmp_path: Path, run: Command, words: tuple[str, ...], act: str
) -> None:
    if words[0] == "scene":
        _scenes(mission, tmp_path)
    said = [str(mission.folder) if one == "M" else str(tmp_path / one) if one.startswith("a.") else one for one in words]
    status, _, err = run(*said)
    assert status == 0, err
    last = list(mission.store.audit_rows())[-1]
    assert last.act == act
    assert json.loads(last.body)["marking"] in (SECRET, LEVELS[-1])


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = released.mission(tmp_path)
    yield made
    made.close()


def test_every_route_is_a_part_of_the_screen(mission: Mission) -> None:
    assert {getattr(one, "path", "") for one in routes(mission, Hub(mission, ExerciseClock(mission)), Waiting())} == ROUTES


def _export(of: Mission, folder: Path) -> object:
    return of.desk().export("incidents", folder / "a.csv", ALL)


def _kept(of: Mission, folder: Path) -> object:
    desk = of.desk()
    kept = desk.keep("In the zone", parse("last=all&where=incidents,inside,zones,0,z1"))
    return desk.export(kept, folder / "b.geojson", ALL)


def _scenes(of: Mission, folder: Path) -> object:
    path, desk = folder / "scene.tif", of.desk()
    pixels = np.random.default_rng(1).integers(1, 3_000, (3, 40, 50)).astype(np.uint16)
    written(path, pixels, "EPSG:32741", from_origin(480_000, 7_800_000, 20, 20), nodata=0, descriptions=("red", "nir", "scl"))
    desk.add_scene(path, Answers(NOW, "optical", ("red", "nir", "scl"), 1e-4, -0.1), Described(marking=SECRET))
    return desk.export_scenes(folder / "stac")


def _again(of: Mission, _: Path) -> object:
    return of.desk().repeated(of.desk().issue(ALL, Brief(), "png").entry.number, "pdf")


def _released_again(of: Mission, _: Path) -> object:
    return of.desk().repeated(of.desk().issue(ALL, Brief(release=ASKED), "pdf").entry.number, "png")


def _handed(of: Mission, _: Path) -> object:
    desk = of.desk()
    return desk.hand((desk.issue(ALL, Brief(), "html"), desk.issue(ALL, Brief(), "html")))


def _refused(of: Mission, folder: Path) -> object:
    path = csv_file(folder / "bad.csv", [row(1, occurred_at="soon"), row(2, occurred_at="late", marking=SECRET.lower())])
    return of.desk().refused("incidents", path, of.desk().submit("incidents", path))


#: By what of the desk a file leaves, how, and how it is marked then.
DOORS: list[tuple[str, Callable[[Mission, Path], object], str]] = [
    ("export", _export, SECRET),
    ("export", _kept, SECRET),
    ("export", lambda of, folder: of.desk().export("incidents", folder / "c.kmz", ALL, release=ASKED), LEVELS[0]),
    ("export_scenes", _scenes, SECRET),
    ("issue", lambda of, _: of.desk().issue(ALL, Brief(), "pdf"), SECRET),
    ("issue", lambda of, _: of.desk().issue(ALL, Brief(release=ASKED), "pptx"), LEVELS[0]),
    ("issue_series", lambda of, _: list(of.desk().issue_series(parse("last=24h"), Brief(), "png", "day")), SECRET),
    ("issue_report", lambda of, _: of.desk().issue_report(ALL, Draft("sitrep"), ("docx",)), SECRET),
    ("issuing_report", lambda of, _: list(of.desk().issuing_report(ALL, Draft("sitrep"), ("docx",))), SECRET),
    ("repeated", _again, SECRET),
    ("repeated", _released_again, LEVELS[0]),
    ("hand", _handed, SECRET),
    ("refused", _refused, SECRET),
    ("backup", lambda of, folder: of.desk().backup(folder / "backup.zip"), LEVELS[-1]),
]


@pytest.mark.parametrize(("door", "act", "marking"), DOORS, ids=[f"{n}-{door[0]}" for n, door in enumerate(DOORS)])
def test_each_door_writes_down_how_what_left_is_marked(
    mission: Mission, tmp_path: Path, door: str, act: Callable[[Mission, Path], object], marking: str
) -> None:
    act(mission, tmp_path)
    last = list(mission.store.audit_rows())[-1]
    said = json.loads(last.body)
    assert (last.act, said["marking"]) == (
        {"export_scenes": "export"}.get(door, door if door in ("export", "backup", "hand", "refused") else "issue"),
        marking,
    )
    assert ("reason" in said) == (marking == LEVELS[0])
    if "reason" in said:
        assert (said["reason"], said["own_marking"], json.loads(said["release"])["who"]) == (ASKED.reason, SECRET, "owner")


def test_every_act_of_the_desk_that_gives_a_file_is_a_door() -> None:
    gives = {
        name
        for name, act in inspect.getmembers(Desk, inspect.isfunction)
        if not name.startswith("_") and re.search(r"\b(Path|bytes|Issued|IO|BinaryIO|SceneTiles)\b", str(inspect.signature(act)))
    }
    assert gives == {door for door, _, _ in DOORS} | SCREEN | TAKES_IN


def test_the_levels_of_the_mission_are_told_apart(mission: Mission) -> None:
    assert len({LEVELS[0], SECRET, LEVELS[-1]}) == 3
    assert mission.configuration.markings == LEVELS
