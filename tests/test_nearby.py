"""Filters by chainage and by the nearest post and settlement: against one row at a time, and the same everywhere."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from layers.access import OWNER, User
from layers.analysis.place import Feature, features, whole_lines
from layers.desk import Mission, nearby
from layers.desk.relations import Relations, Standing
from layers.errors import MalformedView
from layers.index import Columns, degrees, keys
from layers.model import NO_TIME, Chainage, parse
from tests import exported, missions

EARTH = Geod(ellps="WGS84")
LINE = [[60.5, -20.0], [61.0, -20.05], [61.5, -19.95], [62.0, -20.0]]
OPEN = User("someone", OWNER.roles, "UNCLASSIFIED", None)
POSTS = {"op": (61.0, -20.2), "hq": (61.3, -20.0), "ts": (60.7, -19.9)}
TOWNS = {"mill": (60.9, -20.1), "quay": (61.2, -19.9)}


def rows_at(lon: np.ndarray, lat: np.ndarray, at: np.ndarray) -> Columns:
    """Return bare rows of an index, in ascending key as it holds them."""
    key = keys(lon, lat)
    order = np.argsort(key)
    blank = np.zeros(len(key), np.int64)
    plain = (blank.astype(np.uint64), at[order], blank, blank, blank, blank.astype(np.uint8))
    numbers = (blank.astype(np.uint64), blank.astype(np.uint64))
    return Columns(key[order], *plain, *numbers, blank.astype(np.float32), blank.astype(np.uint16), blank.astype(bool), {})


@settings(max_examples=40)
@given(seed=st.integers(0, 999), few=st.integers(1, 6))
def test_the_nearest_is_what_one_by_one_is_nearest_of_what_stood(seed: int, few: int) -> None:
    dice = np.random.default_rng(seed)
    dates = [(int(NO_TIME), 9), (5, int(NO_TIME)), (3, 7), (int(NO_TIME), int(NO_TIME))]
    posts = [Feature(f"p{n}", "", shapely.Point(dice.uniform(30, 31, 2)), *dates[n % 4]) for n in range(few)]
    columns = rows_at(*dice.uniform(30, 31, (2, 40)), dice.integers(0, 12, 40))
    to = Standing("posts", features(posts))
    mask = nearby.by_nearest(Relations(), to, ("p0", "p2")).rows(columns)
    for n, (lon, lat) in enumerate(zip(*degrees(columns.key), strict=True)):
        at = columns.start[n]
        stood = [one for one in posts if one.start <= at and (one.until == NO_TIME or at <= one.until)]
        far = {one.id: EARTH.inv(lon, lat, one.shape.x, one.shape.y)[2] for one in stood}
        assert mask[n] == (bool(far) and min(far, key=far.__getitem__) in ("p0", "p2"))


@settings(max_examples=40)
@given(seed=st.integers(0, 999), ends=st.tuples(st.integers(0, 150), st.integers(0, 150)))
def test_chainage_is_that_of_the_course_in_force_reckoned_by_small_steps(seed: int, ends: tuple[int, int]) -> None:
    dice = np.random.default_rng(seed)
    paths = [np.column_stack([np.linspace(60, 61, 8), dice.uniform(-20.1, -19.9, 8)]) for _ in range(2)]
    drawn = [
        Feature("old", "Line", shapely.LineString(paths[0]), until=5),
        Feature("new", "Line", shapely.LineString(paths[1]), 6),
    ]
    columns = rows_at(dice.uniform(59.9, 61.1, 40), dice.uniform(-20.2, -19.8, 40), dice.integers(0, 12, 40))
    to = Standing("lines", features(whole_lines(drawn)))
    asked = Chainage("old", *(float(end) for end in sorted(ends)))
    mask = nearby.by_chainage(Relations(), to, asked).rows(columns)
    for path, meant in zip(paths, (columns.start <= 5, columns.start > 5), strict=True):
        at, far = _stepped(path)
        for n in np.flatnonzero(meant).tolist():
            lon, lat = (float(axis[n]) for axis in degrees(columns.key))
            away = EARTH.inv(np.full(len(at), lon), np.full(len(at), lat), *at.T)[2]
            near = far[away <= away.min() + 30] / 1_000
            if near.max() < asked.from_km - 0.03 or near.min() > asked.to_km + 0.03:
                assert not mask[n]
            elif asked.from_km + 0.03 <= near.min() and near.max() <= asked.to_km - 0.03:
                assert mask[n]


def _stepped(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places along a path some 30 m apart, and how many metres along it each lies."""
    at, far, gone = [], [], 0.0
    for (lon, lat), (to_lon, to_lat) in pairwise(path):
        metres = EARTH.inv(lon, lat, to_lon, to_lat)[2]
        count = int(metres // 30) + 2
        at.append(np.array(EARTH.npts(lon, lat, to_lon, to_lat, count, initial_idx=0, terminus_idx=0)))
        far.append(gone + np.linspace(0, metres, count))
        gone += metres
    return np.concatenate(at), np.concatenate(far)


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    made = filled(tmp_path_factory.mktemp("nearby"))
    yield made
    made.close()


def filled(folder: Path) -> Mission:
    made = missions.empty(folder / "mission")
    stated = [("ceasefire_lines", "LineString", LINE, {"id": "line", "name": "The line"})]
    stated += [("positions", "Point", list(at), {"id": of, "name": of.upper()}) for of, at in POSTS.items()]
    stated += [("settlements", "Point", list(at), {"id": of, "name": of.title()}) for of, at in TOWNS.items()]
    for layer, kind, at, said in stated:
        state(made, layer, kind, at, said)
    rows = [missions.row(n, longitude=f"{60.6 + n / 50:.6f}", latitude=f"{-20.15 + n / 150:.6f}") for n in range(45)]
    assert made.desk().submit("incidents", missions.csv_file(folder / "in.csv", rows)).new == 45
    return made


def state(mission: Mission, layer: str, kind: str, at: list[object], said: dict[str, str]) -> None:
    path = missions.geojson_file(mission.folder / "in.geojson", [(kind, at, said)])
    receipt = mission.desk().submit(layer, path)
    assert receipt.new + receipt.changed == 1


def test_the_same_number_everywhere(mission: Mission, tmp_path: Path) -> None:
    desk, path = mission.desk(), tmp_path / "all.csv"
    desk.export("incidents", path, missions.ALL)
    whole = exported.rows(path)
    meant = {
        "post=op": [row for row in whole if row["derived_position"] == "OP"],
        "post=hq,op": [row for row in whole if row["derived_position"] in ("OP", "HQ")],
        "settlement=quay": [row for row in whole if row["derived_settlement"] == "Quay"],
        "kp=line,20,60.5": [row for row in whole if 20 <= float(str(row["derived_line_km"])) <= 60.5],
        "kp=line,20,60.5&post=op": [
            row for row in whole if 20 <= float(str(row["derived_line_km"])) <= 60.5 and row["derived_position"] == "OP"
        ],
    }
    for n, (text, rows) in enumerate(meant.items()):
        view = desk.understood(parse(f"last=all&{text}"))
        ids = sorted(str(row["id"]) for row in rows)
        assert 0 < len(ids) < 45
        assert desk.counts(view)[0] == desk.summary(view)["count"] == desk.table(view, "incidents")["count"] == len(ids)
        assert int(desk.tile(view, "incidents", 0, 0, 0)[0].count.sum()) == len(desk.feed(view)["items"]) == len(ids)
        desk.export("incidents", tmp_path / f"{n}.csv", view)
        assert sorted(str(row["id"]) for row in exported.rows(tmp_path / f"{n}.csv")) == ids


def test_what_is_kept_is_said_in_words_and_in_the_file(mission: Mission, tmp_path: Path) -> None:
    desk, view = mission.desk(), parse("last=all&kp=line,20,60.5&settlement=quay&kind=firing")
    assert desk.words(view) == "KP 20 to 60.5 of The line · Kind: Firing · Nearest settlement: Quay"
    assert desk.near_words(view) == {"words": "KP 20 to 60.5 of The line · Nearest settlement: Quay"}
    desk.export("incidents", tmp_path / "out.csv", view)
    assert "KP 20 to 60.5 of The line" in exported.about(tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kp=line", "write line,from,to in kilometres, such as kp=line-1,100,115"),
        ("kp=,1,2", "write line,from,to in kilometres"),
        ("kp=line,1,2,3", "write line,from,to in kilometres"),
        ("kp=line,one,2", "names 'one', which is no kilometre"),
        ("kp=line,nan,2", "names 'nan', which is no kilometre"),
        ("kp=line,-1,2", "names '-1', which is no kilometre"),
        ("kp=line,1,20001", "from 0 to 20,000"),
        ("kp=line,115,100", "runs back from KP 115 to KP 100; write the lower one first"),
        ("kp=nowhere,1,2", "no line 'nowhere' in this mission; choose from the filter"),
        ("post=nowhere", "no post 'nowhere' in this mission; choose from the filter"),
        ("settlement=op", "no settlement 'op' in this mission; choose from the filter"),
    ],
)
def test_what_is_not_there_is_refused_in_a_clear_sentence(mission: Mission, text: str, said: str) -> None:
    with pytest.raises(MalformedView, match=said):
        mission.desk().understood(parse(f"last=all&{text}"))


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12),
    st.floats(0, 20_000),
    st.floats(0, 20_000),
)
def test_a_stretch_reads_back_whatever_the_line_is_called(line: str, one: float, other: float) -> None:
    asked = Chainage(line, *sorted((round(one, 3), round(other, 3))))
    view = replace(parse("last=all"), kp=asked)
    assert parse(view.text) == view
    assert parse(view.text).text == view.text


