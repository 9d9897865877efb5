"""What was done to the record, act by act, as far as a user may see what it touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from layers.access import User
from layers.desk import history
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.record import Record
from layers.errors import NotFound
from layers.index import Columns, Shapes, folded
from layers.notation import format_dtg
from layers.store import Batch

Int64s = npt.NDArray[np.int64]
_MOST = 500
_LONGEST = 200


class Sight:
    """How much of each batch a user may see."""

    def __init__(self, record: Record, user: User) -> None:
        self._record, self._layers = record, tuple(of for of in ask.layers(record, user) if not of.base)
        everyone = len(self._layers) == len(record.picture.layers)
        self._all = everyone and user.ceiling is None and user.sectors is None
        self._seen = np.empty(0, np.int64) if self._all else _seen(record, user)

    def records(self, batch: Batch) -> int:
        """Return how many of a batch's versions the user may see; a withdrawal is seen by who sees what it withdrew."""
        if self._all:
            return batch.last - batch.first + 1
        first, last = np.searchsorted(self._seen, (batch.first, batch.last + 1))
        return int(last - first) + (self._withdrawn(batch) if batch.retracted else 0)

    def _withdrawn(self, batch: Batch) -> int:
        count = 0
        for of in self._layers:
            held = self._record.store.records(of.id, range(batch.first, batch.last + 1))
            count += int(np.isin(held.previous[held.retracted], self._seen).sum())
        return count


def listed(record: Record, user: User, words: str, number: int, size: int) -> Json:
    """Return one page of the batches of which a user may see something, the newest first.

    Of a batch seen in part only what is seen is counted, and its reason is not told: it was given for the whole.

    Parameters
    ----------
    words : str
        Each of these, in any case, must be part of the file's name, of who did it, of the act, the layer or the reason,
        or be the batch's number.
    number : int
        From 1. One beyond the last is the last.
    size : int
        Batches on a page, 1 to 500.

    Returns
    -------
    Json
        ``batches``; ``count`` of ``whole``; ``page`` of ``pages``.
    """
    sight, titles = Sight(record, user), {of.id: of.title for of in ask.layers(record, user)}
    every = record.store.batches()
    undone = {one.ref: one.id for one in every if one.act == "undo"}
    mine = [(one, seen) for one in reversed(every) if (seen := sight.records(one))]
    asked = folded(words[:_LONGEST]).split()
    found = [(one, seen) for one, seen in mine if _holds(one, seen, titles, asked)] if asked else mine
    size = max(1, min(size, _MOST))
    pages = max(1, -(-len(found) // size))
    number = max(1, min(number, pages))
    shown = found[(number - 1) * size : number * size]
    return {
        "batches": [_told(one, seen, titles, undone) for one, seen in shown],
        "count": len(found),
        "whole": len(mine),
        "page": number,
        "pages": pages,
    }


def _holds(one: Batch, seen: int, titles: Mapping[str, str], asked: Sequence[str]) -> bool:
    reason = one.reason if _whole(one, seen) else ""
    said = folded("\n".join((one.file, one.who, history.act(one), titles.get(one.layer, ""), reason, "batch")))
    return all(word in said or word == str(one.id) for word in asked)


def _told(one: Batch, seen: int, titles: Mapping[str, str], undone: Mapping[str, int]) -> Json:
    whole = _whole(one, seen)
    return {
        "batch": one.id,
        "recorded": str(format_dtg(np.array([one.at]))[0]),
        "who": one.who,
        "act": history.act(one),
        "layer": titles.get(one.layer, ""),
        "file": one.file,
        "records": seen,
        "counts": {"new": one.new, "changed": one.changed, "withdrawn": one.retracted} if whole else {},
        "reason": one.reason if whole else "",
        "whole": whole,
        "undone": undone.get(str(one.id), 0),
    }


def _whole(one: Batch, seen: int) -> bool:
    return seen == one.last - one.first + 1


def known(record: Record, user: User, numbers: Iterable[int]) -> dict[int, Batch]:
    """Return batches by number; of one that a user sees only in part without its reason, which was given for the whole."""
    sight, wanted = Sight(record, user), set(numbers)
    return {
        one.id: one if sight.records(one) == one.last - one.first + 1 else replace(one, reason="")
        for one in record.store.batches()
        if one.id in wanted
    }


def whole(record: Record, user: User, number: int) -> None:
    """Let a user pass who may see all that a batch did.

    Raises
    ------
    NotFound
        There is no such batch, or the user may not see all of it: the two look the same.
    """
    sight = Sight(record, user)
    found = next((one for one in record.store.batches() if one.id == number), None)
    if found is None or sight.records(found) < found.last - found.first + 1:
        raise NotFound(f"there is no batch {number} that you may take back; choose one from the list of batches")


def _seen(record: Record, user: User) -> Int64s:
    found: list[Int64s] = [np.empty(0, np.int64)]
    for of in ask.layers(record, user):
        rule = ask.everything(record, user, of)
        picture = record.picture
        parts: tuple[Columns | Shapes, ...] = picture.points[of.stored].parts if of.tiled else (picture.shapes[of.stored],)
        for part in parts:
            kept = part.marking <= rule.ceiling
            if rule.sectors is not None:
                kept &= np.isin(part.sector, rule.sectors)
            found.append(part.seq[kept])
    return np.sort(np.concatenate(found))
