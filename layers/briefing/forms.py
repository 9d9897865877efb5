"""The forms a sheet or a report can be written in: their names alone, so that whoever asks for one need not hold what draws it."""

from __future__ import annotations

from typing import Literal, get_args

Form = Literal["pdf", "png", "pptx", "html"]
FORMS: tuple[Form, ...] = get_args(Form)
#: The forms a report can be written in.
ReportForm = Literal["docx", "pdf"]
REPORT_FORMS: tuple[ReportForm, ...] = get_args(ReportForm)
#: What browsers call each form.
KINDS: dict[Form | ReportForm, str] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
#: Dots per inch of a picture to be printed, and of a preview.
PRINTED, PREVIEWED = 300, 80
