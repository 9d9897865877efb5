"""Texts on their way into XML: what would be markup is escaped, what XML cannot hold is marked."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_UNHELD = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_LONE = re.compile(f"{_UNHELD}|[\ud800-\udfff]")
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))


def plain(text: str) -> str:
    """Return a text with a mark in place of each character that XML cannot hold."""
    return _LONE.sub("\ufffd", text)


def escaped(texts: pa.Array) -> pa.Array:
    """Return texts as the content of XML elements."""
    texts = pc.replace_substring_regex(texts, _UNHELD, "\ufffd")
    for sign, entity in _ESCAPES:
        texts = pc.replace_substring(texts, sign, entity)
    return texts
