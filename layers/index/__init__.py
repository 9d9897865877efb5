"""The record in memory: what answers a window and cuts a tile in milliseconds."""

from layers.index.columns import NEVER, PLAIN, Addition, Columns, empty, hue_and_glyph, joined, together
from layers.index.morton import degrees, keys
from layers.index.points import PointIndex
from layers.index.selection import Mask, Question, Selection, cut, mask
from layers.index.shapes import Shapes, classes, extended, none, with_sectors

__all__ = [
    "NEVER",
    "PLAIN",
    "Addition",
    "Columns",
    "Mask",
    "PointIndex",
    "Question",
    "Selection",
    "Shapes",
    "classes",
    "cut",
    "degrees",
    "empty",
    "extended",
    "hue_and_glyph",
    "joined",
    "keys",
    "mask",
    "none",
    "together",
    "with_sectors",
]
