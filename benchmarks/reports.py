"""Reports by the million, as files of the own template: every row another text of about 80 characters, seeded."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from layers.exercise.reports import columns
from layers.notation import format_dtg, format_mgrs

#: The mission they fall in, west, south, east, north, and when the last of them occurred.
BOX = (61.93, -20.82, 64.02, -19.24)
ENDS = datetime(2026, 11, 23, 12, tzinfo=UTC)
_DAYS = 90
_SEEN = ("From the tower", "On foot", "By camera", "By ear, twice", 'A driver, "certain"', "At dusk, in haze")


def file(count: int, *, notation: str = "plain", seed: int = 1, named: str = "B") -> Path:
    """Return a CSV of so many reports, made once and kept in the temporary folder.

    ``notation`` is ``plain`` (longitude, latitude, ISO 8601) or ``field`` (MGRS of a metre, date-time groups).
    """
    path = Path(tempfile.gettempdir()) / "greenline-bench" / f"reports-{count}-{notation}-{seed}-{named}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        pyarrow.csv.write_csv(table(count, notation, seed, named), part, pyarrow.csv.WriteOptions(quoting_style="needed"))
        part.rename(path)
    return path


def table(count: int, notation: str, seed: int, named: str) -> pa.Table:
    """Return reports as columns of Arrow text."""
    return pa.table({name: pa.array(texts, pa.string()) for name, texts in columns_of(count, notation, seed, named).items()})


def columns_of(count: int, notation: str = "plain", seed: int = 1, named: str = "B") -> dict[str, list[str]]:
    """Return reports as columns of text."""
    made = columns(seed, count, ENDS - timedelta(days=_DAYS), ENDS, stream=(9, count), named=named)
    dice = np.random.default_rng([seed, 9])
    seen = [_SEEN[n] for n in dice.integers(0, len(_SEEN), count).tolist()]
    bearing, away = dice.integers(0, 360, count).tolist(), (dice.integers(2, 400, count) * 10).tolist()
    told = zip(made["text"], seen, bearing, away, strict=True)
    made["text"] = [f"{text} {how}: bearing {degrees:03d}, {metres} m." for text, how, degrees, metres in told]
    if notation == "field":
        lon, lat = (np.array(made.pop(name), np.float64) for name in ("longitude", "latitude"))
        for name in ("occurred_at", "reported_at"):
            when = np.array([text[:-1] for text in made[name]], "datetime64[us]").astype(np.int64)
            made[name] = format_dtg(when).tolist()
        made["mgrs"] = format_mgrs(lon, lat, 10).tolist()
    return made
