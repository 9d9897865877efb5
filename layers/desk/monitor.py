"""What a mission's record adds up to, for one user: over time, against the agreement, in space, and how layers stand to each other."""

from __future__ import annotations

from collections.abc import Callable

from layers.analysis.clusters import Near
from layers.analysis.rates import Reach
from layers.catalogue.incidents import DENIED
from layers.desk import (
    civilians,
    clauses,
    coverage,
    harm,
    hotspots,
    nearest_help,
    patrols,
    presence,
    rated,
    realised,
    silences,
    trends,
    violations,
    weeks,
    within,
    workflow,
)
from layers.desk.answers import Json
from layers.desk.civilians import Place
from layers.desk.coverage import Covered
from layers.desk.cross import Cross, cross
from layers.desk.gatherings import Gatherings, gathered
from layers.desk.groups import groups
from layers.desk.harm import Harm
from layers.desk.hotspots import Asked, Hotspots
from layers.desk.patrols import Patrols
from layers.desk.presence import Known, Passed, Stood
from layers.desk.rated import Per, Rated
from layers.desk.reader import Reader
from layers.desk.realised import SectorResponse
from layers.desk.silences import Health
from layers.desk.trends import Trends
from layers.desk.violations import Violations
from layers.desk.workflow import Workflow
from layers.errors import NotFound
from layers.index import played
from layers.model import Layer, Played, View, to_micros

#: Into so many parts a span may be cut to be played.
MOST_BINS = 1_000


