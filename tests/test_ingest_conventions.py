"""Dates, numbers and places as files write them: decided by the column, said aloud, never guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.desk import Mission
from layers.model import Receipt, parse
from layers.notation import dates, format_mgrs
from tests import missions

ALL = parse("last=all")
DAYS = st.dates(date(1971, 1, 1), date(2025, 12, 30))
HEAD = ["id", "kind", "occurred_at", "longitude", "latitude", "casualties_best", "precision_m"]


def table(path: Path, rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD, separator: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows([head, *rows])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def row(number: int, when: str = "2025-11-23", **cells: str) -> list[str]:
    return [
        cells.get(name, usual) for name, usual in zip(HEAD, (f"r{number}", "firing", when, "61.5", "-20.5", "", ""), strict=True)
    ]


def held(mission: Mission) -> dict[str, dict[str, object]]:
    return {str(of["id"]): dict(of) for _, of in mission.desk().sheet(ALL).features("incidents").iterrows()}


def reasons(receipt: Receipt) -> set[str]:
    return {fault.kind for fault in receipt.refused}


@settings(max_examples=200, deadline=None)
@given(DAYS, st.sampled_from("/.-"), st.booleans(), st.booleans())
def test_a_date_means_the_same_in_either_order_once_it_is_said(day: date, mark: str, day_first: bool, padded: bool) -> None:
    parts = [f"{day.day:02}", f"{day.month:02}"] if padded else [str(day.day), str(day.month)]
    text = mark.join([*(parts if day_first else parts[::-1]), str(day.year)])
    assert dates.rewritten(text, day_first) == day.isoformat()
    untold = dates.rewritten(text)
    assert untold in (text, day.isoformat())
    assert (untold == text) == dates.two_days(text) == (day.day <= 12 and day.day != day.month)


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2068, 12, 30)),
    st.sampled_from(["%d %b %Y", "%d-%b-%y", "%B %d, %Y", "%Y/%m/%d", "%d %B %Y"]),
)
def test_named_months_and_years_in_front_leave_no_doubt(moment: datetime, form: str) -> None:
    assert dates.rewritten(moment.strftime(form)) == moment.date().isoformat()
    clock = moment.strftime(form + " %I:%M:%S %p")
    assert dates.rewritten(clock) == moment.replace(microsecond=0).isoformat()


@settings(max_examples=200, deadline=None)
@given(st.integers(20_000, 79_999), st.integers(0, 86_399))
def test_a_spreadsheets_day_is_counted_from_its_own_zero(day: int, second: int) -> None:
    expected = datetime(1899, 12, 30) + timedelta(days=day, seconds=second)
    found = dates.from_spreadsheet(f"{day + second / 86_400:.9f}")
    assert datetime.fromisoformat(found) == expected


@settings(max_examples=30, deadline=None)
@given(days=st.lists(DAYS, min_size=1, max_size=12), day_first=st.booleans())
def test_a_column_is_read_in_the_order_that_one_of_its_dates_gives_away(
    days: list[date], day_first: bool, tmp_path_factory
) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("dates")
    mission = missions.empty(folder / "mission")
    form = "%d/%m/%Y" if day_first else "%m/%d/%Y"
    receipt = mission.desk().submit(
        "incidents", table(folder / "a.csv", [row(n, day.strftime(form)) for n, day in enumerate(days)])
    )
    doubtful = [day for day in days if day.day <= 12 and day.day != day.month]
    if any(day.day > 12 for day in days) or not doubtful:
        assert [held(mission)[f"r{n}"]["occurred_at"] for n in range(len(days))] == [f"{day}T00:00:00Z" for day in days]
    else:
        assert (receipt.refused_rows, reasons(receipt)) == (len(doubtful), {"day_month"})
    mission.close()


def test_a_column_that_is_both_refuses_what_may_be_either(mission: Mission, tmp_path: Path) -> None:
    rows = [row(1, "23/04/2025"), row(2, "04/23/2025"), row(3, "05/04/2025"), row(4, "05/05/2025")]
    found = mission.desk().check("incidents", table(tmp_path / "a.csv", rows))
    assert [(fault.row, fault.kind) for fault in found.receipt.refused] == [(3, "day_month")]
    assert "Some dates are day first" in found.proposal.said[0]
    assert [mend.rows for mend in found.mends] == [1, 1]


@pytest.mark.parametrize(("choice", "day"), [(0, "2025-04-05"), (1, "2025-05-04")])
def test_either_order_can_be_said(mission: Mission, tmp_path: Path, choice: int, day: str) -> None:
    path = table(tmp_path / "a.csv", [row(1, "05/04/2025")])
    found = mission.desk().check("incidents", path)
    assert mission.desk().submit("incidents", path, mapping=found.mends[choice].mapping).new == 1
    assert held(mission)["r1"]["occurred_at"] == f"{day}T00:00:00Z"


def test_a_time_without_a_zone_is_asked_and_both_answers_hold(tmp_path: Path) -> None:
    for n, (choice, hour) in enumerate(((0, "07"), (1, "05"))):
        mission = missions.empty(tmp_path / f"mission{n}", timezone="Africa/Johannesburg")
        path = table(tmp_path / "a.csv", [row(1, "2025-11-23T07:15:00")])
        found = mission.desk().check("incidents", path)
        assert (found.receipt.new, reasons(found.receipt), len(found.mends)) == (0, {"no_zone"}, 2)
        mission.desk().submit("incidents", path, mapping=found.mends[choice].mapping)
        assert held(mission)["r1"]["occurred_at"] == f"2025-11-23T{hour}:15:00Z"
        mission.close()


def test_a_decimal_comma_is_told_by_the_places_and_thousands_are_asked(mission: Mission, tmp_path: Path) -> None:
    rows = [
        row(1, longitude="61,5", latitude="-20,25", precision_m="1,5"),
        row(2, longitude="61,75", latitude="-20,5", precision_m="1.234,5"),
    ]
    assert mission.desk().submit("incidents", table(tmp_path / "a.csv", rows, separator=";")).new == 2
    assert [held(mission)[name]["precision_m"] for name in ("r1", "r2")] == [1.5, 1234.5]
    other = table(tmp_path / "b.csv", [row(3, casualties_best="1,234")])
    found = mission.desk().check("incidents", other)
    assert (reasons(found.receipt), len(found.mends)) == ({"comma"}, 2)
    mission.desk().submit("incidents", other, mapping=found.mends[1].mapping)
    assert held(mission)["r3"]["casualties_best"] == 1234


def test_what_nobody_knows_is_blank(mission: Mission, tmp_path: Path) -> None:
    rows = [row(n, casualties_best=text) for n, text in enumerate(("N/K", "nk", "n/a", "-", "?", "unknown"))]
    assert mission.desk().submit("incidents", table(tmp_path / "a.csv", rows)).new == 6
    assert {str(of["casualties_best"]) for of in held(mission).values()} <= {"nan", "None", "<NA>"}


def test_exchanged_axes_are_mended_only_where_most_rows_then_lie_in_the_area(mission: Mission, tmp_path: Path) -> None:
    swapped = [row(n, longitude="-20.5", latitude="61.5") for n in range(3)]
    path = table(tmp_path / "a.csv", swapped)
    found = mission.desk().check("incidents", path)
    (mend,) = found.mends
    assert (mend.words, mend.rows) == ("Exchange longitude and latitude", 3)
    mission.desk().submit("incidents", path, mapping=mend.mapping)
    assert mission.desk().sheet(ALL).features("incidents").geometry.x.tolist() == [61.5] * 3
    fewer = table(tmp_path / "b.csv", [*swapped, *(row(n) for n in range(4, 9))])
    assert mission.desk().check("incidents", fewer).mends == ()


def test_metres_without_a_zone_are_asked_and_the_missions_own_is_offered(mission: Mission, tmp_path: Path) -> None:
    west, south, east, north = mission.configuration.box
    zone = str(format_mgrs([(west + east) / 2], [(south + north) / 2])[0])[:3]
    head = ["id", "kind", "occurred_at", "easting", "northing"]
    path = table(tmp_path / "a.csv", [["r1", "firing", "2025-11-23", "341000", "7732000"]], head)
    found = mission.desk().check("incidents", path)
    assert reasons(found.receipt) == {"no_utm_zone"}
    (mend,) = found.mends
    assert mend.words.endswith(zone)
    assert mission.desk().submit("incidents", path, mapping=mend.mapping).new == 1
    assert held(mission)["r1"]["kind"] == "firing"


def test_refused_rows_come_as_a_table_that_goes_in_once_it_is_mended(mission: Mission, tmp_path: Path) -> None:
    rows = [row(1), row(2, "never"), row(3, latitude="99"), row(4, kind="=cmd()", when="soon")]
    path = table(tmp_path / "a.csv", rows)
    desk = mission.desk()
    receipt = desk.submit("incidents", path)
    assert (receipt.new, receipt.refused_rows) == (1, 3)
    text = desk.refused("incidents", path, receipt)
    found = list(csv.reader(io.StringIO(text)))
    assert found[0] == [*HEAD, f"refused because ({mission.configuration.default_marking})"]
    assert [line[0] for line in found[1:]] == ["r2", "r3", "r4"]
    assert found[3][1] == "'=cmd()"
    assert all(line[-1] for line in found[1:])
    mended = tmp_path / "b.csv"
    mended.write_text(
        text.replace("never", "2025-11-23").replace("soon", "2025-11-23").replace(",99,", ",-20.1,"), encoding="utf-8"
    )
    again = desk.submit("incidents", mended)
    assert (again.new, again.refused) == (3, ())
    assert held(mission)["r4"]["kind"] == "=cmd()"


@pytest.mark.parametrize(
    ("when", "reported", "moment"),
    [
        ("051015Z", "", "2025-12-05T10:15:00Z"),  # now is 1200Z on 1 January 2026
        ("301015Z", "", "2025-12-30T10:15:00Z"),
        ("011200Z", "", "2026-01-01T12:00:00Z"),
        ("011201Z", "", "2025-12-01T12:01:00Z"),
        ("051015Z NOV", "", "2025-11-05T10:15:00Z"),
        ("051015Z", "2025-09-06", "2025-09-05T10:15:00Z"),
        ("061015Z", "2025-09-06", "2025-09-06T10:15:00Z"),
        ("071015Z", "2025-09-06T12:00Z", "2025-08-07T10:15:00Z"),
    ],
)
def test_a_group_without_its_month_is_the_last_such_day_before_the_report_or_now(
    mission: Mission, tmp_path: Path, when: str, reported: str, moment: str
) -> None:
    rows = [[*row(1, when), reported], [*row(2, "2025-08-01T10:00Z"), ""]]
    receipt = mission.desk().submit("incidents", table(tmp_path / "a.csv", rows, [*HEAD, "reported_at"]))
    assert (receipt.new, receipt.refused) == (2, ())
    assert held(mission)["r1"]["occurred_at"] == moment
    said = [(remark.row, remark.field) for remark in receipt.remarks if "does not give its whole date" in remark.reason]
    assert said == [(1, "occurred_at")]


def test_a_plan_without_its_month_may_lie_ahead(mission: Mission, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [["p1", "021015Z", "LINESTRING (61 -20, 62 -20)"]], ["id", "starts_at", "wkt"])
    assert mission.desk().submit("patrol_routes", path).new == 1
    (route,) = [dict(of) for _, of in mission.desk().sheet(ALL).features("patrol_routes").iterrows()]
    assert route["starts_at"] == "2026-01-02T10:15:00Z"
