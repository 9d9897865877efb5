"""What did we know at 0600Z? The same answer on map, feed, card, search, table and in every export."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from layers.access import User
from layers.desk import Desk, Mission
from layers.errors import MalformedView, NotFound
from layers.model import View, parse, to_micros
from layers.render.tile import encoded
from tests import exported, missions
from tests.site import WIDE, Tab, serving, tab

NOW = missions.NOW
BEGAN = NOW - timedelta(minutes=60)
NAMES = ("one-1", "two-2", "six-6")
LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL")
ANALYST = frozenset({"analyst", "viewer"})


class History:
    """A record that is written at moments of the test's choosing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.minute, self.count = folder, 0, 0
        self.mission = missions.empty(folder / "m")
        self.mission.clock = self.now

    def now(self) -> datetime:
        return BEGAN + timedelta(minutes=self.minute)

    @property
    def desk(self) -> Desk:
        return self.mission.desk()

    def say(self, layer: str, name: str, word: str, marking: str) -> None:
        self.count += 1
        path = self.folder / f"{self.count}.{'csv' if layer == 'incidents' else 'geojson'}"
        if layer == "incidents":
            row = missions.row(1, id=name, text=word, place=word, marking=marking)
            receipt = self.desk.submit(layer, missions.csv_file(path, [row]))
        else:
            fields = {"id": name, "name": word, "marking": marking}
            shape = ("Polygon", missions.square(61, -21, 1), fields)
            # Parts of one line may not lie on each other.
            lower = 0.1 * (*NAMES, name).index(name)
            line = ("LineString", [[61, -20 - lower], [62, -20.5 - lower]], fields)
            receipt = self.desk.submit(layer, missions.geojson_file(path, [shape if layer == "zones" else line]))
        assert receipt.refused_rows == 0

    def take_back(self, batch: int) -> None:
        batches = self.mission.store.batches()
        if batches:
            self.desk.undo(batches[batch % len(batches)].id, "a test")

    def known(self, layer: str, moment: datetime, top: int = 9) -> dict[str, int]:
        """The plain rule: of the versions recorded by then, the newest of each feature, unless it was taken back.

        Who may not see a later version of it does not see it.
        """
        newest: dict[str, tuple[int, bool, int]] = {}
        for versions in self.mission.store.tail(layer, 0):
            for n, feature in enumerate(versions.feature):
                rank = LEVELS.index(versions.marking[n])
                if versions.recorded[n] <= to_micros(moment):
                    newest[feature] = (int(versions.seq[n]), bool(versions.retracted[n]), rank)
                elif feature in newest:
                    seq, gone, before = newest[feature]
                    newest[feature] = (seq, gone, max(before, rank))
        return {f: seq for f, (seq, gone, rank) in newest.items() if not gone and rank <= top}


SAYING = st.tuples(
    st.sampled_from(["incidents", "zones", "ceasefire_lines"]),
    st.sampled_from(NAMES),
    st.sampled_from(["wharf", "orchard", "quarry"]),
    st.sampled_from(LEVELS),
)
ACT = st.one_of(SAYING, SAYING, st.integers(0, 9))
HISTORIES = st.lists(st.tuples(st.integers(0, 4), ACT), min_size=1, max_size=14)


@settings(max_examples=25, deadline=None)
@given(acts=HISTORIES, back=st.integers(0, 70), fresh=st.booleans(), ceiling=st.sampled_from([None, LEVELS[0]]))
def test_every_answer_is_that_of_the_versions_recorded_by_then(acts: list, back: int, fresh: bool, ceiling: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder))
        for minutes, act in acts:
            history.minute += minutes
            if isinstance(act, int):
                history.take_back(act)
            else:
                history.say(*act)
        moment = min(BEGAN + timedelta(minutes=back), history.now())
        if fresh:  # as another process finds it
            history.mission.close()
            history.mission = missions.open_mission(Path(folder) / "m", clock=history.now)
        desk = history.mission.desk(User("someone", ANALYST, ceiling))
        agree(desk, history, View(last="all", known_at=moment), 9 if ceiling is None else 0, Path(folder))
        agree(desk, history, View(last="all"), 9 if ceiling is None else 0, Path(folder))
        history.mission.close()


