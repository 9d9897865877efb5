"""Rates as figures that read: never in powers of ten."""

from __future__ import annotations

_LEAST = 0.001


def format_rate(rate: float) -> str:
    """Return a rate of 0 or more in three figures that count, or all that stand before the point; of a small one only that it is.

    Examples
    --------
    >>> [format_rate(rate) for rate in (1234.4, 3.14159, 0.0123, 8.5e-05, 0.0)]
    ['1,234', '3.14', '0.0123', 'under 0.001', '0']
    """
    if 0 < rate < _LEAST:
        return f"under {_LEAST}"
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"
