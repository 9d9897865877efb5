"""The limited process that decodes a logo: a PNG or JPEG on stdin, a small PNG of ours on stdout. It writes no file."""

from __future__ import annotations

import io
import sys

from PIL import Image, ImageOps

from layers.ceiling import limited

_MEMORY, _SECONDS, _PIXELS, _SIDE = 1_500_000_000, 10, 25_000_000, 400
#: Modes that may have clear pixels.
_CLEAR = ("RGBA", "LA", "PA", "P")


def main() -> None:
    """Decode what is on stdin; end with 1 where it is no such picture."""
    limited(_MEMORY, _SECONDS, 0)
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("PNG", "JPEG")) as found:
            if found.width * found.height > _PIXELS:
                sys.exit(1)
            upright = ImageOps.exif_transpose(found)
            if upright.mode.startswith("I"):
                upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
            made = (upright if upright.mode in _CLEAR else upright.convert("RGB")).convert("RGBA")
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        sys.exit(1)
    made.thumbnail((_SIDE, _SIDE))
    into = io.BytesIO()
    made.save(into, "png", optimize=True)
    sys.stdout.buffer.write(into.getvalue())


if __name__ == "__main__":
    main()
