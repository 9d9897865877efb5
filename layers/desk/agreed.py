"""The mission's agreement as its folder and its record have it, and what it makes of the rows of the index."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from layers.analysis import grounds, rules
from layers.analysis.agreement import Agreement, Clause, ClauseFault
from layers.analysis.clauses import LONGEST, Known, read, too_long
from layers.analysis.grounds import Spots
from layers.analysis.place import Feature, Surroundings
from layers.analysis.rules import Incidents, Said, Terms, ruled
from layers.analysis.standing import Ints
from layers.config import Configuration
from layers.desk import places
from layers.index import BETWEEN, Codes, Columns, Shapes, degrees
from layers.model import Layer

FILE = "agreement.toml"
#: How the index spells a verdict, by its number in ``rules.VERDICTS``.
LETTERS = ("", "C", "U", "V")
#: The words of a verdict, the worst first.
VERDICTS = tuple(reversed(rules.VERDICTS[1:]))
#: So many different rulings the index tells apart.
MOST_RULINGS = 65_535

_ELSEWHERE = "is no plain file of the mission's folder; put the file itself there, not a link to it"
_FULL = "its clauses come out in more than 65,535 different ways together; fewer clauses about the same kinds are needed"

Stamp = tuple[int, int] | None
Spelled = Mapping[str, dict[str, int]]


@dataclass(frozen=True, eq=False, slots=True)
class Agreed:
    """The agreement that applies, or none and why not.

    ``digest`` differs where anything does that a verdict depends on, lines and zones aside.
    """

    agreement: Agreement | None
    faults: tuple[ClauseFault, ...]
    terms: Terms
    digest: str

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Return the clauses that apply; none of an agreement that is refused."""
        return self.agreement.clauses if self.agreement else ()

    def full(self) -> Agreed:
        """Return it refused, because the index cannot tell its results apart."""
        return Agreed(None, (ClauseFault("", _FULL),), self.terms, self.digest)


@dataclass(frozen=True, eq=False, slots=True)
class Rulings:
    """What all clauses together make of rows: each row's position in ``together``, which spells them."""

    number: Ints
    together: tuple[str, ...]


def stamp(folder: Path) -> Stamp:
    """Return what changes when the file does; None where there is none."""
    try:
        found = (folder / FILE).lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def own(folder: Path) -> bool:
    """Say whether the file is there, a plain one of this folder: a link may lead anywhere, and a pipe has no end."""
    try:
        return stat.S_ISREG((folder / FILE).lstat().st_mode)
    except OSError:
        return False


def agreed(folder: Path, around: Surroundings, configuration: Configuration, layers: Sequence[Layer]) -> Agreed:
    """Return the agreement of a mission's folder as it applies to the record's lines and zones.

    One fault and no clause applies; a folder without the file has no agreement and no fault.
    """
    parties = tuple(code for code, _ in configuration.parties)
    weapons = {word: code for layer in layers for word, code in _weapons(layer).items()}
    kinds = [choice.code for layer in layers if layer.tiled and (kind := layer.field("kind")) for choice in kind.choices]
    known = Known(
        tuple(kinds), tuple(dict.fromkeys(weapons.values())), parties, _names(around.lines.every), _names(around.zones.every)
    )
    text, faults = _text(folder)
    found = None
    if text is not None:
        found, faults = read(text, known)
    if found and (faults := _one_sided(found.clauses, around, parties)):
        found = None
    terms = Terms(around, parties, weapons, found.sure if found else 0.95)
    said = repr((text, faults, parties))
    return Agreed(found, faults, terms, hashlib.sha256(said.encode("utf-8", "replace")).hexdigest())


def _text(folder: Path) -> tuple[str | None, tuple[ClauseFault, ...]]:
    if not os.path.lexists(folder / FILE):
        return None, ()
    if not own(folder):
        return None, (ClauseFault("", _ELSEWHERE),)
    try:
        with (folder / FILE).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > LONGEST:
                return None, (too_long(size),)
            return file.read(LONGEST).decode("utf-8-sig"), ()
    except (OSError, UnicodeDecodeError) as fault:
        return None, (ClauseFault("", f"cannot be read ({fault}); save it as plain UTF-8 text"),)


def _names(every: Iterable[Feature]) -> tuple[str, ...]:
    held = list(every)
    return tuple(dict.fromkeys([*(one.name for one in held if one.name), *(name for one in held for name in one.ids)]))


def _one_sided(clauses: Iterable[Clause], around: Surroundings, parties: tuple[str, ...]) -> tuple[ClauseFault, ...]:
    """Return why clauses about a side of a line cannot be judged for both parties alike."""
    return tuple(
        ClauseFault(clause.id, f"speaks of a side of the line {line.name or line.id!r}, {_beside(line, parties)}")
        for clause in clauses
        if clause.where.side
        for line in grounds.named(around, clause.where).every
        if not grounds.tells_sides(line, parties)
    )


