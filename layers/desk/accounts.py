"""Incidents as a report tells them: in neutral words, and those of victims to be spared by coarse place and week only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from layers.catalogue.incidents import COARSE
from layers.desk import whereabouts
from layers.desk.answers import spoken
from layers.desk.groups import column
from layers.desk.sheet import Sheet
from layers.index import hue_and_glyph
from layers.model import NO_TIME, Layer, Versions, from_micros
from layers.notation import dtg, format_mgrs

Ints = npt.NDArray[np.int64]
_LONGEST = 240
_NOT = "–"
_CASUALTIES = ("casualties_low", "casualties_best", "casualties_high")


@dataclass(frozen=True, slots=True)
class Account:
    """One incident in words. Of a coarse one only the kind, the sector and the week are given.

    Attributes
    ----------
    seq : int
        Which version it is; never printed.
    when, where : str
        Date-time group and grid with place; or week and sector.
    kind, severity, party : str
    casualties : str
        Low / best / high, a dash for what is not given; in a word where all three are 0, or none is given.
    grade : str
        Of the source and of the report, ``B2``.
    text : str
        What the report says, shortened.
    coarse : bool
    fields : mapping
        What the record holds of it; empty for a coarse one.
    """

    seq: int
    when: str
    where: str
    kind: str
    severity: str
    party: str
    casualties: str
    grade: str
    text: str
    coarse: bool
    fields: Mapping[str, object]


def accounts(sheet: Sheet, of: Layer, versions: Versions, longest: int = _LONGEST) -> list[Account]:
    """Return versions of a layer of incidents as a report that is marked as its sheet tells them."""
    if not len(versions):
        return []
    sectors, grids = whereabouts.sectors(sheet, versions, sheet.marking()), format_mgrs(versions.lon, versions.lat)
    parties = dict(sheet.record.configuration.parties)
    found = []
    for n, payload in enumerate(versions.payload):
        fields = json.loads(payload)
        kind = str(fields.get("kind") or "")
        if kind in COARSE:
            when, sector = week(int(versions.start[n])), sectors[n] or "No sector"
            found.append(Account(int(versions.seq[n]), when, sector, spoken(of, "kind", kind), "", "", "", "", "", True, {}))
            continue
        place = str(fields.get("place") or "")
        party = str(fields.get("party") or "")
        found.append(
            Account(
                int(versions.seq[n]),
                _dtg(int(versions.start[n])),
                f"{grids[n]} ({place})" if place else str(grids[n]),
                spoken(of, "kind", kind),
                spoken(of, "severity", fields.get("severity") or ""),
                parties.get(party) or (spoken(of, "party", party) if party else "Not given"),
                _casualties([fields.get(name) for name in _CASUALTIES]),
                f"{fields.get('reliability') or _NOT}{fields.get('credibility') or _NOT}",
                shortened(str(fields.get("text") or ""), longest),
                False,
                fields,
            )
        )
    return found


def coarse(versions: Versions, n: int) -> bool:
    """Say whether a version is of a kind that is told by coarse place and week only."""
    return json.loads(versions.payload[n]).get("kind") in COARSE


def shortened(text: str, longest: int) -> str:
    """Return a text of at most so many characters; one that is cut says so.

    Examples
    --------
    >>> shortened("three bursts heard", 12)
    'three burst…'
    """
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def week(micros: int) -> str:
    """Return the week of a moment, ``Week of 230000Z NOV 26``: it begins on Monday, 0000Z."""
    if micros == NO_TIME:
        return "Week not known"
    return f"Week of {dtg(monday(micros))}"


def monday(micros: int) -> datetime:
    """Return when the week of a moment began."""
    day = from_micros(micros).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def significant(sheet: Sheet, of: Layer, most: int) -> Ints:
    """Return the versions of a view's incidents above the lowest severity, the most severe first, then the newest; at most so many.

    Those that are told by coarse place and week only are not among them.
    """
    parts = sheet.points(of)
    hue, _ = hue_and_glyph(np.concatenate([part.worth for part in parts]), of)
    seq, start = (np.concatenate([getattr(part.columns, name)[part.rows] for part in parts]) for name in ("seq", "start"))
    spared = [n for code, n in list(sheet.record.picture.points[of.stored].vocabulary["kind"].items()) if code in COARSE]
    rows = np.flatnonzero((hue < len(of.portrayal.hues) - 1) & ~np.isin(column(parts, "kind"), spared))
    order = np.lexsort((seq[rows], -start[rows], hue[rows]))[:most]
    return np.asarray(seq[rows[order]], np.int64)


def read(sheet: Sheet, of: Layer, seqs: Ints, longest: int = _LONGEST) -> list[Account]:
    """Return the accounts of versions of a layer, in the order they are asked for; what is told coarsely comes last, by its week."""
    told = {one.seq: one for one in accounts(sheet, of, sheet.record.store.records(of.stored, np.sort(seqs).tolist()), longest)}
    found = [told[seq] for seq in seqs.tolist() if seq in told]
    return sorted(found, key=lambda one: (one.coarse, (one.when, one.where, one.kind) if one.coarse else ()))


def told_openly(sheet: Sheet) -> Sheet | None:
    """Return the sheet of what a map of a report may show: without what is told by coarse place and week only; None for nothing."""
    index = sheet.record.picture.points
    known = {code for one in index.values() for code in list(one.vocabulary.get("kind", ()))}
    return sheet.also("kind", tuple(sorted(known - {*COARSE, ""}))) if known & {*COARSE} else sheet


def at(sheet: Sheet, **window: object) -> Sheet:
    """Return the same question at another window."""
    return Sheet(sheet.record, sheet.user, sheet.view, replace(sheet.window, **window), sheet.as_of, sheet.version)  # type: ignore[arg-type]


def _casualties(given: Sequence[object]) -> str:
    """Return three numbers of casualties in words.

    >>> _casualties([1, 2, None]), _casualties([0, 0, 0]), _casualties([None] * 3)
    ('1 / 2 / –', 'None', 'Not given')
    """
    if all(one is None for one in given):
        return "Not given"
    return "None" if not any(given) and None not in given else " / ".join(_NOT if one is None else str(one) for one in given)


def _dtg(micros: int) -> str:
    return "Not given" if micros == NO_TIME else dtg(from_micros(micros))
