"""The incidents that an alert rule means: those that stand, and those that were withdrawn or changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from layers import access
from layers.analysis.alerts import Found
from layers.config import KEPT_H, AlertRule
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.index import NEVER, Columns, Question, mask
from layers.model import Layer, to_micros
from layers.notation import WEEK

Int64s = npt.NDArray[np.int64]

#: What became of an incident: it stands as the rule means it, it says something else now, it was withdrawn.
STANDS, CHANGED, WITHDRAWN = range(3)
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Meant:
    """Incidents that one rule means, and of each the version that it means, what became of it since, and when it occurred at the latest.

    That is when it occurred, or the end of its week where it is told by the week only.
    """

    found: Found
    seq: Int64s
    fate: Int64s
    until: Int64s

    def take(self, rows: Int64s) -> Meant:
        """Return the given rows, in that order."""
        found = self.found
        of = Found(*(getattr(found, column.name)[rows] for column in fields(found)))
        return Meant(of, self.seq[rows], self.fate[rows], self.until[rows])


@dataclass(frozen=True, slots=True)
class Ended:
    """A part of a point layer, and the rows of it that a later version has taken the place of."""

    columns: Columns
    rows: Int64s


def ended(record: Record, of: Layer, known_at: datetime | None = None) -> tuple[Ended, ...]:
    """Return the versions that ended, by now or by a moment, of incidents of the days in which an alert may stand."""
    now = to_micros(known_at or record.clock())
    since, last = now - KEPT_H * _HOUR, NEVER - 1 if known_at is None else now
    parts = record.picture.points[of.stored].parts
    return tuple(Ended(part, np.flatnonzero((part.replaced <= last) & part.within("occurred", since, None))) for part in parts)


def meant(sheet: Sheet, of: Layer, rule: AlertRule, past: Sequence[Ended]) -> Meant:
    """Return what a rule means, of what the mission knew of in time.

    An incident that stands is taken as it stands. One of which only an earlier version is meant is taken by the last of those,
    for nothing leaves unacknowledged; who may not see what it says now, or said before it was withdrawn, does not get it.
    Of linked reports the one that counts is meant, and the others neither stand nor have changed.
    One that the rule stopped to mean because a zone, a line, a clause or the rule itself changed does leave: the versions of a
    record are kept, which alerts there were is not.
    """
    record, question = sheet.record, sheet.question(of)
    stands, each = (
        _known(record, of, rule, [part.columns.take(part.rows) for part in one.points(of)]) for one in (sheet, sheet.reports())
    )
    lapsed = _known(record, of, rule, [_fitting(part, question) for part in past])
    origin = lapsed.found.origin
    order = np.lexsort((lapsed.seq, origin))
    last = order[np.diff(origin[order], append=-1) != 0]
    return _joined(stands, _become(record, of, question, lapsed.take(last[~np.isin(origin[last], each.found.origin)])))


def _known(record: Record, of: Layer, rule: AlertRule, parts: Sequence[Columns]) -> Meant:
    """Return the rows that the mission knew of within the hours of a rule."""
    seq, start, sector, rank, weekly = (
        np.concatenate([np.asarray(getattr(part, name), np.int64) for part in parts])
        for name in ("seq", "start", "sector", "marking", "weekly")
    )
    origin, known = record.origins(of).of(seq)
    reached = np.array([0, *record.picture.sector_ranks], np.int64)
    found = Found(start, _alike(record, sector), origin, rank, reached[sector])
    until = start + weekly * (WEEK - 1)
    return Meant(found, seq, np.full(len(seq), STANDS), until).take(np.flatnonzero(known - until <= rule.hours * _HOUR))


def _fitting(part: Ended, question: Question) -> Columns:
    """Return the ended versions that a question would mean if they stood."""
    once = part.columns.take(part.rows)
    once = replace(once, replaced=np.full(len(once), NEVER))
    kept = mask(once, replace(question, among=()))
    for bound in question.among if kept.any() else ():
        kept &= bound.rows(part.columns)[part.rows]
    return once.take(np.flatnonzero(kept))


def _become(record: Record, of: Layer, question: Question, lapsed: Meant) -> Meant:
    """Return of versions those whose incident may still be seen, with what became of it."""
    if not len(lapsed.seq):
        return lapsed
    versions = record.store.records(of.stored, np.sort(lapsed.seq).tolist())
    features = dict(zip(versions.seq.tolist(), versions.feature, strict=True))
    now = record.store.current(of.stored, sorted(set(features.values())), known_at=question.known_at)
    spoken = np.where(now.retracted, now.previous, now.seq)
    said = record.store.records(of.stored, np.sort(spoken).tolist())
    ranks = np.array([access.rank(marking, record.configuration.markings) for marking in said.marking], np.int64)
    lies = record.picture.sectors_at(said.lon, said.lat)
    seen = (ranks <= question.ceiling) & (True if question.sectors is None else np.isin(lies, question.sectors))
    rank_of = dict(zip(said.feature, np.where(seen, ranks, -1).tolist(), strict=True))
    withdrawn = dict(zip(now.feature, now.retracted.tolist(), strict=True))
    named = [features[seq] for seq in lapsed.seq.tolist()]
    rank = np.array([rank_of[name] for name in named], np.int64)
    fate = np.array([WITHDRAWN if withdrawn[name] else CHANGED for name in named], np.int64)
    found = replace(lapsed.found, rank=np.maximum(rank, lapsed.found.rank))
    return Meant(found, lapsed.seq, fate, lapsed.until).take(np.flatnonzero(rank >= 0))


def _alike(record: Record, sector: Int64s) -> Int64s:
    """Return sectors by the first number of their code: areas of one code are one sector."""
    codes = record.picture.sectors
    first = np.array([0, *(codes.index(code) + 1 for code in codes)], np.int64)
    return first[sector]


def _joined(one: Meant, other: Meant) -> Meant:
    columns = (np.concatenate([getattr(of.found, column.name) for of in (one, other)]) for column in fields(Found))
    rest = (np.concatenate([getattr(of, name) for of in (one, other)]) for name in ("seq", "fate", "until"))
    return Meant(Found(*columns), *rest)
