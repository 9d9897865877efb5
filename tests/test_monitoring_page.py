"""The page Monitoring, in the script alone and before a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from layers.desk import Mission, open_mission
from layers.model import parse
from layers.serve import serve
from pages import agreement
from tests.missions import NOW, csv_file, empty, geojson_file, row
from tests.site import NARROW, ROOT, WIDE, exercise_at, number, serving, tab


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission", exercise=True)
    serve(made)
    yield made
    made.close()


def filled(mission: Mission, tmp_path: Path, count: int = 40) -> Mission:
    rows = [
        row(
            n,
            kind=("firing", "restriction_of_movement")[n % 2],
            party="AB"[n % 3 == 0],
            status=("alleged", "verified")[n % 4 == 0],
        )
        for n in range(1, count + 1)
    ]
    mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows))
    return mission


def page(view: str, part: str) -> AppTest:
    shown = AppTest.from_file(str(ROOT / "pages" / "monitoring.py"), default_timeout=30)
    shown.query_params["v"] = view
    shown.session_state["about"] = part
    return shown


def said(shown: AppTest) -> str:
    html = re.sub("<svg.*?</svg>|<[^>]*>", " ", " ".join(element.value for element in shown.markdown))
    return " ".join(unescape(html).replace(" ,", ",").split())


def links(shown: AppTest) -> list[tuple[str, str]]:
    """Return the address and the words of every link."""
    html = " ".join(element.value for element in shown.markdown)
    return [(unescape(a), unescape(b)) for a, b in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', html)]


def counted(shown: AppTest, mission: Mission) -> int:
    """Check that every number that opens records is the number of records there; return how many there are."""
    found = 0
    for address, words in links(shown):
        if urlsplit(address).path.endswith("import"):
            view = parse(parse_qs(urlsplit(address).query)["v"][0])
            assert int(words.replace(",", "")) == mission.desk().counts(view)[0], address
            found += 1
    return found


def test_a_part_without_records_says_what_to_do_between_its_bands(mission: Mission) -> None:
    shown = page("last=24h", "Trends").run()
    assert not shown.exception
    assert "Choose a longer span" in shown.info[0].value
    bands = [str(element.body) for element in shown.get("html") if "gl-band" in str(element.body)]
    assert [body.count("EXERCISE · UNCLASSIFIED · EXERCISE") for body in bands] == [1, 1]


def test_trends_count_the_view_and_every_number_opens_as_many_records(mission: Mission, tmp_path: Path) -> None:
    shown = page("last=24h", "Trends").run()
    filled(mission, tmp_path)
    shown = shown.run()
    assert not shown.exception
    assert "40 reports in the view, 0 in the period before" in said(shown)
    assert "Half the reports are in within 21 min of the event" in said(shown)
    assert "The record begins within the period before, at 011000Z JAN 26: the change is no comparison." in said(shown)
    assert counted(shown, mission) == 4
    assert "<svg" in " ".join(element.value for element in shown.markdown)


def test_the_span_changes_the_view_everywhere(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    shown = page("last=24h&party=A", "Trends").run()
    assert "The last 24 hours" in shown.caption[0].value
    assert "Party: Party A" in shown.caption[0].value.replace("\\", "")
    span = next(one for one in shown.get("button_group") if one.key and one.key.startswith("span-"))
    shown = span.set_value("7d").run()
    assert not shown.exception
    assert shown.session_state["view"] == "last=7d&party=A"
    assert shown.query_params["v"] == "last=7d&party=A"
    assert "The last 7 days" in shown.caption[0].value


def agreed(mission: Mission, text: str) -> Mission:
    """Give a mission a line and an agreement."""
    line = geojson_file(
        mission.folder / "line.geojson",
        [
            (
                "LineString",
                [[60.9, -20.0], [61.5, -20.0]],
                {"id": "l", "name": "Ceasefire line", "left_party": "A", "right_party": "B"},
            )
        ],
    )
    mission.desk().submit("ceasefire_lines", line)
    (mission.folder / "agreement.toml").write_text(text, encoding="utf-8")
    folder = mission.folder
    mission.close()
    return open_mission(folder, clock=lambda: NOW)


def test_a_mission_without_an_agreement_says_how_to_write_one_and_counts_what_needs_none(
    mission: Mission, tmp_path: Path
) -> None:
    filled(mission, tmp_path)
    shown = page("last=24h", "Violations").run()
    assert not shown.exception
    assert "Write one as agreement.toml" in shown.info[0].value
    assert shown.code[0].value.strip() == agreement.EXAMPLE.strip()
    assert "Follow-up of the 40 reports in the view" in said(shown)
    assert "Denials of access" in said(shown)
    assert counted(shown, mission) == 8


def test_the_example_is_an_agreement_that_applies_and_its_numbers_open_as_many_records(mission: Mission, tmp_path: Path) -> None:
    made = agreed(filled(mission, tmp_path), agreement.EXAMPLE)
    serve(made)
    shown = page("last=24h", "Violations").run()
    assert not shown.exception
    assert "Held against: Ceasefire agreement, Annex B." in said(shown)
    assert "2.1 No firing near the line Neither Party shall fire any weapon" in said(shown)
    assert made.desk().violations(parse("last=24h")).rows[0].violations[-1].count == 20
    assert "20 reports violate the agreement" in said(shown)
    assert counted(shown, made) == 12
    by = next(one for one in shown.get("button_group") if one.key == "by")
    assert "From 31 DEC" in said(by.set_value("Week").run())
    made.close()


def test_weeks_that_are_long_past_are_chosen_from_a_list(mission: Mission, tmp_path: Path) -> None:
    rows = [row(1), row(2, occurred_at="2025-10-08T10:00:00Z")]
    mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows))
    made = agreed(mission, 'title = "T"\n[[clauses]]\nid = "1"\ntitle = "No firing"\ntext = "None."\nkinds = ["firing"]\n')
    serve(made)
    shown = page("last=all", "Violations").run()
    shown = next(one for one in shown.get("button_group") if one.key == "by").set_value("Week").run()
    chosen = shown.selectbox("weeks")
    assert chosen.options == ["10 NOV 25 to 29 DEC 25", "06 OCT 25 to 03 NOV 25"]
    assert "29 DEC 25, so far" in said(shown)
    shown = chosen.select("06 OCT 25 to 03 NOV 25").run()
    assert not shown.exception
    assert "06 OCT 25" in said(shown)
    assert "Later" in said(shown)
    made.close()


def test_two_versions_of_a_clause_are_one_row_with_both_wordings_and_their_dates(mission: Mission, tmp_path: Path) -> None:
    one = 'title = "T"\n[[clauses]]\nid = "1"\ntitle = "No firing"\ntext = "%s"\nkinds = ["firing"]\n%s\n'
    newer, older = one % ("Newer.", "from = 2026-01-01"), one % ("Older.", "until = 2026-01-01\nparties = ['A']")
    rows = [row(1), row(2, occurred_at="2025-12-31T23:00:00Z"), row(3, occurred_at="2025-12-31T23:00:00Z", party="B")]
    mission.desk().submit("incidents", csv_file(tmp_path / "reports.csv", rows))
    made = agreed(mission, newer + older.removeprefix('title = "T"\n'))
    serve(made)
    (found,) = made.desk().violations(parse("last=all")).rows
    assert found.violations[-1].count == made.desk().counts(parse("last=all&clause=1"))[0] == 2
    shown = page("last=all", "Violations").run()
    assert not shown.exception
    assert said(shown).count("1 No firing") == 1
    older_at, newer_at = (
        said(shown).index(text) for text in ("Until 010000Z JAN 26: Older. Checked:", "From 010000Z JAN 26: Newer. Checked:")
    )
    assert older_at < newer_at
    made.close()


def test_an_agreement_with_faults_shows_all_of_them_and_applies_none(mission: Mission, tmp_path: Path) -> None:
    wrong = agreement.EXAMPLE.replace("within_m = 1000", "within_m = -1").replace("firing", "<b>fireing</b>")
    made = agreed(filled(mission, tmp_path), wrong)
    serve(made)
    faults: list[dict[str, str]] = made.desk().agreement()["faults"]  # type: ignore[assignment]
    shown = page("last=24h", "Violations").run()
    assert not shown.exception
    assert len(faults) > 1
    assert f"{len(faults)} things keep the agreement from applying" in shown.error[0].value
    for fault in faults:
        assert " ".join(fault["reason"].split()) in said(shown)
    assert "<b>fireing" not in " ".join(element.value for element in shown.markdown)
    assert "Violations by clause" not in said(shown)
    made.close()


@pytest.mark.chromium
def test_the_page_in_a_browser_opens_from_the_bar_changes_part_and_its_numbers_open_as_many_records(
    browser: Browser, tmp_path: Path
) -> None:
    folder = exercise_at(tmp_path / "mission")
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(folder) as site:
        here = tab(context)
        page = here.page
        page.goto(f"{site.url}/monitoring?v=last%3D30d")
        page.wait_for_selector("text=Violations by clause")
        here.settled()
        loaded = len(here.complaints)
        page.get_by_text("Sector", exact=True).first.click()
        page.wait_for_selector("text=Clause, by sector")
        page.get_by_text("Trends", exact=True).first.click()
        page.wait_for_selector("svg.gl-chart >> visible=true")
        page.wait_for_selector("svg.gl-spark >> nth=5")
        page.get_by_text("7 d", exact=True).click()
        page.wait_for_selector("text=The last 7 days")
        here.settled()
        assert "last%3D7d" in here.url
        link = page.locator(".gl-counts tbody tr td a").first
        count = number(link.text_content())
        assert here.complaints[loaded:] == []
        link.click()
        page.wait_for_selector(f"text={count:,} records in the view")
        assert "sector%3D" in here.url
        page.go_back()
        page.wait_for_selector("text=By kind")
        page.locator(".gl-counts tbody th a").first.click()
        here.drawn()
        here.soon(lambda: here.count == count)
        assert all(asked.startswith((site.url, site.url.replace("http", "ws"), "data:", "blob:")) for asked in here.asked)
    context.close()


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) :red[b] $c$ **d** `e` -> :tada:",
    "http://example.org www.example.org a@example.org",
    "</th></tr></table><script>alert(1)</script>&lt;",
)


@pytest.mark.chromium
def test_hostile_codes_read_as_they_stand_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    made = empty(tmp_path / "mission")
    rows = [row(n, kind=code, party=code, occurred_at="2026-01-01T10:00:00Z") for n, code in enumerate(HOSTILE)]
    made.desk().submit("incidents", csv_file(tmp_path / "odd.csv", rows))
    made.close()
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    with serving(tmp_path / "mission") as site:
        here = tab(context)
        here.page.goto(f"{site.url}/monitoring?v=last%3Dall&about=Trends")
        here.page.wait_for_selector("text=By kind")
        here.settled()
        heads = here.page.locator(".gl-counts tbody th").all_text_contents()
        assert {" ".join(code.split()) for code in HOSTILE} <= set(heads)
        assert here.page.locator(".gl-drawn img, .gl-drawn script, .gl-drawn code, .gl-drawn .katex").count() == 0
        addresses = here.page.locator(".gl-drawn a").evaluate_all("(links) => links.map((one) => new URL(one.href).origin)")
        assert set(addresses) == {site.url}
    context.close()


SMALL = "[...document.querySelectorAll('.gl-drawn a')].filter((link) => link.offsetParent && link.getBoundingClientRect().height < 44).length || []"
#: Tables that go on sideways and do not fade there; that of the clauses goes on nowhere.
CUT = """[...document.querySelectorAll('.gl-scroll')].filter((of) => of.scrollWidth > of.clientWidth + 1)
  .filter((of) => of.querySelector('.gl-clauses') || getComputedStyle(of).maskImage === 'none').map((of) => of.textContent)"""


@pytest.mark.chromium
@pytest.mark.parametrize("part", ["Violations", "Trends"])
def test_nothing_is_wider_than_a_narrow_screen_and_words_can_be_read(browser: Browser, tmp_path: Path, part: str) -> None:
    context = browser.new_context(viewport={"width": NARROW[0], "height": NARROW[1]}, color_scheme="dark")
    with serving(exercise_at(tmp_path / "mission")) as site:
        here = tab(context)
        here.page.goto(f"{site.url}/monitoring?v=last%3D30d&about={part}")
        here.page.wait_for_selector("svg.gl-chart >> visible=true")
        here.settled()
        assert here.page.evaluate("document.querySelector('.stMain').scrollWidth") <= NARROW[0]
        chart = here.page.locator("svg.gl-chart >> visible=true").first
        assert (chart.bounding_box() or {})["width"] >= 340
        assert chart.evaluate("(drawn) => getComputedStyle(drawn).color") != "rgb(0, 0, 0)"
        assert here.page.evaluate(SMALL) == []
        assert here.page.evaluate(CUT) == []
        here.page.evaluate("document.querySelector('.stMain').scrollTo(0, 900)")
        tops = here.page.evaluate("[...document.querySelectorAll('.gl-band')].map((band) => band.getBoundingClientRect().top)")
        assert tops == [60, NARROW[1] - 20], "both bands stay in sight"
        assert (
            float(here.page.evaluate("getComputedStyle(document.querySelector('[data-testid=stCaptionContainer]')).opacity"))
            >= 0.8
        )
    context.close()


def test_incidents_that_are_switched_off_are_said_to_be(mission: Mission, tmp_path: Path) -> None:
    filled(mission, tmp_path)
    assert "switched off" in page("last=24h&hide=incidents", "Trends").run().info[0].value


def test_a_hostile_code_is_text(mission: Mission, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    mission.desk().submit("incidents", csv_file(tmp_path / "odd.csv", [row(1, kind=hostile)]))
    html = " ".join(element.value for element in page("last=24h", "Trends").run().markdown)
    assert "<img" not in html
    assert "&lt;img" in html