def agree(desk: Desk, history: History, view: View, top: int, folder: Path) -> None:
    moment = view.known_at or history.now()
    began = [
        int(versions.recorded[0])
        for of in ("incidents", "zones", "ceasefire_lines")
        for versions in history.mission.store.tail(of, 0)
    ]
    if view.known_at and to_micros(moment) < min(began, default=to_micros(history.now()) + 1):
        with pytest.raises(MalformedView, match="nothing"):
            desk.sheet(view)
        return
    sheet = desk.sheet(view)
    for of in (desk.layer(name) for name in ("incidents", "zones", "ceasefire_lines")):
        known = history.known(of.id, moment, top)
        wanted = sorted(known.values())
        assert sheet.count(of) == len(wanted)
        assert sheet.seqs(of).tolist() == wanted == list(sheet.features(of.id).index)
        assert desk.summary(view)["layers"][of.id]["count"] == len(wanted)  # type: ignore[index]
        if of.tiled:
            assert sorted(item["id"] for item in desk.feed(view)["items"]) == wanted  # type: ignore[attr-defined]
            assert desk.counts(view)[0] == len(wanted)
            cut, version = desk.tile(view, of.id, 0, 0, 0)
            assert int(cut.count.sum()) == len(wanted)
            assert encoded(cut, version)
        else:
            assert sorted(shape["id"] for shape in desk.shapes(view, of.id)["features"]) == wanted  # type: ignore[attr-defined]
        cards_agree(desk, history, view, of.id, known)
        for suffix in ("csv", "geojson"):
            path = folder / f"{of.id}-{view.known_at is None}.{suffix}"
            assert desk.export(of.id, path, view) == len(wanted)
            told = {str(row["id"]): row["text" if of.tiled else "name"] for row in exported.rows(path)}
            assert told == texts(history, of.id, known)
    searches_agree(desk, history, view, top)


def texts(history: History, layer: str, known: dict[str, int]) -> dict[str, str]:
    versions = history.mission.store.records(layer, sorted(known.values()))
    field = "text" if layer == "incidents" else "name"
    return {name: json.loads(text)[field] for name, text in zip(versions.feature, versions.payload, strict=True)}


def cards_agree(desk: Desk, history: History, view: View, layer: str, known: dict[str, int]) -> None:
    moment = to_micros(view.known_at or history.now())
    for versions in history.mission.store.tail(layer, 0):
        for n, feature in enumerate(versions.feature):
            try:
                card = desk.card(layer, int(versions.seq[n]), view)
            except NotFound:
                since = history.mission.store.history(layer, feature)
                later = {
                    level for seq, level in zip(since.seq.tolist(), since.marking, strict=True) if seq >= int(versions.seq[n])
                }
                assert feature not in known or versions.retracted[n] or later != {LEVELS[0]}
                continue
            assert not versions.retracted[n]
            told = history.mission.store.history(layer, feature)
            by_then = {int(seq) for seq, at in zip(told.seq, told.recorded, strict=True) if at <= moment}
            assert {line["seq"] for line in card["history"]} <= by_then  # type: ignore[attr-defined]
            assert card["id"] in by_then
            if feature in known:
                assert (card["id"], card["withdrawn"]) == (known[feature], False)


def searches_agree(desk: Desk, history: History, view: View, top: int) -> None:
    moment = view.known_at or history.now()
    for word in ("wharf", "orchard", *NAMES):
        found = {(hit["layer"], hit["id"]) for hit in desk.search(view, word)["items"]}  # type: ignore[attr-defined]
        wanted = set()
        for layer in ("incidents", "zones", "ceasefire_lines"):
            known = history.known(layer, moment, top)
            for name, text in texts(history, layer, known).items():
                if layer == "incidents" and word in (name, text):
                    wanted.add((layer, known[name]))
                if layer != "incidents" and (word in name or word in text):
                    wanted.add((layer, known[name]))
        assert found == wanted


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    made = History(tmp_path)
    for minute, name, word in ((0, "a", "first"), (20, "a", "second"), (20, "b", "brief")):
        made.minute = minute
        made.say("incidents", name, word, LEVELS[0])
    made.minute = 40
    made.desk.undo(3, "a test")
    made.minute = 60
    yield made
    made.mission.close()


