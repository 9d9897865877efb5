"""What a mission's record adds up to, for one user: counts over time."""

from __future__ import annotations

from layers.desk import trends
from layers.desk.reader import Reader
from layers.desk.trends import Trends
from layers.errors import NotFound
from layers.model import Layer, View


class Monitor(Reader):
    """A user's eyes on what the record adds up to. Every number is one that the map shows of the same view."""

    def trends(self, view: View, layer_id: str = "incidents", *, by: tuple[str, ...] = ("sector", "kind")) -> Trends:
        """Return a view's counts over time and against the period before; see ``layers.desk.trends.trends``."""
        return trends.trends(self.sheet(view), self._counted(layer_id), by)

    def _counted(self, layer_id: str) -> Layer:
        of = self.layer(layer_id)
        if not of.tiled:
            raise NotFound(f"{of.title} is not counted over time; choose a layer of reports")
        return of
