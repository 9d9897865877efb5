"""The layers a mission knows: one file each, found by themselves. A new layer is one new file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from layers.errors import UnknownLayer
from layers.model import Layer


def _found() -> tuple[Layer, ...]:
    modules = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(sorted((m.LAYER for m in modules), key=lambda layer: (layer.order, layer.id)))


#: Every layer that is stored, the lowest on the map first, and those that are reckoned for a view.
LAYERS: tuple[Layer, ...] = tuple(of for of in _found() if not of.reckoned)
RECKONED: tuple[Layer, ...] = tuple(of for of in _found() if of.reckoned)


def layer(name: str) -> Layer:
    """Return the layer of that id.

    Raises
    ------
    UnknownLayer
        There is none; the message lists those there are.
    """
    for candidate in LAYERS:
        if candidate.id == name:
            return candidate
    raise UnknownLayer(f"no layer {name[:60]!r}; there are: {', '.join(c.id for c in LAYERS)}")
