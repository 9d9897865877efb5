"""Places and times as the field writes them, both ways, whole arrays at once."""

from layers.notation.grid import format_mgrs, read_mgrs
from layers.notation.positions import Positions, format_ddm, format_decimal, format_dms, format_utm, parse_positions
from layers.notation.projection import from_zone, to_zone, zones
from layers.notation.times import Times, dtg, format_dtg, format_iso, parse_times

__all__ = [
    "Positions",
    "Times",
    "dtg",
    "format_ddm",
    "format_decimal",
    "format_dms",
    "format_dtg",
    "format_iso",
    "format_mgrs",
    "format_utm",
    "from_zone",
    "parse_positions",
    "parse_times",
    "read_mgrs",
    "to_zone",
    "zones",
]
