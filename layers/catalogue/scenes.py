"""Scenes from satellites and drones: where and when each was taken, and what its bands show.

A scene's id is the digest of its pixels, so that the same raster taken in twice is one scene. The layer shows footprints, of the moment each was taken.
"""

from layers.catalogue._common import ID, MARKING, NAME, QUIET, SOURCE, TEXT, one_hue
from layers.model import Choice, Field, Layer, Portrayal

SENSOR = Field(
    "sensor",
    "Sensor",
    "code",
    required=True,
    choices=(
        Choice("sentinel2", "Sentinel-2", ("sentinel-2", "s2")),
        Choice("landsat", "Landsat"),
        Choice("sentinel1", "Sentinel-1 radar", ("sentinel-1", "s1")),
        Choice("drone", "Drone", ("uav", "uas")),
        Choice("optical", "Other optical"),
        Choice("radar", "Other radar", ("sar",)),
        Choice("elevation", "Elevation", ("dem",)),
        Choice("statistic", "Statistic of a comparison"),
    ),
)

LAYER = Layer(
    id="scenes",
    title="Scenes",
    one="scene",
    geometry="area",
    fields=(
        ID,
        NAME,
        SENSOR,
        Field("acquired_at", "Acquired", "time", required=True),
        Field("bands", "Bands, in order"),
        Field("scale", "Scale of stored numbers", "number"),
        Field("offset", "Offset of stored numbers", "number"),
        Field(
            "measured_in",
            "Measured in",
            "code",
            choices=(
                Choice("reflectance", "Reflectance"),
                Choice("linear", "Backscatter, linear"),
                Choice("decibels", "Backscatter, decibels", ("db",)),
                Choice("metres", "Metres"),
                Choice("stored", "Stored numbers"),
            ),
        ),
        Field("resolution_m", "Pixel", "number", "m", low=0),
        Field("valid_percent", "Pixels with data", "number", "%", low=0, high=100),
        Field("made_by", "Made by"),
        Field("method", "Method of the comparison"),
        Field("before", "Scene before"),
        Field("after", "Scene after"),
        SOURCE,
        MARKING,
        TEXT,
    ),
    portrayal=Portrayal(hues=one_hue("Footprint", QUIET), width_px=0.8, dash=(1.5, 3)),
    time_field="acquired_at",
    until_field="acquired_at",
    order=12,
)
