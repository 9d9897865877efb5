"""Whatever a record, a file or a reason says, on the pages of Import it is text: no link, picture, formula or colour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from layers.desk import open_mission
from layers.model import View
from layers.serve import serve
from pages.plain import plain
from tests.missions import NOW, csv_file, empty, row
from tests.site import ROOT, WIDE, Site, Tab, serving, tab

HOSTILE = (
    "[c](http://evil.example/t) ![p](http://evil.example/x.png) <b>x</b> <img src=x> =1+1 :red[r] :blue-badge[b] :smile: "
    ":streamlit: :material/home: $e=mc^2$ http://evil.example/auto www.evil.example a.b@evil.example **bold** `code` -> --"
)
NAMED = f"{HOSTILE.replace('/', '∕')[:110]}.csv"
#: What of a text would have come alive. Pictures of the dry run are the page's own.
ALIVE = """[...document.querySelectorAll([
    "[data-testid=stMain] a:not([href^='#'])", "[data-testid=stMain] img:not([src*='/media/']):not([src^='data:image/svg'])",
    "[data-testid=stMain] img[alt='Streamlit logo']", "[data-testid=stMain] script", ".katex", ".stMarkdownColoredText",
    ".stMarkdownBadge", "[data-testid=stMarkdownContainer] code", "[data-testid=stMarkdownContainer] [data-testid=stIconMaterial]",
    ".gl-said b", ".gl-version b b", ".gl-outcome b", ".stMarkdown img",
].join(", "))].map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    empty(folder / "mission").close()
    made = open_mission(folder / "mission", clock=lambda: NOW)
    odd = {"kind": HOSTILE, "party": HOSTILE, "place": HOSTILE, "text": HOSTILE, "target": HOSTILE, "longitude": "61.5"}
    rows = [row(1, **odd, source=HOSTILE), row(2, **odd, source=f"{HOSTILE} two"), row(3, **odd, source="three")]
    desk = made.desk()
    assert desk.submit("incidents", csv_file(folder / "a.csv", rows), name=HOSTILE).new == 3
    first = made.store.current("incidents", ["r1", "r2"])
    desk.link("incidents", dict(zip(first.feature, first.seq.tolist(), strict=True)), HOSTILE)
    made.close()
    with serving(folder / "mission") as started:
        yield started


@pytest.fixture
def here(site: Site, browser: Browser) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    yield tab(context)
    context.close()


def opened(here: Tab, site: Site, section: str, view: View) -> None:
    here.page.goto(f"{site.url}/import?part=Record&section={section}&v={quote(view.text, safe='')}")
    here.page.wait_for_selector(".st-key-record")
    here.settled()


def dead(here: Tab) -> None:
    """Assert that no text came alive."""
    here.settled()
    assert here.page.evaluate(ALIVE) == []
    assert "😄" not in here.page.inner_text("[data-testid=stMain]")


def tick(here: Tab) -> None:
    """Choose the first row."""
    box = here.page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box is not None
    here.page.mouse.click(box["x"] + 16, box["y"] + 51)


KIND = View(last="all", filters=(("kind", (HOSTILE,)),))


@pytest.mark.chromium
def test_records_their_card_a_refused_edit_and_an_export(here: Tab, site: Site) -> None:
    opened(here, site, "Records", KIND)
    here.page.wait_for_selector("text=3 records in the view")
    dead(here)
    tick(here)
    here.page.wait_for_selector("text=Why is this row here?")
    assert HOSTILE in (here.page.text_content(".gl-title") or "")
    dead(here)
    here.page.get_by_role("button", name="Edit", exact=True).click()
    form = here.page.locator("[data-testid=stPopoverBody]")
    form.get_by_label("Occurred", exact=True).fill(HOSTILE)
    form.get_by_label("Reason", exact=True).fill(HOSTILE)
    form.get_by_role("button", name="Edit", exact=True).click()
    form.locator(".gl-ill").wait_for()
    dead(here)
    here.page.keyboard.press("Escape")
    here.page.get_by_role("button", name="Make file").click()
    here.page.wait_for_selector("[data-testid=stDownloadButton]")
    assert "[c](http:" in here.page.inner_text("[data-testid=stMain]")
    dead(here)


@pytest.mark.chromium
def test_likely_duplicates_and_batches(here: Tab, site: Site) -> None:
    opened(here, site, "Likely+duplicates", View(last="all"))
    here.page.wait_for_selector(".gl-beside")
    here.page.get_by_role("button", name="Link them").click()
    here.page.wait_for_selector("text=No reason is given")
    dead(here)
    opened(here, site, "Batches", View(last="all"))
    here.page.wait_for_selector("text=2 batches")
    tick(here)
    here.page.wait_for_selector("text=Batch 2 · Link")
    here.page.get_by_placeholder("File, who, act or number, then Enter").fill("evil.example/x")
    here.page.keyboard.press("Enter")
    here.page.get_by_role("button", name="Take it back").click()
    here.page.wait_for_selector("text=No reason is given")
    dead(here)


def test_what_an_address_asks_for_in_vain_is_told_as_it_stands(tmp_path: Path) -> None:
    made = empty(tmp_path / "mission")
    serve(made)
    shown = AppTest.from_file(str(ROOT / "pages" / "files.py"), default_timeout=30)
    shown.query_params["v"] = View(last="all", filters=(("kind", ("[c](http://evil.example)",)),)).text
    assert plain("'[c](http://evil.example)'") in shown.run().warning[0].value
    made.close()


@pytest.mark.chromium
def test_a_file_its_columns_values_faults_and_remarks(here: Tab, site: Site, tmp_path: Path) -> None:
    here.page.goto(f"{site.url}/import?v=last%3Dall")
    here.page.wait_for_selector("input[type=file]", state="attached")
    odd = row(8, kind=HOSTILE, occurred_at=HOSTILE), row(9, kind=HOSTILE, severity=HOSTILE), row(10, kind=HOSTILE, party=HOSTILE)
    path = csv_file(tmp_path / NAMED, odd)
    text = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f'{text[0]},"{HOSTILE}"', *(f'{line},"{HOSTILE}"' for line in text[1:])]), encoding="utf-8")
    here.page.set_input_files("input[type=file]", str(path))
    here.page.wait_for_selector("text=Refused rows")
    for fold in here.page.locator("[data-testid=stExpander] summary").all():
        if fold.evaluate("(one) => !one.parentElement.open"):
            fold.click()
    dead(here)
    empty_one = tmp_path / f"empty {path.name}"
    empty_one.write_text("")
    here.page.set_input_files("input[type=file]", str(empty_one))
    here.page.wait_for_selector("text=The file cannot be taken")
    dead(here)


@pytest.mark.parametrize("part", HOSTILE.split(" "))
def test_what_is_escaped_reads_as_it_stands(part: str) -> None:
    shown = plain(part).replace("\u2060", "")
    assert shown.replace("\\", "") == part
