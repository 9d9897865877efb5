"""Settlements, displacement sites and clinics."""

from layers.catalogue._common import ID, MARKING, NAME, QUIET, SOURCE, TEXT, VALID_FROM, VALID_TO
from layers.model import Choice, Colour, Field, Glyph, Hue, Layer, Portrayal

KIND = Field(
    "kind",
    "Kind",
    "code",
    open=True,
    default="village",
    choices=(
        Choice("city", "City"),
        Choice("town", "Town"),
        Choice("village", "Village"),
        Choice("displacement_site", "Displacement site", ("idp_site", "camp")),
        Choice("clinic", "Clinic", ("hospital", "health_facility")),
    ),
)

LAYER = Layer(
    id="settlements",
    title="Settlements",
    one="settlement",
    geometry="point",
    fields=(
        ID,
        NAME,
        KIND,
        Field("population", "Population", "integer", "people", low=0),
        VALID_FROM,
        VALID_TO,
        SOURCE,
        MARKING,
        TEXT,
    ),
    portrayal=Portrayal(
        hue_field="kind",
        hues=(Hue(("displacement_site",), "Displacement site", Colour("#7A4B8C", "#C79BD8")), Hue((), "Settlement", QUIET)),
        glyph_field="kind",
        glyphs=(
            Glyph(("displacement_site",), "Displacement site", "M-7 5L0-6L7 5ZM-2 5V0H2V5"),
            Glyph(("clinic",), "Clinic", "M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z"),
            Glyph((), "Settlement", "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z"),
        ),
        width_px=1.2,
        label_field="name",
        label_zoom=10,
    ),
    time_field="valid_from",
    until_field="valid_to",
    order=30,
)
