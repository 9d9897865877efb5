"""Sheets made for tests: a few layers of the catalogue with features strewn over some ground."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import shapely
from PIL import Image
from pypdf import PdfReader

from layers.briefing.located import Document
from layers.briefing.paper import Size
from layers.briefing.plate import Drawn, Land, Plate, Told
from layers.catalogue import layer
from layers.model import Box

MADE = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
BAND = "EXERCISE · CONFIDENTIAL · EXERCISE"
DOCUMENT = Document("Morning brief", MADE, "Analyst", "The last 24 hours", (BAND, "Sheet 0007"))
HERE: Box = (61.0, -20.6, 61.6, -20.0)


def told(**words: str) -> Told:
    usual = {"title": "Morning brief", "subtitle": "The last 24 hours, every kind", "band": BAND, "number": "Sheet 0007"}
    return Told(**(usual | words))


def strewn(box: Box, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return places over a box that may cross ±180."""
    chance = np.random.default_rng(seed)
    lon = box[0] + chance.random(count) * ((box[2] - box[0]) % 360)
    return (lon + 180) % 360 - 180, box[1] + chance.random(count) * (box[3] - box[1])


def incidents(lon: np.ndarray, lat: np.ndarray) -> Drawn:
    """Return incidents at places, of every severity and kind in turn."""
    of, each = layer("incidents"), np.arange(len(lon))
    hue, glyph = each % len(of.portrayal.hues), each % len(of.portrayal.glyphs)
    return Drawn(of, hue, glyph, lon, lat, dashed=np.zeros(len(lon), bool))


def settlements(lon: np.ndarray, lat: np.ndarray, names: tuple[str, ...]) -> Drawn:
    nothing = np.zeros(len(lon), int)
    return Drawn(layer("settlements"), nothing + 1, nothing + 1, lon, lat, dashed=nothing.astype(bool), names=names)


def shaped(kind: str, *shapes: shapely.Geometry, names: tuple[str, ...] = ()) -> Drawn:
    """Return lines or areas of a layer of the catalogue."""
    nothing = np.zeros(len(shapes), int)
    return Drawn(layer(kind), nothing, nothing, shapes=np.array(shapes, object), dashed=nothing.astype(bool), names=names)


def plate(box: Box = HERE, *drawn: Drawn, size: Size = "A4", portrait: bool = False, words: Told | None = None) -> Plate:
    return Plate(words or told(), size, portrait, box, drawn, Land())


def full(box: Box = HERE, count: int = 40) -> Plate:
    """Return a sheet with incidents, settlements, a line and an area."""
    west, south, east, north = box
    middle = (south + north) / 2
    line = shapely.LineString([(west, middle), ((west + east) / 2, middle + 0.05), (east, middle)])
    area = shapely.box(west + 0.05, south + 0.05, west + 0.2, south + 0.2)
    return plate(
        box,
        shaped("sectors", area, names=("Sector East",)),
        shaped("ceasefire_lines", line, names=("Green line",)),
        settlements(*strewn(box, 5, 2), ("Aulby", "Brenna", "Corso", "Delme", "Esker")),
        incidents(*strewn(box, count)),
    )


def words_of(pdf: bytes) -> str:
    """Return the text of a PDF's page."""
    return PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def pixels(png: bytes) -> np.ndarray:
    """Return a PNG decoded, (rows, columns, 3)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
