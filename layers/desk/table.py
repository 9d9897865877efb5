"""A view's records of one layer as rows of a table: searched, sorted, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.desk import answers, spared, whereabouts
from layers.desk.answers import Json
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.errors import NotFound
from layers.index import Mask, folded
from layers.model import NO_TIME, Field, Layer, Versions
from layers.notation import format_dtg, format_mgrs

Int64s = npt.NDArray[np.int64]

#: What every table may be sorted by beside the layer's own coded fields.
TIMES = {"start": "Occurred", "order": "Reported", "recorded": "Came in"}
_LARGE = 50_000
#: A part of the record this small is looked through alone.
_FEW = 0.3
_MOST = 500
#: So many records at most are chosen at once.
MOST_CHOSEN = 10_000
_LONGEST = 200
#: What a reader looks at first, of the fields a layer has.
_FIRST = ("kind", "name", "code", "place", "party", "severity", "status", "source", "text")


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a view: version numbers; by name a column of numbers, a coded field's codes, and how the codes are spelled."""

    seq: Int64s
    numbers: Callable[[str], Int64s]
    codes: Callable[[str], npt.NDArray[np.uint16]]
    spelled: Callable[[str], list[str]]

    def take(self, rows: Int64s) -> Found:
        """Return some of the rows."""
        return Found(self.seq[rows], lambda name: self.numbers(name)[rows], lambda name: self.codes(name)[rows], self.spelled)


