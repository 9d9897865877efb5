"""Two scenes read as one pair: on one grid, in physical values, without what cloud or missing data hides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio import windows as raster_windows
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from layers.errors import UnsuitableScenes
from layers.imagery.change import masks
from layers.imagery.change.grid import Grid
from layers.imagery.change.method import Floats, Pair
from layers.imagery.change.windows import Window
from layers.imagery.scene import MASKS, Role, Scene
from layers.imagery.written import CONFIG

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Seen:
    """A window of a pair, and where either date lacks data, and where cloud hides the ground; None for nowhere."""

    pair: Pair
    lacks: Bools | None
    cloud: Bools | None

    def counts(self, core: tuple[slice, slice]) -> tuple[int, int]:
        """Return how many pixels of its core can be compared, and how many have data but cloud."""
        present = np.ones(self.pair.before.shape[1:], bool)[core] if self.lacks is None else ~self.lacks[core]
        clouded = 0 if self.cloud is None else int(np.count_nonzero(present & self.cloud[core]))
        return int(np.count_nonzero(present)) - clouded, clouded


class Room:
    """Memory that each window uses again: fresh pages cost a third as much as decoding."""

    def __init__(self) -> None:
        self._flat = np.zeros(0, np.float32)

    def array(self, shape: tuple[int, ...]) -> Floats:
        """Return an array that holds anything, until the next one is asked for."""
        size = int(np.prod(shape))
        if self._flat.size < size:
            self._flat = np.empty(size, np.float32)
        return self._flat[:size].reshape(shape)


@dataclass(frozen=True, slots=True)
class Source:
    """A scene open for reading on the grid of a pair: ``values`` interpolated, ``marks`` as they are."""

    scene: Scene
    values: DatasetReader
    marks: DatasetReader
    roles: tuple[Role, ...]
    masks: tuple[Role, ...] = field(init=False)
    _room: Room = field(init=False, default_factory=Room)

    def __post_init__(self) -> None:
        object.__setattr__(self, "masks", tuple(role for role in self.scene.bands if role in MASKS))

    def read(self, window: Window, kept: slice) -> tuple[Floats, Bools | None, Bools | None]:
        """Return physical values, where there are none, and where cloud hides the ground; None for nowhere.

        The values stand until the next window is read.
        """
        values = self._stored(window)[:, kept, kept]
        lacks = self._lacking(values, window, kept)
        hidden: Bools | None = None
        if self.masks:
            bands = self.marks.read([self.scene.band(role) for role in self.masks], window=_windowed(window))
            for role, band in zip(self.masks, bands[:, kept, kept], strict=True):
                lacks = _either(lacks, masks.missing(role, band))
                hidden = _either(hidden, masks.clouded(role, band))
        make_physical(values, self.scene)
        return values, lacks, hidden

    def _stored(self, window: Window) -> Floats:
        """Return the numbers stored of the bands of the roles; no kind of number that we keep has one that a float has not."""
        bands = [self.scene.band(role) for role in self.roles]
        out = self._room.array((len(bands), window.rows, window.columns))
        return np.asarray(self.values.read(bands, window=_windowed(window), out=out))

    def _lacking(self, stored: Floats, window: Window, kept: slice) -> Bools | None:
        lacks: Bools | None = None
        number = self.scene.band(self.roles[0])
        if self.values.dtypes[number - 1].startswith("float") and not (finite := np.isfinite(stored)).all():
            lacks = np.logical_not(finite.all(axis=0))
        told = {flag.name for flag in self.values.mask_flag_enums[number - 1]}
        if told == {"nodata"}:
            none = stored == self.values.nodatavals[number - 1]
            return _either(lacks, none.any(axis=0) if none.any() else None)
        if "all_valid" not in told:
            mask = self.values.read_masks(number, window=_windowed(window))[kept, kept] == 0
            return _either(lacks, mask if mask.any() else None)
        return lacks


@dataclass(frozen=True, slots=True)
class Sources:
    """Both scenes open for reading by one thread."""

    before: Source
    after: Source
    pixel_m: float

    def read(self, window: Window, kept: slice = slice(None)) -> Seen:
        """Return a window of the pair, or those of its rows and columns that are kept; it stands until the next one is read.

        Values are NaN in every band where either date has no data or cloud.
        """
        before, lacks_before, cloud_before = self.before.read(window, kept)
        after, lacks_after, cloud_after = self.after.read(window, kept)
        lacks, cloud = _either(lacks_before, lacks_after), _either(cloud_before, cloud_after)
        if (blank := _either(lacks, cloud)) is not None:
            for values in (before, after):
                np.copyto(values, np.float32(np.nan), where=blank)
        decibels = self.before.scene.decibels, self.after.scene.decibels
        return Seen(Pair(before, after, self.pixel_m, decibels), lacks, cloud)


class Opened:
    """A pair open for several threads, each with its own handles, since GDAL's are not to be shared.

    Attributes
    ----------
    grid : Grid
        The grid of the scene before, on which all is read.
    overlap : Window
        The part of it on which the scene after may have data.
    """

    def __init__(self, grid: Grid, overlap: Window, free: SimpleQueue[Sources]) -> None:
        self.grid, self.overlap, self._free = grid, overlap, free

    @contextmanager
    def lent(self) -> Iterator[Sources]:
        """Lend the handles of one thread."""
        sources = self._free.get()
        try:
            yield sources
        finally:
            self._free.put(sources)


@contextmanager
def opened(before: Scene, after: Scene, roles: Sequence[Role], threads: int) -> Iterator[Opened]:
    """Open two scenes as a pair on the grid of the first.

    Raises
    ------
    UnsuitableScenes
        The scenes do not overlap, or the second was not taken after the first.
    """
    if before.acquired_at >= after.acquired_at:
        raise UnsuitableScenes(
            f"The scene before was taken at {before.acquired_at:%Y-%m-%d %H:%M} and the scene after at "
            f"{after.acquired_at:%Y-%m-%d %H:%M}, which is not later. Exchange them, or correct a date."
        )
    with rasterio.Env(**CONFIG), ExitStack() as stack:
        free: SimpleQueue[Sources] = SimpleQueue()
        for _ in range(threads):
            here, there = (stack.enter_context(rasterio.open(one.path, driver="GTiff")) for one in (before, after))
            grid = Grid.of(here)
            values, marks = there, there
            if not grid.same(Grid.of(there)):
                values, marks = (
                    stack.enter_context(_warped(there, grid, how)) for how in (Resampling.bilinear, Resampling.nearest)
                )
            overlap = _overlap(grid, Grid.of(there))
            first = Source(before, here, here, tuple(roles))
            free.put(Sources(first, Source(after, values, marks, tuple(roles)), grid.pixel_m))
        yield Opened(grid, overlap, free)


def make_physical(values: Floats, scene: Scene) -> None:
    """Turn stored numbers, in their place, into reflectance, metres or backscatter, in decibels where the scene is."""
    # Band by band, for one stays in a processor's cache.
    for band in values:
        if scene.scale != 1:
            band *= np.float32(scene.scale)
        if scene.offset:
            band += np.float32(scene.offset)


def _either(one: Bools | None, other: Bools | None) -> Bools | None:
    return one if other is None else other if one is None else one | other


def _windowed(window: Window) -> raster_windows.Window:
    return raster_windows.Window(window.column, window.row, window.columns, window.rows)


def _warped(dataset: DatasetReader, grid: Grid, how: Resampling) -> WarpedVRT:
    """Return a raster as it lies on another grid; what it does not reach has no data."""
    has_alpha = any(flag.name == "alpha" for flags in dataset.mask_flag_enums for flag in flags)
    return WarpedVRT(
        dataset,
        crs=grid.crs,
        transform=grid.transform,
        width=grid.width,
        height=grid.height,
        resampling=how,
        add_alpha=dataset.nodata is None and not has_alpha,
        warp_mem_limit=32,
    )


def _overlap(grid: Grid, other: Grid) -> Window:
    """Return the part of a grid within which another lies.

    Raises
    ------
    UnsuitableScenes
        There is none.
    """
    west, south, east, north = transform_bounds(other.crs, grid.crs, *other.bounds(), densify_pts=41)
    x, y = grid.pixels(np.array([west, west, east, east]), np.array([south, north, south, north]))
    column, right = max(int(np.floor(x.min())), 0), min(int(np.ceil(x.max())), grid.width)
    row, below = max(int(np.floor(y.min())), 0), min(int(np.ceil(y.max())), grid.height)
    if column >= right or row >= below:
        raise UnsuitableScenes("The two scenes show no common ground. Choose two of the same place.")
    return Window(row, column, below - row, right - column)
