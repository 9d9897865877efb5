"""Grids that tell where an observer stood and looked: placed by whoever knows where the observers stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.ingest.places import Places
from layers.model import Fault

#: Under this name a record keeps its observation, each observer by the place where they stood.
OBSERVED = "observed"
#: So many different observations of one part of a file are placed; those beyond are refused, and it is said why.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Observation:
    """Where what was observed lies, within ``precision_m`` of the place, and the observation as the record keeps it."""

    lon: float
    lat: float
    precision_m: float
    told: str


_BEARING = ("bearing", "azimuth", "direction")

#: Places the text of a grid, for a record of a marking: an observation, or why it is none; blank where it is not meant as one.
Observing = Callable[[str, str], Observation | str]


@dataclass(frozen=True, slots=True)
class Grids:
    """The grids of rows as they are written, the rows' numbers and markings, what the file calls the grid, and the columns it is put together of."""

    text: pa.Array
    row: npt.NDArray[np.int64]
    marking: pa.Array | None
    column: str
    parts: Mapping[str, pa.Array] = field(default_factory=dict)

    def fault(self, n: int, reason: str) -> Fault:
        """Return why the n-th of the rows gives no place, of the column that is blank or that the reason begins with."""
        texts = {name: str(column[n].as_py()) for name, column in self.parts.items()}
        bare = {what: name for name, text in texts.items() if not text and (what := _what(name))}
        row = int(self.row[n])
        if "bearing" in bare:
            return Fault(row, bare["bearing"], "is blank; write a bearing such as 045° or NE")
        for name, text in texts.items():
            if text and reason.startswith(repr(text)[:-1]):
                return Fault(row, name, reason)
        if "distance" in bare:
            return Fault(row, bare["distance"], "is blank; write a distance such as 1-3 km")
        return Fault(row, self.column, reason)


def _what(column: str) -> str:
    """Return what of an observation a column holds by its name, blank for neither bearing nor distance."""
    name = column.casefold().strip()
    return "distance" if name.startswith("distance") else "bearing" if name.startswith(_BEARING) else ""


def unobserved(*_: str) -> str:
    """Return that nothing is meant as an observation."""
    return ""


def observed(found: Places, grids: Grids, observing: Observing) -> tuple[Places, pa.Array | None]:
    """Return places with those read from observations, and of each row the observation, blank for none; None where there is none.

    A row whose grid is meant as an observation and gives no place keeps its fault, with the reason why.
    """
    bare = np.flatnonzero(np.isnan(found.lon) & pc.not_equal(grids.text, "").to_numpy(zero_copy_only=False))
    if not len(bare):
        return found, None
    levels = pa.array([""] * len(grids.row), pa.string()) if grids.marking is None else grids.marking
    asked = {n: (grids.text[n].as_py(), levels[n].as_py()) for n in bare.tolist()}
    answers: dict[tuple[str, str], Observation | str] = {}
    for key in asked.values():
        if key not in answers:
            answers[key] = observing(*key) if len(answers) < MOST else f"is one of more than {MOST:,} to place; split the file"
    lon, lat, far = found.lon.copy(), found.lat.copy(), found.precision_m.copy()
    told, said = [""] * len(grids.row), {fault.row: fault for fault in found.faults}
    for n, key in asked.items():
        answer, row = answers[key], int(grids.row[n])
        if isinstance(answer, Observation):
            lon[n], lat[n], far[n], told[n] = answer.lon, answer.lat, answer.precision_m, answer.told
            said.pop(row, None)
        elif answer:
            said[row] = grids.fault(n, answer)
    made = replace(found, lon=lon, lat=lat, precision_m=far, faults=tuple(said.values()))
    return made, pa.array(told, pa.string()) if any(told) else None
