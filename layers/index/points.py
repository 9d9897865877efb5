"""A point layer that answers questions at once and grows by the record's tail."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from layers.index.coarse import guarded
from layers.index.columns import DERIVED, Addition, Codes, Columns, built, empty, joined, true_places
from layers.index.levels import later
from layers.index.selection import Question, Selection, chosen
from layers.model import Layer, Versions

#: So many new rows are kept beside the sorted ones before they are merged in.
FRESH = 4_096
#: Bytes of answers kept; those asked longest ago go first.
KEPT = 160_000_000


class PointIndex:
    """The versions of one point layer, in memory.

    Two sorted parts: a large one that seldom changes and a fresh one that takes what comes in.
    Safe to read from any thread while one thread extends it.
    """

    def __init__(self, layer: Layer, markings: Sequence[str]) -> None:
        self.layer = layer
        self.markings = tuple(markings)
        self.vocabulary: dict[str, dict[str, int]] = {field.name: {} for field in layer.filterable}
        self.vocabulary |= {name: {"": 0} for name in DERIVED}
        self._lock = threading.Lock()
        self._base = empty(layer)
        self._fresh = empty(layer)
        self._linked = False
        self._answers: OrderedDict[tuple[int, Question], Selection] = OrderedDict()

    @property
    def parts(self) -> tuple[Columns, Columns]:
        """Return the large part and the fresh one, as they stand now."""
        with self._lock:
            return self._base, self._fresh

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def prepared(self, versions: Versions) -> Addition:
        """Return versions as an addition that is not yet part of the index."""
        found = built(self.layer, versions, self.vocabulary, self.markings)
        ends = versions.previous > 0
        by = later(versions, self.markings)
        true = true_places(self.layer, versions, found, self.vocabulary)
        return Addition(
            found.take(np.argsort(found.key, kind="stable")), versions.previous[ends], versions.recorded[ends], by, true
        )

    def extend(self, added: Addition) -> None:
        """Take in prepared rows, and end what has a later version among them."""
        with self._lock:
            base = self._base.superseded(added)
            fresh = joined([self._fresh, added.columns]).superseded(added)
            base, fresh = _gathered(base, fresh, added.columns)
            if len(fresh) > FRESH:
                base, fresh = joined([base, fresh]), empty(self.layer)
            if base is not self._base:
                self._answers.clear()
            self._linked |= bool(added.columns.event.any())
            self._base, self._fresh = base, fresh

    def adopted(self, columns: Columns, vocabulary: dict[str, dict[str, int]]) -> Columns:
        """Return columns coded by another vocabulary as this index codes them."""
        codes = {}
        for name, spelled in vocabulary.items():
            known = self.vocabulary[name]
            number = np.array([known.setdefault(value, len(known)) for value in spelled] or [0], np.uint16)
            codes[name] = number[columns.codes[name]]
        return replace(columns, codes=codes)

    def replace(self, base: Columns) -> None:
        """Put columns, in ascending key, in the place of all there are."""
        with self._lock:
            self._base, self._fresh = base, empty(self.layer)
            self._linked = bool(base.event.any())
            self._answers.clear()

    def guarded(self, columns: Columns) -> list[int]:
        """Return the version numbers, ascending, of rows that are told by a cell only."""
        return sorted(columns.seq[guarded(self.layer, columns.codes, self.vocabulary)].tolist())

    def recode(self, base: Mapping[str, Codes], fresh: Mapping[str, Codes]) -> None:
        """Put other codes in the place of those of the large part and of the fresh one."""
        with self._lock:
            self._base = replace(self._base, codes={**self._base.codes, **base})
            self._fresh = replace(self._fresh, codes={**self._fresh.codes, **fresh})
            self._answers.clear()

    def ask(self, question: Question) -> tuple[Selection, Selection]:
        """Return the rows that a question means, of the large part and of the fresh one."""
        base, fresh = self.parts
        if not self._linked:
            # Each by itself is then what counts, and is answered once.
            question = replace(question, each=True)
        if question.recoded:
            base, fresh = question.recoded.columns(base), question.recoded.columns(fresh)
        key = (id(base), question)
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
        if answer is None:
            answer = chosen(base, question)
            with self._lock:
                self._answers[key] = answer
                held = sum(kept.nbytes for kept in self._answers.values())
                while held > KEPT and len(self._answers) > 1:
                    held -= self._answers.popitem(last=False)[1].nbytes
        return answer, chosen(fresh, question)

    def met(self, question: Question) -> dict[str, list[str]]:
        """Return, of each filterable field, the codes met among the rows that a question means."""
        base, fresh = self.ask(question)
        found: dict[str, list[str]] = {}
        for name in (field.name for field in self.layer.filterable):
            spelled = list(self.vocabulary[name])
            seen = np.union1d(*(np.unique(part.columns.codes[name][part.rows]) for part in (base, fresh)))
            found[name] = [spelled[code] for code in seen]
        return found

    def positions(self, name: str, values: Sequence[str]) -> tuple[int, ...]:
        """Return the vocabulary positions of a field's values; values never met have none."""
        known = self.vocabulary[name]
        return tuple(sorted(known[value] for value in values if value in known))


def _gathered(base: Columns, fresh: Columns, added: Columns) -> tuple[Columns, Columns]:
    """Return both parts with the reports of each event that was added to in the fresh one: of linked ones one counts in each part."""
    told = np.unique(added.event)
    linked = np.isin(base.event, told[told > 0]) if told.any() else np.zeros(0, np.bool_)
    if not linked.any():
        return base, fresh
    return base.take(np.flatnonzero(~linked)), joined([fresh, base.take(np.flatnonzero(linked))])
