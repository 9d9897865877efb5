"""A view's sheet as a plate to be drawn: its features, the ground under them, and every word about them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from layers.briefing.frame import Frame, grounds
from layers.briefing.picture import Rect
from layers.briefing.placed import reaching
from layers.briefing.plate import Base, Drawn, Land, Plate, Told, Underlay
from layers.catalogue.findings import LAYER as FOUND
from layers.desk import basemap, rasters, scenes, withdrawn
from layers.desk.derived import SECTOR
from layers.desk.issued import Job, numbered
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.imagery.laid import laid
from layers.index import classes, hue_and_glyph
from layers.index.morton import degrees
from layers.model import NO_TIME, Box, Layer, View, to_micros
from layers.notation import dtg

DISCLAIMER = (
    "The boundaries and names shown and the designations used on this map do not imply official endorsement or acceptance."
)
STAMP = "Internal – not cleared for publication"
#: Of a layer of more rows than this, the sources are not read: it would take seconds.
_MOST_READ = 20_000
_MOST_SOURCES = 12
#: Where records lie all at one place, so many degrees about it are shown.
_LEAST = 0.05
#: Dots per inch of a scene under a map.
_UNDER_DPI = 150
#: Over two scenes so many incidents are drawn at most, and so many tracks, which part no ground.
_MOST_OVER = {"point": 100, "line": 20}
#: By layer: which of its features, in the order in which they are drawn, reach into a map.
Inside = Mapping[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]


def pinned(sheet: Sheet) -> View:
    """Return a sheet's view in terms that time does not change: its span absolute, as known at its moment."""
    span = {"last": "24h", "start": sheet.window.start, "end": sheet.window.end}
    if sheet.window.start is None and sheet.window.end is None:
        span["last"] = "all"
    known_at = sheet.moment if sheet.record.record_began() else None
    return replace(sheet.view, **span, known_at=known_at)  # type: ignore[arg-type]


def digest(sheet: Sheet) -> str:
    """Return the SHA-256 of which versions of which layers a sheet shows."""
    made = hashlib.sha256()
    for of in sheet.layers:
        made.update(of.id.encode() + b"\0")
        made.update(sheet.seqs(of).astype("<i8").tobytes())
    made.update("".join(sheet.view.scenes).encode())
    return made.hexdigest()


def checked(job: Job) -> None:
    """Raise NoGround where what a sheet is to show is no place that can be drawn."""
    grounds_of(job)


def plate(sheet: Sheet, job: Job, number: int | None) -> Plate:
    """Return the plate of a sheet; without a number it is a preview and says so."""
    drawn = tuple(one for one in (_drawn(sheet, of, job.since) for of in sheet.layers) if len(one))
    frames = grounds_of(job)
    drawn = _over(sheet, drawn, frames[0]) if len(frames) > 1 else drawn
    under, after, *_ = (*_underlays(sheet, frames), None, None)
    told, ground = _told(sheet, job, number, inside(drawn, frames)), land(sheet.record, frames[0].box)
    told = replace(told, subtitle=f"{told.subtitle} · {_scened(sheet, drawn)}") if len(frames) > 1 else told
    return Plate(told, job.size, job.portrait, job.box, drawn, ground, underlay=under, after=after, scale=job.scale)


def grounds_of(job: Job) -> tuple[Frame, ...]:
    """Return the ground of a sheet's map, or of both its maps, which show the same."""
    return grounds(job.size, job.box, job.scale, portrait=job.portrait, twice=twice(job.view, released=bool(job.release)))


def twice(view: View, *, released: bool) -> bool:
    """Say whether a sheet of a view shows its ground twice, before and after; no scene is released."""
    return len(view.scenes) > 1 and not released


def inside(drawn: Sequence[Drawn], frames: Sequence[Frame]) -> Inside:
    """Say by layer which of its features reach into the map of a sheet, of the layers that are counted or tell their sources."""
    return {one.layer.id: reaching(one, frames[0]) for one in drawn if one.layer.tiled or one.layer.field("source")}


