"""What rests on a scene is hidden with it, by whatever act the scene is raised, and nothing takes it below the scene."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from layers.desk import Comparison, Edit, Mission, open_mission, promoted
from layers.model import View
from tests.missions import ALL, NOW
from tests.rasters import AFTER, LOW, add, listed, pair

WHY = "a source on the ground"


def compared(mission: Mission, folder: Path) -> tuple[str, str, str]:
    """Compare two scenes that everyone sees; return both digests and the statistic's."""
    desk = mission.desk()
    first, second = pair(folder)
    before, after = add(desk, first, name="before").digest, add(desk, second, acquired=AFTER, name="after").digest
    return before, after, desk.compare(Comparison(before, after, "dnbr")).digest


def marked(mission: Mission, digest: str, marking: str) -> tuple[int, tuple[str, ...]]:
    """Mark a scene; return the batch and what was said."""
    (seq,) = (int(str(one["seq"])) for one in listed(mission) if one["id"] == digest)
    receipt = mission.desk().edit("scenes", [Edit(digest, seq, {"marking": marking})], WHY)
    assert (receipt.changed, receipt.refused) == (1, ())
    return receipt.batch or 0, receipt.said


def seen(mission: Mission, view: View = ALL) -> tuple[int, int, int]:
    """Return how many scenes, findings and incidents the low user sees."""
    low = mission.desk(LOW)
    sheet = low.sheet(view)
    return len(listed(mission, LOW, view)), sheet.count(low.layer("findings")), sheet.count(low.layer("incidents"))


def test_what_rests_on_a_scene_is_hidden_with_it(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, after, statistic = compared(mission, tmp_path)
    cue = desk.cued(ALL).findings[0]
    said = promoted.drafted(desk, cue) | {"kind": "property_damage"}
    promoted.promoted(desk, cue, said, WHY)
    open_to_all = seen(mission)
    assert open_to_all[0] == 3
    assert min(open_to_all) >= 1
    known = View(last="all", known_at=desk.sheet(ALL).as_of)
    for digest in (before, after):
        batch, words = marked(mission, digest, "STRICTLY CONFIDENTIAL")
        assert words == (
            "Raised with it, as it rests on what is marked higher now: 1 scene, "
            f"{open_to_all[1]} finding{'s from imagery' if open_to_all[1] > 1 else ''}, 1 incident.",
        )
        assert seen(mission) == seen(mission, known) == (1, 0, 0)
        assert {str(one["id"]): one["marking"] for one in listed(mission)}[statistic] == "STRICTLY CONFIDENTIAL"
        desk.undo(batch, WHY)
        assert seen(mission) == open_to_all
    assert desk.verify().ok


def test_what_was_taken_back_is_hidden_with_its_scene_as_well(mission: Mission, tmp_path: Path) -> None:
    before, _, _ = compared(mission, tmp_path)
    many, known = seen(mission)[1], View(last="all", known_at=NOW)
    mission.close()
    with closing(open_mission(mission.folder, clock=lambda: NOW + timedelta(hours=1))) as later:
        desk = later.desk()
        chosen = {str(one["id"]): int(str(n)) for n, one in desk.sheet(ALL).features("findings").iterrows()}
        batch = desk.withdraw("findings", chosen, WHY).batch or 0
        assert (seen(later)[1], seen(later, known)[1]) == (0, many)
        marked(later, before, "CONFIDENTIAL")
        assert seen(later, known)[1] == 0
        desk.undo(batch, WHY)
        assert seen(later)[1] == seen(later, known)[1] == 0
        assert desk.verify().ok


@pytest.mark.parametrize("by", ["adding", "undo"])
def test_however_a_scene_is_raised_what_rests_on_it_is_raised(mission: Mission, tmp_path: Path, by: str) -> None:
    desk = mission.desk()
    before, _, statistic = compared(mission, tmp_path)
    if by == "adding":
        warned = add(desk, tmp_path / "before.tif", marking="CONFIDENTIAL", name="before").warnings
        assert any(words.startswith("Raised with it") for words in warned)
    else:
        marked(mission, before, "CONFIDENTIAL")
        lowered, words = marked(mission, before, "UNCLASSIFIED")
        assert words == ()
        assert seen(mission) == (2, 0, 0)
        marked(mission, statistic, "UNCLASSIFIED")
        found = desk.sheet(ALL).features("findings")
        edits = [Edit(str(one["id"]), int(str(n)), {"marking": "UNCLASSIFIED"}) for n, one in found.iterrows()]
        assert desk.edit("findings", edits, WHY).refused == ()
        assert seen(mission)[1] == len(edits)
        desk.undo(lowered, WHY)
    assert seen(mission) == (1, 0, 0)


def test_nothing_is_taken_below_what_it_rests_on(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, _, statistic = compared(mission, tmp_path)
    marked(mission, before, "CONFIDENTIAL")
    finding = desk.sheet(ALL).features("findings").iloc[0]
    for layer, name, number in (
        ("findings", str(finding["id"]), int(str(finding.name))),
        ("scenes", statistic, next(int(str(one["seq"])) for one in listed(mission) if one["id"] == statistic)),
    ):
        (fault,) = desk.edit(layer, [Edit(name, number, {"marking": "UNCLASSIFIED"})], WHY).refused
        assert fault.field == "marking"
        assert "lower the scene" in fault.reason
        assert desk.edit(layer, [Edit(name, number, {"marking": "STRICTLY CONFIDENTIAL"})], WHY).changed == 1


def test_a_file_that_names_a_hidden_scene_is_told_nothing_of_it(mission: Mission, tmp_path: Path) -> None:
    before, _, _ = compared(mission, tmp_path)
    marked(mission, before, "CONFIDENTIAL")
    said = {"id": "mine", "before_at": "2025-12-01T08:00Z", "after_at": "2025-12-31T08:00Z", "before": before}
    row = said | {"marking": "UNCLASSIFIED", "wkt": "POLYGON ((61 -20, 61.1 -20, 61.1 -20.1, 61 -20))"}
    assert mission.desk(LOW).submit("findings", [row], name="mine").new == 1
    assert seen(mission)[1] == 1
    marked(mission, before, "STRICTLY CONFIDENTIAL")
    assert seen(mission)[1] == 1
