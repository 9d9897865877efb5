"""Monitoring's part Patrols: realised response times and reporting health, in the script alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.desk.responses import Saying
from layers.serve import serve
from tests.frame import HOSTILE
from tests.missions import ALL
from tests.site import ROOT
from tests.watch import SHELLING, Watch, with_sectors


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path / "m", SHELLING)
    serve(made.mission)
    yield made
    made.mission.close()


def said() -> str:
    shown = AppTest.from_file(str(ROOT / "pages" / "monitoring.py"), default_timeout=30)
    shown.query_params["v"] = "last=24h"
    shown.session_state["about"] = "Patrols"
    shown.run()
    assert not shown.exception
    html = " ".join(str(one.value) for kind in ("markdown", "info", "caption") for one in shown.get(kind))
    assert "<img" not in html
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def test_where_nothing_is_said_the_page_says_what_to_do(watch: Watch) -> None:
    told = said()
    assert "Nobody was tasked to an incident of this view. Say so on an incident's card" in told
    assert "There is neither a sector nor a post" in told


def test_response_times_stand_with_their_number_and_few_are_not_enough(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    for n in range(5):
        watch.report(longitude="61.0", place=HOSTILE)
        seq = int(watch.mission.desk().feed(ALL)["items"][0]["id"])  # type: ignore[index]
        watch.now += timedelta(minutes=12)
        upto = int(str(watch.mission.desk().respond("incidents", seq, Saying("tasked", None, HOSTILE, 0))["upto"]))
        if n < 4:
            watch.mission.desk().respond("incidents", seq, Saying("closed", None, "", upto))
    told = said()
    assert "12 min , 90 % 12 min (5)" in told
    assert "Not enough (4)" in told
    assert "Not enough (0)" in told
    assert "onerror" not in told


def test_a_quiet_sector_is_said_first(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    watch.report(longitude="61.0")
    watch.now += timedelta(hours=26)
    told = said()
    assert "S1: nothing for 26 h ; too few reports to tell; 24 h is taken." in told
    assert "S2 Never –" in told
