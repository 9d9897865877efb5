"""Ground that nobody observed, reckoned for a view from what patrols and posts could have observed. It is stored nowhere.

It is told by when somebody last did before the view's end: the longer ago, the closer its lines stand, so that grey print tells it too.
"""

from layers.analysis.rates import Reach
from layers.catalogue._common import ID, MARKING, NAME, TEXT
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.catalogue.positions import LAYER as POSITIONS
from layers.catalogue.sectors import LAYER as SECTORS
from layers.model import Choice, Colour, Field, Hue, Layer, Portrayal

#: How far patrols and posts observe where nobody says otherwise.
REACH = Reach()
#: From so many days before on each class is; one more is of what was never observed.
DAYS = (0, 7, 31)
AGES = (
    Choice("week", "Under 7 days before"),
    Choice("month", "7 to 30 days before"),
    Choice("longer", "Over 30 days before"),
    Choice("never", "Never in the record"),
)

LAYER = Layer(
    id="unobserved",
    title="Not observed in this period: no report is not calm",
    one="ground that was not observed",
    geometry="area",
    fields=(
        ID,
        NAME,
        Field("age", "Last observed", "code", choices=AGES),
        Field("area_km2", "Area", "number", "km²", low=0),
        MARKING,
        TEXT,
    ),
    portrayal=Portrayal(
        hues=(
            Hue(("week",), "Observed under 7 days before", Colour("#7C8790", "#6F808B"), hatch_px=22.0),
            Hue(("month",), "Observed 7 to 30 days before", Colour("#68757F", "#8496A1"), hatch_px=14.0),
            Hue(("longer",), "Observed over 30 days before", Colour("#51606B", "#9DAEB8"), hatch_px=9.0),
            Hue(("never",), "Never observed", Colour("#37434C", "#BCC8CF"), hatch_px=6.0),
        ),
        hue_field="age",
        sum_field="area_km2",
        width_px=1.0,
    ),
    order=13,
    reckoned=(TRACKS.id, POSITIONS.id, SECTORS.id),
    basis=f"Observed is what lay within {REACH.track_m:,.0f} m of a track or {REACH.post_m / 1_000:,.0f} km of a post.",
)
