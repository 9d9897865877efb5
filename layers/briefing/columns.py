"""Stored versions as typed columns: the fields of their layer, and what the source had beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from layers.ingest import EXTRA
from layers.model import Layer, Versions

#: What stands beside the fields: the event by which a record is linked, and the note of what an analyst decided.
BESIDE = ("event", "edited")
_TYPES = {"text": pa.string(), "code": pa.string(), "time": pa.string(), "number": pa.float64(), "integer": pa.int64()}
_BLOCK = 1 << 22


def columns(layer: Layer, versions: Versions) -> dict[str, pa.Array]:
    """Return a column for each field of the layer, ``event``, ``edited`` and ``extra``; nulls where there is no value.

    Texts, codes and times (ISO 8601 UTC) are strings, numbers are float64, integers int64. ``id`` is never null: a
    feature without one of its source has the one that the record gave it.
    """
    schema = pa.schema(
        [(field.name, _TYPES[field.kind]) for field in layer.fields if field.name != "marking"] + [("event", pa.string())]
    )
    table = _read(versions.payload, schema)
    found = {name: table[name].combine_chunks() for name in schema.names}
    named = pa.array(versions.feature, pa.string())
    found["id"] = pc.if_else(pc.equal(pc.fill_null(found["id"], ""), ""), named, found["id"]) if "id" in found else named
    found["marking"] = pa.array(versions.marking, pa.string())
    beside = {"event": found["event"], "edited": _member("edited", versions.payload)}
    return {field.name: found[field.name] for field in layer.fields} | beside | {EXTRA: _member(EXTRA, versions.payload)}


def _member(name: str, payload: Sequence[str]) -> pa.Array:
    """Return an object that rows keep beside their fields as canonical JSON, null for none."""
    held = [json.loads(text).get(name) if f'"{name}":' in text else None for text in payload]
    texts = [json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if one else None for one in held]
    return pa.array(texts, pa.string())


def texts(column: pa.Array) -> pa.Array:
    """Return a column as text, numbers as short as they can be without loss, blank for null."""
    return pc.fill_null(column if pa.types.is_string(column.type) else pc.cast(column, pa.string()), "")


def _read(payload: Sequence[str], schema: pa.Schema) -> pa.Table:
    if not payload:
        return schema.empty_table()
    text = "\n".join(payload).encode()
    parsing = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False)
    reading = pj.ReadOptions(block_size=max(_BLOCK, 8 * max(map(len, payload))))
    return pj.read_json(pa.BufferReader(text), parse_options=parsing, read_options=reading)
