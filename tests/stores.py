"""Records for tests: what is said to a store, and what it tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from layers.catalogue import LAYERS
from layers.model import NO_TIME, AuditEvent, Receipt, Rows, Versions, to_micros
from layers.store import Store, open_store

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
T = to_micros(NOW)
MINUTE = 60_000_000

Opened = Callable[[Path], Store]
#: (name, how to open or make the record of that path).
ENGINES: list[tuple[str, Opened]] = [("embedded", lambda path: open_store(path, LAYERS))]


@dataclass(frozen=True)
class Said:
    """One row of a submission, with usual values."""

    feature: str
    text: str = '{"text":"shots heard"}'
    lon: float = 61.5
    lat: float = -20.25
    wkb: bytes | None = None
    start: int = T - 60 * MINUTE
    until: int = NO_TIME
    reported: int = T - 40 * MINUTE
    marking: str = "UNCLASSIFIED"
    retracted: bool = False


A, B = Said("a"), Said("b", '{"text":"quiet"}')


def rows(*said: Said, layer: str = "incidents") -> Rows:
    """Return a submission's rows as columns."""

    def numbers(name: str, kind: type) -> np.ndarray:
        return np.array([getattr(one, name) for one in said], kind)

    return Rows(
        layer,
        np.arange(1, len(said) + 1, dtype=np.int64),
        [one.feature for one in said],
        numbers("lon", np.float64),
        numbers("lat", np.float64),
        [one.wkb for one in said] if said and said[0].wkb is not None else None,
        numbers("start", np.int64),
        numbers("until", np.int64),
        numbers("reported", np.int64),
        [one.marking for one in said],
        [one.text for one in said],
        numbers("retracted", np.bool_),
    )


def told(versions: Versions) -> list[Said]:
    """Return stored versions as what was said."""
    wkb = versions.wkb or [None] * len(versions)
    columns = zip(
        versions.feature,
        versions.payload,
        versions.lon.tolist(),
        versions.lat.tolist(),
        wkb,
        versions.start.tolist(),
        versions.until.tolist(),
        versions.reported.tolist(),
        versions.marking,
        versions.retracted.tolist(),
        strict=True,
    )
    return [Said(*row) for row in columns]


def event(minutes: int = 0, act: str = "submit", who: str = "major", **detail: str | int) -> AuditEvent:
    return AuditEvent(NOW + timedelta(minutes=minutes), who, act, "incidents", detail)


def sent(store: Store, *said: Said, minutes: int = 0, layer: str = "incidents") -> Receipt:
    return store.append([rows(*said, layer=layer)], event(minutes))


def outcome(receipt: Receipt) -> tuple[int, int, int, int]:
    return receipt.new, receipt.changed, receipt.unchanged, receipt.retracted


def everything(store: Store) -> list[Said]:
    return [one for layer in LAYERS for versions in store.tail(layer.id, 0) for one in told(versions)]


def text(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


REPORTS = {
    "plain": {"id": "INC-17", "text": "Shots heard near the mill", "place": "Tessaly"},
    "other": {"id": "INC-170", "text": "shots at noon", "place": "Órbita Ñandú"},
    "script": {"text": "обстрел, Красный мост", "place": "Тесали"},
    "hostile": {"text": """50% of 'them' said "no_way" \\ AND (mill) * NEAR/2 -- ; !x"""},
    "number": {"casualties_best": 42, "extra": {"unmapped": "kept too"}},
}
