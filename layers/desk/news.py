"""What a change of the record brings to a view: its new reports, or that it must be asked again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from layers.desk import answers
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.picture import Change
from layers.desk.sheet import Sheet
from layers.index import mask
from layers.model import Layer, to_micros

#: More new rows than this at once are not pushed one by one; the client asks again.
PUSHED = 200


def news(sheet: Sheet, change: Change, saw: Callable[[Layer, npt.NDArray[np.int64]], bool]) -> tuple[list[Json], bool]:
    """Return what a change brings to a view: its new reports, the oldest first, and whether to ask again.

    ``saw`` says whether the user saw any of the versions that ended.
    """
    if sheet.view.known_at is not None and to_micros(sheet.view.known_at) < change.since:
        return [], False
    found: list[Json] = []
    again = bool({name for of in sheet.layers for name in (of.stored, *of.reckoned)} & change.reshaped)
    names = ask.sector_names(sheet.record, sheet.user)
    for of in sheet.layers:
        added = change.added.get(of.stored)
        if added is None or of.base:
            continue
        columns = added.columns
        mine = columns.seq[mask(columns, sheet.question(of))]
        if columns.event.any():
            # Of linked reports those that do not count bring nothing.
            mine = mine[np.isin(mine, sheet.seqs(of))]
        if len(mine) > PUSHED:
            again = True
            continue
        again = again or saw(of, added.ended)
        sectors, precision = answers.sectors_of(columns, names), answers.precision_codes(columns)
        fresh = sheet.record.store.records(of.stored, np.sort(mine).tolist())
        found += [item | {"precision": precision[int(str(item["id"]))]} for item in answers.items(of, fresh, sectors)]
    return found, again
