"""How the features of one layer stand to another: the question behind "within so many metres of"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote, unquote

from layers.errors import MalformedView

Kind = Literal["within", "beyond", "inside", "crossing", "side"]

#: A reach beyond this many metres is no question about a place.
LARGEST_M = 500_000.0
_LAYER = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Relation:
    """Features of ``subject`` that stand so to ``other``.

    Attributes
    ----------
    subject, other : str
        Ids of layers.
    kind : str
        ``within`` and ``beyond`` so many metres on the ground; ``inside`` an area; ``crossing``; on a ``side`` of the nearest line.
    metres : float
        0 for a kind that has none.
    feature : str
        The id of the one feature of ``other`` that is meant; blank for any.
    side : str
        A party's code, ``left``, ``right`` or ``on``, for the kind ``side``; else blank.
    """

    subject: str
    kind: Kind
    other: str
    metres: float = 0.0
    feature: str = ""
    side: str = ""

    @property
    def text(self) -> str:
        """Return the canonical spelling, which ``relation`` reads back."""
        parts = [self.subject, self.kind, self.other, f"{self.metres:.10g}", self.feature, self.side]
        while not parts[-1]:
            parts.pop()
        return ",".join(quote(part, safe="") for part in parts)


def relation(text: str) -> Relation:
    """Read a relation.

    Raises
    ------
    MalformedView
        A part is not understood; the message names it.

    Examples
    --------
    >>> relation("incidents,within,zones,1000").metres
    1000.0
    """
    parts = [unquote(part) for part in text.split(",")]
    if not 3 <= len(parts) <= 6 or any(len(part) > _LONGEST for part in parts):
        raise MalformedView(f"the view's 'where' is {text[:80]!r}; write layer,relation,layer,metres")
    subject, kind, other, metres, feature, side = parts + [""] * (6 - len(parts))
    for name in (subject, other):
        if not _LAYER.fullmatch(name):
            raise MalformedView(f"the view's 'where' names {name[:40]!r}, which is no layer's id; see greenline layers")
    if kind not in get_args(Kind):
        raise MalformedView(f"the view's 'where' asks {kind[:40]!r}; write one of {', '.join(get_args(Kind))}")
    if bool(side) != (kind == "side"):
        raise MalformedView("the view's 'where' names a side only, and always, where it asks for one")
    return Relation(subject, kind, other, _metres(metres or "0", kind), feature, side)  # type: ignore[arg-type]


def _metres(text: str, kind: str) -> float:
    try:
        metres = float(text)
    except ValueError:
        metres = math.nan
    if metres != 0 and not 1 <= metres <= LARGEST_M:
        raise MalformedView(f"the view's 'where' reaches {text[:20]!r} metres; write 0, or a number from 1 to {LARGEST_M:.0f}")
    return float(f"{abs(metres):.10g}") if kind in ("within", "beyond") else 0.0
