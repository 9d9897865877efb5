"""The place of versions in words, for card, table and export."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from layers.analysis.place import LEFT, ON, RIGHT, BesideLine, InZone, Place, placed
from layers.desk import question as ask
from layers.desk import rulings, spared
from layers.desk.answers import distance
from layers.desk.sheet import Sheet
from layers.ingest import PLACED
from layers.model import Versions

_SIDES = {LEFT: "left of it", RIGHT: "right of it", ON: "on it"}
_SURE = 0.995


def of(sheet: Sheet, versions: Versions, upto: str | None = None) -> list[Place]:
    """Return where versions of a tiled layer lie, as the map places them, among what the sheet's user may see at the view's moment.

    ``upto`` is the marking of what it is written into: what is marked higher is not named there.
    """
    precision = np.array([np.nan if one is None else one for one in precisions(versions)], np.float64)
    versions = spared.placed(versions)
    around = ask.around(sheet.record, sheet.user, sheet.view.known_at, upto)
    return placed(versions.lon, versions.lat, versions.start, precision, around)


def sectors(sheet: Sheet, versions: Versions, upto: str | None) -> list[str]:
    """Return the name of the sector each version lies in, of those this user may see; blank for none."""
    picture, markings = sheet.record.picture, sheet.record.configuration.markings
    top = len(markings) if upto is None else markings.index(upto)
    known = ask.sector_names(sheet.record, sheet.user)
    named = {n: name for n, name in known.items() if picture.sector_ranks[n - 1] <= top}
    return [named.get(int(at), "") for at in picture.sectors_at(versions.lon, versions.lat)]


def rows(sheet: Sheet, place: Place, precision_m: object) -> list[dict[str, object]]:
    """Return a place as the card's rows of label and value."""
    parties = dict(sheet.record.configuration.parties)
    found = [(line.name, f"{_beside(line, parties)}{_unsure(line, precision_m)}") for line in place.lines]
    found += [(_in(zone), zone.name) for zone in place.zones]
    found += [("Nearest post", _nearest(place.position))] if place.position else []
    found += [("Nearest settlement", _nearest(place.settlement))] if place.settlement else []
    return [{"label": label, "value": value} for label, value in found]


#: The headings of ``cells``, those that stand first and those that stand last.
FIRST = ("Sector", "To the line", "Zones", rulings.HEADING)
LAST = ("Nearest post", "Nearest settlement")


def headings(sheet: Sheet) -> tuple[str, ...]:
    """Return the headings of ``cells``; without clauses there is none for them."""
    judged = bool(ask.judging(sheet.record, sheet.user))
    return tuple(head for head in (*FIRST, *LAST) if judged or head != rulings.HEADING)


def cells(sheet: Sheet, versions: Versions) -> list[dict[str, str]]:
    """Return the places of versions as cells of a table that is marked as its sheet is, by heading."""
    parties, marking = dict(sheet.record.configuration.parties), sheet.marking()
    shown, told = headings(sheet), rulings.cells(sheet, versions)
    found = [
        {
            "Sector": sector,
            "To the line": _doubted(place.lines[0], parties, known) if place.lines else "",
            "Zones": "; ".join(_likely(zone) for zone in place.zones),
            rulings.HEADING: ruling,
            "Nearest post": _nearest(place.position) if place.position else "",
            "Nearest settlement": _nearest(place.settlement) if place.settlement else "",
        }
        for place, sector, ruling, known in zip(
            of(sheet, versions, marking), sectors(sheet, versions, marking), told, precisions(versions), strict=True
        )
    ]
    return [{head: one[head] for head in shown} for one in found]


def columns(sheet: Sheet, versions: Versions, upto: str) -> dict[str, pa.Array]:
    """Return places as the columns of an export that is marked ``upto``."""
    parties = dict(sheet.record.configuration.parties)
    found = of(sheet, versions, upto)
    lines = [place.lines[0] if place.lines else None for place in found]
    held: dict[str, Sequence[object]] = {
        "derived_sector": [name or None for name in sectors(sheet, versions, upto)],
        "derived_line": [line and line.name for line in lines],
        "derived_line_m": [line and round(line.metres, 1) for line in lines],
        "derived_side": [line and line.side for line in lines],
        "derived_side_sure": [line and _sure(line, known) for line, known in zip(lines, precisions(versions), strict=True)],
        "derived_line_km": [line and round(line.along_m / 1_000, 3) for line in lines],
        "derived_other_lines": [_joined(f"{one.name}: {_beside(one, parties)}" for one in place.lines[1:]) for place in found],
        "derived_zones": [_joined(map(_likely, place.zones)) for place in found],
        "derived_clauses": rulings.column(sheet, versions, upto),
        "derived_position": [place.position and place.position[0] for place in found],
        "derived_position_m": [place.position and round(place.position[1], 1) for place in found],
        "derived_settlement": [place.settlement and place.settlement[0] for place in found],
        "derived_settlement_m": [place.settlement and round(place.settlement[1], 1) for place in found],
    }
    return {name: pa.array(held[name], pa.float64() if kind == "number" else pa.string()) for name, kind in PLACED.items()}


def _beside(line: BesideLine, parties: Mapping[str, str]) -> str:
    side = _SIDES.get(line.side, f"side of {parties.get(line.side, line.side)}")
    return f"{distance(line.metres)}, {side}, KP {line.along_m / 1_000:.1f}"


def _doubted(line: BesideLine, parties: Mapping[str, str], precision_m: object) -> str:
    """Return how a report lies to a line, and in short that its precision leaves the side open."""
    return f"{_beside(line, parties)}{' (side uncertain)' if _unsure(line, precision_m) else ''}"


def precisions(versions: Versions) -> list[object]:
    """Return how far from where the map places versions the true places may lie, metres; None where nothing is said."""
    return [json.loads(text).get("precision_m") for text in spared.placed(versions).payload]


def _unsure(line: BesideLine, precision_m: object) -> str:
    if not isinstance(precision_m, int | float) or line.sure or line.side == ON:
        return ""
    return f"; known to {distance(float(precision_m))} only, so it may be on the other side"


def _sure(line: BesideLine, precision_m: object) -> str | None:
    """Return whether a report's precision leaves no doubt of the side; nothing where it does not say how precise it is."""
    if not isinstance(precision_m, int | float):
        return None
    return "no" if _unsure(line, precision_m) else "yes"


def _in(zone: InZone) -> str:
    return "In" if zone.probability >= _SURE else f"{_percent(zone)} likely in"


def _likely(zone: InZone) -> str:
    return zone.name if zone.probability >= _SURE else f"{zone.name} ({_percent(zone)} likely)"


def _percent(zone: InZone) -> str:
    return f"{100 * zone.probability:.0f} %" if zone.probability >= 0.01 else "under 1 %"


def _nearest(found: tuple[str, float]) -> str:
    return f"{found[0]}, {distance(found[1])}"


def _joined(texts: Iterator[str]) -> str | None:
    return "; ".join(texts) or None
