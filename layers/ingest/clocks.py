"""Times of day beside a date, and ranges of times: found by name and by most of their cells, read cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.ingest import conventions
from layers.notation import ranges

Columns = Mapping[str, pa.Array]

_SAMPLE = 2_000
_NAMED = ("time", "hour")
_COLON = r"^\s*\d{1,2}[:h]\d\d"
_TIMED = r"\d[:h]\d\d"
_MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?$"
_BOTH = "may be a range of times, or a time with an offset; write 08:15:00-05:00 for an offset, and of a range its begin alone"
_NO_CLOCK = "is no time of day; write one such as 08:15, or leave the cell blank"
_TWICE = "has a time of day already, and another stands beside it; leave one of them out"
_RANGE = "is a range of times; its begin is taken"
_NONE = "gives no time of day; the date alone is taken"

#: What becomes of a cell: its text, a remark on it, and a fault.
Outcome = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Clocked:
    """Texts of times with ranges as their begins; by position what is remarked on and what is refused, in words."""

    texts: pa.Array
    remarks: Mapping[int, str]
    faults: Mapping[int, str]


def found(columns: Columns) -> list[str]:
    """Return the columns most of whose cells are times of day, blanks and "unknown" left aside."""
    return [name for name, texts in columns.items() if _may_be(name, texts) and _share(texts) > 0.5]


def passed_over(columns: Columns, read: Sequence[str], taken: frozenset[str]) -> list[str]:
    """Return the columns that look like times of day and are not taken, where the time is read from a bare date alone.

    Parameters
    ----------
    columns : mapping of name to texts
    read : sequence of str
        The columns that the time is read from.
    taken : frozenset of str
        The columns that some field is read from.
    """
    dates = [columns[name][:_SAMPLE] for name in read if name in columns]
    if len(dates) != 1 or not len(dates[0]):
        return []
    timed = pc.match_substring_regex(pc.replace_substring_regex(dates[0], _MIDNIGHT, ""), _TIMED)
    if 2 * int(pc.sum(timed).as_py()) >= len(timed):
        return []
    others = {name: texts for name, texts in columns.items() if name not in taken and _may_be(name, texts)}
    return [name for name, texts in others.items() if _share(texts) > (0 if _called(name) else 0.5)]


def begun(texts: pa.Array) -> Clocked:
    """Return times with each range in one cell as its begin."""
    likely = pc.match_substring_regex(texts, ranges.LIKELY)
    if not pc.any(likely).as_py():
        return Clocked(texts, {}, {})
    likely = pc.and_not(likely, pc.match_substring_regex(texts, ranges.NEVER))
    made, remarks, faults = _each(pc.if_else(likely, texts, ""), _begin)
    return Clocked(pc.if_else(likely, made, texts), remarks, faults)


def beside(dates: pa.Array, clocks: pa.Array, *, figures: bool) -> Clocked:
    """Return dates with the time of day that stands beside each; a blank and "unknown" leave the date alone.

    Parameters
    ----------
    dates, clocks : string arrays
    figures : bool
        Whether times of day are numbers, such as 5 for five past midnight.
    """
    if figures:
        plain = pc.replace_substring_regex(clocks, r"\.0+$", "")
        clocks = pc.if_else(pc.match_substring_regex(plain, r"^\d{1,4}$"), pc.utf8_lpad(plain, 4, "0"), clocks)
    made, remarks, faults = _each(conventions.known(clocks), _of_day, clocks)
    some = pc.not_equal(made, "")
    days = pc.if_else(some, pc.replace_substring_regex(dates, _MIDNIGHT, ""), dates)
    timed = pc.match_substring_regex(days, _TIMED)
    twice = np.flatnonzero(pc.and_(timed, some).to_numpy(zero_copy_only=False))
    faults = {**{int(n): f"{dates[int(n)].as_py()[:40]!r} {_TWICE}" for n in twice}, **faults}
    dated = pc.not_equal(days, "").to_numpy(zero_copy_only=False) & ~timed.to_numpy(zero_copy_only=False)
    remarks = {n: words for n, words in remarks.items() if dated[n]}
    whole = pc.if_else(pc.and_(some, pc.not_equal(days, "")), pc.binary_join_element_wise(days, made, " "), days)
    return Clocked(whole, remarks, {n: words for n, words in faults.items() if dates[n].as_py()})


def _each(
    texts: pa.Array, meaning: Callable[[str], Outcome], shown: pa.Array | None = None
) -> tuple[pa.Array, dict[int, str], dict[int, str]]:
    """Return what each different text means, by row, and in words what is remarked or refused."""
    encoded, shown = texts.dictionary_encode(), texts if shown is None else shown
    outcomes = [meaning(text) for text in encoded.dictionary.to_pylist()]
    made = pa.array([text for text, _, _ in outcomes], pa.string()).take(encoded.indices)
    told: tuple[dict[int, str], dict[int, str]] = ({}, {})
    at = encoded.indices.to_numpy(zero_copy_only=False)
    for which, into in enumerate(told, 1):
        worded = np.array([bool(outcome[which]) for outcome in outcomes], np.bool_)
        for n in np.flatnonzero(worded[at]).tolist() if worded.any() else ():
            cell = shown[n].as_py()
            into[n] = f"{cell[:40]!r} {outcomes[at[n]][which]}" if cell else outcomes[at[n]][which]
    return made, *told


def _begin(text: str) -> Outcome:
    span = ranges.time_range(text) if text else None
    return (text, "", "") if span is None else ("", "", _BOTH) if span.doubtful else (span.begin, _RANGE, "")


def _of_day(text: str) -> Outcome:
    if not text:
        return "", _NONE, ""
    if (one := ranges.clock(text)) is not None:
        return one, "", ""
    span = ranges.clock_range(text)
    return ("", "", _NO_CLOCK) if span is None else ("", "", _BOTH) if span.doubtful else (span.begin, _RANGE, "")


def _called(name: str) -> bool:
    return any(part in name.casefold() for part in _NAMED)


def _may_be(name: str, texts: pa.Array) -> bool:
    return _called(name) or bool(pc.any(pc.match_substring_regex(texts[:_SAMPLE], _COLON)).as_py())


def _share(texts: pa.Array) -> float:
    """Return which part of the first cells that say something are times of day, or ranges of them."""
    top = texts[:_SAMPLE]
    said = top.filter(pc.not_equal(conventions.known(top), ""))
    counts = {one["values"].as_py(): one["counts"].as_py() for one in pc.value_counts(said)}
    clocks = sum(count for text, count in counts.items() if ranges.clock(text) or ranges.clock_range(text))
    return clocks / len(said) if len(said) else 0.0
