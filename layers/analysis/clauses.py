"""Clauses read from the text of ``agreement.toml``. One fault and none applies; all faults are told at once."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import combinations

from layers.analysis.agreement import Agreement, Clause, ClauseFault, Exemption, On, Relation, Side, Where
from layers.model import NO_TIME, to_micros

#: So many bytes, clauses and exemptions of one clause are read at most.
LONGEST, MOST_CLAUSES, MOST_EXEMPTIONS = 1_000_000, 200, 50
_MOST_LISTED = 100
_FARTHEST_M = 500_000
_LARGEST = 1_000_000
#: Dates of clauses lie from the first to before the second.
_EARLIEST, _LATEST = (to_micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (1900, 2200))
_TITLE, _WORDING = 300, 10_000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SURE = 0.95
#: What one of several is called.
_ONE = {"kinds": "kind", "weapons": "weapon", "parties": "party"}


@dataclass(frozen=True, slots=True)
class Known:
    """What a clause may name: codes of kinds, weapons and parties; lines and zones by name or id."""

    kinds: tuple[str, ...]
    weapons: tuple[str, ...]
    parties: tuple[str, ...]
    lines: tuple[str, ...]
    zones: tuple[str, ...]


def read(text: str, known: Known) -> tuple[Agreement | None, tuple[ClauseFault, ...]]:
    """Return the agreement that a text spells, or None and every reason against it.

    Parameters
    ----------
    text : str
        TOML: ``title``, ``source``, ``sure`` and ``[[clauses]]``, each with ``[[clauses.exempt]]``.
    known : Known
        What the record has. What a clause names beyond that is a fault.
    """
    size = len(text.encode("utf-8", "replace"))
    if size > LONGEST:
        return None, (too_long(size),)
    try:
        return _understood(tomllib.loads(text), known)
    except (ValueError, OverflowError, RecursionError) as fault:
        return None, (ClauseFault("", f"is not valid TOML ({str(fault)[:200]}); mend that line"),)


def too_long(size: int) -> ClauseFault:
    """Return why a text of so many bytes is not read, not even in part."""
    return ClauseFault("", f"is {size:,} bytes long; at most {LONGEST:,} are read, and none of a longer one")


def _understood(found: Mapping[str, object], known: Known) -> tuple[Agreement | None, tuple[ClauseFault, ...]]:
    faults: list[ClauseFault] = []
    whole = _Entry("", found, faults)
    title, source = whole.text("title", _TITLE), whole.text("source", _TITLE, needed=False)
    sure = whole.number("sure", 0.5, 1.0, usual=_SURE, above=True)
    clauses = [_clause(one, n, known, faults) for n, one in enumerate(whole.tables("clauses", MOST_CLAUSES), 1)]
    whole.rest()
    faults += _overlapping(clauses)
    if faults:
        return None, tuple(faults)
    return Agreement(title, source, sure, tuple(clauses)), ()


def _clause(said: Mapping[str, object], number: int, known: Known, faults: list[ClauseFault]) -> Clause:
    name = said.get("id")
    good = isinstance(name, str) and bool(_ID.fullmatch(name))
    entry = _Entry(str(name) if good else f"number {number}", said, faults)
    if not good:
        entry.wrong("id", "1 to 40 letters, digits, dots or dashes")
    on: On = "holdings" if "most" in said else "incidents"
    start, until = entry.span()
    made = Clause(
        id=entry.text("id", _TITLE, needed=False),
        title=entry.text("title", _TITLE),
        text=entry.text("text", _WORDING),
        on=on,
        kinds=entry.codes("kinds", known.kinds) if on == "incidents" else (),
        weapons=entry.codes("weapons", known.weapons) if on == "incidents" else (),
        parties=entry.codes("parties", known.parties),
        where=_where(entry, known),
        start=start,
        until=until,
        exempt=tuple(_exemption(entry, one, known) for one in entry.tables("exempt", MOST_EXEMPTIONS) if on == "incidents"),
        most=entry.ceilings(known.weapons) if on == "holdings" else (),
        inspected_within_days=int(entry.number("inspected_within_days", 1, 36_500, usual=0)) if on == "holdings" else 0,
    )
    if on == "incidents" and not (made.kinds or made.weapons):
        entry.fault("says neither 'kinds' nor 'weapons', so it would forbid everything; name what it forbids")
    entry.rest()
    return made


def _where(entry: _Entry, known: Known) -> Where:
    lines, zones = entry.named("line", known.lines), entry.named("zone", known.zones)
    across, side = entry.flag("across"), entry.word("side", ("own", "other"))
    within, begin, end = (entry.metres(key) for key in ("within_m", "from_m", "to_m"))
    if lines and zones:
        entry.fault("names a line and a zone; write the one it is measured from")
    if (begin is None) != (end is None):
        entry.fault("says only one of 'from_m' and 'to_m'; a band has both")
    elif begin is not None and end is not None and begin >= end:
        entry.fault(f"has a band that is reversed, from {begin:g} m to {end:g} m; write the smaller one first")
    ways = [name for name, given in (("within_m", within), ("from_m", begin), ("across", across or None)) if given is not None]
    if len(ways) > 1:
        entry.fault(f"says {' and '.join(ways)}; one of them decides")
    if (across or begin is not None) and not lines:
        entry.fault(f"says {ways[-1]!r} without a line; write line = its name")
    if within is not None and not (lines or zones):
        entry.fault("says 'within_m' of nothing; write line or zone = its name")
    if lines and not ways:
        entry.fault("names a line and no distance; write within_m, from_m and to_m, or across = true")
    if side and (not lines or across):
        entry.fault("says a side where there is none to choose; it goes with a line and a distance")
    to_m = within if within is not None else end
    meant: Side = "other" if across else side  # type: ignore[assignment]
    return Where(_relation(ways, zones), lines, zones, begin or 0.0, to_m or 0.0, meant)


def _relation(ways: Sequence[str], zones: Sequence[str]) -> Relation:
    named: dict[str, Relation] = {"within_m": "within", "from_m": "band", "across": "across"}
    return named[ways[0]] if ways else "inside" if zones else "anywhere"


def _exemption(clause: _Entry, said: Mapping[str, object], known: Known) -> Exemption:
    entry = clause.under(said, "an exemption ")
    start, until = entry.span()
    made = Exemption(
        reason=entry.text("reason", _TITLE),
        kinds=entry.codes("kinds", known.kinds),
        targets=tuple(word.casefold() for word in entry.listed("targets")),
        zones=entry.named("zone", known.zones),
        start=start,
        until=until,
        daylight=entry.flag("daylight"),
    )
    entry.rest()
    return made


def _overlapping(clauses: Iterable[Clause]) -> list[ClauseFault]:
    by_id: dict[str, list[Clause]] = {}
    for one in clauses:
        by_id.setdefault(one.id, []).append(one)
    return [
        ClauseFault(name, "is in force twice at one time; end one version with 'until' where the next begins with 'from'")
        for name, versions in by_id.items()
        if name and any(_meet(one, other) for one, other in combinations(versions, 2))
    ]


def _meet(one: Clause, other: Clause) -> bool:
    first, second = (
        (-math.inf if c.start == NO_TIME else c.start, math.inf if c.until == NO_TIME else c.until) for c in (one, other)
    )
    return first[0] < second[1] and second[0] < first[1]


class _Entry:
    """A table of the text: each key is taken once, what is wrong with it is noted, and what is left over is unknown."""

    def __init__(self, clause: str, said: Mapping[str, object], faults: list[ClauseFault], begins: str = "") -> None:
        self._clause, self._said, self._faults, self._begins = clause, said, faults, begins
        self._taken: set[str] = set()

    def under(self, said: Mapping[str, object], begins: str) -> _Entry:
        """Return a table within this one, whose faults are this clause's."""
        return _Entry(self._clause, said, self._faults, begins)

    def fault(self, reason: str) -> None:
        """Note what is wrong."""
        self._faults.append(ClauseFault(self._clause, self._begins + reason))

    def wrong(self, key: str, want: str) -> None:
        """Note that the value of a key is not what it should be."""
        got = "is missing" if key not in self._said else f"is {_spelled(self._said[key])!r}"
        self.fault(f"{key!r} {got}; write {want}")

    def text(self, key: str, longest: int, *, needed: bool = True) -> str:
        """Return a text; a blank one only where none is needed."""
        value = self._take(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or len(value) > longest or (needed and not value.strip()):
            self.wrong(key, f"a text of up to {longest:,} characters")
            return ""
        return value.strip()

    def number(self, key: str, low: float, high: float, *, usual: float, above: bool = False) -> float:
        """Return a number within bounds, the lower one included unless it must lie ``above``."""
        value = self._take(key)
        if value is None:
            return usual
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or (above and value == low):
            self.wrong(key, f"a number {'above' if above else 'from'} {low:g} {'and up ' if above else ''}to {high:g}")
            return usual
        return float(value)

    def metres(self, key: str) -> float | None:
        """Return a distance, None where none is given."""
        return None if key not in self._said else self.number(key, 0, _FARTHEST_M, usual=0.0)

    def flag(self, key: str) -> bool | None:
        """Return true or false, None where neither is given."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "true or false")
            return None
        return value

    def word(self, key: str, choices: Sequence[str]) -> str:
        """Return one of some words, blank where none is given."""
        value = self._take(key)
        if value is not None and value not in choices:
            self.wrong(key, " or ".join(repr(one) for one in choices))
            return ""
        return "" if value is None else str(value)

    def listed(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text is a list of one."""
        value = self._take(key)
        found = [value] if isinstance(value, str) else value
        if found is None:
            return ()
        if not isinstance(found, list) or not 0 < len(found) <= _MOST_LISTED or not all(isinstance(one, str) for one in found):
            self.wrong(key, f"a list of 1 to {_MOST_LISTED} texts")
            return ()
        return tuple(dict.fromkeys(one.strip()[:_TITLE] for one in found))

    def codes(self, key: str, known: Sequence[str]) -> tuple[str, ...]:
        """Return a list of codes that are known."""
        return self._known(self.listed(key), f"no {_ONE[key]}", known, "write one of")

    def named(self, key: str, known: Sequence[str]) -> tuple[str, ...]:
        """Return the names of lines or zones that the record has."""
        return self._known(self.listed(key), f"no {key} called", known, "import it, or write one of")

    def ceilings(self, known: Sequence[str]) -> tuple[tuple[str, int], ...]:
        """Return how many of each weapon at most."""
        value = self._take("most")
        if not isinstance(value, dict) or not value or not all(_whole(number) for number in value.values()):
            self.wrong("most", "{ weapon = number } with whole numbers from 0, such as { tank = 20 }")
            return ()
        self._known(tuple(value), "no weapon", known, "write one of")
        return tuple((str(weapon), int(number)) for weapon, number in value.items())

    def span(self) -> tuple[int, int]:
        """Return when it is in force, from and until, as microseconds; NO_TIME where open."""
        start, until = self._moment("from"), self._moment("until")
        if NO_TIME not in (start, until) and start >= until:
            self.fault("ends before it begins; 'from' must lie before 'until'")
        return start, until

    def tables(self, key: str, most: int) -> list[Mapping[str, object]]:
        """Return the tables of a list."""
        value = self._take(key)
        found = [] if value is None else value
        if not isinstance(found, list) or len(found) > most or not all(isinstance(one, dict) for one in found):
            self.wrong(key, f"up to {most} tables, each headed [[{key}]]")
            return []
        return found

    def rest(self) -> None:
        """Note every key that was not taken."""
        for key in sorted(self._said.keys() - self._taken):
            self.fault(f"there is no setting {key[:40]!r} here; it may say {', '.join(sorted(self._taken))}")

    def _take(self, key: str) -> object:
        self._taken.add(key)
        return self._said.get(key)

    def _known(self, asked: tuple[str, ...], none: str, known: Sequence[str], do: str) -> tuple[str, ...]:
        for one in asked:
            if one not in known:
                listed = ", ".join(known[:20]) + (" and others" if len(known) > 20 else "") if known else "none there is yet"
                self.fault(f"{none} {one[:60]!r} is known; {do}: {listed}")
        return asked

    def _moment(self, key: str) -> int:
        value = self._take(key)
        if value is None:
            return int(NO_TIME)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time(), UTC)
        if not isinstance(value, datetime) or value.tzinfo is None:
            self.wrong(key, "a date such as 2026-03-01, or a time with its zone such as 2026-03-01T06:00:00Z")
            return int(NO_TIME)
        moment = to_micros(value)
        if not _EARLIEST <= moment < _LATEST:
            self.wrong(key, "a date of the years 1900 to 2199")
            return int(NO_TIME)
        return moment


def _spelled(value: object) -> str:
    """Return the beginning of a value as text; Python itself refuses to spell numbers of thousands of digits, and deep tables."""
    try:
        return str(value)[:60]
    except (ValueError, RecursionError):
        return "too large to be written out"


def _whole(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST
