"""Rows on their way into the record, versions on their way out, and what became of a submission."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

#: What a reason quotes of its row: it does not part one reason from another.
_SAID = re.compile(r"'[^']*'|\"[^\"]*\"|[+-]?\d+(?:\.\d+)?")

#: "No time": the smallest 64-bit integer, which numpy also reads as NaT.
NO_TIME = np.iinfo(np.int64).min

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was refused, or a remark about one that was not.

    ``row`` counts from 1 after the header. ``kind`` names faults that a change to the reading of the whole
    file may mend: ``day_month``, ``no_zone``, ``comma``, ``swapped_axes``, ``no_utm_zone``; blank for the others.
    """

    row: int
    field: str
    reason: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Checked rows of one layer, as columns, ready to be stored. All sequences have one length.

    Attributes
    ----------
    layer : str
        The layer's id.
    row : int64 array
        Row number in the file, from 1 after the header.
    feature : sequence of str
        Identity: the source's id, else content plus occurrence number.
    lon, lat : float64 arrays
        WGS 84 degrees of a point layer; of another layer the centre of the geometry's bounds.
    wkb : sequence of bytes or None
        Little-endian WKB, WGS 84 lon/lat, for lines and areas; None for a point layer.
    start, until, reported : int64 arrays
        Microseconds since 1970 UTC, NO_TIME where there is none.
    marking : sequence of str
        Marking code of each row.
    payload : sequence of str
        Canonical JSON object of every field's value (sorted keys, no blanks, UTF-8 kept), times as
        ISO 8601 UTC. Unmapped source columns are kept under ``"extra"``, remarks under ``"flags"``, what records of one
        event share under ``"event"``, what an analyst decided under ``"edited"``.
    retracted : bool array
        True where the source takes a feature back.
    """

    layer: str
    row: Int64s
    feature: Sequence[str]
    lon: Floats
    lat: Floats
    wkb: Sequence[bytes] | None
    start: Int64s
    until: Int64s
    reported: Int64s
    marking: Sequence[str]
    payload: Sequence[str]
    retracted: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    def taken(self, kept: npt.NDArray[np.intp]) -> Rows:
        """Return the rows at some positions."""
        at = kept.tolist()
        return Rows(
            self.layer,
            self.row[kept],
            [self.feature[n] for n in at],
            self.lon[kept],
            self.lat[kept],
            None if self.wkb is None else [self.wkb[n] for n in at],
            self.start[kept],
            self.until[kept],
            self.reported[kept],
            [self.marking[n] for n in at],
            [self.payload[n] for n in at],
            self.retracted[kept],
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """One chunk of a file, read and checked.

    ``rows_in`` = ``len(rows)`` + the number of distinct rows in ``faults`` (+ ``left_out``, the rows
    that ``--where`` did not select and which therefore are not part of the submission). ``remarks`` are
    about rows that are taken. ``asked`` counts, by coded field, the values that mean none of its codes. ``holds`` tells of a
    feature made of several rows of the file which they are, by the row it is called by; it is kept or refused with all of them.
    """

    rows: Rows
    faults: tuple[Fault, ...]
    rows_in: int
    left_out: int = 0
    remarks: tuple[Fault, ...] = ()
    asked: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    holds: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Versions:
    """Stored versions of one layer, as columns in ascending ``seq``. The store's answer to a tail or a look-up.

    ``previous`` is the seq of the version each one replaces, 0 for none. ``recorded`` is when the
    mission came to know it, microseconds since 1970 UTC. The other columns are those of ``Rows``.
    """

    layer: str
    seq: Int64s
    previous: Int64s
    batch: Int64s
    row: Int64s
    recorded: Int64s
    feature: Sequence[str]
    lon: Floats
    lat: Floats
    wkb: Sequence[bytes] | None
    start: Int64s
    until: Int64s
    reported: Int64s
    marking: Sequence[str]
    payload: Sequence[str]
    retracted: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.seq)

    def known(self, moment: int) -> Versions:
        """Return the versions recorded up to a moment, microseconds since 1970 UTC."""
        return self._first(int(np.searchsorted(self.recorded, moment, side="right")))

    def upto(self, seq: int) -> Versions:
        """Return the versions up to ``seq``, itself included."""
        return self._first(int(np.searchsorted(self.seq, seq, side="right")))

    def only(self, n: int) -> Versions:
        """Return the version at a position."""
        return self._part(slice(n, n + 1))

    def _first(self, last: int) -> Versions:
        return self if last == len(self) else self._part(slice(last))

    def _part(self, rows: slice) -> Versions:
        cut: dict[str, Any] = {of.name: getattr(self, of.name) for of in fields(self)}
        cut = {name: column if name == "layer" or column is None else column[rows] for name, column in cut.items()}
        return Versions(**cut)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the audit: who did what to what, when. ``detail`` holds no record text."""

    at: datetime
    who: str
    act: str
    ref: str = ""
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission: every row in is in exactly one of the five.

    ``batch`` is None for a dry run and where nothing was stored. ``remarks`` are faults of rows that
    were stored all the same (outside the mission's area, an unknown code kept as text), the first of them; ``remarked``
    counts such rows. ``asked`` counts, by coded field, the values that mean none of its codes. ``said`` is in sentences
    how a file was read, ``read`` in a few words what was settled of it, ``called`` what the file calls each field.
    """

    batch: int | None
    new: int
    changed: int
    unchanged: int
    retracted: int
    refused: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    asked: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    remarked: int = 0
    said: tuple[str, ...] = ()
    read: str = ""
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused_rows(self) -> int:
        """Return how many distinct rows were refused."""
        return len({fault.row for fault in self.refused})

    def grouped(self, *, remarks: bool = False) -> list[tuple[str, str, int, tuple[int, ...]]]:
        """Return the refusals, or the remarks, by field and reason, the most frequent first.

        Each is the field, one reason in full, how many rows, and the first few of them.
        """
        groups: dict[tuple[str, str], list[Fault]] = {}
        for fault in self.remarks if remarks else self.refused:
            groups.setdefault((fault.field, _SAID.sub("…", fault.reason)), []).append(fault)
        told = [(field, of[0].reason, len(of), tuple(one.row for one in of[:5])) for (field, _), of in groups.items()]
        return sorted(told, key=lambda one: -one[2])

    def plain(self) -> dict[str, object]:
        """Return what JSON says of it, the same on the command line, over HTTP and beside a dropped file."""
        said: dict[str, object] = {name: getattr(self, name) for name in ("batch", "new", "changed", "unchanged", "retracted")}
        for name in ("refused", "remarks"):
            said[name] = [{"row": of.row, "field": of.field, "reason": of.reason} for of in getattr(self, name)]
        return said | {
            "remarked": self.remarked,
            "said": list(self.said),
            "asked": {of: dict(met) for of, met in self.asked.items()},
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of checking the whole chain.

    ``head`` is the last audit hash in hexadecimal; ``broken_at`` names the first broken row
    (``"record 412"`` or ``"audit 7"``), None where nothing is broken.
    """

    ok: bool
    rows: int
    head: str
    broken_at: str | None
