"""Signs of personal data: found where people write them, never seen in grids, times, coordinates and ids."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers import notation
from layers.notation import personal_signs
from tests.missions import csv_file, empty, row

HELD = {
    "Mr Miller was seen": "a name",
    "spoke to Mrs. O’Neil": "a name",
    "Col. Ivanov refused passage": "a name",
    "Lt Col Šimić refused passage": "a name",
    "COL IVANOV REFUSED PASSAGE": "a name",
    "Dr. A. B. Khan treated two": "a name",
    "Sgt Öz": "a name",
    "Sheikh Hamad mediated": "a name",
    "met Abu al-Walid": "a name",
    "General Smith": "a name",
    "call +44 7700 900123": "a telephone number",
    "call 0044 7700 900 123": "a telephone number",
    "00447700900123": "a telephone number",
    "+1 (202) 555-0143": "a telephone number",
    "(06 12 34 56 78)": "a telephone number",
    "070-123 45 67": "a telephone number",
    "tel: 555 0143": "a telephone number",
    "write to jo.do@example.org.": "an e-mail address",
    "Capt Jones, jones@example.org, +44 7700 900123": "a name and a telephone number and an e-mail address",
}
CLEAN = [
    "",
    "two bangs heard at 41K MU 6482 1013, Sector 3",
    "41k mu 0012 3456 at 0715Z",
    "grid AB 00123 45678",
    "GR 0123 4567",
    "from 230715Z NOV 26 to 230730Z NOV 26",
    "2026-11-23T07:15:00+01:00",
    "01.02.2026 0715, 01/02/26 0730",
    "33.512345, 36.251234; +33.5123456 -036.2512345",
    "36S (N hemisphere) 0712345E 3667890N",
    "N 33° 15' 00\" E 036° 15' 30\"",
    "OP 12, UNP 4-31, Sector 3, Post 7",
    "SYR12345, 214797, 214797.0, report-00123456789a",
    "Major clash; General Assembly; General Staff; Major Incident; a sergeant of the patrol",
    "12 dr vehicles, mr 1234 5678, 36S MR 1234 5678",
    "casualties 0-3, about +1500 displaced",
    "mines @ 200 m",
]
DIGITS = st.sampled_from([2, 4, 6, 8, 10])
LONS, LATS = st.floats(-180, 179.9999999), st.floats(-89.9, 89.9)


@pytest.mark.parametrize(("text", "sign"), HELD.items())
def test_a_sign_of_personal_data_is_seen(text, sign):
    assert personal_signs([text]).tolist() == [sign]
    assert personal_signs([f"At the gate {text}"]).tolist() == [sign]


@pytest.mark.parametrize("text", CLEAN)
def test_what_the_field_writes_is_no_personal_data(text):
    assert personal_signs([text]).tolist() == [""]


@settings(deadline=None)
@given(LONS, LATS, DIGITS)
@example(3.0, 56.0, 10)
@example(0.0, 89.0, 10)
def test_no_position_is_taken_for_personal_data(lon, lat, digits):
    grid = str(notation.format_mgrs([lon], [lat], digits)[0])
    texts = [grid, grid.replace(" ", ""), grid.lower()]
    texts += [
        str(form([lon], [lat])[0])
        for form in (notation.format_decimal, notation.format_dms, notation.format_ddm, notation.format_utm)
    ]
    texts += [f"{lat:.6f} {lon:.6f}", f"{lat:+.5f}, {lon:+.5f}"]
    told = [
        f"{text} {said}"
        for text, said in zip(texts, personal_signs([f"Firing at {text}, Sector 3." for text in texts]), strict=True)
        if said
    ]
    assert told == []


@settings(deadline=None)
@given(st.datetimes(datetime(1900, 1, 1), datetime(2099, 1, 1)), st.uuids(), st.integers(0, 10**12))
@example(datetime(2000, 1, 1), UUID("00112233-4455-6677-8899-001122334455"), 0)
def test_no_time_and_no_id_is_taken_for_personal_data(moment, uuid, number):
    when = moment.replace(tzinfo=UTC)
    texts = [notation.dtg(when), when.isoformat(), when.isoformat().replace("T", " "), str(uuid), str(number), f"INC-{number}"]
    texts += [f"{moment:%d.%m.%Y %H%M}", f"{moment:%d/%m/%y}", f"{moment:%d%H%M}Z"]
    assert [text for text, said in zip(texts, personal_signs(texts), strict=True) if said] == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=60) | st.sampled_from([*HELD, *CLEAN])))
def test_a_text_is_judged_by_itself_wherever_it_stands(texts):
    assert personal_signs(texts).tolist() == [personal_signs([text])[0] for text in texts]


def test_the_name_of_a_place_may_begin_as_a_person_s():
    places = ["Abu Kamal", "Sheikh Miskin", "Umm Qasr"]
    assert personal_signs(places, place=True).tolist() == [""] * 3
    assert personal_signs(["house of Dr Khan"], place=True).tolist() == ["a name"]


def test_no_text_is_slow():
    hostile = ["0" * 200_000, "+1 " * 60_000, "Mr " * 60_000, "a@" * 90_000, "0 1-" * 50_000, "Col A." * 40_000]
    began = time.perf_counter()
    personal_signs(hostile)
    assert time.perf_counter() - began < 2


def test_it_is_a_remark_by_every_road_and_never_a_refusal(tmp_path: Path) -> None:
    mission = empty(tmp_path / "m")
    rows = [row(1, text="Col. Miller called", place="Abu Kamal", target="jo@example.org"), row(2)]
    by_file = mission.desk().submit("incidents", csv_file(tmp_path / "rows.csv", rows), dry_run=True)
    by_values = mission.desk().submit("incidents", rows, dry_run=True)
    for receipt in (by_file, by_values):
        assert (receipt.new, receipt.refused) == (2, ())
        assert sorted((remark.row, remark.field) for remark in receipt.remarks) == [(1, "target"), (1, "text")]
        assert all("no personal data" in remark.reason and "Miller" not in remark.reason for remark in receipt.remarks)
    mission.close()


@pytest.mark.shared
def test_real_reports_are_not_drowned_in_remarks(shared: Path, tmp_path: Path) -> None:
    mission = empty(tmp_path / "m")
    receipt = mission.desk().submit("incidents", shared / "events" / "ucdp_syria_ged191_2016_2019.csv.gz", dry_run=True)
    told = [remark for remark in receipt.remarks if "no personal data" in remark.reason]
    assert np.unique([remark.field for remark in told]).tolist() in ([], ["text"])
    assert len(told) < 0.02 * (receipt.new + receipt.refused_rows)
    mission.close()


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Call 0701234567", "a telephone number"),
        ("077/1234567", "a telephone number"),
        ("+963944123456", "a telephone number"),
        ("killed by Hassan Ali Saleh", "a name"),
        ("mr smith at the gate", "a name"),
        ("witness: Ahmed al-Hassan", "a name"),
        ("a (at) b.org", "an e-mail address"),
        ("Two bangs at 230715Z NOV 26, 81 mm, 41K MU 6482 1013, batch 1014", ""),
        ("Seen by Team Site 203 from 2026-11-23", "a name"),
        ("seen by patrol S2/30, near OP 12 at 12.5 km", ""),
        ("Morning brief for the Joint Operations Branch", ""),
    ],
)
def test_what_is_to_leave_is_looked_at_more_closely(text: str, sign: str) -> None:
    assert personal_signs([text], strict=True).tolist() == [sign]
