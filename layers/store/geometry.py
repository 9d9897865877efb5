"""GeoPackage binary: the header GDAL wants before the WKB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from layers.model import Rows

#: "GP", version 0, little-endian without envelope, EPSG:4326.
HEADER = b"GP\x00\x01" + (4326).to_bytes(4, "little")


def blobs(rows: Rows) -> Sequence[bytes]:
    """Return each row's geometry as GeoPackage binary."""
    if rows.wkb is not None:
        return [HEADER + wkb for wkb in rows.wkb]
    made = np.empty(len(rows), [("head", "V13"), ("lon", "<f8"), ("lat", "<f8")])
    made["head"] = np.void(HEADER + b"\x01\x01\x00\x00\x00")
    made["lon"], made["lat"] = rows.lon + 0.0, rows.lat + 0.0  # one spelling of zero
    return list(_cut(made.tobytes(), made.dtype.itemsize))


def _cut(whole: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(whole), size):
        yield whole[at : at + size]
