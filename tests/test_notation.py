"""Positions and times, both ways, against the reference programs of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import mgrs as reference
import numpy as np
import pyproj
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from layers import notation
from layers.model import NO_TIME
from layers.notation import ranges

GEOD = pyproj.Geod(ellps="WGS84")
NGA = reference.MGRS()
lons = st.floats(-180, 179.9999999)
lats = st.floats(-90, 90)
micros = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)


def apart(lon: float, lat: float, positions: notation.Positions) -> float:
    return float(GEOD.inv(lon, lat, positions.lon[0], positions.lat[0])[2])


@given(lons, lats, st.sampled_from([2, 4, 6, 8, 10]))
@example(3.0, 56.0, 10)  # Norway: zone 32 is widened
@example(9.0, 75.0, 10)  # Svalbard: no zone 32, 34 or 36
@example(20.999, 78.0, 8)
@example(33.0, 83.999, 8)
@example(0.0, 84.0, 10)  # polar from here
@example(-90.0, -80.0, 10)
@example(0.0, 0.0, 10)
@example(36.0, -0.00001, 10)
@example(0.0, 90.0, 6)
def test_a_grid_is_the_one_the_reference_program_prints(lon: float, lat: float, digits: notation.grid.Digits) -> None:
    # Some millimetres south of the equator the reference rounds up into a square that band M does not have.
    assume(not -1e-7 < lat < 0)
    ours = notation.format_mgrs([lon], [lat], digits)[0].replace(" ", "")
    theirs = NGA.toMGRS(lat, lon, MGRSPrecision=digits // 2)
    if ours.lstrip("0") != theirs.lstrip("0"):
        # Within a hair of a cell's edge either answer is right: the two must be neighbours to a tenth of a millimetre.
        near = [
            notation.format_mgrs([lon + dx], [np.clip(lat + dy, -90, 90)], digits)[0].replace(" ", "")
            for dx in (-1e-9, 0, 1e-9)
            for dy in (-1e-9, 0, 1e-9)
        ]
        assert theirs.lstrip("0") in [one.lstrip("0") for one in near]


@given(lons, lats, st.sampled_from([2, 4, 6, 8, 10]))
def test_a_grid_read_back_is_within_its_own_cell(lon: float, lat: float, digits: notation.grid.Digits) -> None:
    text = str(notation.format_mgrs([lon], [lat], digits)[0])
    read = notation.parse_positions([text])
    cell = 10 ** (5 - digits // 2)
    assert read.fault == [""]
    assert read.precision_m[0] == cell
    assert apart(lon, lat, read) <= cell * 0.75
    lat_there, lon_there = NGA.toLatLon(text.replace(" ", ""))
    assert GEOD.inv(lon_there, lat_there, read.lon[0], read.lat[0])[2] <= cell * 0.75


@given(lons, st.floats(-1e-7, 0))
def test_just_south_of_the_equator_a_grid_stays_in_its_band(lon: float, lat: float) -> None:
    read = notation.parse_positions([str(notation.format_mgrs([lon], [lat], 10)[0])])
    assert read.fault == [""]
    assert apart(lon, lat, read) <= 1


@given(st.floats(-180, 180), st.floats(-79.9, 83.9))
def test_utm_is_what_pyproj_says(lon: float, lat: float) -> None:
    zone, northern, easting, northing = notation.to_utm([lon], [lat])
    crs = f"EPSG:{32600 + zone[0] if northern[0] else 32700 + zone[0]}"
    east, north = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    assert easting[0] == pytest.approx(east, abs=1e-4)
    assert northing[0] == pytest.approx(north, abs=1e-4)
    back = notation.from_utm(zone, northern, easting, northing)
    assert GEOD.inv(lon, lat, back[0][0], back[1][0])[2] < 1e-4


@given(lons, st.floats(84, 90) | st.floats(-90, -80.0000001))
def test_the_polar_grid_is_what_pyproj_says(lon: float, lat: float) -> None:
    zone, northern, easting, northing = notation.to_utm([lon], [lat])
    assert zone[0] == 0
    crs = "EPSG:32661" if northern[0] else "EPSG:32761"
    east, north = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    assert easting[0] == pytest.approx(east, abs=1e-4)
    assert northing[0] == pytest.approx(north, abs=1e-4)


@pytest.mark.parametrize(
    ("write", "metres"),
    [
        (notation.format_decimal, 1.0),
        (notation.format_ddm, 1.5),
        (notation.format_dms, 2.5),
        (notation.format_utm, 1.5),
    ],
)
@given(lon=lons, lat=lats)
def test_every_notation_comes_back_to_its_own_rounding(write, metres: float, lon: float, lat: float) -> None:
    read = notation.parse_positions([str(write([lon], [lat])[0])])
    assert read.fault == [""]
    assert apart(lon, lat, read) <= metres


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("33.5, 36.25", 33.5, 36.25),
        ("33,5; 36,25", 33.5, 36.25),
        ("33,5 36,25", 33.5, 36.25),
        ("-33.5 -36.25", -33.5, -36.25),
        ("36.25E 33.5N", 33.5, 36.25),
        ("N33.5 E36.25", 33.5, 36.25),
        ("33°30'N 36°15'E", 33.5, 36.25),
        ("33°30'00\"N, 36°15'00\"E", 33.5, 36.25),
        ("33 30 00 N 36 15 00 E", 33.5, 36.25),
        ("3330N 03615E", 33.5, 36.25),
        ("lat 33.5 lon 36.25", 33.5, 36.25),
        ("lon: 36.25, lat: 33.5", 33.5, 36.25),
        ("٣٣٫٥ ٣٦٫٢٥", 33.5, 36.25),
        ("33º30′N 36º15′W", 33.5, -36.25),
        ("37 N 239880.2 3710229.0", 33.5, 36.2),
        ("37S (N hemisphere) 239880E 3710229N", 33.5, 36.2),
    ],
)
def test_positions_as_people_write_them(text: str, lat: float, lon: float) -> None:
    read = notation.parse_positions([text])
    assert read.fault == [""], read.fault
    assert (read.lat[0], read.lon[0]) == pytest.approx((lat, lon), abs=2e-5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nowhere",
        "120.5 33.2",
        "33.5 N 36.25 N",
        "91 200",
        "33°61'N 36°15'E",
        "36SYB12345",
        "36S YB 123 4567",
        "61S YB 1234 6789",
        "36S YI 1234 6789",
        "32X WG 1360 8048",
        "37S 239880 3710229",
        "12,5,7",
        "36S YB",
        "<img src=x onerror=1>",
        "1" * 9000,
    ],
)
def test_what_is_no_position_or_may_be_two_is_a_fault_in_words(text: str) -> None:
    read = notation.parse_positions([text])
    assert read.fault[0]
    assert len(read.fault[0]) < 400
    assert np.isnan(read.lon[0])
    assert np.isnan(read.lat[0])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("36S YB 1234 678", "odd number of figures"),
        ("36syb123456789", "odd number of figures"),
        ("36S YB", "no figures"),
        ("36S YB 123 45678", "unequal groups"),
        ("61S YB 1234 6789", "zones run from 1 to 60"),
        ("95° N", "one side only"),
        ("95N 36E", "latitude ends at 90"),
        ("33.5 361.2", "not on the earth"),
        ("36X 812345 3712345", "band X"),
    ],
)
def test_a_position_mistyped_is_told_from_other_words(text: str, why: str) -> None:
    told = notation.why_no_position(text)
    assert why in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "text", ["", "S2", "abu", "inc-17-4", "2024-1055", "Tessaly", "17", "FMR 17N", "36S YB 1234 6789", "mill\n3"]
)
def test_other_words_and_sound_positions_are_not_called_mistyped(text: str) -> None:
    assert notation.why_no_position(text) == ""


@given(st.lists(st.text(max_size=60), max_size=20))
def test_any_texts_at_all_are_answered_one_for_one(texts: list[str]) -> None:
    read = notation.parse_positions(texts)
    assert len(read) == len(texts)
    for lon, lat, fault in zip(read.lon, read.lat, read.fault, strict=True):
        assert bool(fault) == bool(np.isnan(lon)) == bool(np.isnan(lat))
    times = notation.parse_times(texts)
    assert [bool(fault) for fault in times.fault] == [value == NO_TIME for value in times.micros.tolist()]


@given(micros)
def test_iso_times_come_back_to_the_second(moment: int) -> None:
    written = notation.format_iso([moment])[0]
    second = moment // 1_000_000 * 1_000_000
    assert notation.parse_times([written]).micros[0] == second
    assert datetime.fromisoformat(written) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=second)


@given(st.integers(0, 3_155_759_999_999_999))  # 1970 to 2069: a group has two figures of the year
def test_date_time_groups_come_back_to_the_minute(moment: int) -> None:
    minute = moment // 60_000_000 * 60_000_000
    written = notation.format_dtg([moment])[0]
    assert notation.parse_times([written]).micros[0] == minute
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=minute)
    assert written == when.strftime("%d%H%MZ %b %y").upper()


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2068, 1, 1)), st.integers(-12, 12))
def test_zone_letters_are_hours_east(when: datetime, hours: int) -> None:
    letter = "YXWVUTSRQPONZABCDEFGHIKLM"[hours + 12]
    read = notation.parse_times([when.strftime(f"%d%H%M{letter} %b %Y").upper()])
    expected = when.replace(second=0, microsecond=0, tzinfo=UTC) - timedelta(hours=hours)
    assert read.micros[0] == (expected - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2030, 1, 1)))
def test_local_times_are_read_as_their_zone_or_refused_on_the_nights_the_clocks_change(when: datetime) -> None:
    zone, when = ZoneInfo("Asia/Beirut"), when.replace(microsecond=0)
    read = notation.parse_times([when.isoformat()], zone="Asia/Beirut")
    early, late = (when.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        assert "local clocks" in read.fault[0]
    else:
        assert read.micros[0] == int(early.timestamp()) * 1_000_000


@pytest.mark.parametrize(
    "text", ["", "31 NOV", "2026-02-30", "2026-11-23T25:00Z", "2026-11-23T07:15", "230715J NOV 26", "230715Z", "99"]
)
def test_what_is_no_time_is_a_fault_in_words(text: str) -> None:
    read = notation.parse_times([text])
    assert read.fault[0]
    assert read.micros[0] == NO_TIME


def test_a_short_group_is_the_nearest_such_time_to_the_reference() -> None:
    reference_time = datetime(2026, 1, 1, 1, tzinfo=UTC)
    read = notation.parse_times(["312300Z", "010200Z", "312300Z DEC"], reference=reference_time)
    assert notation.format_iso(read.micros).tolist() == ["2025-12-31T23:00:00Z", "2026-01-01T02:00:00Z", "2025-12-31T23:00:00Z"]


NOWS = st.datetimes(min_value=datetime(2000, 3, 1), max_value=datetime(2060, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(NOWS, st.integers(1, 31), st.integers(0, 1439), st.sampled_from("ABCZMNY"))
def test_a_short_group_of_what_has_happened_is_the_last_such_time_and_never_lies_ahead(
    now: datetime, day: int, minute: int, letter: str
) -> None:
    text = f"{day:02}{minute // 60:02}{minute % 60:02}{letter}"
    (found,) = notation.parse_times([text], reference=now, past=True).micros.tolist()
    ahead = {"A": 1, "B": 2, "C": 3, "Z": 0, "M": 12, "N": -1, "Y": -12}[letter]
    at = now.replace(second=0, microsecond=0)
    while ((there := at + timedelta(hours=ahead)).day, there.hour * 60 + there.minute) != (day, minute):
        at -= timedelta(days=1) if (there.hour * 60 + there.minute) == minute else timedelta(minutes=1)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found) == at <= now


def test_a_short_group_in_local_time_is_placed_by_the_local_clocks() -> None:
    now = datetime(2026, 11, 24, 7, tzinfo=UTC)  # 0900 in Beirut
    read = notation.parse_times(["240830J", "240930J", "240900J NOV"], reference=now, zone="Asia/Beirut", past=True)
    assert notation.format_iso(read.micros).tolist() == ["2026-11-24T06:30:00Z", "2026-10-24T06:30:00Z", "2026-11-24T07:00:00Z"]


def test_the_offsets_known_are_those_that_places_have_used_since_2000() -> None:
    zones = [ZoneInfo(name) for name in available_timezones() if not name.startswith(("right/", "posix"))]
    moments = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=13 * n) for n in range(28 * 26)]
    met = {moment.astimezone(zone).utcoffset() for zone in zones for moment in moments[::7]}
    used = {offset // timedelta(minutes=1) for offset in met if offset is not None}
    assert used <= notation.iso.OFFSETS
    assert {offset for offset in notation.iso.OFFSETS if offset % 60} <= used


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2068, 1, 1)),
    st.sampled_from(sorted(notation.iso.OFFSETS)),
    st.sampled_from(["T minutes", "T seconds", "  seconds", "T microseconds", "  microseconds"]),
    st.sampled_from([":", ""]),
)
def test_no_iso_time_with_an_offset_is_taken_for_a_range(when: datetime, minutes: int, form: str, colon: str) -> None:
    moment = when.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = moment.isoformat(sep=form[0], timespec=form[2:].strip())
    text = text[:-3] + colon + text[-2:]
    assert ranges.time_range(text) is None
    cut = {"minutes": 60_000_000, "seconds": 1_000_000, "microseconds": 1}[form[2:].strip()]
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    local = (when - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert notation.parse_times([text]).micros[0] == expected - local % cut


CLOCKS = st.integers(0, 1439)


@given(
    CLOCKS, CLOCKS, st.sampled_from(["%02d:%02d", "%02d%02d", "%d:%02d", "%02dh%02d"]), st.sampled_from(["-", " - ", "–", " to "])
)
def test_a_range_of_times_is_its_begin_and_what_may_be_an_offset_is_left_open(a: int, b: int, form: str, mark: str) -> None:
    text = mark.join(form % divmod(minute, 60) for minute in (a, b))
    begin, either = f"{a // 60:02}:{a % 60:02}", mark == "-" and form in ("%02d:%02d", "%02d%02d") and -b in notation.iso.OFFSETS
    either = either or (mark == "-" and form == "%d:%02d" and b >= 600 and -b in notation.iso.OFFSETS)
    found = ranges.clock_range(text)
    assert found == ranges.Range(begin, either and b <= a)
    assert ranges.time_range(f"13.03.2024 {text}") == ranges.Range(f"13.03.2024 {begin}", either and b <= a)
    assert ranges.time_range(f"2024-03-13 {text}") == ranges.Range(f"2024-03-13 {begin}", either)


@pytest.mark.parametrize(
    "text", ["2024-03-13 09:00-05:00", "2024-03-13 09:00-10", "2024-03-13 09:00 -0500", "2024-03-13 09:00-10:30"]
)
def test_what_may_be_a_range_is_never_read_with_an_offset(text: str) -> None:
    assert "range of times" in notation.parse_times([text], zone="UTC").fault[0]