def _drawn(sheet: Sheet, of: Layer, since: datetime | None = None) -> Drawn:
    if of.tiled:
        parts = sheet.points(of)
        hues, glyphs = hue_and_glyph(np.concatenate([part.worth for part in parts]), of)
        lon, lat = degrees(np.concatenate([part.key for part in parts]))
        order = np.argsort(np.concatenate([part.columns.seq[part.rows] for part in parts]), kind="stable")
        recorded = np.concatenate([part.columns.recorded[part.rows] for part in parts])[order]
        hue, glyph = (found.astype(np.int64)[order] for found in (hues, glyphs))
        within = np.concatenate([part.columns.precision[part.rows] for part in parts]).astype(np.float64)[order]
        return Drawn(of, hue, glyph, lon[order], lat[order], ringed=_new(recorded, since), within_m=within)
    shapes, rows = sheet.shapes(of)
    look = of.portrayal
    hue, glyph = (np.array(found, np.int64) for found in classes(shapes, rows, of))
    fields = [shapes.fields[row] for row in rows.tolist()]
    names = tuple(str(field.get(look.label_field) or "") for field in fields) if look.label_field else ()
    when = look.dashed_when
    dashed = np.array([bool(look.dash) and (when is None or field.get(when[0]) == when[1]) for field in fields], bool)
    lies, ringed = shapes.geometry[rows], _new(shapes.recorded[rows], since)
    if of.geometry == "point":
        at = shapely.get_coordinates(lies)
        return Drawn(of, hue, glyph, at[:, 0], at[:, 1], names=names, ringed=ringed)
    return Drawn(of, hue, glyph, shapes=lies, dashed=dashed, names=names, ringed=ringed)


def _over(sheet: Sheet, drawn: Sequence[Drawn], frame: Frame) -> tuple[Drawn, ...]:
    """Return layers as they stand over two scenes: on each what had begun when it was taken, and none of so many that it buries them."""
    taken = [to_micros(of.scene.acquired_at) for of in scenes.under(sheet)]
    found = []
    for one in drawn:
        began = _began(sheet, one.layer)
        split = replace(one, on=tuple((began <= moment) | (began == NO_TIME) for moment in taken))
        crowded = one.layer.tiled or (one.layer.geometry == "line" and not one.layer.portrayal.casing)
        most = _MOST_OVER[one.layer.geometry] if crowded else len(one)
        if int(reaching(split, frame).sum()) <= most:
            found.append(split)
    return tuple(found)


def _scened(sheet: Sheet, drawn: Sequence[Drawn]) -> str:
    """Return in words what each of two maps shows, and which layers of the view neither does."""
    here = {one.layer.id for one in drawn}
    left = [of.called for of in reversed(sheet.layers) if of.id not in here and sheet.count(of)]
    more = f"; left out as too many over scenes: {', '.join(left)}" if left else ""
    found = "; findings, which lie between two scenes, on both" if FOUND.id in here else ""
    return f"on each map what had begun when its scene was taken{found}{more}"


