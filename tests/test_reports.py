"""Reports posted as JSON: who may, how much, in which form; the same Receipt as by any other road."""

from __future__ import annotations

import json
import stat
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import create_connection, create_server

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from layers.__main__ import main
from layers.access import OWNER, User
from layers.desk import Mission, open_mission
from layers.errors import NotAllowed
from layers.feed import ExerciseClock
from layers.model import View
from layers.serve.fetching import Waiting
from layers.serve.gate import Gate
from layers.serve.hub import Hub
from layers.serve.posted import LARGEST
from layers.serve.reports import LIVE_INPUT, MOST_ROWS, TOKEN, report_token, rows_of
from layers.serve.routes import routes
from tests.missions import csv_file, empty, row

ALL = View(last="all")
HOSTILE = "<script>alert(1)</script> ${x} 'OR 1=1;-- =1+1 '=2 \u202e \ud7ff ünï \x00\x07 tab\tline\nend"


class Desk:
    """A mission behind the gate on a real port, and the two tokens it knows."""

    def __init__(self, mission: Mission, hub: Hub, port: int) -> None:
        self.mission, self.hub, self.port = mission, hub, port
        self.tab, self.token = hub.issue(OWNER), report_token(mission.folder)

    def post(self, body: object, path: str = "/reports", token: str | None = None, **headers: str) -> tuple[int, str]:
        """Send one request; return its status and body."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"content-type": "application/json", "authorization": f"Bearer {self.token if token is None else token}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        link = HTTPConnection("127.0.0.1", self.port, timeout=20)
        link.request("POST", path, sent, {name: value for name, value in given.items() if value})
        answer = link.getresponse()
        told = answer.status, answer.read().decode()
        link.close()
        return told

    def get(self, path: str) -> tuple[int, str]:
        """Ask for something; return its status and body."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=20)
        link.request("GET", path)
        answer = link.getresponse()
        told = answer.status, answer.read().decode(errors="replace")
        link.close()
        return told

    def receipt(self, body: object, path: str = "/reports", token: str | None = None) -> dict[str, object]:
        """Send rows that are taken; return the Receipt."""
        status, text = self.post(body, path, token)
        assert status == 200, text
        told: dict[str, object] = json.loads(text)
        return told

    def feed(self) -> list[dict[str, object]]:
        """Return what stands on the map."""
        return list(self.mission.desk().feed(ALL)["items"])  # type: ignore[call-overload]


@contextmanager
def behind_the_gate(mission: Mission) -> Iterator[Desk]:
    hub = Hub(mission, ExerciseClock(mission))
    listener = create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            Gate(Starlette(routes=routes(mission, hub, Waiting())), OWNER.name), log_level="error", lifespan="off", ws="none"
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Desk(mission, hub, listener.getsockname()[1])
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Desk]:
    mission = empty(tmp_path / "m")
    with behind_the_gate(mission) as made:
        yield made
    mission.close()


def report(number: int = 1, **fields: object) -> dict[str, object]:
    return {name: value for name, value in (row(number) | fields).items() if value != ""}


def test_a_report_and_a_list_of_them_go_in_once(served: Desk) -> None:
    first = served.receipt(report(1))
    assert {name: first[name] for name in ("new", "changed", "unchanged", "retracted", "refused")} == {
        "new": 1, "changed": 0, "unchanged": 0, "retracted": 0, "refused": [],
    }  # fmt: skip
    again = served.receipt([report(1), report(2), report(3, kind="")])
    assert (again["new"], again["unchanged"], [fault["row"] for fault in again["refused"]]) == (1, 1, [3])  # type: ignore[attr-defined, index]
    assert served.receipt(report(2, text="more is known"))["changed"] == 1
    assert len(served.feed()) == 2


