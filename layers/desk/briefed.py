"""What readers were told: from when on the record may hold what no sheet of a view has shown them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from layers import access
from layers.briefing.placed import reaching
from layers.briefing.plate import Drawn
from layers.desk import plates
from layers.desk.issued import Entry, Job
from layers.desk.sheet import Sheet
from layers.index import Columns
from layers.index.morton import degrees
from layers.model import By, Layer, View, from_micros, to_micros

#: The data of a brief end up to so long before it is made; a sheet that ends earlier is one of the past.
_PREPARED = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
Mask = npt.NDArray[np.bool_]


def of(view: View, entries: Sequence[Entry]) -> list[Job]:
    """Return what was handed out under its own marking as a sheet of what a view keeps, the newest first.

    Of a sheet from before that was recorded, it counts as handed out.
    """
    kept = _kept(view)
    handed = (entry for entry in entries if entry.handed or any(not file.followed for file in entry.files))
    return [
        entry.job for entry in handed if entry.job.kind == "sheet" and not entry.job.release and _kept(entry.job.asked) == kept
    ]


def since(whole: Sheet, begin: datetime | None, sheets: Sequence[Job]) -> datetime | None:
    """Return from when on what was recorded may be on none of some sheets, None where they leave out what the view itself would hold.

    A report was told by a sheet that knew its version, whose span and ground it lay in, and whose marking is no lower. Of what was
    recorded after the first of the sheets the earliest that none of them told counts, else the cut-off of the newest. What the first
    sheet knew and none told is told by no later one either: where it lies in the span of the view, there is no last brief of it;
    where it lies before, the view would not tell it.

    Parameters
    ----------
    whole : Sheet
        The view at any time, bounded to the ground it would show.
    begin : datetime or None
        When the view's own span begins, None for the whole record.
    sheets : sequence of Job
        What was handed out of it, the newest first.
    """
    newest = next((job for job in sheets if job.view.end is None or job.as_of - job.view.end <= _PREPARED), None)
    if newest is None:
        return None
    found = [min(newest.as_of + _MOMENT, newest.view.end or newest.as_of + _MOMENT)]
    late = whole.record.recorded_after(newest.version)
    found += [late] if late else []
    for layer in (layer for layer in whole.layers if layer.tiled):
        for part in whole.reports().points(layer):
            rows = part.columns.take(part.rows)
            untold, known = ~_told(whole, layer, rows, sheets), _known(rows, sheets[-1])
            if (untold & known & _within(rows, "occurred", begin)).any():
                return None
            later = rows.recorded[untold & ~known]
            found += [from_micros(int(later.min()))] if len(later) else []
    return min(found)


def _kept(view: View) -> tuple[object, ...]:
    """Return what a view keeps, of whatever time and ground."""
    return view.filters, view.where, view.kp, view.hidden, view.shown


def _told(whole: Sheet, layer: Layer, rows: Columns, sheets: Sequence[Job]) -> Mask:
    """Say which rows of a layer some sheet has told."""
    told, markings = np.zeros(len(rows), np.bool_), whole.record.configuration.markings
    lon, lat = degrees(rows.key)
    for job in sheets:
        held = ~told & _known(rows, job) & _within(rows, job.view.by, job.view.start)
        if job.own != markings[-1]:
            held &= rows.marking <= access.rank(job.own, markings)
        at = np.flatnonzero(held)
        if len(at):
            alike = np.zeros(len(at), np.int64)
            told[at] = reaching(Drawn(layer, alike, alike, lon[at], lat[at]), plates.grounds_of(job)[0])
    return told


def _known(rows: Columns, job: Job) -> Mask:
    """Say which rows stood in the record that answered a sheet, up to the end of its span."""
    known: Mask = (rows.seq <= job.version) & (rows.recorded <= to_micros(job.as_of))
    return known & _within(rows, job.view.by, None, job.view.end)


def _within(rows: Columns, by: By, begin: datetime | None, end: datetime | None = None) -> Mask:
    return rows.within(by, *(to_micros(at) if at else None for at in (begin, end)))
