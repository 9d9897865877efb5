"""KoboToolbox and ODK submissions: a point as "lat lon altitude accuracy" or in columns of its own; times in UTC."""

from layers.ingest.dialect import Dialect
from layers.ingest.dialects.plain import PLAIN

KOBO = Dialect(
    name="kobo",
    title="KoboToolbox or ODK",
    signature=(
        frozenset({"_uuid", "_submission_time"}),
        frozenset({"instanceid", "submissiondate"}),
        frozenset({"key", "submissiondate"}),
    ),
    fields={
        **PLAIN.fields,
        "id": ("_uuid", "instanceid", "key"),
        "reported_at": ("_submission_time", "submissiondate", "end"),
        "occurred_at": (*PLAIN.fields["occurred_at"], "start", "today"),
        "precision_m": (*PLAIN.fields["precision_m"], "_*_precision", "*-accuracy"),
        "longitude": (*PLAIN.fields["longitude"], "_*_longitude", "*-longitude"),
        "latitude": (*PLAIN.fields["latitude"], "_*_latitude", "*-latitude"),
        "geopoint": ("geopoint", "gps", "location", "point", "_geolocation", "position", "coordinates"),
        "grid": ("grid", "mgrs"),
        "place": ("place", "town", "village", "locality", "settlement"),
    },
    constants={"source": "Kobo form"},
    zone="UTC",
)
