"""A drawing as PDF and PNG: at true scale, text as text, the same bytes twice."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from layers.briefing import printed
from layers.briefing.drawing import Drawing, drawing
from layers.briefing.mapped import sign
from layers.briefing.paper import SIZES
from layers.briefing.picture import Ink, Marks, Part, Picture, Raster, Rect, Strokes, Words, outline, run
from layers.briefing.plate import Underlay
from layers.catalogue import layer
from layers.render import symbols
from tests import plates

HOSTILE = "$x^2$ <b>&amp;</b> \\textbf{x} =1+1 (a) 'b' \"c\" %d {0}"
DPI = 100
PER_MM = DPI / 25.4
TWICE = """
import hashlib
from layers.briefing import printed
from layers.briefing.drawing import drawing
from tests import plates
made = drawing(plates.full())
print(hashlib.sha256(printed.pdf(made.picture, plates.DOCUMENT, made.frame)).hexdigest())
print(hashlib.sha256(printed.png(made.picture, 100)).hexdigest())
"""


@pytest.fixture(scope="module")
def sheet() -> Drawing:
    return drawing(plates.full())


@pytest.fixture(scope="module")
def pdf(sheet: Drawing) -> bytes:
    return printed.pdf(sheet.picture, plates.DOCUMENT, sheet.frame)


@pytest.fixture(scope="module")
def image(sheet: Drawing) -> np.ndarray:
    return plates.pixels(printed.png(sheet.picture, DPI))


def cut(image: np.ndarray, box: Rect) -> np.ndarray:
    """Return the pixels of a box of the sheet."""
    high = len(image) / PER_MM
    top, bottom = round((high - box.top) * PER_MM), round((high - box.y) * PER_MM)
    return image[top:bottom, round(box.x * PER_MM) : round(box.right * PER_MM)]


def alone(*items: Strokes | Marks | Words | Raster, clip: Rect | None = None) -> np.ndarray:
    """Return the pixels of a small sheet of a few marks."""
    paper = Strokes(outline(Rect(0, 0, 60, 40)), Ink(fill="#FFFFFF"), closed=True)
    return plates.pixels(printed.png(Picture(60, 40, (Part("paper", "", (paper,)), Part("it", "", items, clip))), DPI))


@pytest.mark.parametrize("portrait", [False, True], ids=["landscape", "portrait"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_the_paper_at_true_scale(size: str, portrait: bool) -> None:
    made = drawing(replace(plates.plate(), size=size, portrait=portrait))  # type: ignore[arg-type]
    (page,) = PdfReader(io.BytesIO(printed.pdf(made.picture, plates.DOCUMENT, made.frame))).pages
    wide, high = made.picture.width, made.picture.height
    assert [float(one) for one in page.mediabox] == pytest.approx([0, 0, wide * 72 / 25.4, high * 72 / 25.4], abs=0.01)
    png = Image.open(io.BytesIO(printed.png(made.picture, 60)))
    assert png.size == pytest.approx((wide * 60 / 25.4, high * 60 / 25.4), abs=1)
    assert png.info["dpi"] == pytest.approx((60, 60), abs=0.1)


def test_the_marking_stands_over_and_under_the_sheet(sheet: Drawing, image: np.ndarray) -> None:
    for band in sheet.layout.bands:
        middle = cut(image, Rect(band.x + band.width / 2 - 30, band.y + 1, 60, band.height - 2))
        dark = (middle.mean(axis=2) < 90).mean()
        assert 0.05 < dark < 0.5
        assert (cut(image, Rect(band.x + 2, band.y + 1, 20, band.height - 2)) == 255).all()


def test_words_and_counts_of_the_legend_can_be_searched(pdf: bytes) -> None:
    text = plates.words_of(pdf)
    for words in (
        "Morning brief",
        "Sheet 0007",
        "The last 24 hours, every kind",
        "Ceasefire line",
        "Aulby",
        "Legend",
        "Incidents",
    ):
        assert words in text
    assert text.count(plates.BAND) == 2
    assert "40" in text.split("Legend")[1]


@pytest.mark.readers
def test_pdftotext_reads_the_legend_line_by_line(sheet: Drawing, pdf: bytes, tmp_path: Path) -> None:
    (tmp_path / "sheet.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", tmp_path / "sheet.pdf", "-"], check=True, capture_output=True, text=True)
    assert not done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for of in sheet.layers:
        assert any(line.endswith(f"{of.layer.title} {of.count()}") for line in lines), of.layer.title
    for n, hue in enumerate(layer("incidents").portrayal.hues):
        assert any(line.endswith(f"Severity: {hue.label.lower()} {sheet.layers[-1].count(hue=n)}") for line in lines)


def test_the_same_drawing_is_the_same_file_in_another_process(sheet: Drawing, pdf: bytes, image: np.ndarray) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWICE], cwd=Path(__file__).parents[1], check=True, capture_output=True, text=True,
        env={"PYTHONHASHSEED": "77", "PATH": "/usr/bin:/bin", "TZ": "Pacific/Auckland", "SOURCE_DATE_EPOCH": "1", "MPLBACKEND": "svg"},
    )  # fmt: skip
    mine = [hashlib.sha256(one).hexdigest() for one in (pdf, printed.png(sheet.picture, 100))]
    assert done.stdout.split() == mine


def test_text_is_text_whatever_it_holds() -> None:
    words = plates.told(title=HOSTILE, subtitle=HOSTILE, disclaimer=HOSTILE)
    made = drawing(plates.plate(words=words))
    document = replace(plates.DOCUMENT, title=HOSTILE)
    pdf = printed.pdf(made.picture, document, made.frame)
    assert plates.words_of(pdf).count(HOSTILE) == 3
    reader = PdfReader(io.BytesIO(pdf))
    assert (reader.metadata or {})["/Title"] == HOSTILE
    assert not {"/AA", "/OpenAction", "/Names", "/AcroForm"} & set(reader.trailer["/Root"])
    assert not reader.pages[0]["/Annots"]


@pytest.mark.parametrize("title", ["W" * 2_000, "خط وقف إطلاق النار", "停火线巡逻", "a\x00b\u202ec\ud800", "𒀀 \u0378"])
def test_any_script_is_printed_without_a_broken_file(title: str) -> None:
    made = drawing(plates.plate(words=plates.told(title=title)))
    pdf = printed.pdf(made.picture, replace(plates.DOCUMENT, title=title), made.frame)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert printed.png(made.picture, 50).startswith(b"\x89PNG")


def test_a_line_lies_where_it_should_and_is_as_wide_as_it_should() -> None:
    image = alone(Strokes(run((10, 20), (50, 20)), Ink("#C23B00", width=72 / 25.4 * 2)))
    red = np.abs(image.astype(int) - (0xC2, 0x3B, 0x00)).max(axis=2) < 8
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert (len(rows) / PER_MM) == pytest.approx(2.0, abs=2 / PER_MM)
    assert (len(image) - rows.mean() - 0.5) / PER_MM == pytest.approx(20.0, abs=0.2)
    assert (columns[0] / PER_MM, columns[-1] / PER_MM) == pytest.approx((9.0, 51.0), abs=2 / PER_MM)  # its ends are round


def test_an_area_has_its_holes() -> None:
    rings = tuple(outline(box)[0][0] for box in (Rect(10, 5, 40, 30), Rect(20, 12, 20, 16)))
    image = alone(Strokes((rings,), Ink(fill="#000000"), closed=True))
    assert (cut(image, Rect(22, 14, 16, 12)) == 255).all()
    assert (cut(image, Rect(11, 6, 8, 28)) == 0).all()


def test_what_is_cut_ends_at_its_box() -> None:
    image = alone(Strokes(outline(Rect(-100, -100, 300, 300)), Ink(fill="#000000"), closed=True), clip=Rect(20, 10, 20, 20))
    assert (cut(image, Rect(21, 11, 18, 18)) == 0).all()
    assert (image == 0).all(axis=2).sum() / PER_MM**2 == pytest.approx(400, rel=0.03)


def test_a_scene_fills_its_box_with_its_first_row_on_top() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[0, 0, 0], pixels[0, 1, 1], pixels[1, 0, 2] = 255, 255, 255
    image = alone(Raster(Rect(10, 10, 40, 20), pixels))
    for (x, y), colour in {(12, 22): (255, 0, 0), (32, 22): (0, 255, 0), (12, 12): (0, 0, 255), (32, 12): (0, 0, 0)}.items():
        assert (cut(image, Rect(x, y, 15, 6)) == colour).all()
    assert (cut(image, Rect(1, 1, 8, 38)) == 255).all()


GLYPHS = layer("incidents").portrayal.glyphs


@pytest.mark.parametrize("path", [glyph.path for glyph in GLYPHS], ids=[glyph.label for glyph in GLYPHS])
def test_a_sign_is_upright_and_as_large_as_it_should_be(path: str) -> None:
    image = alone(Marks(np.array([30.0]), np.array([20.0]), path, Ink("#000000", 1.5, fill="#000000"), 16.0))
    dark = np.argwhere(image.mean(axis=2) < 128) / PER_MM
    at = np.concatenate([one for one, _ in symbols.corners(path)])
    meant = np.array([[20 + at[:, 1].min(), 20 + at[:, 1].max()], [30 + at[:, 0].min(), 30 + at[:, 0].max()]])
    told = np.stack([dark.min(axis=0), dark.max(axis=0)], axis=1)
    assert np.abs(told - meant).max() < 0.6


def test_severity_can_be_told_in_grey_print() -> None:
    """Of two classes the worse is darker: by its colour and by how much of it is filled."""
    of, light = layer("incidents"), []
    square = [glyph.label for glyph in of.portrayal.glyphs].index("Forces and works")
    for hue in range(len(of.portrayal.hues)):
        image = alone(sign(of, hue, square, (np.array([30.0]), np.array([20.0])), 16.0))
        inside = cut(image, Rect(28.5, 18.5, 3, 3)).reshape(-1, 3)
        light.append(float((inside @ (0.2126, 0.7152, 0.0722)).mean()))
    assert all(after - before > 25 for before, after in pairwise(light)), light


def scene() -> Underlay:
    """Return a scene that is blue above, green to the lower left, and shows the ground to the lower right."""
    pixels = np.zeros((120, 160, 4), np.uint8)
    pixels[:60, :, 2], pixels[60:, :, 1], pixels[..., 3] = 200, 200, 255
    pixels[60:, 80:, 3] = 0
    return Underlay(pixels, "Scene")


def test_a_scene_is_a_photograph_in_the_pdf_and_clear_where_it_has_nothing() -> None:
    made = drawing(replace(plates.full(), underlay=scene()))
    page = PdfReader(io.BytesIO(printed.pdf(made.picture, plates.DOCUMENT, made.frame))).pages[0]
    assert page["/Resources"]["/XObject"]["/I1"]["/Filter"] == "/DCTDecode"  # type: ignore[index]
    read = np.asarray(page.images[0].image).astype(int)  # type: ignore[arg-type]
    assert read.shape == scene().pixels.shape
    assert (read[..., 3] == scene().pixels[..., 3]).all()
    assert np.abs(read - scene().pixels)[..., :3].mean() < 3


@pytest.mark.readers
def test_the_pdf_shows_what_the_image_shows(tmp_path: Path) -> None:
    made = drawing(replace(plates.full(), underlay=scene()))
    (tmp_path / "sheet.pdf").write_bytes(printed.pdf(made.picture, plates.DOCUMENT, made.frame))
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", "-singlefile", "sheet.pdf", "sheet"], cwd=tmp_path, check=True)
    theirs = plates.pixels((tmp_path / "sheet.png").read_bytes())
    ours = plates.pixels(printed.png(made.picture, DPI))
    high, wide = (min(one, other) for one, other in zip(ours.shape[:2], theirs.shape[:2], strict=True))
    off = np.abs(ours[-high:, :wide].astype(int) - theirs[-high:, :wide])
    assert off.mean() < 4
    assert (off.max(axis=2) > 60).mean() < 0.05


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """Hold that drawing leaves the library's settings as they were."""
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
