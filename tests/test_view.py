"""A view has one spelling, and reads back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import MalformedView
from layers.model import Relation, View, parse

NOW = datetime(2026, 11, 23, 7, 12, 30, tzinfo=UTC)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
codes = st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12), min_size=1, max_size=4)


@given(st.dictionaries(st.sampled_from(["kind", "party", "severity", "sector"]), codes), moments, st.integers(1, 10**6))
def test_a_view_reads_back_from_its_text(filters: dict[str, list[str]], start: datetime, seconds: int) -> None:
    view = View(start=start, end=start + timedelta(seconds=seconds), hidden=("zones",))
    for name, values in filters.items():
        view = view.only(name, tuple(values))
    assert parse(view.text) == view
    assert parse(parse(view.text).text).text == view.text


def test_a_view_runs_by_when_things_occurred_unless_it_says_otherwise() -> None:
    assert parse("by=occurred&last=7d") == parse("last=7d")
    assert parse("last=7d&by=occurred").text == "last=7d"
    late = parse("by=recorded&known=2026-11-23T07:00Z&from=2026-11-23T06:00Z")
    assert late.text == "from=2026-11-23T06:00:00Z&by=recorded&known=2026-11-23T07:00:00Z"
    assert (late.by, late.window(NOW, NOW).by, parse("").window(NOW, NOW).by) == ("recorded", "recorded", "occurred")


@pytest.mark.parametrize(
    "text",
    [
        "by=reported",
        "last=25",
        "last=0h",
        "from=yesterday",
        "from=2026-01-01T00:00",
        "bbox=1,2,3",
        "bbox=1,2,3,400",
        "K=a",
        "last=1h&last=2h",
        "from=2026-02-01T00:00Z&to=2026-01-01T00:00Z",
        "x" * 3000,
        "<img onerror=1>=2",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
        "known=0001-01-01T00:00Z",
        "known=1899-12-31T23:59Z",
        "to=2200-01-01T00:00Z",
        "from=1900-01-01T00:00%2B00:01",
        "&".join(f"{'a' * n}=1" for n in range(1, 41)) + "&last=all",
    ],
)
def test_a_malformed_view_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(MalformedView) as told:
        parse(text)
    assert "\n" not in str(told.value)


@given(st.text(max_size=200))
def test_any_text_is_a_view_or_is_refused(text: str) -> None:
    try:
        view = parse(text)
    except MalformedView:
        return
    assert parse(view.text) == view


def test_a_relative_window_starts_on_a_whole_minute_and_does_not_end() -> None:
    window = parse("last=1h").window(NOW, NOW)
    assert window.start == datetime(2026, 11, 23, 6, 12, tzinfo=UTC)
    assert window.end is None


def test_a_view_reaches_from_1900_to_2199_and_has_forty_parts() -> None:
    assert parse("from=1900-01-01T00:00Z&to=2199-12-31T23:59Z").text == "from=1900-01-01T00:00:00Z&to=2199-12-31T23:59:00Z"
    assert len(parse("&".join(f"{'a' * n}=1" for n in range(1, 41))).filters) == 40


def test_no_codes_lift_a_filter() -> None:
    assert parse("kind=firing").only("kind", ()) == parse("")


def test_no_metres_have_one_spelling() -> None:
    assert parse("where=incidents,within,zones,-0").text == parse("where=incidents,within,zones").text


def test_a_relation_reads_back_whatever_a_feature_is_called() -> None:
    named = "where=incidents,within,zones,1000," + quote(quote("a, b & c=ü", safe=""), safe=",:")
    view = parse(f"last=7d&{named}")
    assert view.where == Relation("incidents", "within", "zones", 1000.0, "a, b & c=ü")
    assert parse(view.text) == view


@pytest.mark.parametrize(
    "text",
    [
        "incidents,within",
        "incidents,near,zones,5",
        "incidents,within,zones,-1",
        "incidents,within,zones,nan",
        "incidents,within,zones,1e-6",
        "incidents,within,zones,1e-300",
        "incidents,within,zones,500001",
        "incidents,within,../zones,5",
        "incidents,side,ceasefire_lines,0",
        "incidents,inside,zones,0,,A",
        "incidents,within,zones,5," + "x" * 201,
    ],
)
def test_a_relation_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MalformedView, match="where"):
        parse(f"where={text}")
