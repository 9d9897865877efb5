"""A mission's logo: decoded in a limited process, and made a small PNG of ours before anything else sees it."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from layers.briefing.picture import Raster, Rect
from layers.errors import LayersError

_ROOT = Path(__file__).resolve().parents[2]
#: Bytes of the file at most, and seconds that decoding may take.
MOST, _SECONDS = 2_000_000, 20


class NoLogo(LayersError):
    """The logo of the mission's letterhead cannot be used."""


def logo(folder: Path, name: str) -> bytes:
    """Return the logo of that name in a mission folder as a PNG of ours, of 400 pixels a side at most.

    Raises
    ------
    NoLogo
        There is no such file in the folder itself, it is too large, or no PNG or JPEG.
    """
    called = f"the logo {name}"
    try:
        path = (folder / name).resolve(strict=True)
        if path.parent != folder.resolve() or not stat.S_ISREG(path.stat().st_mode):
            raise NoLogo(f"{called} is no file of the mission folder itself; put it there")
        with path.open("rb") as file:
            content = file.read(MOST + 1)
    except (OSError, RuntimeError):
        raise NoLogo(f"{called} cannot be read from the mission folder; put it there, or take it out of [letterhead]") from None
    if len(content) > MOST:
        raise NoLogo(f"{called} is larger than {MOST // 1_000_000} MB; make it smaller")
    command = [sys.executable, "-E", "-s", "-m", "layers.briefing.decoded"]
    try:
        made = subprocess.run(
            command, cwd=_ROOT, env={"PATH": "/usr/bin:/bin"}, input=content, capture_output=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NoLogo(f"{called} took too long to decode; write it anew as PNG") from None
    if made.returncode or not made.stdout:
        raise NoLogo(f"{called} is no PNG or JPEG picture, is damaged, or has more than 25 million pixels; write it anew as PNG")
    return made.stdout


def laid(png: bytes, within: Rect) -> Raster | None:
    """Return a logo as large as a box holds it, at the box's left and in the middle of its height; None for no logo."""
    if not png:
        return None
    with Image.open(io.BytesIO(png), formats=("PNG",)) as found:
        pixels = np.asarray(found.convert("RGBA"))
    high, wide = pixels.shape[:2]
    share = min(within.width / wide, within.height / high)
    low = within.y + (within.height - share * high) / 2
    return Raster(Rect(within.x, low, share * wide, share * high), pixels, smooth=True)