class Monitor(Reader):
    """A user's eyes on what the record adds up to. Every number is one that the map shows of the same view."""

    def trends(self, view: View, layer_id: str = "incidents", *, by: tuple[str, ...] = ("sector", "kind")) -> Trends:
        """Return a view's counts over time and against the period before; see ``layers.desk.trends.trends``."""
        return trends.trends(self.sheet(view), self._counted(layer_id), by)

    def rated(self, view: View, per: Per) -> Rated:
        """Return a view's counts over time and by group as rates; see ``layers.desk.rated.rated``."""
        sheet, of = self.sheet(view), self._counted("incidents")
        return rated.rated(sheet, of, trends.trends(sheet, of, ("sector", "kind")), per)

    def violations(self, view: View, layer_id: str = "incidents", *, across: str = "party", back: int = 0) -> Violations:
        """Return how many reports violate each clause, or may; see ``layers.desk.violations.violations``."""
        if across not in violations.ACROSS:
            raise NotFound(f"clauses are not counted by {across[:40]!r}; choose one of {', '.join(violations.ACROSS)}")
        return violations.violations(self.sheet(view), self._counted(layer_id), across, back)

    def weeks(self, view: View, layer_id: str = "incidents") -> tuple[str, ...]:
        """Return what weeks of a view its violations are counted by at a time, the newest first; see ``layers.desk.weeks.spans``."""
        sheet = self.sheet(view)
        return weeks.spans(sheet, sheet.points(self._counted(layer_id)))

    def workflow(self, view: View, layer_id: str = "incidents") -> Workflow:
        """Return how far a view's reports were followed up; see ``layers.desk.workflow.workflow``."""
        return workflow.workflow(self.sheet(view), self._counted(layer_id))

    def denials(self, view: View, layer_id: str = "incidents") -> tuple[Cross, View] | None:
        """Return the denials of access in a view by party and sector, and the view that holds them; None where it keeps other kinds."""
        of, held = self._counted(layer_id), self.sheet(view).also("kind", (DENIED,))
        if held is None:
            return None
        parts = held.points(of)
        return cross(held.view, parts, *(groups(held, of, name, parts) for name in ("party", "sector"))), held.view

    def harm(self, view: View, layer_id: str = "incidents") -> Harm | None:
        """Return the harm to civilians in a view; see ``layers.desk.harm.harm``."""
        return harm.harm(self.sheet(view), self._counted(layer_id))

    def patrols(self, view: View) -> Patrols:
        """Return what was planned and what was driven, and how the reports stand; see ``layers.desk.patrols.patrols``."""
        return patrols.whole(self.sheet(view))

    def played(self, view: View, layer_id: str, tile: tuple[int, int, int], bins: int) -> Played:
        """Return what one map tile of a point layer shows in each of equal parts of a view's span, so that it can be played.

        Raises
        ------
        NotFound
            The layer is not drawn as tiles, no such tile is on the map, or the span has no beginning or too many parts.
        """
        of, (z, x, y), sheet = self.layer(layer_id), tile, self.sheet(view)
        if not of.tiled or not (0 <= z <= 20 and 0 <= x < 1 << z and 0 <= y < 1 << z):
            raise NotFound(f"no tile {z}/{x}/{y} of {layer_id[:60]!r}")
        if sheet.window.start is None or not 0 < bins <= MOST_BINS:
            raise NotFound(f"only a span that begins somewhere is played, in 1 to {MOST_BINS} parts")
        start, end = to_micros(sheet.window.start), to_micros(sheet.window.end or sheet.moment)
        return played(sheet.points(of), of, tile, (start, end, bins), view.by)

    def stood(self, view: View, at: str = "") -> tuple[int, Known[Stood]]:
        """Return a moment as read, and where each patrol was then; blank is the view's own. See ``layers.desk.presence.stood``."""
        sheet = self.sheet(view)
        moment = presence.moment(at, to_micros(sheet.moment))
        return moment, presence.stood(sheet, moment)

    def passed(self, view: View, place: str, metres: float, span: tuple[str, str]) -> tuple[presence.Near, Known[Passed]]:
        """Return a question as read, and who was near a place; see ``layers.desk.presence.passed``.

        ``place`` is in any notation, or the name of a post or settlement; of the span's ends a blank one is the view's own.
        """
        sheet = self.sheet(view)
        asked = presence.near(sheet, place, metres, span)
        return asked, presence.passed(sheet, asked)

    def responses(self, view: View, layer_id: str = "incidents") -> tuple[SectorResponse, ...]:
        """Return how long the response to a view's incidents took, by sector and of all; see ``layers.desk.realised.by_sector``."""
        of = self._counted(layer_id)
        return realised.by_sector(self.sheet(view), of, lambda seqs: self._visible(of, list(seqs)))

    def reporting(self, view: View, layer_id: str = "incidents") -> Health:
        """Return which sectors and posts are quiet at a view's moment, and how late reports come; see ``layers.desk.silences.health``.

        It is marked as the view is: reports marked higher do not count.
        """
        sheet = self.sheet(view)
        return silences.health(sheet, self._counted(layer_id), sheet.marking() or self._record.configuration.markings[0])

    def civilians(self, view: View) -> tuple[Place, ...]:
        """Return where civilians are, when a patrol was last there, and what harmed them near by; see ``layers.desk.civilians``."""
        return civilians.civilians(self.sheet(view))

    def roads(self) -> str:
        """Return what keeps the mission's roads from being gone by, in a sentence, blank where nothing does; see ``layers.desk.nearest_help``."""
        return nearest_help.stated(self._record.folder, self._record.configuration.box)

    def first_look(self, view: View, reach: Reach = coverage.USUAL) -> str:
        """Return about what tracks covered, in words, blank where that is soon known; see ``layers.desk.coverage.first_look``."""
        return coverage.first_look(self.sheet(view), reach)

    def coverage(self, view: View, reach: Reach = coverage.USUAL, progress: Callable[[float], None] | None = None) -> Covered:
        """Return what patrols and posts could have observed, gaps, and rates by sector; see ``layers.desk.coverage.covered``."""
        return coverage.covered(self.sheet(view), self._counted("incidents"), reach, progress)

    def relations(self) -> Json:
        """Return what may be asked of which layers; see ``layers.desk.within.offered``."""
        return within.offered(self._record, self.user)

    def within(self, view: View) -> Json:
        """Return the answer to a view's relation and how sure it is; see ``layers.desk.within.told``."""
        return within.told(self.sheet(view))

    def reach(self, view: View) -> Json:
        """Return the ground that a view's relation reaches over; see ``layers.desk.within.reach``."""
        return within.reach(self.sheet(view))

    def agreement(self) -> Json:
        """Return the mission's agreement as this user may see it; see ``layers.desk.clauses.told``."""
        return clauses.told(self._record, self.user)

    def ceilings(self, view: View) -> list[Json]:
        """Return what the parties hold under the agreement's ceilings; see ``layers.desk.clauses.ceilings``."""
        return clauses.ceilings(self.sheet(view))

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
