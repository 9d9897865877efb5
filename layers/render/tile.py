"""Point tiles as bytes: what the canvas reads without parsing."""

from __future__ import annotations

import numpy as np

from layers.model import Cut

#: "GLT1" read as a little-endian number.
MAGIC = 0x31544C47


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