def test_thousands_of_settlements_are_searched_for_and_never_listed(tmp_path: Path) -> None:
    mission = missions.empty(tmp_path / "mission")
    many = [("Point", [60 + n / 1_000, -20.0], {"id": f"t{n}", "name": f"Town {n}"}) for n in range(3_000)]
    assert mission.desk().submit("settlements", missions.geojson_file(tmp_path / "in.geojson", many)).new == 3_000
    rows = [missions.row(n, longitude=f"{61 + n // 10 / 1_000:.6f}") for n in range(100)]
    mission.desk().submit("incidents", missions.csv_file(tmp_path / "in.csv", rows))
    desk, view = mission.desk(), parse("last=all&settlement=t5")
    assert "Town" not in str(desk.portrayal())
    (found,) = desk.near(view, {})["filters"]
    assert (found["name"], found["more"], len(found["choices"])) == ("settlement", 2_991, 9)
    assert found["choices"][0] == ["t5", "Town 5"]
    assert {code for code, _ in found["choices"][1:9]} < {f"t{1_000 + n}" for n in range(10)}, "those nearest to most"
    (found,) = desk.near(parse("last=all"), {"settlement": "  town 2999 "})["filters"]
    assert found["choices"] == [["t2999", "Town 2999"]]
    mission.close()


