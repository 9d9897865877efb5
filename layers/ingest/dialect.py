"""What a kind of file calls things: how it is known, which column is which field, what its values mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

#: What places a row that is no field of a layer: degrees, any notation, "lat lon alt acc", metres on a UTM grid, WKT.
PLACES = ("longitude", "latitude", "grid", "geopoint", "easting", "northing", "utm_zone", "wkt")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of file. Column names are patterns in lower case (``*`` stands for anything), the first that is there is taken.

    Attributes
    ----------
    name : str
        What ``--dialect`` calls it.
    title : str
        What a reader sees.
    layers : tuple of str
        The layers it fits; empty for all.
    signature : tuple of frozenset of str
        Column patterns; one of the sets, wholly there, gives the file away.
    fields : mapping of field or place to column patterns
    tried : frozenset of str
        Fields whose columns are tried in turn until one says something.
    joined : frozenset of str
        Fields whose columns are put together, a blank between them.
    constants : mapping of field to text
        What every row gets that says nothing itself.
    whole_numbers : frozenset of str
        Fields whose numbers lose a needless ``.0``.
    codes : mapping of field to a mapping of source value to code
        Values that mean one of our codes, in lower case.
    steps : mapping of field to (column, bounds, codes)
        A number turned into a code: the code after the last bound that is not above it.
    headerless : tuple of str
        The names of its columns, for files that leave the header out.
    retracts : str
        The column in which a value takes the row's feature back.
    zone : str
        IANA name of the zone of times that name none.
    """

    name: str
    title: str
    layers: tuple[str, ...] = ()
    signature: tuple[frozenset[str], ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tried: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)
    whole_numbers: frozenset[str] = frozenset()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    steps: Mapping[str, tuple[str, tuple[float, ...], tuple[str, ...]]] = field(default_factory=dict)
    headerless: tuple[str, ...] = ()
    retracts: str = ""
    zone: str = ""

    def fits(self, spellings: Sequence[str], layer: str) -> bool:
        """Say whether column names, in any of their spellings, carry this dialect's signature."""
        if self.layers and layer not in self.layers:
            return False
        return any(all(any(fnmatchcase(name, pattern) for name in spellings) for pattern in part) for part in self.signature)


def spellings(name: str, tag: str = "") -> tuple[str, ...]:
    """Return the ways a column's name is compared: as it stands, with plain joints, without its group, by its tag."""
    plain = name.strip().casefold()
    joint = "_".join(part for part in "".join(c if c.isalnum() else " " for c in plain).split())
    inner = plain.rsplit("/", 1)[-1]
    return tuple(dict.fromkeys(form for form in (plain, joint, inner, tag.casefold().replace(" ", "")) if form))
