"""What the parties hold at their sites, as inspections counted it.

Every party has the same symbol: what is held where is told by label and card, never by hue.
"""

from layers.catalogue._common import ID, MARKING, QUIET, TEXT, one_hue
from layers.model import Choice, Field, Glyph, Layer, Portrayal

PARTY = Field(
    "party",
    "Party",
    "code",
    required=True,
    open=True,
    choices=(Choice("A", "Party A"), Choice("B", "Party B"), Choice("unknown", "Not determined", ("n/k", "nk", "undetermined"))),
)
WEAPON = Field(
    "weapon",
    "Weapon",
    "code",
    required=True,
    open=True,
    choices=(
        Choice("tank", "Tanks", ("tanks", "mbt")),
        Choice("armoured_vehicle", "Armoured vehicles", ("armoured vehicles", "armored vehicle", "apc", "ifv")),
        Choice("artillery", "Artillery", ("howitzer", "gun", "guns")),
        Choice("mortar", "Mortars", ("mortars",)),
        Choice("rocket_launcher", "Rocket launchers", ("rocket launchers", "mlrs")),
        Choice("anti_aircraft", "Anti-aircraft weapons", ("anti-aircraft", "aa gun", "sam")),
        Choice("manpads", "Portable anti-aircraft missiles"),
        Choice("personnel", "Personnel", ("troops", "soldiers")),
    ),
)

LAYER = Layer(
    id="holdings",
    title="Holdings",
    one="holding",
    geometry="point",
    fields=(
        ID,
        Field("name", "Site"),
        PARTY,
        WEAPON,
        Field("count", "Counted", "integer", required=True, low=0, high=1_000_000),
        Field("inspected_at", "Inspected", "time"),
        Field("valid_to", "Counts until", "time"),
        Field("source", "Inspected by"),
        MARKING,
        TEXT,
    ),
    portrayal=Portrayal(
        hues=one_hue("Inspected site", QUIET),
        glyphs=(Glyph((), "Inspected site", "M-6-4H6V5H-6ZM-6-4L0-8L6-4"),),
        width_px=1.4,
        label_field="name",
        label_zoom=12,
    ),
    time_field="inspected_at",
    until_field="valid_to",
    sectored=True,
    order=57,
)
