"""Reports that are linked as one event count once, wherever something is counted, and none of them is lost."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.access import User
from layers.catalogue import layer
from layers.desk import Desk, Mission
from layers.index import PointIndex, Question, Selection, cut, joined
from layers.model import View, parse
from tests import missions
from tests.missions import ALL, csv_file, row
from tests.test_index import LEVELS, part, versions
from tests.watch import SHELLING, Watch

INCIDENTS = layer("incidents")
WHY = "heard at two posts"
EACH = Question(None, None, None, None, 255, None, each=True)
ONCE = replace(EACH, each=False)
WORST = ("low", "medium", "high")


def seqs(parts: Sequence[Selection]) -> list[int]:
    return sorted(np.concatenate([part.columns.seq[part.rows] for part in parts]).tolist())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["", "", "E1", "E2", "E3"]), min_size=1, max_size=24), st.integers(1, 24), st.data())
def test_of_linked_reports_the_worst_and_newest_counts_as_a_plain_loop_says(
    events: list[str], size: int, data: st.DataObject
) -> None:
    many = len(events)
    made = versions(many)
    told = [json.loads(text) | ({"event": event} if event else {}) for text, event in zip(made.payload, events, strict=True)]
    made = replace(made, payload=[json.dumps(one) for one in told])
    index = PointIndex(INCIDENTS, LEVELS)
    for first in range(0, many, size):
        index.extend(index.prepared(part(made, first, first + size)))
        if data.draw(st.booleans()):
            index.replace(joined(index.parts))
    ceiling = data.draw(st.sampled_from([0, 255]))
    leads: dict[str, tuple[int, int]] = {}
    for n, one in enumerate(told):
        if made.marking[n] == LEVELS[0] or ceiling:
            name = str(one.get("event") or f"\0{n}")
            leads[name] = max(leads.get(name, (-1, -1)), (WORST.index(one["severity"]), int(made.seq[n])))
    assert seqs(index.ask(replace(ONCE, ceiling=ceiling))) == sorted(seq for _, seq in leads.values())
    assert len(seqs(index.ask(replace(EACH, ceiling=ceiling)))) == sum(ceiling > 0 or each == LEVELS[0] for each in made.marking)


def test_what_counts_of_the_whole_is_what_counts_of_its_parts() -> None:
    made = versions(400)
    told = [json.dumps(json.loads(text) | {"event": f"E{n % 90}"}) for n, text in enumerate(made.payload)]
    index = PointIndex(INCIDENTS, LEVELS)
    index.extend(index.prepared(replace(made, payload=told)))
    west, east = (seqs(index.ask(replace(ONCE, box=box))) for box in ((-180, -90, 0, 90), (1e-4, -90, 180, 90)))
    assert sorted(west + east) == seqs(index.ask(ONCE))
    assert len(west + east) == 90
    tiles = sum(int(cut(index.ask(ONCE), INCIDENTS, 2, x, y).count.sum()) for x in range(4) for y in range(4))
    assert tiles == 90


def test_where_nothing_is_linked_both_questions_have_one_answer() -> None:
    made = versions(60)
    index = PointIndex(INCIDENTS, LEVELS)
    index.extend(index.prepared(made))
    assert index.ask(ONCE)[0] is index.ask(EACH)[0]
    more = replace(part(versions(62), 60, 62), payload=[json.dumps({"severity": "low", "event": "E1"})] * 2)
    index.extend(index.prepared(more))
    assert (len(seqs(index.ask(ONCE))), len(seqs(index.ask(EACH)))) == (61, 62)


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = missions.empty(tmp_path / "m")
    rows = [row(n, severity="high" if n == 2 else "low", source=f"post {n}") for n in range(1, 7)]
    rows += [row(9, marking="CONFIDENTIAL", severity="high")]
    made.desk().submit("incidents", csv_file(tmp_path / "rows.csv", rows))
    made.desk().link("incidents", standing(made, "r1", "r2", "r3"), WHY)
    yield made
    made.close()


def standing(mission: Mission, *features: str) -> dict[str, int]:
    found = mission.store.current("incidents", list(features))
    return dict(zip(found.feature, found.seq.tolist(), strict=True))


def counts(desk: Desk, view: View) -> dict[str, int]:
    """Return every count of incidents that there is of a view."""
    summary = desk.summary(view)
    shown = summary["layers"]["incidents"]  # type: ignore[index]
    tiles = [desk.tile(view, "incidents", 1, x, y)[0] for x in range(2) for y in range(2)]
    return {
        "chip": desk.counts(view)[0],
        "legend": shown["count"],
        "by severity": sum(shown["hues"]),
        "tiles": sum(int(tile.count.sum()) for tile in tiles),
        "histogram": sum(summary["histogram"]["counts"]),  # type: ignore[index]
        "table": int(str(desk.table(view, "incidents")["events"])),
        "sheet": len(desk.sheet(view).seqs(INCIDENTS)),
        "features": len(desk.sheet(view).features("incidents")),
    }


@pytest.mark.parametrize(("asked", "many"), [("last=all", 5), ("last=all&severity=low", 4), ("last=all&severity=high", 2)])
def test_every_count_of_a_view_is_of_events(mission: Mission, asked: str, many: int) -> None:
    assert set(counts(mission.desk(), parse(asked)).values()) == {many}


def test_a_report_that_alone_fits_a_filter_stands_for_its_event(mission: Mission) -> None:
    shown = mission.desk().sheet(parse("last=all&severity=low")).features("incidents")
    assert len(set(shown["id"]) & {"r1", "r3"}) == 1


def test_the_table_and_a_file_hold_each_report_and_say_what_they_count_as(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    found = desk.table(ALL, "incidents")
    assert (found["count"], found["whole"], found["events"]) == (7, 7, 5)
    path = tmp_path / "out.csv"
    assert desk.export("incidents", path, ALL) == 7
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert {one["id"] for one in rows} == {"r1", "r2", "r3", "r4", "r5", "r6", "r9"}
    geojson = tmp_path / "out.geojson"
    desk.export("incidents", geojson, ALL)
    assert json.loads(geojson.read_text("utf-8"))["greenline"]["counted_as"] == 5


def test_who_may_not_see_the_worst_report_counts_the_event_by_another(mission: Mission) -> None:
    desk = mission.desk()
    desk.link("incidents", standing(mission, "r6", "r9"), WHY)
    low = mission.desk(User("guest", frozenset({"viewer"}), "UNCLASSIFIED"))
    assert set(counts(desk, ALL).values()) == {4}
    assert set(counts(low, ALL).values()) == {4}
    assert "r6" in set(low.sheet(ALL).features("incidents")["id"])
    assert "r9" in set(desk.sheet(ALL).features("incidents")["id"])


def test_taking_the_link_back_counts_each_again(mission: Mission) -> None:
    batch = mission.desk().batches()["batches"][0]["batch"]  # type: ignore[index]
    mission.desk().undo(int(batch), "two shells after all")
    assert set(counts(mission.desk(), ALL).values()) == {7}


def test_linked_reports_of_one_violation_are_one_alert_and_none_has_changed(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "m", SHELLING)
    ids = [watch.report(source=f"post {n}") for n in range(3)]
    [before] = watch.alerts()
    watch.mission.desk().link("incidents", standing(watch.mission, *ids), WHY)
    [after] = watch.alerts()
    assert (before["count"], after["count"]) == (3, 1)
    watch.mission.close()
