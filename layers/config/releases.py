"""The release profiles of a mission: what may leave under a lower marking, and how coarse, as ``mission.toml`` writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from layers.config.entries import Entry, entries
from layers.config.text import listed, quoted

Dates = Literal["hour", "day", "week", "month"]
Prose = Literal["drop", "scanned"]
#: The sides of cells that rows may be put into, metres.
CELLS_M = (1_000, 10_000, 100_000)
_MOST, _MOST_NAMES, _LARGEST = 20, 100, 1_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LISTS = ("exact", "alike")
_TABLES = ("keep", "drop")

#: Names of fields, by the layer they are of.
Named = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ReleaseProfile:
    """On which terms rows may leave. A layer that is neither in ``keep`` nor in ``drop`` does not leave.

    Attributes
    ----------
    id : str
        Names the profile for good: the audit keeps it.
    title : str
        What it is called on the screen and on what was released.
    marking : str
        What is released under it bears this marking of the mission.
    keep, drop : tuple of (layer, fields)
        Of these layers only these fields are kept, or all but these.
    exact : tuple of str
        Layers whose features leave where they lie, such as agreed lines; all others are put into cells.
    cell_m : int
        Points are put into the middle of MGRS cells of this side, metres: 1,000, 10,000 or 100,000.
    dates : str
        Times become the hour, day, week (from Monday) or month of UTC that they lie in.
    fewest : int
        Cells with fewer records are left out.
    alike : tuple of str
        Records of a cell count together where they are alike in these fields, of those that are kept.
    text : str
        ``drop`` leaves the field of free text out; ``scanned`` keeps texts without signs of persons.
    """

    id: str
    title: str
    marking: str
    keep: Named = ()
    drop: Named = ()
    exact: tuple[str, ...] = ()
    cell_m: int = 10_000
    dates: Dates = "day"
    fewest: int = 5
    alike: tuple[str, ...] = ("kind",)
    text: Prose = "drop"


_KEYS = tuple(field.name for field in fields(ReleaseProfile))
_USUAL = ReleaseProfile("", "", "")


def releases(path: Path, found: object, markings: Sequence[str]) -> tuple[ReleaseProfile, ...]:
    """Read the ``[[release]]`` profiles of a mission's configuration.

    Raises
    ------
    MissionUnusable
        An entry cannot be used; the message names it, and says what to write.
    """
    return entries(
        path, "release", found, lambda entry: _release(entry, markings), keys=_KEYS, most=_MOST, called="release profile"
    )


def release_lines(made: Sequence[ReleaseProfile]) -> list[str]:
    """Return profiles as lines of ``mission.toml``, which ``releases`` reads back; what is usual is left out."""
    lines: list[str] = []
    for one in made:
        lines += ["", "[[release]]", *(f"{name} = {quoted(getattr(one, name))}" for name in ("id", "title", "marking"))]
        lines += [f"{name} = {listed(getattr(one, name))}" for name in _LISTS if getattr(one, name) != getattr(_USUAL, name)]
        lines += [
            f"{name} = {getattr(one, name)}" for name in ("cell_m", "fewest") if getattr(one, name) != getattr(_USUAL, name)
        ]
        lines += [
            f"{name} = {quoted(getattr(one, name))}" for name in ("dates", "text") if getattr(one, name) != getattr(_USUAL, name)
        ]
        for table in _TABLES:
            named: Named = getattr(one, table)
            lines += [f"[release.{table}]", *(f"{layer} = {listed(names)}" for layer, names in named)] if named else []
    return lines


def plain(of: ReleaseProfile) -> dict[str, Any]:
    """Return a profile as JSON holds it, and ``read_back`` reads."""
    said = {name: getattr(of, name) for name in _KEYS}
    return (
        said | {name: list(said[name]) for name in _LISTS} | {name: {at: list(of) for at, of in said[name]} for name in _TABLES}
    )


def read_back(said: Mapping[str, Any]) -> ReleaseProfile:
    """Return the profile of a line that ``plain`` wrote."""
    return _made(said)


def _release(of: Entry, markings: Sequence[str]) -> ReleaseProfile:
    entry, wrong = of.found, of.wrong
    if entry.get("marking") not in markings:
        raise wrong("marking", f"one of {', '.join(markings)}")
    for each in _TABLES:
        if not _is_table(entry.get(each, {})):
            raise wrong(each, f'it as [release.{each}] with the names of fields by layer, such as incidents = ["kind", "party"]')
    keep, drop = (entry.get(each) or {} for each in _TABLES)
    if not isinstance(keep, dict) or not isinstance(drop, dict) or not keep.keys() | drop.keys():
        raise of.refused("lets no layer out; name fields under [release.keep] or [release.drop]")
    if both := sorted(keep.keys() & drop.keys()):
        raise of.refused(f"names {both[0]} under keep and under drop; write one of the two")
    for each in _LISTS:
        if not _names(entry.get(each, [])):
            raise wrong(each, f'a list of names such as ["kind"], {_MOST_NAMES} at most')
    _coarse(of)
    return _made(entry)


def _coarse(of: Entry) -> None:
    """Refuse what says in no known way how coarse rows become."""
    entry, wrong = of.found, of.wrong
    if type(entry.get("cell_m", CELLS_M[0])) is not int or entry.get("cell_m", CELLS_M[0]) not in CELLS_M:
        raise wrong("cell_m", f"the side of a cell in metres, one of {', '.join(map(str, CELLS_M))}")
    fewest = entry.get("fewest", 1)
    if type(fewest) is not int or not 1 <= fewest <= _LARGEST:
        raise wrong("fewest", f"a whole number from 1 to {_LARGEST:,}")
    for name, choices in (("dates", get_args(Dates)), ("text", get_args(Prose))):
        if entry.get(name, choices[0]) not in choices:
            raise wrong(name, f"one of {', '.join(choices)}, in quotes")


def _made(entry: Mapping[str, Any]) -> ReleaseProfile:
    """Return the profile of a checked entry."""
    said = dict(entry) | {"title": entry["title"].strip()}
    said |= {name: tuple(entry[name]) for name in _LISTS if name in entry}
    said |= {name: tuple((layer, tuple(names)) for layer, names in entry[name].items()) for name in _TABLES if name in entry}
    return ReleaseProfile(**said)


def _is_table(found: object) -> bool:
    return (
        isinstance(found, dict)
        and len(found) <= _MOST_NAMES
        and all(_NAME.fullmatch(layer) and _names(names) for layer, names in found.items())
    )


def _names(found: object) -> bool:
    return (
        isinstance(found, list)
        and len(found) <= _MOST_NAMES
        and all(isinstance(name, str) and _NAME.fullmatch(name) for name in found)
    )
