"""Tables on their way in: every row is stored or refused by number, field and reason."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.desk import Mission
from layers.errors import UnreadableFile
from layers.model import View
from tests import missions
from tests.tables import PLACES, accounted, given_rows, held, submitted, table


def test_the_same_file_twice_adds_nothing_and_equal_rows_stay_two(mission: Mission) -> None:
    rows = [missions.row(1, id=""), missions.row(1, id=""), missions.row(2), missions.row(3, id="", text="other")]
    assert given_rows(mission, rows).new == 4
    again = given_rows(mission, rows)
    assert (again.new, again.changed, again.unchanged, again.batch) == (0, 0, 4, None)
    rows[2]["text"] = "corrected"
    assert (lambda r: (r.new, r.changed, r.unchanged))(given_rows(mission, rows)) == (0, 1, 3)


def test_a_dry_run_says_the_same_and_stores_nothing(mission: Mission) -> None:
    data = table(missions.TEMPLATE, [missions.row(1), missions.row(2, occurred_at="never")])
    dry = submitted(mission, data, dry_run=True)
    assert (dry.batch, mission.store.version(), held(mission)) == (None, 0, [])
    real = submitted(mission, data)
    assert (dry.new, dry.refused) == (real.new, real.refused) == (1, dry.refused)


BAD = [
    ("occurred_at", "yesterday", "occurred_at", "yesterday"),
    ("occurred_at", "2026-02-30T10:00Z", "occurred_at", "2026-02-30"),
    ("occurred_at", "", "occurred_at", "required"),
    ("reported_at", "99:99", "reported_at", "99:99"),
    ("longitude", "", "longitude", "required"),
    ("longitude", "east", "longitude", "east"),
    ("latitude", "91", "position", "no place on the earth"),
    ("longitude", "1e300", "position", "no place on the earth"),
    ("latitude", "nan", "latitude", "'nan' is no latitude"),
    ("latitude", "<b>x</b>", "latitude", "'<b>x</b>' is no latitude; write degrees"),
    ("latitude", "", "latitude", "required"),
    ("longitude", "61 30 q", "longitude", "'61 30 q' is no longitude; write degrees"),
    ("latitude", "20°15'E", "latitude", "is no latitude"),
    ("kind", "", "kind", "required"),
    ("severity", "extreme", "severity", "low, medium, high"),
    ("reliability", "Z", "reliability", "'Z' is not one of"),
    ("credibility", "7", "credibility", "'7' is not one of"),
    ("marking", "COSMIC", "marking", "UNCLASSIFIED"),
    ("precision_m", "near", "precision_m", "not a number"),
    ("precision_m", "-1", "precision_m", "out of bounds"),
    ("casualties_best", "1.5", "casualties_best", "whole number"),
    ("casualties_low", "-2", "casualties_low", "out of bounds"),
    ("casualties_low", "1e999", "casualties_low", "not a number"),
]


@pytest.mark.parametrize(("field", "text", "blamed", "reason"), BAD)
def test_a_bad_cell_refuses_its_row_by_name_and_no_other(
    mission: Mission, field: str, text: str, blamed: str, reason: str
) -> None:
    receipt = given_rows(mission, [missions.row(1), missions.row(2, **{field: text}), missions.row(3)])
    assert (receipt.new, receipt.refused_rows) == (2, 1)
    assert [(fault.row, fault.field) for fault in receipt.refused] == [(2, blamed)]
    assert reason in receipt.refused[0].reason
    assert {record["id"] for record in held(mission)} == {"r1", "r3"}


def test_every_fault_of_a_row_is_told_at_once(mission: Mission) -> None:
    receipt = given_rows(mission, [missions.row(1, occurred_at="x", severity="y", longitude="", casualties_high="z")])
    assert {fault.field for fault in receipt.refused} == {"occurred_at", "severity", "longitude", "casualties_high"}
    assert receipt.refused_rows == 1


def test_estimates_that_fall_and_intervals_that_end_early_are_refused(mission: Mission) -> None:
    wrong = missions.row(1, casualties_low="3", casualties_best="2", casualties_high="4")
    assert given_rows(mission, [wrong]).refused[0].field == "casualties_best"
    zone = {"id": "z", "wkt": PLACES["area"][0], "valid_from": "2026-01-02T00:00Z", "valid_to": "2026-01-01T00:00Z"}
    assert submitted(mission, table(list(zone), [zone]), "zones").refused[0].field == "valid_to"


@pytest.mark.parametrize(
    "wkt",
    ["", "POINT (61 -20)", "POLYGON ((1 2", "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", "POLYGON EMPTY", "x" * 999]
    + [f"POLYGON ((61 -20, {far}, 62 -21, 61 -20))" for far in ("1e300 -20", "62 95", "nan -20")],
)
def test_a_shape_that_is_none_or_lies_nowhere_is_refused_and_the_next_row_goes_in(mission: Mission, wkt: str) -> None:
    rows = [{"id": "bad", "wkt": wkt}, {"id": "good", "wkt": PLACES["area"][0]}]
    receipt = submitted(mission, table(["id", "wkt"], rows), "zones")
    assert (receipt.new, [(fault.row, fault.field) for fault in receipt.refused]) == (1, [(1, "wkt")])


def test_what_is_odd_but_possible_is_kept_and_flagged(mission: Mission) -> None:
    odd = {
        "outside_area": {"longitude": "10", "latitude": "50"},
        "null_island": {"longitude": "0", "latitude": "0"},
        "swapped_axes": {"longitude": "-20", "latitude": "61"},
        "unknown_kind": {"kind": "balloon"},
        "in_the_future": {"occurred_at": "2026-02-01T00:00Z", "reported_at": ""},
        "reported_early": {"reported_at": "2025-12-31T00:00Z"},
    }
    receipt = given_rows(mission, [missions.row(n, id=name, **cells) for n, (name, cells) in enumerate(odd.items())])
    assert (receipt.new, receipt.refused) == (6, ())
    assert {remark.row for remark in receipt.remarks} == set(range(1, 7))
    stored = mission.store.current("incidents", list(odd))
    for name, payload in zip(stored.feature, stored.payload, strict=True):
        assert json.loads(payload)["flags"] == [name]


def test_a_file_of_flagged_and_plain_rows_keeps_each_with_its_own_flags(mission: Mission) -> None:
    rows = [
        missions.row(n, kind="balloon" if n % 3 == 0 else "firing", longitude="10" if n % 4 == 0 else "61") for n in range(24)
    ]
    assert given_rows(mission, rows).new == 24
    stored = mission.store.current("incidents", [f"r{n}" for n in range(24)])
    for name, payload in zip(stored.feature, stored.payload, strict=True):
        n = int(name[1:])
        wanted = ["outside_area"] * (n % 4 == 0) + ["unknown_kind"] * (n % 3 == 0)
        assert json.loads(payload).get("flags", []) == wanted


cells = st.one_of(
    st.just({}),
    st.just({"id": ""}),
    st.sampled_from([{field: text} for field, text, *_ in BAD]),
    st.sampled_from([{"text": "changed"}, {"kind": "balloon"}, {"longitude": "10"}, {"text": 'a,\n"b'}]),
)


@settings(max_examples=25, deadline=None)
@given(files=st.lists(st.lists(st.tuples(st.integers(0, 5), cells), min_size=1, max_size=12), min_size=1, max_size=3))
def test_every_row_in_is_in_exactly_one_of_the_five(files: list[list[tuple[int, dict[str, str]]]]) -> None:
    bad = [{field: text} for field, text, *_ in BAD]
    with TemporaryDirectory() as folder:
        mission = missions.empty(Path(folder) / "m")
        try:
            for rows in files:
                made, first = [missions.row(number, **change) for number, change in rows], dict[str, dict[str, str]]()
                receipt = given_rows(mission, made)
                assert accounted(receipt) == len(rows)
                sound = [(n, row) for n, (row, (_, change)) in enumerate(zip(made, rows, strict=True), 1) if change not in bad]
                taken = {n for n, row in sound if not row["id"] or first.setdefault(row["id"], row) == row}
                assert {fault.row for fault in receipt.refused} == {*range(1, len(rows) + 1)} - taken
                again = given_rows(mission, made)
                assert (accounted(again), again.refused) == (len(rows), receipt.refused)
            assert mission.desk().verify().ok
        finally:
            mission.close()


def test_a_view_of_everything_holds_what_the_receipt_says(mission: Mission) -> None:
    receipt = given_rows(mission, [missions.row(n, severity="bad" if n % 2 else "high") for n in range(10)])
    assert receipt.new == mission.desk().sheet(View(last="all")).count(mission.desk().layer("incidents")) == 5


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("position", "40KDC9543988449"),
        ("grid", "40KDC 95439 88449"),
        ("utm", "40K 495439 7788449"),
        ("position", "20°00'02.2\"S 056°57'23.0\"E"),
        ("coordinates", "20 00.037 S, 056 57.384 E"),
    ],
)
def test_a_position_is_read_as_the_field_writes_it(mission: Mission, column: str, text: str) -> None:
    row = {name: cell for name, cell in missions.row(1).items() if name not in ("longitude", "latitude", "precision_m")}
    receipt = submitted(mission, table([*row, column], [row | {column: text}, row | {"id": "r2", column: "nowhere"}]))
    assert (receipt.new, [(fault.row, fault.field) for fault in receipt.refused]) == (1, [(2, column)])
    stored = mission.store.current("incidents", ["r1"])
    assert (stored.lon[0], stored.lat[0]) == pytest.approx((56.9564, -20.00062), abs=2e-5)


def test_times_are_read_as_date_time_groups(mission: Mission) -> None:
    spelled = ["011000ZJAN26", "01 1000Z JAN 26", "011400DJAN2026", "2026-01-01T14:00:00+04:00", "2026-01-01 10:00Z"]
    rows = [missions.row(n, occurred_at=text) for n, text in enumerate(spelled)]
    assert given_rows(mission, rows).refused == ()
    assert {str(record["occurred_at"]) for record in held(mission)} == {"2026-01-01T10:00:00Z"}


def test_where_takes_only_its_rows_and_the_others_are_no_part_of_the_submission(mission: Mission) -> None:
    rows = [missions.row(n, party="AB"[n % 2], severity="bad" if n == 3 else "low") for n in range(6)]
    receipt = submitted(mission, table(missions.TEMPLATE, rows), where=[("PARTY", "B")])
    assert (receipt.new, [fault.row for fault in receipt.refused]) == (2, [4])
    both = submitted(mission, table(missions.TEMPLATE, rows), where=[("party", "A"), ("id", "r2")])
    assert (accounted(both), both.new) == (1, 1)
    with pytest.raises(UnreadableFile, match="'side', which is no column"):
        submitted(mission, table(missions.TEMPLATE, rows), where=[("side", "A")])


def test_set_stands_in_place_of_what_the_file_says_and_is_checked_like_it(mission: Mission) -> None:
    data = table(missions.TEMPLATE, [missions.row(1, source="patrol", marking="")])
    assert submitted(mission, data, assign=[("source", "=cell"), ("marking", "CONFIDENTIAL")]).new == 1
    assert [(r["source"], r["marking"]) for r in held(mission)] == [("=cell", "CONFIDENTIAL")]
    assert submitted(mission, data, assign=[("marking", "COSMIC")]).refused[0].field == "marking"
    with pytest.raises(UnreadableFile, match="'colour', which is no field"):
        submitted(mission, data, assign=[("colour", "red")])
    with pytest.raises(UnreadableFile, match="no dialect 'klingon'; there are: ucdp"):
        submitted(mission, data, dialect="klingon")


def test_two_bad_cells_of_a_place_are_each_told_under_their_own_column(mission: Mission) -> None:
    path = mission.folder / "in.csv"
    rows = "a,firing,2026-01-01T10:00Z,x,y\nb,firing,2026-01-01T10:00Z,20°S,21°S\n"
    path.write_text(f"Ref,Type,Date,Latitude,Longitude\n{rows}", encoding="utf-8")
    faults = mission.desk().submit("incidents", path).refused
    assert [(fault.row, fault.field, fault.reason.split(";")[0]) for fault in faults] == [
        (1, "Latitude", "'x' is no latitude"),
        (1, "Longitude", "'y' is no longitude"),
        (2, "Longitude", "'20°S 21°S' names the same axis twice"),
    ]
