"""The record in memory is the record: whatever was made ready beforehand, it shows what a fresh reading shows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

from layers.catalogue import LAYERS
from layers.config import Configuration
from layers.desk import picture as module
from layers.desk.picture import Picture
from layers.model import Rows
from layers.store import Store, open_store
from tests.missions import square
from tests.stores import Said, event, rows, text

CONFIGURATION = Configuration(title="Test")
KINDS, LEVELS = ("firing", "shelling", "protest", "a kind nobody knew"), ("UNCLASSIFIED", "CONFIDENTIAL")


def pictured(store: Store, cache: Path) -> Picture:
    made = Picture(store, LAYERS, CONFIGURATION, cache)
    made.load()
    return made


def shown(picture: Picture) -> dict[int, tuple[object, ...]]:
    """Return what a picture knows of each version."""
    found: dict[int, tuple[object, ...]] = {}
    index = picture.points["incidents"]
    spelled = {name: list(known) for name, known in index.vocabulary.items()}
    for part in index.parts:
        assert (part.key[1:] >= part.key[:-1]).all()
        plain = (part.key, part.worth, part.start, part.order, part.recorded, part.replaced, part.marking, part.precision)
        for n, seq in enumerate(part.seq.tolist()):
            codes = {name: spelled[name][code[n]] for name, code in part.codes.items()}
            found[seq] = (*(column[n] for column in plain), part.sector[n], codes)
    return found


def some(dice: random.Random, count: int) -> Rows:
    made = [
        Said(
            f"f{dice.randrange(30)}",
            text(kind=dice.choice(KINDS), severity="high", precision_m=dice.choice([1, 100, 5000])),
            lon=dice.uniform(60, 64),
            lat=dice.uniform(-22, -18),
            marking=dice.choice(LEVELS),
            retracted=dice.random() < 0.2,
        )
        for _ in range(count)
    ]
    return rows(*made)


class Broken(Exception):
    """A file that breaks off."""


def breaking(part: Rows) -> Iterator[Rows]:
    yield part
    raise Broken


@pytest.mark.parametrize("seed", range(12))
def test_a_picture_shows_what_a_fresh_reading_shows(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SNAPSHOT_AFTER", 7)
    dice, path = random.Random(seed), tmp_path / "record.gpkg"
    store, other = open_store(path, LAYERS), open_store(path, LAYERS)
    sector = f'{{"code":"S1","id":"s","name":"{seed}"}}'
    picture, batch = pictured(store, tmp_path / "cache"), 0
    for turn in range(12):
        act = dice.choice(["expect", "expect", "break", "try", "undo", "other", "sector"])
        parts = [some(dice, dice.randrange(9)) for _ in range(3)]
        if act == "expect":
            batch = store.append(parts, event(turn), stored=picture.expect).batch or batch
        elif act == "break":
            with pytest.raises(Broken):
                store.append(breaking(parts[0]), event(turn), stored=picture.expect)
        elif act == "try":
            store.append(parts, event(turn), dry_run=True, stored=picture.expect)
        elif act == "undo" and batch:
            store.undo(dice.randint(1, batch), event(turn, "undo"), stored=picture.expect)
        elif act == "other":
            other.append(parts, event(turn))
        elif act == "sector":
            shape = area(60 + dice.random(), -21)
            other.append([rows(Said("s", sector, wkb=shape, lon=dice.random()), layer="sectors")], event(turn))
        if dice.random() < 0.7:
            picture.refresh()
    picture.refresh()
    assert picture.version == store.version() > 0
    assert shown(picture) == shown(pictured(store, tmp_path / "no cache"))
    assert shown(picture) == shown(pictured(store, tmp_path / "cache"))
    store.close()
    other.close()


def area(west: float, south: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.Polygon(square(west, south, 1.5)[0]), byte_order=1))


def test_what_was_expected_is_not_read_back(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = pictured(store, tmp_path / "cache")
    store.append([rows(Said("a"), Said("b")), rows(Said("a", lat=1.0))], event(), stored=picture.expect)
    read: list[tuple[int, int]] = []
    tail = store.tail

    def spied(layer: str, after: int, **how: int) -> Iterator[object]:
        for versions in tail(layer, after, **how):
            read.append((after, len(versions)))
            yield versions

    monkeypatch.setattr(store, "tail", spied)
    change = picture.refresh()
    assert read == []
    assert change is not None
    added = change.added["incidents"]
    assert sorted(added.columns.seq.tolist()) == [1, 2, 3]
    assert added.ended.tolist() == [1]


def test_rows_stored_by_another_before_ours_are_not_lost(store: Store, tmp_path: Path) -> None:
    picture = pictured(store, tmp_path / "cache")
    store.append([rows(Said("first"))], event())
    store.append([rows(Said("second"))], event(), stored=picture.expect)
    picture.refresh()
    assert sorted(shown(picture)) == [1, 2]
