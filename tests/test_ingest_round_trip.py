"""Each layer takes its own template, and what goes out comes back in as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.catalogue import LAYERS
from layers.desk import Mission
from layers.ingest import PLACED, template
from layers.model import Layer
from tests import missions
from tests.missions import ALL
from tests.tables import given_rows, held, sample, submitted, table


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
def test_every_layer_accepts_its_own_template_and_what_it_exports(mission: Mission, layer: Layer, tmp_path: Path) -> None:
    assert {"id", "marking"} <= set(template(layer))
    rows = [sample(layer, number) for number in range(3)]
    first = submitted(mission, table(template(layer), rows), layer.id)
    assert (first.new, first.refused) == (3, ())
    found = sorted(held(mission, layer.id), key=lambda record: str(record["id"]))
    for record, row in zip(found, rows, strict=True):
        plain = [f.name for f in layer.fields if f.kind in ("text", "code") and not f.beside]
        assert {name: record[name] for name in plain} == {name: row[name] for name in plain}
    for again in (mission.folder / "in.csv", tmp_path / "out.csv"):
        if not again.exists():
            assert mission.desk().export(layer.id, again, ALL) == 3
            names = [
                *template(layer),
                *(f.name for f in layer.fields if f.beside),
                "event",
                "edited",
                *(PLACED if layer.tiled else ()),
            ]
            assert again.read_text(encoding="utf-8").startswith(f'{",".join(names)},"Greenline export ')
        receipt = mission.desk().submit(layer.id, again)
        assert (receipt.new, receipt.changed, receipt.unchanged, receipt.batch) == (0, 0, 3, None)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
def test_a_row_with_nothing_but_its_place_is_stored_or_refused_beside_a_whole_one(mission: Mission, layer: Layer) -> None:
    whole = sample(layer, 1)
    bare = {name: whole[name] for name in ("longitude", "latitude", "wkt") if name in whole}
    receipt = submitted(mission, table(template(layer), [whole, bare, {}]), layer.id)
    required = any(field.required for field in layer.fields)
    assert receipt.new == (1 if required else 2)
    assert {fault.row for fault in receipt.refused} == ({2} if required else set())


@pytest.mark.parametrize("suffix", ["csv", "geojson", "gpkg"])
def test_an_export_goes_whole_into_another_mission_and_means_the_same(mission: Mission, tmp_path: Path, suffix: str) -> None:
    hostile = ["=1+1", "-2+3", "@x", "'quoted", 'a "b"', "two\nlines", "a,b;c\td", "naïve 北", "'=1", "\\n", "{}"]
    rows = [missions.row(n, id=f"={n}", text=text, place=text, casualties_best=str(n)) for n, text in enumerate(hostile)]
    assert given_rows(mission, rows).new == len(rows)
    path = tmp_path / f"out.{suffix}"
    mission.desk().export("incidents", path, ALL)
    other = missions.empty(tmp_path / "other")
    receipt = other.desk().submit("incidents", path)
    assert (receipt.new, receipt.refused) == (len(rows), ())
    keys = [*missions.TEMPLATE[:4], *missions.TEMPLATE[6:]]

    def said(of: Mission) -> list[list[str]]:
        return sorted([str(record["id"]), *(str(record[key]) for key in keys)] for record in held(of))

    assert said(other) == said(mission)
    other.close()


def test_an_export_of_rows_without_ids_changes_nothing_when_it_comes_back(mission: Mission, tmp_path: Path) -> None:
    assert given_rows(mission, [missions.row(1, id=""), missions.row(1, id=""), missions.row(2, id="")]).new == 3
    mission.desk().export("incidents", tmp_path / "out.csv", ALL)
    receipt = mission.desk().submit("incidents", tmp_path / "out.csv")
    assert (receipt.new, receipt.refused, len(held(mission))) == (0, (), 3)
