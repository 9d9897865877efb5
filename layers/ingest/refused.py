"""The rows of a file that were refused, as a table with their reasons: mend it and send it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from layers.config import Limits
from layers.ingest import files
from layers.ingest.own import guarded
from layers.model import Fault, Layer

#: The column that says why; it is passed over when the table comes back.
BECAUSE = "refused because"


def refused_rows(path: Path, layer: Layer, faults: Sequence[Fault], limits: Limits, chunk: int = 200_000) -> str:
    """Return a file's refused rows as CSV text: every column as it came, then the reasons; formula-safe."""
    reasons: dict[int, list[str]] = {}
    for fault in faults:
        reasons.setdefault(fault.row, []).append(f"{fault.field}: {fault.reason}")
    text = io.StringIO()
    names: list[str] = []
    writer = csv.writer(text)
    for part in files.chunks(path, layer, limits, chunk):
        if not names:
            names = list(part.columns)
            writer.writerow([*names, *([] if part.geometry is None else ["wkt"]), BECAUSE])
        for n in np.flatnonzero(np.isin(part.row, list(reasons))):
            cells = [str(part.columns[name][int(n)].as_py()) for name in names]
            cells += [] if part.geometry is None else [shapely.to_wkt(part.geometry[n], rounding_precision=-1)]
            writer.writerow(_safe([*cells, "; ".join(reasons.pop(int(part.row[n])))]))
        for row in [fault.row for fault in part.faults if fault.row in reasons]:
            blank = [""] * (len(names) + (part.geometry is not None))
            writer.writerow(_safe([*blank, f"row {row}, " + "; ".join(reasons.pop(row))]))
    return text.getvalue()


def _safe(cells: list[str]) -> list[str]:
    return guarded(pa.array(cells, pa.string())).to_pylist()  # type: ignore[no-any-return]
