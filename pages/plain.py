"""Text of a file or a record as text: where Streamlit would read Markdown, every mark of it is escaped."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/=^])")
#: What Streamlit turns into links, arrows, dashes and pictures even where it is escaped.
_TURNED = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)(?=\w)|(?<=[-<>~])(?=[-=<>])|(?<=:)(?=[A-Za-z][\w+-]*:)", re.IGNORECASE)
#: A sign that takes no room and joins what stands beside it.
_JOINER = "\u2060"


def plain(text: str) -> str:
    """Return a text that Streamlit shows as it stands; an invisible sign parts what would become a link or an arrow.

    >>> print(plain("[a](b) *c* :red[d]"))
    \\[a\\]\\(b\\) \\*c\\* \\:red\\[d\\]
    >>> plain("http://a").replace(_JOINER, "|")
    'http\\\\:|\\\\/\\\\/a'
    """
    return _MARKS.sub(r"\\\1", _TURNED.sub(_JOINER, " ".join(text.split())))
