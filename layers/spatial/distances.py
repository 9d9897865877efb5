"""How far, on which side, how far along: points and lines in metres on the ground."""

from __future__ import annotations

import geopandas
import numpy as np
import numpy.typing as npt
import pandas

from layers.spatial.frame import Features, Kept, UnusableGeometry, kept, points
from layers.spatial.ground import Floats
from layers.spatial.lines import LineIndex

#: Nearer than this a point is on the line: writing degrees with seven decimals moves it by as much.
ON_M = 0.01


def _index(shapes: Kept) -> LineIndex:
    return LineIndex(shapes.degrees())


#: The index of lines, points or the edges of areas, built at the first question and kept for the same geometries.
line_index = kept(_index, 32)


def nearest(features: geopandas.GeoDataFrame, others: geopandas.GeoDataFrame) -> pandas.DataFrame:
    """Find what is nearest to each point.

    Parameters
    ----------
    features : GeoDataFrame of points
        Any CRS.
    others : GeoDataFrame
        Any CRS; points, lines (edges are geodesics) or areas, of which the edge counts.

    Returns
    -------
    DataFrame
        Indexed like ``features``: ``distance_m`` geodesic metres; ``other`` the index label of the nearest, of equals the first;
        ``along_m`` metres along it to the foot; ``foot_lon``, ``foot_lat`` the foot, WGS 84 degrees. An empty point, or no others:
        missing values.

    Raises
    ------
    MissingCRS
        Either side does not say which coordinates it uses.
    UnusableGeometry
        A feature is no point, or a coordinate is no place on earth.

    Examples
    --------
    >>> from shapely import LineString, Point
    >>> posts = geopandas.GeoDataFrame(geometry=[Point(35.8, 33.0)], crs=4326)
    >>> line = geopandas.GeoDataFrame(geometry=[LineString([(35.9, 32.9), (35.9, 33.1)])], index=["Alpha"], crs=4326)
    >>> nearest(posts, line)[["distance_m", "other"]].round(1)
       distance_m  other
    0      9345.3  Alpha
    """
    lon, lat = points(features)
    found = line_index(others).nearest(lon, lat)
    labels = others.index.take(np.maximum(found.line, 0)) if len(others) else features.index
    other = pandas.Series(labels, index=features.index).where(found.line >= 0)
    return pandas.DataFrame(
        {"distance_m": found.metres, "other": other, "along_m": found.along, "foot_lon": found.lon, "foot_lat": found.lat},
        index=features.index,
    )


def near(features: geopandas.GeoDataFrame, others: geopandas.GeoDataFrame, metres: float) -> geopandas.GeoDataFrame:
    """Keep the points within ``metres`` of any of ``others``.

    Parameters
    ----------
    features : GeoDataFrame of points
        Any CRS.
    others : GeoDataFrame
        Any CRS; points, lines or areas, of which the edge counts.
    metres : float
        Geodesic distance on the ground, 0 or more. 0 keeps what is nearer than a micrometre.

    Returns
    -------
    GeoDataFrame
        A subset of ``features``, same CRS and order, with ``distance_m``.

    Raises
    ------
    MissingCRS
        Either side does not say which coordinates it uses.
    UnusableGeometry
        A feature is no point.
    ValueError
        ``metres`` is negative or not a number.
    """
    if not metres >= 0:
        raise ValueError(f"metres must be 0 or more, got {metres}")
    lon, lat = points(features)
    found = line_index(others).nearest(lon, lat, within_m=max(metres, 1e-6))
    there = np.flatnonzero(found.line >= 0)
    return features.take(there).assign(distance_m=found.metres[there])


def side(points_: geopandas.GeoDataFrame, line: Features) -> pandas.Series:
    """Tell on which side of a line each point lies, seen along the line's direction.

    Parameters
    ----------
    points_ : GeoDataFrame of points
        Any CRS.
    line : GeoDataFrame or GeoSeries
        Any CRS; one directed line, which may be in several parts or rows, each with its own direction.

    Returns
    -------
    Series
        Indexed like ``points_``: "left", "right", "on" (within 1 cm), missing for an empty point. The leg at the foot decides; at a
        vertex the leg that the point lies at the smallest angle to, which is the sign of the averaged normals. Beyond the
        ends the first and the last leg are carried on, until another part is nearer. Where a line crosses or touches itself the
        nearest leg decides, of equals the earliest part. ``layers.spatial.buffer`` with a ``side`` gives the same ground, row by row.

    Raises
    ------
    MissingCRS
        Either side does not say which coordinates it uses.
    UnusableGeometry
        The line is empty or has no length, so that it has no sides; or a point is none.

    References
    ----------
    Baerentzen, J. A., Aanaes, H. (2005). Signed distance computation using the angle weighted pseudonormal.
    IEEE Trans. Visualization and Computer Graphics 11, 243-253.
    """
    lon, lat = points(points_)
    index = line_index(line)
    directed(index)
    found = index.nearest(lon, lat)
    return pandas.Series(sides(found.metres, found.left), index=points_.index, name="side")


def sides(metres: Floats, left: Floats) -> npt.NDArray[np.object_]:
    """Return "left", "right", "on" or None from distances and how far left."""
    named = np.select([~np.isfinite(metres), metres <= ON_M, left > 0], ["", "on", "left"], "right").astype(np.object_)
    named[named == ""] = None
    return named


def directed(index: LineIndex) -> None:
    """Raise ``UnusableGeometry`` if lines have no direction."""
    if not index.length.sum() > 0:
        raise UnusableGeometry("the line is empty or has no length, so it has no sides; draw it with two places at least")


def along(points_: geopandas.GeoDataFrame, line: Features) -> pandas.Series:
    """Return the chainage of each point: metres along the line to the foot.

    Parameters
    ----------
    points_ : GeoDataFrame of points
        Any CRS.
    line : GeoDataFrame or GeoSeries
        Any CRS. Parts follow one another in their order without a gap; so do rows, of which each begins at 0.

    Returns
    -------
    Series
        Metres, from 0 to the line's length; missing for an empty point or an empty line. Before the beginning 0, beyond the end the
        length. Of equally near feet the earlier.

    Examples
    --------
    >>> from shapely import LineString, Point
    >>> line = geopandas.GeoSeries([LineString([(35.0, 33.0), (36.0, 33.0)])], crs=4326)
    >>> kp(along(geopandas.GeoDataFrame(geometry=[Point(35.5, 33.1)], crs=4326), line)).tolist()
    ['KP 46.7']
    """
    lon, lat = points(points_)
    return pandas.Series(line_index(line).nearest(lon, lat).along, index=points_.index, name="along_m")


def kp(metres: pandas.Series) -> pandas.Series:
    """Write chainages as kilometre points with one decimal, ``KP 112.4``; missing stays missing."""
    written = [f"KP {value / 1000:.1f}" if np.isfinite(value) else None for value in metres]
    return pandas.Series(written, index=metres.index, name="kp", dtype=object)
