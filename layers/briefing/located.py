"""Where on the ground the map of a PDF lies, and what the file says of itself: the same bytes for the same drawing.

References
----------
ISO 32000-2 (2020). Portable document format, clause 12.10: geospatial features.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, PdfObject, TextStringObject
from pyproj import CRS

from layers.briefing import lettering, photographs
from layers.briefing.frame import Frame
from layers.briefing.photographs import Pixels
from layers.briefing.picture import Floats

_POINT_PER_MM = 72 / 25.4
_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
_MAKER = "Greenline"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says of itself; its marking stands among the keywords. ``made`` is the only time in it."""

    title: str
    made: datetime
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = ()


def located(page: bytes, of: Document, frame: Frame | None = None, scenes: Sequence[Pixels] = ()) -> bytes:
    """Return a PDF of one page with its title and times, its scenes, and the ground of its map where it has one.

    Viewers then tell coordinates on it, and print it at its true scale unless told otherwise.
    """
    writer = PdfWriter(clone_from=io.BytesIO(page))
    writer.pdf_header = "%PDF-1.7"
    photographs.embed(writer, scenes)
    if frame:
        writer.pages[0][NameObject("/VP")] = ArrayObject([_viewport(frame)])
    writer.root_object[NameObject("/ViewerPreferences")] = _entries(
        Type=NameObject("/ViewerPreferences"), PrintScaling=NameObject("/None")
    )
    writer.metadata = None
    writer.add_metadata({f"/{name}": lettering.plain(text) for name, text in _said(of).items() if text})
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


def _said(of: Document) -> dict[str, str]:
    made = of.made.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    return {
        "Title": of.title,
        "Author": of.author,
        "Subject": of.subject,
        "Keywords": ", ".join(of.keywords),
        "Creator": _MAKER,
        "Producer": _MAKER,
        "CreationDate": made,
        "ModDate": made,
    }


def _viewport(frame: Frame) -> DictionaryObject:
    rect = frame.rect
    measured = _measured(frame)
    edges = np.array([rect.x, rect.y, rect.right, rect.top]) * _POINT_PER_MM
    lon, lat = frame.degrees(rect.x + measured[:, 0] * rect.width, rect.y + measured[:, 1] * rect.height)
    measure = _entries(
        Type=NameObject("/Measure"),
        Subtype=NameObject("/GEO"),
        Bounds=_numbers(_CORNERS.ravel()),
        GPTS=_numbers(np.stack([lat, lon], axis=1).ravel()),
        LPTS=_numbers(measured.ravel()),
        GCS=_projection(frame.crs),
    )
    return _entries(Type=NameObject("/Viewport"), BBox=_numbers(edges), Name=TextStringObject("Map"), Measure=measure)


def _measured(frame: Frame) -> Floats:
    """Return four places of the map as shares of its width and height: its corners, or within where there is no ground."""
    rect = frame.rect
    for share in np.linspace(1, 0.05, 20):
        at: Floats = 0.5 + (_CORNERS - 0.5) * share
        lon, _ = frame.degrees(rect.x + at[:, 0] * rect.width, rect.y + at[:, 1] * rect.height)
        if np.isfinite(lon).all():
            return at
    return np.array(0.5 + (_CORNERS - 0.5) * 0.01)


def _projection(crs: str) -> DictionaryObject:
    of = CRS.from_user_input(crs)
    entries: dict[str, PdfObject] = {"Type": NameObject("/PROJCS"), "WKT": TextStringObject(of.to_wkt("WKT1_ESRI"))}
    if code := of.to_epsg():
        entries["EPSG"] = NumberObject(code)
    return _entries(**entries)


def _entries(**values: PdfObject) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in values.items()})


def _numbers(values: Iterable[float]) -> ArrayObject:
    return ArrayObject(FloatObject(float(value)) for value in values)
