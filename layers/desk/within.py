"""The question "… within … m of …": what may be asked, the answer, how sure it is, and the ground it reaches over."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely

from layers.access import User
from layers.analysis import related
from layers.desk import answers, passages, wording
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.record import Record
from layers.desk.relations import Crowd, Standing
from layers.desk.sheet import Sheet
from layers.errors import MalformedView
from layers.index import degrees
from layers.model import NO_TIME, Layer, to_micros
from layers.spatial import UnusableGeometry

#: So many points at most are reckoned one by one for how likely each lies within.
_MOST_DOUBTFUL = 20_000
#: Nor are they where the features they may lie in changed more often.
_MOST_PERIODS = 24
#: The ground about more features than this is not drawn.
_MOST_DRAWN = 3_000
_MOST_ITEMS = 200
_REACHING = ("within", "beyond", "inside")
#: A picture of the ground may be off by this share of the metres: a quarter of a pixel where they are 250.
_COARSE = 1e-3

Keys = npt.NDArray[np.uint64]


def offered(record: Record, user: User) -> Json:
    """Return what may be asked: the layers, the features of each, the sides of lines, and which relations fit which pair."""
    seen = [of for of in ask.layers(record, user) if _holds(record, user, of)]
    return {
        "subjects": [{"id": of.id, "title": of.title, "geometry": of.geometry, "tiled": of.tiled} for of in reversed(seen)],
        "others": [_other(record, user, of) for of in reversed(seen)],
        "relations": {of.id: {to.id: ask.fitting(of, to) for to in seen} for of in seen},
    }


def _holds(record: Record, user: User, of: Layer) -> bool:
    """Say whether a layer holds anything that a user sees."""
    every = ask.everything(record, user, of)
    if of.tiled:
        return any(len(part) for part in record.picture.points[of.stored].ask(every))
    return bool(record.picture.shapes[of.stored].mask(every).any())


def _other(record: Record, user: User, of: Layer) -> Json:
    named = {} if of.tiled else ask.names(record, user, of)
    once = {name: feature for feature, name in reversed(named.items())}
    features = sorted(([feature, name] for name, feature in once.items()), key=lambda pair: pair[1].casefold())
    return {
        "id": of.id,
        "title": of.title,
        "geometry": of.geometry,
        "features": features,
        "sides": _sides(record, user, of) if of.sided else [],
    }


def _sides(record: Record, user: User, of: Layer) -> list[list[str]]:
    shapes, parties = record.picture.shapes[of.stored], dict(record.configuration.parties)
    seen = [shapes.fields[row] for row in np.flatnonzero(shapes.mask(ask.everything(record, user, of))).tolist()]
    told = [(str(f.get("left_party") or "left"), str(f.get("right_party") or "right")) for f in seen]
    met = dict.fromkeys(side for pair in told for side in pair)
    words = {"left": "left of it", "right": "right of it"}
    return [[side, words.get(side) or f"side of {parties.get(side, side)}"] for side in met] + [["on", "on it"]]


def told(sheet: Sheet) -> Json:
    """Return the answer to a view's relation: how many of how many, how sure that is, and what they are.

    Raises
    ------
    MalformedView
        The view asks no relation.
    """
    of, where = _subject(sheet), sheet.view.where
    assert where is not None
    whole = Sheet(sheet.record, sheet.user, replace(sheet.view, where=None), sheet.window, sheet.as_of, sheet.version)
    said: Json = {
        "words": wording.related(sheet.record, sheet.user, where),
        "count": sheet.count(of),
        "of": whole.count(of),
        "version": sheet.version,
        "box": _box(sheet, of),
        "items": [] if of.tiled else _items(sheet, of),
    }
    if not of.tiled or where.kind == "crossing":
        return said | _UNSAID
    return said | (_sided(sheet, whole, of) if where.kind == "side" else _sure(sheet, whole, of))


_UNSAID: Json = {"surely": None, "perhaps": None, "missed": None, "expected": None}


def _subject(sheet: Sheet) -> Layer:
    if sheet.view.where is None:
        raise MalformedView("the view asks no relation; add for example where=incidents,within,zones,1000")
    ask.relatable(sheet.record, sheet.user, sheet.view.where)
    return ask.layer(sheet.record, sheet.user, sheet.view.where.subject)


def _sure(sheet: Sheet, whole: Sheet, of: Layer) -> Json:
    """Return how sure the count is.

    Where too many points are in doubt to reckon each, their distance alone decides: then at least so many are sure, at most so
    many are not, and what is to be expected is not said.
    """
    where, record = sheet.view.where, sheet.record
    assert where is not None
    to = ask.stood_to(record, sheet.user, sheet.view, sheet.window)
    metres = where.metres if where.kind != "inside" else 0.0
    parts = whole.points(of)
    signed = np.concatenate([record.relations.signed_m(part.columns, to)[part.rows] for part in parts])
    precision = np.concatenate([part.columns.precision[part.rows] for part in parts]).astype(np.float64)
    rows = np.flatnonzero(related.unsure(signed, precision, metres))
    likely = np.zeros(len(signed))
    likely[rows] = 0.5
    exact = not len(rows)
    if len(rows) and isinstance(to, Standing) and len(rows) <= _MOST_DOUBTFUL:
        lon, lat = (np.concatenate(column)[rows] for column in zip(*(degrees(part.key) for part in parts), strict=True))
        at = np.concatenate([part.columns.start[part.rows] for part in parts])[rows]
        if sum(1 for _ in to.features.standing.periods(at)) <= _MOST_PERIODS:
            # Ground about a pole has no outline; there the distance alone decides.
            with suppress(UnusableGeometry):
                likely[rows] = related.likely_within(lon, lat, at, precision[rows], others=to.features, metres=metres)
                exact = True
    stood = np.isfinite(signed)
    found = related.sureness(signed[stood], precision[stood], likely[stood], metres)
    if where.kind == "beyond":
        found = related.turned(found, int(stood.sum()))
    expected = round(found.expected, 1) if exact else None
    return {"surely": found.surely, "perhaps": found.perhaps, "missed": found.missed, "expected": expected}


def _sided(sheet: Sheet, whole: Sheet, of: Layer) -> Json:
    """Return how sure the count of one side is: a point may lie elsewhere if its precision reaches to where the side changes."""
    where = sheet.view.where
    assert where is not None
    to = ask.stood_to(sheet.record, sheet.user, sheet.view, sheet.window)
    if isinstance(to, Crowd):
        return _UNSAID
    parts, relations = whole.points(of), sheet.record.relations
    on = np.concatenate([relations.sides(part.columns, to)[part.rows] == where.side for part in parts])
    open_ = np.concatenate([relations.sides_unsure(part.columns, to, where.side)[part.rows] for part in parts])
    counts = {"surely": on & ~open_, "perhaps": on & open_, "missed": ~on & open_}
    return {name: int(found.sum()) for name, found in counts.items()} | {"expected": None}


def _box(sheet: Sheet, of: Layer) -> list[float] | None:
    """Return west, south, east, north of the narrowest box about what was found, None about nothing; east may lie beyond 180°."""
    if of.tiled:
        lon, lat = (
            np.concatenate(column) for column in zip(*(degrees(_apart(part.key)) for part in sheet.points(of)), strict=True)
        )
        west, south, east, north = lon, lat, lon, lat
    else:
        shapes, rows = sheet.shapes(of)
        west, south, east, north = shapely.bounds(shapes.geometry[rows]).T
    if not len(west):
        return None
    turned = (west % 360, east % 360)
    if (turned[0] <= turned[1]).all() and np.ptp(np.concatenate(turned)) < east.max() - west.min():
        west, east = turned
    return [float(side) for side in (west.min(), south.min(), east.max(), north.max())]


def _apart(key: Keys) -> Keys:
    """Return keys that lie as far apart as all do, of very many to within a cell of about 2 km, of which few are then taken."""
    if len(key) <= _MOST_DOUBTFUL:
        return key
    cell = key >> np.uint64(34)
    return key[np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))]


def _items(sheet: Sheet, of: Layer) -> list[Json]:
    """Return the features found, each with how far it lies, or where and when it crosses, in words."""
    where, (shapes, rows) = sheet.view.where, sheet.shapes(of)
    assert where is not None
    shown = rows[:_MOST_ITEMS]
    versions = sheet.record.store.records(of.stored, shapes.seq[shown].tolist())
    away = _away_m(sheet, of)[shown] if where.kind in ("within", "beyond") else None

    def detail(n: int) -> str:
        if where.kind == "crossing":
            return passages.first(sheet, of, versions, n)
        return "" if away is None else answers.distance(float(away[n]))

    return [
        {
            "layer": of.id,
            "id": int(shapes.seq[row]),
            "title": answers.title(of, shapes.fields[row]),
            "detail": detail(n),
        }
        for n, row in enumerate(shown.tolist())
    ]


def _away_m(sheet: Sheet, of: Layer) -> npt.NDArray[np.float64]:
    """Return how far every version of a layer of few lies from what a view's relation stands to."""
    where, shapes = sheet.view.where, sheet.record.picture.shapes[of.stored]
    assert where is not None
    to, relations = ask.stood_to(sheet.record, sheet.user, sheet.view, sheet.window), sheet.record.relations
    if isinstance(to, Crowd):
        return relations.shapes_to_crowd_m(shapes, to)
    alike = of.stored == ask.layer(sheet.record, sheet.user, where.other).stored
    return relations.shapes_stand(shapes, to, alike).metres


