"""What was recorded in a span, whenever it occurred: nothing that comes in late falls between two briefs."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import BrowserContext
from pptx import Presentation
from streamlit.testing.v1 import AppTest

from layers.briefing.drawing import drawing
from layers.briefing.picture import Marks
from layers.desk import Brief, Desk, plates, withdrawn
from layers.desk.briefs import Issued
from layers.desk.groups import moments
from layers.desk.weeks import weeks
from layers.model import Versions, View, parse, to_micros
from layers.notation import dtg
from layers.serve import serve
from tests import missions
from tests.site import ROOT, Site, tab

BEGAN = missions.NOW
ALL = View(last="all")
MINUTE = timedelta(minutes=1)
LEAST = timedelta(microseconds=1)


class Watch:
    """A record that is written, and briefed from, at minutes of the test's choosing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.minute, self.files = folder, 0, 0
        self.mission = missions.empty(folder / "m")
        self.mission.clock = lambda: self.at(self.minute)

    def at(self, minute: float) -> datetime:
        return BEGAN + minute * MINUTE

    @property
    def desk(self) -> Desk:
        return self.mission.desk()

    def report(self, name: str, occurred: float, text: str = "shots heard", **fields: str) -> None:
        self.files += 1
        times = {"occurred_at": f"{self.at(occurred):%Y-%m-%dT%H:%M:%SZ}", "reported_at": ""}
        row = missions.row(len(name), id=name, text=text, **times, **fields)
        assert self.desk.submit("incidents", missions.csv_file(self.folder / f"{self.files}.csv", [row])).refused_rows == 0

    def withdraw(self, name: str) -> None:
        now = self.desk.sheet(View(last="all")).features("incidents").reset_index().set_index("id")["version"]
        if name in now.index:
            self.desk.withdraw("incidents", {name: int(now[name])}, "a test")

    def route(self, name: str, start: int | None, end: int | None) -> None:
        self.files += 1
        fields: dict[str, object] = {"id": name, "name": name}
        if start is not None and end is not None:
            fields |= {"starts_at": f"{self.at(start):%Y-%m-%dT%H:%M:%SZ}", "ends_at": f"{self.at(end):%Y-%m-%dT%H:%M:%SZ}"}
        line = ("LineString", [[61, -20 - 0.1 * self.files], [62, -20.5 - 0.1 * self.files]], fields)
        path = missions.geojson_file(self.folder / f"{self.files}.geojson", [line])
        assert self.desk.submit("patrol_routes", path).refused_rows == 0

    def versions(self) -> Iterator[tuple[Versions, int]]:
        for part in self.mission.store.tail("incidents", 0):
            yield from ((part, n) for n in range(len(part)))

    def recorded(self, start: datetime | None, end: datetime | None, known_at: datetime) -> list[int]:
        """The plain rule: of what stood at a moment, the versions that were recorded from ``start`` on and before ``end``."""
        stood: dict[str, tuple[int, int, bool]] = {}
        for part, n in self.versions():
            if part.recorded[n] <= to_micros(known_at):
                stood[part.feature[n]] = int(part.seq[n]), int(part.recorded[n]), bool(part.retracted[n])
        low, high = to_micros(start) if start else 0, to_micros(end) if end else np.iinfo(np.int64).max
        return sorted(seq for seq, at, gone in stood.values() if not gone and low <= at < high)

    def issue(self, since: datetime | None, form: str = "pdf") -> Issued:
        view = View(start=since, by="recorded") if since else View(last="all")
        return self.brief(view, Brief(since=since), form)

    def brief(self, view: View, brief: Brief, form: str = "png") -> Issued:
        """Issue a sheet, and hand it out."""
        made = self.desk.issue(view, brief, form)  # type: ignore[arg-type]
        self.desk.hand((made,))
        return made


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    made.report("first", -120)
    yield made
    made.mission.close()


def seqs(desk: Desk, view: View) -> list[int]:
    return [int(seq) for seq in desk.sheet(view).seqs(desk.layer("incidents"))]


NAMES = ("a", "bb", "ccc", "dddd")
REPORT = st.tuples(st.sampled_from(NAMES), st.integers(-600, 60))
ACTS = st.lists(st.tuples(st.integers(0, 6), st.one_of(REPORT, REPORT, st.sampled_from(NAMES))), min_size=1, max_size=12)
SPAN = st.tuples(st.none() | st.integers(-10, 70), st.none() | st.integers(1, 60), st.none() | st.integers(0, 70))


