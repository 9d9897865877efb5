"""Date-time groups that leave out their month and year, or their year: placed by the date of the report, said aloud."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.ingest.values import Column
from layers.model import NO_TIME, to_micros
from layers.notation import format_dtg, parse_times
from layers.notation.days import DAY

Micros = npt.NDArray[np.int64]

_REPORTED = "reported_at"
_LEAST, _MOST = len("230715Z"), len("23 071530 Z NOV")
_SHORT = r"^\d{2} ?\d{4}(\d\d)? ?[A-Za-z] ?([A-Za-z]{3})?$"


def abridged(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which texts are groups that do not give their whole date.

    Examples
    --------
    >>> abridged(pa.array(["230715Z", "230715Z NOV", "230715Z NOV 26", "2026-11-23"])).tolist()
    [True, True, False, False]
    """
    found = np.zeros(len(texts), np.bool_)
    length = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero((length >= _LEAST) & (length <= _MOST))
    if len(rows):
        found[rows] = pc.match_substring_regex(texts.take(pa.array(rows)), _SHORT).to_numpy(zero_copy_only=False)
    return found


def settled(
    times: dict[str, tuple[Micros, Column]], happened: Sequence[str], now: datetime, zone: str
) -> list[tuple[int, str, str]]:
    """Place abridged groups by the date of the report beside them; return row, field and as what each was taken.

    Parameters
    ----------
    times : dict of field to (micros, Column)
        Abridged groups placed by ``now``. Those of fields that have happened become the last such time up to the end of
        the day on which their row was reported, where the row says it.
    happened : sequence of str
        The fields whose times lie in the past.
    now : datetime
        No time of a row that was reported by then is later.
    zone : str
        IANA name of the zone of the letter J; blank where there is none.
    """
    said = []
    for name, (micros, column) in list(times.items()):
        if not abridged(column.texts).any():
            continue
        if name in happened and name != _REPORTED and _REPORTED in times:
            reported, of = times[_REPORTED]
            micros, column = times[name] = _by_report(micros, column, of.by_row(reported), now, zone)
        rows = column.rows(abridged(column.texts) & (micros != NO_TIME))
        said += [(int(n), name, _aloud(micros, column, int(n))) for n in rows]
    return said


def _by_report(micros: Micros, column: Column, reported: Micros, now: datetime, zone: str) -> tuple[Micros, Column]:
    rows = column.rows(abridged(column.texts) & (micros != NO_TIME))
    rows = rows[reported[rows] != NO_TIME]
    if not len(rows):
        return micros, column
    said = reported[rows]
    until = np.minimum(said - said % DAY + DAY - 1, np.maximum(to_micros(now), said))
    found = column.by_row(micros).copy()
    found[rows] = parse_times([column.text(int(n)) for n in rows], reference=until, zone=zone, past=True).micros
    texts = column.texts if column.at is None else column.texts.take(pa.array(column.at))
    return found, Column(texts)


def _aloud(micros: Micros, column: Column, row: int) -> str:
    return f"{column.said(row)} does not give its whole date; it is taken as {format_dtg([micros[column.place(row)]])[0]}"
