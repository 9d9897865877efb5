"""Own positions: headquarters, team sites, observation posts."""

from layers.catalogue._common import ID, MARKING, NAME, OWN, SECTOR, SOURCE, TEXT, VALID_FROM, VALID_TO, one_hue
from layers.model import Choice, Field, Glyph, Layer, Portrayal

KIND = Field(
    "kind",
    "Kind",
    "code",
    open=True,
    default="observation_post",
    choices=(
        Choice("headquarters", "Headquarters"),
        Choice("team_site", "Team site"),
        Choice("observation_post", "Observation post", ("op",)),
        Choice("checkpoint", "Checkpoint"),
    ),
)

LAYER = Layer(
    id="positions",
    title="Own positions",
    one="own position",
    geometry="point",
    fields=(ID, NAME, KIND, SECTOR, VALID_FROM, VALID_TO, SOURCE, MARKING, TEXT),
    portrayal=Portrayal(
        hues=one_hue("Own positions", OWN),
        glyph_field="kind",
        glyphs=(
            Glyph(("headquarters",), "Headquarters", "M-7-7H7V7H-7ZM-7-2H7"),
            Glyph(("team_site",), "Team site", "M-6-6H6V6H-6Z"),
            Glyph((), "Observation post", "M0-7L7 6H-7Z"),
        ),
        width_px=1.8,
        label_field="name",
        label_zoom=10,
    ),
    time_field="valid_from",
    until_field="valid_to",
    sectored=True,
    order=55,
)
