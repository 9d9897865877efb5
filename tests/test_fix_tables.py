"""Tables of fixes become tracks: every row is in one of them or refused with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.desk import Mission
from layers.ingest.fixes import MOST_KMH, Trace, sifted
from layers.model import parse
from layers.spatial.ground import EARTH
from tests.missions import NOW

SECOND = 1_000_000
DAY = parse("last=7d")
BEGAN = NOW - timedelta(hours=9)


def table(folder: Path, rows: Sequence[str], heads: str = "unit,time,lon,lat") -> Path:
    path = folder / "fixes.csv"
    path.write_text("\n".join([heads, *rows]) + "\n", encoding="utf-8")
    return path


def fix(patrol: str, minutes: float, lon: float, lat: float = -20.0) -> str:
    return f"{patrol},{BEGAN + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ},{lon},{lat}"


def trace(at: Sequence[float], lon: Sequence[float]) -> Trace:
    rows = np.arange(1, len(at) + 1)
    times = (np.array(at) * SECOND).astype(np.int64)
    return Trace("P", "", rows, times, np.array(lon, np.float64), np.full(len(at), -20.0), np.full(len(at), np.nan))


def shares(mission: Mission) -> dict[str, str]:
    tracks = mission.desk().sheet(DAY).features("patrol_tracks")
    return dict(zip(tracks.route, tracks.times, strict=True))


def test_the_rows_of_each_patrol_become_its_track_with_times(mission: Mission, tmp_path: Path) -> None:
    rows = [fix("S1/3", 0, 62.0), fix("S2/1", 0, 63.0), fix("S1/3", 5, 62.01), fix("S2/1", 10, 63.02), fix("S1/3", 9.5, 62.02)]
    receipt = mission.desk().submit("patrol_tracks", table(tmp_path, rows))
    assert (receipt.new, receipt.changed, receipt.unchanged, receipt.retracted, receipt.refused) == (5, 0, 0, 0, ())
    assert shares(mission) == {"S1/3": "0 300 570", "S2/1": "0 600"}
    tracks = mission.desk().sheet(DAY).features("patrol_tracks").set_index("route")
    assert shapely.to_wkt(tracks.geometry["S1/3"]) == "LINESTRING (62 -20, 62.01 -20, 62.02 -20)"
    assert datetime.fromisoformat(str(tracks.ended_at["S1/3"])) == BEGAN + timedelta(minutes=9.5)
    again = mission.desk().submit("patrol_tracks", table(tmp_path, rows))
    assert (again.new, again.changed, again.unchanged, again.batch) == (0, 0, 5, None)
    longer = mission.desk().submit("patrol_tracks", table(tmp_path, [*rows, fix("S1/3", 15, 62.03)]))
    assert (longer.new, longer.changed, longer.unchanged) == (0, 4, 2)


def test_rows_that_cannot_be_true_are_refused_by_number_and_the_rest_goes_in(mission: Mission, tmp_path: Path) -> None:
    rows = [
        fix("A", 0, 62.0),
        fix("A", 5, 62.01),
        fix("A", 3, 62.012),
        fix("A", 6, 63.5),
        fix("A", 10, 62.02),
        fix("A", 60 * 24 * 30, 62.03),
        "A,,62.02,-20",
        fix("A", 12, 62.02, 95),
        fix("", 13, 62.02),
        fix("A", 15, 62.03),
    ]
    receipt = mission.desk().submit("patrol_tracks", table(tmp_path, rows))
    reasons = {of.row: of.reason for of in receipt.refused}
    assert {row: reason[:34] for row, reason in reasons.items()} == {
        3: "2026-01-01T03:03:00Z is earlier th",
        4: "leaps 155.9 km in 60 s from the fi",
        6: "2026-01-31T03:00:00Z lies in the f",
        7: reasons[7][:34],
        8: reasons[8][:34],
        9: "is blank; patrol is required",
    }
    assert (receipt.new, len(reasons)) == (4, 6)
    assert shares(mission) == {"A": "0 300 600 900"}


def test_a_wrong_first_row_does_not_take_the_others_with_it(mission: Mission, tmp_path: Path) -> None:
    rows = [fix("A", 0, 10.0, 10.0), *(fix("A", n, 62 + n / 100) for n in range(1, 6))]
    receipt = mission.desk().submit("patrol_tracks", table(tmp_path, rows))
    assert (receipt.new, [of.row for of in receipt.refused]) == (5, [1])
    assert "to the fix after it" not in receipt.refused[0].reason
    assert "from the fix after it" in receipt.refused[0].reason


def test_a_table_that_stands_newest_first_is_read_from_its_end(mission: Mission, tmp_path: Path) -> None:
    receipt = mission.desk().submit("patrol_tracks", table(tmp_path, [fix("A", n, 62 + n / 100) for n in (9, 6, 3, 0)]))
    assert (receipt.new, receipt.refused) == (4, ())
    assert shares(mission) == {"A": "0 180 360 540"}


def test_a_patrol_that_was_silent_for_half_a_day_began_another_track(mission: Mission, tmp_path: Path) -> None:
    rows = [fix("A", n - 60 * 20, 62 + n / 100) for n in range(3)] + [fix("A", n, 62 + n / 100) for n in range(2)]
    assert mission.desk().submit("patrol_tracks", table(tmp_path, rows)).new == 5
    tracks = mission.desk().sheet(DAY).features("patrol_tracks")
    assert sorted(len(line.coords) for line in tracks.geometry) == [2, 3]
    assert len(mission.desk().patrols(DAY).every) == 2


def test_a_lone_fix_and_a_patrol_that_stood_are_tracks_too(mission: Mission, tmp_path: Path) -> None:
    rows = [fix("Lone", 0, 62.0), *(fix("Still", n, 62.5) for n in range(4))]
    assert mission.desk().submit("patrol_tracks", table(tmp_path, rows)).new == 5
    assert shares(mission) == {"Lone": "0 0", "Still": "0 60 120 180"}
    assert {of.name: of.faults for of in mission.desk().patrols(DAY).every} == {"Lone": (), "Still": ()}


@pytest.mark.parametrize(
    ("heads", "row"),
    [
        ("Call sign;DTG;Grid", "S1;311500Z DEC 25;41K NU 01401 16543"),
        ("patrol,date,time,latitude,longitude", "S1,2025-12-31,15:00:00Z,20°00.0'S,62°30.0'E"),
        ("vehicle,timestamp,lng,y,accuracy", "S1,2025-12-31T18:00:00+03:00,62.5,-20,12"),
    ],
)
def test_fixes_are_written_as_the_field_writes_them(mission: Mission, tmp_path: Path, heads: str, row: str) -> None:
    receipt = mission.desk().submit("patrol_tracks", table(tmp_path, [row], heads))
    assert (receipt.new, receipt.refused) == (1, ())
    (track,) = mission.desk().sheet(DAY).features("patrol_tracks").itertuples()
    assert datetime.fromisoformat(str(track.started_at)) == datetime(2025, 12, 31, 15, tzinfo=UTC)


def test_what_a_track_has_no_room_for_is_said(mission: Mission, tmp_path: Path) -> None:
    path = table(tmp_path, [f"{fix('A', n, 62 + n / 100)},{n}" for n in range(3)], "unit,time,lon,lat,heading")
    checked = mission.desk().check("patrol_tracks", path)
    assert checked.receipt.said[-1].endswith("Not kept: 'heading'.")
    assert (checked.receipt.new, checked.rows_in, checked.proposal.mapping.columns["patrol"]) == (3, 3, ("unit",))
    assert mission.desk().sheet(DAY).features("patrol_tracks").empty


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), min_size=1, max_size=14))
def test_what_is_kept_never_contradicts_itself_and_nothing_is_lost(steps: list[tuple[int, int]]) -> None:
    came = trace([60.0 * at for at, _ in steps], [62 + lon / 10 for _, lon in steps])
    kept, faults = sifted(came, 10**15)
    assert sorted([*kept.row.tolist(), *(of.row for of in faults)]) == list(range(1, len(steps) + 1))
    assert (np.diff(kept.at) >= 0).all()
    metres = EARTH.inv(kept.lon[:-1], kept.lat[:-1], kept.lon[1:], kept.lat[1:])[2]
    assert (metres * 3.6 <= MOST_KMH * np.maximum(np.diff(kept.at) / SECOND, 1) + 1e-3).all()
