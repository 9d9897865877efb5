"""Where civilians are, when a patrol was last there, what harmed them near by, and how soon help is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from layers.analysis.patrols import trail
from layers.catalogue.incidents import HARM
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.catalogue.settlements import LAYER as SETTLEMENTS
from layers.desk import question as ask
from layers.desk.answers import spoken
from layers.desk.nearest_help import Way, soonest
from layers.desk.patrols import Row, held, seen
from layers.desk.sheet import Sheet
from layers.index import degrees
from layers.model import NO_TIME, Layer, to_micros
from layers.spatial.ground import Floats, Ints, space

#: A patrol that came so near was there; an incident within so many metres is near.
VISITED_M, NEAR_M = 500.0, 5_000.0
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place where civilians are.

    Attributes
    ----------
    name, kind : str
        As it is called, and what it is in words.
    population : int or None
        People, where that is known.
    lon, lat : float
        WGS 84 degrees.
    visited : int
        When a patrol was last there, microseconds since 1970 UTC; NO_TIME where none is recorded.
    days : int or None
        Whole days since then.
    near, harm : int
        Incidents in the view near it, and those of them by which civilians came to harm.
    help : Way or None
        How the first of posts and patrols comes there; None where there is none.
    """

    name: str
    kind: str
    population: int | None
    lon: float
    lat: float
    visited: int
    days: int | None
    near: int
    harm: int
    help: Way | None


def civilians(sheet: Sheet) -> tuple[Place, ...]:
    """Return the places of civilians that stand in a view: those longest without a patrol first, of these those with most harm near.

    Patrols of any time up to the view's moment count; incidents are those of the view. What is told by a cell only counts by
    the middle of its cell.
    """
    moment = to_micros(sheet.moment)
    towns = list(held(sheet, SETTLEMENTS.id))
    if not towns:
        return ()
    lon, lat = shapely.get_coordinates([town.shape.centroid for town in towns]).T
    at = space(lon, lat)
    last, ways, (near, harm) = _visited(sheet, at, moment), soonest(sheet, lon, lat), _incidents(sheet, at)
    found = [
        _place(town, (float(lon[n]), float(lat[n])), (int(last[n]), moment), (int(near[n]), int(harm[n])), way=ways[n])
        for n, town in enumerate(towns)
    ]
    return tuple(sorted(found, key=lambda one: (one.visited, -one.harm, -one.near, one.name)))


def _place(town: Row, at: tuple[float, float], seen: tuple[int, int], counted: tuple[int, int], *, way: Way | None) -> Place:
    visited, moment = seen
    people = town.said.get("population")
    return Place(
        town.text("name") or town.feature,
        spoken(SETTLEMENTS, "kind", town.text("kind")),
        int(people) if isinstance(people, int | float) else None,
        *at,
        visited,
        None if visited == NO_TIME else max(0, (moment - visited) // _DAY),
        *counted,
        way,
    )


def _visited(sheet: Sheet, places: Floats, moment: int) -> Ints:
    """Return when a patrol was last at each place; a track without times tells nothing of it."""
    way = trail(seen(sheet.everything()))
    so_far = np.flatnonzero(way.micros <= moment)
    if not len(so_far):
        return np.full(len(places), NO_TIME)
    met = cKDTree(way.at[so_far]).query_ball_point(places, VISITED_M)
    micros = way.micros[so_far]
    return np.array([int(micros[near].max()) if near else NO_TIME for near in met], np.int64)


def _incidents(sheet: Sheet, places: Floats) -> tuple[Ints, Ints]:
    """Return how many incidents of the view lie near each place, and how many of them by which civilians came to harm."""
    of: Layer | None = next((one for one in ask.layers(sheet.record, sheet.user) if one.id == INCIDENTS.id), None)
    if of is None:
        return np.zeros(len(places), np.int64), np.zeros(len(places), np.int64)
    harm = sheet.also("kind", HARM)
    return _near(sheet, of, places), _near(harm, of, places) if harm else np.zeros(len(places), np.int64)


def _near(sheet: Sheet, of: Layer, places: Floats) -> Ints:
    keys = np.concatenate([part.key for part in sheet.points(of)])
    if not len(keys):
        return np.zeros(len(places), np.int64)
    near = cKDTree(space(*degrees(keys))).query_ball_point(places, NEAR_M, return_length=True)
    return np.asarray(near, np.int64)
