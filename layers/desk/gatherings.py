"""The clusters of a view's reports in space and time, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layers.analysis import interaction
from layers.analysis.clusters import MOST, Cluster, Near, clusters
from layers.analysis.hotspots import Laid
from layers.desk.answers import spoken
from layers.desk.sheet import Sheet
from layers.desk.strewn import Strewn, left_out, many, metres, named, strewn
from layers.model import NO_TIME, Layer
from layers.notation import format_dtg, format_mgrs
from layers.spatial.ground import Ints

#: The metres and hours that may be asked.
METRES = (250, 500, 1_000, 2_000, 5_000, 10_000)
HOURS = (1, 3, 6, 12, 24, 48, 72, 168)
#: What is tried for a view where nothing is asked, the widest first, and how many reports make a core.
_USUAL = ((2_000, 24), (1_000, 24), (1_000, 6), (500, 6), (500, 1), (250, 1))
_LEAST = 5
_SURE, _SEED = 0.05, 1
_HOUR = 3_600_000_000
_KINDS = 3


@dataclass(frozen=True, slots=True)
class Gathering:
    """A cluster in space and time.

    Attributes
    ----------
    begin, end : str
        Of its first and last report, as date-time groups.
    grid, near : str
        Its middle in MGRS, and the nearest settlement with its distance.
    most_m, all_m : float
        Metres about the middle within which 90 % of its reports lie, and all.
    kinds : str
        The commonest kinds with their numbers.
    """

    count: int
    begin: str
    end: str
    lon: float
    lat: float
    grid: str
    near: str
    most_m: float
    all_m: float
    kinds: str


@dataclass(frozen=True, slots=True)
class Gatherings:
    """The largest clusters of a view; how many there are, how many reports they hold of how many; what to know about it."""

    found: tuple[Gathering, ...]
    count: int
    held: int
    of: int
    said: tuple[str, ...]


def usual_near(laid: Laid, at: Ints) -> Near:
    """Return how near reports must be where nothing is asked: as far as an ordinary report has still less than a core about it."""
    rows = np.argsort(-at, kind="stable")[:MOST]
    for wide, hours in _USUAL:
        slot = np.stack([laid.x[rows] // wide, laid.y[rows] // wide, at[rows] // (hours * _HOUR)])
        about = np.unique(slot, axis=1, return_counts=True)[1]
        if (about**2).sum() <= _LEAST * max(len(rows), 1):
            break
    return Near(float(wide), float(hours), _LEAST)


def gathered(sheet: Sheet, of: Layer, near: Near, *, most: int = 20) -> Gatherings:
    """Return the view's largest clusters in space and time, within what its user may see. They are marked as the sheet is.

    Raises
    ------
    TooDense
        Too many pairs of reports would have to be compared.
    """
    reports = strewn(sheet, of)
    at = reports.events.at
    timed = np.flatnonzero(at != NO_TIME)
    newest = timed[np.argsort(-at[timed], kind="stable")[:MOST]]
    every = clusters(reports.events.take(newest), near)
    said = [*left_out(reports)]
    if len(newest) < len(timed):
        since = format_dtg(at[newest].min())[0]
        said.append(
            f"Sought among the newest {many(len(newest))} of {len(timed):,}, those since {since}; shorten the view for others."
        )
    if len(timed) < len(at):
        said.append(
            f"{many(len(at) - len(timed), 'has')} no time, or a week for it, and {'is' if len(at) - len(timed) == 1 else 'are'} left out."
        )
    if len(newest) > 1:
        some = reports.events.take(newest[: interaction.MOST])
        said.append(_together(interaction.interaction(some, near.metres, near.hours, _SEED), near, len(some), len(newest)))
    held = sum(len(one.rows) for one in every)
    return Gatherings(_told(sheet, of, every[:most], reports, newest), len(every), held, len(newest), tuple(said))


def _together(found: interaction.Interaction, near: Near, some: int, of: int) -> str:
    """Return Knox's test in words."""
    goes = "goes" if found.chance <= _SURE else "does not go"
    newest = f" among the newest {some:,}" if some < of else ""
    pairs = f"{found.observed:,} {'pair' if found.observed == 1 else 'pairs'}"
    return (
        f"Nearness in place {goes} with nearness in time more than chance would have it (Knox): {pairs} within "
        f"{metres(near.metres)} and {near.hours:.0f} h{newest}, {found.expected:,.1f} expected if times were shuffled among places; "
        f"p = {found.chance:.3f} by {found.shuffles} shuffles."
    )


def _told(sheet: Sheet, of: Layer, every: list[Cluster], reports: Strewn, rows: Ints) -> tuple[Gathering, ...]:
    lon, lat = (np.array([getattr(one, axis) for one in every], np.float64) for axis in ("lon", "lat"))
    begin, end = (format_dtg(np.array([getattr(one, of) for one in every], np.int64)).tolist() for of in ("begin", "end"))
    grids, near = format_mgrs(lon, lat, 6).tolist(), named(sheet, lon, lat)
    return tuple(
        Gathering(
            len(one.rows),
            begin[n],
            end[n],
            one.lon,
            one.lat,
            grids[n],
            near[n],
            one.most_m,
            one.all_m,
            _kinds(of, reports, rows[one.rows]),
        )
        for n, one in enumerate(every)
    )


def _kinds(of: Layer, reports: Strewn, rows: Ints) -> str:
    codes, counts = np.unique(reports.kind[rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    said = [f"{spoken(of, 'kind', reports.kinds[codes[n]]) or 'no kind'} {counts[n]:,}" for n in order[:_KINDS].tolist()]
    rest = int(counts[order[_KINDS:]].sum())
    return ", ".join([*said, f"{rest:,} of other kinds"] if rest else said)