def test_the_receipt_is_the_command_line_s(served: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(1, text="Dr Miller"), row(2, latitude="95"), row(3, longitude="50")]
    by_http = served.receipt(rows, "/reports?dry_run=1")
    path = csv_file(tmp_path / "rows.csv", rows)
    assert main(["submit", str(served.mission.folder), "incidents", str(path), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == by_http
    assert served.feed() == []


def test_numbers_grids_and_texts_of_any_notation_are_taken(served: Desk) -> None:
    told = served.receipt(
        [
            report(1, longitude=61.5, latitude=-20, casualties_low=0, casualties_best=1.0, precision_m=250),
            {
                "id": "g",
                "kind": "Shelling",
                "occurred_at": "010900Z JAN 26",
                "grid": "41k mu 6482 1013",
                "sensor": "A7",
                "party": None,
            },
        ]
    )
    assert (told["new"], told["refused"]) == (2, [])
    cards = {str(item["feature"]): served.mission.desk().card("incidents", int(str(item["id"]))) for item in served.feed()}
    assert (cards["r1"]["lon"], cards["r1"]["lat"], cards["r1"]["precision_m"]) == (61.5, -20.0, 250.0)
    assert (cards["g"]["title"], cards["g"]["grid"], cards["g"]["precision_m"]) == ("Shelling", "41K MU 6482 1013", 10)
    kept = {line["label"]: line["value"] for line in cards["g"]["rows"]}  # type: ignore[attr-defined]
    assert kept["sensor (as in the source)"] == "A7"
    assert kept["grid (as in the source)"] == "41k mu 6482 1013"


def test_any_text_but_control_characters_is_kept_as_it_is(served: Desk) -> None:
    served.receipt(report(1, text=HOSTILE, place=HOSTILE))
    card = served.mission.desk().card("incidents", int(str(served.feed()[0]["id"])))
    assert card["text"] == HOSTILE.replace("\x00", "\ufffd").replace("\x07", "\ufffd")
    served.receipt(
        b'{"id":"s","kind":"firing","occurred_at":"2026-01-01T10:00Z","grid":"41K MU 6482 1013","text":"half \\ud800"}'
    )
    assert "half ?" in [served.mission.desk().card("incidents", int(str(item["id"])))["text"] for item in served.feed()]


def test_who_reported_is_in_the_history(served: Desk) -> None:
    served.receipt(report(1), token=served.tab)
    served.receipt(report(2))
    who = {}
    for item in served.feed():
        (line,) = served.mission.desk().card("incidents", int(str(item["id"])))["history"]  # type: ignore[misc]
        who[item["feature"]] = (line["who"], line["file"])
    assert who == {"r1": ("owner", "report form"), "r2": ("live input", "live input")}


def test_another_layer_by_name(served: Desk) -> None:
    place = {"id": "p", "name": "Town", "kind": "settlement", "longitude": 61.5, "latitude": -20}
    told = served.receipt(place, "/reports?layer=settlements")
    assert told["new"] == 1
    assert served.post(place, "/reports?layer=nothing")[0] == 404


WRONG: dict[str, tuple[int, Callable[[Desk], tuple[int, str]]]] = {
    "no token": (401, lambda of: of.post(report(), token="", authorization="")),
    "another token": (401, lambda of: of.post(report(), token="x" * 43)),
    "a token that begins well": (401, lambda of: of.post(report(), token=of.token[:-1])),
    "another scheme": (401, lambda of: of.post(report(), authorization=f"Basic {of.token}")),
    "letters beyond ASCII": (401, lambda of: of.post(report(), authorization="Bearer \xfc\xdf")),
    "a tab of someone else": (401, lambda of: of.post(report(), token=of.hub.issue(User("other", frozenset({"analyst"}), None)))),
    "another type": (415, lambda of: of.post(report(), content_type="text/csv")),
    "no type": (415, lambda of: of.post(report(), content_type="")),
    "compressed": (415, lambda of: of.post(report(), content_encoding="gzip")),
    "no JSON": (400, lambda of: of.post(b"{'kind': 1}")),
    "no UTF-8": (400, lambda of: of.post(b'{"text": "\xff"}')),
    "NaN": (400, lambda of: of.post(b'{"longitude": NaN}')),
    "a number of 5,000 figures": (400, lambda of: of.post(b'{"longitude": ' + b"1" * 5_000 + b"}")),
    "deep": (400, lambda of: of.post(b"[" * 200_000)),
    "nothing": (400, lambda of: of.post(b"")),
    "an empty list": (400, lambda of: of.post([])),
    "a text": (400, lambda of: of.post("report")),
    "a list of other things": (400, lambda of: of.post([report(), "report"])),
    "too many names": (400, lambda of: of.post({f"n{n}": "x" for n in range(300)})),
    "too long": (413, lambda of: of.post(b'{"text": "' + b"x" * LARGEST + b'"}')),
    "too long by its own word": (413, lambda of: of.post(b"{}", content_length=str(LARGEST + 1))),
    "too many": (413, lambda of: of.post([{"id": str(n)} for n in range(MOST_ROWS + 1)])),
    "half a dry run": (400, lambda of: of.post(report(), "/reports?dry_run=maybe")),
    "a batch of no number": (400, lambda of: of.post({"batch": "1"}, "/reports/undo", of.tab)),
    "undo by the report token": (403, lambda of: of.post({"batch": 1}, "/reports/undo")),
    "another page": (403, lambda of: of.post(report(), origin="http://evil.example")),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_answered_in_one_line_and_stores_nothing(served: Desk, wrong: str) -> None:
    status, call = WRONG[wrong]
    got, line = call(served)
    assert (got, line.count("\n")) == (status, 1)
    assert 20 < len(line) < 300
    assert "Traceback" not in line
    assert served.token not in line
    assert served.feed() == []


@pytest.mark.parametrize("value", [["a"], True, {"a": 1}])
@pytest.mark.parametrize("layer", ["incidents", "settlements", "zones"])
def test_one_bad_report_of_a_list_is_refused_by_its_row_and_the_others_go_in(served: Desk, layer: str, value: object) -> None:
    shape = {"wkt": "POLYGON ((61 -21, 62 -21, 62 -20, 61 -21))"} if layer == "zones" else {}
    kind = {"incidents": "firing", "settlements": "settlement", "zones": "buffer_zone"}[layer]
    good = [{**report(n), "id": f"g{n}", "name": "Town", "kind": kind, **shape} for n in (1, 2)]
    told = served.receipt([good[0], {**report(3), "text": value}, good[1]], f"/reports?layer={layer}")
    assert (told["new"], told["refused"]) == (
        2, [{"row": 2, "field": "text", "reason": "is neither text nor a number; write one of the two"}],
    )  # fmt: skip
    alone = served.receipt(report(4, text=value), f"/reports?layer={layer}")
    assert (alone["new"], alone["batch"], len(alone["refused"])) == (0, None, 1)  # type: ignore[arg-type]


def test_a_number_beyond_any_number_is_refused_by_its_row(served: Desk) -> None:
    status, text = served.post(b'{"longitude": 1e999, "latitude": 1}')
    assert (status, [fault["field"] for fault in json.loads(text)["refused"]]) == (200, ["longitude"])


def test_a_body_without_a_length_is_cut_off_where_it_is_too_long(served: Desk) -> None:
    head = (
        f"POST /reports HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {served.token}\r\nContent-Type: application/json\r\n"
    )
    with create_connection(("127.0.0.1", served.port), timeout=20) as link:
        link.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        for _ in range(16):
            link.sendall(chunk)
        assert link.recv(4_096).startswith(b"HTTP/1.1 413 ")


def test_a_wrong_token_is_told_before_the_body_is_sent(served: Desk) -> None:
    with create_connection(("127.0.0.1", served.port), timeout=20) as link:
        link.sendall(
            b"POST /reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        )
        assert link.recv(4_096).startswith(b"HTTP/1.1 401 ")


def test_reports_cannot_be_read_there(served: Desk) -> None:
    link = HTTPConnection("127.0.0.1", served.port, timeout=20)
    link.request("GET", "/reports", headers={"authorization": f"Bearer {served.token}"})
    answer = link.getresponse()
    assert (answer.status, answer.read().count(b"\n")) == (405, 1)
    assert "default-src 'none'" in (answer.getheader("content-security-policy") or "")
    link.close()


def test_a_tab_takes_its_batch_back(served: Desk) -> None:
    told = served.receipt([report(1), report(2)], token=served.tab)
    back = served.receipt({"batch": told["batch"]}, "/reports/undo", served.tab)
    assert (back["retracted"], served.feed()) == (2, [])
    assert served.receipt([report(1), report(2)], token=served.tab)["new"] == 2


def test_the_token_is_the_owner_s_alone_made_once_and_in_no_backup(served: Desk, tmp_path: Path) -> None:
    path = served.mission.folder / TOKEN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert report_token(served.mission.folder) == served.token == path.read_text().strip()
    assert len(served.token) >= 40
    served.mission.desk().backup(tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        assert not any(TOKEN in name or served.token.encode() in archive.read(name) for name in archive.namelist())
    path.unlink()
    assert served.post(report(1))[0] == 401, "a token deleted is a token taken back"
    assert path.read_text().strip() not in ("", served.token)
    path.write_text("\n")
    assert served.post(report(1), token=" ")[0] == 401
    assert [name.name for name in served.mission.folder.glob(f".{TOKEN}*")] == []


def test_nobody_reports_above_their_ceiling_or_over_what_they_may_not_see(tmp_path: Path) -> None:
    mission = empty(tmp_path / "m")
    mission.desk().submit("incidents", [row(1, marking="STRICTLY CONFIDENTIAL", text="secret")])
    desk = mission.desk(User("low", frozenset({"patrol"}), "CONFIDENTIAL"))
    told = desk.submit("incidents", [row(1), row(2, marking="STRICTLY CONFIDENTIAL"), row(3, marking="CONFIDENTIAL")])
    assert (told.new, told.changed, {fault.row: fault.field for fault in told.refused}) == (1, 0, {1: "id", 2: "marking"})
    marking = next(field for field in desk.form("incidents")["fields"] if field["name"] == "marking")  # type: ignore[attr-defined]
    assert [code for code, _ in marking["choices"]] == ["UNCLASSIFIED", "CONFIDENTIAL"]
    mission.close()


def test_whoever_reported_may_take_it_back_and_nobody_else_but_an_analyst(tmp_path: Path) -> None:
    mission = empty(tmp_path / "m")
    first, second = (mission.desk(User(name, frozenset({"officer"}), None)) for name in ("first", "second"))
    batch = first.submit("incidents", [row(1)]).batch
    assert batch is not None
    with pytest.raises(NotAllowed):
        second.undo(batch, "not mine")
    assert first.undo(batch, "a slip").retracted == 1
    with pytest.raises(NotAllowed):
        mission.desk(LIVE_INPUT).export("incidents", tmp_path / "out.csv", ALL)
    mission.close()


VALUES = (
    st.none()
    | st.booleans()
    | st.lists(st.none(), max_size=1)
    | st.text(max_size=30)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
)
NAMES = st.sampled_from([*row(1), "grid", "GRID", "flags", "extra", "feature", ""]) | st.text(max_size=8)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.dictionaries(NAMES, VALUES, max_size=12), min_size=1, max_size=6))
def test_whatever_is_posted_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Mapping[str, object]]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    mission = open_mission(folder) if (folder / "mission.toml").exists() else empty(folder)
    told = mission.desk().submit("incidents", rows_of(list(rows)))
    assert told.new + told.changed + told.unchanged + told.retracted + told.refused_rows == len(rows)


def test_a_thousand_reports_at_once_and_one_alone_are_quick(served: Desk) -> None:
    began = time.perf_counter()
    assert served.receipt([report(n) for n in range(1, MOST_ROWS + 1)])["new"] == MOST_ROWS
    assert time.perf_counter() - began < 3
    began = time.perf_counter()
    served.receipt(report(MOST_ROWS + 1))
    assert time.perf_counter() - began < 0.5
