"""The dialects, one a file, the most particular first."""

from __future__ import annotations

from collections.abc import Mapping

from layers.ingest.dialect import Dialect, spellings
from layers.ingest.dialects.acled import ACLED
from layers.ingest.dialects.firms import FIRMS
from layers.ingest.dialects.fixes import FIXES
from layers.ingest.dialects.hxl import HXL
from layers.ingest.dialects.kobo import KOBO
from layers.ingest.dialects.natural_earth import NATURAL_EARTH
from layers.ingest.dialects.observations import OBSERVATIONS
from layers.ingest.dialects.osce import OSCE
from layers.ingest.dialects.own import own
from layers.ingest.dialects.plain import PLAIN
from layers.ingest.dialects.ucdp import UCDP
from layers.model import Layer

DIALECTS: tuple[Dialect, ...] = (UCDP, ACLED, FIRMS, OSCE, OBSERVATIONS, KOBO, NATURAL_EARTH, HXL, FIXES)

#: What ``--dialect`` takes.
NAMES = (*(dialect.name for dialect in DIALECTS), "own", PLAIN.name)


def recognised(tags: Mapping[str, str], layer: Layer) -> Dialect:
    """Return the dialect of a file by its column names, each with its tag: the first whose signature it carries."""
    spelled = [form for name, tag in tags.items() for form in spellings(name, tag)]
    return next((d for d in (*DIALECTS, own(layer)) if d.fits(spelled, layer.id)), PLAIN)


def named(name: str, layer: Layer) -> Dialect | None:
    """Return the dialect of that name, or None."""
    return next((d for d in (*DIALECTS, own(layer), PLAIN) if d.name == name), None)
