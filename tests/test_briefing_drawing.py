"""A plate drawn: whatever is asked for is a sensible sheet, and the legend says what is truly on it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely

from layers.briefing import lettering
from layers.briefing.drawing import Drawing, drawing
from layers.briefing.legends import swatch
from layers.briefing.mapped import CELLS, GROUND
from layers.briefing.paper import SIZES
from layers.briefing.picture import Marks, Raster, Rect, Strokes, Words
from layers.briefing.placed import MOST
from layers.briefing.plate import Base, Drawn, Land, Plate, Underlay
from layers.catalogue import layer
from layers.model import Box
from tests import plates

RTL, CJK = "خط وقف إطلاق النار", "停火线巡逻"
HOSTILE = "<b>&amp;</b> $\\frac{1}{2}$ =HYPERLINK(1) {PAGE}\u202e\u0007"
BOXES: dict[str, Box] = {
    "zone": plates.HERE,
    "nothing": (61.0, -20.0, 61.0, -20.0),
    "over_180": (179.0, -17.0, -179.0, -16.0),
    "wide_over_180": (160.0, -20.0, -160.0, 10.0),
    "pole": (-180.0, 85.0, 180.0, 90.0),
    "world": (-180.0, -90.0, 180.0, 90.0),
    "zones_meet": (35.6, 33.0, 36.5, 33.6),
}


def on_paper(made: Drawing) -> None:
    """Hold that nothing leaves the paper, but for what its part is cut at."""
    paper = Rect(0, 0, made.picture.width, made.picture.height)
    for part in made.picture.parts:
        if part.clip:
            assert inside(part.clip, paper)
        for item in part.items:
            for at in places(item):
                assert np.isfinite(at).all()
                if not part.clip or isinstance(item, Words):
                    assert (at >= -0.01).all(), (part.name, item)
                    assert (at <= np.array([paper.width, paper.height]) + 0.01).all(), (part.name, item)


def inside(one: Rect, other: Rect) -> bool:
    return one.x >= other.x and one.y >= other.y and one.right <= other.right and one.top <= other.top


def places(item: Strokes | Marks | Words | Raster) -> list[np.ndarray]:
    if isinstance(item, Strokes):
        return [ring for part in item.parts for ring in part]
    if isinstance(item, Marks):
        return [np.stack([item.x, item.y], axis=1)]
    if isinstance(item, Raster):
        return [np.array([[item.box.x, item.box.y], [item.box.right, item.box.top]])]
    wide = lettering.width(item.text, item.size, bold=item.bold)
    left = item.x - {"left": 0.0, "center": wide / 2, "right": wide}[item.across]
    return [np.array([[left, item.y], [left + wide, item.y]])]


def said(made: Drawing, part: str) -> list[str]:
    return [item.text for one in made.picture.parts if one.name == part for item in one.items if isinstance(item, Words)]


def counted(made: Drawing, title: str) -> int:
    """Return the count that the legend has beside a title."""
    words = said(made, "margin")
    return int(words[words.index(title) + 1].replace(",", ""))


@pytest.mark.parametrize("portrait", [False, True], ids=["landscape", "portrait"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_any_frame_on_any_paper_is_a_sensible_sheet(box: Box, size: str, portrait: bool) -> None:
    whole = (
        plates.full(box) if box[0] < box[2] and box[1] < box[3] else plates.plate(box, plates.incidents(*plates.strewn(box, 9)))
    )
    made = drawing(replace(whole, size=size, portrait=portrait))  # type: ignore[arg-type]
    on_paper(made)
    assert said(made, "bands") == [plates.BAND, plates.BAND]
    assert any(text.startswith("1:") for text in said(made, "margin"))


def test_a_view_with_no_features_is_a_sheet_that_lists_none() -> None:
    nothing = plates.incidents(np.empty(0), np.empty(0))
    for whole in (plates.plate(), plates.plate(plates.HERE, nothing, plates.shaped("sectors"))):
        made = drawing(whole)
        on_paper(made)
        assert "Incidents" not in said(made, "margin")
        assert "Legend" in said(made, "margin")


@pytest.mark.parametrize("box", [plates.HERE, BOXES["over_180"], BOXES["wide_over_180"]])
def test_the_legend_counts_what_is_inside_the_frame(box: Box) -> None:
    wide = (box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2)
    lon, lat = plates.strewn(wide, 2_000, 7)
    made = drawing(plates.plate(box, plates.incidents(lon, lat)))
    x, y = made.frame.at(lon, lat)
    rect = made.frame.rect
    within = (x >= rect.x) & (x <= rect.right) & (y >= rect.y) & (y <= rect.top)
    assert 0 < within.sum() < 2_000
    assert counted(made, "Incidents") == within.sum()
    (marks,) = [part for part in made.picture.parts if part.name == "incidents"]
    assert sum(len(item.x) for item in marks.items if isinstance(item, Marks)) == within.sum()
    classes = [f"Severity: {hue.label.lower()}" for hue in layer("incidents").portrayal.hues]
    assert sum(counted(made, name) for name in classes) == within.sum()


def test_lines_and_areas_are_counted_where_they_reach_into_the_frame() -> None:
    through = shapely.LineString([(60.0, -20.3), (63.0, -20.3)])
    beside = shapely.LineString([(60.0, -25.0), (63.0, -25.0)])
    around = shapely.box(55.0, -30.0, 70.0, -10.0)
    made = drawing(
        plates.plate(
            plates.HERE, plates.shaped("sectors", around, beside.buffer(0.1)), plates.shaped("ceasefire_lines", through, beside)
        )
    )
    assert counted(made, "Sectors") == 1
    assert counted(made, "Ceasefire line") == 1


def test_a_line_over_180_is_drawn_on_both_sides() -> None:
    line = shapely.MultiLineString([[(178.5, -16.5), (180.0, -16.5)], [(-180.0, -16.5), (-178.5, -16.5)]])
    made = drawing(plates.plate(BOXES["over_180"], plates.shaped("ceasefire_lines", line)))
    (part,) = [part for part in made.picture.parts if part.name == "ceasefire_lines"]
    x = np.concatenate([ring[:, 0] for item in part.items for one in item.parts for ring in one])  # type: ignore[union-attr]
    rect = made.frame.rect
    assert x.min() < rect.x + 0.2 * rect.width
    assert x.max() > rect.right - 0.2 * rect.width


def test_too_many_points_to_tell_apart_are_shaded_and_the_legend_says_so() -> None:
    lon, lat = plates.strewn(plates.HERE, 2 * MOST)
    made = drawing(plates.plate(plates.HERE, plates.incidents(lon, lat)))
    (placed,) = made.layers
    assert placed.cells is not None
    assert placed.cells.count.sum() == 2 * MOST == counted(made, "Incidents")
    words = said(made, "margin")
    assert any("incidents in a cell" in text for text in words)
    assert "Severity: low, in the cells only" in words
    assert "Severity: high, as dots in the cells" in words
    # So many of the worst would hide one another as marks: each is counted in the spot of its cell.
    assert placed.severe.sum() == (placed.drawn.hue == 0).sum()
    (part,) = [part for part in made.picture.parts if part.name == f"incidents{CELLS}"]
    spots = [item for item in part.items if isinstance(item, Marks)]
    assert sum(len(item.x) for item in spots) == (placed.severe > 0).sum()
    assert [item.size for item in spots] == sorted(item.size for item in spots)
    told = [text for text in words if text.endswith("of severity high in a cell")]
    assert len(told) == len(placed.worst) == len(spots)


def test_the_worst_of_many_stand_as_marks_where_they_are_few() -> None:
    lon, lat = plates.strewn(plates.HERE, 2 * MOST)
    many = plates.incidents(lon, lat)
    made = drawing(plates.plate(plates.HERE, replace(many, hue=np.where(np.arange(2 * MOST) < 50, 0, 2))))
    (part,) = [part for part in made.picture.parts if part.name == "incidents"]
    assert sum(len(item.x) for item in part.items if isinstance(item, Marks)) == 50
    assert "Severity: high" in said(made, "margin")


def test_two_hundred_layers_are_a_legend_that_says_how_many_are_left_out() -> None:
    many = [
        replace(layer, id=f"layer_{n}", title=f"Layer {n} of a very long and winding name that nobody can take in")
        for n, layer in enumerate([plates.shaped("sectors").layer] * 200)
    ]
    square = shapely.box(61.1, -20.4, 61.3, -20.2)
    drawn = [
        Drawn(of, np.zeros(1, int), np.zeros(1, int), shapes=np.array([square], object), dashed=np.zeros(1, bool)) for of in many
    ]
    for size in SIZES:
        made = drawing(replace(plates.plate(plates.HERE, *drawn), size=size))
        on_paper(made)
        left = [text for text in said(made, "margin") if re.fullmatch(r"and \d+ more", text)]
        assert len(left) == 1
        listed = sum(text.startswith("Layer ") for text in said(made, "margin"))
        assert listed + int(left[0].split()[1]) == 201  # the grid is one


@pytest.mark.parametrize(
    "words", ["Title " * 333, "W" * 2_000, RTL * 80, CJK * 300, HOSTILE * 60, "\n" * 50 + "low"], ids=range(6)
)
def test_words_without_end_stay_on_the_sheet(words: str) -> None:
    texts = plates.told(title=words, subtitle=words, band=words, number=words, sources=words, disclaimer=words, stamp=words)
    texts = replace(texts, notes=((words, words), ("By", words)), trace=(words, words))
    for size in SIZES:
        made = drawing(replace(plates.full(), told=texts, size=size))
        on_paper(made)
        stands = made.layout
        assert all(item.y >= stands.head.y for part in made.picture.parts if part.name == "head" for item in part.items)  # type: ignore[union-attr]


def test_every_word_on_a_sheet_is_plain_text_that_can_be_printed() -> None:
    named = plates.settlements(*plates.strewn(plates.HERE, 3), (RTL, CJK, HOSTILE))
    texts = replace(
        plates.told(**dict.fromkeys(("title", "subtitle", "band", "number", "sources", "disclaimer", "stamp"), HOSTILE)),
        notes=((HOSTILE, HOSTILE),),
        trace=(HOSTILE,),
    )
    made = drawing(replace(plates.plate(plates.HERE, named, words=texts), size="A3"))
    for words in made.picture.words():
        assert words.text == lettering.printable(words.text)
    assert any("<b>&amp;</b>" in words.text for words in made.picture.words())


def test_tracks_are_finer_and_paler_the_more_ground_a_map_shows_and_lie_under_the_ceasefire_line() -> None:
    line = shapely.LineString([(60.0, -20.3), (63.0, -20.3)])
    tracks = shapely.LineString([(61.3, -21.0), (61.3, -19.0)])
    drawn = (plates.shaped("ceasefire_lines", line), plates.shaped("patrol_tracks", tracks))
    seen = []
    for scale in (50_000.0, 250_000.0, 1_000_000.0):
        made = drawing(replace(plates.plate(plates.HERE, *drawn), scale=scale))
        parts = [part for part in made.picture.parts if part.name in ("patrol_tracks", "ceasefire_lines")]
        assert [part.name for part in parts] == ["patrol_tracks", "ceasefire_lines"]
        (track,), (casing, core) = ([item for item in part.items if isinstance(item, Strokes)] for part in parts)
        assert [entry.ink for entry in made.legend if entry.text == "Patrol tracks"] == [track.ink]
        assert casing.ink.width > core.ink.width == 0.75 * layer("ceasefire_lines").portrayal.width_px
        seen.append((track.ink.width, -lightness(track.ink.line)))
        assert lightness(core.ink.line) < 0.2
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == (0.75 * layer("patrol_tracks").portrayal.width_px, -lightness("#0072B2"))
    assert -seen[-1][1] > 0.6


def lightness(colour: str) -> float:
    """Return how light a colour is in grey print, 0 to 1."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_signs_at_one_place_are_as_dark_as_one_and_as_the_legend_shows_them() -> None:
    lon, lat = np.full(6, 61.3), np.full(6, -20.3)
    of = layer("holdings")
    nothing = np.zeros(6, int)
    made = drawing(plates.plate(plates.HERE, Drawn(of, nothing, nothing, lon, lat, names=("Site A",) * 6)))
    (marks,) = [item for part in made.picture.parts if part.name == "holdings" for item in part.items]
    assert isinstance(marks, Marks)
    assert len(marks.rows) == 6
    (entry,) = [entry for entry in made.legend if entry.text.startswith("Holdings")]
    (sign,) = swatch(entry, Rect(0, 0, 8.0, 4.0), 3.0)
    assert (sign.ink.fill, sign.ink.opacity) == (marks.ink.fill, marks.ink.opacity) == (marks.ink.fill, 1.0)


