"""The forms a sheet can be written in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from layers.briefing import printed
from layers.briefing.drawing import drawing
from layers.briefing.located import Document
from layers.briefing.plate import Plate

Form = Literal["pdf", "png"]
FORMS: tuple[Form, ...] = get_args(Form)
#: Dots per inch of a picture to be printed, and of a preview.
PRINTED, PREVIEWED = 300, 80


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
    said = Document(told.title, at, told.author, told.subtitle, (told.number, told.band))
    return printed.pdf(whole.picture, said, whole.frame)
