"""The door: open a mission, sit down at a desk, ask a view, get a sheet."""

from layers.access import OWNER, User
from layers.desk.added import Added, Described
from layers.desk.arrivals import Arrivals
from layers.desk.backup import unpacked
from layers.desk.briefer import warmed
from layers.desk.briefs import Brief, Draft, Issued
from layers.desk.comparing import Compared, Comparison
from layers.desk.coverage import Covered
from layers.desk.cross import Cross, Number
from layers.desk.cued import Cue, Cued
from layers.desk.desk import Desk
from layers.desk.editing import Edit
from layers.desk.mission import STORE, Mission, open_mission
from layers.desk.patrols import Patrol, Patrols
from layers.desk.picture import Change
from layers.desk.presence import Known, Near, Passed, Stood
from layers.desk.reader import LayerCount
from layers.desk.realised import SectorResponse
from layers.desk.released import Release
from layers.desk.reporter import CALLED
from layers.desk.sheet import Sheet
from layers.desk.silences import Health, Source
from layers.desk.submission import Checked
from layers.desk.table import MOST_CHOSEN
from layers.desk.trends import Count, Trends

__all__ = [
    "CALLED",
    "MOST_CHOSEN",
    "OWNER",
    "STORE",
    "Added",
    "Arrivals",
    "Brief",
    "Change",
    "Checked",
    "Compared",
    "Comparison",
    "Count",
    "Covered",
    "Cross",
    "Cue",
    "Cued",
    "Described",
    "Desk",
    "Draft",
    "Edit",
    "Health",
    "Issued",
    "Known",
    "LayerCount",
    "Mission",
    "Near",
    "Number",
    "Passed",
    "Patrol",
    "Patrols",
    "Release",
    "SectorResponse",
    "Sheet",
    "Source",
    "Stood",
    "Trends",
    "User",
    "open_mission",
    "unpacked",
    "warmed",
]
