"""Times of every format: each moment as it is written, and as the record keeps it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import shapely

from layers.desk import Mission
from layers.model import parse
from tests import missions
from tests.formats import GPX, KML, TRACK, book, frame, text
from tests.reading import whole

ALL = parse("last=all")


def test_a_midnight_among_times_keeps_its_clock_and_a_date_among_dates_has_none(tmp_path: Path) -> None:
    early, late, day = dt.datetime(2026, 1, 1, 10, 30), dt.datetime(2026, 1, 3, 9), dt.datetime(2026, 1, 2)
    rows: list[list[object]] = [["times", "dates"], [early, day], [late, day], [day, late], ["soon", "03/04/2026"]]
    assert whole(book(tmp_path / "in.xlsx", ("Sheet", rows))).cells == [
        ["2026-01-01T10:30:00", "2026-01-02"],
        ["2026-01-03T09:00:00", "2026-01-02"],
        ["2026-01-02T00:00:00", "2026-01-03T09:00:00"],
        ["soon", "03/04/2026"],
    ]


def test_one_odd_cell_in_a_column_of_dates_spoils_only_itself(mission: Mission) -> None:
    clock, path = dt.time(8, 15), mission.folder / "in.xlsx"
    rows: list[list[object]] = [["Ref", "Type", "Date", "Time", "Latitude", "Longitude"]]
    rows += [[f"X{n}", "firing", dt.date(2025, 11, n), clock, -20.5, 61.5] for n in range(1, 5)]
    rows += [["X5", "firing", dt.datetime(2025, 11, 5, 9, 30), clock, -20.5, 61.5], ["X6", "firing", "soon", clock, -20.5, 61.5]]
    checked = mission.desk().check("incidents", book(path, ("Sheet", rows)))
    assert {fault.row for fault in checked.receipt.refused if fault.kind == "no_zone"} == {1, 2, 3, 4}
    receipt = mission.desk().submit("incidents", path, mapping=checked.mends[0].mapping)
    assert (receipt.new, {fault.row for fault in receipt.refused}) == (4, {5, 6})
    assert "has a time of day already" in receipt.refused[0].reason
    assert "'soon" in receipt.refused[1].reason
    found = mission.desk().sheet(missions.ALL).features("incidents")["occurred_at"]
    assert sorted(found) == [f"2025-11-0{n}T08:15:00Z" for n in range(1, 5)]


def test_a_tracks_times_go_the_whole_road(mission: Mission) -> None:
    path = text(mission.folder / "in.gpx", GPX.format(TRACK))
    assert mission.desk().submit("patrol_tracks", path).new == 1
    track = mission.desk().sheet(ALL).features("patrol_tracks").iloc[0]
    assert (track["started_at"], track["ended_at"]) == ("2026-01-01T10:00:00Z", "2026-01-01T10:02:00Z")
    assert mission.desk().submit("patrol_tracks", path).unchanged == 1


def test_times_with_an_offset_keep_their_moment_in_every_format(mission: Mission) -> None:
    point = [61, -20]
    usual = {"kind": "firing", "id": "a"}
    path = missions.geojson_file(
        mission.folder / "in.geojson", [("Point", point, usual | {"occurred_at": "2026-01-01T12:00:00+02:00"})]
    )
    assert mission.desk().submit("incidents", path).new == 1
    assert mission.desk().sheet(ALL).features("incidents")["occurred_at"].tolist() == ["2026-01-01T10:00:00Z"]


TIMES = (
    "2026-01-02T10:00:00Z",
    "2026-01-02T10:00Z",
    "2026-01-02T10:00+05:00",
    "2026-01-02T10:00:00-05:30",
    "2026-01-02T10:00:00.5+02:00",
    "2026-01-02T10:00:00+00:00",
    "2026-01-02",
    "2026-01",
    "2026/01/03",
    "2 January",
)
#: Where all of a column are such, GDAL takes it for times.
GUESSED = TIMES[:7]


def timed_geojson(path: Path) -> Path:
    return missions.geojson_file(path, [("Point", [61, -20], {"at": time}) for time in GUESSED])


def timed_lines(path: Path) -> Path:
    made = [
        f'{{"type":"Feature","geometry":{{"type":"Point","coordinates":[61,-20]}},"properties":{{"at":"{t}"}}}}' for t in GUESSED
    ]
    return text(path, "\n".join(made))


def timed_records(path: Path) -> Path:
    return text(path, timed_lines(path).read_text().replace('{"type":"Feature",', '\x1e{\n"type":"Feature",'))


def timed_kml(path: Path) -> Path:
    point = "<Point><coordinates>61,-20</coordinates></Point>"
    marks = (f"<Placemark><TimeStamp><when> {time} </when></TimeStamp>{point}</Placemark>" for time in TIMES)
    aside = "<!-- <when>2020</when> --><description><![CDATA[<when>2021</when>]]></description>"
    return text(path, KML.format(aside + "".join(marks)))


def timed_wide_kml(path: Path) -> Path:
    path.write_bytes(timed_kml(path).read_text().replace("UTF-8", "UTF-16").encode("utf-16"))
    return path


def timed_gpx(path: Path) -> Path:
    return text(path, GPX.format("".join(f'<wpt lat="-20" lon="61"><time>{time}</time></wpt>' for time in TIMES)))


def timed_package(path: Path, kind: str = "datetime") -> Path:
    frame(*[shapely.Point(61, -20)] * len(TIMES), a=range(len(TIMES))).to_file(path, engine="pyogrio", SPATIAL_INDEX="NO")
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"alter table {path.stem} add column at {kind}")
        db.executemany(f"update {path.stem} set at = ? where a = ?", [(time, n) for n, time in enumerate(TIMES)])
        db.commit()
    return path


def dated_package(path: Path) -> Path:
    return timed_package(path, "date")


@pytest.mark.parametrize(
    "make",
    [timed_geojson, timed_lines, timed_records, timed_kml, timed_wide_kml, timed_gpx, timed_package, dated_package],
)
def test_every_format_hands_on_its_times_as_they_are_written(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / f"timed.{'gpkg' if 'package' in make.__name__ else 'xyz'}")
    found = whole(path, "positions")
    at = next(n for n, name in enumerate(found.names) if name in ("at", "timestamp", "time"))
    assert tuple(cells[at] for cells in found.cells) == (TIMES if len(found.cells) > len(GUESSED) else GUESSED)
    assert found.faults == []


def test_a_time_without_seconds_keeps_its_zone_on_the_whole_road(mission: Mission) -> None:
    features = [("Point", [61, -20], {"id": "a", "kind": "firing", "occurred_at": "2026-01-01T10:00Z"})]
    assert mission.desk().submit("incidents", missions.geojson_file(mission.folder / "in.geojson", features)).refused == ()
    assert mission.desk().sheet(ALL).features("incidents")["occurred_at"].tolist() == ["2026-01-01T10:00:00Z"]


def gpx(path: Path, *tracks: str) -> Path:
    """Write tracks of a point every 0.01° of longitude; of each point the time of day, ``-`` for none."""

    def point(n: int, clock: str) -> str:
        time = f"<time>2026-01-01T{clock}Z</time>" if clock != "-" else ""
        return f'<trkpt lat="-20" lon="{61 + n / 100:.2f}">{time}</trkpt>'

    points = ("".join(point(n, clock) for n, clock in enumerate(track.split())) for track in tracks)
    return text(path, GPX.format("".join(f"<trk><name>P{n}</name><trkseg>{one}</trkseg></trk>" for n, one in enumerate(points))))


def test_what_is_odd_about_the_times_of_a_track_is_said_at_import_and_it_is_taken(mission: Mission) -> None:
    good, blank, one = "10:00:00 10:02:00 10:04:00", "- - -", "10:00:00 - -"
    some, back, leap = "10:00:00 - 10:05:00 -", "10:00:00 10:05:00 10:02:00", "10:00:00 10:05:00 10:05:05"
    receipt = mission.desk().submit("patrol_tracks", gpx(mission.folder / "in.gpx", good, blank, one, some, back, leap))
    assert (receipt.new, receipt.refused, receipt.remarked) == (6, (), 5)
    assert [(remark.row, remark.reason.split(";")[0]) for remark in receipt.remarks] == [
        (2, "has no times, so nobody knows when it was where"),
        (3, "2 of 3 points have no time, so nobody knows when it was where"),
        (4, "2 of 4 points have no time"),
        (5, "times run backwards at point 3"),
        (6, "leaps 1.0 km in 5 s, faster than 500 km/h, at point 3"),
    ]
    found = mission.desk().sheet(ALL).features("patrol_tracks").set_index("name")
    assert found["times"].fillna("").to_dict() == {
        "P0": "0 120 240",
        "P1": "",
        "P2": "",
        "P3": "0 300",
        "P4": "0 300 120",
        "P5": "0 300 305",
    }
    assert [len(line.coords) for line in found.sort_index().geometry] == [3, 3, 3, 2, 3, 3]
    faults = {one.name: one.faults for one in mission.desk().patrols(ALL).every}
    assert faults["P4"] == ("Its track runs backwards in time after fix 2, so none of it can be trusted",)
    assert (faults["P0"], faults["P3"]) == ((), ())


def test_a_file_of_tracks_that_have_no_times_at_all_says_so(mission: Mission) -> None:
    receipt = mission.desk().submit("patrol_tracks", gpx(mission.folder / "in.gpx", "- -"))
    assert (receipt.new, [remark.reason[:12] for remark in receipt.remarks]) == (1, ["has no times"])
    assert mission.desk().submit("patrol_routes", gpx(mission.folder / "plan.gpx", "- -")).remarks == ()


def test_points_of_a_track_whose_times_are_none_are_left_out_of_it(tmp_path: Path) -> None:
    track = TRACK.replace("2026-01-01T10:00:30Z", "2026-01-01").replace("2026-01-01T10:00:00Z", "2026-01-01T10:00Z")
    found = whole(text(tmp_path / "in.gpx", GPX.format(track)), "patrol_tracks")
    row = dict(zip(found.names, found.cells[0], strict=True))
    assert (row["started_at"], row["ended_at"], row["times"]) == ("2026-01-01T10:01:30.500000Z", "2026-01-01T10:02:00Z", "0 29.5")
