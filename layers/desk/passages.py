"""Where and when tracks cross the lines in force, or touch them, in words, for the card and the answer of a question."""

from __future__ import annotations

import json
from dataclasses import dataclass

import geopandas
import numpy as np
import shapely

from layers.analysis.patrols import again
from layers.analysis.place import Feature
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, Layer, Versions
from layers.notation import format_dtg
from layers.spatial import UnusableGeometry, crossed, crossings

#: The field of a layer of tracks that holds the seconds of the vertices after the start.
TIMES = "times"
_MOST = 12


@dataclass(frozen=True, slots=True)
class Passage:
    """One crossing: of which line, when (microseconds since 1970 UTC), how far along it, and onto whose side."""

    line: str
    at: int
    along_m: float
    to: str

    def words(self, parties: dict[str, str]) -> str:
        """Return it as ``271210Z NOV 26, KP 112.4, to the side of Party B``."""
        side = {"left": "to its left", "right": "to its right"}.get(self.to, f"to the side of {parties.get(self.to, self.to)}")
        return f"{format_dtg(np.array([self.at]))[0]}, KP {self.along_m / 1_000:.1f}, {side}"


@dataclass(frozen=True, slots=True)
class Met:
    """The crossings of a track in the order of time, and the lines it only touches: it comes to them and leaves to the same side."""

    passages: tuple[Passage, ...] = ()
    touched: tuple[str, ...] = ()


def met(sheet: Sheet, of: Layer, versions: Versions, n: int) -> Met:
    """Return how one version of a timed track meets the lines in force as it started.

    Lines marked higher than the track are not told; none where the track has no times, or not one for each vertex.
    """
    said, known = json.loads(versions.payload[n]).get(TIMES), sheet.record.configuration.markings
    if of.field(TIMES) is None or not said or versions.wkb is None or versions.start[n] == NO_TIME:
        return Met()
    upto = versions.marking[n] if versions.marking[n] in known else None
    lines = ask.around(sheet.record, sheet.user, sheet.view.known_at, upto).lines
    track = geopandas.GeoDataFrame(geometry=[shapely.from_wkb(versions.wkb[n])], crs=4326)
    try:
        times = versions.start[n] + (np.array(str(said).split(), np.float64) * 1e6).astype(np.int64)
        stood = [lines.every[number] for number in np.flatnonzero(lines.standing.at(int(versions.start[n]))).tolist()]
        found = [(line, _of(track, times, line)) for line in stood]
    except (ValueError, UnusableGeometry):
        return Met()
    touched = (_called(line) for line, passages in found if not passages and crossed(track, _alone(line)).all())
    return Met(tuple(sorted((one for _, passages in found for one in passages), key=lambda one: one.at)), tuple(touched))


def _alone(line: Feature) -> geopandas.GeoSeries:
    return geopandas.GeoSeries([line.shape], crs=4326)


def _called(line: Feature) -> str:
    return line.name or line.id


def _of(track: geopandas.GeoDataFrame, times: np.ndarray[tuple[int], np.dtype[np.int64]], line: Feature) -> list[Passage]:
    found = crossings(track, [times.astype("datetime64[us]")], _alone(line))
    sides = {"left": line.left or "left", "right": line.right or "right"}
    moments = found["occurred_at"].to_numpy("datetime64[us]").astype(np.int64)
    return [
        Passage(_called(line), int(at), float(along), sides[to])
        for at, along, to in zip(moments, found["along_m"], found["to"], strict=True)
    ]


def rows(sheet: Sheet, of: Layer, versions: Versions, n: int) -> list[Json]:
    """Return the lines a track crosses or touches as the card's rows of label and value."""
    parties, found = dict(sheet.record.configuration.parties), met(sheet, of, versions, n)
    told: list[Json] = [{"label": f"Crosses {one.line}", "value": one.words(parties)} for one in found.passages[:_MOST]]
    more = len(found.passages) - _MOST
    told += [{"label": "Crosses", "value": again(more)}] if more > 0 else []
    return told + [{"label": f"Touches {line}", "value": "does not cross it"} for line in found.touched[:_MOST]]


def first(sheet: Sheet, of: Layer, versions: Versions, n: int) -> str:
    """Return the first crossing of a track and how many more there are, or what it only touches, in words; blank for neither."""
    found = met(sheet, of, versions, n)
    if not found.passages:
        return f"touches {found.touched[0]}, does not cross it" if found.touched else ""
    more = f"; {len(found.passages) - 1} more" if len(found.passages) > 1 else ""
    return f"{found.passages[0].words(dict(sheet.record.configuration.parties))}{more}"