def _began(sheet: Sheet, of: Layer) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return when each feature of a layer occurred or began, in the order in which they are drawn."""
    if of.tiled:
        parts = sheet.points(of)
        order = np.argsort(np.concatenate([part.columns.seq[part.rows] for part in parts]), kind="stable")
        return np.concatenate([part.columns.start[part.rows] for part in parts])[order]
    shapes, rows = sheet.shapes(of)
    return shapes.start[rows]


def _new(
    recorded: np.ndarray[tuple[int], np.dtype[np.int64]], since: datetime | None
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return recorded >= to_micros(since) if since else np.empty(0, bool)


def _underlays(sheet: Sheet, frames: tuple[Frame, ...]) -> list[Underlay]:
    """Return the scenes that a view lays under its map, each on its own frame."""
    held = scenes.under(sheet)
    looks = [of.look(sheet.view.look) for of in held]
    said = ("Before", "After") if len(held) > 1 else ("",)
    called = (
        " · ".join(dict.fromkeys(part for part in (word, dtg(of.scene.acquired_at), of.title, look.title) if part))
        for word, of, look in zip(said, held, looks, strict=False)
    )
    with rasters.readable(*held):
        found = [
            Underlay(laid(of.scene, look, frame.crs, frame.bounds, _pixels(frame.rect)), text)
            for of, look, frame, text in zip(held, looks, frames, called, strict=False)
        ]
    return [
        one if one.pixels[..., 3].any() else replace(one, called=f"{one.called} · shows nothing of this ground") for one in found
    ]


def _pixels(rect: Rect) -> tuple[int, int]:
    """Return how many rows and columns of a scene lie under a map."""
    return max(1, round(rect.height / 25.4 * _UNDER_DPI)), max(1, round(rect.width / 25.4 * _UNDER_DPI))


def land(record: Record, ground: Box = basemap.EVERYWHERE) -> Land:
    """Return the ground of a mission, as far as a map of some ``ground`` reaches."""
    box = basemap.about(record.configuration.box, ground)
    names = ["land", "boundaries", *basemap.own(record.folder)]
    base = [Base(name.removeprefix(basemap.OWN), *basemap.features(record.folder, box, name)) for name in names]
    return Land(tuple(base), basemap.shapes(record.folder, box, ["world"]))


def called(number: int | None) -> str:
    """Return what stands on a sheet of a number, or on one that has none yet."""
    return f"Sheet {numbered(number)}" if number is not None else "Preview, not issued"


def _told(sheet: Sheet, job: Job, number: int | None, here: Inside) -> Told:
    configuration = sheet.record.configuration
    by = ", ".join(part for part in (job.author, job.unit) if part)
    local = job.as_of.astimezone(ZoneInfo(configuration.timezone))
    there = f" ({local:%H%M} local)" if local.utcoffset() else ""
    notes = [
        ("Mission", configuration.title),
        ("Data cut-off", f"{dtg(job.as_of)}{there}"),
        ("Made", dtg(job.made_at)),
        ("By", by),
        ("For", job.to),
    ]
    trace = (
        f"{called(number)} · view {job.view.text}",
        f"Record version {job.version} · rows {job.rows[:16]} · {job.audited} · "
        + (f"made again by: greenline brief DIR --repeat {numbered(number)}" if number is not None else "no number was taken"),
    )
    return Told(
        title=job.title,
        subtitle=" · ".join(filter(None, (job.words, unsectored(sheet.view, sheet.layers), _counted(sheet, here, job.since)))),
        since=dtg(job.since) if job.since else "",
        band=sheet.band(job.marking),
        number=called(number),
        author=by,
        notes=tuple((label, text) for label, text in notes if text),
        sources="; ".join(filter(None, (_sources(sheet, here), withdrawn.named(sheet, job.since) if job.since else ""))),
        disclaimer=DISCLAIMER,
        stamp=STAMP,
        trace=trace,
    )


def _counted(sheet: Sheet, here: Inside, since: datetime | None) -> str:
    """Return how many features of each tiled layer a sheet shows, in words, and of one since a moment what else the view has seen since.

    That is by how many it has more or fewer than before, and how many of those it held then were changed or withdrawn.
    """
    found = []
    for of in (of for of in sheet.layers if of.tiled):
        shown, whole = int(here[of.id].sum()) if of.id in here else 0, sheet.count(of)
        more = ", ".join(filter(None, (_more(whole, sheet.before(of)), withdrawn.since(sheet, of, since).words))) if since else ""
        found.append(many(of, shown, whole) + (more and (f" ({more})" if shown < whole else f", {more}")))
    return (", ".join(found) or "no records") + _over_since(sheet)


def _over_since(sheet: Sheet) -> str:
    """Return in words when a record ended that holds nothing in the view's span, blank where it does, or goes on."""
    end = sheet.record.record_ends()
    if any(sheet.count(of) for of in sheet.layers if of.tiled) or end is None or not sheet.record.ended():
        return ""
    return f"; the record ends {dtg(end)}"


def unsectored(view: View, layers: Sequence[Layer]) -> str:
    """Return in words that a view of some sectors shows layers which know none of them whole; blank where there is no such view or layer."""
    sectors = any(name == SECTOR.name for name, _ in view.filters)
    return "what has no sector is shown whole" if sectors and not all(of.sectored for of in layers) else ""