def reach(sheet: Sheet) -> Json:
    """Return the outline of the ground that a view's relation reaches over, of what stood at some moment of its window.

    ``parts`` are as those of ``layers.desk.answers.outlines``; none where the relation has no metres, or reaches from too many.
    """
    _subject(sheet)
    where = sheet.view.where
    assert where is not None
    to = ask.stood_to(sheet.record, sheet.user, sheet.view, sheet.window)
    record, user = sheet.record, sheet.user
    said: Json = {"metres": where.metres, "version": sheet.version}
    said |= {"words": wording.reached(record, user, where), "asked": wording.related(record, user, where)}
    if where.kind not in _REACHING or not (where.metres or where.kind == "inside") or isinstance(to, Crowd):
        return said | {"parts": []}
    stood = np.flatnonzero(_stood(sheet, to))
    if not 0 < len(stood) <= _MOST_DRAWN:
        return said | {"parts": []}
    key = ("reach", to.key, stood.tobytes(), where.metres)
    try:
        shape = sheet.record.relations.kept(
            key, to.features, lambda: related.reach(to.features, stood, where.metres, coarse=_COARSE).iloc[0]
        )
    except UnusableGeometry:
        return said | {"parts": []}
    return said | {"parts": answers.parts(shapely.simplify(shape, where.metres * _COARSE / 111_320))}


def _stood(sheet: Sheet, to: Standing) -> npt.NDArray[np.bool_]:
    begin, end = sheet.window.start, sheet.window.end or sheet.moment
    standing = to.features.standing
    stood: npt.NDArray[np.bool_] = standing.start <= to_micros(end)
    if begin is not None:
        stood &= (standing.until == NO_TIME) | (standing.until >= to_micros(begin))
    return stood
