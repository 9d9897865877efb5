"""What the records of a layer say, in memory or mapped from a file: found by any part of a word, whatever its case."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from layers.index.selection import Mask
from layers.model import Layer

#: Between the texts of one record: no word reaches across.
_BETWEEN = "\x1f"
_SCHEMA = pa.schema([("seq", pa.int64()), ("text", pa.string()), ("event", pa.string())])
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Words:
    """One row for every stored version, in ascending ``seq``.

    ``text`` holds its texts and the columns its source had beside them, folded; ``event`` what it shares with the
    records linked to it, null for none.
    """

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def seq(self) -> Int64s:
        """Return the version numbers."""
        found: Int64s = self.table["seq"].to_numpy()
        return found

    def holding(self, word: str) -> Mask:
        """Say of each row whether it holds a word, in any case."""
        sought = folded(word).encode("utf-8", "replace").decode()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(lambda part: pc.match_substring(part, sought), self.table["text"].chunks))
        return np.concatenate([part.to_numpy(zero_copy_only=False) for part in found] or [np.zeros(0, np.bool_)])

    def linked(self, event: str) -> Int64s:
        """Return the versions that share an event."""
        return self.seq[np.flatnonzero(pc.fill_null(pc.equal(self.table["event"], event), False).to_numpy())]

    def take(self, seqs: Int64s) -> Words:
        """Return those of the versions that are here; ``seqs`` ascend."""
        mine = self.seq
        at = np.minimum(np.searchsorted(mine, seqs), max(0, len(mine) - 1))
        return Words(self.table.take(pa.array(at[mine[at] == seqs] if len(mine) else at[:0])))

    def joined(self, later: Words) -> Words:
        """Return these rows and then later ones."""
        return Words(pa.concat_tables([self.table, later.table]))


def silent() -> Words:
    """Return no words."""
    return Words(_SCHEMA.empty_table())


def spoken(layer: Layer, seqs: Int64s, payloads: Sequence[str]) -> Words:
    """Return what stored versions say: the layer's fields of text and the source's other columns."""
    if not len(seqs):
        return silent()
    names = [field.name for field in layer.fields if field.kind == "text"]
    schema = pa.schema([(name, pa.string()) for name in (*names, "event")])
    content = "\n".join(payloads).encode()
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False)
    fields = pj.read_json(
        pa.BufferReader(content), parse_options=options, read_options=pj.ReadOptions(block_size=len(content) + 1)
    )
    said = pc.binary_join_element_wise(*(pc.fill_null(fields[name], "") for name in names), _BETWEEN).to_pylist()
    for n, payload in enumerate(payloads):
        if '"extra":{' in payload:
            said[n] += _BETWEEN + _BETWEEN.join(str(value) for value in json.loads(payload)["extra"].values())
    text = pa.array([folded(one) for one in said], pa.string())
    return Words(pa.table([pa.array(seqs), text, fields["event"].combine_chunks()], schema=_SCHEMA))


def folded(text: str) -> str:
    """Return a text as it is compared, so that no case tells apart.

    Examples
    --------
    >>> folded("ÓRBITA Straße") == folded("órbita STRASSE")
    True
    """
    return text.casefold()
