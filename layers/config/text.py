"""Values as TOML writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence


def quoted(text: str) -> str:
    """Return a TOML string: JSON's own, but characters beyond 16 bits stand as they are and DEL is escaped.

    Examples
    --------
    >>> quoted("Ceasefire line")
    '"Ceasefire line"'
    """
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(texts: Sequence[str]) -> str:
    """Return a TOML array of strings.

    Examples
    --------
    >>> listed(["a", "b"])
    '["a", "b"]'
    """
    return f"[{', '.join(map(quoted, texts))}]"
