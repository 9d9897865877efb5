"""Signs of portrayals as corners: what the canvas draws from an SVG path, print draws from these.

References
----------
W3C (2018). Scalable Vector Graphics (SVG) 2, appendix B.2: elliptical arc implementation notes.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_COMMAND = re.compile(r"([MLHVAZ])([^MLHVAZ]*)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
#: Corners of a whole turn.
_ROUND = 32


@lru_cache(maxsize=256)
def corners(path: str) -> tuple[tuple[Floats, bool], ...]:
    """Return the runs of a sign, (n, 2) corners each, and whether each is closed.

    Parameters
    ----------
    path : str
        An SVG path of absolute M, L, H, V, A (of circles) and Z, in a box of -8..8, y down.

    Examples
    --------
    >>> [(run.tolist(), closed) for run, closed in corners("M-1 0H1V2Z")]
    [([[-1.0, 0.0], [1.0, 0.0], [1.0, 2.0]], True)]
    """
    runs: list[tuple[list[tuple[float, float]], bool]] = []
    for command, text in _COMMAND.findall(path):
        numbers = [float(number) for number in _NUMBER.findall(text)]
        if command == "M":
            runs.append(([], False))
        if command == "Z":
            runs[-1] = (runs[-1][0], True)
        elif command == "A":
            _arc(runs[-1][0], numbers)
        else:
            _straight(runs[-1][0], command, numbers)
    return tuple((np.array(run, np.float64), closed) for run, closed in runs)


def _straight(run: list[tuple[float, float]], command: str, numbers: list[float]) -> None:
    if command in "HV":
        for number in numbers:
            x, y = run[-1]
            run.append((number, y) if command == "H" else (x, number))
    else:
        run.extend(zip(numbers[::2], numbers[1::2], strict=True))


def _arc(run: list[tuple[float, float]], numbers: list[float]) -> None:
    """Follow arcs of circles: radius twice, turn, whether the long way, whether clockwise on the screen, the end."""
    for radius, _, _, large, sweep, x, y in np.reshape(numbers, (-1, 7)).tolist():
        begin, end = np.array(run[-1]), np.array((x, y))
        half = (end - begin) / 2
        length = float(np.hypot(*half))
        if not length:
            continue
        radius = max(radius, length)
        away = np.sqrt(max(radius**2 - length**2, 0.0)) / length * (1 if bool(large) != bool(sweep) else -1)
        middle = begin + half + away * np.array([-half[1], half[0]])
        first, last = (np.arctan2(*(at - middle)[::-1]) for at in (begin, end))
        turn = (last - first) % (2 * np.pi) if sweep else -((first - last) % (2 * np.pi))
        turned = first + turn * np.linspace(0, 1, max(2, int(abs(turn) / (2 * np.pi) * _ROUND) + 1))[1:]
        run.extend(
            zip((middle[0] + radius * np.cos(turned)).tolist(), (middle[1] + radius * np.sin(turned)).tolist(), strict=True)
        )