def test_ground_that_is_not_on_the_map_is_not_in_its_legend() -> None:
    west, south, east, _ = plates.HERE
    roads, rivers = (
        shapely.LineString([(west, south), (east, south)]),
        shapely.LineString([(west, south - 0.6), (east, south - 0.6)]),
    )
    land = Land((Base("roads", [roads]), Base("rivers", [rivers]), Base("towns", [shapely.Point(west + 5, south)])))
    made = drawing(replace(plates.plate(), land=land))
    assert [entry.text for entry in made.legend if entry.layer == "ground"] == ["Road"]


def test_very_many_layers_of_the_ground_are_a_legend_that_can_be_read_and_counts_the_rest() -> None:
    west, south, east, north = plates.HERE
    across = shapely.LineString([(west, south), (east, north)])
    base = (*(Base(f"survey_{n}", [across]) for n in range(200)), Base("roads", [across]))
    made = drawing(replace(plates.plate(), land=Land(base)))
    told = [entry.text for entry in made.legend if entry.layer == "ground"]
    assert told[0] == "Road"
    assert told[-1] == f"and {201 - len(told) + 1} more layers of the ground"
    assert [entry for entry, _ in made.room.rows] == list(made.legend)
    assert made.room.letter == made.layout.letter


def test_a_scene_lies_over_the_land_and_under_the_layers() -> None:
    scene = Underlay(np.zeros((4, 6, 4), np.uint8), "Scene of 27 NOV 26, true colour")
    made = drawing(replace(plates.full(), underlay=scene))
    kinds = [type(item) for item in made.picture.parts[1].items]
    assert made.picture.parts[1].name == "ground"
    assert Raster in kinds
    assert "Scene of 27 NOV 26, true colour" in said(made, "margin")


