"""Zones an agreement sets: buffer zone, areas of limitation, no-fly zones."""

from layers.catalogue._common import ID, MARKING, NAME, QUIET, SOURCE, STATUS_OF_LINE, TEXT, VALID_FROM, VALID_TO
from layers.model import Choice, Colour, Field, Hue, Layer, Portrayal

KIND = Field(
    "kind",
    "Kind",
    "code",
    open=True,
    default="buffer_zone",
    choices=(
        Choice("buffer_zone", "Buffer zone"),
        Choice("area_of_separation", "Area of separation"),
        Choice("area_of_limitation", "Area of limitation"),
        Choice("no_fly_zone", "No-fly zone"),
        Choice("weapons_free_zone", "Weapons-free zone"),
        Choice("cantonment", "Cantonment"),
        Choice("storage_site", "Storage site"),
        Choice("safe_area", "Safe area"),
    ),
)

#: Zones that part the forces look alike; each is called what the agreement calls it.
_PARTING = Colour("#3F7F93", "#6FB3C7")

LAYER = Layer(
    id="zones",
    title="Zones",
    one="zone",
    geometry="area",
    fields=(ID, NAME, KIND, STATUS_OF_LINE, VALID_FROM, VALID_TO, SOURCE, MARKING, TEXT),
    portrayal=Portrayal(
        hue_field="kind",
        hues=(
            Hue(("buffer_zone",), "Buffer zone", _PARTING),
            Hue(("area_of_separation",), "Area of separation", _PARTING),
            Hue(("area_of_limitation",), "Area of limitation", Colour("#8A7A3C", "#B9A95F")),
            Hue((), "Other zone", QUIET),
        ),
        width_px=1.2,
        fill_opacity=0.10,
        dash=(6, 5),
        dashed_when=("status", "undetermined"),
        label_field="name",
        label_zoom=8,
    ),
    time_field="valid_from",
    until_field="valid_to",
    order=20,
)
