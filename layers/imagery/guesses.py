"""What a scene's sensor, time, bands and numbers most likely are, each with its reason in words; what cannot be known is None."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from layers.imagery.names import Named
from layers.imagery.roles import of_radar
from layers.imagery.scene import MASKS, RADAR, Role, Sensor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Guess(Generic[T]):
    """What something most likely is, None where it must be asked for, and why."""

    value: T | None
    reason: str


_BY_CRAFT: tuple[tuple[str, Sensor], ...] = (("SENTINEL-2", "sentinel2"), ("LANDSAT", "landsat"), ("SENTINEL-1", "sentinel1"))
#: Tags that tell when a scene was taken, the best first.
_TAKEN = (
    "DATATAKE_1_DATATAKE_SENSING_START", "PRODUCT_START_TIME", "SENSING_TIME", "ACQUISITIONDATETIME", "ACQUISITION_DATETIME", "DATETIME",
)  # fmt: skip
#: From this day on Sentinel-2's own numbers carry 1,000 more, by the processing baseline 04.00.
_LIFTED = datetime(2022, 1, 25, tzinfo=UTC)
_BASELINE = 400


def sensor(named: Named, told: Mapping[str, Any], roles: Sequence[Role]) -> Guess[Sensor]:
    """Return what took a scene, by its name, its tags, or what its bands show."""
    if named.sensor is not None:
        return Guess(named.sensor, "from the file's name")
    craft = " ".join(str(told["tags"].get(tag, "")) for tag in ("SPACECRAFT_ID", "SENSOR_ID", "PRODUCT_URI")).upper()
    for sign, found in _BY_CRAFT:
        if sign in craft.replace("_", "-"):
            return Guess(found, f"the file's tags say {sign.title()}")
    if {"B8A", "B12"} <= set(told["descriptions"]):
        return Guess("sentinel2", "its bands are called as Sentinel-2's are")
    if roles and set(roles) - MASKS <= RADAR:
        return Guess("radar", "its bands are polarisations")
    if roles and set(roles) - MASKS == {"elevation"}:
        return Guess("elevation", "its band is named an elevation")
    if set(roles) >= {"red", "green", "blue"} and told["dtype"] == "uint8" and told["resolution_m"] < 1:
        return Guess("drone", f"it is a colour picture with pixels of {told['resolution_m'] * 100:.0f} cm")
    if {"nir", "swir1", "swir2"} & set(roles):
        return Guess("optical", "its bands lie in the infrared")
    return Guess(None, "neither the name nor the tags tell what took it")


def acquired_at(named: Named, tags: Mapping[str, str]) -> Guess[datetime]:
    """Return when a scene was taken, by its tags or its name; when its file was written says nothing of it."""
    for tag in _TAKEN:
        if (at := _iso(tags.get(tag, ""))) is not None:
            return Guess(at, f"the file's tag {tag}")
    clock = tags.get("SCENE_CENTER_TIME", "").rstrip("Zz").split(".")[0]
    if (at := _iso(f"{tags.get('DATE_ACQUIRED', '')}T{clock or '00:00:00'}")) is not None:
        return Guess(at, "the file's tags DATE_ACQUIRED and SCENE_CENTER_TIME")
    if named.acquired_at is not None:
        return Guess(
            named.acquired_at, "the day in the file's name, which holds no time" if named.day_only else "from the file's name"
        )
    if written := tags.get("TIFFTAG_DATETIME", ""):
        return Guess(None, f"the file was written {written[:20]}, which is not when the scene was taken")
    return Guess(None, "neither the tags nor the name hold a date")


def _iso(text: str) -> datetime | None:
    if not re.match(r"(19|20)\d\d-\d\d-\d\dT\d\d", text.replace(" ", "T", 1)):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def scale(
    found: Sensor | None, named: Named, told: Mapping[str, Any], roles: Sequence[Role]
) -> tuple[Guess[float], Guess[float]]:
    """Return by what a stored number is multiplied, and what is added then, to give a physical value."""
    shown = [n for n in range(told["bands"]) if n >= len(roles) or roles[n] not in MASKS]
    pairs = {(told["scales"][n], told["offsets"][n]) for n in shown}
    if len(pairs) > 1:
        return _both(None, None, "the file's bands have different scales, and one is needed; export bands of one kind")
    (by, plus), *_ = [*pairs, (None, None)]
    if by is not None and plus is not None and (by, plus) != (1.0, 0.0) and by > 0:
        return _both(by, plus, "from the file's own tags")
    if told["dtype"].startswith("float"):
        optical = "" if of_radar(roles) or "elevation" in roles else "; reflectance must lie between 0 and 1"
        return _both(1.0, 0.0, f"decimal numbers are taken as they are{optical}")
    if told["dtype"] == "uint8":
        return _both(1.0, 0.0, "numbers from 0 to 255 are brightness, taken as they are; they are no reflectance")
    if found == "sentinel2":
        return _sentinel2(named, told["tags"])
    if found == "landsat":
        return _landsat(named, told["tags"], roles)
    if found in ("sentinel1", "radar", "elevation"):
        return _both(1.0, 0.0, "numbers are taken as they are")
    return _both(None, None, "whole numbers stand for reflectance in a way that the file does not tell")


def _both(by: float | None, plus: float | None, reason: str) -> tuple[Guess[float], Guess[float]]:
    return Guess(by, reason), Guess(plus, reason)


def _sentinel2(named: Named, tags: Mapping[str, str]) -> tuple[Guess[float], Guess[float]]:
    by = Guess(1e-4, "Sentinel-2 stores reflectance times 10,000")
    said = re.sub(r"\D", "", tags.get("PROCESSING_BASELINE", ""))
    baseline = named.baseline if named.baseline is not None else int(said) if len(said) == 4 else None
    if baseline is not None:
        lifted = baseline >= _BASELINE
        than = "04.00 or later, which adds 1,000" if lifted else "before 04.00, which adds nothing"
        return by, Guess(-0.1 if lifted else 0.0, f"the processing baseline is {baseline / 100:05.2f}, {than}")
    if named.acquired_at is not None and named.acquired_at >= _LIFTED:
        why = "taken after 25 January 2022, when 1,000 began to be added; 0 where the provider took that off again"
        return by, Guess(-0.1, why)
    return by, Guess(None, "the processing baseline is not told: −0.1 from 04.00 on, 0 before it")


def _landsat(named: Named, tags: Mapping[str, str], roles: Sequence[Role]) -> tuple[Guess[float], Guess[float]]:
    level = named.level or tags.get("PROCESSING_LEVEL", "").upper()
    second = named.collection == "02" and level.startswith("L2")
    if second and "thermal" in roles:
        if set(roles) - MASKS == {"thermal"}:
            return _both(0.00341802, 149.0, "Landsat Collection 2, surface temperature in kelvin")
        return _both(None, None, "a thermal band has another scale than reflectance; export it as a scene of its own")
    if second:
        return _both(2.75e-5, -0.2, "Landsat Collection 2, Level 2, surface reflectance")
    return _both(None, None, "only Landsat Collection 2, Level 2, has one scale for all scenes; its MTL file holds this one's")


def decibels(found: Sensor | None, named: Named, told: Mapping[str, Any], roles: Sequence[Role]) -> Guess[bool]:
    """Return whether a radar's numbers are decibels."""
    if found not in ("sentinel1", "radar") and not of_radar(roles):
        return Guess(False, "it is no radar image")
    if named.decibels:
        return Guess(True, "the file's name says dB")
    if not told["dtype"].startswith("float"):
        return Guess(False, "whole numbers are amplitudes")
    lowest = [float(one) for one in told["lowest"] if re.fullmatch(r"-?\d+(\.\d*)?(e[+-]?\d+)?", one)]
    if lowest and min(lowest) < -1:
        return Guess(True, f"its statistics reach down to {min(lowest):.1f}, which only decibels do")
    return Guess(None, "decimal numbers of a radar are decibels or linear, and the file does not tell which")


def nodata(found: Sensor | None, told: Mapping[str, Any], roles: Sequence[Role]) -> Guess[float]:
    """Return the number that marks a pixel without data."""
    if told["nodata"] is not None:
        return Guess(told["nodata"], "from the file's own tags")
    if "alpha" in roles:
        return Guess(None, "its opacity tells")
    if found in ("sentinel2", "landsat", "sentinel1") and not told["dtype"].startswith("float"):
        return Guess(0.0, "0 marks pixels without data in such scenes")
    return Guess(None, "the file names none")
