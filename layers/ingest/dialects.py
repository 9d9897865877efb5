"""What other people's files call things. Each dialect is data: how it is known, and which column is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.ingest.values import numbers

Columns = Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of file.

    Attributes
    ----------
    name : str
        What ``--dialect`` calls it.
    layers : tuple of str
        The layers it fits; empty for all.
    signature : frozenset of str
        Column names, in lower case, that together give it away; empty for the own template.
    fields : mapping of field to column names
        The first column that is there is taken.
    constants : mapping of field to text
        What every row gets.
    whole_numbers : tuple of str
        Fields whose numbers lose a needless ``.0``.
    codes : mapping of field to a mapping of source value to code
        Values that mean one of our codes.
    steps : mapping of field to (column, bounds, codes)
        A number turned into a code: the code after the last bound that is not above it.
    """

    name: str
    layers: tuple[str, ...] = ()
    signature: frozenset[str] = frozenset()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    whole_numbers: tuple[str, ...] = ()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    steps: Mapping[str, tuple[str, tuple[float, ...], tuple[str, ...]]] = field(default_factory=dict)


#: Uppsala Conflict Data Program, Georeferenced Event Dataset. Precision by where_prec: 1 exact place, 2 within
#: about 25 km, 3 second-order and 4 first-order division, 5 feature or fuzzy area, 6 country, 7 air or sea
#: (codebook of version 23.1; the metres are ours: half a typical width). Severity is ours: by the best estimate
#: of deaths, none is low, up to nine medium, ten and more high.
UCDP = Dialect(
    name="ucdp",
    layers=("incidents",),
    signature=frozenset(
        {"type_of_violence", "where_prec", "date_start", "date_prec", "latitude", "longitude", "best", "high", "low"}
    ),
    fields={
        "id": ("id",),
        "kind": ("type_of_violence",),
        "occurred_at": ("date_start",),
        "precision_m": ("where_prec",),
        "place": ("where_description", "where_coordinates", "adm_2", "adm_1"),
        "casualties_low": ("low",),
        "casualties_best": ("best",),
        "casualties_high": ("high",),
        "text": ("source_headline", "dyad_name", "conflict_name"),
    },
    constants={"source": "UCDP GED", "party": "unknown"},
    whole_numbers=("id", "kind", "precision_m", "casualties_low", "casualties_best", "casualties_high"),
    codes={
        "kind": {"1": "armed_clash", "2": "armed_clash", "3": "attack_on_civilians"},
        "precision_m": {"1": "1000", "2": "25000", "3": "50000", "4": "100000", "5": "50000", "6": "500000", "7": "500000"},
    },
    steps={"severity": ("best", (1, 10), ("low", "medium", "high"))},
)

NATURAL_EARTH = Dialect(
    name="natural_earth",
    signature=frozenset({"brk_name", "featurecla"}),
    fields={"name": ("brk_name",), "text": ("note_brk",)},
    constants={"source": "Natural Earth"},
)

OWN = Dialect(name="own")

DIALECTS: tuple[Dialect, ...] = (UCDP, NATURAL_EARTH, OWN)


def recognised(names: Sequence[str], layer: str) -> Dialect:
    """Return the dialect whose signature the column names carry."""
    here = {name.casefold() for name in names}
    return next(d for d in DIALECTS if d.signature <= here and (not d.layers or layer in d.layers))


def translated(dialect: Dialect, columns: Columns, fields: Sequence[str], length: int) -> tuple[dict[str, pa.Array], set[str]]:
    """Return the columns of fields in our terms, and the names of the source columns they took."""
    by_name = {name.casefold(): name for name in columns}
    found: dict[str, pa.Array] = {}
    taken: set[str] = set()
    for of in fields:
        sources = [by_name[name] for name in dialect.fields.get(of, () if dialect.fields else (of,)) if name in by_name]
        sources = sources or ([by_name[of]] if dialect is not UCDP and of in by_name else [])
        if of in dialect.constants:
            found[of] = pa.array([dialect.constants[of]] * length, pa.string())
        elif sources:
            found[of] = _first(columns, sources)
            taken |= {sources[0]} if dialect.signature else set(sources)
    for of in dialect.whole_numbers:
        if of in found:
            found[of] = pc.replace_substring_regex(found[of], r"^(-?[0-9]+)\.0+$", r"\1")
    for of, meanings in dialect.codes.items():
        if of in found:
            found[of] = _meant(found[of], meanings)
    for of, (source, bounds, codes) in dialect.steps.items():
        if source in by_name and of not in found:
            value = np.nan_to_num(numbers(columns[by_name[source]])[0], nan=-1)
            found[of] = pa.array(np.array(codes, object)[np.searchsorted(bounds, value, side="right")], pa.string())
    if dialect.signature:
        taken -= {name for of, meanings in dialect.codes.items() for name in columns if name.casefold() in dialect.fields[of]}
    return found, taken


def _first(columns: Columns, names: Sequence[str]) -> pa.Array:
    chosen = columns[names[0]]
    for name in names[1:]:
        chosen = pc.if_else(pc.equal(chosen, ""), columns[name], chosen)
    return chosen


def _meant(texts: pa.Array, meanings: Mapping[str, str]) -> pa.Array:
    encoded = texts.dictionary_encode()
    words = pa.array([meanings.get(text, text) for text in encoded.dictionary.to_pylist()], pa.string())
    return words.take(encoded.indices)
