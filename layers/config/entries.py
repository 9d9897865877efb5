"""Entries of a list of tables in ``mission.toml``: what all of them have, checked alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from layers.config.text import shown
from layers.errors import MissionUnusable

#: How long a title and the like may be, in characters.
LONGEST = 120
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Named(Protocol):
    """What an entry becomes."""

    @property
    def id(self) -> str:
        """Return what names it for good."""


Made = TypeVar("Made", bound=Named)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was found: ``number`` from 1, ``found`` its settings."""

    path: Path
    table: str
    number: int
    found: Mapping[str, object]

    @property
    def called(self) -> str:
        """Return what a message calls it."""
        name = self.found.get("id")
        return f"[[{self.table}]] {name[:40]!r}" if isinstance(name, str) else f"[[{self.table}]] number {self.number}"

    def wrong(self, name: str, want: str) -> MissionUnusable:
        """Return the fault of a setting, with what was got and what to write."""
        return MissionUnusable(f"{self.path}: {name} of {self.called} is {shown(self.found.get(name))}; write {want}")

    def refused(self, why: str) -> MissionUnusable:
        """Return the fault of the whole entry."""
        return MissionUnusable(f"{self.path}: {self.called} {why}")


def entries(
    path: Path, table: str, found: object, made: Callable[[Entry], Made], *, keys: Sequence[str], most: int, called: str
) -> tuple[Made, ...]:
    """Return what the entries of a list of tables become; each has an ``id`` of its own and a ``title``.

    Parameters
    ----------
    keys : sequence of str
        The settings that an entry may have.
    most : int
        So many entries at most.
    called : str
        What a message calls one, ``alert rule``.

    Raises
    ------
    MissionUnusable
        An entry cannot be used; the message names it, and says what to write.
    """
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise MissionUnusable(f"{path}: write each {called} as [[{table}]] with {', '.join(keys)}")
    if len(found) > most:
        raise MissionUnusable(f"{path}: there are {len(found)} [[{table}]]; write {most} at most")
    whole = tuple(made(_sound(Entry(path, table, number, entry), keys, called)) for number, entry in enumerate(found, 1))
    named = [one.id for one in whole]
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise MissionUnusable(f"{path}: two [[{table}]] have the id {twice!r}; give each its own")
    return whole


def _sound(entry: Entry, keys: Sequence[str], called: str) -> Entry:
    """Return an entry whose settings are known, and whose id and title can be used."""
    if more := sorted(entry.found.keys() - set(keys)):
        raise entry.refused(f"has no setting {more[0][:40]!r}; the settings are {', '.join(keys)}")
    name, title = entry.found.get("id"), entry.found.get("title")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise entry.wrong("id", "a short name of small letters, digits, - and _, in quotes")
    if not isinstance(title, str) or not title.strip() or len(title) > LONGEST:
        raise entry.wrong("title", f"what the {called} is called, in quotes, {LONGEST} characters at most")
    return entry
