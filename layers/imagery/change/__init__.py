"""What changed between two scenes, measured. Each method is one file here, found by its name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from layers.errors import UnsuitableScenes
from layers.imagery.change.method import Method


def _found() -> tuple[Method, ...]:
    modules = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(sorted((m.METHOD for m in modules if hasattr(m, "METHOD")), key=lambda one: one.id))


#: Every method of finding change, by its id.
METHODS: tuple[Method, ...] = _found()


def named(name: str) -> Method:
    """Return the method of that id.

    Raises
    ------
    UnsuitableScenes
        There is none; the message lists those there are.
    """
    for candidate in METHODS:
        if candidate.id == name:
            return candidate
    raise UnsuitableScenes(f"no method {name[:60]!r}; there are: {', '.join(c.id for c in METHODS)}")
