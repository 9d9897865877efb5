"""Fields and colours that several layers share."""

from layers.model import Choice, Colour, Field, Hue

OWN = Colour("#0072B2", "#56B4E9")
LINE = Colour("#1B1F24", "#E6E3DA")
QUIET = Colour("#51606B", "#93A4AE")

ID = Field("id", "Source id")
NAME = Field("name", "Name")
TEXT = Field("text", "Text")
SOURCE = Field("source", "Source")
MARKING = Field("marking", "Marking", "code")
VALID_FROM = Field("valid_from", "In force from", "time")
VALID_TO = Field("valid_to", "In force to", "time")
SECTOR = Field("sector", "Sector", "code", open=True)

STATUS_OF_LINE = Field(
    "status",
    "Status",
    "code",
    open=True,
    default="agreed",
    choices=(Choice("agreed", "Agreed"), Choice("undetermined", "Undetermined", ("disputed", "indefinite"))),
)


def one_hue(label: str, colour: Colour) -> tuple[Hue, ...]:
    """Return the single class of a layer whose colour says nothing."""
    return (Hue((), label, colour),)
