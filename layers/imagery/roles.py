"""What the bands of a scene show, by what they are called, by the wavelength they name, or by their order in known products."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from layers.imagery.names import Named
from layers.imagery.scene import RADAR, ROLES, Role, Sensor

_SENTINEL2: dict[str, Role] = {
    "B1": "coastal", "B2": "blue", "B3": "green", "B4": "red", "B5": "red_edge", "B6": "red_edge", "B7": "red_edge", "B8": "nir",
    "B8A": "nir", "B9": "water_vapour", "B10": "other", "B11": "swir1", "B12": "swir2", "SCL": "scl", "QA60": "cloud",
}  # fmt: skip
_LANDSAT8: dict[str, Role] = {
    "B1": "coastal", "B2": "blue", "B3": "green", "B4": "red", "B5": "nir", "B6": "swir1", "B7": "swir2", "B8": "grey",
    "B9": "other", "B10": "thermal", "B11": "thermal", "QA_PIXEL": "qa_pixel",
}  # fmt: skip
_LANDSAT5: dict[str, Role] = {
    "B1": "blue", "B2": "green", "B3": "red", "B4": "nir", "B5": "swir1", "B6": "thermal", "B7": "swir2", "B8": "grey",
    "QA_PIXEL": "qa_pixel",
}  # fmt: skip
_WORDS: dict[str, Role] = {
    "coastal aerosol": "coastal", "aerosol": "coastal", "blue": "blue", "green": "green", "red": "red", "red edge": "red_edge",
    "rededge": "red_edge", "nir": "nir", "nir08": "nir", "near infrared": "nir", "swir1": "swir1", "swir16": "swir1",
    "swir 1": "swir1", "swir2": "swir2", "swir22": "swir2", "swir 2": "swir2", "thermal": "thermal", "lwir": "thermal",
    "pan": "grey", "panchromatic": "grey", "gray": "grey", "grey": "grey", "alpha": "alpha", "opacity": "alpha", "cloud": "cloud",
    "cloud mask": "cloud", "clouds": "cloud", "elevation": "elevation", "dem": "elevation", "dsm": "elevation", "dtm": "elevation",
    "height": "elevation", "scl": "scl", "qa pixel": "qa_pixel", "vv": "vv", "vh": "vh", "hh": "hh", "hv": "hv",
}  # fmt: skip
#: Micrometres, from and to.
_WAVES: tuple[tuple[float, float, Role], ...] = (
    (0.40, 0.452, "coastal"), (0.452, 0.515, "blue"), (0.515, 0.60, "green"), (0.60, 0.69, "red"), (0.69, 0.76, "red_edge"),
    (0.76, 0.90, "nir"), (0.90, 1.0, "water_vapour"), (1.5, 1.8, "swir1"), (2.0, 2.4, "swir2"), (8.0, 13.0, "thermal"),
)  # fmt: skip
_COLOURS: dict[str, Role] = {"red": "red", "green": "green", "blue": "blue", "alpha": "alpha"}
_SENTINEL2_ORDER = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12")
_WAVE = re.compile(r"(\d+(?:\.\d+)?) ?(micrometers|um|µm|nanometers|nm)(?![a-z])", re.IGNORECASE)


def guessed(named: Named, sensor: Sensor | None, told: Mapping[str, Any]) -> tuple[tuple[Role, ...] | None, str]:
    """Return what each band shows and how that is known; None where it must be asked for."""
    count: int = told["bands"]
    for roles, reason in (
        (_called(named, sensor, told["descriptions"]), "from what the bands are called"),
        (_coloured(told["colours"]), "from the colours that the file gives its bands"),
        (_ordered(named, sensor, count), "from the order in which such scenes have their bands"),
    ):
        if roles is not None and len(roles) == count:
            return roles, reason
    return None, "the file does not say what its bands show"


def of_radar(roles: Sequence[Role]) -> bool:
    """Tell whether any band is a radar's."""
    return bool(RADAR & set(roles))


def _called(named: Named, sensor: Sensor | None, descriptions: Sequence[str]) -> tuple[Role, ...] | None:
    names = list(descriptions)
    if len(names) == 1 and named.band:
        names = [named.band]
    found = [_role(said, _numbered(named, sensor, names)) for said in names]
    if None in found:
        return None
    roles = [role for role in found if role is not None]
    codes = [_code(said) for said in names]
    if "B8" in codes and "B8A" in codes and roles[codes.index("B8A")] == "nir":
        roles[codes.index("B8A")] = "other"
    return tuple(roles)


def _numbered(named: Named, sensor: Sensor | None, names: Sequence[str]) -> Mapping[str, Role]:
    """Return what numbers of bands mean: they do not mean the same on any two satellites."""
    if sensor == "landsat":
        return _LANDSAT8 if named.craft in ("8", "9") else _LANDSAT5 if named.craft else {}
    if sensor == "sentinel2" or (sensor is None and {"B8A", "B12"} <= {_code(said) for said in names}):
        return _SENTINEL2
    return {}


def _code(said: str) -> str:
    """Return the number of a band as ``B4``: SR_B4, B04, Band 4 are all the same."""
    text = re.sub(r"^(?:SR_|ST_)", "", said.strip().upper())
    found = re.fullmatch(r"B(?:AND)?[ _]?0*(\d{1,2}A?)", text)
    return f"B{found[1]}" if found else text


def _role(said: str, numbered: Mapping[str, Role]) -> Role | None:
    text = re.sub(r"[\s_-]+", " ", said.strip().casefold())
    if text.replace(" ", "_") in ROLES:
        return ROLES[ROLES.index(text.replace(" ", "_"))]
    if text in _WORDS:
        return _WORDS[text]
    if (code := _code(said)) in numbered:
        return numbered[code]
    if (wave := _WAVE.search(said)) is not None:
        length = float(wave[1]) / (1000 if wave[2].casefold().startswith("n") else 1)
        return next((role for low, high, role in _WAVES if low <= length < high), None)
    return None


def _coloured(colours: Sequence[str]) -> tuple[Role, ...] | None:
    found = [_COLOURS.get(colour) for colour in colours]
    roles = tuple(role for role in found if role is not None)
    return roles if len(roles) == len(found) and {"red", "green", "blue"} <= set(roles) else None


def _ordered(named: Named, sensor: Sensor | None, count: int) -> tuple[Role, ...] | None:
    if sensor == "sentinel2" and count in (12, 13):
        codes = [code for code in _SENTINEL2_ORDER if count == 13 or code != "B10"]
        return tuple("other" if code == "B8A" else _SENTINEL2[code] for code in codes)
    if sensor == "sentinel1" and named.polarisations:
        return tuple(ROLES[ROLES.index(one)] for one in named.polarisations)
    return None
