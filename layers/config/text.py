"""Values as TOML writes them, and as a message shows those that cannot be used."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

#: A value is shown so far: characters in all, entries of one list or table, lists within lists.
_LONGEST, _MOST, _DEEPEST = 80, 8, 2


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


def shown(value: object) -> str:
    """Return a value that was got as a message shows it: on one line and short, however long, large or nested it is.

    Examples
    --------
    >>> shown([1, "a", True])
    "[1, 'a', True]"
    >>> shown(10**400)
    'a whole number of about 401 digits'
    """
    said = _shown(value, _DEEPEST)
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def _shown(value: object, deep: int) -> str:
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a whole number of about {int(value.bit_length() * math.log10(2)) + 1:,} digits"
    if isinstance(value, str):
        return repr(value[:_LONGEST])
    if not isinstance(value, list | dict):
        return repr(value)
    if not deep and value:
        return "[…]" if isinstance(value, list) else "{…}"
    more = ["…"] if len(value) > _MOST else []
    if isinstance(value, list):
        return f"[{', '.join([_shown(one, deep - 1) for one in value[:_MOST]] + more)}]"
    pairs = [f"{_shown(name, 0)}: {_shown(one, deep - 1)}" for name, one in list(value.items())[:_MOST]]
    return f"{{{', '.join(pairs + more)}}}"
