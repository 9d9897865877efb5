"""What an XML file says before its first element; a declaration that could grow or reach elsewhere is refused there."""

from __future__ import annotations

import codecs
import re

from layers.errors import UnreadableFile

#: A prolog longer than this is none.
LOOKED_AT = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_BEFORE = re.compile(r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)[\s/>]")


def begins(start: bytes) -> bool:
    """Say whether a file's first bytes are those of markup."""
    return _text(start).lstrip()[:1] == "<"


def root(start: bytes, name: str) -> str:
    """Return the local name of the first element, in lower case.

    Only comments and processing instructions may stand before it. So no document type and with it no entity
    can have been declared when a parser meets the first element, and after it none can be.

    Parameters
    ----------
    start : bytes
        The first ``LOOKED_AT`` bytes of the file.
    name : str
        What an error calls the file.

    Raises
    ------
    UnreadableFile
        There is a declaration, or no element.
    """
    text = _text(start)
    before = _BEFORE.match(text)
    rest = text[before.end() if before else 0 :]
    if rest[:9].casefold() in ("<!doctype", "<!entity ") and not re.match(r"<!doctype\s+html", rest, re.IGNORECASE):
        raise UnreadableFile(f"{name} declares a document type or entities, which could reach elsewhere; export it without them")
    element = _ELEMENT.match(rest)
    if element is None:
        raise UnreadableFile(f"{name} begins like XML or a web page but holds no KML or GPX; export it as KML, GPX or CSV")
    return element[1].casefold()


def _text(start: bytes) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), "utf-8")
    return start.decode(encoding, errors="replace")
