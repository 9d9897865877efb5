"""What the name of a scene's file tells: every mission that sends images has its way of naming them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from layers.imagery.scene import Sensor


@dataclass(frozen=True, slots=True)
class Named:
    """What a name told.

    Attributes
    ----------
    sensor : Sensor, optional
    acquired_at : datetime, optional
        In UTC; midnight where the name holds only the day.
    day_only : bool
        The name holds no time.
    craft : str
        The number of the satellite as its mission writes it, blank where unknown.
    level : str
        Of processing, as its mission writes it.
    collection : str
        Landsat's, ``01`` or ``02``.
    baseline : int, optional
        Sentinel-2's, 400 for 04.00.
    polarisations : tuple of str
        Sentinel-1's, in the order of their bands.
    band : str
        The only band in the file.
    decibels : bool
        The name says dB.
    """

    sensor: Sensor | None = None
    acquired_at: datetime | None = None
    day_only: bool = False
    craft: str = ""
    level: str = ""
    collection: str = ""
    baseline: int | None = None
    polarisations: tuple[str, ...] = ()
    band: str = ""
    decibels: bool = False


_MOMENT = r"(?P<at>20\d{6}T\d{6})"
_DAY = r"(?P<at>(?:19|20)\d{6})"
_BAND = r"(?:_(?P<band>B\d\d?A?|SCL|TCI))?"
_SENTINEL2 = (
    rf"S(?P<craft>2[A-D])_MSI(?P<level>L1C|L2A)_{_MOMENT}_N(?P<baseline>\d{{4}})(?:_R\d{{3}}_T\d\d[A-Z]{{3}})?(?:_\d{{8}}T\d{{6}})?{_BAND}",
    rf"S(?P<craft>2[A-D])_\d\d?[A-Z]{{3}}_{_DAY}_\d+_(?P<level>L1C|L2A){_BAND}",
    rf"(?:(?P<level>L1C|L2A)_)?T\d\d[A-Z]{{3}}_{_MOMENT}{_BAND}",
)
_LANDSAT = (
    rf"L[COTEM](?P<craft>0[4-9])_(?P<level>L\d[A-Z]{{2}})_\d{{6}}_{_DAY}_\d{{8}}_(?P<collection>0[12])_(?:T1|T2|RT)"
    r"(?:_(?P<band>(?:SR_|ST_)?B\d\d?|QA_PIXEL))?",
    r"L[COTEM](?P<craft>[4-9])\d{6}(?P<at>(?:19|20)\d{5})[A-Z]{3}\d\d(?:_(?P<band>B\d\d?))?",
)
_SENTINEL1 = (
    rf"S(?P<craft>1[A-D])_(?:IW|EW|S\d|WV)_(?P<level>GRD|SLC|RTC)[FHM_]?_\d[SA](?P<polarisations>[SD][VH])_{_MOMENT}",
    rf"S(?P<craft>1[A-D])-(?:IW|EW|S\d|WV)\d?-(?P<level>GRD|SLC)-(?P<band>VV|VH|HH|HV)-{_MOMENT}",
)
_OTHER = (r"(?P<at>20\d\d-?[01]\d-?[0-3]\d(?:[T_ -][0-2]\d[:-]?[0-5]\d[:-]?[0-5]\d)?)",)
_FORMS: tuple[tuple[Sensor | None, tuple[str, ...]], ...] = (
    ("sentinel2", _SENTINEL2),
    ("landsat", _LANDSAT),
    ("sentinel1", _SENTINEL1),
    (None, _OTHER),
)
_COMPILED = [(sensor, re.compile(rf"(?<![A-Z0-9]){form}(?![A-Z0-9])")) for sensor, forms in _FORMS for form in forms]
_DECIBELS = re.compile(r"(?<![A-Z0-9])DB(?![A-Z0-9])")
_POLARISED = {"SV": ("vv",), "SH": ("hh",), "DV": ("vv", "vh"), "DH": ("hh", "hv")}
#: How long the name of a file may be that is looked at.
_LONGEST = 300


def told(name: str) -> Named:
    """Return what the name of a file tells of the scene in it.

    Examples
    --------
    >>> told("S2A_MSIL2A_20201012T081831_N0400_R078_T36SYB_20201012T105443.tif").baseline
    400
    >>> told("LT51200382000124BJC00_Nanjing").acquired_at.isoformat()
    '2000-05-03T00:00:00+00:00'
    """
    text = name[:_LONGEST].upper()
    decibels = bool(_DECIBELS.search(text))
    for sensor, form in _COMPILED:
        for found in form.finditer(text):
            at = _moment(found["at"])
            if at is not None:
                return _named(sensor, found.groupdict(default=""), at, decibels=decibels)
    return Named(decibels=decibels)


def _named(sensor: Sensor | None, parts: dict[str, str], at: datetime, *, decibels: bool) -> Named:
    baseline = parts.get("baseline", "")
    return Named(
        sensor=sensor,
        acquired_at=at,
        day_only=len(re.sub(r"\D", "", parts["at"])) <= 8,
        craft=parts.get("craft", "").lstrip("0"),
        level=parts.get("level", ""),
        collection=parts.get("collection", ""),
        baseline=int(baseline) if baseline else None,
        polarisations=_POLARISED.get(parts.get("polarisations", ""), ()),
        band=parts.get("band", ""),
        decibels=decibels,
    )


_SHAPES: dict[int, str] = {7: "%Y%j", 8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}


def _moment(text: str) -> datetime | None:
    """Return a day, a day of a year or a moment as UTC, None where the calendar has none such."""
    digits = re.sub(r"\D", "", text)
    try:
        return datetime.strptime(digits, _SHAPES[len(digits)]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
