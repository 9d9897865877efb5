"""Natural Earth's disputed areas and lines."""

from layers.ingest.dialect import Dialect

NATURAL_EARTH = Dialect(
    name="natural_earth",
    title="Natural Earth",
    signature=(frozenset({"brk_name", "featurecla"}),),
    fields={"name": ("brk_name",), "text": ("note_brk",)},
    constants={"source": "Natural Earth"},
)
