"""Alerts about own patrols: overdue, its report overdue, across a line that its plan does not cross. Each stands until acknowledged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import geopandas
import numpy as np
import shapely

from layers import access
from layers.access import User
from layers.analysis.place import Features
from layers.catalogue.patrol_routes import LAYER as ROUTES
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.desk import answers, passages
from layers.desk import question as ask
from layers.desk.alerts import reasoned
from layers.desk.answers import Json
from layers.desk.patrols import Patrol, patrols
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.errors import LayersError, NotFound
from layers.model import View, from_micros
from layers.notation import dtg
from layers.spatial import crossed

#: What is looked for: how it is called, and how urgent it is.
RULES: Mapping[str, tuple[str, int]] = {
    "patrol-overdue": ("Patrol overdue", 1),
    "patrol-crossing": ("Patrol crossed a line", 2),
    "patrol-report": ("Patrol report overdue", 2),
}
#: Patrols of so long ago raise alerts no more.
_BACK = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert: by which rule, about which feature, when first and last, in words where and how, of which sector, and how often.

    ``origin`` is the first version of the feature, which names the alert for as long as it stands. What happened after it was
    acknowledged lets it stand again.
    """

    rule: str
    layer: str
    seq: int
    origin: int
    at: int
    last: int
    words: str
    sector: str
    count: int = 1

    @property
    def key(self) -> str:
        """Return what the alert is called by."""
        return f"{self.rule}:{self.origin}"


def told(record: Record, user: User) -> list[Json]:
    """Return the alerts about patrols this user sees, as ``layers.desk.alerts.told`` tells its own."""
    found, by = raised(record, user), said(record)
    return [_plain(record, one, by.get(one.key)) for one in found]


def raised(record: Record, user: User, known_at: datetime | None = None) -> tuple[Raised, ...]:
    """Return what is raised now, or was at a moment. Looked for once a minute and whenever the record changes."""
    minute = (known_at or record.clock()).replace(second=0, microsecond=0)
    key = ("patrol alerts", user, record.picture.version, minute, known_at)
    return record.cues.kept(key, record.picture, lambda: tuple(_raised(record, user, minute, known_at)))


def rank(record: Record, one: Raised) -> int:
    """Return the rank of the marking of what an alert is about."""
    shapes = record.picture.shapes[one.layer]
    return int(shapes.marking[shapes.seq == one.seq][0])


def acknowledged(record: Record, user: User, key: str, upto: int, reason: str) -> dict[str, str | int]:
    """Return what the audit keeps of an acknowledgement.

    Raises
    ------
    NotFound
        There is no such alert for this user, or it has left the list.
    LayersError
        No reason is given or a very long one, or it is acknowledged already.
    """
    found = next((one for one in raised(record, user) if one.key == key), None)
    if found is None:
        raise NotFound("this alert is not here any more; look at the list again")
    words = reasoned(reason)
    if (before := said(record).get(key)) and settled(found, before):
        raise LayersError(f"{before['who']} has acknowledged this alert already; nothing was added")
    body: dict[str, str | int] = {"rule": found.rule, "sector": "", "first": found.at, "last": found.last, "upto": upto}
    return body | {"ceiling": user.ceiling or "", "marking": "", "reason": words}


def mine(key: str) -> bool:
    """Say whether a key is of an alert about patrols."""
    return key.rpartition(":")[0] in RULES


def said(record: Record, upto: datetime | None = None, before: int | None = None) -> dict[str, Json]:
    """Return by key who acknowledged which alert about patrols, when, and why; up to a moment and before a line of the audit."""
    found: dict[str, Json] = {}
    for row in record.store.audit_rows(act="acknowledge"):
        late = (upto is not None and datetime.fromisoformat(row.at) > upto) or (before is not None and row.seq >= before)
        if mine(row.ref) and not late:
            body = json.loads(row.body)
            at = int(datetime.fromisoformat(row.at).timestamp() * 1_000)
            found[row.ref] = {"who": row.who, "at": at, "reason": body["reason"], "upto": body["upto"]}
            found[row.ref]["last"] = body["last"]
    return found


