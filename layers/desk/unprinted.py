"""Which signs of a briefer's own words no font on this machine has: on paper they are boxes."""

from __future__ import annotations

import unicodedata

from layers.briefing.forms import Form, ReportForm
from layers.desk.briefer import PRESS
from layers.desk.briefs import Brief, Issued

#: So many signs are named.
_MOST = 8
#: What is read in a program of its own has the fonts of that program.
_ELSEWHERE: tuple[Form | ReportForm, ...] = ("html", "docx")


def asked(brief: Brief) -> str:
    """Return in a sentence which signs of a sheet that is asked for cannot be printed; blank where all can."""
    return _told(brief.title, brief.author, brief.unit, brief.to)


def issued(made: Issued) -> str:
    """Return in a sentence which signs of what was issued were not printed; blank where all were, and where no paper is meant."""
    job = made.entry.job
    return "" if made.form in _ELSEWHERE else _told(job.title, job.author, job.unit, job.to)


def _told(*texts: str) -> str:
    signs = "".join(text for text in texts if not text.isascii())
    found = PRESS.unprintable(signs) if signs else ""
    if not found:
        return ""
    named = ", ".join(f"{sign} (U+{ord(sign):04X}, {unicodedata.name(sign, 'no name').lower()})" for sign in found[:_MOST])
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return (
        f"No font on this machine has {named}{more}: a box stands for each; write them otherwise or install a font that has them"
    )
