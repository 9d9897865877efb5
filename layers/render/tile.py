"""Point tiles as bytes: what the canvas reads without parsing."""

from __future__ import annotations

import numpy as np

from layers.model import Cut, Played

#: "GLT1" read as a little-endian number.
MAGIC = 0x31544C47
#: "GLP1".
PLAYED = 0x31504C47


def encoded(cut: Cut, version: int) -> bytes:
    """Return a tile's bytes, all little-endian.

    Four 32-bit numbers (magic, n, flags with bit 0 for cells, version), then the columns one after
    the other: count and id (32 bits), x and y (16 bits), hue, glyph and precision (8 bits).

    Examples
    --------
    >>> none = np.empty(0, np.uint32)
    >>> len(encoded(Cut(none, none, none, none, none, none, none, False), 7))
    16
    """
    head = np.array([MAGIC, len(cut.id), int(cut.aggregated), version & 0xFFFFFFFF], "<u4")
    wide = (cut.count.astype("<u4"), cut.id.astype("<u4"), cut.x.astype("<u2"), cut.y.astype("<u2"))
    narrow = (cut.hue.astype("u1"), cut.glyph.astype("u1"), cut.precision.astype("u1"))
    return b"".join(column.tobytes() for column in (head, *wide, *narrow))


def encoded_play(of: Played) -> bytes:
    """Return the bytes of a tile that is played, all little-endian.

    Four 32-bit numbers (magic, parts of the span, entries, glyphs), then the columns: the first entry of each part (32 bits), the cells'
    x and y and each entry's count (16 bits), its cell and its look (8 bits).
    """
    head = np.array([PLAYED, len(of.first) - 1, len(of.cell), of.glyphs], "<u4")
    wide = (of.first.astype("<u4"), of.x.astype("<u2"), of.y.astype("<u2"), of.count.astype("<u2"))
    return b"".join(column.tobytes() for column in (head, *wide, of.cell, of.look))
