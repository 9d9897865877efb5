"""The record in memory: what answers a window and cuts a tile in milliseconds."""

from layers.index.coarse import Exact, exact
from layers.index.columns import (
    BETWEEN,
    DERIVED,
    NEVER,
    PLAIN,
    Addition,
    Codes,
    Columns,
    beyond,
    coded_names,
    empty,
    hue_and_glyph,
    joined,
    precision_code,
    together,
)
from layers.index.fixes import Faults, Fixes, Wrong, faults
from layers.index.morton import degrees, keys
from layers.index.played import played
from layers.index.points import PointIndex
from layers.index.selection import Among, Mask, Question, Recoding, Rows, Selection, cut, mask
from layers.index.shapes import Shapes, classes, extended, none, with_sectors
from layers.index.tracks import Passages, Tracks
from layers.index.words import Words, folded, silent, spoken

__all__ = [
    "BETWEEN",
    "DERIVED",
    "NEVER",
    "PLAIN",
    "Addition",
    "Among",
    "Codes",
    "Columns",
    "Exact",
    "Faults",
    "Fixes",
    "Mask",
    "Passages",
    "PointIndex",
    "Question",
    "Recoding",
    "Rows",
    "Selection",
    "Shapes",
    "Tracks",
    "Words",
    "Wrong",
    "beyond",
    "classes",
    "coded_names",
    "cut",
    "degrees",
    "empty",
    "exact",
    "extended",
    "faults",
    "folded",
    "hue_and_glyph",
    "joined",
    "keys",
    "mask",
    "none",
    "played",
    "precision_code",
    "silent",
    "spoken",
    "together",
    "with_sectors",
]
