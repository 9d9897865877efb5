"""Any file as columns of text: the format is found out by its content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from layers.config import Limits
from layers.ingest import features, table
from layers.model import Fault, Layer


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a file. ``row`` counts from 1 after the header; every column is text, blanks trimmed, no nulls."""

    row: npt.NDArray[np.int64]
    columns: dict[str, pa.Array]
    faults: tuple[Fault, ...]
    geometry: npt.NDArray[np.object_] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)


def chunks(path: Path, layer: Layer, limits: Limits, limit: int) -> Iterator[Chunk]:
    """Return a file's rows in chunks of about ``limit`` rows."""
    if features.recognised(path):
        for found in features.chunks(path, layer, limit):
            yield Chunk(found.row, found.columns, found.faults, found.geometry)
    else:
        for part in table.chunks(path, limit):
            yield Chunk(part.row, part.columns, part.faults)
