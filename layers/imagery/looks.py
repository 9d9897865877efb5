"""Looks: how the bands of a scene become colours. A look is data; which a scene has follows from its bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from layers.imagery.scene import Role

Colour = tuple[int, int, int]
Kind = Literal["bands", "index", "band", "decibels", "hillshade", "change"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A value of an index and its colour; between two stops colours blend. ``words`` stand beside it in the legend."""

    value: float
    colour: Colour
    words: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One way to draw a scene.

    ``kind`` says what is done with the bands that show ``roles``: three as red, green and blue, each stretched over the
    scene's own middle 96 % (``bands``); the normalised difference of two (``index``); one alone, stretched so
    (``band``), as decibels, as ground lit from the north-west (``hillshade``), or by how far it lies from zero (``change``). ``stops``
    colour an index; ``by_size`` gives those of a change.
    """

    id: str
    title: str
    kind: Kind
    roles: tuple[Role, ...]
    says: str
    stops: tuple[Stop, ...] = ()


_DRY, _PALE, _LUSH = (140, 81, 10), (245, 240, 225), (1, 102, 94)
_BURN = (
    Stop(-0.3, (90, 20, 60), "burned or bare"),
    Stop(0.1, (225, 160, 110), ""),
    Stop(0.4, (235, 230, 200), "sparse"),
    Stop(0.8, (20, 110, 100), "dense and moist"),
)
LOOKS: tuple[Look, ...] = (
    Look("true_colour", "True colour", "bands", ("red", "green", "blue"), "As the eye sees it."),
    Look("shortwave", "Short-wave infrared", "bands", ("swir2", "nir", "red"), "Plants are green, burned and bare ground is red to brown."),
    Look("false_colour", "Near infrared", "bands", ("nir", "red", "green"), "Plants are red, built and bare ground is grey to blue."),
    Look(
        "nbr", "Burn index (NBR)", "index", ("nir", "swir2"), "Normalised burn ratio: low where vegetation burned (Key and Benson, 2006).", _BURN
    ),
    Look(
        "mndwi", "Water index (MNDWI)", "index", ("green", "swir1"), "Above zero mostly open water (Xu, 2006).",
        (Stop(-0.5, (150, 110, 70), "dry"), Stop(0.0, (240, 240, 235), ""), Stop(0.5, (5, 80, 160), "water")),
    ),
    Look(
        "ndvi", "Vegetation index (NDVI)", "index", ("nir", "red"), "The more green leaves, the higher (Rouse, 1974).",
        (Stop(0.0, _DRY, "bare"), Stop(0.35, _PALE, ""), Stop(0.8, _LUSH, "dense green")),
    ),
    Look("vv", "Radar, VV", "decibels", ("vv",), "Rough ground and buildings are bright, calm water is dark."),
    Look("vh", "Radar, VH", "decibels", ("vh",), "Plants and rough ground are bright, water and bare ground are dark."),
    Look("hh", "Radar, HH", "decibels", ("hh",), "Rough ground and buildings are bright, calm water is dark."),
    Look("hv", "Radar, HV", "decibels", ("hv",), "Plants and rough ground are bright, water and bare ground are dark."),
    Look("relief", "Relief", "hillshade", ("elevation",), "Lit from the north-west."),
    Look(
        "statistic", "Statistic", "change", ("statistic",), "The deeper the colour, the farther from no change, which is pale.",
    ),
    Look("grey", "Grey", "band", ("grey",), "One band."),
    Look("near_infrared", "Near infrared, grey", "band", ("nir",), "One band."),
    Look("other", "First band, grey", "band", ("other",), "What it shows is not known."),
)  # fmt: skip


_LESS, _SAME, _MORE = (5, 80, 160), (240, 240, 235), (160, 70, 10)


def by_size(end: float, *, signed: bool) -> tuple[Stop, ...]:
    """Return how a change is coloured: pale at zero, deepest at ``end`` and beyond and, where it is signed, at as much below zero."""
    less = (Stop(-end, _LESS, "or less"),) if signed else ()
    return (*less, Stop(0.0, _SAME), Stop(end, _MORE, "or more"))


def looks(bands: Sequence[Role]) -> tuple[Look, ...]:
    """Return the looks that a scene with these bands has, the usual one first.

    Examples
    --------
    >>> [look.id for look in looks(("green", "red", "nir"))]
    ['false_colour', 'ndvi', 'near_infrared']
    """
    return tuple(look for look in LOOKS if set(look.roles) <= set(bands))
