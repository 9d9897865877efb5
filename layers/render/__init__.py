"""How a sheet becomes a picture: the live map's frame, its tiles, its portrayal."""

from __future__ import annotations

from pathlib import Path

#: The folder of the map's own scripts and style sheets, served as they are.
CLIENT = Path(__file__).resolve().parent / "client"
