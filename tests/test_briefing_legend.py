"""The room beside a map: whatever is drawn there is in the legend, on every paper, slide and page, and nothing lies on anything."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pypdf
import pytest
import shapely
from pptx import Presentation

from layers import feed
from layers.briefing import lettering, margin
from layers.briefing.drawing import Drawing, drawing
from layers.briefing.frame import framed
from layers.briefing.inset import inset
from layers.briefing.legends import Entry, first, swatch
from layers.briefing.outputs import made, written
from layers.briefing.paper import SIZES, Size, layout
from layers.briefing.picture import Rect, Strokes, Words
from layers.briefing.placed import MOST
from layers.briefing.plate import Drawn, Plate
from layers.briefing.report import HEIGHT, WIDTH, Head, Map, Report
from layers.desk import open_mission
from layers.desk.plates import within_page
from layers.model import parse
from tests import plates
from tests.site import ROOT

NOTES = (
    ("Mission", "Exercise Quiet Meridian"),
    ("Data cut-off", "280600Z NOV 26 (1000 local)"),
    ("Made", "280601Z NOV 26"),
    ("By", "Owner, Joint operations branch"),
    ("For", "Force commander"),
)
PAPERS = [(size, portrait) for size in SIZES for portrait in (False, True) if not (portrait and size == "16:9")]
paper = pytest.mark.parametrize(("size", "portrait"), PAPERS)


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Plate:
    """Return the map of the exercise mission with every layer on, those of scenes and findings as well, and words about it."""
    folder = tmp_path_factory.mktemp("exercise") / "m"
    feed.working_copy(ROOT / "data" / "sample", folder, datetime.now(UTC))
    mission = open_mission(folder)
    try:
        sheet = mission.desk().sheet(parse("last=all"))
        found = within_page(sheet, plates.BAND, mission.configuration.box)
    finally:
        mission.close()
    west, south, _, _ = found.box
    more = [plates.shaped(kind, shapely.box(west + 0.3, south + 0.3, west + 0.6, south + 0.6)) for kind in ("scenes", "findings")]
    return replace(found, drawn=(*more, *found.drawn), told=plates.told(notes=NOTES, stamp="Internal", since="270600Z NOV 26"))


def crowded(of: Plate, count: int) -> Plate:
    """Return a plate with so many incidents more."""
    return replace(of, drawn=(*of.drawn[:-1], plates.incidents(*plates.strewn(of.box, count))))


def classes(of: Drawing) -> set[str]:
    """Return what must be named: of each layer in the frame its title, or each of its classes that is drawn."""
    wanted: set[str] = set()
    for layer in of.layers:
        look, drawn, seen = layer.layer.portrayal, layer.drawn, layer.inside
        if not seen.any():
            continue
        several = len(look.hues) > 1 or len(look.glyphs) > 1
        wanted.add(layer.layer.title)
        if layer.layer.geometry != "point":
            wanted |= {look.hues[n].label for n in set(drawn.hue[seen].tolist())} if several else set()
        elif several and layer.cells is None:
            wanted |= {look.glyphs[n].label for n in set(drawn.glyph[seen].tolist())}
    return wanted


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


@paper
def test_all_that_is_drawn_is_named_on_every_paper(exercise: Plate, size: Size, portrait: bool) -> None:
    plate = replace(exercise, size=size, portrait=portrait)
    drawn = drawing(plate)
    wanted = classes(drawn)
    assert {"Incidents", "Ceasefire line", "Patrol tracks", "Buffer zone", "Scenes", "Sectors", "Team site"} <= wanted
    wanted |= {"River", "Road", "Town"}
    told = words(made(plate, "pdf", plates.MADE))
    assert [one for one in wanted if one not in told] == []
    assert [entry for entry, _ in drawn.room.rows] == list(drawn.legend)
    assert drawn.room.letter >= (9.0 if size == "16:9" else 6.0)


@paper
def test_all_that_is_drawn_is_named_where_points_are_cells(exercise: Plate, size: Size, portrait: bool) -> None:
    drawn = drawing(replace(crowded(exercise, MOST * 7), size=size, portrait=portrait))
    assert any(layer.cells is not None and layer.worst for layer in drawn.layers)
    assert [entry for entry, _ in drawn.room.rows] == list(drawn.legend)


@paper
def test_all_that_is_drawn_is_named_in_the_legend_of_a_slide(exercise: Plate, size: Size, portrait: bool) -> None:
    plate = replace(exercise, size=size, portrait=portrait)
    slide = Presentation(io.BytesIO(made(plate, "pptx", plates.MADE))).slides[0]
    (legend,) = (shape for shape in slide.shapes if shape.name == "Legend")
    rows = [shape for shape in legend.shapes if hasattr(shape, "shapes")]
    said = {" ".join(shape.text_frame.text.split()) for row in rows for shape in row.shapes if shape.has_text_frame}
    assert {entry.text for entry in drawing(plate).legend} <= said


def test_all_that_is_drawn_is_named_on_the_map_of_a_report(exercise: Plate) -> None:
    plate = replace(exercise, size="A4", told=plates.told())
    report = Report("Report", "", plates.BAND, "Draft", (Head("Map", (Map(plate, "Map"),)),))
    told = words(written(report, "pdf", plates.MADE))
    assert [one for one in classes(drawing(plate)) if one not in told] == []
    edge = next(part for part in inset(plate, Rect(0, 0, WIDTH, HEIGHT)) if part.name == "frame")
    figures = [item for item in edge.items if isinstance(item, Words)]
    assert {"500", "7,800"} <= {item.text for item in figures}
    assert all(0 <= left <= right <= WIDTH for left, right in map(sides, figures))


@pytest.mark.parametrize("share", [1.0, 0.8, 0.6])
def test_a_report_s_map_has_its_whole_legend_however_low_it_is(exercise: Plate, share: float) -> None:
    plate = replace(exercise, size="A4", told=plates.told())
    at = Rect(0, 0, WIDTH, share * HEIGHT)
    parts = {part.title: [item.text for item in part.items if isinstance(item, Words)] for part in inset(plate, at)}
    told = " ".join(parts["Legend"])
    assert [one for one in classes(drawing(plate)) if one not in told] == []
    assert [text for text in parts["Legend"] if text.endswith(" more")] == []


@pytest.mark.parametrize("wide", [28.0, 33.0, 50.0, 90.0, 180.0])
def test_the_figures_of_a_scale_do_not_touch(wide: float) -> None:
    for size, degrees in itertools.product(SIZES, (0.002, 0.05, 1.0, 3.0, 9.0, 40.0)):
        stands = layout(size)
        frame = framed((60.0, -10.0, 60.0 + degrees, -10.0 + degrees), stands.map)
        drawn = list(margin.scale(stands, Rect(5.0, 5.0, wide, 20.0), frame))
        figures = sorted(sides(item) for item in drawn if isinstance(item, Words) and item.up != "top")
        assert len(figures) in (2, 3)
        assert all(one[1] + 0.3 < other[0] for one, other in itertools.pairwise(figures)), (size, degrees)
        assert figures[-1][1] <= 5.0 + wide - 8.2  # there stands the arrow to north


def sides(item: Words) -> tuple[float, float]:
    wide = lettering.width(item.text, item.size, bold=item.bold)
    left = item.x - {"left": 0.0, "center": wide / 2, "right": wide}[item.across]
    return left, left + wide


def overlap(one: Rect, other: Rect) -> bool:
    return one.x < other.right - 0.01 and other.x < one.right - 0.01 and one.y < other.top - 0.01 and other.y < one.top - 0.01


@paper
@pytest.mark.parametrize("reason", ["", "Agreed with the liaison cell of both parties before the meeting. " * 4])
@pytest.mark.parametrize("count", [1, 33, 200])
def test_nothing_beside_the_map_lies_on_anything(size: Size, portrait: bool, count: int, reason: str) -> None:
    square = shapely.box(61.1, -20.4, 61.3, -20.2)
    like = plates.shaped("sectors").layer
    named = [replace(like, id=f"layer_{n}", title=f"Observation posts {n}") for n in range(count)]
    drawn = [
        Drawn(of, np.zeros(1, int), np.zeros(1, int), shapes=np.array([square], object), dashed=np.zeros(1, bool)) for of in named
    ]
    notes = (("Released", reason), *NOTES) if reason else NOTES
    plate = replace(plates.plate(plates.HERE, *drawn, words=plates.told(notes=notes)), size=size, portrait=portrait)
    found = drawing(plate)
    room, beside = found.room, found.layout.margin
    pieces = [room.legend, room.small, room.scale, room.below]
    assert not any(overlap(*pair) for pair in itertools.combinations(pieces, 2))
    rows = [box for _, box in room.rows]
    assert not any(overlap(*pair) for pair in itertools.combinations(rows, 2))
    for box in (*pieces, *rows):
        assert box.x >= beside.x - 0.01
        assert box.right <= beside.right + 0.01
        assert box.y >= beside.y - 0.01
        assert box.top <= beside.top + 0.01
    assert all(overlap(box, room.legend) for box in rows)
    if count <= 33:
        assert len(rows) == len(found.legend)
        assert reason.strip() in words(made(plate, "pdf", plates.MADE))
    else:
        assert len(rows) == len(found.legend) or room.rows[-1][0].text == f"and {len(found.legend) - len(rows) + 1} more"


def test_the_name_of_a_layer_is_not_the_last_of_its_column(exercise: Plate) -> None:
    for size, portrait in PAPERS:
        rows = drawing(replace(exercise, size=size, portrait=portrait)).room.rows
        for (entry, box), (_, following) in itertools.pairwise(rows):
            assert not (entry.heading and box.x != following.x)


def test_boxes_of_areas_do_not_touch_and_groups_stand_apart(exercise: Plate) -> None:
    rows = drawing(replace(exercise, size="A4")).room.rows
    for (above, upper), (below, lower) in itertools.pairwise(rows):
        if upper.x != lower.x:
            continue
        group = below.heading or (above.layer != below.layer and any(one.heading for one, _ in rows if one.layer == above.layer))
        assert (upper.y - lower.top > 0.3 * lower.height / 2) == group, (above.text, below.text)
        if above.kind == below.kind == "area":
            edges = [edge for entry, box in ((above, upper), (below, lower)) for edge in extent(entry, box)]
            assert edges[0] > edges[3] + 0.2, (above.text, below.text)


def extent(entry: Entry, box: Rect) -> tuple[float, float]:
    """Return how low and how high the sign of an area reaches, with its outline."""
    drawn = [item for item in swatch(entry, first(entry, box, 6.0), 2.7) if isinstance(item, Strokes)]
    y = np.concatenate([ring[:, 1] for item in drawn for part in item.parts for ring in part])
    half = max(item.ink.width for item in drawn) * lettering.MM_PER_POINT / 2
    return float(y.min()) - half, float(y.max()) + half


def test_a_reason_too_long_for_any_sheet_is_cut_and_says_so() -> None:
    plate = plates.plate(plates.HERE, words=plates.told(notes=(("Released", "word " * 400), *NOTES)))
    told = [
        item.text
        for part in drawing(plate).picture.parts
        if part.title == "Notes"
        for item in part.items
        if isinstance(item, Words)
    ]
    assert any(text.endswith("…") for text in told)
    assert {"Force commander", "Projection"} <= set(told)
