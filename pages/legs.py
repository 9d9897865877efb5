"""The legs of a patrol as a row of small boxes, each state its own shape as well as its own shade."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from layers.analysis.patrols import STATES, State
from layers.desk import Patrol
from layers.model import NO_TIME, from_micros
from layers.notation import dtg

_WIDE, _GAP, _HIGH = 18, 4, 16
_FIRST = 3
#: In a box of 18 × 16: what is drawn in it, and whether it is filled.
_SIGNS: dict[State, tuple[str, str]] = {
    "done": ("gl-full", "M5 8l3 3 5-6"),
    "late": ("gl-full", "M9 4v4l3 2"),
    "under way": ("gl-open", "M6 4l6 4-6 4"),
    "planned": ("gl-dashed", ""),
    "overdue": ("gl-alarm", "M9 4v5M9 11.5v.5"),
    "missed": ("gl-alarm", "M5 4l8 8M13 4l-8 8"),
}


def boxes(one: Patrol) -> str:
    """Return the legs of a patrol as a picture; what it shows is said too."""
    if not one.legs:
        return ""
    said = "; ".join(_said(leg.number, leg.state, leg.share, leg.ends, leg.done_at) for leg in one.legs)
    drawn = "".join(_box(n, leg.state) for n, leg in enumerate(one.legs))
    return _svg(len(one.legs), drawn, said)


def faults(one: Patrol, said: str = "") -> str:
    """Return what is wrong with a patrol, under ``said``: the first of it, the rest to be opened."""
    first, rest = (said, *one.faults[:_FIRST]), one.faults[_FIRST:]
    more = f"<details><summary>And {len(rest):,} more</summary>{_small(rest)}</details>" if rest else ""
    return _small(first) + more


def _small(texts: Iterable[str]) -> str:
    return "".join(f"<small>{escape(text)}</small>" for text in texts if text)


def key() -> str:
    """Return what each box means."""
    found = "".join(f"<span>{_svg(1, _box(0, state), state)} {state}</span>" for state in STATES)
    return f'<p class="gl-line gl-key">{found}</p>'


def _said(number: int, state: State, share: float, ends: int, done_at: int) -> str:
    planned = f", planned to end {dtg(from_micros(ends))}" if ends != NO_TIME else ""
    reached = f", ended {dtg(from_micros(done_at))}" if done_at != NO_TIME else ""
    passed = f", {share:.0%} driven" if 0 < share < 1 and not reached else ""
    return f"Leg {number} {state}{passed}{planned}{reached}"


def _box(n: int, state: State) -> str:
    kind, sign = _SIGNS[state]
    mark = f'<path d="{sign}"/>' if sign else ""
    return f'<g class="{kind}" transform="translate({n * (_WIDE + _GAP)} 0)"><rect x=".75" y=".75" width="16.5" height="14.5"/>{mark}</g>'


def _svg(count: int, drawn: str, said: str) -> str:
    wide, words = count * (_WIDE + _GAP) - _GAP, escape(said)
    return (
        f'<svg class="gl-legs" width="{wide}" height="{_HIGH}" viewBox="0 0 {wide} {_HIGH}" role="img" aria-label="{words}">'
        f"<title>{words}</title>{drawn}</svg>"
    )
