"""What an uploaded scene may hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SceneLimits:
    """What a GeoTIFF may hold; beyond it the file is refused before a pixel is read.

    Attributes
    ----------
    bytes : int
        Size of the file.
    side, pixels : int
        Width and height each, and their product.
    bands : int
    block_bytes : int
        One tile or strip, decoded: a decoder holds it whole.
    decoded_bytes : int
        All pixels of all bands, decoded.
    blocks : int
        Tiles or strips, of all bands.
    """

    bytes: int = 20_000_000_000
    side: int = 65_536
    pixels: int = 1_500_000_000
    bands: int = 32
    block_bytes: int = 64_000_000
    decoded_bytes: int = 24_000_000_000
    blocks: int = 8_000_000
