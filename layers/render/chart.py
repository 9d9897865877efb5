"""Counts over time as SVG text: bars of equal steps, those still coming in hatched, in the colour of the words around them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from layers.model import from_micros
from layers.notation import dtg, format_rate

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 26, 42
_HEIGHT = 240
_STEPS = (1, 2, 5)
#: Hours from one mark of the time axis to the next; a month stands for the longest.
_MARKS = (1, 2, 3, 6, 12, 24, 48, 7 * 24, 14 * 24)
_MARK_PX = 64
_HATCH = (
    '<defs><pattern id="{id}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M1 0V5" stroke="currentColor" stroke-width="1.6"/></pattern></defs>'
)
_SPARK = (120, 18)
_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts of equal steps of time.

    Attributes
    ----------
    edges : sequence of int
        Microseconds since 1970 UTC, one more than counts.
    counts : sequence of int
    open : sequence of bool
        Which of them are still coming in.
    words : str
        What they are, for those who cannot see them; plain text.
    note : str
        What stands over those still coming in; plain text.
    """

    edges: Sequence[int]
    counts: Sequence[int]
    open: Sequence[bool]
    words: str
    note: str = ""


def chart(bars: Bars, width: int, of: str) -> str:
    """Return a chart of bars with its axes as SVG text.

    Parameters
    ----------
    bars : Bars
    width : int
        CSS pixels.
    of : str
        What the axis of counts says; plain text.
    """
    frame = _Frame.of(bars, width)
    name = f"gl-hatch-{width}"
    parts = [f"<title>{escape(bars.words)}</title>", _HATCH.format(id=name), *_levels(frame), *_times(frame)]
    parts += [_bar(frame, bars, n, name) for n, count in enumerate(bars.counts) if count]
    parts += [_text(0, 12, of), *_noted(frame, bars)]
    return _svg(width, _HEIGHT, parts, bars.words, "gl-chart")


@dataclass(frozen=True, slots=True)
class Dots:
    """Rates of equal steps of time with their intervals.

    Attributes
    ----------
    edges : sequence of int
        Microseconds since 1970 UTC, one more than rates.
    rates : sequence of (best, low, high) or None
        None where nothing is known, which is not zero.
    open : sequence of bool
        Which of them are still coming in.
    words : str
        What they are, for those who cannot see them; plain text.
    none : str
        What a step without a rate is called; plain text.
    """

    edges: Sequence[int]
    rates: Sequence[tuple[float, float, float] | None]
    open: Sequence[bool]
    words: str
    none: str


def rated(dots: Dots, width: int, of: str) -> str:
    """Return a chart of rates as SVG text: a dot for each with a line over its interval; steps without one are hatched.

    An interval that goes beyond twice the highest rate ends at an arrow.
    """
    most = 2 * _most(dots)
    top = max((min(high, most) for _, _, high in filter(None, dots.rates)), default=1.0)
    unit = 10.0 ** math.floor(math.log10(top))
    unit = next(unit * k for k in (0.2, 0.5, 1, 2, 5) if top / (unit * k) <= _LEVELS)
    frame = _Frame(dots.edges[0], dots.edges[-1], math.ceil(top / unit) * unit, unit, width)
    name = f"gl-unknown-{width}"
    parts = [f"<title>{escape(dots.words)}</title>", _HATCH.format(id=name), *_levels(frame), *_times(frame)]
    parts += [_dot(frame, dots, n, name) for n in range(len(dots.rates))]
    if None in dots.rates:
        swatch = f'<rect x="{width - _RIGHT - 12}" y="3" width="12" height="10" fill="url(#{name})" stroke="currentColor"/>'
        parts += [swatch, _text(width - _RIGHT - 18, 12, dots.none, "end")]
    return _svg(width, _HEIGHT, [*parts, _text(0, 12, of)], dots.words, "gl-chart")


