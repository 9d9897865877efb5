"""What tests of formats share: a file read whole, as rows of text."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from layers.catalogue import layer as layer_of
from layers.config import Limits
from layers.ingest import files
from layers.model import Fault


@dataclass
class Whole:
    """All chunks of a file together: names, cells by row number, faults, tags, remarks, shapes as WKT."""

    names: list[str]
    rows: dict[int, list[str]]
    faults: list[Fault]
    tags: dict[str, str]
    remarks: list[Fault]
    shapes: list[str] | None
    said: tuple[str, ...] = ()

    @property
    def cells(self) -> list[list[str]]:
        return list(self.rows.values())

    @property
    def rows_in(self) -> int:
        return len(self.rows.keys() | {fault.row for fault in self.faults})


def whole(path: Path, layer: str = "incidents", limits: Limits | None = None, limit: int = 200_000) -> Whole:
    found = Whole([], {}, [], {}, [], None)
    for chunk in files.chunks(path, layer_of(layer), limits or Limits(), limit):
        assert len(chunk) <= limit
        found.names = list(chunk.columns)
        columns = [texts.to_pylist() for texts in chunk.columns.values()]
        rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in chunk.row]
        assert all(isinstance(cell, str) and cell == cell.strip() for row in rows for cell in row)
        assert not found.rows.keys() & set(chunk.row.tolist())
        found.rows |= dict(zip(chunk.row.tolist(), rows, strict=True))
        found.faults += chunk.faults
        found.tags |= chunk.tags
        found.said = chunk.said
        found.remarks += chunk.remarks
        if chunk.geometry is not None:
            found.shapes = [*(found.shapes or []), *(shape.wkt if shape is not None else "" for shape in chunk.geometry)]
    return found


def table(folder: Path, data: bytes | str, layer: str = "incidents", limits: Limits | None = None) -> Whole:
    path = folder / "in.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return whole(path, layer, limits)


def packed(path: Path, out: Path) -> Path:
    out.write_bytes(gzip.compress(path.read_bytes()))
    return out
