"""Changes to the reading of a whole file that would mend many rows at once, offered only where they are safe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from layers.ingest.conventions import Conventions
from layers.ingest.mapping import ColumnMapping
from layers.model import Box
from layers.notation import format_mgrs

_ZONE_DEGREES = 6
#: A box that ends where the next zone begins still lies in one.
_INSIDE = 1e-9


@dataclass(frozen=True, slots=True)
class Mend:
    """One such change: in words, how many rows it is about, and the mapping with it made."""

    words: str
    rows: int
    mapping: ColumnMapping


def mends(kinds: Mapping[str, int], rows_in: int, mapping: ColumnMapping, box: Box, timezone: str) -> tuple[Mend, ...]:
    """Return what would mend the faults and remarks of a dry run.

    Parameters
    ----------
    kinds : mapping of kind to number of rows
        Of the dry run's faults and remarks.
    rows_in : int
    mapping : ColumnMapping
        How the file was read.
    box : tuple of float
        The mission's area: west, south, east, north in degrees.
    timezone : str
        IANA name of the mission's local time.

    Returns
    -------
    tuple of Mend
        Axes are exchanged only where most rows then lie in the mission's area, metres get a zone only where the area
        lies in one; the order of dates, the zone of times and the meaning of a comma are for the reader to say.
    """
    told = {**kinds, "swapped_axes": kinds.get("swapped_axes", 0) if 2 * kinds.get("swapped_axes", 0) > rows_in else 0}
    return tuple(
        Mend(words, told[kind], mapping.with_answers(changed))
        for kind, words, changed in _changes(mapping.answers, box, timezone)
        if told.get(kind)
    )


def _changes(of: Conventions, box: Box, timezone: str) -> Iterator[tuple[str, str, Conventions]]:
    yield "swapped_axes", "Exchange longitude and latitude", replace(of, swapped=not of.swapped)
    yield "day_month", "Read dates day first, 3/4 as 3 April", replace(of, day_first=True)
    yield "day_month", "Read dates month first, 3/4 as 4 March", replace(of, day_first=False)
    yield "no_zone", "Read times without a zone as UTC", replace(of, zone="UTC")
    if timezone != "UTC":
        yield "no_zone", f"Read times without a zone as local time, {timezone}", replace(of, zone=timezone)
    yield "comma", "Read the comma in numbers as the decimal mark", replace(of, decimal=",")
    yield "comma", "Read the comma in numbers as parting thousands", replace(of, decimal=".")
    west, south, east, north = box[0], box[1], box[2] - _INSIDE, box[3] - _INSIDE
    zones = {str(name)[:3] for name in format_mgrs(np.array([west, east, west, east]), np.array([south, north, north, south]))}
    if len(zones) == 1 and east - west <= _ZONE_DEGREES:
        zone = zones.pop()
        yield "no_utm_zone", f"Read the metres in zone {zone}", replace(of, utm_zone=zone)
