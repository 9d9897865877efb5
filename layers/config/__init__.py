"""A mission's configuration, and the only place that reads the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeGuard
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path

from layers.config.alerts import KEPT_H, AlertRule, alert_rules, written
from layers.config.letterhead import REPORTS, USUAL_LETTERHEAD, Letterhead, letterhead, letterhead_lines
from layers.config.releases import ReleaseProfile, release_lines, releases
from layers.config.scenes import USUAL_SCENES, SceneLimits, scene_limit_lines, scene_limits
from layers.config.text import listed, quoted, shown
from layers.errors import MissionUnusable

__all__ = [
    "KEPT_H",
    "LEVELS",
    "REPORTS",
    "AlertRule",
    "Configuration",
    "Letterhead",
    "Limits",
    "ReleaseProfile",
    "SceneLimits",
    "TileSource",
    "private_exercise",
    "read",
    "write",
]

LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")
_FILE = "mission.toml"
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEYS = frozenset(
    {
        "title",
        "bbox",
        "timezone",
        "markings",
        "default_marking",
        "watch_hours",
        "exercise",
        "parties",
        "tiles",
        "limits",
        "scene_limits",
        "alerts",
        "release",
        "letterhead",
    }
)
#: A row must fit into one block of the reader, which bounds what a cell may be set to.
_LARGEST = {"bytes": 10**12, "rows": 10**9, "columns": 60_000, "ratio": 10**6, "cell": 20_000_000}
_SEEDS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TileSource:
    """An online tile provider the mission names. Greenline has none of its own."""

    name: str
    url: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a submitted file may hold; beyond it the file is refused before it is read any further.

    Attributes
    ----------
    bytes : int
        Size of a file, unpacked.
    rows, columns : int
        Of a table; rows are features where there is geometry.
    ratio : int
        Unpacked size divided by packed size.
    cell : int
        Characters of one cell.
    """

    bytes: int = 4_000_000_000
    rows: int = 20_000_000
    columns: int = 1_000
    ratio: int = 200
    cell: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ``mission.toml`` says.

    Attributes
    ----------
    title : str
    box : tuple of float
        The mission's area, west, south, east, north in degrees.
    timezone : str
        IANA name of the mission's local time.
    markings : tuple of str
        Marking codes from the lowest to the highest.
    default_marking : str
        What a record without a marking gets.
    parties : tuple of (code, name)
        The sides, in the order of the file; names are printed, codes stored.
    exercise : bool
        EXERCISE stands in every band.
    clock_running : bool
        An exercise's clock adds a report about every 30 s.
    seed : int
        What the exercise is generated from.
    watch_hours : tuple of int
        Local hours at which a watch begins.
    tile_sources : tuple of TileSource
        Online base maps; empty means none is ever asked.
    limits : Limits
        What a submitted file may hold.
    scene_limits : SceneLimits
        What an uploaded scene may hold.
    alerts : tuple of AlertRule
        What makes an incident an alert.
    releases : tuple of ReleaseProfile
        On which terms rows may leave under a lower marking.
    letterhead : Letterhead
        How sheets and reports look, and what stands on all of them.
    """

    title: str
    box: tuple[float, float, float, float] = (-180.0, -80.0, 180.0, 84.0)
    timezone: str = "UTC"
    markings: tuple[str, ...] = LEVELS
    default_marking: str = LEVELS[0]
    parties: tuple[tuple[str, str], ...] = (("A", "Party A"), ("B", "Party B"))
    exercise: bool = False
    clock_running: bool = False
    seed: int = 1
    watch_hours: tuple[int, ...] = (6, 18)
    tile_sources: tuple[TileSource, ...] = ()
    limits: Limits = Limits()
    scene_limits: SceneLimits = USUAL_SCENES
    alerts: tuple[AlertRule, ...] = ()
    releases: tuple[ReleaseProfile, ...] = ()
    letterhead: Letterhead = USUAL_LETTERHEAD


_USUAL = asdict(Limits())


def read(folder: Path) -> Configuration:
    """Read a mission folder's configuration.

    Raises
    ------
    MissionUnusable
        The folder has no ``mission.toml``, or a value in it cannot be used; the message names it.
    """
    path = folder / _FILE
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except FileNotFoundError:
        raise MissionUnusable(f"{folder} holds no {_FILE}; make a mission with: greenline init {folder}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise MissionUnusable(f"{path} is not valid TOML ({fault}); mend that line") from None
    except RecursionError:
        raise MissionUnusable(f"{path} has lists or tables nested too deep to read; no setting nests more than two") from None
    except ValueError:
        raise MissionUnusable(f"{path} has a number of thousands of digits; no setting takes one, write a shorter one") from None
    return _checked(path, found)


def write(folder: Path, configuration: Configuration) -> None:
    """Write a new mission's configuration; an existing one is never replaced.

    Raises
    ------
    MissionUnusable
        The folder already is a mission, or a value could not be read back; then nothing is written.
    """
    path = folder / _FILE
    try:
        text = _text(configuration)
        _parties(path, dict(configuration.parties))
        _checked(path, tomllib.loads(text))
    except (ValueError, OverflowError) as fault:
        raise MissionUnusable(f"{path} cannot hold these values ({fault}); use plain text and numbers a setting takes") from None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise MissionUnusable(f"{folder} already is a mission; choose another folder") from None


def private_exercise() -> Path:
    """Return the folder of this user's own copy of the exercise mission.

    ``GREENLINE_HOME`` moves it; otherwise it lies where the system keeps a user's data.
    """
    home = os.environ.get("GREENLINE_HOME")
    return (Path(home) if home else user_data_path("greenline", appauthor=False)) / "exercise"


def _text(c: Configuration) -> str:
    lines = [
        f"title = {quoted(c.title)}",
        f"bbox = {list(c.box)}",
        f"timezone = {quoted(c.timezone)}",
        f"markings = {listed(c.markings)}",
        f"default_marking = {quoted(c.default_marking)}",
        f"watch_hours = {list(c.watch_hours)}",
    ]
    if c.exercise:
        lines += ["", "[exercise]", f"seed = {c.seed}", f"clock_running = {str(c.clock_running).lower()}"]
    for source in c.tile_sources:
        lines += ["", "[[tiles]]", f"name = {quoted(source.name)}", f"url = {quoted(source.url)}"]
        lines.append(f"attribution = {quoted(source.attribution)}")
    if c.limits != Limits():
        lines += ["", "[limits]", *(f"{name} = {most}" for name, most in asdict(c.limits).items() if most != _USUAL[name])]
    lines += scene_limit_lines(c.scene_limits)
    lines += ["", "[parties]", *(f"{code} = {quoted(name)}" for code, name in c.parties)]
    lines += letterhead_lines(c.letterhead) + written(c.alerts) + release_lines(c.releases)
    return "\n".join(lines) + "\n"


def _checked(path: Path, found: dict[str, object]) -> Configuration:
    def wrong(name: str, want: str) -> MissionUnusable:
        return MissionUnusable(f"{path}: {name} is {shown(found.get(name))}; write {want}")

    if more := sorted(found.keys() - _KEYS):
        raise MissionUnusable(f"{path}: there is no setting {shown(more[0])}; the settings are {', '.join(sorted(_KEYS))}")
    title = found.get("title")
    if not isinstance(title, str) or not title.strip():
        raise wrong("title", "the mission's name in quotes")
    box = found.get("bbox", [-180.0, -80.0, 180.0, 84.0])
    if not _is_box(box):
        raise wrong("bbox", "[west, south, east, north] in degrees, west below east and south below north")
    zone = found.get("timezone", "UTC")
    if not isinstance(zone, str) or not _is_zone(zone):
        raise wrong("timezone", 'an IANA name such as "Europe/Athens"')
    markings = found.get("markings", list(LEVELS))
    if not (isinstance(markings, list) and markings and all(isinstance(m, str) and m for m in markings)):
        raise wrong("markings", "the marking codes from lowest to highest")
    if len({marking.casefold() for marking in markings}) < len(markings):
        raise wrong("markings", "each marking code once, whatever its case")
    default = found.get("default_marking", markings[0])
    if default not in markings:
        raise wrong("default_marking", f"one of {markings}")
    hours = found.get("watch_hours", [6, 18])
    if not (isinstance(hours, list) and hours and all(type(h) is int and 0 <= h < 24 for h in hours)):
        raise wrong("watch_hours", "the local hours at which a watch begins, such as [6, 18]")
    drill = found.get("exercise", {})
    if not (isinstance(drill, dict) and isinstance(drill.get("clock_running", False), bool) and _is_seed(drill.get("seed", 1))):
        raise wrong(
            "exercise", f"it as [exercise] with clock_running = true or false and seed = a whole number from 0 to {_SEEDS:,}"
        )
    west, south, east, north = (float(v) for v in box)
    return Configuration(
        title=title.strip(),
        box=(west, south, east, north),
        timezone=zone,
        markings=tuple(markings),
        default_marking=str(default),
        parties=_parties(path, found.get("parties", {"A": "Party A", "B": "Party B"})),
        exercise="exercise" in found,
        clock_running=bool(drill.get("clock_running", False)),
        seed=int(drill.get("seed", 1)),
        watch_hours=tuple(sorted(hours)),
        tile_sources=_tile_sources(path, found.get("tiles", [])),
        limits=_limits(path, found.get("limits", {})),
        scene_limits=scene_limits(path, found.get("scene_limits", {})),
        alerts=alert_rules(path, found.get("alerts", [])),
        releases=releases(path, found.get("release", []), markings),
        letterhead=letterhead(path, found.get("letterhead", {})),
    )


def _is_box(box: object) -> TypeGuard[list[float]]:
    if not (isinstance(box, list) and len(box) == 4 and all(type(v) in (int, float) for v in box)):
        return False
    west, south, east, north = box
    return bool(-360 <= west < east <= 360 and -90 <= south < north <= 90)


def _is_seed(seed: object) -> bool:
    return type(seed) is int and 0 <= seed <= _SEEDS


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _parties(path: Path, found: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(found, dict) or not found or not all(_CODE.fullmatch(k) and isinstance(v, str) for k, v in found.items()):
        raise MissionUnusable(f'{path}: [parties] must give each side a name, such as A = "Party A"')
    return tuple((str(k), str(v)) for k, v in found.items())


def _tile_sources(path: Path, found: object) -> tuple[TileSource, ...]:
    if not isinstance(found, list):
        raise MissionUnusable(f"{path}: write online base maps as [[tiles]] with name, url and attribution")
    sources = []
    for entry in found:
        url = entry.get("url", "") if isinstance(entry, dict) else ""
        if not isinstance(url, str) or not url.startswith("https://"):
            raise MissionUnusable(f"{path}: the url of a [[tiles]] entry is {shown(url)}; it must begin with https://")
        sources.append(TileSource(_said(path, entry, "name", "Online"), url, _said(path, entry, "attribution", "")))
    return tuple(sources)


def _said(path: Path, entry: Mapping[str, object], name: str, usual: str) -> str:
    text = entry.get(name, usual)
    if not isinstance(text, str):
        raise MissionUnusable(f"{path}: the {name} of a [[tiles]] entry is {shown(text)}; write it in quotes")
    return text


def _limits(path: Path, found: object) -> Limits:
    if not isinstance(found, dict):
        raise MissionUnusable(f"{path}: write limits as [limits] with {', '.join(_USUAL)}, each a whole number")
    for name, most in found.items():
        if name not in _USUAL:
            raise MissionUnusable(f"{path}: there is no limit {shown(name)}; the limits are {', '.join(_USUAL)}")
        if type(most) is not int or not 1 <= most <= _LARGEST[name]:
            raise MissionUnusable(f"{path}: limits {name} is {shown(most)}; write a whole number from 1 to {_LARGEST[name]:,}")
    return Limits(**found)