def many(of: Layer, here: int, whole: int) -> str:
    """Return how many features of a layer a sheet shows, and of how many in the view where these are more."""
    noun = (of.one or of.called) if here == 1 else of.called
    return f"{here:,} {noun}" + (f" on this sheet of {whole:,} in the view" if here < whole else "")


def _more(count: int, before: int | None) -> str:
    if before is None:
        return ""
    if count == before:
        return "the same as on the period before"
    return f"{'▲' if count > before else '▼'}{abs(count - before):,} on the period before"


def _sources(sheet: Sheet, here: Inside) -> str:
    """Return the sources of what a sheet shows, those of most records first; of a layer of too many, that they are too many."""
    found: Counter[str] = Counter()
    more: list[str] = []
    for of in (of for of in sheet.layers if of.id in here and of.field("source")):
        if of.tiled:
            seqs = sheet.seqs(of)[here[of.id]]
            if len(seqs) > _MOST_READ:
                more.append(f"{len(seqs):,} {of.called}, too many to list their sources")
                continue
            found.update(
                str(json.loads(text).get("source") or "") for text in sheet.record.store.records(of.stored, seqs.tolist()).payload
            )
        else:
            shapes, rows = sheet.shapes(of)
            found.update(str(shapes.fields[row].get("source") or "") for row in rows[here[of.id]].tolist())
    under = _pictured(sheet)
    for name in ("", *under):
        found.pop(name, None)
    return "; ".join(filter(None, (listed(found), *more, f"imagery: {', '.join(under)}" if under else "")))


def _pictured(sheet: Sheet) -> list[str]:
    """Return the sources of the scenes under the map, each once."""
    return list(dict.fromkeys(text for one in scenes.under(sheet) if (text := str(one.fields.get("source") or ""))))


def listed(sources: Counter[str]) -> str:
    """Return sources in words, those of most records first."""
    named = [name for name, _ in sorted(sources.items(), key=lambda one: (-one[1], one[0]))]
    more = f" and {len(named) - _MOST_SOURCES} more" if len(named) > _MOST_SOURCES else ""
    return ", ".join(named[:_MOST_SOURCES]) + more


def whole(sheet: Sheet, shown: Sequence[Drawn] | None = None) -> Box:
    """Return the ground a view is about where nobody says: its own box, that of its scenes, else the mission's, else what its records cover and somewhat about it.

    Where only what is ``shown`` may tell, what that covers.
    """
    if sheet.view.box:
        return sheet.view.box
    if sheet.view.scenes and shown is None:
        west, south, east, north = np.array([one.box for one in scenes.under(sheet)]).T
        return float(west.min()), float(south.min()), float(east.max()), float(north.max())
    west, south, east, north = sheet.record.configuration.box
    if east - west < 300:
        return west, south, east, north
    places = [_places(one) for one in (shown if shown is not None else [_drawn(sheet, of) for of in sheet.layers])]
    lon, lat = (np.concatenate([np.empty(0), *(place[axis] for place in places)]) for axis in (0, 1))
    if not len(lon):
        return west, south, east, north
    more = [max(0.0, _LEAST - float(np.ptp(axis))) / 2 for axis in (lon, lat)]
    return float(lon.min()) - more[0], float(lat.min()) - more[1], float(lon.max()) + more[0], float(lat.max()) + more[1]


def _places(of: Drawn) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    if len(of.lon):
        return of.lon, of.lat
    at = shapely.get_coordinates(of.shapes)
    return at[:, 0], at[:, 1]


def within_page(sheet: Sheet, band: str, box: Box, only: Mapping[str, Sheet] | None = None) -> Plate:
    """Return the plate of a map that stands within a page; ``only`` gives by layer the sheet whose features are drawn instead."""
    held = only or {}
    drawn = tuple(one for one in (_drawn(held.get(of.id, sheet), of) for of in sheet.layers) if len(one))
    return Plate(Told("", "", band, ""), "A4", False, box, drawn, land(sheet.record, box))
