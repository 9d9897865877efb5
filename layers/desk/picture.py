"""The record in memory: every layer's index, kept current along the store's tail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from layers.analysis.place import Coded, Surroundings
from layers.analysis.rules import Said
from layers.config import Configuration
from layers.desk import agreed, places, snapshot
from layers.desk.agreed import Agreed, Rulings, Stamp
from layers.index import (
    NEVER,
    Addition,
    Codes,
    Columns,
    Exact,
    PointIndex,
    Question,
    Shapes,
    beyond,
    empty,
    exact,
    extended,
    joined,
    none,
    together,
    with_sectors,
)
from layers.model import Layer, Versions
from layers.spatial import containing
from layers.store import Store

SECTORS = "sectors"
_SNAPSHOT_AFTER = 50_000
#: So many new rows are placed among lines and zones at once; more than that, while the picture answers already.
_AT_ONCE = 20_000
_MOST_SEEN = 16


@dataclass(frozen=True, slots=True)
class Change:
    """What one refresh brought: of point layers the new rows, of the others that they changed.

    ``since`` is when the first of it was recorded, microseconds since 1970 UTC. ``relayered`` says that answers were kept or dropped.
    """

    version: int
    since: int
    added: dict[str, Addition] = field(default_factory=dict)
    reshaped: frozenset[str] = frozenset()
    relayered: bool = False


@dataclass(slots=True)
class _Expected:
    """Rows of a point layer that are stored and not yet committed, made ready beforehand.

    They follow one another from ``first`` to ``last``; ``head`` is the chain's hash there, by which they are known again.
    """

    layer: str
    first: int
    last: int
    head: str
    parts: list[Addition]


_Derived = tuple[Coded, Rulings | None]


class Picture:
    """Indexes of all layers of one mission."""

    def __init__(self, store: Store, layers: Sequence[Layer], configuration: Configuration, cache: Path) -> None:
        self.layers = tuple(layers)
        self.points = {layer.id: PointIndex(layer, configuration.markings) for layer in layers if layer.tiled}
        self.shapes: dict[str, Shapes] = {layer.id: none() for layer in layers if not layer.tiled}
        self.sectors: tuple[str, ...] = ()
        self.sector_ranks: tuple[int, ...] = ()
        self.version = 0
        self._store, self._markings, self._cache = store, configuration.markings, cache
        self._configuration, self._folder = configuration, cache.parent
        self._areas: list[shapely.Geometry] = []
        self._expected: _Expected | None = None
        self._around: Surroundings = places.around(self.shapes, lambda _, shapes: places.standing(shapes))
        self._stamp: Stamp = None
        #: The agreement as it applies to the newest lines and zones.
        self.agreed: Agreed = self._applied()
        self._places = ""
        self._seen: dict[Hashable, Surroundings] = {}
        self._lock, self._placing, self._spelling = threading.Lock(), threading.Lock(), threading.Lock()
        #: Whether rows lie in codes as lines and zones stood before, whether some lie in none yet, and whether some are not judged.
        self.stale = self.unplaced = self.unruled = False
        self._ruled = ""

    def load(self, progress: Callable[[str], None] | None = None) -> None:
        """Read the whole record, from the snapshot as far as it reaches and then along the tail."""
        with self._lock:
            to = self._store.version()
            for layer in self.layers:
                if not layer.tiled:
                    self._reshape(layer, self._tail(layer, 0, to))
            self._place_sectors()
            self._look_around()
            for layer in self.layers:
                if layer.tiled:
                    if progress:
                        progress(layer.title)
                    self._fill(layer, to)
            self.version = to

    @contextmanager
    def still(self) -> Iterator[int]:
        """Hold the picture at one version of the record, which is given, until the block ends."""
        with self._lock:
            yield self.version

    def refresh(self) -> Change | None:
        """Take in what the store has beyond this picture; None where there is nothing."""
        with self._lock:
            to = self._store.version()
            if to <= self.version:
                return None
            after, self.version = self.version, to
            expected = self._met(after, to)
            tails = {layer.id: list(self._tail(layer, after, to)) for layer in self.layers if not layer.tiled}
            reshaped = frozenset(layer.id for layer in self.layers if not layer.tiled and self._reshape(layer, tails[layer.id]))
            if reshaped:
                self._seen = {}
            if SECTORS in reshaped:
                self._place_sectors()
                self._resector()
            if {places.LINES, places.ZONES} & reshaped:
                self._look_around()
                self._replace()
            added = {
                layer.id: rows for layer in self.layers if layer.tiled and (rows := self._extend(layer, after, to, expected))
            }
            return Change(to, _since(tails, added), added, reshaped)

    def sectors_at(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.uint16]:
        """Return the position, from 1, of the sector each place lies in; 0 for none."""
        return containing(lon, lat, self._areas)

    def around(self, asked: Mapping[str, Question]) -> Surroundings:
        """Return the lines, zones, positions and settlements that questions mean, by layer; layers without one have none."""
        seen, key = self._seen, tuple(sorted(asked.items(), key=lambda pair: pair[0]))
        if key not in seen:
            if len(seen) >= _MOST_SEEN:
                seen.pop(next(iter(seen)))
            shapes = {name: self.shapes[name] for name in asked if name in self.shapes}
            seen[key] = places.around(shapes, lambda name, of: of.mask(asked[name]))
        return seen[key]

    def coded(self, layer: str, columns: Columns, around: Surroundings) -> dict[str, Codes]:
        """Return the derived codes of rows by other lines and zones than those of now; the agreement is that of now."""
        agreement = replace(self.agreed, terms=replace(self.agreed.terms, around=around))
        return self._codes(self.points[layer], self._derived(self.points[layer], columns, around, agreement))

    def place(self) -> bool:
        """Place all rows among lines and zones as they stand now, while the picture goes on answering; say whether any were.

        The agreement is read again first, where its file changed. What clauses make of the rows is left to the next call (``unruled``).
        """
        with self._placing:
            changed = self._reread()
            while self.stale or self.unplaced or self.unruled:
                with self._lock:
                    around, told = self._around, self._places
                    later = (self.stale or self.unplaced) and bool(self.agreed.clauses)
                    agreement = None if later else self.agreed
                    bases = {name: index.parts[0] for name, index in self.points.items()}
                made = {name: self._derived(self.points[name], base, around, agreement) for name, base in bases.items()}
                with self._lock:
                    now = {name: index.parts for name, index in self.points.items()}
                    if told != self._places or any(now[name][0].key is not bases[name].key for name in now):
                        continue
                    for name, index in self.points.items():
                        fresh = self._derived(index, now[name][1], around, agreement)
                        index.recode(self._codes(index, made[name]), self._codes(index, fresh))
                    self.stale, self.unplaced, self.unruled = False, False, later
                    if not later:
                        self._ruled = told
                        self._keep_places()
                    return True
        return changed

    def expect(self, versions: Versions, head: str) -> None:
        """Make versions ready that are about to be committed, so that the refresh need not read them back."""
        if versions.layer not in self.points:
            return
        with self._lock:
            made, first, last = self.points[versions.layer].prepared(versions), int(versions.seq[0]), int(versions.seq[-1])
            held = self._expected
            if held is None or (held.layer, held.last + 1) != (versions.layer, first):
                held = self._expected = _Expected(versions.layer, first, last, head, [])
            held.last, held.head = last, head
            held.parts.append(made)

    def keep_expected(self) -> None:
        """Leave a snapshot that holds what is expected where that is much, for whoever reads this record next."""
        with self._lock:
            held = self._expected
            if held is None or held.last - held.first < _SNAPSHOT_AFTER or held.first != self.version + 1:
                return
            held.parts = [together(held.parts)]
            added, index = held.parts[0], self.points[held.layer]
            whole = joined([*index.parts, self._placed(index, added)]).superseded(added)
            self._save(index.layer, whole, held.last, held.head)

    def _met(self, after: int, to: int) -> _Expected | None:
        """Return what was expected if that is what was committed next, to the last bit."""
        held = self._expected
        if held is None or held.first > to:
            return None
        self._expected = None
        return held if held.first == after + 1 and held.last <= to and held.head == self._store.head(held.last) else None

    def _reshape(self, layer: Layer, tail: Iterable[Versions]) -> bool:
        grown = self.shapes[layer.id]
        for versions in tail:
            grown = extended(grown, versions, self._markings)
        changed = grown is not self.shapes[layer.id]
        if changed and layer.sectored and self._areas:
            grown = with_sectors(grown, self._sector_of_shapes(grown))
        self.shapes[layer.id] = grown
        return changed

    def _extend(self, layer: Layer, after: int, to: int, expected: _Expected | None) -> Addition | None:
        if expected is None and to - after > _SNAPSHOT_AFTER:
            return self._refill(layer, after, to)
        index = self.points[layer.id]
        parts = expected.parts if expected and expected.layer == layer.id else []
        parts += [index.prepared(versions) for versions in self._tail(layer, expected.last if expected else after, to)]
        if not parts:
            return None
        whole = together(parts)
        added = replace(whole, columns=self._placed(index, whole).superseded(whole))
        index.extend(added)
        return added

    def _refill(self, layer: Layer, after: int, to: int) -> Addition:
        """Read a layer anew, which is the shorter way where another process stored much and left a snapshot."""
        self._fill(layer, to)
        return beyond(joined(self.points[layer.id].parts), after)

    def _tail(self, layer: Layer, after: int, to: int) -> Iterator[Versions]:
        for versions in self._store.tail(layer.id, after):
            known = versions.upto(to)
            if len(known):
                yield known

    def _fill(self, layer: Layer, to: int) -> None:
        index = self.points[layer.id]
        kept = snapshot.load(self._cache / f"{layer.id}.npz", layer, self._signature(layer), self._store)
        base, reached = (index.adopted(kept.columns, kept.vocabulary), kept.version) if kept else (empty(layer), 0)
        if kept and kept.places != self._places:
            base = self._coded(index, base)
        parts = [index.prepared(versions) for versions in self._tail(layer, reached, to)]
        whole = base
        if parts:
            added = together(parts)
            whole = joined([base, self._placed(index, added)]).superseded(added)
        index.replace(whole)
        if len(whole) - len(base) > _SNAPSHOT_AFTER:
            self._save(layer, whole, to, self._store.head(to))

    def _save(self, layer: Layer, columns: Columns, to: int, head: str) -> None:
        placed = "" if self.unplaced or self.stale or self.unruled else self._places
        kept = snapshot.Snapshot(columns, self.points[layer.id].vocabulary, to, placed)
        snapshot.save(self._cache / f"{layer.id}.npz", kept, self._signature(layer), head)

    def _signature(self, layer: Layer) -> str:
        areas = [area.wkt for area in self._areas]
        return json.dumps([repr(layer), self._markings, self.sectors, areas])

    def _place_sectors(self) -> None:
        shapes = self.shapes.get(SECTORS)
        if shapes is None:
            return
        current = np.flatnonzero(shapes.replaced == NEVER)
        self._areas = [shapes.geometry[row] for row in current]
        named = [shapes.fields[row] for row in current]
        self.sectors = tuple(str(f.get("code") or f.get("name") or f.get("id") or "") for f in named)
        self.sector_ranks = tuple(int(shapes.marking[row]) for row in current)
        for layer in self.layers:
            if layer.sectored and not layer.tiled and len(self.shapes[layer.id]):
                self.shapes[layer.id] = with_sectors(self.shapes[layer.id], self._sector_of_shapes(self.shapes[layer.id]))

    def _resector(self) -> None:
        for index in self.points.values():
            whole = joined(index.parts)
            held = self._store.records(index.layer.id, index.guarded(whole))
            index.replace(self._sectored(whole, exact(held.seq, held.lon, held.lat)))

    def _look_around(self) -> None:
        self._around = places.around(self.shapes, lambda _, shapes: places.standing(shapes))
        self.agreed = self._applied()
        self._places = f"{places.signature(self._around)} {self.agreed.digest}"

    def _applied(self) -> Agreed:
        self._stamp = agreed.stamp(self._folder)
        return agreed.agreed(self._folder, self._around, self._configuration, self.layers)

    def _reread(self) -> bool:
        """Read the agreement again where its file changed, and place anew; say whether it came to anything at once."""
        if agreed.stamp(self._folder) == self._stamp:
            return False
        with self._lock:
            before = self._places
            self._look_around()
            if self._places == before:
                return False
            self._replace()
            return not self.stale

    def _replace(self) -> None:
        """Place all rows anew where they are few; else leave that to ``place``."""
        for index in self.points.values():
            base, fresh = index.parts
            if len(base) + len(fresh) > _AT_ONCE:
                self.stale = True
            else:
                agreement = self._ready()
                made = [self._derived(index, part, self._around, agreement) for part in (base, fresh)]
                index.recode(*(self._codes(index, part) for part in made))

    def _placed(self, index: PointIndex, added: Addition) -> Columns:
        return self._coded(index, self._sectored(added.columns, added.exact))

    def _coded(self, index: PointIndex, columns: Columns) -> Columns:
        if len(columns) > _AT_ONCE:
            self.unplaced = True
            return columns
        found = self._codes(index, self._derived(index, columns, self._around, self._ready()))
        return replace(columns, codes={**columns.codes, **found})

    def _ready(self) -> Agreed | None:
        """Return the agreement if its grounds are built, or nothing need be; else None, and ``place`` does it while maps are drawn."""
        if self._ruled == self._places or not self.agreed.clauses:
            return self.agreed
        self.unruled = True
        return None

    def _derived(self, index: PointIndex, columns: Columns, around: Surroundings, agreement: Agreed | None) -> _Derived:
        """Return where rows lie and what the clauses make of them; of no agreement given, None."""

        def said(seqs: npt.NDArray[np.int64]) -> list[Said]:
            found = self._store.records(index.layer.id, seqs.tolist())
            by_seq = {seq: agreed.said(json.loads(text)) for seq, text in zip(found.seq.tolist(), found.payload, strict=True)}
            return [by_seq.get(seq, Said()) for seq in seqs.tolist()]

        spelled = {name: dict(known) for name, known in index.vocabulary.items()}
        judged = None if agreement is None else agreed.rulings(agreement, columns, spelled, said)
        return places.place(columns, around), judged

    def _codes(self, index: PointIndex, derived: _Derived) -> dict[str, Codes]:
        placed, ruled = derived
        with self._spelling:
            found = places.codes(placed, index.vocabulary)
            ruling = agreed.codes(ruled, index.vocabulary) if ruled else None
        if ruled and ruling is None:
            self.agreed, ruling = self.agreed.full(), np.zeros(len(ruled.number), np.uint16)
        return found if ruling is None else found | {"ruling": ruling}

    def _keep_places(self) -> None:
        for index in self.points.values():
            whole = joined(index.parts)
            if len(whole) > _SNAPSHOT_AFTER:
                self._save(index.layer, whole, self.version, self._store.head(self.version))

    def _sectored(self, columns: Columns, true: Exact) -> Columns:
        if not self._areas or not len(columns):
            return replace(columns, sector=np.zeros(len(columns), np.uint16))
        return replace(columns, sector=containing(*true.places(columns.key, columns.seq), self._areas))

    def _sector_of_shapes(self, shapes: Shapes) -> npt.NDArray[np.uint16]:
        said = {code: number for number, code in enumerate(self.sectors, start=1)}
        first = np.array([geometry.representative_point().coords[0][:2] for geometry in shapes.geometry])
        lying = containing(first[:, 0], first[:, 1], self._areas)
        return np.array([said.get(str(f.get("sector", "")), at) for f, at in zip(shapes.fields, lying, strict=True)], np.uint16)


def _since(tails: Mapping[str, Sequence[Versions]], added: Mapping[str, Addition]) -> int:
    """Return when the first of what is new was recorded."""
    moments = [int(versions.recorded[0]) for tail in tails.values() for versions in tail]
    moments += [int(part.min()) for new in added.values() for part in (new.columns.recorded, new.when) if len(part)]
    return min(moments, default=NEVER)
