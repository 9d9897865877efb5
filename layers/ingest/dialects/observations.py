"""A table of observations: who observed, in which direction, how far off, and by what means; the place follows."""

from layers.ingest.dialect import Dialect
from layers.ingest.dialects.plain import PLAIN

OBSERVATIONS = Dialect(
    name="observations",
    title="Table of observations",
    layers=("incidents",),
    signature=(
        frozenset({"observer*", "bearing*"}),
        frozenset({"observer*", "azimuth*"}),
        frozenset({"observer*", "direction*", "distance*"}),
    ),
    fields={
        **PLAIN.fields,
        "grid": ("observer*", "bearing*", "azimuth*", "direction*", "distance*", "means"),
        "text": (*PLAIN.fields["text"], "observation"),
    },
    tried=PLAIN.tried,
    joined=frozenset({"grid"}),
)
