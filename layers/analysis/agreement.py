"""An agreement as data: what its clauses forbid, where, when and to whom, and what is exempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layers.model import NO_TIME

On = Literal["incidents", "holdings"]
Relation = Literal["anywhere", "inside", "within", "band", "across"]
Side = Literal["", "own", "other"]


@dataclass(frozen=True, slots=True)
class Where:
    """The ground that a clause or an exemption speaks of.

    Attributes
    ----------
    relation : str
        ``anywhere``; ``inside`` zones; ``within`` ``to_m`` metres of lines or zones; in the ``band`` from ``from_m`` to ``to_m``
        metres of lines; ``across`` lines, which is on the side of another party.
    lines, zones : tuple of str
        Names or ids. Only what stood when something occurred counts.
    side : str
        Which side of the line is meant: the party's ``own``, or the ``other``; blank for both.
    """

    relation: Relation = "anywhere"
    lines: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    from_m: float = 0.0
    to_m: float = 0.0
    side: Side = ""

    @property
    def named(self) -> tuple[str, ...]:
        """Return the lines or zones, as they are named."""
        return self.lines or self.zones


@dataclass(frozen=True, slots=True)
class Exemption:
    """What a clause lets pass, and why. It holds where all that it asks for does; an empty one asks for nothing.

    ``targets`` are words of the report's own target, such as ``medevac``. ``daylight`` is true for by day only, false for by night
    only. ``start`` and ``until`` are microseconds since 1970 UTC, the second not included; NO_TIME is open.
    """

    reason: str
    kinds: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    start: int = int(NO_TIME)
    until: int = int(NO_TIME)
    daylight: bool | None = None

    def lasts(self, moment: int) -> bool:
        """Say whether it is in force at a moment."""
        return in_force(self.start, self.until, moment)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of an agreement, in one version.

    Attributes
    ----------
    id, title, text : str
        ``text`` is the wording, which stands beside every result.
    on : str
        What it speaks of: ``incidents``, which it forbids, or ``holdings``, whose number it bounds.
    kinds, weapons, parties : tuple of str
        Codes; none means every one.
    where : Where
    start, until : int
        When it is in force, microseconds since 1970 UTC, the second not included; NO_TIME is open.
    exempt : tuple of Exemption
    most : tuple of (weapon, number)
        Of each party, how many of a weapon at most.
    inspected_within_days : int
        How old an inspection may be to say that a ceiling is kept; 0 for any age.
    """

    id: str
    title: str
    text: str
    on: On = "incidents"
    kinds: tuple[str, ...] = ()
    weapons: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    where: Where = Where()
    start: int = int(NO_TIME)
    until: int = int(NO_TIME)
    exempt: tuple[Exemption, ...] = ()
    most: tuple[tuple[str, int], ...] = ()
    inspected_within_days: int = 0

    def lasts(self, moment: int) -> bool:
        """Say whether the clause is in force at a moment."""
        return in_force(self.start, self.until, moment)

    @property
    def zones(self) -> tuple[str, ...]:
        """Return every zone that decides something, those of the exemptions included."""
        return tuple(dict.fromkeys([*self.where.zones, *(zone for one in self.exempt for zone in one.zones)]))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Clauses, where they come from, and how sure a verdict must be, above 0.5 to 1."""

    title: str
    source: str
    sure: float = 0.95
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseFault:
    """Why an agreement is refused, and at which clause; a blank clause is the agreement itself."""

    clause: str
    reason: str


def in_force(start: int, until: int, moment: int) -> bool:
    """Say whether a moment lies from ``start`` to before ``until``; NO_TIME is open, and a moment of NO_TIME lies in open spans only."""
    begun, lasts = start == NO_TIME, until == NO_TIME
    if moment == NO_TIME:
        return bool(begun and lasts)
    return bool((begun or start <= moment) and (lasts or moment < until))
