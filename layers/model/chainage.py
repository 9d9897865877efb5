"""A stretch of a line by its kilometres: the question behind "KP 100 to 115"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import quote, unquote

from layers.errors import MalformedView

#: No line on earth is longer.
LONGEST_KM = 20_000.0
_LONGEST = 200
_WRITE = "write line,from,to in kilometres, such as kp=line-1,100,115"


@dataclass(frozen=True, slots=True)
class Chainage:
    """What lies beside a line between two of its kilometres, both included.

    Attributes
    ----------
    line : str
        The id of the line, or of one of its parts.
    from_km, to_km : float
        Kilometres along it from its beginning, to the metre.
    """

    line: str
    from_km: float
    to_km: float

    @property
    def text(self) -> str:
        """Return the canonical spelling, which ``chainage`` reads back."""
        return ",".join((quote(self.line, safe=""), f"{self.from_km:.10g}", f"{self.to_km:.10g}"))


def chainage(text: str) -> Chainage:
    """Read a stretch of a line.

    Raises
    ------
    MalformedView
        A part is not understood, or the stretch runs backwards; the message says which.

    Examples
    --------
    >>> chainage("line-1,100,115").to_km
    115.0
    """
    parts = [unquote(part) for part in text.split(",")]
    if len(parts) != 3 or not 0 < len(parts[0]) <= _LONGEST:
        raise MalformedView(f"the view's 'kp' is {text[:80]!r}; {_WRITE}")
    first, last = _km(parts[1]), _km(parts[2])
    if first > last:
        raise MalformedView(f"the view's 'kp' runs back from KP {first:.10g} to KP {last:.10g}; write the lower one first")
    return Chainage(parts[0], first, last)


def _km(text: str) -> float:
    try:
        km = float(text)
    except ValueError:
        km = math.nan
    if not 0 <= km <= LONGEST_KM:
        raise MalformedView(f"the view's 'kp' names {text[:20]!r}, which is no kilometre from 0 to {LONGEST_KM:,.0f}; {_WRITE}")
    return round(abs(km), 3)
