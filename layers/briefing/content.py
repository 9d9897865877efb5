"""What goes into a file: a layer's features, read as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from layers.model import Layer, Versions


@dataclass(frozen=True, slots=True)
class Content:
    """Features of one layer.

    Attributes
    ----------
    layer : Layer
        Of which layer.
    chunks : iterable of Versions
        The features, so many at a time; read anew each time they are asked for.
    named : callable
        What a feature is called, by its fields.
    """

    layer: Layer
    chunks: Iterable[Versions]
    named: Callable[[Mapping[str, object]], str]
