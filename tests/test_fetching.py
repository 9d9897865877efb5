"""One click makes a file, registers it and fetches it; the register says whether it was only made, or handed out, and when."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.testing.v1 import AppTest

from layers.access import OWNER, User
from layers.config import LEVELS
from layers.desk import Brief, Issued, Mission
from layers.desk.issued import MADE
from layers.errors import NotAllowed, NotFound
from layers.model import AuditEvent, parse
from layers.notation import dtg
from layers.serve import Served, serve
from layers.serve.fetching import Waiting, fetch_routes
from tests import fetches, released
from tests.command import Command
from tests.missions import ALL, NOW, csv_file, empty, row
from tests.site import ROOT


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    made.desk().submit("incidents", csv_file(tmp_path / "rows.csv", [row(n) for n in range(3)]))
    yield made
    made.close()


def sheet(mission: Mission, form: str = "html") -> Issued:
    return mission.desk().issue(ALL, Brief(to="Chief of staff"), form)  # type: ignore[arg-type]


def client(mission: Mission, waiting: Waiting, name: str = OWNER.name) -> TestClient:
    inner = Starlette(routes=fetch_routes(mission, waiting))

    async def gated(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, "state": {"user": name}}, receive, send)

    app: ASGIApp = gated
    return TestClient(app)


def test_what_waits_is_fetched_as_it_was_made_and_the_register_tells_when(mission: Mission) -> None:
    made, waiting = sheet(mission), Waiting()
    desk = mission.desk()
    assert desk.register()[0].state == "Made, not handed out"
    address = waiting.put(OWNER, (made,))
    assert waiting.put(OWNER, (made,)) == address, "a page drawn again offers the same"
    later = NOW + timedelta(minutes=7)
    mission.clock = lambda: later
    got = client(mission, waiting).get(address)
    assert got.content == made.body
    assert got.headers["content-disposition"] == 'attachment; filename="sheet-0001.html"'
    assert got.headers["cache-control"] == "no-store"
    [entry] = desk.register()
    assert (entry.state, [(out.form, out.who) for out in entry.handed]) == (f"Handed out {dtg(later)}", [("html", "owner")])
    assert desk.verify().ok


@pytest.mark.parametrize("asked", ["HEAD", "POST"])
def test_nothing_but_a_fetch_is_told_as_one(mission: Mission, asked: str) -> None:
    waiting = Waiting()
    address = waiting.put(OWNER, (sheet(mission),))
    assert client(mission, waiting).request(asked, address).status_code == 405
    assert mission.desk().register()[0].handed == ()


def test_an_address_is_good_for_its_user_alone_and_a_wrong_one_says_what_to_do(mission: Mission) -> None:
    waiting = Waiting()
    address = waiting.put(OWNER, (sheet(mission),))
    for of, where in ((client(mission, waiting, "nobody"), address), (client(mission, waiting), "/issued/0001")):
        refused = of.get(where)
        assert refused.status_code == 404
        assert "press Download again" in refused.text
    assert mission.desk().register()[0].handed == ()


def test_the_oldest_make_room_and_the_newest_always_waits(mission: Mission, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [sheet(mission) for _ in range(3)]
    monkeypatch.setattr("layers.serve.fetching._MOST_BYTES", len(made[0].body))
    waiting = Waiting()
    first, *_, last = [waiting.put(OWNER, (one,)) for one in made]
    assert client(mission, waiting).get(first).status_code == 404
    assert client(mission, waiting).get(last).content == made[-1].body


def test_a_series_is_fetched_as_one_and_each_of_it_is_handed_out(mission: Mission) -> None:
    waiting, made = Waiting(), tuple(sheet(mission) for _ in range(2))
    got = client(mission, waiting).get(waiting.put(OWNER, made))
    with zipfile.ZipFile(io.BytesIO(got.content)) as held:
        assert {name: held.read(name) for name in held.namelist()} == {one.name: one.body for one in made}
    assert [len(one.handed) for one in mission.desk().register()] == [1, 1]


def test_who_may_not_take_it_away_or_see_it_is_not_given_it(mission: Mission) -> None:
    made = sheet(mission)
    with pytest.raises(NotAllowed):
        mission.desk(User("viewer", frozenset({"viewer"}), None)).hand((made,))
    with pytest.raises(NotFound):
        mission.desk(User("some", frozenset({"briefer"}), None, frozenset({"S1"}))).hand((made,))
    assert mission.desk().register()[0].handed == ()


def test_a_line_of_before_does_not_claim_that_nobody_has_the_file(mission: Mission) -> None:
    made = mission.desk().issue(ALL, Brief(), "html")
    [line] = mission.store.audit_rows(act=MADE)
    number = sheet(mission).entry.number
    old = {"form": "html", "bytes": len(made.body), "sha256": made.entry.files[0].digest, "marking": LEVELS[0]}
    mission.store.audit(AuditEvent(NOW, "owner", MADE, f"{number:04d}", old))
    assert [one.state for one in mission.desk().register()] == ["Made, fetch not recorded", "Made, not handed out"]
    assert line.act == MADE


def test_the_command_hands_out_what_it_writes(mission: Mission, tmp_path: Path, run: Command) -> None:
    run.json("brief", mission.folder, "--view", "last=all", "--out", tmp_path / "a.html")
    run.json("brief", mission.folder, "--repeat", 1, "--out", tmp_path / "b.html")
    [entry] = mission.desk().register()
    assert [out.form for out in entry.handed] == ["html", "html"]


def page(served: Served, leaf: str = "Sheet") -> AppTest:
    assert served.mission
    shown = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    shown.query_params["v"] = "last=all"
    shown.session_state["leaf"] = leaf
    return shown.run()


def press(shown: AppTest, label: str) -> AppTest:
    return next(one for one in shown.button if one.label == label).click().run()


def test_one_click_has_the_browser_fetch_what_is_issued_and_once_only(mission: Mission) -> None:
    served = serve(mission)
    shown = press(page(served), "Issue")
    assert not shown.exception
    [address] = fetches.begun(shown)
    assert (fetches.addresses(shown), fetches.fetches(shown)) == ([address], ["Download PDF"])
    assert client(mission, served.waiting).get(address).content[:5] == b"%PDF-"
    shown.text_input(key="brief-to").input("Another")
    shown = shown.run()
    assert fetches.begun(shown) == [], "a page drawn again fetches nothing"
    assert fetches.addresses(shown) == [address]


def test_the_register_shows_what_must_be_seen_and_the_chosen_line_whole(tmp_path: Path) -> None:
    made = released.mission(tmp_path)
    desk = made.desk()
    desk.issue(ALL, Brief("A first", to="Chief of staff"), "html")
    desk.issue(parse("last=24h"), Brief("A second", release=released.ASKED), "html")
    served = serve(made)
    shown = page(served, "Register")
    assert not shown.exception
    table = shown.dataframe[0].value
    assert list(table) == ["Number", "Issued", "Kind", "Title", "Marking", "Released", "By", "For", "File"]
    assert table["Released"].tolist()[1] == "No"
    assert table["Marking"].tolist() == [LEVELS[0], released.SECRET]
    shown.selectbox(key="again").select(1)
    shown = shown.run()
    told = " ".join(str(one.body) for one in shown.get("html"))
    job = desk.register()[1].job
    for text in (job.words, job.rows, job.head, job.view.text.replace("&", "&amp;"), "--repeat 0001", "Chief of staff"):
        assert text in told
    shown = press(shown, "Download again")
    [address] = fetches.begun(shown)
    assert client(made, served.waiting).get(address).content == desk.repeated(1, "html").body
    assert desk.register()[1].state.startswith("Handed out")
    made.close()
