"""Text of a file or a record as text: where Streamlit would read Markdown, every mark of it is escaped."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/=^])")


def plain(text: str) -> str:
    """Return a text that Streamlit shows as it stands.

    >>> print(plain("[a](b) *c* :red[d]"))
    \\[a\\]\\(b\\) \\*c\\* \\:red\\[d\\]
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
