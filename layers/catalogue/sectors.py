"""The mission's sectors. A record's sector is the area it lies in."""

from layers.catalogue._common import ID, MARKING, NAME, QUIET, SOURCE, TEXT, VALID_FROM, VALID_TO, one_hue
from layers.model import Field, Layer, Portrayal

LAYER = Layer(
    id="sectors",
    title="Sectors",
    one="sector",
    geometry="area",
    fields=(ID, NAME, Field("code", "Code", "code", open=True), VALID_FROM, VALID_TO, SOURCE, MARKING, TEXT),
    portrayal=Portrayal(
        hues=one_hue("Sector boundary", QUIET), width_px=1.25, dash=(10, 3, 2, 3), label_field="name", label_zoom=7
    ),
    time_field="valid_from",
    until_field="valid_to",
    order=10,
)
