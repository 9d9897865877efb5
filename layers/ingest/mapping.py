"""Which column of a file is which field, and why; shown, changed and remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any

from layers.ingest import own
from layers.ingest.conventions import Conventions
from layers.ingest.dialect import PLACES, Dialect, spellings
from layers.model import Layer

#: Why a column is a field's that a person named.
CHOSEN = "chosen by hand"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How one file is read.

    Attributes
    ----------
    dialect : str
        What kind of file it is taken for.
    columns : mapping of field or place to column names
        Tried in turn, or put together where the field is among ``joined``.
    why : mapping of field or place to text
        Why those columns.
    codes : mapping of field to a mapping of value to code
        In lower case; the dialect's and those given by hand.
    answers : Conventions
        What was said by hand of how it is written.
    conventions : Conventions or None
        How it is written; None where that is to be found out.
    """

    dialect: str
    columns: Mapping[str, tuple[str, ...]]
    why: Mapping[str, str] = field(default_factory=dict)
    joined: frozenset[str] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    steps: Mapping[str, tuple[str, tuple[float, ...], tuple[str, ...]]] = field(default_factory=dict)
    whole_numbers: frozenset[str] = frozenset()
    retracts: str = ""
    zone: str = ""
    answers: Conventions = field(default_factory=Conventions)
    conventions: Conventions | None = None

    @property
    def taken(self) -> frozenset[str]:
        """Return the columns that some field or place is read from."""
        return frozenset(name for names in self.columns.values() for name in names)

    def with_column(self, of: str, column: str | None) -> ColumnMapping:
        """Return this mapping with a field read from another column, or from none."""
        columns = {name: names for name, names in self.columns.items() if name != of}
        why = {name: reason for name, reason in self.why.items() if name != of}
        if column is not None:
            columns[of], why[of] = (column,), CHOSEN
        return replace(self, columns=columns, why=why, joined=self.joined - {of}, conventions=None)

    def with_code(self, of: str, value: str, code: str) -> ColumnMapping:
        """Return this mapping with one more value of the source that means one of our codes."""
        meanings = {**self.codes.get(of, {}), value.casefold(): code}
        return replace(self, codes={**self.codes, of: meanings}, conventions=None)

    def with_answers(self, answers: Conventions) -> ColumnMapping:
        """Return this mapping with what is said of how the file is written; the file is asked anew."""
        return replace(self, answers=answers, conventions=None)


def fitted(dialect: Dialect, tags: Mapping[str, str], layer: Layer, clocks: Sequence[str] = ()) -> ColumnMapping:
    """Return a dialect as it fits the columns of one file.

    Parameters
    ----------
    dialect : Dialect
    tags : mapping of column name to HXL tag
        Every column of the file, in order.
    layer : Layer
    clocks : sequence of str
        Columns most of whose cells are times of day.
    """
    spelled = {name: spellings(name, tag) for name, tag in tags.items()}
    columns: dict[str, tuple[str, ...]] = {}
    why: dict[str, str] = {}
    joined = set(dialect.joined)
    wanted = [of.name for of in layer.fields] + [place for place in PLACES if place == "wkt" or layer.geometry == "point"]
    for of in wanted:
        patterns = (*dialect.fields.get(of, ()), *(() if of in dialect.fields else (of,)))
        found = _matching(spelled, patterns)
        found = found if of in dialect.joined | dialect.tried else found[:1]
        if not found:
            continue
        columns[of], why[of] = tuple(found), _reason(dialect, of, found, tags)
        kind = layer.field(of)
        if kind is not None and kind.kind == "time" and len(found) == 1 and dialect.name in ("plain", "kobo", "hxl", "fixes"):
            clock = next((name for name in clocks if "time" in name.casefold() or "hour" in name.casefold()), None)
            if clock is not None and clock != found[0] and of == layer.time_field:
                columns[of], why[of] = (found[0], clock), f"{why[of]}; the time of day stands in {clock!r}"
                joined.add(of)
    return ColumnMapping(
        dialect.name,
        columns,
        why,
        frozenset(joined & columns.keys()),
        dialect.constants,
        dialect.codes,
        {of: step for of, step in dialect.steps.items() if step[0] in tags and of not in columns},
        dialect.whole_numbers,
        next((name for name, forms in spelled.items() if dialect.retracts and dialect.retracts in forms), ""),
        dialect.zone,
    )


def key(names: Sequence[str], layer: str) -> str:
    """Return the name under which the mapping of files with these columns is remembered.

    The refused rows of such a file, which come back with their reasons in one column more, are of the same source.
    """
    again = any(name.startswith(own.BECAUSE) for name in names)
    plain = [name for name in names if not (again and (name.startswith(own.BECAUSE) or name == own.SHAPE))]
    return blake2b(json.dumps([layer, sorted(plain)]).encode(), digest_size=10).hexdigest()


def to_text(mapping: ColumnMapping) -> str:
    """Return a mapping as JSON text: what holds for every file of its source."""
    plain = asdict(replace(mapping, answers=mapping.answers.lasting, conventions=None))
    del plain["conventions"]
    plain["joined"], plain["whole_numbers"] = sorted(mapping.joined), sorted(mapping.whole_numbers)
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True)


def from_text(text: str) -> ColumnMapping | None:
    """Return the mapping that a text holds; None where it holds none."""
    try:
        said: dict[str, Any] = json.loads(text)
        mapping = ColumnMapping(
            str(said["dialect"]),
            {str(of): tuple(map(str, names)) for of, names in said["columns"].items()},
            {str(of): str(reason) for of, reason in said["why"].items()},
            frozenset(map(str, said["joined"])),
            {str(of): str(text) for of, text in said["constants"].items()},
            {str(of): {str(a): str(b) for a, b in meanings.items()} for of, meanings in said["codes"].items()},
            {str(of): (str(a), tuple(map(float, b)), tuple(map(str, c))) for of, (a, b, c) in said["steps"].items()},
            frozenset(map(str, said["whole_numbers"])),
            str(said["retracts"]),
            str(said["zone"]),
            Conventions(**said["answers"]).lasting,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return mapping


def _matching(spelled: Mapping[str, tuple[str, ...]], patterns: Sequence[str]) -> list[str]:
    matching = (
        (name, pattern) for pattern in patterns for name, forms in spelled.items() if any(fnmatchcase(f, pattern) for f in forms)
    )
    return list(dict.fromkeys(name for name, _ in matching))


def _reason(dialect: Dialect, of: str, found: Sequence[str], tags: Mapping[str, str]) -> str:
    if tags.get(found[0]):
        return f"it is tagged {tags[found[0]]}"
    if dialect.name == "plain":
        return "it is called so" if of in spellings(found[0]) else "it is called as such columns usually are"
    return f"{dialect.title} says it there"