def test_a_country_that_fills_the_map_is_ground_all_over() -> None:
    whole = replace(plates.plate(), land=Land((Base("land", [shapely.box(40.0, -40.0, 80.0, 0.0)]),)))
    ground = drawing(whole).picture.parts[1].items[1]
    assert isinstance(ground, Strokes)
    rect = drawing(whole).frame.rect
    assert shapely.Polygon(ground.parts[0][0]).contains(shapely.box(rect.x, rect.y, rect.right, rect.top))


@pytest.mark.parametrize("box", [(-180.0, -90.0, 180.0, 90.0), (-30.0, -60.0, 170.0, 80.0)])
def test_land_on_a_map_of_the_world_lies_where_it_is_and_nowhere_else(box: Box) -> None:
    boxes = [(-125.0, 15.0, -70.0, 60.0), (100.0, 20.0, 180.0, 65.0), (-40.0, -89.0, 40.0, -75.0)]
    continents = [shapely.segmentize(shapely.box(*one), 1.0) for one in boxes]
    made = drawing(replace(plates.plate(box), land=Land((Base("land", continents),))))
    land = next(item for item in made.picture.parts[1].items if isinstance(item, Strokes) and item.ink.fill == GROUND)
    drawn = shapely.union_all([shapely.Polygon(part[0], part[1:]) for part in land.parts])
    chance, rect = np.random.default_rng(6), made.frame.rect
    x, y = rect.x + chance.random(3_000) * rect.width, rect.y + chance.random(3_000) * rect.height
    lon, lat = made.frame.degrees(x, y)
    there = np.isfinite(lon)
    near = shapely.distance(drawn.boundary, shapely.points(x, y)) < 1.0
    told = shapely.contains_xy(shapely.union_all(continents), np.where(there, lon, 0), np.where(there, lat, 0)) & there
    assert (shapely.contains_xy(drawn, x, y) == told)[~near].all()
    assert told.sum() > 100


