"""The picture of a dry run: where the rows lie, over ground that lets a reader judge it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.render import still
from tests.missions import csv_file, empty, row

LON, LAT = st.floats(-179, 179), st.floats(-80, 80)


def drawn(folder: Path, name: str = "Tessaly") -> str:
    mission = empty(folder / "mission")
    head = "id,name,longitude,latitude\n"
    (folder / "places.csv").write_text(f'{head}p1,"{name}",61.01,-20.02\n', encoding="utf-8")
    assert mission.desk().submit("settlements", folder / "places.csv").new == 1
    found = mission.desk().check("incidents", csv_file(folder / "in.csv", [row(1), row(2)]))
    picture = mission.desk().sketch(found)
    mission.close()
    return picture


def test_the_picture_names_places_degrees_and_its_scale(tmp_path: Path) -> None:
    words = [of.text for of in ElementTree.fromstring(drawn(tmp_path)).iter("{http://www.w3.org/2000/svg}text")]
    assert "Tessaly" in words
    assert {"61.0° E", "20.0° S"} <= set(words)
    assert any(re.fullmatch(r"\d+ km", word or "") for word in words)


def test_the_name_of_a_place_never_becomes_markup(tmp_path: Path) -> None:
    picture = drawn(tmp_path, "<image href='http://example.org'/>&")
    tags = {of.tag.rpartition("}")[2] for of in ElementTree.fromstring(picture).iter()}
    assert tags <= {"svg", "style", "rect", "path", "circle", "text"}


@pytest.mark.parametrize("count", [1, 50])
@given(lon=LON, lat=LAT)
def test_every_row_lies_inside_a_picture_of_twenty_kilometres_or_more(count: int, lon: float, lat: float) -> None:
    lons, lats = lon + np.linspace(0, 0.5, count), lat + np.linspace(0, 0.3, count)
    picture = ElementTree.fromstring(still.picture(still.around(lons, lats), lons, lats, (), still.Ground(), "rows"))
    marks = [of for of in picture.iter("{http://www.w3.org/2000/svg}circle") if of.get("class") == "mark"]
    assert marks
    assert all(0 <= float(of.get("cx", "-1")) <= still.WIDTH and 0 <= float(of.get("cy", "-1")) <= still.HEIGHT for of in marks)
    _, south, _, north = still.around(lons, lats)
    assert north - south >= 0.19
