"""Where things lie to each other, on the ground."""

from layers.spatial.areas import containing
from layers.spatial.buffers import buffer
from layers.spatial.distances import along, kp, near, nearest, side
from layers.spatial.frame import UnusableGeometry
from layers.spatial.joins import join, pairs

__all__ = ["UnusableGeometry", "along", "buffer", "containing", "join", "kp", "near", "nearest", "pairs", "side"]
