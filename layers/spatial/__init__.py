"""Where things lie to each other, on the ground."""

from layers.spatial.areas import containing

__all__ = ["containing"]