def page(sheet: Sheet, of: Layer, number: int, size: int, sort: str, descending: bool, words: str) -> Json:
    """Return one page of a view's records.

    Parameters
    ----------
    number : int
        From 1. One beyond the last is the last.
    size : int
        Rows on a page, 1 to 500.
    sort : str
        One of ``sorts``. Equal ones follow each other as they came in; what has no time comes last.
    words : str
        Each of these, in any case, must be part of a text of the record, or of what a code of it means.

    Returns
    -------
    Json
        ``rows``, each with ``id``, ``feature``, ``marking``, ``event`` and ``cells`` by column; ``columns`` in order;
        ``count`` of ``whole``, that are of so many ``events``; ``page`` of ``pages``; ``sorts``; the store ``version`` it is of.

    Raises
    ------
    NotFound
        The layer cannot be sorted by that.
    """
    size = max(1, min(size, _MOST))
    found, whole = _asked(sheet, of, sort, words)
    count = len(found.seq)
    pages = max(1, -(-count // size))
    number = max(1, min(number, pages))
    wanted = found.seq[placed(_key(of, found, sort, descending), found.seq, (number - 1) * size, number * size, descending)]
    versions = sheet.record.store.records(of.stored, np.sort(wanted).tolist())
    place = whereabouts.cells(sheet, versions) if of.tiled else ()
    by_seq = {int(row["id"]): row for row in rows(of, versions, place)}  # type: ignore[call-overload]
    return {
        "version": sheet.version,
        "whole": whole,
        "events": sheet.count(of),
        "count": count,
        "page": number,
        "pages": pages,
        "sorts": list(sorts(of).items()),
        "columns": columns(of, whereabouts.headings(sheet) if of.tiled else ()),
        "rows": [by_seq[int(seq)] for seq in wanted],
    }


def first(sheet: Sheet, of: Layer, sort: str, descending: bool, words: str, upto: int) -> dict[str, int]:
    """Return the records found, each feature with its version, the first ones of the table and at most ``MOST_CHOSEN``.

    ``upto`` is the version of the record that the table was of: what came in since is not among them.
    """
    found, _ = _asked(sheet, of, sort, words)
    found = found.take(np.flatnonzero(found.seq <= upto))
    wanted = found.seq[placed(_key(of, found, sort, descending), found.seq, 0, MOST_CHOSEN, descending)]
    versions = sheet.record.store.records(of.stored, np.sort(wanted).tolist())
    feature = dict(zip(versions.seq.tolist(), versions.feature, strict=True))
    return {feature[seq]: seq for seq in wanted.tolist()}


def _asked(sheet: Sheet, of: Layer, sort: str, words: str) -> tuple[Found, int]:
    """Return the rows of a view that hold the words, and how many the view has."""
    known = sorts(of)
    if sort not in known:
        raise NotFound(f"the table cannot be sorted by {sort[:40]!r}; choose one of {', '.join(known.values())}")
    found = of_view(sheet, of)
    return (matching(sheet.record, of, found, words) if words.strip() else found), len(found.seq)


def sorts(of: Layer) -> dict[str, str]:
    """Return what a layer's table may be sorted by, each with its words."""
    first = of.field(of.time_field)
    times = TIMES if of.tiled else {"start": first.label if first else "From", "recorded": TIMES["recorded"]}
    return times | {field.name: field.label for field in _coded(of)} | {"marking": "Marking"}


def of_view(sheet: Sheet, of: Layer) -> Found:
    """Return the rows of a view as columns."""
    if not of.tiled:
        shapes, chosen = sheet.shapes(of)
        fields = [shapes.fields[row] for row in chosen]

        def encoded(name: str) -> tuple[npt.NDArray[np.uint16], list[str]]:
            return _encoded([str(one.get(name) or "") for one in fields])

        return Found(
            shapes.seq[chosen],
            lambda name: np.asarray(getattr(shapes, name)[chosen], np.int64),
            lambda name: encoded(name)[0],
            lambda name: encoded(name)[1],
        )
    parts = sheet.reports().points(of)
    index = sheet.record.picture.points[of.stored]
    return Found(
        np.concatenate([part.columns.seq[part.rows] for part in parts]),
        lambda name: np.concatenate([getattr(part.columns, name)[part.rows] for part in parts]).astype(np.int64),
        lambda name: np.concatenate([part.columns.codes[name][part.rows] for part in parts]),
        lambda name: list(index.vocabulary[name]),
    )


def matching(record: Record, of: Layer, found: Found, words: str) -> Found:
    """Return the rows that hold every one of the words, in a text or in what a code means."""
    for word in sorted(words[:_LONGEST].split(), key=len, reverse=True):
        held = _holding(record, of, found.seq, word)
        for field in _coded(of):
            meant = [n for n, code in enumerate(found.spelled(field.name)) if _means(of, field.name, code, word)]
            if meant:
                held |= np.isin(found.codes(field.name), meant)
        found = found.take(np.flatnonzero(held))
    return found


def placed(key: Int64s, seq: Int64s, begin: int, end: int, descending: bool) -> Int64s:
    """Return the rows that stand at places ``begin`` to ``end`` once sorted by key and then by seq, without sorting them all."""
    end = min(end, len(key))
    if begin >= end:
        return np.empty(0, np.int64)
    if descending:
        begin, end = len(key) - end, len(key) - begin
    rows, before = np.arange(len(key)), 0
    if len(key) > _LARGE:
        low, high = np.partition(key, (begin, end - 1))[[begin, end - 1]]
        rows, before = np.flatnonzero((key >= low) & (key <= high)), int((key < low).sum())
    chosen = rows[np.lexsort((seq[rows], key[rows]))][begin - before : end - before]
    return chosen[::-1] if descending else chosen


def columns(of: Layer, placed: Collection[str] = ()) -> list[str]:
    """Return the heads of a layer's table: when, what, where, how it lies (those of ``placed``), how bad, who says so."""
    heads = list(_heads(of).values())
    at = min(4, len(heads))
    grid = ["Grid"] if of.geometry == "point" else []
    first, last = ([head for head in some if head in placed] for some in (whereabouts.FIRST, whereabouts.LAST))
    return [*heads[:at], *grid, *first, *heads[at:], *last, "Marking", "Event"]


def rows(of: Layer, versions: Versions, place: Sequence[Mapping[str, str]] = (), *, whole: bool = False) -> list[Json]:
    """Return versions as rows of the table, in their order: every cell in words, those of where they lie included if given.

    Those that are told by a cell and a week only say no more than that, but for ``whole`` rows, which are there to be amended.
    """
    versions = versions if whole else spared.told(versions)
    grids = format_mgrs(versions.lon, versions.lat)
    heads, shown = _heads(of), columns(of, place[0] if place else ())
    made: list[Json] = []
    for n, payload in enumerate(versions.payload):
        fields = json.loads(payload)
        cells = {label: answers.cell(of, name, fields.get(name)) for name, label in heads.items()}
        cells |= {"Grid": str(grids[n])} if of.geometry == "point" else {}
        cells |= place[n] if place else {}
        cells |= {"Marking": versions.marking[n], "Event": str(fields.get("event") or "")}
        made.append(
            {
                "id": int(versions.seq[n]),
                "feature": versions.feature[n],
                "title": answers.title(of, fields),
                "occurred": str(format_dtg(versions.start[n : n + 1])[0]) if versions.start[n] != NO_TIME else "",
                "marking": versions.marking[n],
                "event": cells["Event"],
                "fields": {name: value for name, value in fields.items() if name in heads},
                "cells": {label: cells[label] for label in shown},
            }
        )
    return made


def _heads(of: Layer) -> dict[str, str]:
    first = [of.time_field] if of.tiled else []
    first += [name for name in _FIRST if of.field(name) and name not in first]
    last = [name for name in ("reported_at", "id") if of.field(name)]
    names = [f.name for f in of.fields if f.name not in (*first, *last, "marking")]
    return {name: field.label for name in (*first, *names, *last) if (field := of.field(name))}


def _coded(of: Layer) -> list[Field]:
    return [f for f in of.fields if f.kind == "code" and f.name != "marking" and (f.filterable or not of.tiled)]


def _key(of: Layer, found: Found, sort: str, descending: bool) -> Int64s:
    if sort in TIMES:
        key = found.numbers(sort)
        return key if descending else np.where(key == NO_TIME, np.iinfo(np.int64).max, key)
    if sort == "marking":
        rank = found.numbers(sort)
    else:
        codes, spelled = found.codes(sort), found.spelled(sort)
        rank = _ranks(of, sort, spelled)[codes] if len(spelled) else codes.astype(np.int64)
    return rank << 32 | found.seq


def _ranks(of: Layer, name: str, spelled: list[str]) -> Int64s:
    """Return each code's place: as the layer lists them, then the others by their letters."""
    field = of.field(name)
    listed = [choice.code for choice in field.choices] if field else []
    order = sorted(spelled, key=lambda code: (listed.index(code), "") if code in listed else (len(listed), folded(code)))
    return np.array([order.index(code) for code in spelled], np.int64)


def _encoded(texts: list[str]) -> tuple[npt.NDArray[np.uint16], list[str]]:
    spelled, at = np.unique(np.array(texts, object), return_inverse=True) if texts else (np.array([], object), np.array([], int))
    return at.astype(np.uint16), [str(text) for text in spelled]


def _means(of: Layer, name: str, code: str, word: str) -> bool:
    return folded(word) in folded(answers.spoken(of, name, code))


def _holding(record: Record, of: Layer, seqs: Int64s, word: str) -> Mask:
    """Say of each version whether one of its texts holds a word."""
    held = np.zeros(int(seqs.max(initial=0)) + 1, np.bool_)
    if not of.tiled:
        shapes = record.picture.shapes[of.stored]
        names = [field.name for field in of.fields if field.kind == "text"]
        for row in np.searchsorted(shapes.seq, seqs):
            held[shapes.seq[row]] = any(folded(word) in text for text in _said(shapes.fields[row], names))
        return held[seqs]
    parts = record.words(of)
    few = len(seqs) < _FEW * len(parts[0])
    for part in parts:
        said = part.take(np.sort(seqs)) if few else part
        hit = said.seq[said.holding(word)]
        held[hit[hit < len(held)]] = True
    return held[seqs]


def _said(fields: Mapping[str, object], names: list[str]) -> list[str]:
    extra = fields.get("extra")
    values = [fields.get(name) for name in names] + (list(extra.values()) if isinstance(extra, dict) else [])
    return [folded(str(value)) for value in values if value not in (None, "")]