def after(folder: Path, acts: list) -> Watch:
    """Return a watch in which one report was made, and then what the acts say."""
    watch = Watch(folder)
    watch.report("first", -60)
    for minutes, act in acts:
        watch.minute += minutes
        if isinstance(act, str):
            watch.withdraw(act)
        else:
            watch.report(act[0], act[1], text=f"said at {watch.minute}")
    return watch


@settings(max_examples=40, deadline=None)
@given(acts=ACTS, span=SPAN)
def test_every_answer_by_recording_is_that_of_the_versions_recorded_in_the_span(acts: list, span: tuple) -> None:
    with tempfile.TemporaryDirectory() as folder:
        watch = after(Path(folder), acts)
        start, long, known = span
        begin = watch.at(start) if start is not None else None
        end = (begin or watch.at(0)) + long * MINUTE if long is not None else None
        known_at = watch.at(min(known, watch.minute)) if known is not None else None
        agree(watch, View("all", begin, end, "recorded", known_at))
        watch.mission.close()


def agree(watch: Watch, view: View) -> None:
    desk, of = watch.desk, watch.desk.layer("incidents")
    now = view.known_at or watch.at(watch.minute)
    wanted = watch.recorded(view.start, view.end, now)
    sheet = desk.sheet(view)
    assert seqs(desk, view) == wanted == seqs(desk, parse(view.text))
    assert seqs(desk, plates.pinned(sheet)) == wanted
    assert sorted(item["id"] for item in desk.feed(view)["items"]) == wanted  # type: ignore[attr-defined]
    assert sorted(int(row["id"]) for row in desk.table(view, "incidents")["rows"]) == wanted  # type: ignore[attr-defined]
    assert int(desk.tile(view, "incidents", 0, 0, 0)[0].count.sum()) == len(wanted)
    counted = sheet.histogram(of)
    at = {int(part.seq[n]): int(part.recorded[n]) for part, n in watch.versions()}
    if counted is not None:
        steps = [(at[seq] - counted.start) // counted.step for seq in wanted]
        assert list(counted.counts) == np.bincount(steps, minlength=len(counted.counts)).tolist()
    earlier = None
    end = view.end or now
    if view.start and end > view.start:
        earlier = len(watch.recorded(view.start - (end - view.start), view.start, view.start - LEAST))
    assert desk.counts(view) == (len(wanted), earlier)
    course = desk.trends(view, by=())
    assert (course.total.count, course.total.before) == (len(wanted), earlier)
    assert course.total.then == earlier or end > now
    assert sum(course.total.steps) + course.aside == len(wanted)
    assert set(course.arrivals.shares) <= {1.0}
    by_week, bounded = weeks(sheet, sheet.points(of))
    number = by_week.numbers(sheet.points(of))
    for n, group in enumerate(by_week.every):
        alone = by_week.only(bounded, group)
        assert alone is not None
        assert len(seqs(desk, alone)) == int((number == n).sum())


def test_a_late_report_is_on_exactly_the_next_brief(watch: Watch) -> None:
    desk = watch.desk
    briefs = [watch.issue(None)]
    watch.minute = 30
    watch.report("late", -90)  # it occurred before the first brief ended, and comes in after it
    watch.report("new", 20)
    for minute in (60, 120):
        watch.minute = minute
        since = desk.since_last_brief(ALL)
        assert since is not None
        briefs.append(watch.issue(since))
        watch.minute += 10
        watch.report("new", 20, text="one wounded")
    on = [set(desk.sheet(one.entry.job.view).features("incidents")["id"]) for one in briefs]
    assert on == [{"first"}, {"late", "new"}, {"new"}]
    told = " ".join(pypdf.PdfReader(io.BytesIO(briefs[1].body)).pages[0].extract_text().split())
    assert f"Recorded since {dtg(BEGAN)} · 2 incidents, ▲1 on the period before" in told
    assert [desk.repeated(n, "pdf").body for n in (1, 2, 3)] == [one.body for one in briefs]
    job = briefs[1].entry.job
    plate = plates.plate(desk.sheet(job.view), job, 2)
    assert [one.ringed.tolist() for one in plate.drawn if one.layer.tiled] == [[True, True]]


@settings(max_examples=20, deadline=None)
@given(acts=ACTS, cut=st.integers(0, 40))
def test_what_became_of_the_records_of_the_last_brief_is_what_their_versions_tell(acts: list, cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        watch = after(Path(folder), acts)
        desk, moment, before, now = watch.desk, watch.at(cut), {}, {}
        for part, n in watch.versions():
            now[part.feature[n]] = int(part.seq[n]), bool(part.retracted[n])
            if part.recorded[n] < to_micros(moment):
                before[part.feature[n]] = now[part.feature[n]]
        stood = {name: seq for name, (seq, gone) in before.items() if not gone}
        found = withdrawn.since(desk.sheet(View(start=moment, by="recorded")), desk.layer("incidents"), moment)
        assert found.withdrawn.tolist() == sorted(seq for name, seq in stood.items() if now[name][1])
        assert found.changed == sum(not now[name][1] and now[name][0] != seq for name, seq in stood.items())
        watch.mission.close()


def test_what_was_linked_since_has_changed_and_left_nothing(watch: Watch) -> None:
    for name in ("one", "two"):
        watch.report(name, -30)
    watch.minute = 2
    moment = watch.at(2)
    watch.minute = 3
    current = watch.mission.store.current("incidents", ["one", "two"])
    watch.desk.link("incidents", dict(zip(current.feature, current.seq.tolist(), strict=True)), "one bang")
    found = withdrawn.since(watch.desk.sheet(View(start=moment, by="recorded")), watch.desk.layer("incidents"), moment)
    assert (found.changed, found.left, found.withdrawn.tolist()) == (2, 0, [])


def test_what_was_withdrawn_or_left_the_filter_since_the_last_brief_is_told_on_the_next(watch: Watch) -> None:
    desk, only = watch.desk, View(last="all", filters=(("kind", ("firing",)),))
    watch.report("kept", -60)
    watch.report("takenback", -50, marking="CONFIDENTIAL")
    watch.report("another", -40)
    watch.report("elsewhere", -30, kind="shelling")
    watch.report("spared", -20, kind="sexual_violence")
    watch.minute = 10
    watch.brief(only, Brief())
    watch.minute = 20
    for name in ("takenback", "elsewhere", "spared"):
        watch.withdraw(name)
    watch.report("another", -40, kind="looting")
    watch.report("kept", -60, text="one wounded")
    since = desk.since_last_brief(only)
    watch.minute = 30
    view = View(start=since, by="recorded", filters=only.filters)
    made = [desk.issue(view, Brief(since=since), form) for form in ("pdf", "pptx", "html")]  # type: ignore[arg-type]
    told = [
        pypdf.PdfReader(io.BytesIO(made[0].body)).pages[0].extract_text(),
        Presentation(io.BytesIO(made[1].body)).slides[0].notes_slide.notes_text_frame.text,
        made[2].body.decode(),
    ]
    told = [" ".join(text.split()) for text in told]
    assert "1 changed, 1 withdrawn, 1 changed and no longer in this view" in told[0]
    for text in told:
        assert f"withdrawn since {dtg(since)}: takenback" in text
    assert {one.entry.job.marking for one in made} == {"CONFIDENTIAL"}, "it tells of what was so marked"
    watch.minute = 40
    watch.withdraw("kept")
    assert desk.repeated(2, "pdf").same
    whole = desk.issue(View(start=since, by="recorded"), Brief(since=since), "pptx")
    notes = Presentation(io.BytesIO(whole.body)).slides[0].notes_slide.notes_text_frame.text
    assert "takenback" in notes
    assert "elsewhere" in notes
    assert "spared" not in notes
    assert "and 1 more" in notes


def test_the_page_briefs_what_was_recorded_since(watch: Watch) -> None:
    watch.issue(None, "png")
    watch.minute = 30
    watch.report("late", -90)
    serve(watch.mission)
    page = AppTest.from_file(str(ROOT / "pages" / "briefing.py"), default_timeout=60)
    page.query_params["v"] = "last=1h"
    shown = page.run()
    shown.toggle(key="brief-since").set_value(True)
    shown = page.run()
    assert not shown.exception
    assert any(f"The view: Recorded since {dtg(BEGAN)}" in one.value.replace("\\", "") for one in shown.caption)
    next(button for button in shown.button if button.label == "Issue").click()
    assert not page.run().exception
    entry = watch.desk.register()[0]
    assert (entry.called, entry.job.asked.text) == ("0002", "from=2026-01-01T12:00:00.000001Z&by=recorded")
    assert set(watch.desk.sheet(entry.job.view).features("incidents")["id"]) == {"late"}


@pytest.mark.chromium
def test_the_live_map_says_that_its_span_is_of_recording_and_offers_the_usual_way(site: Site, context: BrowserContext) -> None:
    place = tab(context).open(f"{site.url}/?v={quote('last=1h&by=recorded')}")
    assert place.count == 600  # all of the exercise was recorded as it was opened
    place.frame.click("#gl-recorded")
    place.until("document.querySelector('#gl-count b').textContent !== '600'")
    place.until("document.querySelector('#gl-recorded').hidden")
    assert "recorded" not in place.url
    assert place.complaints == []


def test_what_occurred_while_a_sheet_was_prepared_is_on_the_next(watch: Watch) -> None:
    watch.minute = 20
    watch.report("between", 10)
    watch.minute = 30
    desk = watch.desk
    ended = watch.at(0)
    made = watch.brief(View(start=watch.at(-600), end=ended), Brief())
    assert set(desk.sheet(made.entry.job.view).features("incidents")["id"]) == {"first"}
    assert desk.since_last_brief(ALL) == ended
    watch.brief(View(start=watch.at(-9_000), end=watch.at(-6_000)), Brief())
    assert desk.since_last_brief(ALL) == ended, "a sheet of the past tells nothing of what came since"


def test_what_was_being_stored_while_a_sheet_was_made_is_on_the_next(watch: Watch) -> None:
    desk = watch.desk
    watch.minute = 10
    made = watch.issue(None, "png")
    watch.minute = 9  # its time was taken before the sheet was asked for, and it was stored after
    watch.report("slow", 5)
    watch.minute = 20
    since = desk.since_last_brief(ALL)
    assert since == watch.at(9)
    on = desk.sheet(View(start=since, by="recorded")).features("incidents")["id"]
    assert "slow" in set(on)
    assert made.entry.job.as_of == watch.at(10)


def test_the_ground_stays_and_a_track_that_comes_in_late_is_ringed(watch: Watch) -> None:
    desk = watch.desk
    watch.route("always", None, None)
    watch.route("over", -300, -240)
    watch.minute = 10
    watch.issue(None, "png")
    watch.minute = 20
    watch.route("late", -200, -140)
    since = desk.since_last_brief(ALL)
    view = View(start=since, by="recorded")
    assert set(desk.sheet(view).features("patrol_routes")["id"]) == {"always", "late"}
    assert set(desk.sheet(View(start=since)).features("patrol_routes")["id"]) == {"always"}
    made = desk.issue(view, Brief(since=since), "html")
    plate = plates.plate(desk.sheet(made.entry.job.view), made.entry.job, 2)
    [routes] = [one for one in plate.drawn if one.layer.id == "patrol_routes"]
    assert sorted(routes.ringed.tolist()) == [False, True]
    [part] = [part for part in drawing(plate).picture.parts if part.name == "patrol_routes"]
    assert [len(item.x) for item in part.items if isinstance(item, Marks)] == [1]
    for form in ("pdf", "pptx"):
        assert len(desk.repeated(2, form).body) > 10_000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from=2026-01-01T06:00Z", "Recorded since 010600Z JAN 26"),
        ("to=2026-01-01T06:00Z", "Recorded before 010600Z JAN 26"),
        ("from=2026-01-01T06:00Z&to=2026-01-01T07:00Z", "Recorded from 010600Z JAN 26 to 010700Z JAN 26"),
        ("last=24h", "Recorded in the last 24 hours, since 311200Z DEC 25"),
        ("last=watch", "Recorded since the watch began, 010600Z JAN 26"),
        ("last=all", "The whole record"),
    ],
)
def test_the_words_of_a_view_say_by_which_time_it_runs(watch: Watch, text: str, words: str) -> None:
    assert watch.desk.told(parse(f"{text}&by=recorded")) == words


def test_a_report_and_a_card_say_so_too(watch: Watch) -> None:
    desk, view = watch.desk, View(start=watch.at(-30), by="recorded")
    of = desk.layer("incidents")
    [seq] = moments(desk.sheet(View(last="all")).points(of), "seq").tolist()
    assert desk.card("incidents", seq, view)["outside"] == ""
    assert desk.card("incidents", seq, View(start=watch.at(-30)))["outside"] == "Outside the span of this view"
    assert desk.card("incidents", seq, View(start=watch.at(5), by="recorded"))["outside"] == "Outside the span of this view"
