"""Plates and reports as files: all that draws them comes together here, for the process that draws."""

from __future__ import annotations

from datetime import datetime

from layers.briefing import document, margin, printed, slides, webpage
from layers.briefing.drawing import drawing
from layers.briefing.forms import PRINTED, Form, ReportForm
from layers.briefing.located import Document
from layers.briefing.paged import paged
from layers.briefing.paper import Size, layout
from layers.briefing.plate import Plate, Told
from layers.briefing.report import Report


def made(plate: Plate, form: Form, at: datetime, *, dpi: int = PRINTED) -> bytes:
    """Return a plate as a file of a form: the same bytes for the same plate and time.

    Raises
    ------
    NoGround
        Its box is no place that can be drawn.
    """
    whole = drawing(plate)
    if form == "png":
        return printed.png(whole.picture, dpi)
    told = plate.told
    if form == "pptx":
        return slides.pptx(whole, told, at)
    if form == "html":
        return webpage.html(whole, told, plate.details)
    said = Document(told.title, at, told.author, told.subtitle, (told.number, told.band))
    return printed.pdf(whole.picture, said, whole.frame)


def shortened(told: Told, size: Size, *, portrait: bool) -> str:
    """Return the title of a sheet as it is printed, where there is no room for the whole of it; blank where there is."""
    return margin.shortened(layout(size, portrait=portrait), told)


def written(report: Report, form: ReportForm, at: datetime) -> bytes:
    """Return a report as a file of a form: the same bytes for the same report and time.

    Raises
    ------
    NoGround
        One of its maps shows no place that can be drawn.
    """
    return (
        document.docx(report, at)
        if form == "docx"
        else printed.pages(
            paged(report), Document(report.title, at, report.author, report.subtitle, (report.number, report.band))
        )
    )
