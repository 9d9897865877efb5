"""What comes in by itself. Now: the exercise's clock, which keeps the first screen alive."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
import threading
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas

from layers import access
from layers.access import User
from layers.desk import Comparison, Described, Mission, open_mission
from layers.desk.added import answered
from layers.exercise import gap, imagery, next_report
from layers.exercise.driving import DRIVEN, Plan, PlannedLeg, collected, driven
from layers.model import Receipt, View

PERIOD_S = 30.0
_LAYER, _ROUTES, _TRACKS = "incidents", "patrol_routes", "patrol_tracks"
#: At every so many reports patrols drive on.
_DRIVES = 10
_DRILL = User("exercise", frozenset({"patrol", "viewer"}), None)
_MAKER = User("exercise", frozenset({"analyst", "viewer"}), None)
_MOST = 3_000
_ANSWERED = ("sensor", "scale", "offset", "nodata")
_TIME = re.compile(r"\b[12][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z")


class ExerciseClock:
    """Adds a report about every 30 s to an exercise that runs; does nothing in a real mission."""

    def __init__(self, mission: Mission) -> None:
        self._mission = mission
        self._running = mission.configuration.exercise and mission.configuration.clock_running
        self._number = 0
        self._busy = threading.Lock()

    @property
    def state(self) -> str:
        """Return ``running``, ``paused``, or ``none`` where there is no exercise."""
        if not self._mission.configuration.exercise:
            return "none"
        return "running" if self._running else "paused"

    def switch(self, user: User, *, running: bool) -> None:
        """Pause the clock or let it run. A real mission has none to switch."""
        access.require(user, "clock")
        if self._mission.configuration.exercise:
            self._running = running

    def tick(self) -> Receipt | None:
        """Add the next report, where the clock runs."""
        if not self._running:
            return None
        now = self._mission.clock()
        self._number += 1
        number = int(now.timestamp()) * 10 + self._number % 10
        if self._number % _DRIVES == 0:
            self.drive()
        return self._add([next_report(self._mission.configuration.seed, number, now)])

    def catch_up(self) -> Receipt | None:
        """Fill the time since the record ended at the exercise's usual rate, so that it ends now."""
        ends, now = self._mission.record_ends(), self._mission.clock()
        if not self._running or ends is None or now - ends < timedelta(minutes=30):
            return None
        rows = gap(self._mission.configuration.seed, ends, now, _MOST)
        return self._add(rows) if rows else None

    def drive(self) -> Receipt | None:
        """Let the patrols whose plans have begun drive on, where the clock runs; None where none is on its way."""
        if not self._running:
            return None
        sheet, now = self._mission.desk(_DRILL).sheet(View(last="24h")), self._mission.clock()
        tracks = sheet.features(_TRACKS)
        told = {str(one.route) for one in tracks.itertuples() if not str(one.id).startswith(DRIVEN)}
        plans = sheet.features(_ROUTES).sort_values("starts_at").groupby("name")
        seed = self._mission.configuration.seed
        found = [driven(seed, str(name), _planned(legs), now) for name, legs in plans if name not in told]
        going = [one for one in found if one is not None]
        return self._submitted(_TRACKS, "patrols.geojson", collected(going)) if going else None

    def _add(self, rows: Sequence[Mapping[str, str]]) -> Receipt:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        return self._submitted(_LAYER, "exercise.csv", text.getvalue())

    def _submitted(self, layer: str, name: str, text: str) -> Receipt:
        with self._busy, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            return self._mission.desk(_DRILL).submit(layer, path)


def _planned(legs: pandas.DataFrame) -> Plan:
    """Return the plan that the legs of one patrol are, in the order of their times."""
    path = [np.array(leg.geometry.coords) for leg in legs.itertuples()]
    times = [(datetime.fromisoformat(str(leg.starts_at)), datetime.fromisoformat(str(leg.ends_at))) for leg in legs.itertuples()]
    legs_of = tuple(PlannedLeg(line, *between) for line, between in zip(path, times, strict=True))
    return Plan(str(legs.iloc[0].sector or ""), legs_of)