def _most(dots: Dots) -> float:
    """Return the highest rate; where all are none, the end of the shortest interval."""
    known = [one for one in dots.rates if one]
    return max((best for best, _, _ in known if best), default=min((high for _, _, high in known), default=1.0) / 2)


def _dot(frame: _Frame, dots: Dots, n: int, hatch: str) -> str:
    left, right = frame.x(dots.edges[n]), frame.x(dots.edges[n + 1])
    span = f"{dtg(from_micros(dots.edges[n]))} to {dtg(from_micros(dots.edges[n + 1]))}"
    if (rate := dots.rates[n]) is None:
        said = f"<title>{escape(f'{span}: {dots.none}')}</title>"
        high = frame.y(0) - frame.y(frame.top)
        return f'<rect x="{left:.1f}" y="{frame.y(frame.top):.1f}" width="{right - left:.1f}" height="{high:.1f}" fill="url(#{hatch})" fill-opacity=".45">{said}</rect>'
    best, low, high = rate
    x, up = (left + right) / 2, frame.y(min(high, frame.top))
    said = f"{span}: {format_rate(best)} ({format_rate(low)} to {format_rate(high)}){', still coming in' if dots.open[n] else ''}"
    arrow = f"M{x - 3:.1f} {up + 5:.1f}L{x:.1f} {up:.1f}L{x + 3:.1f} {up + 5:.1f}" if high > frame.top else ""
    filled = 'fill="none"' if dots.open[n] else 'fill="currentColor"'
    return (
        f'<g stroke="currentColor"><title>{escape(said)}</title><path d="M{x:.1f} {frame.y(low):.1f}V{up:.1f}{arrow}" fill="none" stroke-opacity=".6"/>'
        f'<circle cx="{x:.1f}" cy="{frame.y(min(best, frame.top)):.1f}" r="{min(3.5, max(1.2, 0.35 * (right - left))):.1f}" {filled}/></g>'
    )


def spark(counts: Sequence[int], unfinished: Sequence[bool], words: str) -> str:
    """Return the course of one row's counts, without axes; steps that are still coming in are hollow."""
    width, height = _SPARK
    top, step = max(max(counts, default=0), 1), width / max(len(counts), 1)
    parts = []
    for n, count in enumerate(counts):
        tall = (height - 2) * count / top
        drawn = 'fill="none" stroke="currentColor" stroke-width=".8"' if unfinished[n] else 'fill="currentColor"'
        if count:
            parts.append(
                f'<rect x="{n * step + 0.4:.1f}" y="{height - 1 - tall:.1f}" width="{max(step - 0.8, 0.8):.1f}" height="{tall:.1f}" {drawn}/>'
            )
    parts.append(f'<path d="M0 {height - 0.5}H{width}" stroke="currentColor" stroke-opacity=".35"/>')
    return _svg(width, height, [f"<title>{escape(words)}</title>", *parts], words, "gl-spark")


