"""What a user sees of a mission: role, marking ceiling and sector are checked here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from layers import access
from layers.access import User
from layers.desk import (
    about,
    answers,
    basemap,
    batches,
    crossed,
    cued,
    duplicates,
    events,
    history,
    leads,
    nearest_help,
    news,
    observed,
    offered,
    passages,
    rulings,
    search,
    spared,
    table,
    whereabouts,
    wording,
)
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.picture import Change
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.errors import NotFound
from layers.index import cut
from layers.model import Cut, Layer, Versions, View, to_micros
from layers.notation import dtg, why_no_position
from layers.render.portrayal import choices, described, form


@dataclass(frozen=True, slots=True)
class LayerCount:
    """A layer as the ``layers`` command lists it."""

    id: str
    title: str
    geometry: str
    count: int
    version: int


class Reader:
    """A user's eyes on a mission. Everything it returns is within what the user may see."""

    def __init__(self, record: Record, user: User) -> None:
        self._record = record
        self.user = user
        access.require(user, "read")

    def sheet(self, view: View, now: datetime | None = None) -> Sheet:
        """Answer a view as of now, or of a moment; MalformedView where it asks what was known before the record began, or will be known."""
        if view.known_at is not None:
            offered.knowable(self._record, view.known_at)
        now = now or self._record.clock()
        return Sheet(self._record, self.user, view, ask.window(self._record, view, now), now, self._record.picture.version)

    def understood(self, view: View) -> View:
        """Return the view itself; MalformedView where it filters by what no layer has, or by what no report here says.

        So it is where it asks what was known before the record began, or will be known.
        """
        return offered.understood(self._record, self.user, view)

    def layers(self) -> list[LayerCount]:
        """Return the layers this user has, each with its count of current features."""
        sheet = self.sheet(View(last="all")).reports()
        return [LayerCount(of.id, of.title, of.geometry, sheet.count(of), sheet.version) for of in sheet.layers]

    def layer(self, name: str) -> Layer:
        """Return a layer of that id; NotFound where this user has none."""
        return ask.layer(self._record, self.user, name)

    def portrayal(self) -> Json:
        """Return how each layer is drawn and what may be filtered, with the codes met in what this user may see."""
        layers = (*ask.layers(self._record, self.user), *ask.reckoned(self._record, self.user))
        fields, met = ask.filters(self._record, self.user), offered.met(self._record, self.user)
        return {"layers": [described(of) for of in layers], "filters": choices(fields, met)}

    def near(self, view: View, texts: Mapping[str, str]) -> Json:
        """Return what a view may keep by chainage and by what lies nearest; see ``layers.desk.offered.near``."""
        return offered.near(self.sheet(view), texts)

    def near_words(self, view: View) -> Json:
        """Return in words what a view keeps by chainage and by what lies nearest."""
        return {"words": offered.near_words(self._record, self.user, view)}

    def form(self, layer_id: str) -> Json:
        """Return what is asked of this user in a report of a layer; markings run to the user's ceiling.

        Raises
        ------
        NotFound
            No such layer for this user, or not one of points in time.
        """
        of, configuration = self.layer(layer_id), self._record.configuration
        if not of.tiled:
            raise NotFound(f"{of.title} is not reported one by one; import a file")
        top = access.ceiling(self.user, configuration.markings)
        levels = [marking for rank, marking in enumerate(configuration.markings) if rank <= top]
        default = configuration.default_marking if configuration.default_marking in levels else levels[-1]
        return {"layer": of.id, "fields": form(of, levels, default, configuration.parties)}

    def position(self, text: str) -> Json:
        """Return where a position in any notation or an observation lies; nothing where the text is neither."""
        return search.placed(self.sheet(View(last="all")), text)

    def tile(self, view: View, layer_id: str, z: int, x: int, y: int) -> tuple[Cut, int]:
        """Return what one map tile shows of a point layer, and the version it shows.

        Raises
        ------
        NotFound
            The layer is not drawn as tiles, or no such tile is on the map.
        """
        of = self.layer(layer_id)
        if not of.tiled or not (0 <= z <= 20 and 0 <= x < 1 << z and 0 <= y < 1 << z):
            raise NotFound(f"no tile {z}/{x}/{y} of {layer_id[:60]!r}")
        sheet = self.sheet(view)
        return cut(sheet.points(of), of, z, x, y), sheet.version

    def shapes(self, view: View, layer_id: str) -> Json:
        """Return the view's lines, areas or standing points of a layer."""
        sheet = self.sheet(view)
        of = next((one for one in sheet.layers if one.reckoned and one.id == layer_id), None) or self.layer(layer_id)
        if of.tiled:
            raise NotFound(f"{of.title} is drawn as tiles; ask for those")
        return {"version": sheet.version, "features": answers.outlines(sheet, of)}

    def banded(self, sheet: Sheet, marking: str = "") -> Json:
        """Return what stands in the bands over a sheet's view, or for a marking, and the rank of that, so that the higher of several stands."""
        configuration = self._record.configuration
        known = marking or sheet.marking() or configuration.markings[0]
        return {"band": sheet.band(known), "rank": access.rank(known, configuration.markings)}

    def summary(self, view: View) -> Json:
        """Return the counts, the highest marking and the histogram of a view."""
        sheet = self.sheet(view)
        tallies = {of.id: sheet.tally(of) for of in sheet.layers}
        hidden = [of for of in ask.layers(self._record, self.user) if of.id in view.hidden]
        tiled = [of for of in ask.layers(self._record, self.user) if of.tiled and not of.base]
        count, previous = self.counts(view)
        histogram = sheet.histogram(tiled[0]) if tiled else None
        window = sheet.window
        return {
            "version": sheet.version,
            "now": answers.millis(to_micros(sheet.as_of)),
            "count": count,
            "previous": previous,
            **self.banded(sheet),
            "layers": {
                name: {"count": t.count, "hues": t.hues, "glyphs": t.glyphs, "sums": t.sums, "hidden": False}
                for name, t in tallies.items()
            }
            | {of.id: {"count": sheet.count(of), "hues": (), "glyphs": (), "hidden": True} for of in hidden},
            "histogram": None
            if histogram is None
            else {
                "start": histogram.start // 1000,
                "end": histogram.end // 1000,
                "step": histogram.step // 1000,
                "counts": histogram.counts,
            },
            "window": {
                "start": answers.millis(to_micros(window.start)) if window.start else None,
                "end": answers.millis(to_micros(window.end)) if window.end else None,
            },
            "words": self.words(view),
        }

    def counts(self, view: View) -> tuple[int, int | None]:
        """Return how many reports a view holds, and how many the period of equal length before it held."""
        sheet = self.sheet(view)
        tiled = [of for of in sheet.layers if of.tiled and not of.base]
        before = [n for of in tiled if (n := sheet.before(of)) is not None]
        return sum(sheet.count(of) for of in tiled), sum(before) if before else None

    def mission(self) -> Json:
        """Return what the frame must know of the mission before it draws; see ``layers.desk.about.mission``."""
        return about.mission(self._record, self.user)

    def basemap(self, name: str) -> tuple[bytes, bytes]:
        """Return a base layer as GeoJSON, plain and gzipped; NotFound where there is none."""
        return basemap.layer(self._record.folder, self._record.configuration.box, name)

    def words(self, view: View) -> str:
        """Return a view in words."""
        return " · ".join(wording.kept(self._record, self.user, view))

    def told(self, view: View) -> str:
        """Return in words what a view asks: its span, area and filters, and as of whose knowledge."""
        return wording.told(self.sheet(view))

    def feed(self, view: View, *, limit: int = 100, before: int | None = None) -> Json:
        """Return the newest reports of a view, the newest first; ``before`` (a seq) goes on from an earlier answer."""
        sheet = self.sheet(view)
        found: list[Json] = []
        for of in sheet.layers:
            if of.tiled and not of.base:
                found += self._newest(sheet, of, max(1, min(limit, 500)), before)
        return {"version": sheet.version, "items": found}

    def card(self, layer_id: str, seq: int, view: View | None = None) -> Json:
        """Return the newest version this user may see of the feature that version ``seq`` belongs to.

        Where the view is known at a moment it is the newest of then, and the history ends then too.

        Raises
        ------
        NotFound
            There is no such version, or it is above what the user may see: the two look the same. Or the feature was
            not known at the view's moment.
        """
        of = self.layer(layer_id)
        asked = self._record.store.records(of.stored, [seq])
        told = self._record.store.history(of.stored, asked.feature[0]) if len(asked) else asked
        seen = self._visible(of, told.seq)
        if view is not None and view.known_at is not None and seq in seen:
            told = told.known(to_micros(view.known_at))
            if not seen.keys() & set(told.seq.tolist()):
                raise NotFound(f"this record was not known at {dtg(view.known_at)}; return to now to read it")
        shown = [n for n in range(len(told)) if int(told.seq[n]) in seen or (told.retracted[n] and int(told.previous[n]) in seen)]
        stood = [n for n in shown if not told.retracted[n]]
        if seq not in seen or not stood:
            raise NotFound(f"nothing numbered {seq} in {of.called} is here for you")
        newest = stood[-1]
        by_number = batches.known(self._record, self.user, told.batch[shown].tolist())
        known = {"history": history.told(of, told, shown, by_number), "withdrawn": bool(told.retracted[shown[-1]])}
        place, named = self._place(of, told, newest, view), leads.told_of(of)
        card = answers.card(of, told, newest, seen[int(told.seq[newest])], place, told=named)
        card["marking"] = self._marked(of, told, newest, view)
        card["outside"] = self.sheet(view).lacks(of, told.only(newest)) if view else ""
        known |= {"event": self._event_of(of, told, newest, view.known_at if view else None)}
        return card | known | {"observed": observed.drawn(told.only(newest)) if of.tiled else []}

    def batches(self, words: str = "", *, page: int = 1, size: int = 50) -> Json:
        """Return one page of the batches of which this user may see something; see ``layers.desk.batches.listed``."""
        return batches.listed(self._record, self.user, words, page, size)

    def table(
        self,
        view: View,
        layer_id: str,
        *,
        page: int = 1,
        size: int = 50,
        sort: str = "start",
        descending: bool = True,
        words: str = "",
    ) -> Json:
        """Return one page of a view's records as a table; see ``layers.desk.table.page``."""
        return table.page(self.sheet(view), self.layer(layer_id), page, size, sort, descending, words)

    def found(
        self, view: View, layer_id: str, *, sort: str = "start", descending: bool = True, words: str = "", upto: int
    ) -> dict[str, int]:
        """Return what a table of version ``upto`` found, each feature with its version; see ``layers.desk.table.first``."""
        return table.first(self.sheet(view), self.layer(layer_id), sort, descending, words, upto)

    def rows(self, layer_id: str, seqs: Sequence[int]) -> list[Json]:
        """Return versions as rows of the table, in their order; those the user may not see are left out.

        To who may edit them they say all that the record does, also of those that are told by a cell and a week only.
        """
        of = self.layer(layer_id)
        versions = self._record.store.records(of.stored, sorted(self._visible(of, seqs)))
        return table.rows(of, versions, whole=access.may(self.user, "edit"))

    def markings(self) -> tuple[str, ...]:
        """Return the markings this user may give, the lowest first."""
        known = self._record.configuration.markings
        return known[: access.ceiling(self.user, known) + 1]

    def sorts(self, layer_id: str) -> dict[str, str]:
        """Return what a layer's table may be sorted by, each with its words."""
        return table.sorts(self.layer(layer_id))

    def duplicates(self, view: View, layer_id: str = "incidents", *, limit: int = 100) -> Json:
        """Return the view's reports of different sources that may tell of one event; see ``layers.desk.duplicates.found``."""
        return duplicates.found(self.sheet(view), self.layer(layer_id), limit)

    def members(self, layer_id: str, event: str) -> list[int]:
        """Return the standing versions linked by an event, of those this user may see, ascending."""
        return events.members(self._record, self.user, self.layer(layer_id), event)

    def crossing(self, layer_id: str, chosen: Mapping[str, int]) -> str:
        """Return in a sentence where observations will cross, or why not, once records are linked; blank where nothing will be said."""
        of = self.layer(layer_id)
        seen = list(self._visible(of, list(chosen.values())))
        every, _ = events.whole(self._record, of, chosen, seen, lambda event: self.members(of.id, event))
        versions = self._record.store.records(of.stored, list(self._visible(of, list(every.values()))))
        levels = self._record.configuration.markings
        return " ".join(crossed.crossed(versions, ["one"] * len(versions), versions.marking, levels).said)

    def search(self, view: View, text: str) -> Json:
        """Return what a search text may mean: a grid, a place, an id, words of a report; where nothing, why it is no position."""
        items = search.found(self.sheet(view), text, self._visible)
        return {"items": items, "why": "" if items else why_no_position(text)}

    def news(self, view: View, change: Change) -> tuple[list[Json], bool]:
        """Return what a change brings to a view, and whether to ask again; see ``layers.desk.news.news``."""
        return news.news(self.sheet(view), change, self._saw)

    def _newest(self, sheet: Sheet, of: Layer, limit: int, before: int | None) -> list[Json]:
        parts = sheet.points(of)
        order = np.concatenate([part.columns.order[part.rows] for part in parts])
        seq = np.concatenate([part.columns.seq[part.rows] for part in parts])
        if before is not None:
            last = order[seq == before]
            older = (order < last[0]) | ((order == last[0]) & (seq < before)) if len(last) else seq < before
            order, seq = order[older], seq[older]
        if len(seq) > 4 * limit:
            top = order >= np.partition(order, len(order) - limit)[len(order) - limit]
            order, seq = order[top], seq[top]
        newest = seq[np.lexsort((seq, order))[::-1][:limit]]
        visible = self._visible(of, newest)
        known = answers.items(of, self._record.store.records(of.stored, np.sort(newest).tolist()), visible)
        by_seq = {item["id"]: item for item in known}
        return [by_seq[int(number)] for number in newest if int(number) in by_seq]

    def _visible(self, of: Layer, seqs: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[int, str]:
        """Return those of the versions, replaced ones included, that the user may see, each with its sector's name."""
        asked = np.asarray(seqs, np.int64)
        rule, names = ask.everything(self._record, self.user, of), ask.sector_names(self._record, self.user)
        found: dict[int, str] = {}
        for number, rank, sector in self._rows_of(of, asked):
            if rank <= rule.ceiling and (rule.sectors is None or sector in rule.sectors):
                found[number] = names.get(sector, "")
        return found

    def _rows_of(self, of: Layer, seqs: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[tuple[int, int, int]]:
        picture = self._record.picture
        parts = picture.points[of.stored].parts if of.tiled else (picture.shapes[of.stored],)
        for part in parts:
            mine = part.seq
            for at in np.flatnonzero(np.isin(mine, seqs)):
                yield int(mine[at]), int(part.marking[at]), int(part.sector[at])

    def _place(self, of: Layer, versions: Versions, n: int, view: View | None) -> list[Json]:
        """Return where a version lies and what the clauses make of it, in rows; nothing for a layer that is not placed."""
        sheet = self.sheet(view or View(last="all"))
        if not of.tiled:
            return (
                passages.rows(sheet, of, versions, n)
                + cued.rows(sheet, of, int(versions.seq[n]))
                + self._leads(sheet, of, versions, n)
            )
        one = versions.only(n)
        seen = observed.words(spared.told(one).payload[0])
        place: list[Json] = [{"label": "Observed", "value": seen}] if seen else []
        place += whereabouts.rows(sheet, whereabouts.of(sheet, one)[0], whereabouts.precisions(one)[0])
        place = [{"label": "Protected", "value": spared.NOTE}, *place] if len(spared.spared(one)) else place
        place += nearest_help.rows(sheet, one) + rulings.rows(rulings.of(sheet, one)[0])
        return place + self._leads(sheet, of, versions, n)

    def _leads(self, sheet: Sheet, of: Layer, versions: Versions, n: int, upto: str | None = None) -> list[Json]:
        return leads.rows(sheet, of, json.loads(versions.payload[n]) | {"id": versions.feature[n]}, self._visible, upto)

    def _marked(self, of: Layer, versions: Versions, n: int, view: View | None) -> str:
        """Return the highest marking of a version, of the later ones, and of all that its place, its rulings and what bears it out tell of."""
        ((_, rank, _),), known = self._rows_of(of, versions.seq[n : n + 1]), self._record.configuration.markings
        own = known[rank] if rank < len(known) else versions.marking[n]
        sheet, one = self.sheet(view or View(last="all")), versions.only(n)

        def told(upto: str | None) -> object:
            named = self._leads(sheet, of, versions, n, upto)
            if not of.tiled:
                return named, cued.rows(sheet, of, int(versions.seq[n]), upto)
            return named, whereabouts.of(sheet, one, upto), nearest_help.rows(sheet, one, upto), rulings.of(sheet, one, upto)

        whole, levels = told(None), self.markings()
        return next((level for level in levels[levels.index(own) :] if told(level) == whole), own) if own in levels else own

    def _event_of(self, of: Layer, versions: Versions, n: int, known_at: datetime | None) -> Json | None:
        event = crossed.event_of(versions.payload[n])
        if not event:
            return None
        standing = events.members(self._record, self.user, of, event, known_at)
        linked = self._record.store.records(of.stored, [seq for seq in standing if seq != int(versions.seq[n])])
        return {"name": event, "records": table.rows(of, linked)}

    def _saw(self, of: Layer, seqs: np.ndarray[tuple[int], np.dtype[np.int64]]) -> bool:
        return bool(len(seqs)) and bool(self._visible(of, seqs))
