"""What goes into a file: a layer's features, read as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from layers.briefing.columns import BESIDE, columns
from layers.ingest import EXTRA, PLACED, template
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
    placed : callable, optional
        Where features lie, as the columns ``layers.ingest.PLACED``; None for a layer that is not placed.
    """

    layer: Layer
    chunks: Iterable[Versions]
    named: Callable[[Mapping[str, object]], str]
    placed: Callable[[Versions], Mapping[str, pa.Array]] | None = None

    @property
    def beside(self) -> dict[str, str]:
        """Return the names of the columns that stand beside the own template, each with what it holds, text or number."""
        fields = [field.name for field in self.layer.fields if field.beside]
        return dict.fromkeys([*fields, *BESIDE], "text") | (PLACED if self.placed else {}) | {EXTRA: "text"}

    @property
    def names(self) -> list[str]:
        """Return the columns of a table, in order: the own template's, then those beside it."""
        return [*template(self.layer), *self.beside]

    def columns(self, versions: Versions) -> dict[str, pa.Array]:
        """Return every column but the place, in order; see ``layers.briefing.columns.columns``."""
        held = columns(self.layer, versions)
        extra = held.pop(EXTRA)
        return held | dict(self.placed(versions) if self.placed else {}) | {EXTRA: extra}
