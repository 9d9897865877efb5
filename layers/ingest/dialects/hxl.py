"""Tables with a row of HXL tags, whatever language their header speaks (Humanitarian Exchange Language 1.1, 2018)."""

from layers.ingest.dialect import Dialect
from layers.ingest.dialects.plain import PLAIN

_TAGS: dict[str, tuple[str, ...]] = {
    "id": ("#event+id*", "#activity+id*", "#meta+id*"),
    "kind": ("#event+type*", "#event", "#cause*"),
    "occurred_at": ("#date+occurred*", "#date+start*", "#date", "#date+reported*"),
    "reported_at": ("#date+reported*",),
    "place": ("#loc+name*", "#loc", "#adm3*", "#adm2*", "#adm1*"),
    "casualties_best": ("#affected+killed*", "#affected+injured*", "#affected"),
    "name": ("#loc+name*", "#org*", "#loc"),
    "source": ("#meta+source*", "#org*"),
    "text": ("#description*", "#event+description*", "#event+name*"),
    "longitude": ("#geo+lon*",),
    "latitude": ("#geo+lat*",),
    "grid": ("#geo+coord*", "#geo+mgrs*"),
}

HXL = Dialect(
    name="hxl",
    title="HXL-tagged table",
    signature=(frozenset({"[#]*"}),),
    fields={name: (*_TAGS.get(name, ()), *PLAIN.fields.get(name, ())) for name in {**PLAIN.fields, **_TAGS}},
)
