"""Where and when tracks cross a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import geopandas
import numpy as np
import numpy.typing as npt
import pandas
import shapely

from layers.spatial.distances import ON_M, directed, line_index
from layers.spatial.edges import Legs, legs, short
from layers.spatial.frame import Features, UnusableGeometry, as_given, known, shapes
from layers.spatial.ground import Bools, Floats, Ints, degrees, dot, space, up
from layers.spatial.lines import LineIndex

_PIECE_M = 500.0
#: The types of lines, in one part and in several; -1 is missing.
_LINES = (-1, 1, 5)
#: A track is at the line itself, and a crossing has its place and time, to this.
_AT_M = 0.001
#: Lengths are equal to this, and nothing to that.
_EQUAL_M, _LEAST = 1e-6, 1e-12


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
        ``to`` the side it leads to, "left" or "right"; ``along_m`` the chainage on the line. A track has crossed where it comes to
        within 1 cm of the line from one side and leaves it to the other, however far it runs along it in between; place and time are
        those of leaving. One that leaves to the side it came from has only touched the line, and not crossed it. What lies on the
        line counts as right of it, so a track that ends there from the left has crossed as it came there, and one that begins
        there and leaves to the left too. Beyond the line's ends there is nothing to cross.

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
    piece, share, from_left = _changes(index, pieces.path, begin, end)
    lon, lat = degrees(_places(begin, end, piece, share))
    of = leg[piece]
    whole_share = (piece - np.searchsorted(leg, of) + share) / np.bincount(leg, minlength=len(whole))[of]
    at = begun[of] + whole_share * (ended - begun)[of]
    return geopandas.GeoDataFrame(
        {
            "track": tracks.index.take(pieces.owner[piece]),
            "occurred_at": pandas.to_datetime(np.round(at * 1e6).astype("datetime64[us]"), utc=True),
            "to": np.where(from_left, "right", "left").astype(np.object_),
            "along_m": index.nearest(lon, lat).along,
        },
        geometry=np.asarray(as_given(shapely.points(lon, lat), known(tracks)).values, np.object_),
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


@dataclass(frozen=True, slots=True)
class _Near:
    """Where pieces of tracks are near to legs of the line: from where to where, how near at best, and where that is first and last.

    Places along the tracks are written as the number of the piece and the share of it, in one number.
    """

    piece: Ints
    start: Floats
    stop: Floats
    metres: Floats
    first: Floats
    last: Floats

    def take(self, which: Ints) -> _Near:
        """Return some of them."""
        return _Near(*(getattr(self, one.name)[which] for one in fields(self)))


def _changes(index: LineIndex, path: Ints, begin: Floats, end: Floats) -> tuple[Ints, Floats, Bools]:
    """Return where tracks come to be on the other side of the line: the piece, the share of it, and whether from the left.

    However many legs and pieces meet where a track is on the line, it is there once, and has one side before and one after.
    """
    near = _near(index, begin, end)
    near = near.take(np.argsort(near.start, kind="stable"))
    on = path[near.piece]
    off = near.start > np.append(-np.inf, np.maximum.accumulate(near.stop)[:-1])[: len(on)]
    heads = np.flatnonzero(off | (np.diff(on, prepend=-1) != 0))
    if not len(heads):
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    start, stop = near.start[heads], np.maximum.reduceat(near.stop, heads)
    opens, ends = (np.searchsorted(path, on[heads], side=of) for of in ("left", "right"))
    before, after = (_on_left(index, _places(begin, end, *_split(at, ends))) for at in (start, stop))
    # What is on the line counts as right of it.
    before &= start > opens
    after &= stop < ends
    least = np.repeat(np.minimum.reduceat(near.metres, heads), np.diff(np.append(heads, len(on))))
    there = near.metres <= np.maximum(least, _AT_M)
    came = np.minimum.reduceat(np.where(there, near.first, np.inf), heads)
    gone = np.maximum.reduceat(np.where(there, near.last, -np.inf), heads)
    piece, share = _split(np.where(stop < ends, gone, came), ends)
    changed = before != after
    return piece[changed], share[changed], before[changed]


def _near(index: LineIndex, begin: Floats, end: Floats) -> _Near:
    """Return where pieces, in space, come to within ``ON_M`` of legs, reckoned in the plane of each leg."""
    run = end - begin
    who, leg = index.touching(begin + run / 2, np.sqrt(dot(run, run)) / 2 + 2 * ON_M)
    base, along = index.begin[leg], index.end[leg] - index.begin[leg]
    size = np.sqrt(dot(along, along))
    ahead = along / np.maximum(size, _LEAST)[:, None]
    aside = np.cross(up(base + along / 2), ahead)
    x, y, to_x, to_y = (dot(of, axis) for of in (begin[who] - base, run[who]) for axis in (ahead, aside))
    spans = [_strip(x, y, to_x, to_y, size), _disc(x, y, to_x, to_y), _disc(x - size, y, to_x, to_y)]
    begins, ends = (np.stack(of).clip(0, 1) for of in zip(*spans, strict=True))
    there = begins < ends
    start, stop = np.where(there, begins, 1.0).min(axis=0), np.where(there, ends, 0.0).max(axis=0)
    # The least distance of two straight pieces is where they cross, or at an end of one.
    square = np.maximum(to_x**2 + to_y**2, _LEAST)
    over = -y / np.where(to_y == 0, _LEAST, to_y)
    feet = [-(x * to_x + y * to_y) / square, -((x - size) * to_x + y * to_y) / square]
    at = np.stack([np.zeros(len(who)), np.ones(len(who)), over, *feet]).clip(0, 1)
    out = x + at * to_x
    metres = np.hypot(out - out.clip(0, size), y + at * to_y)
    least = metres.min(axis=0)
    best = metres <= least + _EQUAL_M
    first, last = np.where(best, at, 1.0).min(axis=0), np.where(best, at, 0.0).max(axis=0)
    found = _Near(who, who + start, who + stop, least, who + first, who + last)
    return found.take(np.flatnonzero(there.any(axis=0) & (size > 0)))


def _strip(x: Floats, y: Floats, to_x: Floats, to_y: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Return from and to which share of a way it lies beside a leg and within ``ON_M`` of it."""
    begins, ends = [], []
    for at, by, low, high in ((x, to_x, 0.0, size), (y, to_y, -ON_M, ON_M)):
        by = np.where(by == 0, _LEAST, by)
        one, other = (low - at) / by, (high - at) / by
        begins.append(np.minimum(one, other))
        ends.append(np.maximum(one, other))
    return np.maximum(*begins), np.minimum(*ends)


def _disc(x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> tuple[Floats, Floats]:
    """Return from and to which share of a way it lies within ``ON_M`` of the origin; the end before the begin where never."""
    square, half = np.maximum(to_x**2 + to_y**2, _LEAST), x * to_x + y * to_y
    root = half**2 - square * (x**2 + y**2 - ON_M**2)
    wide = np.where(root > 0, np.sqrt(np.maximum(root, 0)), -np.inf)
    return (-half - wide) / square, (-half + wide) / square


def _on_left(index: LineIndex, at: Floats) -> Bools:
    """Say of places, in space, whether they lie left of the line; straight on from its ends is not left."""
    found: Bools = index.nearest(*degrees(at)).left > _EQUAL_M
    return found


def _split(at: Floats, ends: Ints) -> tuple[Ints, Floats]:
    """Return the piece and the share of it; the end of a path is that of its last piece."""
    piece = np.minimum(at.astype(np.int64), ends - 1)
    return piece, at - piece


def _places(begin: Floats, end: Floats, piece: Ints, share: Floats) -> Floats:
    found: Floats = begin[piece] + share[:, None] * (end[piece] - begin[piece])
    return found