def _raised(record: Record, user: User, now: datetime, known_at: datetime | None) -> Iterator[Raised]:
    view = View(start=now - _BACK, end=now + timedelta(minutes=1), known_at=known_at)
    sheet = Sheet(record, user, view, ask.window(record, view), record.clock(), record.picture.version)
    if not {ROUTES.id, TRACKS.id} & {of.id for of in sheet.layers}:
        return
    found = patrols(sheet)
    for one in found.every:
        if one.state == "overdue":
            leg = next(leg for leg in one.legs if leg.state == "overdue")
            words = f"{one.name}, leg {leg.number} should have ended {dtg(from_micros(leg.ends))}"
            yield _of(record, "patrol-overdue", ROUTES.id, leg.seq, ((leg.ends,), words))
        if one.overdue(found.now):
            words = f"{one.name}, due {dtg(from_micros(one.due))}"
            yield _of(record, "patrol-report", TRACKS.id, one.tracks[-1][1], ((one.due,), words))
        yield from _crossed(sheet, one)


def _crossed(sheet: Sheet, one: Patrol) -> Iterator[Raised]:
    """Yield of each of a patrol's tracks where it last crossed a line that its plan does not cross, and how often it did."""
    lines = ask.around(sheet.record, sheet.user, sheet.view.known_at, None).lines
    for _, seq in one.tracks:
        key = ("crossed", seq, tuple(leg.seq for leg in one.legs), sheet.user)
        found = sheet.record.cues.kept(key, lines, partial(_unplanned, sheet, one, seq, lines))
        if found:
            last, before = found[-1], f"; {len(found) - 1} before" if len(found) > 1 else ""
            words = f"{one.name}: {last.line}, {last.words(dict(sheet.record.configuration.parties))}{before}"
            yield _of(sheet.record, "patrol-crossing", TRACKS.id, seq, (tuple(passage.at for passage in found), words))


def _unplanned(sheet: Sheet, one: Patrol, seq: int, lines: Features) -> tuple[passages.Passage, ...]:
    """Return where a track crosses lines that none of the patrol's legs crosses."""
    shapes = sheet.record.picture.shapes[ROUTES.id]
    rows = np.flatnonzero(np.isin(shapes.seq, [leg.seq for leg in one.legs]))
    plan = geopandas.GeoDataFrame(geometry=list(shapes.geometry[rows]), crs=4326)
    planned = {line.name or line.id for line in lines.every if len(plan) and crossed(plan, _alone(line.shape)).any()}
    versions = sheet.record.store.records(TRACKS.id, [seq])
    found = passages.met(sheet, TRACKS, versions, 0).passages if len(versions) else ()
    return tuple(passage for passage in found if passage.line not in planned)


def _alone(line: shapely.Geometry) -> geopandas.GeoSeries:
    return geopandas.GeoSeries([line], crs=4326)


def _of(record: Record, rule: str, layer: str, seq: int, when: tuple[tuple[int, ...], str]) -> Raised:
    shapes = record.picture.shapes[layer]
    (row,) = np.flatnonzero(shapes.seq == seq).tolist()
    origin = min(int(shapes.seq[n]) for n, name in enumerate(shapes.feature) if name == shapes.feature[row])
    at, words = when
    return Raised(rule, layer, seq, origin, min(at), max(at), words, str(shapes.fields[row].get("sector") or ""), len(at))


def settled(one: Raised, said: Json) -> bool:
    """Say whether nothing happened after an alert was acknowledged."""
    return one.last <= int(str(said["last"]))


def _plain(record: Record, one: Raised, said: Json | None) -> Json:
    shapes, of = record.picture.shapes[one.layer], next(of for of in record.layers if of.id == one.layer)
    (row,) = np.flatnonzero(shapes.seq == one.seq).tolist()
    versions = record.store.records(one.layer, [one.seq])
    title, priority = RULES[one.rule]
    quiet = said is not None and settled(one, said)
    markings = record.configuration.markings
    (item,) = answers.items(of, versions, {one.seq: one.sector})
    return {
        "key": one.key,
        "rule": one.rule,
        "title": title,
        "priority": priority,
        "count": one.count,
        "fresh": 0 if quiet else 1,
        "withdrawn": 0,
        "changed": 0,
        "first": answers.millis(one.at),
        "last": answers.millis(one.last),
        "marking": access.named(int(shapes.marking[row]), markings),
        "newest": item | {"place": one.words},
        "acknowledged": said if quiet else None,
    }
