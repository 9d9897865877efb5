"""Tiles lose nothing, and every question answers as a plain loop would."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.catalogue import layer
from layers.index import NEVER, PointIndex, Question, cut, degrees, extended, keys, mask, none
from layers.model import By, Versions

LAYER = layer("incidents")
LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL")
ALL = Question(None, None, None, None, 255, None)


def versions(n: int, seed: int = 0, first: int = 1) -> Versions:
    dice = np.random.default_rng(seed)
    kinds, severities = ["firing", "shelling", "protest"], ["low", "medium", "high"]
    payload = [
        json.dumps({"kind": kinds[i % 3], "severity": severities[i % 3], "party": "A", "precision_m": 100.0}) for i in range(n)
    ]
    none = np.zeros(n, np.int64)
    return Versions(
        "incidents",
        np.arange(first, first + n),
        none,
        none,
        none,
        dice.integers(0, 1000, n),
        [str(first + i) for i in range(n)],
        dice.uniform(-180, 180, n),
        dice.uniform(-90, 90, n),
        None,
        dice.integers(0, 1000, n),
        none,
        none,
        [LEVELS[i % 2] for i in range(n)],
        payload,
        np.zeros(n, np.bool_),
    )


def part(whole: Versions, first: int, last: int) -> Versions:
    cut = {of.name: getattr(whole, of.name) for of in fields(whole)}
    return Versions(**{name: of if name == "layer" or of is None else of[first:last] for name, of in cut.items()})


def filled(*parts: Versions) -> PointIndex:
    index = PointIndex(LAYER, LEVELS)
    for part in parts:
        index.extend(index.prepared(part))
    return index


@pytest.mark.parametrize("z", [0, 1, 3])
@pytest.mark.parametrize("n", [0, 1, 50, 9_000])
def test_the_tiles_of_a_zoom_add_up_to_every_row(n: int, z: int) -> None:
    answer = filled(versions(n), versions(70, 1, n + 1)).ask(ALL)
    total = sum(int(cut(answer, LAYER, z, x, y).count.sum()) for x in range(1 << z) for y in range(1 << z))
    assert total == n + 70


def test_a_cell_is_led_by_its_worst_row() -> None:
    dice = np.random.default_rng(7)
    near = replace(versions(9_000), lon=dice.uniform(1, 5, 9_000), lat=dice.uniform(1, 5, 9_000))
    shown = cut(filled(near).ask(ALL), LAYER, 0, 0, 0)
    assert shown.aggregated
    assert shown.count.sum() == 9_000
    assert len(shown.count) < 10
    assert set(shown.hue[shown.count > 50]) == {0}


@given(st.floats(-180, 180, exclude_max=True), st.floats(-85, 85))
def test_a_key_gives_its_place_back_within_two_centimetres(lon: float, lat: float) -> None:
    back_lon, back_lat = degrees(keys(np.array([lon]), np.array([lat])))
    assert abs((back_lon[0] - lon + 180) % 360 - 180) < 2e-7
    assert abs(back_lat[0] - lat) < 2e-7


times = st.none() | st.integers(0, 1000)


@settings(max_examples=60)
@given(
    times,
    times,
    times,
    st.sampled_from(get_args(By)),
    st.integers(0, 1),
    st.sets(st.sampled_from(["firing", "shelling", "never met"]), max_size=2),
)
def test_a_question_answers_as_a_plain_loop_would(
    start: int | None, end: int | None, known: int | None, by: By, ceiling: int, kinds: set[str]
) -> None:
    rows = versions(200)
    index = filled(rows)
    question = replace(ALL, start=start, end=end, known_at=known, by=by, ceiling=ceiling)
    if kinds:
        question = replace(question, codes=(("kind", index.positions("kind", sorted(kinds))),))
    time = {"occurred": rows.start, "recorded": rows.recorded}[by]
    wanted = {
        int(rows.seq[i])
        for i in range(200)
        if (start is None or time[i] >= start)
        and (end is None or time[i] < end)
        and (known is None or rows.recorded[i] <= known)
        and LEVELS.index(rows.marking[i]) <= ceiling
        and (not kinds or json.loads(rows.payload[i])["kind"] in kinds)
    }
    found = {int(seq) for part in index.ask(question) for seq in part.columns.seq[part.rows]}
    assert found == wanted


def test_a_later_version_takes_the_place_of_an_earlier_one_and_known_at_still_finds_it() -> None:
    first = versions(10)
    second = replace(versions(1, 5, 11), previous=np.array([3]), recorded=np.array([2000]))
    index = filled(first, second)
    now = {int(seq) for part in index.ask(ALL) for seq in part.columns.seq[part.rows]}
    then = {int(seq) for part in index.ask(replace(ALL, known_at=1999)) for seq in part.columns.seq[part.rows]}
    assert now == {*range(1, 12)} - {3}
    assert then == {*range(1, 11)}


SAID = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1), st.booleans()), min_size=1, max_size=12)


@given(said=SAID, parts=st.integers(1, 4))
def test_a_version_is_marked_as_the_highest_of_itself_and_all_later_ones(said: list[tuple[str, int, bool]], parts: int) -> None:
    last: dict[str, int] = {}
    previous = []
    for seq, (name, _, _) in enumerate(said, 1):
        previous.append(last.get(name, 0))
        last[name] = seq
    whole = replace(
        versions(len(said)),
        previous=np.array(previous),
        feature=[name for name, _, _ in said],
        marking=[LEVELS[rank] for _, rank, _ in said],
        retracted=np.array([gone for _, _, gone in said]),
    )
    cuts = np.linspace(0, len(said), parts + 1).astype(int)
    chunks = [part(whole, a, b) for a, b in pairwise(cuts.tolist()) if b > a]
    index, shapes = filled(*chunks), none()
    for chunk in chunks:
        shapes = extended(shapes, chunk, LEVELS)
    wanted = {
        seq: max(rank for other, rank, _ in said[seq - 1 :] if other == name)
        for seq, (name, _, gone) in enumerate(said, 1)
        if not gone
    }
    for columns in (*index.parts, shapes):
        found = dict(zip(columns.seq.tolist(), columns.marking.tolist(), strict=True))
        assert found == {seq: wanted[seq] for seq in found}
    assert len(index) == len(shapes) == len(wanted)


def test_a_box_across_the_antimeridian_keeps_both_sides() -> None:
    rows = replace(versions(4), lon=np.array([179.0, -179.0, 0.0, 170.0]), lat=np.zeros(4))
    columns = filled(rows).parts[1]
    inside = mask(columns, replace(ALL, box=(175.0, -10.0, -175.0, 10.0)))
    assert sorted(columns.seq[inside]) == [1, 2]
    assert (columns.replaced == NEVER).all()


longitudes = st.integers(-180, 180).map(float)


@given(st.lists(longitudes, min_size=1, max_size=12), longitudes, longitudes)
@example([-180.0, -1.0, 0.0, 90.0, 179.0, 180.0], -180.0, 180.0)
@example([-1.0, 0.0, 90.0, 180.0], 0.0, 180.0)
@example([-180.0, -175.0, 0.0, 180.0], 180.0, -170.0)
@example([-180.0, 0.0, 180.0], 180.0, -180.0)
def test_a_box_takes_what_plain_comparisons_of_longitudes_take(lon: list[float], west: float, east: float) -> None:
    def lies(x: float) -> bool:
        return west <= x <= east if west <= east else x >= west or x <= east

    rows = replace(versions(len(lon)), lon=np.array(lon), lat=np.zeros(len(lon)))
    columns = filled(rows).parts[1]
    inside = columns.seq[mask(columns, replace(ALL, box=(west, -10.0, east, 10.0)))]
    assert set(inside.tolist()) == {n for n, x in enumerate(lon, 1) if lies(x) or (abs(x) == 180 and lies(-x))}


@pytest.mark.parametrize(("west", "east"), [(-179.999_999_99, 180.0), (-180.0, 179.999_999_99), (10.0, 9.999_999_99)])
def test_a_box_that_leaves_out_less_than_a_point_is_known_to_takes_all_round_the_earth(west: float, east: float) -> None:
    columns = filled(versions(50)).parts[1]
    assert mask(columns, replace(ALL, box=(west, -90.0, east, 90.0))).all()
