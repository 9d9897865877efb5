"""What an uploaded scene may hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from layers.config.text import shown
from layers.errors import MissionUnusable


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


USUAL_SCENES = SceneLimits()
_USUAL = asdict(USUAL_SCENES)
#: What each may be set to at most: a decoder holds a block whole, in a child that has little memory.
_LARGEST = {
    "bytes": 10**12, "side": 131_072, "pixels": 10**10, "bands": 64, "block_bytes": 256_000_000, "decoded_bytes": 10**12, "blocks": 10**8,
}  # fmt: skip


def scene_limits(path: Path, found: object) -> SceneLimits:
    """Read the limits of scenes from a mission's file.

    Raises
    ------
    MissionUnusable
        They are no table, or one of them is unknown or no whole number in its bounds.
    """
    if not isinstance(found, dict):
        raise MissionUnusable(
            f"{path}: write the limits of scenes as [scene_limits] with {', '.join(_USUAL)}, each a whole number"
        )
    for name, most in found.items():
        if name not in _USUAL:
            raise MissionUnusable(f"{path}: there is no limit {shown(name)} of scene_limits; they are {', '.join(_USUAL)}")
        if type(most) is not int or not 1 <= most <= _LARGEST[name]:
            raise MissionUnusable(
                f"{path}: scene_limits {name} is {shown(most)}; write a whole number from 1 to {_LARGEST[name]:,}"
            )
    return SceneLimits(**found)


def scene_limit_lines(limits: SceneLimits) -> list[str]:
    """Write the limits that are not the usual ones as a mission's file has them; nothing where all are."""
    said = [f"{name} = {most}" for name, most in asdict(limits).items() if most != _USUAL[name]]
    return ["", "[scene_limits]", *said] if said else []
