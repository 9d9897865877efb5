"""Planned patrols, leg by leg: the legs of one patrol bear its name and are numbered."""

from layers.catalogue._common import ID, MARKING, NAME, OWN, SECTOR, SOURCE, TEXT, one_hue
from layers.model import Field, Layer, Portrayal

LAYER = Layer(
    id="patrol_routes",
    title="Planned patrol legs",
    one="planned patrol leg",
    geometry="line",
    fields=(
        ID,
        NAME,
        SECTOR,
        Field("task", "Task"),
        Field("leg", "Leg", "integer", low=1, high=99),
        Field("starts_at", "Planned start", "time"),
        Field("ends_at", "Planned end", "time"),
        SOURCE,
        MARKING,
        TEXT,
    ),
    portrayal=Portrayal(hues=one_hue("Planned patrol", OWN), width_px=1.5, dash=(5, 5), label_field="name", label_zoom=11),
    time_field="starts_at",
    until_field="ends_at",
    sectored=True,
    order=40,
)
