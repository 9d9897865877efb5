"""Rates over time and by group: observed time against looking every minute, unobserved steps without a rate, on page and in print."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from layers.analysis.patrols import Track, ways
from layers.analysis.rates import Post, rates, step_by_step
from layers.desk import Mission
from layers.desk.situation import Signed, situation
from layers.model import NO_TIME, parse
from layers.render import chart
from layers.serve import serve
from tests.missions import csv_file, empty, row
from tests.site import ROOT
from tests.test_coverage_desk import KM, Feature, made, submitted, track

MINUTE, HOUR = 60_000_000, 3_600_000_000
BEGIN = 1_795_000_000_000_000
MINUTES = st.integers(0, 600)


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    yield made
    made.close()


@given(
    tracks=st.lists(st.lists(MINUTES, min_size=2, max_size=5, unique=True).map(sorted), max_size=4),
    posts=st.lists(st.tuples(MINUTES, MINUTES), max_size=3),
    edges=st.lists(MINUTES, min_size=2, max_size=6, unique=True).map(sorted),
)
@settings(max_examples=40)
def test_observed_time_is_what_looking_every_minute_finds(
    tracks: list[list[int]], posts: list[tuple[int, int]], edges: list[int]
) -> None:
    driven = [Track(shapely.LineString([(n / 1000, 0) for n in range(len(at))]), BEGIN + np.array(at) * MINUTE) for at in tracks]
    stand = [Post(shapely.Point(0, 0), BEGIN + begin * MINUTE, BEGIN + end * MINUTE) for begin, end in posts]
    found = step_by_step(ways(driven), stand, BEGIN + np.array(edges) * MINUTE)
    known = [leg for at in tracks for leg in itertools.pairwise(at) if leg[1] - leg[0] <= 30]
    for n, (begin, end) in enumerate(itertools.pairwise(edges)):
        looking = range(begin, end)
        assert found.patrol_hours[n] == pytest.approx(sum(a <= m < b for m in looking for a, b in known) / 60, abs=1e-6)
        assert found.post_hours[n] == pytest.approx(sum(a <= m < b for m in looking for a, b in posts) / 60, abs=1e-6)
        km = sum((min(b, end) - max(a, begin)) / (b - a) * 0.11131949 for a, b in known if a < end and b > begin)
        assert found.patrol_km[n] == pytest.approx(km, rel=1e-6, abs=1e-9)


def test_a_post_of_all_time_stands_in_every_step() -> None:
    edges = BEGIN + np.array([0, 2, 3]) * HOUR
    found = step_by_step(ways([]), [Post(shapely.Point(0, 0), NO_TIME, NO_TIME)], edges)
    assert found.hours.tolist() == [2.0, 1.0]


def test_steps_and_sectors_that_nobody_observed_have_no_rate(mission: Mission, tmp_path: Path) -> None:
    desk = made(mission, tmp_path)
    desk.submit("incidents", csv_file(tmp_path / "in.csv", [row(n, longitude="62.02", latitude="-20.01") for n in range(3)]))
    found = desk.rated(parse("last=24h"), "hour")
    seen = [n for n, one in enumerate(found.steps) if one]
    edges = desk.trends(parse("last=24h")).edges
    assert len(seen) < len(found.steps)
    assert all(edges[n] < 1767258000000000 and edges[n + 1] > 1767254400000000 for n in seen), "it was driven from 08 to 09"
    assert found.observed == pytest.approx(1.0)
    assert found.total is not None
    assert found.total.best == pytest.approx(3.0)
    assert found.total.high == pytest.approx(float(rates(3, 1.0).high))
    by_way = desk.rated(parse("last=24h"), "100 km")
    assert by_way.observed == pytest.approx(KM / 100, rel=1e-3)
    assert {one.label: rate is not None for title, counts in found.groups if title == "Sector" for one, rate in counts} == {
        "East": False,
        "West": True,
    }
    elsewhere = desk.rated(parse("last=24h&bbox=62.1,-20.1,62.2,-19.9"), "hour")
    assert (elsewhere.observed, elsewhere.total) == (0.0, None)


def test_the_page_shows_rates_beside_counts(mission: Mission, tmp_path: Path) -> None:
    serve(mission)
    made(mission, tmp_path).submit("incidents", csv_file(tmp_path / "in.csv", [row(n, longitude="62.02") for n in range(3)]))
    shown = AppTest.from_file(str(ROOT / "pages" / "monitoring.py"), default_timeout=30)
    shown.query_params["v"] = "last=24h"
    shown.session_state["about"] = "Trends"
    shown.session_state["shown-as"] = "Per observed hour"
    shown.run()
    assert not shown.exception
    text = " ".join(element.value for element in shown.markdown)
    assert "reports per observed hour, of 1 hours in the view" in text
    assert "Not observed: no report is not calm" in text
    assert 'fill="url(#gl-unknown-' in text


def test_a_situation_report_tells_rates_and_where_nobody_observed(mission: Mission, tmp_path: Path) -> None:
    desk = made(mission, tmp_path)
    there: list[Feature] = [track(62.12, 62.16, "2025-12-03", "Elsewhere")]
    submitted(mission, tmp_path, "patrol_tracks", there)
    places = [("62.02", 3), ("62.14", 2)]
    reports = [row(10 * count + n, longitude=lon, latitude="-20.01") for lon, count in places for n in range(count)]
    desk.submit("incidents", csv_file(tmp_path / "in.csv", reports))
    told = situation(desk.sheet(parse("last=24h")), (61.9, -20.1, 62.2, -19.9), (), Signed("A"))
    [table] = [block for head in told.heads for block in head.blocks if "per observed hour" in getattr(block, "called", "")]
    cells = {line[0]: line[-1] for line in table.rows}  # type: ignore[union-attr]
    assert cells["East"] == "Not observed"
    assert cells["West"].startswith("3 (0.619 to 8.77)")


def test_a_chart_of_rates_draws_intervals_and_hatches_what_is_not_known() -> None:
    edges = [BEGIN + n * HOUR for n in range(5)]
    dots = chart.Dots(
        edges, [(1.0, 0.5, 1.5), None, (0.0, 0.0, 40.0), (2.0, 1.0, 3.0)], [False, False, False, True], "W<b>", "Not observed"
    )
    drawn = chart.rated(dots, 600, "Per <hour>")
    assert "W&lt;b&gt;" in drawn
    assert "<b>" not in drawn
    assert drawn.count("<circle") == 3
    assert drawn.count('fill-opacity=".45"') == 1
    assert ": Not observed" in drawn
    assert "0 (0 to 40)" in drawn
    assert "still coming in" in drawn
    assert "40" not in [text.split("<")[0] for text in drawn.split('text-anchor="end">')], (
        "the axis is not stretched by one open interval"
    )
    assert chart.rated(chart.Dots(edges, [None] * 4, [False] * 4, "", "Not observed"), 600, "x").count("<circle") == 0
