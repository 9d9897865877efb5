"""Whole columns say what one row after the other would say, however few or many of their texts differ."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.ingest import values
from layers.model import NO_TIME, to_micros
from layers.notation import parse_times

TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["", 'a "b"', "\\", "1", "+2.5", "x\ny", "\x00\t"])
#: The same rows so many times over: from twice on a column is taken by its different texts.
TIMES = st.sampled_from([1, 2, 7])


def texts_of(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.string())


def spelled(texts: list[str]) -> pa.Array:
    """Return JSON strings as the checks make them: of the different texts only, where few differ."""
    column = values.column(texts_of(texts))
    return column.like(values.quoted(column.texts))


@settings(deadline=None)
@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=6), times=TIMES, solid=st.booleans())
def test_a_payload_is_the_json_of_its_row(rows: list[tuple[str, str, str]], times: int, solid: bool) -> None:
    if solid:
        rows = [(a, b or "-", c) for a, b, c in rows]
    rows = rows * times * 4
    names = ("b", "n", "z")
    fragments = [(name, spelled([row[at] for row in rows])) for at, name in enumerate(names)]
    made = values.joined(fragments[::-1], len(rows)).to_pylist()
    clean = [[re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", text) for text in row] for row in rows]
    plain = [{name: text for name, text in zip(names, row, strict=True) if text} for row in clean]
    assert made == [json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in plain]


@settings(deadline=None)
@given(texts=st.lists(TEXT | st.floats(allow_nan=False).map(repr) | st.integers().map(str), max_size=6), times=TIMES)
def test_numbers_are_those_of_each_text_alone(texts: list[str], times: int) -> None:
    texts = texts * times * 4
    found, wrong = values.numbers(texts_of(texts))
    alone = [values.numbers(texts_of([text])) for text in texts]
    assert np.array_equal(found, [one[0][0] for one in alone], equal_nan=True)
    assert wrong.tolist() == [n for n, one in enumerate(alone) if len(one[1])]


def test_a_part_of_a_column_is_as_good_as_a_whole_one() -> None:
    part = texts_of(['a"', "\x01", "", "b\\", "c"])[1:4]
    assert values.letters(part).tobytes() == b"\x01b\\"
    assert values.quoted(part).to_pylist() == ['"\ufffd"', None, '"b\\\\"']


@pytest.mark.parametrize("second", [0, 500_000, 1])
def test_a_time_is_spelled_the_same_whatever_stands_beside_it(second: int) -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]
    micros = np.array([to_micros(moment) for moment in moments] + [NO_TIME, second], np.int64)
    said = values.iso(micros, micros == NO_TIME).to_pylist()
    fine = f".{second:06d}" if second else ""
    assert said == [
        '"2026-01-01T00:00:00Z"',
        '"0001-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59Z"',
        None,
        f'"1970-01-01T00:00:00{fine}Z"',
    ]
    assert parse_times([text[1:-1] for text in said if text]).micros.tolist() == [at for at in micros.tolist() if at != NO_TIME]


WRITTEN = st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0"))
SPOILED = st.sampled_from(
    ["2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01 10:00:00Z", "2026-01-01"]
)


@settings(deadline=None)
@given(texts=st.lists(WRITTEN, min_size=1, max_size=5), other=st.none() | SPOILED | TEXT, far=st.booleans())
def test_times_all_of_one_spelling_are_read_as_any_others(texts: list[str], other: str | None, far: bool) -> None:
    said = texts * (300 if far else 1) + ([] if other is None else [other])
    found, others = values.read_utc(texts_of(said))
    read = parse_times(said).micros
    read[others] = NO_TIME
    assert found.tolist() == read.tolist()
    assert len(others) <= 1
    assert other is not None or not len(others)
