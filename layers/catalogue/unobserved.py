"""Ground that nobody observed, reckoned for a view from what patrols and posts could have observed. It is stored nowhere."""

from layers.catalogue._common import ID, MARKING, NAME, QUIET, TEXT, one_hue
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.positions import LAYER as POSITIONS
from layers.catalogue.sectors import LAYER as SECTORS
from layers.model import Field, Layer, Portrayal

LAYER = Layer(
    id="unobserved",
    title="Not observed in this period: no report is not calm",
    one="ground that was not observed",
    geometry="area",
    fields=(ID, NAME, Field("area_m2", "Area", "number", "m²", low=0), MARKING, TEXT),
    portrayal=Portrayal(hues=one_hue("Not observed", QUIET), width_px=1.0, hatch_px=7.0),
    order=13,
    reckoned=(TRACKS.id, POSITIONS.id, SECTORS.id),
)
