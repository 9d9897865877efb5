"""Tables on their way in: every row is stored or refused by number, field and reason."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.catalogue import LAYERS
from layers.catalogue import layer as layer_of
from layers.desk import Mission
from layers.errors import UnreadableFile
from layers.ingest import PLACED, template
from layers.model import Layer, Receipt, View, parse
from tests import missions

ALL = parse("last=all")
PLACES = {
    "point": ("61.25", "-20.5"),
    "line": ("LINESTRING (61 -20, 62 -20.5, 62.25 -21)",),
    "area": ("POLYGON ((61 -20, 62 -20, 62 -21, 61 -20))",),
}
TIMES = {"valid_to", "ended_at", "ends_at"}


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "mission")
    yield made
    made.close()


def submitted(mission: Mission, data: bytes, layer: str = "incidents", **how: object) -> Receipt:
    path = mission.folder / "in.csv"
    path.write_bytes(data)
    return mission.desk().submit(layer, path, **how)  # type: ignore[arg-type]


def given_rows(mission: Mission, rows: Sequence[Mapping[str, str]]) -> Receipt:
    return mission.desk().submit("incidents", missions.csv_file(mission.folder / "in.csv", rows))


def held(mission: Mission, layer: str = "incidents") -> list[dict[str, object]]:
    found = mission.desk().sheet(ALL).features(layer)
    return [dict(row) for _, row in found.iterrows()]


def accounted(receipt: Receipt) -> int:
    return receipt.new + receipt.changed + receipt.unchanged + receipt.retracted + receipt.refused_rows


def sample(layer: Layer, number: int) -> dict[str, str]:
    """A row of a layer's own template with every cell filled as its field wants it."""
    row = {}
    for field in layer.fields:
        if field.kind == "time":
            row[field.name] = "2026-01-01T11:00:00Z" if field.name in TIMES else "2026-01-01T09:30:00Z"
        elif field.name == "marking":
            row[field.name] = "CONFIDENTIAL"
        elif field.kind == "code":
            row[field.name] = field.choices[-1].code if field.choices else "S1"
        else:
            most = 10 if field.high is None else field.high
            row[field.name] = f"{min(3 + number, most):g}" if field.kind in ("number", "integer") else f"{field.name} {number}"
    places = ("longitude", "latitude") if layer.geometry == "point" else ("wkt",)
    return row | dict(zip(places, PLACES[layer.geometry], strict=True))


def table(names: Sequence[str], rows: Sequence[Mapping[str, str]], separator: str = ",") -> bytes:
    quoted = [[f'"{row.get(name, "").replace(chr(34), chr(34) * 2)}"' for name in names] for row in rows]
    return "\n".join([separator.join(names), *(separator.join(cells) for cells in quoted), ""]).encode()


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
def test_every_layer_accepts_its_own_template_and_what_it_exports(mission: Mission, layer: Layer, tmp_path: Path) -> None:
    assert {"id", "marking"} <= set(template(layer))
    rows = [sample(layer, number) for number in range(3)]
    first = submitted(mission, table(template(layer), rows), layer.id)
    assert (first.new, first.refused) == (3, ())
    found = sorted(held(mission, layer.id), key=lambda record: str(record["id"]))
    for record, row in zip(found, rows, strict=True):
        plain = [f.name for f in layer.fields if f.kind in ("text", "code") and not f.beside]
        assert {name: record[name] for name in plain} == {name: row[name] for name in plain}
    for again in (mission.folder / "in.csv", tmp_path / "out.csv"):
        if not again.exists():
            assert mission.desk().export(layer.id, again, ALL) == 3
            names = [
                *template(layer),
                *(f.name for f in layer.fields if f.beside),
                "event",
                "edited",
                *(PLACED if layer.tiled else ()),
            ]
            assert again.read_text(encoding="utf-8").startswith(f'{",".join(names)},"Greenline export ')
        receipt = mission.desk().submit(layer.id, again)
        assert (receipt.new, receipt.changed, receipt.unchanged, receipt.batch) == (0, 0, 3, None)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
def test_a_row_with_nothing_but_its_place_is_stored_or_refused_beside_a_whole_one(mission: Mission, layer: Layer) -> None:
    whole = sample(layer, 1)
    bare = {name: whole[name] for name in ("longitude", "latitude", "wkt") if name in whole}
    receipt = submitted(mission, table(template(layer), [whole, bare, {}]), layer.id)
    required = any(field.required for field in layer.fields)
    assert receipt.new == (1 if required else 2)
    assert {fault.row for fault in receipt.refused} == ({2} if required else set())


@pytest.mark.parametrize("suffix", ["csv", "geojson", "gpkg"])
def test_an_export_goes_whole_into_another_mission_and_means_the_same(mission: Mission, tmp_path: Path, suffix: str) -> None:
    hostile = ["=1+1", "-2+3", "@x", "'quoted", 'a "b"', "two\nlines", "a,b;c\td", "naïve 北", "'=1", "\\n", "{}"]
    rows = [missions.row(n, id=f"={n}", text=text, place=text, casualties_best=str(n)) for n, text in enumerate(hostile)]
    assert given_rows(mission, rows).new == len(rows)
    path = tmp_path / f"out.{suffix}"
    mission.desk().export("incidents", path, ALL)
    other = missions.empty(tmp_path / "other")
    receipt = other.desk().submit("incidents", path)
    assert (receipt.new, receipt.refused) == (len(rows), ())
    keys = [*missions.TEMPLATE[:4], *missions.TEMPLATE[6:]]

    def said(of: Mission) -> list[list[str]]:
        return sorted([str(record["id"]), *(str(record[key]) for key in keys)] for record in held(of))

    assert said(other) == said(mission)
    other.close()


