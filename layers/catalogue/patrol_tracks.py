"""Tracks that patrols drove, with times."""

from layers.catalogue._common import ID, MARKING, NAME, OWN, SECTOR, SOURCE, TEXT, one_hue
from layers.model import Field, Layer, Portrayal

#: When the report of a patrol was received.
REPORTED = "reported_at"

LAYER = Layer(
    id="patrol_tracks",
    title="Patrol tracks",
    one="patrol track",
    geometry="line",
    fields=(
        ID,
        NAME,
        SECTOR,
        Field("route", "Planned route"),
        Field("started_at", "Started", "time"),
        Field("ended_at", "Ended", "time"),
        Field(REPORTED, "Report received", "time"),
        Field("times", "Times of the vertices, seconds after the start, separated by blanks"),
        SOURCE,
        MARKING,
        TEXT,
    ),
    portrayal=Portrayal(hues=one_hue("Patrol track", OWN), width_px=2.0, label_field="name", label_zoom=12),
    time_field="started_at",
    until_field="ended_at",
    sectored=True,
    order=50,
)
