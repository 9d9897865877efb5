"""A method of change run over two scenes, window by window: outlines of what changed and a raster of how much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from layers.errors import UnsuitableScenes
from layers.imagery.change.method import Fitted, Floats, Marks, Method
from layers.imagery.change.outlines import Outline, outlined
from layers.imagery.change.pair import Opened, opened
from layers.imagery.change.patches import Sieve
from layers.imagery.change.registration import Shift, measured
from layers.imagery.change.runs import NONE, Runs, joined, runs
from layers.imagery.change.statistic import Statistic, rounded, statistic
from layers.imagery.change.survey import survey
from layers.imagery.change.windows import Asked, Window, aside, in_order, windows
from layers.imagery.scene import Scene

#: Scenes farther out of step than this show change along every edge.
MOST_SHIFT_PX = 0.5

Told = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How two scenes are to be compared.

    Attributes
    ----------
    min_area_m2 : float
        The minimum mapping unit: smaller patches are left out. Pixels are connected by their edges, not by their corners.
    shifted : bool
        The analyst accepts scenes out of step by more than half a pixel.
    most : int
        The most outlines kept; they are the largest.
    window_px, threads : int
        How the work is cut; the answer does not depend on it.
    """

    min_area_m2: float
    shifted: bool = False
    most: int = 10_000
    window_px: int = 512
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Changes:
    """What a comparison found.

    Attributes
    ----------
    outlines : tuple of Outline
        The largest first.
    valid_share, cloud_share : float
        Of the pixels of the scene before: how many could be compared, and how many had data but cloud or its shadow.
    shift_px : float or None
        How far the scenes lie off one another; None where their textures do not tell.
    left_out : int
        How many patches were large enough, but too many or too ragged to be outlined.
    learned, warnings
        What the method learned, and sentences for the analyst, the engine's own among them.
    """

    outlines: tuple[Outline, ...]
    valid_share: float
    cloud_share: float
    shift_px: float | None
    min_area_m2: float
    left_out: int
    learned: dict[str, float]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A window as a method marked it; ``statistic`` is None where no part of it lies in both scenes."""

    window: Window
    statistic: Floats | None
    runs: Runs
    valid: int
    clouded: int


def compared(
    before: Scene,
    after: Scene,
    method: Method,
    *,
    wanted: Wanted,
    out: Path,
    progress: Told | None = None,
    cancelled: Asked | None = None,
) -> Changes:
    """Run a method over two scenes and return what changed; write the raster of its statistic to ``out``.

    Parameters
    ----------
    before, after : Scene
        Read on the grid of the one before; if the other's is another, its values are interpolated (bilinear), its masks not.
    method : Method
    wanted : Wanted
    out : Path
        Where the raster goes, whole or not at all.
    progress : callable, optional
        Told the share done, and what is under way.
    cancelled : callable, optional
        Asked all along whether to stop.

    Raises
    ------
    UnsuitableScenes
        The scenes share no ground, no pixel or no band that serves, are in the wrong order, or out of step without consent.
    Stopped
        ``cancelled`` said so; nothing is left behind.
    """
    say = progress or (lambda _share, _words: None)
    with paired(before, after, method, wanted) as pair, statistic(out, pair.grid) as raster:
        say(0.0, "Measuring whether the scenes lie on one another, and learning what did not change")
        shift, fitted = learned(pair, method, wanted, cancelled)
        sieve = Sieve(pair.grid.width, pair.grid.areas_m2(), least_m2=wanted.min_area_m2, most=wanted.most)
        say(0.15, "Comparing")
        done = marked(pair, method, fitted, wanted, cancelled)
        valid, clouded = _followed(done, sieve, raster, lambda share, words: say(0.15 + 0.6 * share, words))
        say(0.75, "Outlining")
        patches, left_out = sieve.close()
        outlines = aside(lambda: outlined(patches, pair.grid, method.kinds, fitted.chance), cancelled)
        say(0.85, "Writing the raster")
        raster.place(cancelled)
        size = pair.grid.width * pair.grid.height
    say(1.0, "Done")
    return Changes(
        tuple(outlines),
        valid / size,
        clouded / size,
        None if shift is None else shift.pixels,
        wanted.min_area_m2,
        left_out,
        fitted.learned,
        (*fitted.warnings, *_warnings(shift, left_out, wanted)),
    )


def paired(before: Scene, after: Scene, method: Method, wanted: Wanted) -> AbstractContextManager[Opened]:
    """Open two scenes as the pair that a method works on.

    Raises
    ------
    UnsuitableScenes
        The scenes share no ground or no band that serves, or are in the wrong order.
    """
    roles = method.roles(before.bands, after.bands)
    if not method.physical:
        before, after = (replace(scene, scale=1.0, offset=0.0) for scene in (before, after))
    return opened(before, after, roles, wanted.threads)


def learned(pair: Opened, method: Method, wanted: Wanted, cancelled: Asked | None = None) -> tuple[Shift | None, Fitted]:
    """Return how far the scenes lie off one another, and the method with what it learned, found side by side.

    Raises
    ------
    UnsuitableScenes
        The scenes are out of step without consent, or the method cannot learn from them.
    """
    # The pool is left only when nothing reads any more, for then the scenes are closed.
    with ThreadPoolExecutor(1) as pool:
        sample = survey(pair, near=method.margin > 0, threads=wanted.threads, cancelled=cancelled)
        # A method learns in one thread and reads nothing meanwhile.
        shift = pool.submit(in_step, pair, wanted, cancelled)
        fitted = aside(lambda: method.fit(sample), cancelled)
        return shift.result(), fitted


def in_step(pair: Opened, wanted: Wanted, cancelled: Asked | None) -> Shift | None:
    """Return how far the scenes lie off one another; None where their textures do not tell.

    Raises
    ------
    UnsuitableScenes
        By more than half a pixel, and the analyst did not accept that.
    """
    shift = measured(pair, threads=wanted.threads, cancelled=cancelled)
    if shift and shift.pixels > MOST_SHIFT_PX and not wanted.shifted:
        raise UnsuitableScenes(
            f"The scenes lie {shift.pixels:.1f} pixels ({shift.pixels * pair.grid.pixel_m:.0f} m) off one another; more than "
            f"{MOST_SHIFT_PX} shows change along every edge. Use scenes registered to each other, or accept the shift."
        )
    return shift


def marked(pair: Opened, method: Method, fitted: Fitted, wanted: Wanted, cancelled: Asked | None = None) -> Iterator[Marked]:
    """Yield the windows of a pair as the method marks them, row after row, the next ones decoded meanwhile."""
    grid = pair.grid

    def one(window: Window) -> Marked:
        if not window.meets(pair.overlap):
            return Marked(window, None, NONE, 0, 0)
        around = window.grown(method.margin, grid.height, grid.width)
        with pair.lent() as sources:
            seen = sources.read(around)
            marks = fitted.apply(seen.pair)
            core = window.within(around)
            here = Marks(marks.statistic[core], marks.classes[core])
            found = runs(here, window.row, window.column)
            return Marked(window, rounded(here.statistic), found, *seen.counts(core))

    return in_order(one, windows(grid.height, grid.width, wanted.window_px), threads=wanted.threads, cancelled=cancelled)


def _followed(done: Iterator[Marked], sieve: Sieve, raster: Statistic, say: Told) -> tuple[int, int]:
    """Take marked windows into the sieve and the raster; return how many pixels were compared, and how many under cloud."""
    valid = clouded = 0
    strip: list[Runs] = []
    for mark in done:
        window = mark.window
        valid, clouded = valid + mark.valid, clouded + mark.clouded
        strip.append(mark.runs)
        if mark.statistic is not None:
            raster.write(window, mark.statistic)
        if window.column + window.columns == raster.grid.width:
            sieve.add(joined(strip), window.row + window.rows)
            strip = []
            say((window.row + window.rows) / raster.grid.height, "Comparing")
    if not valid:
        raise UnsuitableScenes("No pixel is seen at both dates, for want of data or for cloud. Choose other scenes.")
    return valid, clouded


def _warnings(shift: Shift | None, left_out: int, wanted: Wanted) -> list[str]:
    said = []
    if shift is None:
        said.append("Whether the scenes lie on one another could not be measured; look at both before trusting narrow changes.")
    elif shift.pixels > MOST_SHIFT_PX:
        said.append(f"The scenes lie {shift.pixels:.1f} pixels off one another, as accepted; change along edges may be false.")
    if left_out:
        said.append(
            f"{left_out:,} more places of change were too many, or too ragged, to outline; the {wanted.most:,} largest at most are "
            "kept. Choose a larger smallest area to see the rest as a whole; the raster shows all."
        )
    return said
