"""The rasters that a record names: which there are, and whether each is what was taken in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.catalogue.scenes import LAYER
from layers.desk.record import Record
from layers.desk.scenes import Held, raster
from layers.errors import StoreUnusable
from layers.imagery import kept


def named(record: Record) -> dict[str, Path]:
    """Return where the raster of every scene lies that the record ever named, taken back ones included, by their digests."""
    found = {feature: raster(record.folder, feature) for part in record.store.tail(LAYER.id, 0) for feature in part.feature}
    return {digest: path for digest, path in sorted(found.items()) if path is not None}


def faults(record: Record, progress: Callable[[int], None] | None = None) -> Iterator[str]:
    """Yield a sentence for each scene that stands and whose raster is missing or not what was taken in."""
    rasters = named(record)
    standing = record.store.current(LAYER.id, list(rasters))
    for number, (digest, gone) in enumerate(zip(standing.feature, standing.retracted.tolist(), strict=True), 1):
        path = rasters[digest]
        if not gone and (wrong := _wrong(path)):
            yield f"The raster of scene {digest} {wrong}; put {path.parent.name}/{path.name} back from a backup, or take the scene back"
        if progress is not None:
            progress(number)


@contextmanager
def readable(*scenes: Held) -> Iterator[None]:
    """Say which scenes cannot be read, where reading fails for that.

    Raises
    ------
    StoreUnusable
        The raster of one is missing or not what was taken in.
    """
    try:
        yield
    except OSError as fault:
        wrong = {of.title: _wrong(of.scene.path) for of in scenes}
        said = [f"the raster of {title} {why}" for title, why in wrong.items() if why]
        if not said:
            raise
        raise StoreUnusable(f"{' and '.join(said)}; whoever keeps this mission finds it with: greenline verify DIR") from fault


def _wrong(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "is missing"
    return "" if kept.is_named(path) else "is not what was taken in"
