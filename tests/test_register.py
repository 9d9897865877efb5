"""What the register tells of what was issued, and to whom: no line outlives the right to see what it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from layers.access import User
from layers.briefing.frame import framed
from layers.briefing.grid import grid
from layers.briefing.margin import grid_north
from layers.briefing.picture import Rect
from layers.config import LEVELS
from layers.desk import Brief, Draft, Edit, Mission
from layers.desk.briefs import visible
from layers.errors import LayersError
from layers.model import parse
from tests import released
from tests.missions import ALL, NOW, csv_file, empty, row
from tests.released import ASKED

LOW = User("low", frozenset({"briefer"}), LEVELS[0])
SOME = User("some", frozenset({"briefer"}), None, frozenset({"S1"}))


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = empty(tmp_path / "mission")
    made.desk().submit("incidents", csv_file(tmp_path / "rows.csv", [row(n) for n in range(3)]))
    yield made
    made.close()


def raised(mission: Mission, marking: str) -> None:
    """Mark the first incident anew."""
    mission.clock = lambda: NOW + timedelta(hours=1)
    desk = mission.desk()
    found = desk.sheet(ALL).features("incidents")
    one = found[found["id"] == row(0)["id"]]
    desk.edit("incidents", [Edit(row(0)["id"], int(one.index[0]), {"marking": marking})], "a source is in it")


def test_a_flash_is_told_of_only_while_its_incident_may_be_seen(mission: Mission) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    (issued,) = desk.issue_report(ALL, Draft("flash", row(0)["id"], title="FLASH of Wadost"), ("pdf",))
    assert [one.number for one in low.register()] == [1]
    raised(mission, LEVELS[1])
    assert low.register() == []
    assert "FLASH of Wadost" not in repr(low.drafted(ALL, Draft("sitrep")))
    assert [one.number for one in desk.register()] == [1]
    assert issued.entry.job.marking == LEVELS[0]
    with pytest.raises(LayersError, match=f"marked {LEVELS[1]} since; issue it anew"):
        desk.repeated(1, "pdf")


def test_a_sheet_of_what_was_marked_higher_since_is_not_made_again_under_its_old_marking(mission: Mission) -> None:
    desk = mission.desk()
    issued = desk.issue(ALL, Brief(), "html")
    assert desk.repeated(1, "html").body == issued.body
    raised(mission, LEVELS[1])
    with pytest.raises(LayersError, match=f"0001 was {LEVELS[0]}, and what it showed is marked {LEVELS[1]} since"):
        desk.repeated(1, "html")


def test_who_sees_some_sectors_is_told_of_his_own_lines_alone(mission: Mission) -> None:
    mission.desk().issue(ALL, Brief(title="Sector 2 by night"), "html")
    some = mission.desk(SOME)
    assert some.register() == []
    mine = some.issue(ALL, Brief(), "html")
    assert [one.number for one in some.register()] == [mine.entry.number] == [2]
    assert len(mission.desk().register()) == 2


def test_a_report_of_a_day_is_the_next_version_that_day_whatever_the_minute(tmp_path: Path) -> None:
    made = empty(tmp_path / "m")
    for minute, edition in ((0, 1), (1, 2), (24 * 60, 1)):
        begin = made.clock()
        made.clock = lambda begin=begin, minute=minute: begin + timedelta(minutes=minute)
        (issued,) = made.desk().issue_report(parse("last=24h"), Draft("sitrep"), ("docx",))
        assert issued.entry.edition == edition
        made.clock = lambda begin=begin: begin
    made.close()


@pytest.mark.parametrize("field", ["to", "unit", "author"])
def test_who_is_named_on_a_released_sheet_is_looked_at_like_its_title(tmp_path: Path, field: str) -> None:
    made = released.mission(tmp_path)
    with pytest.raises(LayersError, match="seems to hold"):
        made.desk().issue(ALL, Brief(release=ASKED, **{field: "call +44 7700 900123"}), "html")  # type: ignore[arg-type]
    assert made.desk().register() == []
    made.close()


def test_a_title_of_signs_that_nobody_sees_is_none(mission: Mission) -> None:
    assert visible("\u200b\u202e \u2060") == ""
    issued = mission.desk().issue(ALL, Brief(title="\u200b\u202e"), "html")
    assert issued.entry.job.title == mission.desk().issue(ALL, Brief(), "html").entry.job.title


@pytest.mark.parametrize("lon", [61.2, 64.4, 62.4])
@pytest.mark.parametrize("lat", [-20.0, 40.0])
def test_the_words_for_grid_north_are_those_of_geodesics(lon: float, lat: float) -> None:
    frame = framed((lon - 0.1, lat - 0.1, lon + 0.1, lat + 0.1), Rect(0, 0, 200, 200))
    found = grid(frame)
    assert found
    x, y = frame.rect.x + frame.rect.width / 2, frame.rect.y + frame.rect.height / 2
    (west, east), (south, north) = frame.degrees(np.array([x, x]), np.array([y, y + 1.0]))
    azimuth, _, _ = Geod(ellps="WGS84").inv(west, south, east, north)
    assert grid_north(found.turned) == f"Grid north {abs(azimuth):.1f}° {'E' if azimuth > 0 else 'W'}"
