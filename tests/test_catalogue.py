"""One suite for every layer: sound as data, and on every surface of the product once it holds something."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest

from layers import access
from layers.catalogue import LAYERS
from layers.desk import Mission
from layers.model import Colour, Layer, View
from tests.missions import csv_file, geojson_file, row, square

ALL = View(last="all")
GROUND = Colour("#F3F1EA", "#10171C")
PATH = re.compile(r"[MLHVAZmlhvaz0-9.,\s-]+")
each = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_ids_and_orders_are_the_layers_own() -> None:
    assert len({layer.id for layer in LAYERS}) == len(LAYERS)
    assert [layer.order for layer in LAYERS] == sorted(layer.order for layer in LAYERS)
    assert len({layer.title for layer in LAYERS}) == len(LAYERS)


@each
def test_one_feature_of_a_layer_has_a_name_in_a_sentence(layer: Layer) -> None:
    assert layer.any == f"any {layer.one}"
    assert layer.called.startswith(layer.one[:4])
    assert re.fullmatch(r"[a-z ]*[a-rt-z]", layer.one), "it is one"


@each
def test_a_layer_names_only_fields_it_has(layer: Layer) -> None:
    names = [field.name for field in layer.fields]
    assert len(set(names)) == len(names)
    assert {"id", "marking", "text"} <= set(names)
    drawn = layer.portrayal
    said = [layer.time_field, layer.until_field, drawn.hue_field, drawn.glyph_field, drawn.label_field]
    assert {name for name in said if name} <= set(names)
    if drawn.dashed_when:
        field = layer.field(drawn.dashed_when[0])
        assert field is not None
        assert drawn.dashed_when[1] in {choice.code for choice in field.choices}
    for field in layer.fields:
        assert field.label
        assert not re.search(r"_|^[a-z]", field.label)
        codes = [choice.code for choice in field.choices]
        spellings = [*codes, *chain.from_iterable(choice.aliases for choice in field.choices)]
        assert len(set(spellings)) == len(spellings)
        assert not field.default or field.default in codes or field.kind == "text"


@each
def test_every_class_is_drawn_and_none_is_a_party(layer: Layer) -> None:
    drawn = layer.portrayal
    assert drawn.hues
    assert drawn.hue_field != "party"
    for classes, name in ((drawn.hues, drawn.hue_field), (drawn.glyphs, drawn.glyph_field)):
        codes = [code for one in classes for code in one.codes]
        assert len(set(codes)) == len(codes)
        field = layer.field(name)
        if classes and field is not None:
            assert set(codes) <= {choice.code for choice in field.choices}
    for glyph in drawn.glyphs:
        assert PATH.fullmatch(glyph.path)
        assert all(abs(float(number)) <= 8 for number in re.findall(r"-?\d+(?:\.\d+)?", glyph.path))
    if layer.geometry == "point":
        assert drawn.glyphs


@each
def test_marks_stand_out_from_the_ground_by_day_and_by_night(layer: Layer) -> None:
    least = 3.0 if layer.portrayal.fill_opacity or layer.geometry == "area" else 4.5
    for hue in layer.portrayal.hues:
        assert contrast(hue.colour.day, GROUND.day) >= least, hue.label
        assert contrast(hue.colour.night, GROUND.night) >= least, hue.label


def one_of(layer: Layer, folder: Path) -> Path:
    """Write a file with one feature of a layer."""
    if layer.tiled:
        return csv_file(folder / "one.csv", [row(1, text="seen by all", marking="CONFIDENTIAL")])
    at: dict[str, tuple[str, list[object]]] = {
        "point": ("Point", [62.0, -20.0]),
        "line": ("LineString", [[61.0, -20.0], [63.0, -20.2]]),
        "area": ("Polygon", square(61, -21, 2)),
    }
    said: dict[str, object] = {"id": "one", "name": "The one", "text": "seen by all", "marking": "CONFIDENTIAL", "code": "S1"}
    if layer.time_field in ("starts_at", "started_at"):
        said |= {layer.time_field: "2026-01-01T09:00:00Z", layer.until_field: "2026-01-01T10:00:00Z"}
    if layer.field("times"):
        said["times"] = "0 3600"
    needed = [field for field in layer.fields if field.required]
    plain = {"time": "2026-01-01T09:00:00Z", "number": 4, "integer": 4}
    said |= {field.name: field.choices[0].code if field.choices else plain[field.kind] for field in needed}
    return geojson_file(folder / "one.geojson", [(*at[layer.geometry], said)])


@each
def test_a_layer_is_on_every_surface_once_it_holds_something(layer: Layer, mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before = desk.summary(ALL)["layers"]
    assert before[layer.id]["count"] == 0  # type: ignore[index]
    receipt = desk.submit(layer.id, one_of(layer, tmp_path))
    assert (receipt.new, receipt.refused) == (1, ())
    summary = desk.summary(ALL)
    assert summary["layers"][layer.id]["count"] == 1  # type: ignore[index]
    assert summary["band"] == "CONFIDENTIAL"
    sheet = desk.sheet(ALL)
    assert sheet.count(layer) == len(sheet.features(layer.id)) == 1
    seq = int(sheet.seqs(layer)[0])
    card = desk.card(layer.id, seq)
    assert (card["text"], card["marking"], card["layer_title"]) == ("seen by all", "CONFIDENTIAL", layer.title)
    assert not [line for line in card["rows"] if re.search("[a-z]_[a-z]", str(line["label"]))]  # type: ignore[attr-defined]
    for suffix in ("csv", "xlsx", "gpkg", "geojson", "kmz"):
        assert desk.export(layer.id, tmp_path / f"out.{suffix}", ALL) == 1
    if layer.tiled:
        assert desk.tile(ALL, layer.id, 0, 0, 0)[0].count.tolist() == [1]
        assert [item["id"] for item in desk.feed(ALL)["items"]] == [seq]  # type: ignore[attr-defined]
    else:
        assert [shape["id"] for shape in desk.shapes(ALL, layer.id)["features"]] == [seq]  # type: ignore[attr-defined]
    assert desk.sheet(View(last="all", hidden=(layer.id,))).layers == tuple(
        one for one in desk.sheet(ALL).layers if one.id != layer.id
    )
    low = mission.desk(access.User("low", frozenset({"viewer"}), "UNCLASSIFIED"))
    assert low.sheet(ALL).count(layer) == 0
    assert desk.undo(receipt.batch or 0, "a test").retracted == 1
    assert desk.sheet(ALL).count(layer) == 0
