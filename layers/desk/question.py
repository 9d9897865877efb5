"""A view as one user may ask it. The only place where role, ceiling and sector decide what is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import numpy as np

from layers import access
from layers.access import User
from layers.analysis.agreement import Clause
from layers.analysis.place import Surroundings
from layers.desk import agreed, nearby, places, telling
from layers.desk.agreed import VERDICTS, decoded
from layers.desk.derived import BESIDE, DISTANCE, SECTOR, VERDICT
from layers.desk.earlier import recoding
from layers.desk.record import Record
from layers.desk.relations import Crowd, Standing
from layers.errors import MalformedView, NotFound
from layers.index import BETWEEN, DERIVED, Among, Question, Recoding
from layers.model import Choice, Field, Layer, Relation, View, Window, to_micros

#: Filters by clause: the verdict each means, and what it is called.
_CLAUSED = {"clause": (VERDICTS[0], "Violates clause"), "undetermined": (VERDICTS[1], "Undetermined under clause")}
#: Filters that the agreement answers.
RULED = (*_CLAUSED, VERDICT.name)


def filters(record: Record, user: User) -> tuple[Field, ...]:
    """Return every field a view may filter by, those included that follow from sectors, zones and lines this user may see."""
    found = {field.name: field for layer in record.picture.layers for field in layer.filterable}
    derived = (
        _zone(record, user),
        _side(record, user),
        DISTANCE if _sees_lines(record, user) else None,
        *(_clause(record, user, name) for name in _CLAUSED),
        VERDICT if judging(record, user) else None,
    )
    told = tuple(field for field in derived if field is not None and field.choices)
    here = {of.id for of in layers(record, user)}
    return (*found.values(), SECTOR, *told, *(field for field in nearby.NEAREST if nearby.ASKED[field.name] in here))


def filter_of(record: Record, user: User, name: str) -> Field:
    """Return the field of a filter; MalformedView where this user has none of that name."""
    for field in filters(record, user):
        if field.name == name:
            return field
    # A link with a clause outlives the agreement: it then finds nothing, and its words say so.
    if name in RULED:
        return VERDICT if name == VERDICT.name else _clause(record, user, name)
    known = ", ".join(sorted(field.name for field in filters(record, user)))
    raise MalformedView(f"no filter {name[:40]!r}; filter by {known}")


def _clause(record: Record, user: User, name: str) -> Field:
    told = {one.id: f"{one.id} {one.title}" for one in judging(record, user)}
    return Field(name, _CLAUSED[name][1], "code", choices=tuple(Choice(*pair) for pair in told.items()), filterable=True)


def clauses(record: Record, user: User, upto: str | None = None) -> tuple[Clause, ...]:
    """Return the clauses whose lines and zones this user may see, none of them marked above ``upto``; those of holdings too."""
    markings = record.configuration.markings
    top = access.ceiling(user, markings)
    top = top if upto is None else min(top, markings.index(upto))
    here, agreement = {of.id for of in layers(record, user)}, record.picture.agreed
    rank = agreed.ranks(agreement, record.picture.shapes)
    return tuple(
        one
        for one in agreement.clauses
        if rank[one.id] <= top and (not one.where.lines or places.LINES in here) and (not one.zones or places.ZONES in here)
    )


def judging(record: Record, user: User, upto: str | None = None) -> tuple[Clause, ...]:
    """Return the clauses that judge reports, of those this user may see."""
    return tuple(one for one in clauses(record, user, upto) if one.on == "incidents")


def _zone(record: Record, user: User) -> Field:
    return Field("zone", "Zone", "code", choices=tuple(Choice(*pair) for pair in zones(record, user).items()), filterable=True)


def zones(record: Record, user: User) -> dict[str, str]:
    """Return the zones this user may see, by id, as they are called; those of one name with their ids."""
    return called(record, user, places.ZONES)


def called(record: Record, user: User, name: str, known_at: datetime | None = None) -> dict[str, str]:
    """Return the features of a layer of few by id as ``names`` does; none where the user has no such layer."""
    of = next((one for one in layers(record, user) if one.id == name), None)
    return names(record, user, of, known_at) if of else {}


def names(record: Record, user: User, of: Layer, known_at: datetime | None = None) -> dict[str, str]:
    """Return the features of a layer of few that this user may see, by id, as they are called; those of one name with their ids.

    Lines of one name are parts of one line.
    """
    shapes = record.picture.shapes[of.stored]
    seen = np.flatnonzero(shapes.mask(everything(record, user, of, known_at)))
    named = {shapes.feature[row]: str(shapes.fields[row].get(of.name_field) or shapes.feature[row]) for row in seen.tolist()}
    called = Counter(named.values())
    if of.geometry == "line":
        return named
    return {of: name if called[name] == 1 or name == of else f"{name} ({of})" for of, name in named.items()}


def _side(record: Record, user: User) -> Field | None:
    if not _sees_lines(record, user):
        return None
    parties = dict(record.configuration.parties)
    met = {side for index in record.picture.points.values() for side in index.vocabulary["side"] if side}
    told = [(code, f"Side of {name}") for code, name in parties.items() if code in met]
    told += [(code, BESIDE.get(code, f"Side of {code}")) for code in sorted(met - parties.keys())]
    return Field("side", "Side of the line", "code", choices=tuple(Choice(*pair) for pair in told), filterable=True)


def _sees_lines(record: Record, user: User) -> bool:
    """Say whether there are lines and this user may see all of them: a distance tells where a line is."""
    shapes = record.picture.shapes.get(places.LINES)
    if shapes is None or not any(of.id == places.LINES for of in layers(record, user)):
        return False
    ranks = shapes.marking[places.standing(shapes)]
    return bool(len(ranks)) and int(ranks.max()) <= access.ceiling(user, record.configuration.markings)


def window(record: Record, view: View, now: datetime | None = None) -> Window:
    """Return the view's window by the mission's clock, or as of a moment."""
    moment = view.moment(now or record.clock())
    return view.window(moment, record.watch_began(moment))


def layers(record: Record, user: User) -> tuple[Layer, ...]:
    """Return the layers whose lowest role the user has, the lowest on the map first; kept answers where the user has all they ask of."""
    if not record.kept:
        return tuple(layer for layer in record.picture.layers if access.sees(user, layer))
    key = ("layers", user, record.picture.version, tuple(record.kept))
    return record.sights.kept(key, record.picture.agreed, lambda: _with_kept(record, user))


def reckoned(record: Record, user: User) -> tuple[Layer, ...]:
    """Return the layers that are reckoned for a view from such as this user has."""
    known = {of.id for of in layers(record, user)}
    return tuple(of for of in record.reckoned if known.issuperset(of.reckoned))


def _with_kept(record: Record, user: User) -> tuple[Layer, ...]:
    found = [layer for layer in record.picture.layers if access.sees(user, layer)]
    known, top = {layer.id for layer in found}, access.ceiling(user, record.configuration.markings)
    for layer in record.layers:
        if layer.base and {layer.base, *_named(record, layer)} <= known:
            asked = record.kept[layer.id].view
            if user.ceiling is None or telling.needed(record, asked) <= top:
                known.add(layer.id)
                found.append(
                    replace(layer, title=f"{layer.title} ({lost} is gone)") if (lost := telling.gone(record, asked)) else layer
                )
    return tuple(sorted(found, key=lambda layer: layer.order))


def _named(record: Record, of: Layer) -> set[str]:
    where = record.kept[of.id].view.where
    return {where.subject, where.other} if where else set()


def _views(record: Record, view: View, of: Layer) -> list[View]:
    """Return every view that bounds a layer: the one that is asked, and for a kept answer those that it is the answer to."""
    found = [view if view.where and view.where.subject == of.id else replace(view, where=None)]
    name = of.id
    while (one := record.kept.get(name)) and one.view.where:
        found.append(one.view)
        name = one.view.where.subject
    return found


def layer(record: Record, user: User, name: str) -> Layer:
    """Return a layer of that id.

    Raises
    ------
    NotFound
        There is none, or the user's role does not reach it.
    """
    for candidate in layers(record, user):
        if candidate.id == name:
            return candidate
    raise NotFound(f"no layer {name[:60]!r} here; see the legend for those there are")


def question(record: Record, user: User, view: View, of: Layer, *, within: Window | None = None) -> Question:
    """Return what a view asks of one layer, bounded by the user's ceiling and sectors.

    Raises
    ------
    MalformedView
        The view filters by something no layer has.
    NotAllowed
        The user's ceiling is unknown to this mission.
    """
    asked, views = within or window(record, view), _views(record, view, of)
    derived = any(name in (*DERIVED, *RULED) for one in views for name, _ in one.filters)
    recoded = earlier(record, user, of, asked.known_at) if derived else None
    known = {field.name for layer in record.picture.layers for field in layer.filterable} | {SECTOR.name}
    for name, _ in view.filters:
        if name not in known:
            filter_of(record, user, name)
    return Question(
        start=to_micros(asked.start) if asked.start else None,
        end=_end(view.moment(record.clock()), asked, of),
        known_at=to_micros(asked.known_at) if asked.known_at else None,
        box=asked.box,
        ceiling=access.ceiling(user, record.configuration.markings),
        sectors=_sectors(record, user) if of.sectored else None,
        codes=tuple(codes for one in views for name, values in one.filters if (codes := _codes(record, user, of, name, values))),
        among=(
            *(_among(record, user, replace(view, where=one.where), of, asked) for one in views if one.where),
            *(bound for one in views if of.tiled for bound in _nearby(record, user, one, asked.known_at)),
        ),
        recoded=recoded,
        by=asked.by,
    )


def earlier(record: Record, user: User, of: Layer, known_at: datetime | None) -> Recoding | None:
    """Return how points are placed and judged by the lines and zones this user may see as known at a moment; None if as now."""
    if known_at is None or not of.tiled:
        return None
    seen = [one for one in layers(record, user) if one.id in (places.LINES, places.ZONES)]
    then, now = ({one.id: everything(record, user, one, at) for one in seen} for at in (known_at, None))
    return recoding(record, of, then, now)


def stood_to(record: Record, user: User, view: View, within: Window | None = None) -> Standing | Crowd:
    """Return what a view's relation stands to, of what this user may see; nothing where the one feature meant is gone.

    Raises
    ------
    NotFound
        There is no such layer for this user.
    """
    where = view.where
    assert where is not None
    other = layer(record, user, where.other)
    if other.tiled:
        asked = question(record, user, replace(view, where=None), other, within=within)
        return Crowd((other.stored, asked, record.picture.version), record.picture.points[other.stored].ask(asked))
    shapes = record.picture.shapes[other.stored]
    rows = np.flatnonzero(shapes.mask(everything(record, user, other, view.known_at)))
    return record.relations.standing(shapes, rows, other, where.feature)


def _nearby(record: Record, user: User, view: View, known_at: datetime | None) -> Iterator[Among]:
    """Yield the bounds that a view sets by what lies nearest, and by chainage, among what this user may see."""
    for name, ids in view.filters:
        if name in nearby.ASKED:
            yield nearby.by_nearest(record.relations, among_seen(record, user, nearby.ASKED[name], known_at), ids)
    if view.kp:
        line = among_seen(record, user, places.LINES, known_at, line=view.kp.line)
        yield nearby.by_chainage(record.relations, line, view.kp)


def among_seen(record: Record, user: User, name: str, known_at: datetime | None, *, line: str = "") -> Standing:
    """Return the features of a layer of few that this user may see, as known now or at a moment; of lines only those an id means."""
    of = next(one for one in record.picture.layers if one.id == name)
    shapes = record.picture.shapes[of.stored]
    seen = shapes.mask(everything(record, user, of, known_at)) & (of in layers(record, user))
    rows = np.flatnonzero(seen)
    return record.relations.standing(shapes, nearby.namesakes(shapes, rows, line) if line else rows, of, "")


def relatable(record: Record, user: User, where: Relation) -> None:
    """Let a relation pass that may be asked.

    Raises
    ------
    NotFound
        One of its layers is not here for this user.
    MalformedView
        The one feature it means is not here for this user, or the layers cannot stand so to each other.
    """
    of, other = layer(record, user, where.subject), layer(record, user, where.other)
    if where.kind not in fitting(of, other):
        raise MalformedView(f"{of.title} cannot be asked for {where.kind!r} of {other.called}; ask within or beyond")
    if where.feature and (other.tiled or where.feature not in names(record, user, other)):
        raise MalformedView(f"{where.feature[:40]!r} is not here of {other.called}; choose one that is there")


def fitting(of: Layer, other: Layer) -> list[str]:
    """Return the kinds of relation in which features of one layer may stand to another."""
    found = ["within", "beyond"]
    found += ["inside"] if other.geometry == "area" else []
    found += ["crossing"] if of.geometry != "point" and other.geometry == "line" else []
    return found + (["side"] if other.sided else [])


def _among(record: Record, user: User, view: View, of: Layer, within: Window) -> Among:
    assert view.where is not None
    alike = of.stored == layer(record, user, view.where.other).stored
    return record.relations.among(view.where, stood_to(record, user, view, within), alike)


def _end(moment: datetime, asked: Window, of: Layer) -> int | None:
    """Return where a window ends. One that is open looks as far ahead as back, for what is planned or in force later."""
    if asked.end is None and asked.start is not None and of.time_rule == "interval":
        now = moment.replace(second=0, microsecond=0)
        return to_micros(max(now, asked.start) + abs(now - asked.start))
    return to_micros(asked.end) if asked.end else None


def everything(record: Record, user: User, of: Layer, known_at: datetime | None = None) -> Question:
    """Return the question after all a user may see of a layer, at any time, as known now or at a moment."""
    return question(record, user, View(last="all", known_at=known_at), of)


def around(record: Record, user: User, known_at: datetime | None, upto: str | None = None) -> Surroundings:
    """Return the lines, zones, positions and settlements that this user may see, as known now or at a moment.

    ``upto`` is the highest marking let through, that of what they are written into.
    """
    seen = {of.id: of for of in layers(record, user)}
    asked = {name: everything(record, user, seen[name], known_at) for name in places.AROUND if name in seen}
    if upto is not None:
        rank = record.configuration.markings.index(upto)
        asked = {name: replace(one, ceiling=min(one.ceiling, rank)) for name, one in asked.items()}
    return record.picture.around(asked)


def rank(record: Record, user: User, view: View) -> int:
    """Return the rank of the highest marking among what a view's filters and its relation tell of, of what this user sees; -1 for none."""
    found = [telling.rank(record, access.ceiling(user, record.configuration.markings), view)]
    for one in telling.chain(record, view):
        if one.where and one.where.other in {of.id for of in layers(record, user) if of.tiled}:
            crowd = stood_to(record, user, replace(view, where=one.where))
            assert isinstance(crowd, Crowd)
            found += [int(part.columns.marking[part.rows].max()) for part in crowd.parts if len(part)]
    return max(found)


