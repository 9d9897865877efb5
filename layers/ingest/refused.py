"""The rows of a file that were refused, as a table with their reasons: mend it and send it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from layers.config import Configuration
from layers.ingest import files, own
from layers.model import Layer, Receipt


def refused_rows(path: Path, layer: Layer, receipt: Receipt, by: Configuration, chunk: int = 200_000) -> tuple[str, str]:
    """Return a file's refused rows as CSV text, every column as it came, then the reasons, formula-safe; and how they are marked.

    The last heading also says how they are marked, and how the file was read, so that the rows are read alike when they come back.
    A row bears the highest marking that stands in any of its cells, the usual one of the mission where none does, and the
    highest there is where its own was refused.
    """
    reasons: dict[int, list[str]] = {}
    for fault in receipt.refused:
        reasons.setdefault(fault.row, []).append(f"{receipt.called.get(fault.field, fault.field)}: {fault.reason}")
    ranks = {_rank([by.default_marking], by.markings)} | {len(by.markings) - 1 for f in receipt.refused if f.field == "marking"}
    names: list[str] = []
    lines: list[list[str]] = []
    for part in files.chunks(path, layer, by.limits, chunk):
        if not names:
            names = [name for name in part.columns if not name.startswith(own.BECAUSE)]
            heads = [*names, *([] if part.geometry is None else [own.SHAPE])]
        for n in np.flatnonzero(np.isin(part.row, list(reasons))):
            cells = [str(part.columns[name][int(n)].as_py()) for name in names]
            cells += [] if part.geometry is None else [shapely.to_wkt(part.geometry[n], rounding_precision=-1)]
            ranks.add(_rank(cells, by.markings, 0))
            lines.append([*cells, "; ".join(reasons.pop(int(part.row[n])))])
        for row in [fault.row for fault in part.faults if fault.row in reasons]:
            lines.append([*[""] * len(heads), f"row {row}, " + "; ".join(reasons.pop(row))])
    marking, text = by.markings[max(ranks)], io.StringIO()
    because = f"{own.BECAUSE} ({'; '.join(filter(None, (marking, receipt.read and own.READ + receipt.read)))})"
    csv.writer(text).writerows(_safe(line) for line in ([*heads, because], *lines))
    return text.getvalue(), marking


def _rank(cells: Sequence[str], markings: Sequence[str], usual: int | None = None) -> int:
    """Return the rank of the highest marking that stands in some cells; where none does the ``usual``, else the highest there is."""
    known = {marking.casefold(): rank for rank, marking in enumerate(markings)}
    found = [known[cell.strip().casefold()] for cell in cells if cell.strip().casefold() in known]
    return max(found, default=len(markings) - 1 if usual is None else usual)


def _safe(cells: Sequence[str]) -> list[str]:
    return own.guarded(pa.array(cells, pa.string())).to_pylist()  # type: ignore[no-any-return]
