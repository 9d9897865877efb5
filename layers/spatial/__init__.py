"""Where things lie to each other, on the ground."""

from layers.spatial.areas import containing
from layers.spatial.buffers import buffer
from layers.spatial.distances import along, kp, near, nearest, side
from layers.spatial.frame import UnusableGeometry

__all__ = ["UnusableGeometry", "along", "buffer", "containing", "kp", "near", "nearest", "side"]
