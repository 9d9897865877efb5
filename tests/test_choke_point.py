"""No file leaves but by the desk's few doors, each of which writes down how it is marked. This file is the law."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layers.desk import Brief, Draft, Mission
from layers.model import parse
from tests import released
from tests.released import ASKED
from tests.test_architecture import FILES, ROOT, imports

ALL = parse("last=all")
#: What makes a file of what the record says, and the only modules that may name it.
WRITERS = {
    "layers.briefing.written": {"layers/desk/export.py"},
    "layers.briefing.laid": {"layers/commands/brief.py"},
    "layers.briefing": set[str](),
    "layers.briefing.press": set[str](),
    "layers.briefing.press.Press": {"layers/desk/briefer.py"},
    "layers.desk.briefer.PRESS": set[str](),
    "layers.desk.briefer": {"layers/desk/reporter.py"},
    "layers.desk.stac": {"layers/desk/imagery.py"},
    "layers.desk.export.export": {"layers/desk/exporter.py"},
    "layers.ingest.refused_rows": {"layers/desk/desk.py"},
}
#: Modules that make the files themselves: only what they are called by and their bounds are known beyond their floor.
MAKERS = {
    "document", "files", "geojson", "kmz", "package", "paged", "pressed", "printed", "slides", "table", "webpage", "workbook", "zipped",
}  # fmt: skip
#: What a page hands to the browser: a file that a door of the desk made.
DOWNLOADS = {
    "pages/export.py": "content",  # Desk.export
    "pages/handed.py": "body",  # Desk.issue, Desk.issue_series, Desk.repeated
    "pages/reporting.py": "one.body",  # Desk.issue_report
    "pages/receipts.py": "text",  # Desk.refused: rows of the user's own file that never came into the record
}
#: Above the desk, what is written to disk at all: rows that were refused, made exercises, backups restored, uploads on their way in.
ON_DISK = {
    "layers/__main__.py": {"write_text", "copytree"},
    "layers/feed.py": {"write_text", "copytree"},
    "layers/inbox.py": {"write_text"},
    "layers/serve/reports.py": {"fdopen"},
    "pages/intake.py": {"write_bytes"},
}
WRITING = {
    "write_text",
    "write_bytes",
    "fdopen",
    "copyfile",
    "copytree",
    "copy",
    "copy2",
    "to_csv",
    "to_excel",
    "to_file",
    "to_parquet",
}
SERVED = {"FileResponse", "attachment"}


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def above(path: Path) -> bool:
    """Say whether a file lies above the desk."""
    return not place(path).startswith("layers/") or place(path).split("/")[1] in (
        "commands",
        "serve",
        "feed.py",
        "inbox.py",
        "__main__.py",
    )


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


@pytest.mark.parametrize("writer", WRITERS)
def test_only_the_doors_name_what_makes_a_file(writer: str) -> None:
    inside = writer.rsplit(".", 1)[0].replace(".", "/")
    assert {
        place(path) for path in FILES if writer in imports(path) and not place(path).startswith(f"{inside}/__init__")
    } <= WRITERS[writer]


def test_what_makes_each_form_is_known_on_its_own_floor_alone() -> None:
    beyond = [
        f"{place(path)}: {name}"
        for path in FILES
        if not place(path).startswith("layers/briefing/")
        for name in imports(path)
        if name.startswith("layers.briefing.") and name.split(".")[2] in MAKERS and not name.split(".")[-1].isupper()
    ]
    assert beyond == []


def test_a_page_hands_out_what_a_door_made_and_nothing_else() -> None:
    found = {
        place(path): ast.unparse(call.args[1])
        for path in FILES
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "download_button"
    }
    assert found == DOWNLOADS


def test_nothing_above_the_desk_writes_files_of_its_own() -> None:
    found = {
        place(path): named
        for path in FILES
        if above(path)
        and (
            named := {
                call.func.attr for call in calls(path) if isinstance(call.func, ast.Attribute) and call.func.attr in WRITING
            }
        )
    }
    assert found == ON_DISK


def test_no_route_serves_a_file_to_keep() -> None:
    assert [place(path) for path in FILES if any(word in path.read_text(encoding="utf-8") for word in SERVED)] == []


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = released.mission(tmp_path)
    yield made
    made.close()


DOORS: dict[str, Callable[[Mission, Path], object]] = {
    "an export": lambda of, folder: of.desk().export("incidents", folder / "a.csv", ALL),
    "a released export": lambda of, folder: of.desk().export("incidents", folder / "b.csv", ALL, release=ASKED),
    "a sheet": lambda of, _: of.desk().issue(ALL, Brief(), "pdf"),
    "a released sheet": lambda of, _: of.desk().issue(ALL, Brief(release=ASKED), "pdf"),
    "a report": lambda of, _: of.desk().issue_report(ALL, Draft("sitrep"), ("docx",)),
}


@pytest.mark.parametrize("door", DOORS)
def test_each_door_writes_down_how_what_left_is_marked(mission: Mission, tmp_path: Path, door: str) -> None:
    before = len(list(mission.store.audit_rows()))
    DOORS[door](mission, tmp_path)
    lines = list(mission.store.audit_rows())[before:]
    wanted = mission.configuration.markings[0 if "released" in door else 1]
    assert json.loads(lines[-1].body)["marking"] == wanted


def test_made_again_it_is_written_down_again(mission: Mission) -> None:
    number = mission.desk().issue(ALL, Brief(release=ASKED), "pdf").entry.number
    mission.desk().repeated(number, "png")
    last = list(mission.store.audit_rows())[-1]
    assert (last.act, json.loads(last.body)["form"], json.loads(last.body)["marking"]) == (
        "issue",
        "png",
        mission.configuration.markings[0],
    )
