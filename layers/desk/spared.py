"""Records of kinds whose victims are told of by a cell and a week only, as a screen or a sheet tells them.

Data files keep what the record holds, under its marking; what leaves otherwise is released by the same rule.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from layers.catalogue import layer as declared
from layers.model import COARSE_M, Versions
from layers.notation import begun, format_iso, reach, snapped

Int64s = npt.NDArray[np.int64]

#: What tells of a place or a person in free words. Whoever may amend the record reads it there.
_SILENT = ("place", "target", "text", "extra")
NOTE = "Its place is the middle of a cell of 10 km and its time the beginning of a week, to protect the victims"


def spared(versions: Versions) -> Int64s:
    """Return the positions of versions that are told by a cell and a week only."""
    kinds = declared(versions.layer).coarse
    meant = (n for n, text in enumerate(versions.payload) if any(kind in text for kind in kinds))
    return np.array([n for n in meant if json.loads(versions.payload[n]).get("kind") in kinds], np.int64)


def placed(versions: Versions) -> Versions:
    """Return versions with the places and times that the index gives them.

    Of those that are spared that is the middle of the cell, how far it reaches, and the beginning of the week.
    """
    rows = spared(versions)
    if not len(rows):
        return versions
    lon, lat, payload = versions.lon.copy(), versions.lat.copy(), list(versions.payload)
    lon[rows], lat[rows] = snapped(lon[rows], lat[rows], COARSE_M)
    for n, far in zip(rows.tolist(), reach(lon[rows], lat[rows], COARSE_M).tolist(), strict=True):
        said = json.loads(payload[n])
        payload[n] = json.dumps(said | {"precision_m": max(float(said.get("precision_m") or 0.0), far)}, ensure_ascii=False)
    start, reported = (_weeks(at, rows) for at in (versions.start, versions.reported))
    return replace(versions, lon=lon, lat=lat, start=start, reported=reported, payload=payload)


def told(versions: Versions) -> Versions:
    """Return versions as they are told: of those that are spared the cell, the beginning of the week, and no free words.

    When the mission came to know them stays: it is told of every act. Others are returned as they are.
    """
    rows, of = spared(versions), declared(versions.layer)
    if not len(rows):
        return versions
    coarse = placed(versions)
    payload = list(coarse.payload)
    for n in rows.tolist():
        said = {name: value for name, value in json.loads(payload[n]).items() if name not in _SILENT}
        for name, at in ((of.time_field, coarse.start), ("reported_at", coarse.reported)):
            if said.get(name):
                said[name] = str(format_iso(at[n : n + 1])[0])
        payload[n] = json.dumps(said, ensure_ascii=False)
    return replace(coarse, payload=payload)


def _weeks(at: Int64s, rows: Int64s) -> Int64s:
    found = at.copy()
    found[rows] = begun(at[rows], "week")
    return found
