"""CSV: the own template, which any mission accepts whole. UTF-8 without a mark, formula-safe.

The last column's heading says where the rows come from; its cells hold what the source had beside the template.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.briefing.about import About
from layers.briefing.columns import texts
from layers.briefing.content import Content
from layers.ingest import HEADING, guarded
from layers.model import Versions

#: What a program may take for the end of a cell or of a line.
_ENDS = re.compile(r'[\x00-\x1f";|\x7f]+')


def write(path: Path, content: Content, about: About) -> None:
    """Write features as the own template."""
    heading = f"{HEADING} · {_ENDS.sub(' ', about.text)} · below: the source's other columns"
    with path.open("wb") as file:
        file.write(f'{",".join(content.names[:-1])},"{heading}"\r\n'.encode())
        for versions in content.chunks:
            if len(versions):
                file.write(joined(_rows(content, versions), "\r\n").as_buffer())
                file.write(b"\r\n")


def _rows(content: Content, versions: Versions) -> pa.Array:
    held = content.columns(versions) | places(versions)
    return pc.binary_join_element_wise(*(_cells(held[name]) for name in content.names), ",")


def places(versions: Versions) -> dict[str, pa.Array]:
    """Return where features lie: longitude and latitude in WGS 84 degrees, or WKT, to the last figure."""
    if versions.wkb is None:
        return {"longitude": pa.array(versions.lon), "latitude": pa.array(versions.lat)}
    return {"wkt": pa.array(shapely.to_wkt(shapely.from_wkb(list(versions.wkb)), rounding_precision=-1), pa.string())}


def joined(texts: pa.Array, between: str) -> pa.Scalar:
    """Return all texts as one."""
    return pc.binary_join(pa.LargeListArray.from_arrays(pa.array([0, len(texts)], pa.int64()), texts), between)[0]


def _cells(column: pa.Array) -> pa.Array:
    cells = texts(column)
    if not pa.types.is_string(column.type):
        return cells
    cells = guarded(cells)
    odd = pc.match_substring_regex(cells, '[",\r\n]')
    if not pc.any(odd).as_py():
        return cells
    return pc.if_else(odd, pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', ""), cells)