def test_an_export_of_rows_without_ids_changes_nothing_when_it_comes_back(mission: Mission, tmp_path: Path) -> None:
    assert given_rows(mission, [missions.row(1, id=""), missions.row(1, id=""), missions.row(2, id="")]).new == 3
    mission.desk().export("incidents", tmp_path / "out.csv", ALL)
    receipt = mission.desk().submit("incidents", tmp_path / "out.csv")
    assert (receipt.new, receipt.refused, len(held(mission))) == (0, (), 3)


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


def test_a_gzipped_table_is_read_as_the_plain_one(mission: Mission) -> None:
    data = table(missions.TEMPLATE, [missions.row(1)])
    assert submitted(mission, data).new == 1
    assert submitted(mission, gzip.compress(data)).unchanged == 1
    with pytest.raises(UnreadableFile):
        submitted(mission, gzip.compress(data)[:-20])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_table_means_the_same_however_it_is_written(mission: Mission, encoding: str, separator: str, line: str) -> None:
    rows = [missions.row(1, text='café "Élan", twice; a|b\tc'), missions.row(2, text="first\nsecond")]
    said = table(missions.TEMPLATE, rows, separator).decode().replace("\n", line)
    receipt = submitted(mission, said.encode(encoding))
    assert (receipt.new, receipt.refused) == (2, ())
    texts = {record["id"]: str(record["text"]).replace("\r\n", "\n") for record in held(mission)}
    assert texts == {"r1": rows[0]["text"], "r2": rows[1]["text"]}


def test_ragged_rows_are_refused_by_their_number_and_the_others_keep_theirs(mission: Mission) -> None:
    lines = table(missions.TEMPLATE, [missions.row(n) for n in range(1, 8)]).decode().splitlines()
    lines[2] += ',"one too many"'
    lines[5] = '"r5","firing"'
    lines[6] = table(missions.TEMPLATE, [missions.row(6, severity="bad")]).decode().splitlines()[1]
    receipt = submitted(mission, "\n".join(lines).encode())
    assert (receipt.new, accounted(receipt)) == (4, 7)
    assert [(fault.row, fault.field) for fault in receipt.refused] == [(2, "row"), (5, "row"), (6, "severity")]
    assert "21 cells where the header names 20" in receipt.refused[0].reason


def test_blank_lines_are_no_rows_but_are_counted_so_that_a_row_has_its_number_in_a_spreadsheet(mission: Mission) -> None:
    rows = [missions.row(1), missions.row(2), missions.row(3, severity="bad")]
    header, first, second, bad = table(missions.TEMPLATE, rows).decode().splitlines()
    receipt = submitted(mission, "\n".join(["", "", header, "", first, "", "", "," * 19, second, bad, ""]).encode())
    assert (receipt.new, accounted(receipt)) == (2, 3)
    assert {fault.row for fault in receipt.refused} == {7}


def test_columns_no_field_takes_are_kept_beside_the_record(mission: Mission) -> None:
    row = missions.row(1) | {'Cell "A"': "x,y", "weather": "fog", "blank": ""}
    assert submitted(mission, table([*missions.TEMPLATE[:-1], "text", "weather", "blank"], [row])).new == 1
    stored = json.loads(mission.store.current("incidents", ["r1"]).payload[0])
    assert stored["extra"] == {"weather": "fog"}
    assert "weather" not in stored


def test_the_names_of_columns_are_met_whatever_their_case(mission: Mission) -> None:
    assert submitted(mission, table(missions.TEMPLATE, [missions.row(1)])).new == 1
    shouted = [{name.upper(): cell for name, cell in missions.row(1).items()}]
    assert submitted(mission, table([name.upper() for name in missions.TEMPLATE], shouted)).unchanged == 1


def test_a_table_that_cannot_be_one_is_refused_as_a_whole(mission: Mission) -> None:
    binary = [b"", b"\x00\x01\x02" * 50, b"id,kind\nr1,fi\x00ring\n", b"\x89PNG\r\n\x1a\n\x00", b"PK\x03\x04\x00\x00"]
    for data in [*binary, b"id,id,kind\n1,2,3\n", gzip.compress(b"\x00" * 1000)]:
        with pytest.raises(UnreadableFile, match=r"in\.csv"):
            submitted(mission, data)
    with pytest.raises(UnreadableFile, match="is no file"):
        mission.desk().submit("incidents", mission.folder)
    assert mission.store.version() == 0


def test_control_characters_far_into_a_file_are_marked_and_the_record_stays_one(mission: Mission, tmp_path: Path) -> None:
    rows = [missions.row(n) for n in range(900)] + [missions.row(999, id="a\x01b", text="c\x02d\x1fe")]
    data = table(missions.TEMPLATE, rows)
    assert len(data) > 100_000
    assert submitted(mission, data).new == 901
    assert [r["text"] for r in held(mission) if r["id"] == "a\ufffdb"] == ["c\ufffdd\ufffde"]
    mission.desk().export("incidents", tmp_path / "out.csv", ALL)
    assert mission.desk().submit("incidents", tmp_path / "out.csv").unchanged == 901


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


def test_a_letter_of_another_encoding_far_into_a_file_is_read_as_what_it_is(mission: Mission) -> None:
    rows = [sample(layer_of("incidents"), number) | {"id": f"r{number}"} for number in range(900)]
    rows[-1]["text"] = "caf\xe9"
    data = table(template(layer_of("incidents")), rows).decode().encode("cp1252")
    assert data.index(b"\xe9") > 1 << 16
    receipt = submitted(mission, data)
    assert (receipt.new, receipt.refused) == (900, ())
    assert "caf\xe9" in {record["text"] for record in held(mission)}


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
