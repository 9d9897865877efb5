"""A sheet as PDF tells others where its map lies, and what it is."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from pyproj import CRS, Geod, Transformer

from layers.briefing import printed
from layers.briefing.drawing import Drawing, drawing
from layers.model import Box
from tests import plates

EARTH = Geod(ellps="WGS84")
FRAMES: dict[str, Box] = {
    "utm": (61.0, -20.5, 61.5, -20.0),
    "utm_north": (36.0, 33.0, 36.2, 33.2),
    "over_180": (179.9, -17.0, -179.9, -16.8),
    "ups_north": (0.0, 86.0, 20.0, 88.0),
    "ups_south": (-40.0, -88.0, 20.0, -85.0),
    "wide": (20.0, 10.0, 50.0, 40.0),
    "wide_over_180": (160.0, -20.0, -160.0, 10.0),
}


def sheet(box: Box) -> tuple[Drawing, bytes]:
    made = drawing(plates.plate(box, size="A3"))
    return made, printed.pdf(made.picture, plates.DOCUMENT, made.frame)


def viewport(pdf: bytes) -> DictionaryObject:
    (found,) = PdfReader(io.BytesIO(pdf)).pages[0]["/VP"]
    read = found.get_object()
    assert isinstance(read, DictionaryObject)
    return read


def corners(made: Drawing) -> np.ndarray:
    """Return the corners of the map as longitude and latitude, from pyproj and the frame's own bounds."""
    west, south, east, north = made.frame.bounds
    back = Transformer.from_crs(CRS.from_user_input(made.frame.crs), 4326, always_xy=True)
    return np.array([back.transform(*at) for at in ((west, south), (west, north), (east, north), (east, south))])


@pytest.mark.parametrize("box", FRAMES.values(), ids=FRAMES)
def test_a_viewer_measures_the_places_that_the_frame_has(box: Box) -> None:
    made, pdf = sheet(box)
    found = viewport(pdf)
    rect = made.frame.rect
    assert np.allclose([float(one) for one in found["/BBox"]], np.array([rect.x, rect.y, rect.right, rect.top]) * 72 / 25.4)
    measure = found["/Measure"]
    assert (measure["/Type"], measure["/Subtype"], measure["/GCS"]["/Type"]) == ("/Measure", "/GEO", "/PROJCS")
    assert [float(one) for one in measure["/LPTS"]] == [0, 0, 0, 1, 1, 1, 1, 0] == [float(one) for one in measure["/Bounds"]]
    told = np.array([float(one) for one in measure["/GPTS"]]).reshape(4, 2)[:, ::-1]
    _, _, off = EARTH.inv(*told.T, *corners(made).T)
    assert np.max(off) < 0.1


@pytest.mark.readers
@pytest.mark.parametrize("box", FRAMES.values(), ids=FRAMES)
def test_gdalinfo_reads_the_neatline_within_five_metres(box: Box, tmp_path: Path) -> None:
    made, pdf = sheet(box)
    (tmp_path / "sheet.pdf").write_bytes(pdf)
    done = subprocess.run(["gdalinfo", tmp_path / "sheet.pdf"], check=True, capture_output=True, text=True)
    assert not done.stderr
    read = re.search(r"NEATLINE=POLYGON \(\(([^)]*)\)\)", done.stdout)
    assert read
    told = np.array([[float(one) for one in at.split()] for at in read[1].split(",")])
    west, south, east, north = made.frame.bounds
    meant = np.array([(west, south), (west, north), (east, north), (east, south), (west, south)])
    assert np.abs(told - meant).max() < 0.1  # five metres is what is promised
    if made.frame.crs.startswith("EPSG:"):
        assert f'ID["EPSG",{made.frame.crs[5:]}]]' in done.stdout


@pytest.mark.parametrize("box", [(-180.0, -80.0, 180.0, 80.0), (-180.0, -90.0, 180.0, 90.0)])
def test_a_map_whose_corners_are_off_the_globe_is_measured_within_it(box: Box) -> None:
    made, pdf = sheet(box)
    measure = viewport(pdf)["/Measure"]
    at = np.array([float(one) for one in measure["/LPTS"]]).reshape(4, 2)
    lat, lon = np.array([float(one) for one in measure["/GPTS"]]).reshape(4, 2).T
    x, y = made.frame.at(lon, lat)
    rect = made.frame.rect
    assert np.allclose((x - rect.x) / rect.width, at[:, 0], atol=1e-6)
    assert np.allclose((y - rect.y) / rect.height, at[:, 1], atol=1e-6)
    assert np.ptp(at[:, 0]) > 0.3


def test_the_file_says_what_it_is_and_how_it_is_marked() -> None:
    _, pdf = sheet(FRAMES["utm"])
    reader = PdfReader(io.BytesIO(pdf))
    assert dict(reader.metadata or {}) == {
        "/Title": "Morning brief",
        "/Author": "Analyst",
        "/Subject": "The last 24 hours",
        "/Keywords": f"{plates.BAND}, Sheet 0007",
        "/Creator": "Greenline",
        "/Producer": "Greenline",
        "/CreationDate": "D:20261128063000Z",
        "/ModDate": "D:20261128063000Z",
    }
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/PrintScaling"] == "/None"
    assert b"/ID" not in pdf.rpartition(b"trailer")[2]


def test_the_same_moment_in_another_zone_is_the_same_file() -> None:
    made = drawing(plates.plate())
    there = plates.MADE.astimezone(timezone(timedelta(hours=5, minutes=30)))
    document = replace(plates.DOCUMENT, made=there)
    assert printed.pdf(made.picture, document, made.frame) == printed.pdf(made.picture, plates.DOCUMENT, made.frame)


def test_a_page_without_a_map_has_no_ground() -> None:
    assert "/VP" not in PdfReader(io.BytesIO(printed.pdf(drawing(plates.plate()).picture, plates.DOCUMENT))).pages[0]