def sector_names(record: Record, user: User) -> dict[int, str]:
    """Return the sectors whose own marking the user may see, by position."""
    top = access.ceiling(user, record.configuration.markings)
    picture = record.picture
    return {n: code for n, (code, rank) in enumerate(zip(picture.sectors, picture.sector_ranks, strict=True), 1) if rank <= top}


def _codes(record: Record, user: User, of: Layer, name: str, values: tuple[str, ...]) -> tuple[str, tuple[int, ...]] | None:
    if name == SECTOR.name:
        called = sector_names(record, user)
        return (name, tuple(n for n, code in called.items() if code in values)) if of.sectored else None
    ruled = name in RULED
    if of.tiled and (ruled or name in DERIVED):
        settled(record, ruled=ruled)
    if ruled and of.tiled:
        return "ruling", _rulings(record, user, of, name, values)
    if name == "zone" and of.tiled:
        seen = zones(record, user).keys() & set(values)
        sets = record.picture.points[of.stored].vocabulary["zone"]
        return name, tuple(sorted(n for ids, n in list(sets.items()) if seen.intersection(ids.split(BETWEEN))))
    if of.stored not in record.picture.points or name not in record.picture.points[of.stored].vocabulary:
        return None
    return name, record.picture.points[of.stored].positions(name, values)


def settled(record: Record, *, ruled: bool) -> None:
    """Have incidents placed among lines and zones, and where ``ruled`` judged by the clauses, before they are counted by that."""
    if record.picture.unplaced or (ruled and record.picture.unruled):
        record.place(ruled=ruled)


def _rulings(record: Record, user: User, of: Layer, name: str, values: tuple[str, ...]) -> tuple[int, ...]:
    """Return the rulings in which one of some clauses comes out so, or whose worst verdict is one of some; both as the user sees them."""
    seen = {one.id for one in judging(record, user)}
    meant = []
    for text, number in list(record.picture.points[of.stored].vocabulary["ruling"].items()):
        told = [(clause, verdict) for clause, verdict in decoded(text) if clause in seen]
        if name in _CLAUSED:
            fits = any(clause in values and verdict == _CLAUSED[name][0] for clause, verdict in told)
        else:
            fits = min((verdict for _, verdict in told), key=VERDICTS.index, default="") in values
        meant += [number] if fits else []
    return tuple(sorted(meant))


def _sectors(record: Record, user: User) -> tuple[int, ...] | None:
    if user.sectors is None:
        return None
    return tuple(n for n, code in enumerate(record.picture.sectors, 1) if code in user.sectors)
