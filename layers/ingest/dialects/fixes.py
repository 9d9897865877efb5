"""Tables of fixes: who was where at what time, row by row."""

from itertools import product

from layers.ingest.dialect import Dialect
from layers.ingest.dialects.plain import PLAIN

_WHO = ("patrol", "unit", "call_sign", "callsign", "vehicle", "device", "team")
_WHEN = ("occurred_at", "fix_time", "gps_time", "datetime", "date_time", "dtg", "timestamp", "date", "time", "when")
_WHERE = (
    *product(("longitude", "lon", "long", "lng", "x"), ("latitude", "lat", "y")),
    *((name,) for name in PLAIN.fields["grid"]),
    ("easting", "northing"),
    ("utm_e", "utm_n"),
    ("utm_x", "utm_y"),
)

FIXES = Dialect(
    name="fixes",
    title="Fixes of patrols",
    layers=("patrol_tracks",),
    signature=tuple(frozenset({who, when, *where}) for who, when, where in product(_WHO, _WHEN, _WHERE)),
    fields={name: PLAIN.fields[name] for name in ("precision_m", "marking", "longitude", "latitude", "grid")}
    | {name: PLAIN.fields[name] for name in ("easting", "northing", "utm_zone")}
    | {"patrol": _WHO, "occurred_at": _WHEN},
)
