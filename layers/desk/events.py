"""Records that tell of one event: who belongs together, and how they are put together."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from layers.access import User
from layers.desk import question as ask
from layers.desk.crossed import crossed, event_of
from layers.desk.editing import Edit
from layers.desk.record import Record
from layers.errors import LayersError
from layers.index import mask
from layers.model import Layer

Members = Callable[[str], Sequence[int]]


def members(record: Record, user: User, of: Layer, event: str, known_at: datetime | None = None) -> list[int]:
    """Return the standing versions linked by an event that a user may see, ascending; none where nothing is linked.

    With a moment they are those that stood then.
    """
    if not of.tiled or not event:
        return []
    found = np.sort(np.concatenate([part.linked(event) for part in record.words(of)]))
    if not len(found):
        return []
    rule = ask.everything(record, user, of, known_at)
    standing: list[int] = []
    for part in record.picture.points[of.stored].parts:
        rows = np.flatnonzero(np.isin(part.seq, found))
        here = part.take(rows)
        standing += here.seq[mask(here, rule)].tolist()
    return sorted(standing)


def linked(record: Record, of: Layer, chosen: Mapping[str, int], seen: Sequence[int], along: Members) -> list[Edit]:
    """Return the edits that make one event of records and of all that are linked to them already.

    Only the versions in ``seen``, which the user may see, are looked at; ``along`` gives the versions of an event.

    Raises
    ------
    LayersError
        The layer's records tell of no events, or there is but one.
    """
    if not of.tiled:
        raise LayersError(f"records of {of.called} are not linked; choose incidents")
    every, known = whole(record, of, chosen, seen, along)
    if len(every) < 2:
        raise LayersError("one record is chosen; choose two or more that tell of the same event")
    name = known[0] if known else f"E{record.store.version() + 1}"
    return [Edit(feature, seq, event=name) for feature, seq in every.items()]


def whole(
    record: Record, layer: Layer, chosen: Mapping[str, int], seen: Sequence[int], along: Members
) -> tuple[dict[str, int], list[str]]:
    """Return records and all that are linked to them already, each with its version, and the events of these, the earliest first."""
    held = record.store.records(layer.stored, seen)
    known = sorted({event_of(text) for text in held.payload} - {""}, key=lambda event: (len(event), event))
    every = dict(chosen)
    for event in known:
        others = record.store.records(layer.stored, along(event))
        every |= {f: seq for f, seq in zip(others.feature, others.seq.tolist(), strict=True) if f not in chosen}
    return every, known


def fallen(record: Record, of: Layer, names: Iterable[str], gone: Container[str], along: Members) -> list[Edit]:
    """Return the edits that take back the grade 1 of records which no other source of their event confirms any more.

    Parameters
    ----------
    names : iterable of str
        The events.
    gone : container of str
        Features that leave them.
    along : callable
        Gives the standing versions of an event.
    """
    edits: list[Edit] = []
    for name in sorted(set(names)):
        held = record.store.records(of.stored, along(name))
        said = {held.feature[n]: json.loads(text) for n, text in enumerate(held.payload) if held.feature[n] not in gone}
        source = {feature: str(fields.get("source") or "").casefold() for feature, fields in said.items()}
        for feature, seq in zip(held.feature, held.seq.tolist(), strict=True):
            earlier = said.get(feature, {}).get("edited", {}).get("confirmed")
            if earlier and not set(source.values()) - {source[feature], ""}:
                edits.append(Edit(feature, seq, {"credibility": str(earlier)}))
    return edits


def stray(record: Record, layer: Layer, names: Iterable[str], along: Members) -> bool:
    """Say whether an observation of one of some events stands elsewhere than where those that are linked now cross."""
    held = record.store.records(layer.id, [seq for name in sorted(names) for seq in along(name)])
    found = crossed(held, list(map(event_of, held.payload)), held.marking, record.configuration.markings)
    return bool(found.places)


def named(record: Record, layer: Layer, seqs: Sequence[int]) -> set[str]:
    """Return the events that versions are linked by."""
    return {event_of(text) for text in record.store.records(layer.id, seqs).payload} - {""}