def named(step: int) -> str:
    """Return what a step of so many microseconds is called.

    Examples
    --------
    >>> named(3_600_000_000), named(86_400_000_000), named(28 * 86_400_000_000)
    ('hour', 'day', '28 days')
    """
    hours = step // 3_600_000_000
    return {1: "hour", 24: "day", 168: "week"}.get(hours, f"{hours // 24:,} days")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plot laid over time and counts."""

    begin: int
    end: int
    top: float
    unit: float
    width: int

    @staticmethod
    def of(bars: Bars, width: int) -> _Frame:
        """Return a frame whose counts end at a round number."""
        most = max(max(bars.counts, default=0), 1)
        power = 10 ** max(0, math.floor(math.log10(most)) - 1)
        unit = next(unit for scale in (power, 10 * power) for unit in (scale * k for k in _STEPS) if unit * 4 >= most)
        return _Frame(bars.edges[0], bars.edges[-1], -(-most // unit) * unit, unit, width)

    def x(self, moment: float) -> float:
        """Return where a moment lies, CSS pixels from the left."""
        return _LEFT + (self.width - _LEFT - _RIGHT) * (moment - self.begin) / (self.end - self.begin)

    def y(self, count: float) -> float:
        """Return where a count lies, CSS pixels from the top."""
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * count / self.top


def _bar(frame: _Frame, bars: Bars, n: int, hatch: str) -> str:
    left, right, top = frame.x(bars.edges[n]), frame.x(bars.edges[n + 1]), frame.y(bars.counts[n])
    gap = min(1.0, 0.15 * (right - left))
    ends = dtg(from_micros(bars.edges[n + 1]))
    said = f"{dtg(from_micros(bars.edges[n]))} to {ends}: {bars.counts[n]:,}{', still coming in' if bars.open[n] else ''}"
    drawn = f'fill="url(#{hatch})" stroke="currentColor"' if bars.open[n] else 'fill="currentColor" fill-opacity=".72"'
    return (
        f'<rect x="{left + gap:.1f}" y="{top:.1f}" width="{max(right - left - 2 * gap, 0.8):.1f}" '
        f'height="{frame.y(0) - top:.1f}" {drawn}><title>{escape(said)}</title></rect>'
    )


def _noted(frame: _Frame, bars: Bars) -> Iterator[str]:
    """Write over the bars that are still coming in that they are, and mark where they begin."""
    first = next((n for n, still in enumerate(bars.open) if still), None)
    if first is not None and bars.note:
        at = frame.x(bars.edges[first])
        yield f'<path d="M{at:.1f} 18V{frame.y(0):.1f}" stroke="currentColor" stroke-dasharray="3 3" fill="none"/>'
        yield _text(frame.width - _RIGHT, 12, bars.note, "end")


def _levels(frame: _Frame) -> Iterator[str]:
    for n in range(round(frame.top / frame.unit) + 1):
        count = n * frame.unit
        y = frame.y(count)
        yield f'<path d="M{_LEFT} {y:.1f}H{frame.width - _RIGHT}" stroke="currentColor" stroke-opacity="{".5" if not count else ".15"}"/>'
        yield _text(_LEFT - 6, y + 4, f"{count:,.6g}", "end")


def _times(frame: _Frame) -> Iterator[str]:
    """Write round moments under the axis, as far apart as they can be read."""
    hours = (frame.end - frame.begin) / 3.6e9
    room = max((frame.width - _LEFT - _RIGHT) // _MARK_PX, 1)
    every = next((mark for mark in _MARKS if hours / mark <= room), 0)
    taken = float("-inf")
    for moment in _moments(from_micros(frame.begin), from_micros(frame.end), every):
        x = frame.x(moment.timestamp() * 1e6)
        if x - taken >= _MARK_PX and _LEFT - 1 <= x <= frame.width - _MARK_PX / 2:
            taken = x
            yield f'<path d="M{x:.1f} {frame.y(0):.1f}v5" stroke="currentColor"/>'
            yield _text(x, frame.y(0) + 18, _mark(moment, every), "middle")
    yield _text(frame.width - _RIGHT, _HEIGHT - 4, f"Time, UTC, to {dtg(from_micros(frame.end))}", "end")


def _moments(begin: datetime, end: datetime, every: int) -> Iterator[datetime]:
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    if not every:
        moment = midnight.replace(day=1)
        while moment <= end:
            yield moment
            moment = (moment + timedelta(days=32)).replace(day=1)
        return
    for n in range(math.ceil((end - midnight) / timedelta(hours=every)) + 1):
        moment = midnight + n * timedelta(hours=every)
        if begin <= moment <= end:
            yield moment


def _mark(moment: datetime, every: int) -> str:
    if not every:
        return f"{moment:%b %y}".upper()
    return f"{moment:%d %b}".upper() if not moment.hour else f"{moment:%H%M}Z"


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(width: int, height: int, parts: Sequence[str], words: str, kind: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'fill="currentColor" font-size="12" role="img" aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )
