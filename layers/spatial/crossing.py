"""Where and when tracks cross a line."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
import numpy.typing as npt
import pandas
import shapely

from layers.spatial.distances import directed, line_index
from layers.spatial.edges import Legs, legs, short
from layers.spatial.frame import Features, UnusableGeometry, as_given, known, shapes
from layers.spatial.ground import Floats, Ints, degrees, dot, space
from layers.spatial.lines import apart

_PIECE_M = 500.0
#: The types of lines, in one part and in several; -1 is missing.
_LINES = (-1, 1, 5)
_SAME_M, _SAME_S = 0.01, 0.001


def crossings(tracks: geopandas.GeoDataFrame, times: Sequence[npt.ArrayLike], line: Features) -> geopandas.GeoDataFrame:
    """Find where and when timed tracks cross a line.

    Parameters
    ----------
    tracks : GeoDataFrame of lines
        Any CRS. Between vertices a track follows the geodesic at an even speed.
    times : sequence of arrays
        For each track the time of each vertex in its order, datetime64, UTC, not falling.
    line : GeoDataFrame or GeoSeries
        Any CRS; one directed line, in any number of parts.

    Returns
    -------
    GeoDataFrame
        One row for each crossing, by track and time, in the tracks' CRS: the place; ``track`` the index label; ``occurred_at``, UTC;
        ``to`` the side it leads to, "left" or "right"; ``along_m`` the chainage on the line. A track that only touches the line
        has not crossed it; what lies on the line counts as right of it, so a track that ends there from the left has. Beyond
        the line's ends there is nothing to cross.

    Raises
    ------
    MissingCRS
        Either side does not say which coordinates it uses.
    UnusableGeometry
        The line has no length, or a track is no line, has not one time for each vertex, or times that fall.
    """
    index = line_index(line)
    directed(index)
    given = shapes(tracks)
    if not np.isin(shapely.get_type_id(given), _LINES).all():
        raise UnusableGeometry("only lines are tracks; a place alone crosses nothing")
    whole = legs(given)
    begun, ended = _times(given, whole, times)
    pieces, leg = short(whole, _PIECE_M)
    begin, end = space(*pieces.begin.T), space(*pieces.end.T)
    run = end - begin
    who, other = index.touching(begin + run / 2, np.sqrt(dot(run, run)) / 2 + 0.01)
    left, then, first, last = apart(begin[who], end[who], index.begin[other], index.end[other])
    crossed = ((left > 0) != (then > 0)) & ((first > 0) != (last > 0))
    who, other, left, then, first, last = (one[crossed] for one in (who, other, left, then, first, last))
    share = left / (left - then)
    number = who - np.searchsorted(leg, leg[who])
    whole_share = (number + share) / np.bincount(leg, minlength=len(whole))[leg[who]]
    at = begun[leg[who]] + whole_share * (ended - begun)[leg[who]]
    place = begin[who] + share[:, None] * run[who]
    along = index.chainage(other) + first / (first - last) * index.legs.metres[other]
    order = _kept(pieces.owner[who], at, left > 0, place)
    points = shapely.points(*degrees(place[order])) if len(order) else np.zeros(0, np.object_)
    return geopandas.GeoDataFrame(
        {
            "track": tracks.index.take(pieces.owner[who][order]),
            "occurred_at": pandas.to_datetime(np.round(at[order] * 1e6).astype("datetime64[us]"), utc=True),
            "to": np.where(left[order] > 0, "right", "left").astype(np.object_),
            "along_m": along[order],
        },
        geometry=np.asarray(as_given(points, known(tracks)).values, np.object_),
        crs=tracks.crs,
    )


def _times(given: npt.NDArray[np.object_], whole: Legs, times: Sequence[npt.ArrayLike]) -> tuple[Floats, Floats]:
    """Return when each leg begins and ends, in seconds since 1970."""
    listed = [np.asarray(one, "datetime64[us]").astype(np.int64) / 1e6 for one in times]
    vertices = shapely.get_num_coordinates(given)
    counts = np.array([len(one) for one in listed], np.int64)
    wrong = np.flatnonzero(counts != vertices) if len(counts) == len(given) else np.array([min(len(counts), len(given))])
    if len(wrong):
        raise UnusableGeometry(f"track {wrong[0]} has not one time for each vertex; give each its own")
    falling = [number for number, one in enumerate(listed) if (np.diff(one) < 0).any()]
    if falling:
        raise UnusableGeometry(f"the times of track {falling[0]} fall; sort its vertices by time")
    every = np.concatenate([np.zeros(0), *listed])
    # A path of n legs has n + 1 vertices, so each path before a leg adds one.
    vertex = np.arange(len(whole)) + whole.path
    return every[vertex], every[vertex + 1]


def _kept(track: Ints, at: Floats, from_left: npt.NDArray[np.bool_], place: Floats) -> Ints:
    """Return the order of crossings by track and time, without those there and back at one place and moment."""
    order = np.lexsort((at, track))
    step = place[order][1:] - place[order][:-1]
    back = (np.diff(track[order]) == 0) & (np.diff(at[order]) <= _SAME_S) & (np.sqrt(dot(step, step)) <= _SAME_M)
    back &= from_left[order][1:] != from_left[order][:-1]
    gone = np.zeros(len(order), np.bool_)
    for number in np.flatnonzero(back):
        if not gone[number]:
            gone[number : number + 2] = True
    return order[~gone]
