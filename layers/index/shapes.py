"""A layer of few features in memory: lines, areas and standing points, every version of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from layers.index.columns import NEVER
from layers.index.levels import later, numbered, raised, ranks
from layers.index.selection import Mask, Question
from layers.model import NO_TIME, Layer, Versions


@dataclass(frozen=True, slots=True)
class Shapes:
    """Equally long columns in ascending seq; ``geometry`` is WGS 84 lon/lat, ``marking`` that of any later version if higher."""

    seq: npt.NDArray[np.int64]
    feature: tuple[str, ...]
    geometry: npt.NDArray[np.object_]
    start: npt.NDArray[np.int64]
    until: npt.NDArray[np.int64]
    recorded: npt.NDArray[np.int64]
    replaced: npt.NDArray[np.int64]
    marking: npt.NDArray[np.uint8]
    sector: npt.NDArray[np.uint16]
    fields: tuple[dict[str, object], ...]

    def __len__(self) -> int:
        return len(self.seq)

    def mask(self, question: Question) -> Mask:
        """Say of each version whether a question means it: one that is in force in its window; one without dates always is.

        Where the window runs by the time of recording, what was recorded in it is meant as well: the ground that the new
        lies on stays, and a track that comes in late is not lost.
        """
        if question.known_at is None:
            kept: Mask = self.replaced == NEVER
        else:
            kept = (self.recorded <= question.known_at) & (self.replaced > question.known_at)
        kept &= self._timely(question)
        kept &= self.marking <= question.ceiling
        if question.sectors is not None:
            kept &= np.isin(self.sector, question.sectors)
        for name, wanted in question.codes:
            if name == "sector":
                kept &= np.isin(self.sector, wanted)
        if question.box is not None:
            kept &= _touches(self.geometry, question.box)
        for bound in question.among:
            kept &= bound.rows(self)
        return kept

    def _timely(self, question: Question) -> Mask:
        in_force, recorded = np.ones(len(self), np.bool_), np.full(len(self), question.by == "recorded")
        if question.end is not None:
            in_force &= (self.start == NO_TIME) | (self.start < question.end)
            recorded &= self.recorded < question.end
        if question.start is not None:
            in_force &= (self.until == NO_TIME) | (self.until >= question.start)
            recorded &= self.recorded >= question.start
        return np.asarray(in_force | recorded)


def none() -> Shapes:
    """Return the shapes of a layer without a feature."""
    empty = np.empty(0, np.int64)
    return Shapes(empty, (), np.empty(0, object), empty, empty, empty, empty, empty.astype(np.uint8), empty.astype(np.uint16), ())


def extended(shapes: Shapes, versions: Versions, markings: Sequence[str]) -> Shapes:
    """Return shapes with stored versions added and what they replace ended."""
    kept = np.flatnonzero(~versions.retracted)
    whole = Shapes(
        seq=np.concatenate([shapes.seq, versions.seq[kept]]),
        feature=shapes.feature + tuple(versions.feature[i] for i in kept.tolist()),
        geometry=np.concatenate([shapes.geometry, _geometry(versions, kept)]),
        start=np.concatenate([shapes.start, versions.start[kept]]),
        until=np.concatenate([shapes.until, versions.until[kept]]),
        recorded=np.concatenate([shapes.recorded, versions.recorded[kept]]),
        replaced=np.concatenate([shapes.replaced, np.full(len(kept), NEVER)]),
        marking=np.concatenate([shapes.marking, ranks(markings, versions)[kept]]),
        sector=np.concatenate([shapes.sector, np.zeros(len(kept), np.uint16)]),
        fields=shapes.fields + tuple(json.loads(versions.payload[i]) for i in kept.tolist()),
    )
    ends = np.flatnonzero(versions.previous > 0)
    at = np.searchsorted(whole.seq, versions.previous[ends])
    here = at < len(whole)
    here[here] = whole.seq[at[here]] == versions.previous[ends][here]
    whole.replaced[at[here]] = versions.recorded[ends][here]
    by = later(versions, markings)
    return replace(whole, marking=raised(whole.marking, numbered(whole.feature), whole.seq, by)) if len(ends) else whole


def with_sectors(shapes: Shapes, sector: npt.NDArray[np.uint16]) -> Shapes:
    """Return shapes whose sectors are the given ones."""
    return replace(shapes, sector=sector)


def classes(shapes: Shapes, rows: npt.NDArray[np.int64], layer: Layer) -> tuple[list[int], list[int]]:
    """Return the positions of each row's hue and glyph in the layer's portrayal."""
    hues = [hue.codes for hue in layer.portrayal.hues]
    glyphs = [glyph.codes for glyph in layer.portrayal.glyphs]
    return (
        [_class(hues, shapes.fields[row].get(layer.portrayal.hue_field)) for row in rows],
        [_class(glyphs, shapes.fields[row].get(layer.portrayal.glyph_field)) for row in rows],
    )


def _class(listed: Sequence[tuple[str, ...]], code: object) -> int:
    return next((number for number, codes in enumerate(listed) if code in codes), max(0, len(listed) - 1))


def _geometry(versions: Versions, kept: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    if versions.wkb is None:
        return np.asarray(shapely.points(versions.lon[kept], versions.lat[kept]), object).reshape(-1)
    return np.asarray(shapely.from_wkb([versions.wkb[i] for i in kept.tolist()]), object).reshape(-1)


def _touches(geometry: npt.NDArray[np.object_], box: tuple[float, float, float, float]) -> Mask:
    west, south, east, north = box
    if west <= east:
        return np.asarray(shapely.intersects(geometry, shapely.box(west, south, east, north)))
    return np.asarray(
        shapely.intersects(geometry, shapely.box(west, south, 180, north))
        | shapely.intersects(geometry, shapely.box(-180, south, east, north))
    )
