"""What a sheet that is a page of the web tells of the features on it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from layers.briefing.plate import MOST_TOLD, Details, Drawn
from layers.catalogue.incidents import COARSE
from layers.desk import answers
from layers.desk.sheet import Sheet
from layers.model import Layer
from layers.notation import format_mgrs

#: What nobody looks up on a sheet: how a record is named and followed, not what it says.
_LEFT_OUT = ("id", "marking", "event")


def details(sheet: Sheet, drawn: tuple[Drawn, ...]) -> dict[str, Details]:
    """Return what is told of the features of each layer; of too many points, of the worst alone.

    Kinds whose victims are told of by coarse place and week only are not told of one by one.
    """
    return {of.layer.id: _of(sheet, of) for of in drawn}


def _of(sheet: Sheet, drawn: Drawn) -> Details:
    of = drawn.layer
    chosen = np.arange(len(drawn))
    if len(chosen) > MOST_TOLD:
        chosen = np.flatnonzero(drawn.hue == 0)[:MOST_TOLD]
    fields = [one for one in of.fields if not one.sensitive and one.name not in _LEFT_OUT]
    said = _read(sheet, of, chosen)
    grids = format_mgrs(drawn.lon[chosen], drawn.lat[chosen]) if of.geometry == "point" else None
    labels = (*(("Grid, WGS 84",) if grids is not None else ()), *(one.label for one in fields))
    rows = {
        n: (
            *((str(grids[at]),) if grids is not None else ()),
            *(answers.cell(of, one.name, told.get(one.name)) for one in fields),
        )
        for at, (n, told) in enumerate(zip(chosen.tolist(), said, strict=True))
        if told.get("kind") not in COARSE
    }
    return Details(labels, rows)


def _read(sheet: Sheet, of: Layer, chosen: npt.NDArray[np.int64]) -> list[Mapping[str, object]]:
    """Return the fields of a layer's features, by their places among those the sheet holds."""
    if of.tiled:
        versions = sheet.record.store.records(of.stored, sheet.seqs(of)[chosen].tolist())
        return [json.loads(text) for text in versions.payload]
    shapes, rows = sheet.shapes(of)
    return [shapes.fields[row] for row in rows[chosen].tolist()]
