"""What tests share: where things are, what may be skipped, missions made for one test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext

from layers.config import LEVELS
from layers.desk import Mission, open_mission
from layers.store import Store
from tests import missions, stores
from tests.command import Command
from tests.site import WIDE, Site, browsing, exercise_at, serving
from tests.stores import ENGINES, REPORTS, Opened, Said, event, text
from tests.watch import SHELLING, Watch

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

_skipped: list[str] = []

# A law is no stopwatch: a loaded machine changes nothing about it.
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    chromium = shutil.which("chromium") is not None
    readers = all(shutil.which(name) for name in ("gdalinfo", "pdftotext"))
    for item in items:
        if item.get_closest_marker("readers") and not readers:
            item.add_marker(pytest.mark.skip(reason="on Debian: apt-get install gdal-bin poppler-utils"))
        if item.get_closest_marker("chromium") and not chromium:
            item.add_marker(pytest.mark.skip(reason="chromium is not installed; on Debian: apt-get install chromium"))
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason="the real data is not beside the checkout (../shared/data)"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped and os.environ.get("GREENLINE_NO_SKIP"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nno test may be skipped here, but these were: {', '.join(_skipped)}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    yield made
    made.close()


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve an exercise of its own to the tests of a module, of as many incidents as its ``INCIDENTS`` says."""
    with serving(exercise_at(tmp_path_factory.mktemp("site") / "mission", getattr(request.module, "INCIDENTS", 600))) as started:
        yield started


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    mission = open_mission(exercise_at(tmp_path_factory.mktemp("exercise") / "mission"))
    yield mission
    mission.close()


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    yield made
    made.close()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    """Make an empty mission for commands, which can still be opened when they are done."""
    folder = tmp_path / "mission"
    missions.empty(folder)
    yield folder
    open_mission(folder).close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Write a file of two sound rows and one with two faults."""
    bad = missions.row(3, severity="extreme", occurred_at="")
    return missions.csv_file(tmp_path / "rows.csv", [missions.row(1), missions.row(2, marking=LEVELS[1]), bad])


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path / "m", SHELLING)
    yield made
    made.mission.close()


@pytest.fixture
def shared() -> Path:
    return SHARED


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENLINE_HOME", str(tmp_path / "home"))


@pytest.fixture(params=[opened for _, opened in ENGINES], ids=[name for name, _ in ENGINES])
def opened(request: pytest.FixtureRequest) -> Opened:
    return request.param


@pytest.fixture
def store(opened: Opened, tmp_path: Path) -> Iterator[Store]:
    made = opened(tmp_path / "record.gpkg")
    yield made
    made.close()


@pytest.fixture(scope="module", params=[opened for _, opened in ENGINES], ids=[name for name, _ in ENGINES])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = request.param(tmp_path_factory.mktemp("search") / "record.gpkg")
    made.append([stores.rows(*(Said(name, text(**fields)) for name, fields in REPORTS.items()))], event())
    yield made
    made.close()
