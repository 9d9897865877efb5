"""Scenes compared again, said otherwise or withdrawn: what somebody decided on stays, and what rests on them is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from layers.desk import Compared, Comparison, Described, Edit, Mission
from layers.desk.promoted import drafted, promoted
from layers.imagery.change import METHODS
from layers.imagery.intake import Answers
from tests.missions import ALL
from tests.rasters import AFTER, BANDS, BEFORE, LOW, add, listed, pair
from tests.test_scenes_compared import leads


def runs(mission: Mission, folder: Path) -> Callable[[float], Compared]:
    """Return how to compare a pair of scenes again with another least area."""
    desk = mission.desk()
    first, second = pair(folder)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest
    return lambda least: desk.compare(Comparison(before, after, "dnbr", least))


def stands(mission: Mission) -> dict[str, tuple[float, str]]:
    """Return the findings that stand, each with its area and review."""
    found = mission.desk().sheet(ALL).features("findings")
    return {str(one["id"]): (float(str(one["area_m2"])), str(one["review"])) for _, one in found.iterrows()}


def reviewed(mission: Mission, names: Iterable[str], review: str) -> None:
    desk = mission.desk()
    found = desk.sheet(ALL).features("findings")
    seqs = dict(zip(found["id"], found.index, strict=True))
    desk.edit("findings", [Edit(name, int(seqs[name]), {"review": review}) for name in names], "seen from the air")


def test_findings_nobody_decided_on_are_those_of_the_newest_run(mission: Mission, tmp_path: Path) -> None:
    run = runs(mission, tmp_path)
    assert run(400.0).earlier == ""
    every = stands(mission)
    largest = max(every, key=lambda name: every[name])
    made = run(100_000.0)
    assert stands(mission) == {largest: every[largest]}
    assert (made.gone, made.stay) == (len(every) - 1, 0)
    assert "of the run before, not decided on" in made.earlier
    assert run(every[largest][0] * 1.1).earlier == "1 finding of the run before, not decided on, is taken back."
    assert stands(mission) == {}
    run(400.0)
    assert stands(mission) == every
    assert mission.desk().verify().ok


@pytest.mark.parametrize("review", ["accepted", "rejected"])
def test_a_finding_that_somebody_decided_on_stays_whatever_a_later_run_finds(
    mission: Mission, tmp_path: Path, review: str
) -> None:
    run = runs(mission, tmp_path)
    run(400.0)
    every = stands(mission)
    reviewed(mission, every, review)
    decided = {name: (size, review) for name, (size, _) in every.items()}
    for least, count in ((100_000.0, len(every) - 1), (1e9, len(every)), (400.0, 0)):
        made = run(least)
        assert stands(mission) == decided
        assert (made.gone, made.stay) == (0, count)
        assert made.earlier == (f"{many(count)} though not found again." if count else "")


def many(count: int) -> str:
    return "1 finding of earlier runs, decided on, stays" if count == 1 else f"{count} findings of earlier runs, decided on, stay"


def test_a_finding_decided_on_elsewhere_keeps_its_review_when_it_is_found_again(mission: Mission, tmp_path: Path) -> None:
    run = runs(mission, tmp_path)
    run(400.0)
    found = mission.desk().sheet(ALL).features("findings").iloc[0]
    fields = {name: str(found[name]) for name in ("id", "found", "area_m2", "before", "after", "statistic", "method")}
    fields |= {"before_at": "2025-12-01T08:00Z", "after_at": "2025-12-31T08:00Z", "review": "rejected", "wkt": found.geometry.wkt}
    mission.desk().submit("findings", [fields], name="another desk's")
    assert stands(mission)[fields["id"]][1] == "rejected"
    run(400.0)
    assert stands(mission)[fields["id"]][1] == "rejected"


def test_an_incidents_card_says_that_the_finding_it_was_made_of_was_withdrawn(mission: Mission, tmp_path: Path) -> None:
    desk, run = mission.desk(), runs(mission, tmp_path)
    run(400.0)
    [cue, *_] = desk.cued(ALL).findings
    made = promoted(desk, cue, drafted(desk, cue) | {"kind": "shelling"}, "craters seen")
    reviewed(mission, [cue.feature], "proposed")
    assert run(1e9).stay == 1
    [cue] = desk.cued(ALL).findings
    [item] = desk.feed(ALL)["items"]  # type: ignore[misc]
    assert cue.incident == made.incident
    desk.withdraw("findings", {cue.feature: cue.seq}, "a cloud")
    told = leads(desk, item["id"], "incidents")["Made of finding"]  # type: ignore[index]
    assert told == {
        "label": "Made of finding",
        "value": f"{cue.feature[:16]}…, withdrawn",
        "to": {"layer": "findings", "id": cue.seq},
    }
    assert desk.card("findings", cue.seq)["withdrawn"] is True
    assert "Made of finding" in leads(mission.desk(LOW), item["id"], "incidents")  # type: ignore[index]


def test_an_incidents_card_tells_nothing_of_a_withdrawn_finding_marked_above_the_user(mission: Mission, tmp_path: Path) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    shape = {
        "before_at": "2025-12-01T08:00Z",
        "after_at": "2025-12-31T08:00Z",
        "wkt": "POLYGON ((61 -20, 61.1 -20, 61.1 -20.1, 61 -20))",
    }
    desk.submit("findings", [shape | {"id": "f1", "marking": "CONFIDENTIAL"}], name="high")
    said = {"id": "finding-f1", "kind": "looting", "longitude": "61.05", "latitude": "-20.02", "occurred_at": "2025-12-20T08:00Z"}
    low.submit("incidents", [said | {"marking": "UNCLASSIFIED"}], name="low")
    [cue] = desk.cued(ALL).findings
    desk.withdraw("findings", {"f1": cue.seq}, "a cloud")
    [item] = desk.feed(ALL)["items"]  # type: ignore[misc]
    assert leads(desk, item["id"], "incidents")["Made of finding"]["value"] == "f1, withdrawn"  # type: ignore[index]
    assert desk.card("incidents", item["id"])["marking"] == "CONFIDENTIAL"  # type: ignore[index]
    assert "Made of finding" not in leads(low, item["id"], "incidents")  # type: ignore[index]


def test_a_scene_dated_anew_tells_how_many_findings_keep_its_old_date(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first, marking="CONFIDENTIAL").digest, add(desk, second, acquired=AFTER)
    count = len(desk.compare(Comparison(before, after.digest, "dnbr", 400.0)).changes.outlines)
    assert add(desk, second, acquired=AFTER).warnings == after.warnings == ()
    dated = add(desk, second, acquired=AFTER - timedelta(days=3))
    (told,) = dated.warnings
    assert f"dated 310800Z DEC 25 before: {count} findings rest on it" in told
    # Whoever does not see the findings is told of none.
    assert add(mission.desk(LOW), second, acquired=AFTER - timedelta(days=4)).warnings == ()
    desk.compare(Comparison(before, after.digest, "dnbr", 400.0))
    assert add(desk, second, acquired=AFTER - timedelta(days=4)).warnings == ()


def test_a_scene_said_otherwise_tells_what_changed_and_how_many_findings_rest_on_it(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first, marking="CONFIDENTIAL", name="Ford").digest, add(desk, second, acquired=AFTER).digest
    count = len(desk.compare(Comparison(before, after, "dnbr", 400.0)).changes.outlines)
    assert add(desk, first, marking="CONFIDENTIAL", name="Ford").warnings == ()
    said = Answers(BEFORE, "landsat", BANDS, 2e-4, -0.1)
    (told,) = desk.add_scene(first, said, Described("Bridge", marking="CONFIDENTIAL")).warnings
    for words in (
        "from Ford to Bridge",
        "from 0.0001 to 0.0002",
        "from 0 to -0.1",
        "from Sentinel-2 to Landsat",
        f"{count} findings rest on it",
    ):
        assert words in told
    (told,) = mission.desk(LOW).add_scene(second, Answers(AFTER, "sentinel2", BANDS, 2e-4), Described()).warnings
    assert "from 0.0001 to 0.0002" in told
    assert "finding" not in told, "whoever does not see the findings is told of none"


def test_a_scene_withdrawn_tells_how_many_findings_rest_on_it(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest
    made = desk.compare(Comparison(before, after, "dnbr", 400.0))
    count = len(made.changes.outlines)
    for digest in (before, made.digest):
        (seq,) = (int(str(one["seq"])) for one in listed(mission) if one["id"] == digest)
        told = desk.withdraw("scenes", {digest: seq}, "not ours").said
        assert told == (f"{count} findings rest on it and stay as they were found.",)


def test_the_look_of_a_statistic_says_what_its_values_say(mission: Mission, tmp_path: Path) -> None:
    made = runs(mission, tmp_path)(400.0)
    [raster] = [one for one in listed(mission) if one["id"] == made.digest]
    [look] = raster["looks"]  # type: ignore[misc]
    assert look["says"].endswith(METHODS[[one.id for one in METHODS].index("dnbr")].told)
    assert look["stops"][-1]["words"] == "or more"
    assert look["stops"][-1]["value"] > 0.66, "as far as the burn, of high severity, is from no change"
