"""Places and times as the field writes them, both ways, whole arrays at once; signs of personal data in texts."""

from layers.notation.angles import format_ddm, format_decimal, format_dms
from layers.notation.bearings import Bearings, convergence, format_bearings, parse_bearings, true_bearings
from layers.notation.cells import reach, snapped
from layers.notation.distances import Bands, format_bands, parse_bands
from layers.notation.grid import format_mgrs, mgrs
from layers.notation.periods import WEEK, Period, begun, ended
from layers.notation.personal import personal_signs, place_signs
from layers.notation.positions import Positions, parse_positions, why_no_position
from layers.notation.rates import format_rate
from layers.notation.times import Times, dtg, format_dtg, format_iso, parse_times
from layers.notation.utm import format_utm, from_utm, to_utm

__all__ = [
    "WEEK",
    "Bands",
    "Bearings",
    "Period",
    "Positions",
    "Times",
    "begun",
    "convergence",
    "dtg",
    "ended",
    "format_bands",
    "format_bearings",
    "format_ddm",
    "format_decimal",
    "format_dms",
    "format_dtg",
    "format_iso",
    "format_mgrs",
    "format_rate",
    "format_utm",
    "from_utm",
    "mgrs",
    "parse_bands",
    "parse_bearings",
    "parse_positions",
    "parse_times",
    "personal_signs",
    "place_signs",
    "reach",
    "snapped",
    "to_utm",
    "true_bearings",
    "why_no_position",
]
