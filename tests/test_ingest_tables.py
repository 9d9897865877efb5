"""Text tables: separator, encoding and header are found out, and every cell comes back as it was written."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.config import Limits
from layers.errors import LayersError, UnreadableFile
from layers.ingest import table as tables
from tests import missions
from tests.reading import packed, table, whole

SPECTRUM: Mapping[str, tuple[list[str], list[list[str]]]] = {
    "comma_in_quotes": (
        ["first", "last", "address", "city", "zip"],
        [["John", "Doe", "120 any st.", "Anytown, WW", "08123"]],
    ),
    "empty": (["a", "b", "c"], [["1", "", ""], ["2", "3", "4"]]),
    "empty_crlf": (["a", "b", "c"], [["1", "", ""], ["2", "3", "4"]]),
    "escaped_quotes": (["a", "b"], [["1", 'ha "ha" ha'], ["3", "4"]]),
    "json": (["key", "val"], [["1", '{"type": "Point", "coordinates": [102.0, 0.5]}']]),
    "location_coordinates": (
        ["Contact Phone Number", "Location Coordinates", "Cities", "Counties"],
        [["2095257564", "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W", "Modesto", "Stanislaus"]],
    ),
    "newlines": (["a", "b", "c"], [["1", "2", "3"], ["Once upon \na time", "5", "6"], ["7", "8", "9"]]),
    "newlines_crlf": (["a", "b", "c"], [["1", "2", "3"], ["Once upon \r\na time", "5", "6"], ["7", "8", "9"]]),
    "quotes_and_newlines": (["a", "b"], [["1", 'ha \n"ha" \nha'], ["3", "4"]]),
    "simple": (["a", "b", "c"], [["1", "2", "3"]]),
    "simple_crlf": (["a", "b", "c"], [["1", "2", "3"]]),
    "utf8": (["a", "b", "c"], [["1", "2", "3"], ["4", "5", "ʤ"]]),
}


@pytest.mark.shared
def test_csv_spectrum_is_read_exactly_twelve_of_twelve(shared: Path) -> None:
    paths = sorted((shared / "formats" / "csv-spectrum").glob("*.csv"))
    assert [path.stem for path in paths] == sorted(SPECTRUM)
    for path in paths:
        found = whole(path)
        assert (found.names, found.cells, found.faults) == (*SPECTRUM[path.stem], [])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "ragged", "tags"),
    [
        ("hxl-input-valid", 4, 0, 8),
        ("hxl-input-valid-latin1", 4, 0, 8),
        ("hxl-input-multiple-headers", 2, 0, 3),
        ("hxl-input-multiline", 1, 0, 1),
        ("hxl-input-untagged", 4, 0, 0),
        ("hxl-input-invalid", 0, 5, 0),
    ],
)
def test_a_row_of_hxl_tags_belongs_to_the_header(shared: Path, name: str, rows: int, ragged: int, tags: int) -> None:
    found = whole(shared / "formats" / f"{name}.csv")
    assert (len(found.rows), len(found.faults), len(found.tags)) == (rows, ragged, tags)
    assert min(found.rows, default=1) == 1
    if name.startswith("hxl-input-valid"):
        assert found.tags["Organización"] == "#org+es"
        assert found.rows[1] == ["001", "WASH", "Higiene", "ACNUR", "100", "100", "Panamá", "Los Santos", "1 March 2015"]


names = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=2, max_size=5, unique=True)
cell = st.lists(st.sampled_from([*'ab1290.-,;|\t"\n ', "né", "für"]), max_size=12).map("".join)
wide = st.text('ab1290.-,;|\t"\n éü北Ж', max_size=12)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


@settings(max_examples=400, deadline=None)
@given(data=st.data(), encoding=st.sampled_from(ENCODINGS), separator=st.sampled_from(",;\t|"), packed=st.booleans())
def test_any_table_a_csv_writer_wrote_comes_back_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, encoding: str, separator: str, packed: bool
) -> None:
    header = data.draw(names)
    width = len(header)
    one = cell if encoding == "cp1252" else wide
    rows = data.draw(st.lists(st.lists(one, min_size=width, max_size=width), min_size=1, max_size=6))
    line = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = csv.QUOTE_ALL if line == "\r" else data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=line, quoting=quoting)
    writer.writerows([header, *rows])
    written = text.getvalue().encode(encoding)
    path = tmp_path_factory.mktemp("table") / "in.dat"
    path.write_bytes(gzip.compress(written) if packed else written)
    wanted = {n: [cell.strip() for cell in row] for n, row in enumerate(rows, 1) if any(cell.strip() for cell in row)}
    if not wanted:
        with pytest.raises(UnreadableFile, match="holds no rows"):
            whole(path)
        return
    found = whole(path, limit=data.draw(st.integers(1, 4)))
    assert (found.names, found.rows, found.faults) == (header, wanted, [])


def test_rows_keep_their_numbers_over_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_BLOCK", 1 << 12)
    rows = [[f"r{n}", "x" * (n % 50), str(n)][: 2 if n % 97 == 0 else 3] for n in range(1, 3000)]
    rows = [[] if n % 41 == 0 else row for n, row in enumerate(rows, 1)]
    text = "\n".join(["id,text,n", *(",".join(row) for row in rows)])
    found = table(tmp_path, text, limits=Limits(cell=100))
    assert {fault.row for fault in found.faults} == {n for n, row in enumerate(rows, 1) if len(row) == 2}
    assert found.rows == {n: row for n, row in enumerate(rows, 1) if len(row) == 3}


@pytest.mark.parametrize(
    ("text", "header", "rows"),
    [
        ("a;b\n1,5;2,5\n3,5;4\n", ["a", "b"], {1: ["1,5", "2,5"], 2: ["3,5", "4"]}),
        ('a|b\n"x|y"|;\n', ["a", "b"], {1: ["x|y", ";"]}),
        ("Weekly report\n\na,b\nx,y\n", ["a", "b"], {1: ["x", "y"]}),
        ("Weekly report,,\nby: J2,,\n,,\na,b,c\nx,y,z\n", ["a", "b", "c"], {1: ["x", "y", "z"]}),
        ("sep=;\na;b\nx;y\n", ["a", "b"], {1: ["x", "y"]}),
        ("\n\n  \na,b\n\nx,y\n,\nz,w\n", ["a", "b"], {2: ["x", "y"], 4: ["z", "w"]}),
        ("1,2026-01-01,x\n2,2026-01-02,y\n", ["column 1", "column 2", "column 3"], {1: ["1", "2026-01-01", "x"]}),
        ("country,2019,2020\nA,1,2\nB,3,4\n", ["country", "2019", "2020"], {1: ["A", "1", "2"]}),
        ("a,,b\nx,1,y\nz,2,w\n", ["a", "column 2", "b"], {1: ["x", "1", "y"]}),
        ("a,b,,\nx,y,,\nz,w,,\n", ["a", "b", "column 3", "column 4"], {1: ["x", "y", "", ""]}),
        ("a,b,\nx,y\nz,w\nq,r\n", ["a", "b"], {3: ["q", "r"]}),
        ("a,b\nx,y,\nz,w,\nq,r,\n", ["a", "b", "column 3"], {3: ["q", "r", ""]}),
        ("a,b\nx,y\n  \n,,,\nz,w\n", ["a", "b"], {1: ["x", "y"], 4: ["z", "w"]}),
        ("Generated,2026-01-01,,\nFrom,1/1/2026,to,\na,b,c,d\nx,y,z,\n", ["a", "b", "c", "d"], {1: ["x", "y", "z", ""]}),
        ("where,,when,what\nlon,lat,date,kind\n1,2,3,x\n4,5,6,y\n", ["lon", "lat", "date", "kind"], {1: ["1", "2", "3", "x"]}),
        ("March\n1,2,x\n3,4,y\n", ["column 1", "column 2", "column 3"], {1: ["1", "2", "x"], 2: ["3", "4", "y"]}),
        ("1,,\n2,3,x\n4,5,y\n", ["column 1", "column 2", "column 3"], {1: ["1", "", ""], 3: ["4", "5", "y"]}),
        ("a,b\n2019,x\n2020,y\n", ["a", "b"], {1: ["2019", "x"]}),
        ("2019,x\n2020,y\n", ["column 1", "column 2"], {1: ["2019", "x"]}),
        ("11 March 2015,x\n12 March 2015,y\n", ["column 1", "column 2"], {1: ["11 March 2015", "x"]}),
        ("231207Z NOV 26,x\n231208Z NOV 26,y\n", ["column 1", "column 2"], {2: ["231208Z NOV 26", "y"]}),
        ("Junk\nOrg,Place\n#org,#adm1\nA,B\n", ["Org", "Place"], {1: ["A", "B"]}),
        ("#org,#org\nA,B\n", ["#org", "column 2"], {1: ["A", "B"]}),
        ("kind,text\nfiring,#north\n,#south\n", ["kind", "text"], {2: ["", "#south"]}),
        ("Incidents, March 2026\nid;lat\n1;12,5\n2;13,5\n", ["id", "lat"], {1: ["1", "12,5"], 2: ["2", "13,5"]}),
        ("id,kind,who\n1,f,a;b\n2,f,a;b\n3,f,a;b\n", ["id", "kind", "who"], {1: ["1", "f", "a;b"]}),
        ("name\nNorth\nSouth\n", ["name"], {1: ["North"], 2: ["South"]}),
        ("#event,#adm1 +name\nx,y\n", ["#event", "#adm1 +name"], {1: ["x", "y"]}),
        (" a , b \n x , y \n", ["a", "b"], {1: ["x", "y"]}),
    ],
)
def test_header_and_separator_are_found_out(tmp_path: Path, text: str, header: list[str], rows: Mapping[int, list[str]]) -> None:
    found = table(tmp_path, text)
    assert found.names == header
    assert found.rows.items() >= dict(rows).items()
    assert found.faults == []


def test_a_row_that_is_only_a_total_is_refused_by_name_and_an_honest_row_is_not(tmp_path: Path) -> None:
    lines = ["id,place,kind,n", "1,Total,firing,2", "2,x,,", "Total,,,12", ",Grand total:,,1 200", "subtotal,,,", "TOTALS,,,x"]
    found = table(tmp_path, "\n".join(lines))
    assert [(fault.row, fault.field) for fault in found.faults] == [(3, "row"), (4, "row"), (5, "row")]
    assert "'Grand total:'" in found.faults[1].reason
    assert sorted(found.rows) == [1, 2, 6]


def test_a_header_that_is_short_is_never_taken_for_one_that_begins_at_the_left(tmp_path: Path) -> None:
    found = table(tmp_path, "id,kind,place\n1,r1,firing,North\n2,r2,firing,South\n3,r3,shelling,East\n")
    assert (found.rows, [fault.row for fault in found.faults]) == ({}, [1, 2, 3])
    assert "has 4 cells where the header names 3" in found.faults[0].reason


def test_ragged_rows_are_refused_even_when_there_are_no_others(tmp_path: Path) -> None:
    found = table(tmp_path, "a,b\n1\n2,3,4\n")
    assert ([fault.row for fault in found.faults], found.rows) == ([1, 2], {})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_arabic_in_utf16_without_a_mark_is_read(tmp_path: Path, encoding: str) -> None:
    lines = ["الاسم;النوع;المكان", *("حادثة إطلاق نار;قرب الخط;القرية" for _ in range(50))]
    found = table(tmp_path, "\n".join(lines).encode(encoding))
    assert (found.names, len(found.rows)) == (lines[0].split(";"), 50)


LONG = Limits(cell=1000)
BAD = [
    ("empty", b"", "is empty"),
    ("blank", b" \n\n,,,\n", "is empty"),
    ("spaces", b"  \r\n \n", "is empty"),
    ("header only", b"id,kind,place\r\n", "holds no rows"),
    ("header and line breaks", b"id,kind,place\r\n\r\r\r\n", "holds no rows"),
    ("header and blank rows", b"id,kind,place\n\n,,\n", "holds no rows"),
    ("empty gzip", gzip.compress(b"", mtime=0), "is empty"),
    ("duplicates", b"id,kind,id,kind\n1,2,3,4\n", "'id', 'kind' more than once"),
    ("NUL", b"id,kind\n1,a\x00b\n", "NUL|not text"),
    ("NUL far in", b"id,kind\n" + b"1,a\n" * 500_000 + b"1,\x00\n", "NUL"),
    ("binary", bytes(range(256)) * 40, "not text"),
    ("noise", b"\x8f\x9d" * 500, "in no encoding that is known; save it as UTF-8"),
    ("cut UTF-16", "a,b\n1,2\n".encode("utf-16")[:-1], "not UTF-16"),
    ("columns", ",".join(f"c{n}" for n in range(5000)).encode() + b"\n" + b"1," * 4999 + b"1\n", "5,000 columns"),
    ("open quotes", b'a,b\n1,2\n3,"x\n4,5\n6,7\n', "never close"),
    ("open quotes in a short row", b'a,b,c\n1,2,3\n3,"x\n4,5,6\n6,7,8\n', "never close"),
    ("open header", b'"a,b\n1,2\n3,4\n', "never close|holds no rows"),
    ("JSON", b'[{"id": 1}, {"id": 2}]', "JSON but no GeoJSON"),
    ("png", b"\x89PNG\r\n\x1a\n\x00", "picture"),
    ("pdf", b"%PDF-1.7\n", "PDF"),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500, "xlsx"),
    ("page", b"<!DOCTYPE html><html><body><table>", "web page"),
    ("damaged gzip", gzip.compress(b"id,kind\n1,2\n" * 5000, mtime=0)[:-20], "damaged"),
    ("gzip in gzip", gzip.compress(gzip.compress(b"id,kind\n1,2\n", mtime=0), mtime=0), "packed twice"),
]


@pytest.mark.parametrize(("data", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(LayersError, match=said) as told:
        table(tmp_path, data)
    assert isinstance(told.value, UnreadableFile)
    assert str(told.value).startswith("in.csv ")
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300


@pytest.mark.parametrize(
    ("limits", "data", "said"),
    [
        (Limits(bytes=999), b"a,b\n" + b"1,2\n" * 500, "999 bytes"),
        (Limits(rows=4), b"a,b\n" + b"1,2\n" * 5, "the 4 rows"),
        (Limits(columns=1), b"a,b\n1,2\n", "2 columns"),
        (LONG, b"a,b\n1," + b"x" * 1001 + b"\n", "1,001 characters in row 1, column 'b'"),
        (LONG, b'a,b\n1,"' + b"x\n" * 501 + b'y"\n', "1,003 characters"),
        (LONG, b"a,b\n1," + b"x" * 17_000 + b"\n", "17,000 characters"),
        (LONG, gzip.compress(b"a,b\n1," + bytes(98 + n % 20 for n in range(2_000_000)), mtime=0), "a line of more than"),
        (Limits(), b"a" * 17_000_000, "a line of more than"),
        (Limits(), b"a,b\n" + b"x" * 17_000_000 + b",1\n", "a line of more than"),
        (Limits(ratio=20), gzip.compress(b"a,b\n" + b"1,2\n" * 5_000_000, mtime=0), "20 times its size"),
        (Limits(), gzip.compress(b"a,b\n" + b"1,2\n" * 9_000_000, mtime=0), "200 times its size"),
        (Limits(bytes=10_000), gzip.compress(b"a,b\n" + b"1,2\n" * 5000, mtime=0), "10,000 bytes"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_in_one_sentence(tmp_path: Path, limits: Limits, data: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said) as told:
        table(tmp_path, data, limits=limits)
    assert "\n" not in str(told.value)


def test_what_is_just_within_the_limits_is_read(tmp_path: Path) -> None:
    data = b"a,b\n1," + b"x" * 1000 + b"\n2,3\n"
    found = table(tmp_path, data, limits=Limits(bytes=len(data), rows=2, columns=2, cell=1000))
    assert len(found.rows) == 2


def test_a_cell_of_a_coastline_is_read(tmp_path: Path) -> None:
    wkt = "LINESTRING (" + ", ".join(f"{60 + n / 50_000} -20" for n in range(50_000)) + ")"
    found = table(tmp_path, f'id,wkt\n1,"{wkt}"\n2,"{wkt}"\n')
    assert found.rows == {1: ["1", wkt], 2: ["2", wkt]}


def test_the_limits_of_the_mission_hold_on_the_whole_road(tmp_path: Path) -> None:
    mission = missions.empty(tmp_path / "m", limits=Limits(rows=2))
    path = missions.csv_file(tmp_path / "in.csv", [missions.row(n) for n in range(3)])
    with pytest.raises(UnreadableFile, match="the 2 rows"):
        mission.desk().submit("incidents", path)
    assert mission.store.version() == 0
    assert mission.desk().submit("incidents", missions.csv_file(tmp_path / "in.csv", [missions.row(1)])).new == 1
    mission.close()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [("iraq_insurgencies_2006", 37_701, 4), ("ucdp_car_ged231", 1_848, 47), ("ucdp_syria_ged191_2016_2019", 16_566, 39)],
)
def test_the_real_event_files_are_read_whole(tmp_path: Path, shared: Path, name: str, rows: int, columns: int) -> None:
    path = shared / "events" / f"{name}.csv.gz"
    found = whole(path)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        header, *expected = list(csv.reader(file))
    assert (found.names, found.cells, found.faults) == (header, [[cell.strip() for cell in row] for row in expected], [])
    assert (len(found.rows), len(header)) == (rows, columns)
    (tmp_path / "plain").write_bytes(gzip.decompress(path.read_bytes()))
    assert whole(packed(tmp_path / "plain", tmp_path / "x.bin")).rows == found.rows


LETTERS = {
    "cp1251": ("Windows-1251", "Место", ["Дамаск", "обстрел у моста", "Косово Поље", "НАБЛЮДЕНИЕ"]),
    "cp1256": ("Windows-1256", "المكان", ["دمشق", "إطلاق نار قرب الجسر", "القنيطرة"]),
    "cp1252": ("Windows-1252", "Localité", ["Genève", "dégâts à la frontière", "Müller – Straße", "São Tomé"]),
    "cp1253": ("Windows-1253", "Τοποθεσία", ["Λευκωσία", "Αμμόχωστος", "πυροβολισμοί"]),
}


@pytest.mark.parametrize("encoding", LETTERS)
@pytest.mark.parametrize("far", [False, True])
def test_an_encoding_is_told_by_its_letters_and_said(tmp_path: Path, encoding: str, far: bool) -> None:
    title, place, names = LETTERS[encoding]
    plain = "plain;1\n" * (200_000 if far else 1)
    found = table(
        tmp_path, f"{'Place' if far else place};n\n{plain}{''.join(f'{name};2' + chr(10) for name in names)}".encode(encoding)
    )
    assert [cells[0] for cells in found.cells][-len(names) :] == names
    assert found.names == ["Place" if far else place, "n"]
    assert found.said[0].startswith(f"The text is read as {title}, as ")
    assert any(name in found.said[0] for name in " ".join([place, *names]).split())


@pytest.mark.parametrize(("word", "encoding"), [("да", "cp1251"), ("حلب", "cp1256"), ("Čačak", "cp1250"), ("Győr", "cp1250")])
def test_where_a_word_alone_cannot_tell_its_encoding_the_doubt_is_said(tmp_path: Path, word: str, encoding: str) -> None:
    found = table(tmp_path, f"place,n\n{word},1\n".encode(encoding))
    (said,) = found.said
    assert said.startswith("The text is not UTF-8 and may be Windows-125")
    assert f"a word of it reads {found.cells[0][0]!r}" in said
    assert said.endswith("If that is wrong, save the file as UTF-8 and send it again.")


def test_one_damaged_letter_does_not_turn_a_text_of_utf8_into_another(tmp_path: Path) -> None:
    written = "place,n\n" + "".join(f"Дамаск{n},1\n" for n in range(20))
    with pytest.raises(UnreadableFile, match=r"is UTF-8 but for some damaged characters; save it as UTF-8"):
        table(tmp_path, written.encode() + b"Dama\xd0\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", ()),
        ("a;b\n1;2\n", ("Cells are taken to end at semicolons.",)),
        ("a\tb\n1\t2\n", ("Cells are taken to end at tabs.",)),
        ("a\n1\n", ()),
        (
            "Report of March\n\na|b|c\n1|2|3\n",
            ("Cells are taken to end at bars.", "The row above the header, 'Report of March', is passed over."),
        ),
        ("One\nTwo\n\na,b,c\n1,2,3\n", ("The 2 rows above the header, from 'One' on, are passed over.",)),
        ("a,b\n#adm1,#date\n1,2\n", ()),
    ],
)
def test_separator_and_rows_above_the_header_are_said(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    assert table(tmp_path, text).said == said
    assert table(tmp_path, text.encode("utf-16")).said == ("The text is read as UTF-16.", *said)


def test_how_a_file_is_written_is_said_in_the_receipt_of_any_road(tmp_path: Path) -> None:
    mission = missions.empty(tmp_path / "mission")
    path = tmp_path / "in.csv"
    path.write_bytes(
        "id;kind;occurred_at;longitude;latitude;place\n1;firing;2026-01-01T10:00:00Z;61;-20;Место Дамаск\n".encode("cp1251")
    )
    receipt = mission.desk().submit("incidents", path)
    assert receipt.new == 1
    assert {
        "The text is read as Windows-1251, as 'Дамаск'; if that reads wrong, save the file as UTF-8 and send it again.",
        "Cells are taken to end at semicolons.",
    } <= set(receipt.said)
    mission.close()
