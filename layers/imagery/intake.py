"""A scene taken in: re-encoded at full resolution into a COG of our own, which alone is ever opened again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from layers.config import SceneLimits
from layers.errors import UnreadableFile
from layers.imagery import confined, header, kept
from layers.imagery.confined import Told
from layers.imagery.header import Found
from layers.imagery.scene import LEAST, MASKS, MOST, RADAR, ROLES, SENSORS, Role, Scene, Sensor

__all__ = ["Answers", "Taken", "take"]

_MADE = "made.tif"
#: Masks whose numbers are codes: a mean of two would be a third.
_CODES = MASKS - {"alpha"}
#: More than any reflectance; snow and glints pass 1.
_BRIGHTEST = 3.0
_OPTICAL = ("sentinel2", "landsat", "optical")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a user says of a scene, or lets stand of the guesses.

    ``acquired_at`` is None where nobody knows; such a scene is refused. ``nodata`` marks a pixel without data where the file
    itself names no number for it.
    """

    acquired_at: datetime | None
    sensor: Sensor
    bands: tuple[Role, ...]
    scale: float = 1.0
    offset: float = 0.0
    decibels: bool = False
    nodata: float | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A scene as we keep it.

    Attributes
    ----------
    path : Path
        Our own COG, named by its content.
    digest : str
        SHA-256 of the file, in hex.
    footprint_wkt : str
        The outline in longitudes and latitudes, split at ±180.
    width, height : int
    resolution_m : float
    crs, dtype : str
        Of the file we keep.
    valid_share : float
        Of pixels with data in every band, from 0 to 1.
    warnings : tuple of str
        Sentences for the analyst: what was changed, what looks wrong.
    peak_bytes : int
        The most memory the child held, 0 where the system does not tell.
    """

    path: Path
    digest: str
    footprint_wkt: str
    width: int
    height: int
    resolution_m: float
    crs: str
    dtype: str
    valid_share: float
    warnings: tuple[str, ...]
    peak_bytes: int

    def at(self, path: Path) -> Taken:
        """Return the same scene as it lies elsewhere, under the digest of the file there."""
        return self if path == self.path else replace(self, path=path, digest=kept.digest(path))


def take(
    path: Path,
    out_folder: Path,
    answers: Answers,
    *,
    name: str | None = None,
    limits: SceneLimits | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Taken:
    """Take a scene in.

    Parameters
    ----------
    path : Path
        The upload, which stays as it is and where it is.
    out_folder : Path
        Where our file is put, whole or not at all.
    answers : Answers
    name : str, optional
        Of the file as the user knows it.
    limits : SceneLimits, optional
        What the file may hold.
    progress : callable, optional
        Gets the share that is done, from 0 to 1.
    cancelled : callable, optional
        Asked now and then; the work ends where it says so.

    Raises
    ------
    UnreadableFile
        The file cannot be taken, or the answers do not fit it; nothing is kept.
    Stopped
        ``cancelled`` said so; nothing is kept.
    """
    name, limits = name or path.name, limits or SceneLimits()
    _sound(answers, name)
    out_folder.mkdir(parents=True, exist_ok=True)
    with confined.alone(path, name, out_folder) as plain:
        found, told = _made(plain, name, answers, limits, confined.Watch(progress, cancelled))
        _plausible(answers, told, name)
        digest = kept.digest(plain.with_name(_MADE))
        place = out_folder / f"{digest[: kept.NAMED]}.tif"
        plain.with_name(_MADE).replace(place)
    if progress is not None:
        progress(1.0)
    return Taken(
        path=place,
        digest=digest,
        footprint_wkt=found.footprint_wkt,
        width=found.width,
        height=found.height,
        resolution_m=found.resolution_m,
        crs=found.crs,
        dtype=told["kind"],
        valid_share=told["valid"],
        warnings=_warnings(found.dtype, answers, told),
        peak_bytes=told["peak_bytes"],
    )


def _made(plain: Path, name: str, answers: Answers, limits: SceneLimits, watch: confined.Watch) -> tuple[Found, Told]:
    """Have our own COG made beside an upload that lies alone; return what it says of itself, and what was met in its pixels."""
    job = {
        "path": str(plain),
        "clean": str(plain.with_name("clean.tif")),
        "out": str(plain.with_name(_MADE)),
        "answers": {"bands": answers.bands, "nodata": answers.nodata, "codes": bool(_CODES & set(answers.bands))},
    }
    told = confined.told(job, name, limits, watch)
    return header.found(name, told), told


def _sound(answers: Answers, name: str) -> None:
    """Check what was answered before a file is opened."""
    if answers.acquired_at is None:
        raise UnreadableFile(f"{name} has no date; say when it was taken, in UTC")
    if answers.acquired_at.tzinfo is None:
        raise UnreadableFile(f"{name}: {answers.acquired_at:%Y-%m-%dT%H:%M} has no time zone; say when it was taken, in UTC")
    if answers.sensor not in SENSORS:
        raise UnreadableFile(f"{name}: there is no sensor {answers.sensor[:40]!r}; choose one of {', '.join(SENSORS)}")
    for number, band in enumerate(answers.bands, 1):
        if band not in ROLES:
            raise UnreadableFile(f"{name}: band {number} cannot show {band[:40]!r}; choose one of {', '.join(ROLES)}")
    if set(answers.bands) <= MASKS:
        raise UnreadableFile(f"{name} has no band that shows the ground; say of each band what it shows")
    if not Scene.scales(answers.scale, answers.offset):
        raise UnreadableFile(
            f"{name}: scale {answers.scale:g} and offset {answers.offset:g} cannot be; the scale is a number above 0, from "
            f"{LEAST:g} to {MOST:g}, and the offset is 0 or as large"
        )


def _plausible(answers: Answers, told: Told, name: str) -> None:
    """Refuse a radar image whose numbers cannot be what was said of them."""
    if RADAR & set(answers.bands) and not answers.decibels and told["below"] > 0.5:
        share = f"{told['below']:.0%} of its numbers are below 0"
        raise UnreadableFile(f"{name} was said to be linear, but {share}, as only decibels are; say that it is in decibels")


def _warnings(dtype: str, answers: Answers, told: Told) -> tuple[str, ...]:
    """Return what an analyst should know of how a scene was taken."""
    said = []
    if told["kind"] != dtype:
        said.append(f"Its numbers were {dtype} and are kept as {told['kind']}, of which about seven digits are exact.")
    highest = told["high"] * answers.scale + answers.offset
    if answers.sensor in _OPTICAL and highest > _BRIGHTEST:
        said.append(
            f"With scale {answers.scale:g} and offset {answers.offset:g} its brightest number is {highest:,.4g}, where reflectance "
            "ends near 1: indices and thresholds will be wrong unless the scale is set right."
        )
    if told["valid"] < 0.5:
        said.append(f"Only {told['valid']:.0%} of its pixels have data in every band.")
    return tuple(said)
