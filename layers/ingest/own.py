"""The own template: what export writes and any mission accepts whole."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from layers.model import Layer

#: How the heading of a file's last column begins, which says where the rows come from. A line of its own would
#: stand in the way of every program that takes the first line for the names and each other one for a row.
HEADING = "Greenline export"
#: The column of other formats that the same cells stand in.
EXTRA = "extra"
#: How the heading of the column begins that says why rows were refused; it goes on with how the file was read.
BECAUSE = "refused because"
#: What stands in that heading before how the file was read.
READ = "read with "
#: The column of a table that holds shapes.
SHAPE = "wkt"
#: Columns that an export works out from lines, zones, clauses, sectors and posts, each text or number. A mission works out its own.
PLACED = {
    "derived_sector": "text",
    "derived_line": "text",
    "derived_line_m": "number",
    "derived_side": "text",
    "derived_side_sure": "text",
    "derived_line_km": "number",
    "derived_other_lines": "text",
    "derived_zones": "text",
    "derived_clauses": "text",
    "derived_position": "text",
    "derived_position_m": "number",
    "derived_settlement": "text",
    "derived_settlement_m": "number",
}

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_FORMULA = r"'*[\s\x00-\x20\p{Z}]*[=+\-@\t\r＝＋－＠]"
_MOST_CELLS = 20_000_000


def template(layer: Layer) -> list[str]:
    """Return the columns of a layer's own file, in order.

    Examples
    --------
    >>> from layers.catalogue import layer
    >>> ",".join(template(layer("incidents")))[:66]
    'id,kind,occurred_at,reported_at,longitude,latitude,precision_m,pla'
    """
    fields = [field for field in layer.fields if not field.beside]
    names = [field.name for field in fields]
    place = ["longitude", "latitude"] if layer.geometry == "point" else ["wkt"]
    times = [n for n, field in enumerate(fields) if field.kind == "time"]
    at = (times[-1] if times else 0) + 1
    return [*names[:at], *place, *names[at:]]


def is_ours(name: str) -> bool:
    """Say whether a column is one that our own files carry beside the fields."""
    return name.casefold() in ("ogc_fid", "feature", "flags", *PLACED) or name.startswith(BECAUSE)


def guarded(texts: pa.Array) -> pa.Array:
    """Return cells that no spreadsheet takes for a formula: an apostrophe stands before what would be one.

    A formula begins, after blanks, with ``=``, ``+``, ``-`` or ``@``, a tab or a carriage return; a number is none.
    A text that already looks guarded is guarded once more, so that ``unguarded`` gives back every text.

    Examples
    --------
    >>> guarded(pa.array(["=1+1", "-5", "'=1", "'tis"])).to_pylist()
    ["'=1+1", '-5', "''=1", "'tis"]
    """
    risky = pc.match_substring_regex(texts, f"^{_FORMULA}")
    if not pc.any(risky).as_py():
        return texts
    risky = pc.and_not(risky, pc.match_substring_regex(texts, _NUMBER))
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def plain_name(name: str) -> str:
    """Return a column's name without the guard that our refused rows put before it."""
    return str(unguarded(pa.array([name], pa.string()))[0].as_py())


def unguarded(texts: pa.Array) -> pa.Array:
    """Return the cells that ``guarded`` was given."""
    if not pc.any(pc.starts_with(texts, "'")).as_py():
        return texts
    return pc.replace_substring_regex(texts, f"^'({_FORMULA})", r"\1")


def kept(texts: pa.Array) -> pa.Array:
    """Return texts so that ``unguarded`` gives them back, for formats where no cell is a formula.

    Examples
    --------
    >>> kept(pa.array(["=1+1", "'=1", "'tis"])).to_pylist()
    ['=1+1', "''=1", "'tis"]
    """
    return pc.replace_substring_regex(texts, f"^('{_FORMULA})", r"'\1")


def beside(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Return columns of a source that no field takes, those opened up that an export carried along in one.

    Such a column holds a JSON object a row, or nothing. One that holds anything else is returned as it is.
    """
    found: dict[str, pa.Array] = {}
    for name, texts in columns.items():
        carried = name.casefold() == EXTRA or name.startswith(HEADING)
        unfolded = _unfolded(texts) if carried else None
        found |= {name: texts} if unfolded is None else unfolded
    return found


def _unfolded(texts: pa.Array) -> dict[str, pa.Array] | None:
    rows: dict[int, dict[str, object]] = {}
    for n in pc.indices_nonzero(pc.not_equal(texts, "")).to_pylist():
        try:
            row = json.loads(texts[n].as_py())
        except ValueError:
            return None
        if not isinstance(row, dict):
            return None
        rows[n] = row
    keys = dict.fromkeys(key for row in rows.values() for key in row)
    if len(keys) * len(texts) > _MOST_CELLS:
        return None
    made = {key: [""] * len(texts) for key in keys}
    for n, row in rows.items():
        for key, value in row.items():
            made[key][n] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return {key: pa.array(cells, pa.string()) for key, cells in made.items()}
