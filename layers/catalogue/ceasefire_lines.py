"""Ceasefire lines, lines of contact, and the lines beside them."""

from layers.catalogue._common import ID, LINE, MARKING, NAME, SOURCE, STATUS_OF_LINE, TEXT, VALID_FROM, VALID_TO, one_hue
from layers.model import Choice, Field, Layer, Portrayal

KIND = Field(
    "kind",
    "Kind",
    "code",
    open=True,
    default="ceasefire_line",
    choices=(
        Choice("ceasefire_line", "Ceasefire line"),
        Choice("line_of_contact", "Line of contact"),
        Choice("alpha_line", "Alpha line"),
        Choice("bravo_line", "Bravo line"),
        Choice("blue_line", "Blue Line"),
        Choice("withdrawal_line", "Withdrawal line"),
        Choice("forward_line", "Forward line of own troops"),
    ),
)

#: Seen along the line's direction.
LEFT_PARTY = Field("left_party", "Party to the left", "code", open=True)
RIGHT_PARTY = Field("right_party", "Party to the right", "code", open=True)

LAYER = Layer(
    id="ceasefire_lines",
    title="Ceasefire line",
    one="ceasefire line",
    geometry="line",
    fields=(ID, NAME, KIND, STATUS_OF_LINE, LEFT_PARTY, RIGHT_PARTY, VALID_FROM, VALID_TO, SOURCE, MARKING, TEXT),
    portrayal=Portrayal(
        hues=one_hue("Ceasefire line", LINE),
        width_px=3,
        casing=True,
        dash=(8, 6),
        dashed_when=("status", "undetermined"),
        label_field="name",
        label_zoom=11,
    ),
    time_field="valid_from",
    until_field="valid_to",
    order=60,
    sided=True,
)
