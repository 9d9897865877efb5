"""The hash chain, as pure functions: link a row to the one before, and nothing can be changed unseen.

References
----------
Haber, S., Stornetta, W. S. (1991). How to time-stamp a digital document. Journal of Cryptology 3, 99-111.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

#: What the first row of a chain is linked to.
ROOT = bytes(32)


def link(previous: bytes, content: bytes) -> bytes:
    """Return the hash of a row that follows ``previous``.

    Examples
    --------
    >>> link(ROOT, b"a") != link(link(ROOT, b"a"), b"a")
    True
    """
    return sha256(previous + content).digest()


def canonical(values: Sequence[object]) -> bytes:
    """Return values as bytes that no other values give: a JSON array, text kept, bytes as hexadecimal."""
    plain = [value.hex() if isinstance(value, bytes) else value for value in values]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def body(detail: Mapping[str, str | int]) -> str:
    """Return an audit row's detail in its one spelling."""
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