def working_copy(sample: Path, folder: Path, now: datetime) -> Path:
    """Make a user's own copy of the exercise mission, moved in time so that its record ends within a day of ``now``.

    The copy is made beside the folder and put in place whole; one that is there already is left as it is. All moves by whole days,
    but for what the scenes show, which was seen some hours before ``now``: it is news at whatever hour. They wait for ``survey``.
    """
    if (folder / "mission.toml").exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        making = Path(beside) / folder.name
        shutil.copytree(sample, making)
        whole = timedelta(days=_since_latest(making / f"{_LAYER}.csv", now).days)
        for path in [*making.glob("*.csv"), *making.glob("*.geojson"), *making.glob("agreement.toml")]:
            _move(path, whole)
        if (order := making / imagery.FOLDER / imagery.ORDER).exists():
            _move(order, _since_latest(order, now - imagery.AFTER))
        mission = open_mission(making, clock=lambda: now)
        fill(mission, making)
        mission.close()
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    return folder


def fill(mission: Mission, folder: Path, progress: Callable[[int], None] | None = None) -> None:
    """Submit a folder's files, each named after its layer, those that the others lie in first."""
    desk = mission.desk(_MAKER)
    for layer in desk.layers():
        for path in (folder / f"{layer.id}.csv", folder / f"{layer.id}.geojson"):
            if path.exists():
                desk.submit(layer.id, path, progress=progress)


def survey(
    mission: Mission, *, progress: Callable[[str], None] | None = None, cancelled: Callable[[], bool] | None = None
) -> int:
    """Take in the scenes that wait in an exercise's folder and compare them as is written beside them; return how many there were.

    What was taken in goes from the folder, for the record has it now. Work that was stopped begins anew the next time, and
    nothing comes into the record twice.

    Raises
    ------
    Stopped
        ``cancelled`` said so.
    """
    folder = mission.folder / imagery.FOLDER
    order = folder / imagery.ORDER
    if not mission.configuration.exercise or not order.is_file() or mission.record_began() is None:
        return 0
    asked, say = tomllib.loads(order.read_text(encoding="utf-8")), progress or (lambda _words: None)
    desk = mission.desk(_MAKER)
    digests: dict[str, str] = {}
    for one in asked["scenes"]:
        say(f"taking in {one['file']}")
        path = folder / one["file"]
        said = {name: one.get(name) for name in _ANSWERED} | {"acquired_at": datetime.fromisoformat(one["acquired_at"])}
        answers = answered(desk.read_scene(path, path.name), said)
        described = Described(one["name"], one["source"])
        digests[path.name] = desk.add_scene(path, answers, described, cancelled=cancelled).digest
    for one in asked["comparisons"]:
        say(f"comparing {one['before']} and {one['after']}: {one['method']}")
        pair = digests[one["before"]], digests[one["after"]]
        desk.compare(Comparison(*pair, one["method"], one["least_area_m2"]), cancelled=cancelled)
    for path in (order, *(folder / name for name in digests)):
        path.unlink()
    return len(digests)


def _since_latest(path: Path, now: datetime) -> timedelta:
    """Return how long before now the latest time in a file lies."""
    latest = max(_TIME.findall(path.read_text(encoding="utf-8")), default=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return now - datetime.fromisoformat(latest)


def _move(path: Path, by: timedelta) -> None:
    """Move every time in a file."""
    text = path.read_text(encoding="utf-8")
    path.write_text(_TIME.sub(lambda found: _moved(found[0], by), text), encoding="utf-8", newline="")


def _moved(iso: str, by: timedelta) -> str:
    return (datetime.fromisoformat(iso) + by).strftime("%Y-%m-%dT%H:%M:%SZ")