@pytest.mark.parametrize(
    ("minute", "told"), [(0, "first"), (19, "first"), (20, "brief second"), (39, "brief second"), (40, "second")]
)
def test_a_record_that_changed_and_one_that_was_withdrawn_are_told_as_they_stood(
    history: History, minute: int, told: str
) -> None:
    view = View(last="24h", known_at=BEGAN + timedelta(minutes=minute))
    items = history.desk.feed(view)["items"]
    assert sorted(item["place"] for item in items) == told.split()  # type: ignore[attr-defined]
    card = history.desk.card("incidents", 1, view)
    assert (card["text"], len(card["history"])) == (told.split()[-1], 1 + (minute >= 20))  # type: ignore[arg-type]
    if minute >= 20:
        withdrawn = history.desk.card("incidents", 3, view)
        assert (withdrawn["withdrawn"], len(withdrawn["history"])) == (minute >= 40, 1 + (minute >= 40))  # type: ignore[arg-type]


def test_a_span_that_ends_now_ends_at_the_moment_that_is_asked_for(history: History) -> None:
    """The report occurred at 1000Z: two hours before now, one before the record began."""
    for last, count in (("1h", 1), ("24h", 1)):
        sheet = history.desk.sheet(View(last=last, known_at=BEGAN))
        assert (sheet.window.start, sheet.count(history.desk.layer("incidents"))) == (
            BEGAN - timedelta(hours=int(last[:-1])),
            count,
        )
    summary = history.desk.summary(View(last="24h", known_at=BEGAN))
    assert summary["histogram"]["end"] <= (BEGAN + timedelta(hours=1)).timestamp() * 1000  # type: ignore[index]


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (NOW + timedelta(minutes=1), "lies in the future; ask what was known at a time up to 011200Z JAN 26"),
        (BEGAN - timedelta(minutes=1), "before the record began; ask from 011100Z JAN 26 on"),
    ],
)
def test_what_cannot_have_been_known_is_answered_in_a_sentence(history: History, moment: datetime, reason: str) -> None:
    with pytest.raises(MalformedView, match=reason):
        history.desk.understood(View(known_at=moment))
    with pytest.raises(MalformedView, match=reason):
        history.desk.within(View(known_at=moment))
    assert history.desk.understood(View(known_at=BEGAN)) == View(known_at=BEGAN)


def test_of_an_empty_record_nothing_was_known(tmp_path: Path) -> None:
    mission = missions.empty(tmp_path / "m")
    with pytest.raises(MalformedView, match="nothing is recorded yet"):
        mission.desk().understood(View(known_at=NOW))
    assert mission.desk().mission()["record_began"] is None
    mission.close()


def test_what_is_stored_later_does_not_touch_a_past_picture(history: History) -> None:
    heard = []
    history.mission.listen(heard.append)
    history.say("incidents", "late", "later", LEVELS[0])
    history.say("zones", "late", "later", LEVELS[0])
    for change in heard:
        assert history.desk.news(View(last="all", known_at=BEGAN + timedelta(minutes=59)), change) == ([], False)
    now = [history.desk.news(View(last="all", known_at=history.now()), change) for change in heard]
    assert [([item["feature"] for item in items], again) for items, again in now] == [(["late"], False), ([], True)]


def test_a_card_of_what_was_not_known_then_says_so(history: History) -> None:
    history.say("incidents", "late", "later", LEVELS[0])
    seq = history.mission.store.version()
    with pytest.raises(NotFound, match="was not known at 011100Z JAN 26"):
        history.desk.card("incidents", seq, View(known_at=BEGAN))
    assert history.desk.card("incidents", seq, View())["text"] == "later"


@pytest.mark.parametrize("fresh", [False, True])
def test_what_was_marked_higher_since_is_not_told_lower_by_asking_for_an_earlier_moment(tmp_path: Path, fresh: bool) -> None:
    history, known = History(tmp_path), View(last="all", known_at=BEGAN + timedelta(minutes=5))
    for word, level in (("first", 0), ("second", 0), ("raised", 1)):
        for layer in ("incidents", "zones"):
            history.say(layer, "a", word, LEVELS[level])
        history.minute += 10
    history.say("incidents", "b", "wharf", LEVELS[0])
    if fresh:
        history.mission.close()
        history.mission = missions.open_mission(tmp_path / "m", clock=history.now)
    low, high = history.mission.desk(User("low", ANALYST, LEVELS[0])), history.desk
    for layer in ("incidents", "zones"):
        assert (len(low.sheet(known).features(layer)), len(high.sheet(known).features(layer))) == (0, 1)
        (seq,) = high.sheet(known).features(layer).index
        assert high.sheet(known).marking(high.layer(layer)) == high.card(layer, seq, known)["marking"] == LEVELS[1]
        for view in (known, None):
            with pytest.raises(NotFound, match="nothing numbered"):
                low.card(layer, seq, view)
    assert [item["feature"] for item in low.feed(View(last="all"))["items"]] == ["b"]  # type: ignore[attr-defined]
    history.mission.close()


