"""Which sheets count as the last brief of a view, so that nothing recorded is on none of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from layers.desk import Brief, issued, plates
from layers.model import Box, View, parse
from tests.test_since_last import ALL, BEGAN, LEAST, NAMES, Watch, seqs


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    made.report("first", -120)
    yield made
    made.mission.close()


def test_a_sheet_of_another_filter_or_a_released_one_moves_no_brief(watch: Watch) -> None:
    desk, only = watch.desk, parse("last=all&kind=shelling")
    watch.report("shell", -20, kind="shelling")
    watch.minute = 1
    watch.brief(only, Brief("Shelling"))
    assert desk.since_last_brief(only) == watch.at(1) + LEAST
    assert desk.since_last_brief(parse("last=24h")) is None
    assert desk.since_last_brief(parse("last=24h&kind=shelling")) == desk.since_last_brief(only)


def test_a_sheet_that_was_not_handed_out_is_no_last_brief(watch: Watch) -> None:
    desk = watch.desk
    made = desk.issue(ALL, Brief(), "png")
    assert desk.since_last_brief(ALL) is None
    desk.hand((made,))
    assert desk.since_last_brief(ALL) == BEGAN + LEAST


def test_what_lies_off_the_ground_of_a_sheet_or_before_its_span_is_still_to_be_briefed(watch: Watch) -> None:
    desk = watch.desk
    watch.brief(ALL, Brief())
    watch.minute = 20
    watch.report("far", 10, longitude="62")
    watch.report("late", -900)
    watch.minute = 30
    watch.brief(ALL, Brief(box=NEAR))
    assert desk.since_last_brief(replace(ALL, box=NEAR)) == watch.at(30) + LEAST
    assert desk.since_last_brief(ALL) == watch.at(20)
    watch.minute = 40
    watch.brief(View(last="1h"), Brief())
    assert desk.since_last_brief(View(last="1h")) == watch.at(40) + LEAST, "of both sheets, each told of one"
    assert desk.since_last_brief(replace(ALL, start=watch.at(-5_000))) == watch.at(40) + LEAST


def test_a_sheet_whose_span_began_later_than_the_view_is_no_last_brief_of_it(watch: Watch) -> None:
    watch.brief(View(last="1h"), Brief())
    assert watch.desk.since_last_brief(View(last="1h")) == BEGAN + LEAST
    assert watch.desk.since_last_brief(View(last="24h")) is None, "the first report is two hours old"


NEAR = (60.9, -20.1, 61.1, -19.9)
SHEETS = [
    ALL,
    View(last="1h"),
    View(last="24h"),
    View(last="1h", by="recorded"),
    replace(ALL, filters=(("kind", ("shelling",)),)),
]
SHEET = st.tuples(st.sampled_from([*SHEETS, None, None]), st.sampled_from([None, None, NEAR]), st.booleans())
REPORTED = st.tuples(st.sampled_from(NAMES), st.integers(-300, 0), st.sampled_from(["61", "62"]))


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(steps=st.lists(st.tuples(st.integers(1, 90), REPORTED | SHEET), min_size=4, max_size=9))
def test_whatever_was_handed_out_every_report_is_on_a_sheet_of_the_chain(steps: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        watch, shown = Watch(Path(folder)), set[int]()
        watch.report("first", -20)
        for minutes, act in [*steps, (1, (None, None, True))]:
            watch.minute += minutes
            if isinstance(act[0], str):
                watch.report(act[0], watch.minute + act[1], longitude=act[2], text=f"said at {watch.minute}")
            else:
                shown |= numbered(watch, *act)
        stands = watch.desk.sheet(ALL).seqs(watch.desk.layer("incidents"))
        assert set(stands.tolist()) <= shown
        watch.mission.close()


def numbered(watch: Watch, view: View | None, box: Box | None, handed: bool) -> set[int]:
    """Take a number for a sheet, of None for what is new since the last one; return which reports whoever has it can see."""
    since = None if view else watch.desk.since_last_brief(ALL)
    view = view or (View(start=since, by="recorded") if since else ALL)
    desk, record = watch.desk, watch.desk._record
    asked = desk._job(view, Brief(box=box, since=since))
    number = issued.number(record, desk.user, asked.job)
    entry = issued.entry(record, desk.user, number)
    if not handed or view.filters:
        return set()
    issued.hand(record, desk.user, entry, issued.File("png", watch.at(watch.minute), 1, ""))
    plate = asked.plate(number, "png")
    here = [plates.inside((one,), plates.grounds_of(asked.job))[one.layer.id] for one in plate.drawn if one.layer.tiled]
    return {seq for seq, there in zip(seqs(desk, asked.job.view), here[0] if here else (), strict=True) if there}
