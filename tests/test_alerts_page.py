"""Alerts on the live map: pinned above the feed, acknowledged there, and never moving what is being read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.frame import ANSWERS, CARD, HOSTILE, ITEM, NOW, SITE, Frame
from tests.site import NARROW, faint
from tests.test_render_live import FAKE_SOCKET

pytestmark = pytest.mark.chromium
HOUR = 3_600_000
FEED = [ITEM | {"id": n, "title": "Firing", "place": f"Place {n}"} for n in range(40, 0, -1)]
CONTRAST = faint("#gl-alerts *", "!of.closest('.gl-unseen') && of.childElementCount === 0")
SAID = "(words) => (({ hidden, innerText }) => (hidden ? '' : innerText))(document.querySelector('#gl-card-stale')) === words"
SMALL = """[...document.querySelectorAll('#gl-alerts button, #gl-alerts input')]
  .filter((e) => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map((e) => e.id || e.className)"""


def alert(number: int, fresh: int = 1, **more: object) -> dict[str, object]:
    newest = ITEM | {"id": 7, "title": "Shelling", "place": f"Place {number}", "sector": "S1", "marking": "UNCLASSIFIED"}
    usual = {
        "key": f"rule:{number}", "rule": "rule", "title": f"Alert {number}", "priority": 1, "count": fresh or 1, "fresh": fresh, "withdrawn": 0, "changed": 0,
        "first": NOW - HOUR, "last": NOW - number * 60_000, "marking": "UNCLASSIFIED", "newest": newest,
        "acknowledged": None if fresh else {"who": "owner", "at": NOW - 60_000, "reason": "patrol sent", "upto": 7},
    }  # fmt: skip
    return usual | more


def listed(*alerts: dict[str, object], version: int = 7, **more: object) -> dict[str, object]:
    usual = {"version": version, "rules": 2, "open": sum(bool(one["fresh"]) for one in alerts), "faults": [], "kept_h": 168}
    return usual | {"may": True, "alerts": list(alerts), "unheard": []} | more


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Open the frame alone with these alerts, and wait until they stand."""
    made: list[Page] = []

    def with_alerts(*alerts: dict[str, object], size: tuple[int, int] = (1440, 800), waits: str = "#gl-alerts header", **more: object) -> Page:  # fmt: skip
        monkeypatch.setitem(ANSWERS, "/data/alerts", listed(*alerts, **more))
        monkeypatch.setitem(ANSWERS, "/data/feed", {"version": 7, "items": FEED})
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        made.append(page)
        page.set_default_timeout(10_000)
        page.add_init_script(FAKE_SOCKET)
        Frame(page).open()
        page.evaluate("window.show('last=24h', 'room')")
        page.wait_for_selector(waits, state="attached")
        return page

    yield with_alerts
    for page in made:
        page.close()


def pushed(page: Page, monkeypatch: pytest.MonkeyPatch, *alerts: dict[str, object]) -> None:
    """Let the server have other alerts, and say so."""
    monkeypatch.setitem(ANSWERS, "/data/alerts", listed(*alerts, version=8))
    page.evaluate("(message) => window.link.onmessage({data: JSON.stringify(message)})", {"t": "alerts"})


def titles(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#gl-pins .gl-title").all_text_contents()]


def test_three_are_pinned_and_a_button_opens_the_rest(opened: Opened) -> None:
    page = opened(*(alert(n) for n in range(1, 6)), alert(6, fresh=0), alert(7, fresh=0))
    assert titles(page) == ["Alert 1", "Alert 2", "Alert 3"]
    assert page.text_content("#gl-alerts-open") == "5 alerts to acknowledge"
    assert page.text_content("#gl-alerts-all") == "And 2 more, 2 acknowledged"
    assert page.title() == "(5)"
    page.click("#gl-alerts-all")
    assert titles(page) == [f"Alert {n}" for n in range(1, 8)]
    assert page.get_attribute("#gl-alerts-all", "aria-expanded") == "true"
    assert "Acknowledged 0714Z by owner: patrol sent" in (page.text_content("#gl-pins li:last-child") or "")
    page.keyboard.press("Escape")
    assert titles(page) == ["Alert 1", "Alert 2", "Alert 3"]


def test_an_alert_says_how_urgent_how_often_where_and_what_came_since(opened: Opened) -> None:
    before = {"who": "owner", "at": NOW - 180_000, "reason": "seen", "upto": 3}
    page = opened(alert(1, 2, count=5, priority=2, marking="CONFIDENTIAL", acknowledged=before))
    line = page.locator("#gl-pins li")
    assert [part.strip() for part in line.locator(".gl-line, .gl-done").all_text_contents()] == [
        "Alert 15×C0714Z", "HighS1, Place 1", "2 new since acknowledged by owner 0712Z",
    ]  # fmt: skip
    assert line.locator(".gl-times-of").get_attribute("title") == "5 incidents"
    assert line.locator(".gl-mark").get_attribute("title") == "CONFIDENTIAL"


def test_an_alert_says_what_became_of_its_incidents_and_why_it_was_acknowledged_where_that_is_told(opened: Opened) -> None:
    done = {"who": "owner", "at": NOW - 60_000, "reason": None, "upto": 7}
    page = opened(
        alert(1, withdrawn=1), alert(2, changed=1), alert(3, 4, withdrawn=2, changed=1), alert(4, fresh=0, acknowledged=done)
    )
    page.click("#gl-alerts-all")
    assert page.locator("#gl-pins .gl-done").all_text_contents() == [
        "Withdrawn since", "Changed since: the rule does not fit any more",
        "2 of 4 withdrawn since, 1 of 4 changed since: the rule does not fit any more", "Acknowledged 0714Z by owner",
    ]  # fmt: skip


def test_no_text_of_a_record_a_rule_or_a_person_becomes_code(opened: Opened) -> None:
    newest = ITEM | {"id": 7}
    done = {"who": HOSTILE, "at": NOW, "reason": HOSTILE, "upto": 7}
    page = opened(alert(1, title=HOSTILE, newest=newest, marking=HOSTILE, acknowledged=done), faults=[HOSTILE])
    page.wait_for_timeout(200)
    assert page.evaluate("[top.hurt, window.hurt, document.querySelectorAll('#gl img, #gl script').length]") == [None, None, 0]
    assert "onerror" in page.inner_text("#gl-pins")
    assert "onerror" in page.inner_text("#gl-alerts-faults")
    assert page.evaluate("document.querySelector('#gl-panel').scrollWidth <= document.querySelector('#gl-panel').clientWidth")


def test_an_alert_opens_its_newest_incident_and_brings_the_map_there(opened: Opened) -> None:
    page = opened(alert(1))
    page.click("#gl-pins .gl-item")
    page.wait_for_selector("#gl-card h2")
    assert "12.00/-20.1" in page.evaluate("location.hash") or int(page.evaluate("location.hash").split("/")[0][1:]) >= 12
    assert page.locator("#gl-pins li").is_visible()


def acknowledging(page: Page, answer: Callable[[Route], None]) -> list[tuple[str, str, dict[str, object]]]:
    """Answer what is posted; return the requests as they come."""
    sent: list[tuple[str, str, dict[str, object]]] = []

    def hear(route: Route) -> None:
        said = json.loads(route.request.post_data or "null")
        sent.append((route.request.method, route.request.headers.get("authorization", ""), said))
        answer(route)

    page.route(f"{SITE}/alerts/acknowledge", hear)
    return sent


def test_it_is_acknowledged_by_keyboard_alone_with_a_reason(opened: Opened) -> None:
    page = opened(alert(1), alert(2))
    after = listed(alert(2), alert(1, fresh=0), version=9)
    sent = acknowledging(page, lambda route: route.fulfill(json=after))
    page.focus("#gl-pins .gl-item")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("r + / l is text here")
    page.keyboard.press("Escape")
    assert page.locator(".gl-ack-form").count() == 0
    assert page.evaluate("document.activeElement.className") == "gl-quiet gl-ack"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert "Give a reason" in page.inner_text(".gl-ack-form")
    page.keyboard.type("patrol sent")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#gl-alerts-open').textContent === '1 alert to acknowledge'")
    assert sent == [("POST", "Bearer room", {"key": "rule:1", "upto": 7, "reason": "patrol sent"})]
    assert titles(page) == ["Alert 2"]
    assert page.title() == "(1)"
    assert page.evaluate("document.activeElement.className") == "gl-quiet gl-ack"


def test_a_refusal_is_said_in_the_form_and_the_reason_is_kept(opened: Opened) -> None:
    page = opened(alert(1))
    answers: list[Callable[[Route], None]] = [
        lambda route: route.fulfill(status=400, body="owner has acknowledged this alert already; nothing was added\n"),
        lambda route: route.fulfill(status=401, body="no valid token\n"),
        lambda route: route.abort(),
    ]
    acknowledging(page, lambda route: answers.pop(0)(route))
    page.click(".gl-ack")
    page.keyboard.type("seen")
    for words in (
        "owner has acknowledged this alert already",
        "the link of this tab is being renewed",
        "the server does not answer",
    ):
        page.keyboard.press("Enter")
        page.wait_for_function(
            "(words) => document.querySelector('.gl-ack-form .gl-fault').textContent.includes(words)", arg=words
        )
        assert page.input_value(".gl-ack-form input") == "seen"
        page.wait_for_function("!document.querySelector('.gl-ack-form [type=submit]').disabled")


def test_who_may_not_acknowledge_is_not_asked_to(opened: Opened) -> None:
    page = opened(alert(1), may=False)
    assert titles(page) == ["Alert 1"]
    assert page.locator(".gl-ack").count() == 0


def test_what_is_read_in_the_feed_stays_where_it_is_when_an_alert_comes(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()
    page.evaluate("document.querySelector('#gl-items').scrollTop = 300")
    where = "document.querySelector('#gl-items [data-id=\"30\"]').getBoundingClientRect().top"
    before = page.evaluate(where)
    pushed(page, monkeypatch, alert(1), alert(2))
    page.wait_for_selector("#gl-pins li:nth-child(2)")
    assert page.evaluate(where) == pytest.approx(before, abs=0.5)
    assert "New alert: Alert 1, S1, Place 1" in (page.text_content("#gl-alerts [role=status]") or "")
    pushed(page, monkeypatch, alert(1, fresh=0), alert(2, fresh=0))
    page.wait_for_selector("#gl-pins li", state="detached")
    assert page.evaluate(where) == pytest.approx(before, abs=0.5)
    page.evaluate("document.querySelector('#gl-items').scrollTop = 0")
    page.wait_for_function("document.querySelector('#gl-alerts').style.minHeight === ''")


def test_an_open_card_and_a_form_in_hand_stay_and_the_alert_waits_beside_them(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    page = opened(alert(2))
    page.click("#gl-items li:nth-child(2) .gl-item")
    page.wait_for_function("!document.querySelector('#gl-card').hidden")
    page.mouse.move(400, 400)
    where = "JSON.stringify([...document.querySelectorAll('#gl-card, .gl-ack')].map((of) => of.getBoundingClientRect().top))"
    before = page.evaluate(where)
    pushed(page, monkeypatch, alert(1), alert(2))
    page.wait_for_function("document.querySelector('#gl-alerts-new').textContent === '1 new ↑'")
    assert (page.evaluate(where), page.title(), titles(page)) == (before, "(2)", ["Alert 2"])
    page.keyboard.press("Escape")
    page.wait_for_selector("#gl-pins li:nth-child(2)")
    assert titles(page) == ["Alert 1", "Alert 2"]
    page.click("#gl-pins li:nth-child(2) .gl-ack")
    page.keyboard.type("patrol")
    pushed(page, monkeypatch, alert(3), alert(1), alert(2))
    page.wait_for_function("document.querySelector('#gl-alerts-new').textContent === '1 new ↑'")
    page.keyboard.type(" sent")
    assert (page.input_value(".gl-ack-form input"), titles(page)) == ("patrol sent", ["Alert 1", "Alert 2"])
    page.keyboard.press("Escape")
    page.click("#gl-alerts-new")
    assert titles(page) == ["Alert 3", "Alert 1", "Alert 2"]


def test_what_a_colleague_acknowledged_is_marked_where_it_stands(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(*(alert(n) for n in range(1, 5)))
    page.click("#gl-pins li:nth-child(1) .gl-ack")
    page.keyboard.type("patrol")
    where = "JSON.stringify([...document.querySelectorAll('#gl-pins li, .gl-ack, #gl-alerts-all, #gl-feed')].map((of) => of.getBoundingClientRect().top))"
    before = page.evaluate(where)
    by = {"who": HOSTILE, "at": NOW - 60_000, "reason": "seen", "upto": 7}
    pushed(page, monkeypatch, alert(3), alert(4), alert(1, fresh=0, acknowledged=by))
    page.wait_for_function("document.querySelector('#gl-alerts-open').textContent === '2 alerts to acknowledge'")
    first, second, third = (page.locator(f"#gl-pins li:nth-child({n})") for n in (1, 2, 3))
    assert "Acknowledged 0714Z by <img" in first.inner_text()
    assert first.locator("[type=submit]").is_disabled()
    assert "No longer on the list" in second.inner_text()
    assert second.locator(".gl-ack").is_disabled()
    assert third.locator(".gl-ack").is_enabled()
    assert page.text_content("#gl-alerts-all") == "And 1 more, 1 acknowledged"
    assert page.evaluate(where) == before
    assert page.input_value(".gl-ack-form input") == "patrol"
    assert page.evaluate("document.querySelectorAll('#gl img').length") == 0
    pushed(page, monkeypatch, *(alert(n) for n in range(1, 5)))
    page.wait_for_function("!document.querySelector('#gl-pins [data-gone]')")
    assert first.locator("[type=submit]").is_enabled()


def test_a_list_that_goes_on_fades_and_its_buttons_stand_clear(opened: Opened) -> None:
    page = opened(*(alert(n) for n in range(1, 30)))
    page.click("#gl-alerts-all")
    assert page.get_attribute("#gl-pins", "data-more") == "down"
    page.evaluate("document.querySelector('#gl-pins').scrollTop = 40")
    page.wait_for_function("document.querySelector('#gl-pins').dataset.more === 'up down'")
    page.evaluate("document.querySelector('#gl-pins').scrollTop = 1e6")
    page.wait_for_function("document.querySelector('#gl-pins').dataset.more === 'up'")
    button, time, line = (page.locator(f"#gl-pins li:first-child {of}").bounding_box() for of in (".gl-ack", "time", ".gl-item"))
    assert button is not None
    assert time is not None
    assert line is not None
    assert button["height"] >= 28
    assert time["y"] + time["height"] + 4 <= button["y"]
    assert button["y"] + button["height"] <= line["y"] + line["height"]


def test_an_incident_that_the_view_leaves_out_is_drawn_and_its_card_says_so(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    page = opened(alert(1))
    painted = """() => {
      const sheet = document.querySelector('.leaflet-overlay-pane canvas.gl-sheet');
      const at = [sheet.width, sheet.height];
      return sheet.getContext('2d').getImageData(0, 0, ...at).data.filter((value, n) => n % 4 === 3 && value > 0).length;
    }"""
    found = []
    for outside in ("", "Outside the span of this view"):
        monkeypatch.setitem(ANSWERS, "/data/card/incidents/7", CARD | {"outside": outside})
        page.click("#gl-pins .gl-item")
        page.wait_for_selector("#gl-card h2")
        page.wait_for_function(SAID, arg=outside)
        page.wait_for_timeout(200)
        found.append(page.evaluate(painted))
    assert found[1] > found[0] > 0
    monkeypatch.setitem(ANSWERS, "/data/card/incidents/7", CARD | {"outside": ""})
    before = page.evaluate("location.hash")
    page.evaluate("window.show('last=7d', 'room')")
    page.wait_for_function(SAID, arg="")
    page.wait_for_timeout(100)
    assert page.evaluate(painted) == found[0]
    assert page.evaluate("location.hash") == before


def test_a_mission_without_rules_shows_nothing_and_one_without_alerts_says_so(opened: Opened) -> None:
    page = opened(rules=0, waits="link[href*='alerts.css']")
    page.wait_for_timeout(300)
    assert not page.is_visible("#gl-alerts")
    assert page.title() == ""
    page = opened()
    assert page.inner_text("#gl-alerts") == "No alert to acknowledge"


def test_a_rule_that_cannot_be_followed_and_a_list_that_cannot_be_read_are_said(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    page = opened(alert(1), faults=["Alert rule 'x' names the zone 'Atlantis', which is not here; put it right in mission.toml."])
    assert "names the zone 'Atlantis'" in page.inner_text("#gl-alerts-faults")
    monkeypatch.delitem(ANSWERS, "/data/alerts")
    page.evaluate("window.link.onmessage({data: JSON.stringify({t: 'alerts'})})")
    page.wait_for_function("document.querySelector('#gl-alerts-faults').textContent.includes('Alerts cannot be read: nothing of that name.')")  # fmt: skip
    assert titles(page) == ["Alert 1"]


@pytest.mark.parametrize(("size", "rules"), [((1440, 800), 2), ((1440, 800), 0), (NARROW, 2)])
def test_who_is_not_heard_of_stands_on_the_first_screen_and_goes_when_heard(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], rules: int
) -> None:
    late = ["1 patrol report overdue", f"{HOSTILE}: nothing for 26 h"]
    page = opened(alert(1), size=size, rules=rules, unheard=late, waits="#gl-unheard")
    assert page.text_content("#gl-unheard") == " · ".join(late).replace("\u202e", "⟨U+202E⟩")
    assert "/monitoring?v=last%3D24h&about=Patrols" in str(page.get_attribute("#gl-unheard", "href"))
    box = page.evaluate(
        "(({ x, y, right, height }) => [x, y, right, height])(document.querySelector('#gl-unheard').getBoundingClientRect())"
    )
    assert box[0] >= 0
    assert box[2] <= size[0]
    assert page.evaluate("([x, y]) => document.elementFromPoint(x + 20, y + 10).id", box) == "gl-unheard"
    assert titles(page) == (["Alert 1"] if rules else [])
    pushed(page, monkeypatch, alert(1))
    page.wait_for_selector("#gl-unheard", state="detached")


def test_a_narrow_screen_pins_one_counts_the_rest_on_the_grip_and_gives_the_form_room(opened: Opened) -> None:
    page = opened(*(alert(n) for n in range(1, 6)), size=NARROW)
    assert page.evaluate("getComputedStyle(document.querySelector('#gl-grip'), '::after').content") == '"5"'
    page.click("#gl-grip")
    assert titles(page) == ["Alert 1"]
    assert page.text_content("#gl-alerts-all") == "And 4 more"
    page.click(".gl-ack")
    page.wait_for_function("document.querySelector('#gl-panel').dataset.sheet === 'full'")
    page.wait_for_timeout(300)
    assert page.evaluate(SMALL) == []
    box = "(of) => { const { top, bottom } = document.querySelector(of).getBoundingClientRect(); return [top, bottom]; }"
    form, pins = page.evaluate(box, ".gl-ack-form"), page.evaluate(box, "#gl-pins")
    assert pins[0] <= form[0]
    assert form[1] <= pins[1] + 1


@pytest.mark.parametrize("scheme", ["day", "night"])
def test_every_word_stands_out_by_day_and_by_night(opened: Opened, scheme: str) -> None:
    page = opened(*(alert(n, priority=n) for n in (1, 2, 3)), alert(4, fresh=0), faults=["A rule is not here."])
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", scheme)
    page.click("#gl-alerts-all")
    page.click(".gl-ack")
    assert page.evaluate(CONTRAST) == []
    page.hover("#gl-pins li:nth-child(3) .gl-item")
    assert page.evaluate(CONTRAST) == []
