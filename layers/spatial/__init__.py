"""Where things lie to each other, on the ground."""

from layers.spatial.areas import containing
from layers.spatial.buffers import buffer
from layers.spatial.crossing import crossings
from layers.spatial.distances import along, kp, near, nearest, side
from layers.spatial.frame import UnusableGeometry
from layers.spatial.gaps import crossed, gap, meets_itself
from layers.spatial.joins import join, pairs
from layers.spatial.network import Network, Snapped, roads, snap
from layers.spatial.probability import probability_inside
from layers.spatial.responses import Arrivals, Response, Route, response, routed, straight
from layers.spatial.sectors import sector, sights

__all__ = [
    "Arrivals",
    "Network",
    "Response",
    "Route",
    "Snapped",
    "UnusableGeometry",
    "along",
    "buffer",
    "containing",
    "crossed",
    "crossings",
    "gap",
    "join",
    "kp",
    "meets_itself",
    "near",
    "nearest",
    "pairs",
    "probability_inside",
    "response",
    "roads",
    "routed",
    "sector",
    "side",
    "sights",
    "snap",
    "straight",
]