def _beside(line: Feature, parties: Sequence[str]) -> str:
    left, right = (repr(whose[:40]) if whose else "no party" for whose in (line.left, line.right))
    return f"which has {left} to its left and {right} to its right; give it two of {', '.join(parties)}"


def _weapons(layer: Layer) -> dict[str, str]:
    """Return every spelling of a weapon that a layer knows, in small letters, and its code."""
    field = layer.field("weapon")
    return {
        word.casefold(): choice.code
        for choice in (field.choices if field else ())
        for word in (choice.code, choice.code.replace("_", " "), choice.label, *choice.aliases)
    }


def rulings(found: Agreed, columns: Columns, spelled: Spelled, said: Callable[[Ints], Sequence[Said]]) -> Rulings:
    """Return what the clauses make of rows of the index.

    ``spelled`` is the index's vocabulary; ``said`` gives what the versions of some numbers say beside, in the order asked.
    """
    number, together = np.zeros(len(columns), np.int64), [""]
    clauses = [one for one in found.clauses if one.on == "incidents"]
    if not (clauses and len(columns) and {"kind", "party"} <= spelled.keys()):
        return Rulings(number, tuple(together))
    asked = Incidents(
        Spots(*degrees(columns.key), columns.start, columns.precision.astype(np.float64)),
        rules.Codes(columns.codes["kind"], tuple(spelled["kind"])),
        rules.Codes(columns.codes["party"], tuple(spelled["party"])),
        lambda rows: said(columns.seq[rows]),
    )
    for clause in clauses:
        ruling = ruled(clause, asked, found.terms)
        pair = number[ruling.rows] * len(LETTERS) + ruling.verdict
        for one in np.unique(pair).tolist():
            before, verdict = divmod(one, len(LETTERS))
            together.append(BETWEEN.join(filter(None, (together[before], f"{clause.id}={LETTERS[verdict]}"))))
            number[ruling.rows[pair == one]] = len(together) - 1
    return Rulings(number, tuple(together))


@lru_cache(MOST_RULINGS)
def decoded(text: str) -> tuple[tuple[str, str], ...]:
    """Return what the index spells of a row: each clause that speaks of it, by id, and the verdict in a word.

    Examples
    --------
    >>> decoded(f"4.1=V{BETWEEN}4.2=C")
    (('4.1', 'violation'), ('4.2', 'compliant'))
    """
    pairs = (one.rpartition("=") for one in text.split(BETWEEN) if one)
    return tuple((clause, rules.VERDICTS[LETTERS.index(letter)]) for clause, _, letter in pairs)


def codes(found: Rulings, vocabulary: Spelled) -> Codes | None:
    """Return rulings as the index codes them; ``vocabulary`` grows by those met for the first time. None: there are too many."""
    used = np.unique(found.number)
    known = vocabulary["ruling"]
    if len(known) + sum(found.together[n] not in known for n in used.tolist()) > MOST_RULINGS:
        return None
    table = np.zeros(len(found.together), np.uint16)
    table[used] = [known.setdefault(found.together[n], len(known)) for n in used.tolist()]
    return table[found.number]


def said(fields: Mapping[str, object]) -> Said:
    """Return what a report's fields say beside the columns: the weapon stands in the column that its source named so."""
    extra = fields.get("extra")
    beside = extra if isinstance(extra, dict) else {}
    weapon = next((str(beside[name]) for name in beside if name.strip().casefold() in ("weapon", "weapons")), "")
    return Said(str(fields.get("target") or ""), weapon)


def ranks(found: Agreed, shapes: Mapping[str, Shapes]) -> dict[str, int]:
    """Return the rank of each clause by its id: the highest marking among the lines and zones that decide it, -1 for none.

    A line of several parts has the highest marking of them all.
    """
    if not found.clauses:
        return {}
    around = found.terms.around
    lines, zones = (
        _ranks(every.every, shapes[layer]) if layer in shapes else {}
        for layer, every in ((places.LINES, around.lines), (places.ZONES, around.zones))
    )
    held: dict[str, int] = {}
    for clause in found.clauses:
        told = [*(lines.get(name, -1) for name in clause.where.lines), *(zones.get(name, -1) for name in clause.zones)]
        held[clause.id] = max([held.get(clause.id, -1), *told])
    return held


def _ranks(every: Iterable[Feature], shapes: Shapes) -> dict[str, int]:
    """Return by each word that means some of the features the highest marking of what stands of them."""
    marked: dict[str, int] = {}
    for n in np.flatnonzero(places.standing(shapes)).tolist():
        marked[shapes.feature[n]] = max(marked.get(shapes.feature[n], -1), int(shapes.marking[n]))
    found: dict[str, int] = {}
    for one in every:
        rank = max(marked.get(part, -1) for part in one.ids)
        found |= {name: max(found.get(name, -1), rank) for name in one.called}
    return found
