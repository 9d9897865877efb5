"""Run every benchmark, one after the other: ``python benchmarks [--mission DIR] [--cluster DIR]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_NAMES = (
    "gate",
    "start",
    "tiles",
    "opening",
    "pan",
    "playback",
    "arrival",
    "export",
    "sheet",
    "briefing",
    "record",
    "importing",
    "appending",
    "uploading",
    "spatial",
    "response",
    "tracks",
    "within",
    "coverage",
    "place",
    "intake",
    "hotspots",
    "fixes",
    "change",
    "imagery",
    "beside_folium",
)


def main() -> int:
    here = Path(__file__).resolve().parent
    return max(subprocess.run([sys.executable, str(here / f"{name}.py"), *sys.argv[1:]]).returncode for name in _NAMES)


if __name__ == "__main__":
    sys.exit(main())
