"""What a comparison of two scenes found on the ground: measured, dated, and not yet an incident.

A finding says that something changed between two dates, never who did it. It stays dashed until an analyst has looked at it.
"""

from layers.catalogue._common import ID, MARKING, NAME, SOURCE, TEXT
from layers.model import Choice, Colour, Field, Glyph, Hue, Layer, Portrayal

REVIEW = Field(
    "review",
    "Review",
    "code",
    default="proposed",
    choices=(
        Choice("proposed", "Not looked at yet"),
        Choice("accepted", "Accepted"),
        Choice("rejected", "Rejected"),
    ),
)

LAYER = Layer(
    id="findings",
    title="Findings from imagery",
    one="finding",
    geometry="area",
    fields=(
        ID,
        NAME,
        Field("method", "Method"),
        Field("found", "Found"),
        Field("before_at", "Not yet on", "time", required=True),
        Field("after_at", "Seen on", "time", required=True),
        Field("area_m2", "Area", "number", "m²", low=0),
        Field("strength", "Strength"),
        Field("p", "Chance of as much where nothing changed", "number", low=0, high=1),
        Field("valid_percent", "Pixels compared", "number", "%", low=0, high=100),
        Field("cloud_percent", "Cloud", "number", "%", low=0, high=100),
        Field("least_area_m2", "Least area reported", "number", "m²", low=0),
        Field("shift_px", "Scenes out of step by", "number", "pixels", low=0),
        Field("before", "Scene before"),
        Field("after", "Scene after"),
        Field("statistic", "Raster of the statistic"),
        REVIEW,
        SOURCE,
        MARKING,
        TEXT,
    ),
    portrayal=Portrayal(
        hues=(Hue((), "Changed ground", Colour("#9B3A77", "#E08CBF")),),
        glyphs=(Glyph((), "Changed ground", "M-6 0L-3-5.2H3L6 0L3 5.2H-3Z"),),
        width_px=2.0,
        fill_opacity=0.18,
        dash=(5, 3),
        dashed_when=("review", "proposed"),
        label_field="name",
        label_zoom=13,
    ),
    time_field="before_at",
    until_field="after_at",
    order=58,
)
