"""What a mission's record adds up to, for one user: counts over time, and where reports gather."""

from __future__ import annotations

from layers.analysis.clusters import Near
from layers.desk import hotspots, trends
from layers.desk.gatherings import Gatherings, gathered
from layers.desk.hotspots import Asked, Hotspots
from layers.desk.reader import Reader
from layers.desk.trends import Trends
from layers.errors import NotFound
from layers.model import Layer, View


class Monitor(Reader):
    """A user's eyes on what the record adds up to. Every number is one that the map shows of the same view."""

    def trends(self, view: View, layer_id: str = "incidents", *, by: tuple[str, ...] = ("sector", "kind")) -> Trends:
        """Return a view's counts over time and against the period before; see ``layers.desk.trends.trends``."""
        return trends.trends(self.sheet(view), self._counted(layer_id), by)

    def usual(self, view: View, layer_id: str = "incidents") -> tuple[Asked, Near]:
        """Return what is asked about hot spots and clusters of a view where nothing is chosen."""
        return hotspots.usual(self.sheet(view), self._counted(layer_id))

    def hotspots(self, view: View, asked: Asked, layer_id: str = "incidents") -> Hotspots:
        """Return where the reports of a view gather, in words, figures and a picture; marked as its sheet is."""
        return hotspots.found(self.sheet(view), self._counted(layer_id), asked)

    def gatherings(self, view: View, near: Near, layer_id: str = "incidents") -> Gatherings:
        """Return the clusters in space and time of a view's reports; marked as its sheet is.

        Raises
        ------
        TooDense
            Too many pairs of reports would have to be compared.
        """
        return gathered(self.sheet(view), self._counted(layer_id), near)

    def _counted(self, layer_id: str) -> Layer:
        of = self.layer(layer_id)
        if not of.tiled:
            raise NotFound(f"{of.title} is not counted over time; choose a layer of reports")
        return of
