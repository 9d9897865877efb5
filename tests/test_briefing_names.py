"""Names on a printed map: where they stand, and what is said of those that have no room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from layers.briefing import lettering
from layers.briefing.drawing import drawing
from layers.briefing.picture import Marks, Rect, Strokes, Words
from tests import plates
from tests.test_briefing_drawing import said


def test_names_on_the_map_do_not_lie_on_one_another() -> None:
    lon, lat = plates.strewn(plates.HERE, 150, 3)
    made = drawing(plates.plate(plates.HERE, plates.settlements(lon, lat, tuple(f"Village {n}" for n in range(150)))))
    (names,) = [part.items for part in made.picture.parts if part.name == "names"]
    boxes = [
        (item.x, item.y, lettering.width(item.text, item.size), 0.8 * lettering.height(item.size))
        for item in names
        if isinstance(item, Words)
    ]
    assert len(boxes) > 20
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            assert (
                one[0] + one[2] <= other[0]
                or other[0] + other[2] <= one[0]
                or one[1] + one[3] <= other[1]
                or other[1] + other[3] <= one[1]
            )


def test_a_name_or_square_lies_on_no_sign_and_across_no_line_that_parts_ground() -> None:
    west, south, _, north = box = (60.6, -21.4, 62.4, -20.2)
    line = shapely.LineString(np.stack(plates.strewn(box, 40, 5), axis=1))
    made = drawing(
        replace(
            plates.plate(
                box,
                plates.shaped("sectors", shapely.box(west, south, 61.4, north), names=("Sector 1",)),
                plates.shaped("ceasefire_lines", line, names=("Green line",)),
                plates.settlements(*plates.strewn(box, 60, 2), tuple(f"Village {n}" for n in range(60))),
                plates.incidents(*plates.strewn(box, 200)),
            ),
            size="A3",
        )
    )
    parts = {part.name: part for part in made.picture.parts if part.clip}
    words = [item for name in ("names", "grid") for item in parts[name].items if isinstance(item, Words)]
    boxes = [written(item) for item in words]
    signs = [
        Rect(x - item.size / 2, y - item.size / 2, item.size, item.size)
        for name in ("settlements", "incidents")
        for item in parts[name].items
        if isinstance(item, Marks)
        for x, y in zip(item.x, item.y, strict=True)
    ]
    assert {"Sector 1"} < {item.text for item in words}
    assert any(item.text.startswith("41K") for item in words)
    flat = shapely.GeometryCollection(
        [
            shapely.LineString(run)
            for name in ("sectors", "ceasefire_lines")
            for item in parts[name].items
            for (run,) in item.parts
        ]  # type: ignore[union-attr]
    )
    areas = shapely.box(*np.array([(one.x, one.y, one.right, one.top) for one in boxes]).T)
    assert shapely.intersects(areas[:, None], areas[None]).sum() == len(areas)
    taken = shapely.box(*np.array([(one.x, one.y, one.right, one.top) for one in signs]).T)
    assert not shapely.intersects(areas[:, None], taken[None]).any()
    assert not shapely.intersects(shapely.buffer(areas, -0.4, join_style="mitre"), flat).any()
    asked = 60 + 1 + 1 + len({item.text for item in parts["grid"].items if isinstance(item, Words)})
    assert made.lacking == f"Left out for want of room: {asked - len(words)} of {asked} names."
    assert made.lacking in " ".join(said(made, "foot"))


def written(item: Words) -> Rect:
    """Return the box of a line of text, from its base line up to its tallest letters."""
    wide, high = lettering.width(item.text, item.size, bold=item.bold), 0.7 * lettering.height(item.size)
    x = item.x - {"left": 0.0, "center": wide / 2, "right": wide}[item.across]
    return Rect(x, item.y - (high / 2 if item.up == "center" else 0.0), wide, high)


def test_signs_at_one_place_have_one_name_and_how_many_they_are() -> None:
    lon, lat = np.array([61.3, 61.3, 61.3, 61.2]), np.array([-20.3, -20.3, -20.3, -20.2])
    made = drawing(plates.plate(plates.HERE, plates.settlements(lon, lat, ("Site A", "Site A", "Site A", "Site B"))))
    assert sorted(said(made, "names")) == ["Site A (3)", "Site B"]
    assert "Settlements (how many at one place)" in [entry.text for entry in made.legend]
    alone = drawing(plates.plate(plates.HERE, plates.settlements(lon[2:], lat[2:], ("Site A", "Site B"))))
    assert "Settlements" in [entry.text for entry in alone.legend]


def test_incidents_at_one_place_are_one_sign_with_how_many_they_are() -> None:
    lon, lat = np.array([61.3, 61.3, 61.3, 61.2]), np.array([-20.3, -20.3, -20.3, -20.2])
    made = drawing(plates.plate(plates.HERE, plates.incidents(lon, lat)))
    assert said(made, "names") == ["3"]
    assert "Incidents (how many at one place)" in [entry.text for entry in made.legend]
    few = drawing(plates.plate(plates.HERE, replace(plates.incidents(lon, lat), fewest=5)))
    assert said(few, "names") == []
    assert "Incidents" in [entry.text for entry in few.legend]


def test_the_name_of_an_area_too_narrow_for_it_stands_beside_it_and_on_no_other_area() -> None:
    box = (60.6, -21.4, 62.4, -20.2)
    narrow, wide = shapely.box(61.2, -21.3, 61.22, -20.4), shapely.box(61.23, -21.3, 62.2, -20.4)
    made = drawing(plates.plate(box, plates.shaped("zones", narrow, wide, names=("Buffer zone", "Area of limitation"))))
    words = {
        item.text: written(item)
        for part in made.picture.parts
        if part.name == "names"
        for item in part.items
        if isinstance(item, Words)
    }
    edge, other = (float(made.frame.at(np.array([lon]), np.array([-20.9]))[0][0]) for lon in (61.2, 61.23))
    assert words["Buffer zone"].right < edge
    assert words["Area of limitation"].x > other


def test_how_sure_a_place_is_is_a_circle_where_it_can_be_seen_and_the_legend_says_so() -> None:
    lon, lat = np.array([61.3, 61.3, 61.2, 61.25, 61.35]), np.array([-20.3, -20.3, -20.2, -20.25, -20.28])
    within = np.array([9_000.0, 9_000.0, 100.0, np.nan, 6_000.0])
    made = drawing(plates.plate(plates.HERE, replace(plates.incidents(lon, lat), within_m=within)))
    (part,) = (part for part in made.picture.parts if part.name == "incidents")
    circles = [item for item in part.items if isinstance(item, Strokes)]
    assert len(circles) == 2
    for item, (x, y, metres) in zip(circles, ((61.3, -20.3, 9_000), (61.35, -20.28, 6_000)), strict=True):
        ring = item.parts[0][0] - np.array(made.frame.at(np.array([x]), np.array([y]))).T
        assert np.allclose(np.hypot(*ring.T), metres / made.frame.per_mm)
    assert [entry.text for entry in made.legend].count("The place lies within the circle") == 1
    exact = drawing(plates.plate(plates.HERE, plates.incidents(lon, lat)))
    assert "The place lies within the circle" not in [entry.text for entry in exact.legend]


def test_no_number_of_what_stands_at_one_place_is_left_out_for_the_signs_about_it() -> None:
    x, y = np.meshgrid(np.arange(7) * 0.004, np.arange(7) * 0.004)
    lon, lat = (np.repeat(axis.ravel(), 2) for axis in (61.3 + x, -20.3 + y))
    made = drawing(plates.plate(plates.HERE, plates.incidents(lon, lat)))
    crowd = said(made, "names")
    assert set(crowd) == {"2"}
    spread = drawing(plates.plate(plates.HERE, plates.incidents(lon[:2], lat[:2])))
    assert said(spread, "names") == ["2"]
    assert len(crowd) > 20
