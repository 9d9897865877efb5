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
from layers.ingest import files, own
from layers.model import Layer, Receipt


def refused_rows(path: Path, layer: Layer, receipt: Receipt, limits: Limits, chunk: int = 200_000) -> str:
    """Return a file's refused rows as CSV text: every column as it came, then the reasons; formula-safe.

    The last heading also says how the file was read, so that the rows are read alike when they come back.
    """
    reasons: dict[int, list[str]] = {}
    for fault in receipt.refused:
        reasons.setdefault(fault.row, []).append(f"{receipt.called.get(fault.field, fault.field)}: {fault.reason}")
    because = f"{own.BECAUSE} ({own.READ}{receipt.read})" if receipt.read else own.BECAUSE
    text = io.StringIO()
    names: list[str] = []
    writer = csv.writer(text)
    for part in files.chunks(path, layer, limits, chunk):
        if not names:
            names = [name for name in part.columns if not name.startswith(own.BECAUSE)]
            writer.writerow(_safe([*names, *([] if part.geometry is None else [own.SHAPE]), because]))
        for n in np.flatnonzero(np.isin(part.row, list(reasons))):
            cells = [str(part.columns[name][int(n)].as_py()) for name in names]
            cells += [] if part.geometry is None else [shapely.to_wkt(part.geometry[n], rounding_precision=-1)]
            writer.writerow(_safe([*cells, "; ".join(reasons.pop(int(part.row[n])))]))
        for row in [fault.row for fault in part.faults if fault.row in reasons]:
            blank = [""] * (len(names) + (part.geometry is not None))
            writer.writerow(_safe([*blank, f"row {row}, " + "; ".join(reasons.pop(row))]))
    return text.getvalue()


def _safe(cells: Sequence[str]) -> list[str]:
    return own.guarded(pa.array(cells, pa.string())).to_pylist()  # type: ignore[no-any-return]
