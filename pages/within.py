"""Monitoring, its part Within: how one layer stands to another, asked and answered on the map as the distance is moved."""

from __future__ import annotations

from layers.model import View
from pages import controls


def shown(view: View, words: str) -> None:
    """Draw the map with the question beside it, lower band included; the map's frame asks and answers by itself."""
    controls.live(view, panel="within")
    controls.band(words)
