"""A view answered. Lazy: counts and masks at once, features only when a renderer asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layers import access
from layers.access import User
from layers.desk import question as ask
from layers.desk.record import Record
from layers.index import Question, Selection, Shapes, classes, hue_and_glyph
from layers.model import NO_TIME, Layer, Versions, View, Window, to_micros

_BINS = (60, 300, 600, 900, 1800, 3600, 10800, 21600, 43200, 86400, 7 * 86400, 30 * 86400, 365 * 86400)
_MOST_BINS = 120
#: The shortest there is between two times of the record.
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many features of a layer are in the view, by hue class and by glyph class.

    ``sums`` are what the features of each hue come to, in words, where its portrayal names a number to add; else there are none.
    """

    count: int
    hues: tuple[int, ...]
    glyphs: tuple[int, ...]
    sums: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of equal steps of time; all times in microseconds since 1970 UTC."""

    start: int
    end: int
    step: int
    counts: tuple[int, ...]


@dataclass(eq=False)
class Sheet:
    """One user's answer to one view, as of one version of the record.

    Attributes
    ----------
    view : View
        What was asked.
    window : Window
        The view's window in absolute terms.
    as_of : datetime
        The mission's clock when it was asked.
    version : int
        The store version the picture had reached.
    each : bool
        Whether reports that are linked as one event count each by itself.
    """

    record: Record
    user: User
    view: View
    window: Window
    as_of: datetime
    version: int
    each: bool = False
    _chosen: dict[str, tuple[Selection, Selection]] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        """Return the time whose picture this is: now, or the earlier moment the view is known at."""
        return self.view.moment(self.as_of)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Return the layers of the view, the lowest first; those switched off are left out, and those reckoned that are not asked for."""
        stored = (of for of in ask.layers(self.record, self.user) if of.id not in self.view.hidden)
        asked = (of for of in ask.reckoned(self.record, self.user) if of.id in self.view.shown)
        return tuple(sorted((*stored, *asked), key=lambda of: of.order))

    def also(self, name: str, codes: tuple[str, ...]) -> Sheet | None:
        """Return the sheet of what a view keeps, of that by one field only ``codes``; None where it keeps none of them."""
        view = self.view.also(name, codes)
        return Sheet(self.record, self.user, view, self.window, self.as_of, self.version, self.each) if view else None

    def reports(self) -> Sheet:
        """Return the sheet of the same view on which each report stands by itself, also of those that are linked as one event."""
        return Sheet(self.record, self.user, self.view, self.window, self.as_of, self.version, each=True)

    def everything(self) -> Sheet:
        """Return the sheet of all this user may see, of any time, as known at the same moment."""
        view = View(last="all", known_at=self.view.known_at)
        return Sheet(self.record, self.user, view, ask.window(self.record, view), self.as_of, self.version)

    def question(self, of: Layer) -> Question:
        """Return what the view asks of a layer."""
        return replace(ask.question(self.record, self.user, self.view, of, within=self.window), each=self.each)

    def points(self, of: Layer) -> tuple[Selection, Selection]:
        """Return the chosen rows of a tiled layer, of its large and of its fresh part."""
        if of.id not in self._chosen:
            self._chosen[of.id] = self.record.picture.points[of.stored].ask(self.question(of))
        return self._chosen[of.id]

    def shapes(self, of: Layer) -> tuple[Shapes, npt.NDArray[np.int64]]:
        """Return a layer's shapes and the rows chosen of them."""
        if of.reckoned:
            made = self.record.reckoned[of](self)
            return made, np.arange(len(made))
        shapes = self.record.picture.shapes[of.stored]
        return shapes, np.flatnonzero(shapes.mask(self.question(of)))

    def count(self, of: Layer) -> int:
        """Return how many features of a layer are in the view."""
        return sum(len(part) for part in self.points(of)) if of.tiled else len(self.shapes(of)[1])

    def tally(self, of: Layer) -> Tally:
        """Return how many features are in the view, by hue and by glyph."""
        sums: tuple[str, ...] = ()
        if of.tiled:
            worth = np.concatenate([part.worth for part in self.points(of)])
            hue, glyph = hue_and_glyph(worth, of)
        else:
            shapes, rows = self.shapes(of)
            hue, glyph = (np.array(found, np.uint8) for found in classes(shapes, rows, of))
            sums = _sums([shapes.fields[row] for row in rows.tolist()], hue, of)
        return Tally(
            len(hue),
            tuple(np.bincount(hue, minlength=len(of.portrayal.hues)).tolist()),
            tuple(np.bincount(glyph, minlength=len(of.portrayal.glyphs)).tolist()) if of.portrayal.glyphs else (),
            sums,
        )

    @property
    def time(self) -> str:
        """Return by which column of times the view's window runs: ``start``, when things occurred, or ``recorded``."""
        return "recorded" if self.window.by == "recorded" else "start"

    @property
    def window_before(self) -> Window | None:
        """Return the period of equal length before this one, by the same time; None where the view has no such period.

        By the time of recording it is looked at as it stood at its end, as this one is: what was changed since counts there too.
        """
        begin, end = self.window.start, self.window.end or self.moment
        if begin is None or end <= begin:
            return None
        known_at = begin - _MOMENT if self.window.by == "recorded" else self.window.known_at
        return replace(self.window, start=begin - (end - begin), end=begin, known_at=known_at)

    def before(self, of: Layer) -> int | None:
        """Return the count of the period of equal length before this one, None where the view has no such period."""
        earlier = self.earlier(of)
        return None if earlier is None else sum(len(part) for part in earlier)

    def earlier(self, of: Layer) -> tuple[Selection, Selection] | None:
        """Return the rows of a tiled layer of the period of equal length before this one, None where there is none."""
        window = self.window_before
        if window is None:
            return None
        question = ask.question(self.record, self.user, self.view, of, within=window)
        return self.record.picture.points[of.stored].ask(replace(question, each=self.each))

    def marking(self, only: Layer | None = None) -> str | None:
        """Return the highest marking among the features of the view, or of one layer; None where there are none."""
        ranks = [ask.rank(self.record, self.user, self.view)]
        for of in (only,) if only else self.layers:
            ranks += [ask.rank(self.record, self.user, self.record.kept[of.id].view)] if of.base else []
            if of.tiled:
                ranks += [int(part.columns.marking[part.rows].max(initial=0)) for part in self.points(of) if len(part)]
            else:
                shapes, rows = self.shapes(of)
                ranks += [int(shapes.marking[rows].max(initial=0))] if len(rows) else []
        return None if max(ranks) < 0 else access.named(max(ranks), self.record.configuration.markings)

    def band(self, marking: str | None = None) -> str:
        """Return what stands in the bands over and under the view: its highest marking or a given one, and that it is an exercise."""
        configuration = self.record.configuration
        drill = "EXERCISE" if configuration.exercise else ""
        return " · ".join(word for word in (drill, marking or self.marking() or configuration.markings[0], drill) if word)

    def times(self, of: Layer) -> npt.NDArray[np.int64]:
        """Return when the rows of a tiled layer count in the view, by the time by which its window runs; those of ``points``, in order.

        What is told by the week counts from the beginning of the window where its week began before it.
        """
        by, begin = self.window.by, to_micros(self.window.start) if self.window.start else None
        return np.concatenate([part.columns.counted(by, part.rows, begin) for part in self.points(of)])

    def histogram(self, of: Layer) -> Histogram | None:
        """Return the view's features of a tiled layer over the time by which its window runs, None where there is nothing to count.

        So a span that is chosen on it holds what its bars say, and beside them what is told by a week that reaches into it.
        """
        start = self.times(of)
        start = start[start != NO_TIME]
        begin, end = self.window.start, self.window.end or self.moment
        first = to_micros(begin) if begin else int(start.min(initial=to_micros(end)))
        latest = int(start.max(initial=0)) + 1
        last = latest if begin is None and self.window.end is None else max(to_micros(end), latest)
        if last <= first:
            return None
        step = next((s for s in _BINS if (last - first) / (s * 1e6) <= _MOST_BINS), _BINS[-1]) * 1_000_000
        first -= first % step
        counts = np.bincount((start - first) // step, minlength=-(-(last - first) // step))
        return Histogram(first, first + len(counts) * step, step, tuple(counts.tolist()))

    def lacks(self, of: Layer, one: Versions) -> str:
        """Return in words why the view does not hold the one version of a tiled layer, blank where it does."""
        if not of.tiled or any(np.isin(one.seq, part.columns.seq[part.rows]).any() for part in self.reports().points(of)):
            return ""
        begin, end = (to_micros(at) if at else None for at in (self.window.start, self.window.end))
        parts = self.record.picture.points[of.stored].parts
        within = any((part.within(self.window.by, begin, end) & np.isin(part.seq, one.seq)).any() for part in parts)
        return "Left out by the filters of this view" if within else "Outside the span of this view"

    def seqs(self, of: Layer) -> npt.NDArray[np.int64]:
        """Return the versions of a layer's features in the view, ascending."""
        if of.tiled:
            return np.sort(np.concatenate([part.columns.seq[part.rows] for part in self.points(of)]))
        shapes, rows = self.shapes(of)
        return np.sort(shapes.seq[rows])

    def features(self, layer_id: str) -> gpd.GeoDataFrame:
        """Return the view's features of a layer as a table: its fields, geometry in WGS 84, indexed by version.

        Raises
        ------
        NotFound
            No such layer for this user.
        """
        of = ask.layer(self.record, self.user, layer_id)
        versions = self.record.store.records(of.stored, self.seqs(of).tolist())
        fields = [json.loads(text) for text in versions.payload]
        names = [f.name for f in of.fields]
        table = {name: [row.get(name) for row in fields] for name in names}
        table["marking"] = list(versions.marking)
        return gpd.GeoDataFrame(
            pd.DataFrame(table, index=pd.Index(versions.seq, name="version")), geometry=_geometry(versions), crs="EPSG:4326"
        )


def _sums(fields: Sequence[Mapping[str, object]], hue: npt.NDArray[np.uint8], of: Layer) -> tuple[str, ...]:
    """Return in words what the features of each hue come to; none where legends of the layer tell how many there are."""
    look = of.portrayal
    field = of.field(look.sum_field)
    if field is None:
        return ()
    worth = np.array([one.get(field.name) or 0.0 for one in fields], np.float64)
    return tuple(field.total(size) for size in np.bincount(hue, worth, len(look.hues)).tolist())


def _geometry(versions: Versions) -> npt.NDArray[np.object_]:
    if versions.wkb is None:
        return np.asarray(shapely.points(versions.lon, versions.lat), object).reshape(-1)
    return np.asarray(shapely.from_wkb(list(versions.wkb)), object).reshape(-1)
