"""NASA FIRMS active fires: thermal anomalies, and nothing more. What burned, and why, the sensor does not say.

Times of acquisition are UTC, hours and minutes as one number: 5 is five past midnight. Precision is the sensor's nominal pixel: VIIRS 375 m, MODIS 1 km.
"""

from layers.ingest.dialect import Dialect

FIRMS = Dialect(
    name="firms",
    title="FIRMS thermal anomalies",
    layers=("incidents",),
    signature=(frozenset({"latitude", "longitude", "acq_date", "acq_time", "satellite", "confidence"}),),
    fields={
        "occurred_at": ("acq_date", "acq_time"),
        "precision_m": ("instrument",),
        "longitude": ("longitude",),
        "latitude": ("latitude",),
    },
    joined=frozenset({"occurred_at"}),
    whole_numbers=frozenset({"occurred_at"}),
    constants={"kind": "thermal_anomaly", "severity": "low", "source": "FIRMS", "party": "unknown"},
    codes={"precision_m": {"viirs": "375", "modis": "1000"}},
    zone="UTC",
)
