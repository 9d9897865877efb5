"""Where and when tracks cross the lines in force, in words, for the card and the answer of a question."""

from __future__ import annotations

import json
from dataclasses import dataclass

import geopandas
import numpy as np
import shapely

from layers.analysis.place import Feature
from layers.desk import question as ask
from layers.desk.answers import Json
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, Layer, Versions
from layers.notation import format_dtg
from layers.spatial import UnusableGeometry, crossings

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


def passages(sheet: Sheet, of: Layer, versions: Versions, n: int) -> list[Passage]:
    """Return where one version of a timed track crosses the lines in force as it started, in the order of time.

    Lines marked higher than the track are not told; none where the track has no times, or not one for each vertex.
    """
    said, known = json.loads(versions.payload[n]).get(TIMES), sheet.record.configuration.markings
    if of.field(TIMES) is None or not said or versions.wkb is None or versions.start[n] == NO_TIME:
        return []
    upto = versions.marking[n] if versions.marking[n] in known else None
    lines = ask.around(sheet.record, sheet.user, sheet.view.known_at, upto).lines
    track = geopandas.GeoDataFrame(geometry=[shapely.from_wkb(versions.wkb[n])], crs=4326)
    try:
        times = versions.start[n] + (np.array(str(said).split(), np.float64) * 1e6).astype(np.int64)
        stood = np.flatnonzero(lines.standing.at(int(versions.start[n]))).tolist()
        found = [one for number in stood for one in _of(track, times, lines.every[number])]
    except (ValueError, UnusableGeometry):
        return []
    return sorted(found, key=lambda one: one.at)


def _of(track: geopandas.GeoDataFrame, times: np.ndarray[tuple[int], np.dtype[np.int64]], line: Feature) -> list[Passage]:
    met = crossings(track, [times.astype("datetime64[us]")], geopandas.GeoSeries([line.shape], crs=4326))
    sides = {"left": line.left or "left", "right": line.right or "right"}
    moments = met["occurred_at"].to_numpy("datetime64[us]").astype(np.int64)
    return [
        Passage(line.name or line.id, int(at), float(along), sides[to])
        for at, along, to in zip(moments, met["along_m"], met["to"], strict=True)
    ]


def rows(sheet: Sheet, of: Layer, versions: Versions, n: int) -> list[Json]:
    """Return the crossings of a track as the card's rows of label and value."""
    parties, found = dict(sheet.record.configuration.parties), passages(sheet, of, versions, n)
    told: list[Json] = [{"label": f"Crosses {one.line}", "value": one.words(parties)} for one in found[:_MOST]]
    more = len(found) - _MOST
    return [*told, {"label": "Crosses", "value": f"{more} times more"}] if more > 0 else told


def first(sheet: Sheet, of: Layer, versions: Versions, n: int) -> str:
    """Return the first crossing of a track and how many more there are, in words; blank for none."""
    found = passages(sheet, of, versions, n)
    if not found:
        return ""
    more = f"; {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0].words(dict(sheet.record.configuration.parties))}{more}"
