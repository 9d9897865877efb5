"""Positions as people write them: decimal degrees, degrees and minutes, UTM, MGRS."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.notation.angles import Unclear, read_degrees
from layers.notation.grid_reading import REASONS, read_grids
from layers.notation.letters import Texts, plain, quoted, texts_of
from layers.notation.projection import Floats
from layers.notation.utm import Written, places, read_utm

NOTATIONS = ("", "mgrs", "utm", "ups", "decimal", "ddm", "dms")
_LONGEST = 200
#: What only a position looks like: a grid's or UTM's head, a degree sign or a hemisphere after a figure, two decimals.
_MEANT = re.compile(
    r"\d{1,2} ?[A-Z] ?[A-Z]{2}[\d ]*|\d{1,2} ?[A-Z]? (?:\d{5,} ?){2}|.*\d *[°º˚].*"
    r"|[^A-Z]*\d['\" ]*[NSEW]\b.*|[+-]?\d+\.\d+[ ,;/]+[+-]?\d+\.\d+",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions read, one entry a text.

    Attributes
    ----------
    lon, lat : float64 array
        WGS 84 degrees; NaN where a text is no position. Of an MGRS cell its middle.
    precision_m : float64 array
        The side of an MGRS cell; NaN where the notation does not say.
    notation : array of str
        ``mgrs``, ``utm``, ``ups``, ``decimal``, ``ddm`` or ``dms``; blank where a text is no position.
    fault : list of str
        Why a text is no position, in words, with what to write instead; blank where it is one.
    """

    lon: Floats
    lat: Floats
    precision_m: Floats
    notation: npt.NDArray[np.str_]
    fault: list[str]

    def __len__(self) -> int:
        return len(self.fault)


def parse_positions(texts: Texts) -> Positions:
    """Read positions, each in any of the notations of the field.

    Latitude comes first, unless letters or the words "lat" and "lon" say otherwise. Decimals may have a dot or a
    comma, the figures may be of any script, hemisphere letters stand on either side. A text that may mean two
    places is a fault, never a guess.

    Parameters
    ----------
    texts : sequence of str
        None counts as blank, and blank is a fault.

    Returns
    -------
    Positions

    Examples
    --------
    >>> read = parse_positions(["18S UJ 2339 0739", "38,8977 -77,0365", "38°53.862'N 77°02.190'W", "nowhere"])
    >>> [round(float(v), 3) for v in read.lat], read.precision_m.tolist(), read.notation.tolist()
    ([38.898, 38.898, 38.898, nan], [10.0, nan, nan, nan], ['mgrs', 'decimal', 'ddm', ''])
    """
    given = texts_of(texts)
    lon, lat, precision = (np.full(len(given), np.nan) for _ in range(3))
    kind, fault = np.zeros(len(given), np.int64), [""] * len(given)
    shown = [text if text.isascii() else plain(text[:_LONGEST]) for text in given]
    if given:
        cells = read_grids(shown)
        lon[cells.rows], lat[cells.rows], precision[cells.rows] = cells.lon, cells.lat, cells.cell
        kind[cells.rows] = np.where(cells.fault == 0, 1, -1)
        for n, number in zip(cells.rows[cells.fault > 0], cells.fault[cells.fault > 0], strict=True):
            fault[n] = f"{quoted(given[n])} {REASONS[number]}"
    utm: dict[int, Written] = {}
    for n in np.flatnonzero(kind == 0).tolist():
        try:
            found = _read(shown[n])
        except Unclear as reason:
            fault[n] = f"{quoted(given[n])} {reason}" if given[n].strip() else str(reason)
            continue
        if isinstance(found, Written):
            utm[n] = found
        else:
            kind[n], lon[n], lat[n] = NOTATIONS.index(found[0]), *found[1:]
    if utm:
        rows = np.array(list(utm))
        lon[rows], lat[rows], reasons = places(list(utm.values()))
        kind[rows] = [0 if reason else 2 if one.zone else 3 for one, reason in zip(utm.values(), reasons, strict=True)]
        for n, why in zip(utm, reasons, strict=True):
            fault[n] = why and f"{quoted(given[n])} {why}"
    return Positions(lon, lat, precision, np.array(NOTATIONS)[np.maximum(kind, 0)], fault)


def why_no_position(text: str) -> str:
    """Return why a text that looks meant as a position is none, in one line; blank for a position and for any other text.

    Examples
    --------
    >>> why_no_position("36S YB 123 45678")
    "'36S YB 123 45678' has its figures in unequal groups; write as many for east as for north, such as 36S YB 1234 6789"
    >>> why_no_position("Tessaly 17"), why_no_position("36S YB 1234 6789")
    ('', '')
    """
    shown = " ".join(plain(text[:_LONGEST]).split())
    return parse_positions([text]).fault[0] if _MEANT.fullmatch(shown) else ""


def _read(text: str) -> Written | tuple[str, float, float]:
    text = " ".join(text[:_LONGEST].upper().split())
    if not text:
        raise Unclear("is blank; write a position such as 33.5 36.25 or 36S YB 1234 6789")
    return read_utm(text) or read_degrees(text)
