"""What is still coming in, and what may be compared with what, in words."""

from __future__ import annotations

from layers.desk import Arrivals, Trends
from layers.model import from_micros
from layers.notation import dtg


def tail(known: Arrivals) -> str:
    """Return what stands over the newest steps, blank where all are as good as in."""
    shares = [share for share, still in zip(known.shares, known.open, strict=True) if still and share is not None]
    return f"still coming in: about {_percent(sum(shares) / len(shares))} reported" if shares else ""


def delay(known: Arrivals) -> str:
    """Return how long reports take, and from how many that is known."""
    if not known.count:
        return (
            "How much is still to come in cannot be told: too few reports say when they were made. "
            "The newest counts may be too low; give the time of report where it is known."
        )
    return (
        f"Half the reports are in within {_time(known.half)} of the event, 95 % within {_time(known.most)}, "
        f"by the {known.count:,} reports so far that say when they were made."
    )


def compares(found: Trends) -> str:
    """Return what each change is a change from, where that is not simply the period before."""
    total, known = found.total, found.arrivals
    if total.before is None or total.then is None:
        return ""
    if found.covers is False and known.begins is not None:
        return f"The record begins within the period before, at {dtg(from_micros(known.begins))}: the change is no comparison."
    if known.whole is False and known.share is not None:
        return (
            f"This period is still coming in, about {_percent(known.share)} of it is reported. Each change is therefore from what was "
            f"known of the period before when that was as new: {total.then:,} of its {total.before:,}."
        )
    return ""


def change(now: int, before: int) -> str:
    """Return a change in words, with its share where the count before carries one."""
    if now == before:
        return "no change"
    share = f" ({'+' if now > before else '−'}{abs(now - before) / before:.0%})".replace("%", " %") if before >= 10 else ""
    return f"{'▲' if now > before else '▼'} {abs(now - before):,}{share}"


def _percent(share: float) -> str:
    """Return a share, rounded to what such an estimate can carry."""
    return f"{5 * round(20 * share) if share < 0.9 else round(100 * share)} %"


def _time(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1_440:.0f} days"