@pytest.mark.chromium
def test_the_map_goes_back_to_what_was_known_and_returns(browser: Browser, tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    mission = missions.empty(tmp_path / "mission")
    for hours, text in ((3, "first text"), (1, "second text")):
        mission.clock = lambda hours=hours: now - timedelta(hours=hours)
        store(mission, tmp_path, "watched", text, now - timedelta(hours=4))
    mission.close()
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        place = tab(context).open(site.url)
        place.frame.click("#gl-items li button")
        place.until("document.querySelector('#gl-card .gl-text')?.textContent === 'second text'")
        runs = sum("/_stcore/" in url for url in place.asked)
        ask(place, "soon")
        place.until("document.querySelector('#gl-known-at .gl-fault').textContent.startsWith('Not understood')")
        place.frame.fill("#gl-moment", f"{now + timedelta(days=1):%Y-%m-%dT%H:%MZ}")
        place.frame.press("#gl-moment", "Enter")
        place.until("document.querySelector('#gl-known-at .gl-fault').textContent.includes('lies in the future')")
        place.frame.fill("#gl-moment", f"{now - timedelta(hours=5):%Y-%m-%dT%H:%MZ}")
        place.frame.press("#gl-moment", "Enter")
        place.until("document.querySelector('#gl-known-at .gl-fault').textContent.includes('the record begins')")
        then = now - timedelta(hours=2)
        place.frame.fill("#gl-moment", f"{then:%H%MZ}")
        place.frame.press("#gl-moment", "Enter")
        place.until("document.querySelector('#gl-card .gl-text')?.textContent === 'first text'")
        words = f"{then:%d%H%MZ %b %y}".upper()
        assert place.frame.text_content("#gl-known") == f"As known at {words}"
        assert place.frame.text_content("#gl-live") == "Past picture"
        assert place.frame.locator(".gl-history li").count() == 1
        assert f"known%3D{then:%Y-%m-%dT%H}" in place.url
        place.page.keyboard.press("Escape")
        place.until("document.querySelector('#gl-items').textContent.includes('first text')")
        fresh = missions.csv_file(tmp_path / "fresh.csv", [report("fresh", "third text", now)])
        version = place.frame.get_attribute("#map_div", "data-version")
        site.submit(fresh)
        place.page.wait_for_timeout(1_500)
        assert (place.count, place.frame.get_attribute("#map_div", "data-version")) == (1, version)
        assert "third text" not in (place.frame.text_content("#gl-items") or "")
        found = place.page.evaluate(
            "async (path) => (await fetch(path)).json()", f"/data/search?q=second&v=known%3D{then:%Y-%m-%dT%H:%MZ}"
        )
        assert found["items"] == []
        assert sum("/_stcore/" in url for url in place.asked) == runs
        place.drawn().page.reload()
        place.drawn().until(f"document.querySelector('#gl-known').textContent === 'As known at {words}'")
        place.frame.click("#gl-now")
        place.until("document.querySelector('#gl-items').textContent.includes('second text')")
        place.until("document.querySelector('#gl-count b').textContent === '2'")
        assert place.frame.text_content("#gl-live") == "Live"
        assert place.frame.is_hidden("#gl-now")
        assert place.complaints == []
    context.close()


def ask(place: Tab, text: str) -> None:
    place.frame.click("#gl-known")
    place.frame.fill("#gl-moment", text)
    place.frame.press("#gl-moment", "Enter")


def report(name: str, text: str, at: datetime) -> dict[str, str]:
    times = {"occurred_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "reported_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return missions.row(1, id=name, text=text, place=text, **times)


def store(mission: Mission, folder: Path, name: str, text: str, at: datetime) -> None:
    path = missions.csv_file(folder / f"{text}.csv", [report(name, text, at)])
    assert mission.desk().submit("incidents", path).refused_rows == 0


def test_a_link_may_name_the_moment_in_its_one_spelling() -> None:
    view = parse("known=2026-01-01T06:00Z&last=7d")
    assert view.text == "last=7d&known=2026-01-01T06:00:00Z"
    assert replace(view, known_at=None).text == "last=7d"
