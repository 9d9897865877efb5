"""How soon a sheet of paper is made, A3 with 50,000 incidents, 20 lines and a scene under them, and what that takes.

Each form is made in a process of its own, whose peak of resident memory is told. Seconds are the processor's, from the plate to
the bytes; what the process imports is not counted.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import zlib
from datetime import UTC, datetime

from common import ROOT, arguments, median, said

_TURNS = 3
_ROWS, _LINES, _VERTICES = 50_000, 20, 2_000
_BOX = (60.6, -21.4, 62.4, -20.2)
_BOUNDS = {"pdf": (5.0, 4.0), "png": (9.0, 0.0), "pptx": (2.0, 0.0), "html": (1.5, 4.0)}
_MEMORY_MB = 800.0
#: What a page tells of one incident.
_SAID = (
    "r1",
    "Shelling",
    "230712Z NOV 26",
    "230740Z NOV 26",
    "100 m",
    "Tessaly",
    "Party A",
    "",
    "High",
    *["0"] * 3,
    "patrol",
    *["B"] * 6,
)


def main() -> None:
    rows = arguments(__doc__, rows=_ROWS).rows
    for form, (seconds, megabytes) in _BOUNDS.items():
        told = [alone(form, rows) for _ in range(_TURNS)]
        took, drawing, peak, size = (median([one[name] for one in told]) for name in ("took", "drawing", "peak", "size"))
        what = f"A3 of {rows:,} incidents, {_LINES} lines, a scene, as {form.upper()}" + (" at 300 dpi" if form == "png" else "")
        said(what, f"≤ {seconds:g} s", f"{took:.1f} s of processor, of these {drawing:.1f} to lay it out")
        said(f"{what}: size", f"≤ {megabytes:g} MB" if megabytes else "", f"{size:.1f} MB")
        said(f"{what}: peak of memory", f"≤ {_MEMORY_MB:g} MB", f"{peak:.0f} MB")
        said(f"{what}: again", "the same bytes", "the same" if len({one["sum"] for one in told}) == 1 else "other bytes")


def alone(form: str, rows: int) -> dict[str, float]:
    """Make one sheet in a process of its own; return what it says."""
    done = subprocess.run([sys.executable, __file__, "alone", form, str(rows)], check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def made(form: str, rows: int) -> None:
    """Make one sheet and say how long it took."""
    sys.path.insert(0, str(ROOT))
    import numpy as np
    import shapely

    from layers.briefing import outputs
    from layers.briefing.drawing import drawing
    from layers.briefing.plate import MOST_TOLD, Base, Details, Drawn, Land, Plate, Told, Underlay
    from layers.catalogue import layer

    chance = np.random.default_rng(1)
    west, south, east, north = _BOX
    of, lines = layer("incidents"), layer("ceasefire_lines")
    lon, lat = (west + east) / 2 + chance.normal(0, 0.3, rows), (south + north) / 2 + chance.normal(0, 0.25, rows)
    hue = chance.choice(len(of.portrayal.hues), rows, p=(0.05, 0.25, 0.7))
    glyph = chance.integers(0, len(of.portrayal.glyphs), rows)
    along = np.linspace(west, east, _VERTICES)
    shapes = [
        shapely.linestrings(
            along, south + (n + 1) * (north - south) / (_LINES + 1) + np.cumsum(chance.normal(0, 4e-4, _VERTICES))
        )
        for n in range(_LINES)
    ]
    nothing, names = np.zeros(_LINES, int), tuple(f"Line {n + 1}" for n in range(_LINES))
    pixels = chance.integers(90, 160, (1_750, 2_480, 4), np.uint8)
    pixels[..., 3] = 255
    whole = Plate(
        Told("Incidents along the line", "The last year, every kind", "EXERCISE · CONFIDENTIAL · EXERCISE", "Sheet 0001"),
        "A3",
        False,
        _BOX,
        (
            Drawn(lines, nothing, nothing, shapes=np.array(shapes, object), dashed=np.zeros(_LINES, bool), names=names),
            Drawn(of, hue, glyph, lon, lat, dashed=np.zeros(rows, bool)),
        ),
        Land((Base("land", [shapely.box(west - 1, south - 1, east, north + 1)]),)),
        Underlay(pixels, "Scene, true colour"),
        details={
            of.id: Details(
                tuple(field.label for field in of.fields), dict.fromkeys(np.flatnonzero(hue == 0)[:MOST_TOLD].tolist(), _SAID)
            )
        },
    )
    began = time.process_time()
    drawing(whole)
    laid = time.process_time()
    content = outputs.made(whole, form, datetime(2026, 11, 28, tzinfo=UTC))  # type: ignore[arg-type]
    took = time.process_time() - laid
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    told = {"took": took, "drawing": laid - began, "peak": peak, "size": len(content) / 1e6, "sum": zlib.crc32(content)}
    print(json.dumps(told))


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        made(sys.argv[2], int(sys.argv[3]))
    else:
        main()
