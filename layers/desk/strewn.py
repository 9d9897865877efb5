"""The reports of a view as places and times, and how a place is named; no record is read.

Only where and when reports lie is looked at, never of whom they tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.analysis.clusters import Events
from layers.analysis.standing import nearest
from layers.desk import question as ask
from layers.desk.sheet import Sheet
from layers.index import degrees
from layers.model import NO_TIME, Layer, to_micros
from layers.spatial.ground import Floats, Ints

_DAY = 86_400_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Strewn:
    """Reports of a view that lie in its area, or in the mission's where it has none.

    Attributes
    ----------
    events : Events
        Where and when; what is told by the week only has no time here.
    kind : int64 array
        Positions in ``kinds``.
    precision_m : float64 array
        Metres within which the true place lies; 0 where nothing is said.
    outside : int
        So many of the view lie outside the area and are not among these.
    days : float
        How long the view lasts: from its beginning, or the first report, to its end or now. Of a view of what was recorded
        in a span, from the first report.
    """

    events: Events
    kind: Ints
    kinds: tuple[str, ...]
    precision_m: Floats
    outside: int
    days: float

    def __len__(self) -> int:
        return len(self.events)


def strewn(sheet: Sheet, of: Layer) -> Strewn:
    """Return a view's reports of a tiled layer, within what its user may see."""
    parts = sheet.points(of)
    key, start, precision, weekly = (
        np.concatenate([getattr(part.columns, name)[part.rows] for part in parts])
        for name in ("key", "start", "precision", "weekly")
    )
    lon, lat = degrees(key)
    kept = np.flatnonzero(_inside(sheet, lon, lat))
    known = sheet.record.picture.points[of.stored].vocabulary.get("kind", {})
    kind = np.concatenate([part.columns.codes["kind"][part.rows] for part in parts]) if known else np.zeros(len(key), np.uint16)
    events = Events(lon[kept], lat[kept], np.where(weekly, NO_TIME, start)[kept])
    return Strewn(
        events,
        kind[kept].astype(np.int64),
        tuple(known),
        precision[kept].astype(np.float64),
        len(key) - len(kept),
        _days(sheet, start[kept]),
    )


def _inside(sheet: Sheet, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    west, south, east, north = sheet.view.box or sheet.record.configuration.box
    wide = (east - west) % 360 or 360.0
    inside: npt.NDArray[np.bool_] = ((lon - west) % 360 <= wide) & (lat >= south) & (lat <= north)
    return inside


def _days(sheet: Sheet, at: Ints) -> float:
    timed = at[at != NO_TIME]
    end = to_micros(sheet.window.end or sheet.moment)
    bounded = sheet.window.start if sheet.window.by == "occurred" else None
    begin = to_micros(bounded) if bounded else int(timed.min(initial=end))
    return max(end - begin, _DAY // 24) / _DAY


def left_out(reports: Strewn) -> tuple[str, ...]:
    """Return in words that some of the view lie outside its area; nothing where none does."""
    if not reports.outside:
        return ()
    return (
        f"{many(reports.outside, 'lies')} outside the mission's area and {'is' if reports.outside == 1 else 'are'} left out.",
    )


def named(sheet: Sheet, lon: Floats, lat: Floats) -> list[str]:
    """Return the nearest settlement to each place and how far it is, of those that may stand under the sheet's marking."""
    marking = sheet.marking()
    around = ask.around(sheet.record, sheet.user, sheet.view.known_at, marking).settlements
    at = np.full(len(lon), to_micros(sheet.moment))
    to = nearest(lon, lat, at, around.standing)
    names = [one.name or one.id for one in around.every]
    return [
        f"{names[which]}, {metres(away)}" if which >= 0 else ""
        for which, away in zip(to.line.tolist(), to.metres.tolist(), strict=True)
    ]


def metres(value: float) -> str:
    """Return a distance in words.

    Examples
    --------
    >>> metres(500), metres(2_000), metres(12_340), metres(7.3)
    ('500 m', '2 km', '12.3 km', '7 m')
    """
    return f"{value:,.0f} m" if value < 1_000 else f"{value / 1_000:,.3g} km"


def many(count: int, rest: str = "") -> str:
    """Return a number of reports in words, and what is said of them with its verb in the right number.

    Examples
    --------
    >>> many(1), many(2_000), many(1, "lies"), many(2, "lies")
    ('1 report', '2,000 reports', '1 report lies', '2 reports lie')
    """
    verb = {"lies": "lie", "is": "are", "has": "have"}.get(rest, rest) if count != 1 else rest
    return f"{count:,} {'report' if count == 1 else 'reports'}{f' {verb}' if verb else ''}"