def test_what_a_viewer_may_not_see_is_no_filter_and_tells_nothing(tmp_path: Path) -> None:
    mission = filled(tmp_path)
    before = mission.desk(OPEN).counts(parse("last=all&post=op"))[0]
    state(mission, "positions", "Point", [61.0, -20.1], {"id": "secret", "name": "Hidden post", "marking": "CONFIDENTIAL"})
    hidden = {"id": "other", "name": "The line", "marking": "CONFIDENTIAL"}
    state(mission, "ceasefire_lines", "LineString", [[60.4, -19.0], [61.4, -19.0]], hidden)
    seen, own = mission.desk(), mission.desk(OPEN)
    assert seen.counts(parse("last=all&post=op"))[0] < before == own.counts(parse("last=all&post=op"))[0]
    for text in ("post=secret", "kp=other,0,500"):
        assert seen.counts(seen.understood(parse(f"last=all&{text}")))[0] > 0
        assert own.counts(parse(f"last=all&{text}"))[0] == 0
        assert seen.sheet(parse(f"last=all&{text}")).marking() == "CONFIDENTIAL"
        name = text.partition("=")[2].partition(",")[0]
        with pytest.raises(MalformedView) as told:
            own.understood(parse(f"last=all&{text}"))
        with pytest.raises(MalformedView) as of_none:
            own.understood(parse(f"last=all&{text}".replace(name, "none")))
        assert str(told.value).replace(name, "none") == str(of_none.value)
        assert "Hidden" not in str(own.near_words(parse(f"last=all&{text}")))
    assert "Hidden" not in str(own.near(missions.ALL, {"post": "hidden"}))
    assert own.sheet(parse("last=all&post=op")).marking() == "UNCLASSIFIED"
    assert seen.sheet(parse("last=all&post=op")).marking() == "CONFIDENTIAL", "that no hidden post is nearer"
    assert own.near(missions.ALL, {})["lines"] == [["line", "The line", 158.7]]
    mission.close()


def test_what_was_known_then_is_filtered_by_what_was_known_then() -> None:
    with tempfile.TemporaryDirectory() as folder:
        mission = filled(Path(folder))
        then = missions.NOW
        texts = ("post=op", "post=hq", "settlement=quay", "kp=line,20,60.5")
        before = [mission.desk().counts(parse(f"last=all&{text}"))[0] for text in texts]
        mission.clock = lambda: then + timedelta(hours=1)
        state(mission, "positions", "Point", [61.0, -19.0], {"id": "op", "name": "OP"})
        state(mission, "settlements", "Point", [61.2, -18.0], {"id": "quay", "name": "Quay"})
        state(mission, "ceasefire_lines", "LineString", LINE[::-1], {"id": "line", "name": "The line"})
        desk, known = mission.desk(), f"last=all&known={then:%Y-%m-%dT%H:%MZ}"
        views = [desk.understood(parse(f"{known}&{text}")) for text in texts]
        assert [desk.counts(view)[0] for view in views] == before
        assert [desk.table(view, "incidents")["count"] for view in views] == before
        after = [desk.counts(parse(f"last=all&{text}"))[0] for text in texts]
        assert all(now != was for now, was in zip(after, before, strict=True))
        mission.close()


def test_a_kept_answer_keeps_its_stretch(tmp_path: Path) -> None:
    mission = filled(tmp_path)
    desk = mission.desk()
    view = parse("last=all&where=incidents,within,ceasefire_lines,20000&kp=line,20,60.5&post=op")
    count = desk.counts(view)[0]
    name = desk.keep("Near the post", view)
    assert 0 < count == desk.sheet(missions.ALL).count(desk.layer(name)) < 45
    assert mission.desk(OPEN).layer(name).title == "Near the post"
    state(mission, "positions", "Point", list(POSTS["op"]), {"id": "op", "name": "OP", "marking": "CONFIDENTIAL"})
    assert name not in {of.id for of in mission.desk(OPEN).layers()}, "it names what is hidden now"
    mission.close()