def test_the_edges_of_two_areas_that_meet_lie_beside_each_other_and_the_buffer_zone_on_top() -> None:
    south, north = shapely.box(61.1, -20.5, 61.5, -20.3), shapely.box(61.1, -20.3, 61.5, -20.1)
    both = replace(plates.shaped("zones", north, south), hue=np.array([0, 1]))
    made = drawing(plates.plate(plates.HERE, both))
    zones = next(part for part in made.picture.parts if part.name == "zones")
    edges = [item for item in zones.items if isinstance(item, Strokes) and item.ink.line]
    assert [item.row for item in edges] == [1, 0]
    other, buffer = (
        shapely.Polygon(item.parts[0][0]).exterior.buffer(item.ink.width * lettering.MM_PER_POINT / 2) for item in edges
    )
    assert other.intersection(buffer).area < 0.05 * min(other.area, buffer.area)
    meet = shapely.LineString(np.stack(made.frame.at([61.11, 61.49], [-20.3, -20.3]), axis=1))
    assert max(meet.distance(other), meet.distance(buffer)) < 0.15


def test_scenes_and_sectors_differ_by_weight_and_dash() -> None:
    scenes, sectors = (layer(name).portrayal for name in ("scenes", "sectors"))
    assert sectors.width_px >= 1.5 * scenes.width_px
    assert max(sectors.dash) >= 3 * max(scenes.dash)


def test_a_sheet_has_one_layer_per_part_in_the_order_of_the_map() -> None:
    made = drawing(plates.full())
    titles = [part.title for part in made.picture.parts if part.title and part.clip]
    assert titles == ["Ground", "Sectors", "Ceasefire line", "Grid", "Settlements", "Incidents"]


def test_the_plate_is_not_changed_by_being_drawn() -> None:
    whole: Plate = plates.full()
    before = whole.drawn[3].lon.copy()
    drawing(whole)
    assert (whole.drawn[3].lon == before).all()
