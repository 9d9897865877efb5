"""Two scenes compared: the findings keep where they are from, and what cannot be compared leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

import morecantile
import pytest
import shapely

from layers.access import User
from layers.desk import Comparison, Desk, Edit, Mission
from layers.desk.promoted import NEUTRAL, drafted, promoted
from layers.errors import LayersError, NotAllowed, StoreUnusable, UnsuitableScenes
from layers.imagery.change import METHODS
from layers.notation import dtg
from tests.missions import ALL
from tests.rasters import AFTER, BEFORE, LOW, add, listed, pair, placed, textured, tif


def test_two_scenes_are_compared_and_the_finding_keeps_where_it_is_from(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before = add(desk, first, marking="CONFIDENTIAL")
    after = add(desk, second, acquired=AFTER)
    steps: list[str] = []
    made = desk.compare(Comparison(before.digest, after.digest, "dnbr"), progress=lambda _share, words: steps.append(words))
    assert steps[-1] == "Done"
    assert made.found is not None
    features = desk.sheet(ALL).features("findings")
    assert len(features) == made.found.new >= 1
    largest = features.loc[features["area_m2"].astype(float).idxmax()]
    truth = 30 * 40 * 20.0**2
    assert 0.8 * truth < float(largest["area_m2"]) < 1.2 * truth
    assert (largest["before"], largest["after"], largest["review"]) == (before.digest, after.digest, "proposed")
    assert set(features["marking"]) == {"CONFIDENTIAL"}
    raster = next(one for one in listed(mission) if one["id"] == made.digest)
    assert (raster["marking"], raster["sensor"]) == ("CONFIDENTIAL", "Statistic of a comparison")
    assert mission.desk(LOW).sheet(ALL).count(desk.layer("findings")) == 0
    again = desk.compare(Comparison(before.digest, after.digest, "dnbr"))
    assert again.found is not None
    assert (again.found.new, again.found.unchanged) == (0, made.found.new)


def test_a_findings_card_names_its_scenes_and_leads_to_those_the_user_may_see(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first, name="Over the ford").digest, add(desk, second, acquired=AFTER).digest
    desk.compare(Comparison(before, after, "dnbr"))
    seq = int(desk.sheet(ALL).seqs(desk.layer("findings"))[0])
    scenes = {str(one["id"]): int(str(version)) for version, one in desk.sheet(ALL).features("scenes").iterrows()}
    rows = leads(desk, seq)
    for label, scene, name in (
        ("Scene before", before, f"Over the ford, {dtg(BEFORE)}"),
        ("Scene after", after, f"Sentinel-2, {dtg(AFTER)}"),
    ):
        assert rows[label] == {"label": label, "value": name, "to": {"layer": "scenes", "id": scenes[scene]}}
    assert rows["On the ground"]["lay"] == [before, after]
    desk.withdraw("scenes", {before: scenes[before]}, "not ours to show")
    rows = leads(desk, seq)
    assert rows["Scene before"] == {"label": "Scene before", "value": f"{before[:16]}…"}
    assert "On the ground" not in rows


def test_an_incident_marked_above_its_finding_tells_nothing_of_itself_by_it(mission: Mission, tmp_path: Path) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    first, second = pair(tmp_path)
    desk.compare(Comparison(add(desk, first).digest, add(desk, second, acquired=AFTER).digest, "dnbr"))
    [cue, *_] = desk.cued(ALL).findings
    made = promoted(desk, cue, drafted(desk, cue) | {"kind": "shelling", "marking": "CONFIDENTIAL"}, "an agent told us")
    [cue] = [one for one in desk.cued(ALL).findings if one.feature == cue.feature]
    lead = leads(desk, cue.seq)["Incident made of it"]["to"]
    assert desk.card("findings", cue.seq)["marking"] == "CONFIDENTIAL"
    told = low.card("findings", cue.seq)
    assert (told["marking"], told["history"][-1]["reason"]) == (desk.markings()[0], NEUTRAL)  # type: ignore[index]
    for secret in ("Shelling", "agent", made.incident):
        assert secret not in json.dumps([told, low.batches(), low.rows("findings", [cue.seq])])
    [one] = [one for one in low.cued(ALL).findings if one.feature == cue.feature]
    assert (one.incident, one.review) == ("", "accepted")
    with pytest.raises(LayersError, match="made of this finding already"):
        promoted(low, one, {"kind": "looting"}, "seen")
    incident = desk.card("incidents", lead["id"])  # type: ignore[index]
    assert incident["history"][-1]["reason"] == "an agent told us"  # type: ignore[index]
    assert leads(desk, lead["id"], "incidents")["Made of finding"]["to"] == {"layer": "findings", "id": cue.seq}  # type: ignore[index]


def test_a_damaged_raster_is_named_where_it_is_compared_or_drawn(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before = add(desk, first, name="Over the ford").digest
    after = add(desk, second, acquired=AFTER).digest
    raster = mission.folder / "scenes" / f"{before}.tif"
    raster.write_bytes(raster.read_bytes()[:3_000])
    with pytest.raises(StoreUnusable, match=r"the raster of Over the ford is not what was taken in; .*greenline verify DIR"):
        desk.compare(Comparison(before, after, "dnbr"))
    (held,) = [one for one in desk.scene_list(ALL) if one.digest == before]
    west, south, east, north = held.box
    at = morecantile.tms.get("WebMercatorQuad").tile((west + east) / 2, (south + north) / 2, 13)
    with pytest.raises(StoreUnusable, match="Over the ford"):
        desk.scene_tile(ALL, before, "true_colour").tile(at.z, at.x, at.y)


def test_a_findings_card_tells_its_figures_as_the_list_does(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    desk.compare(Comparison(add(desk, first).digest, add(desk, second, acquired=AFTER).digest, "dnbr"))
    for cue in desk.cued(ALL).findings:
        rows = leads(desk, cue.seq)
        assert rows["Strength"]["value"] == cue.cells["Strength"]
        told = [one["value"] for label, one in rows.items() if label.startswith("Chance of as much")]
        assert told == [cue.cells["Chance"]]


def test_an_incident_marked_as_its_finding_gives_it_the_reason(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    desk.compare(Comparison(add(desk, first).digest, add(desk, second, acquired=AFTER).digest, "dnbr"))
    [cue, *_] = desk.cued(ALL).findings
    promoted(desk, cue, drafted(desk, cue) | {"kind": "shelling"}, "craters seen")
    [cue] = [one for one in desk.cued(ALL).findings if one.feature == cue.feature]
    assert desk.card("findings", cue.seq)["history"][-1]["reason"] == "craters seen"  # type: ignore[index]


def test_a_draft_is_marked_as_high_as_each_scene_it_names(mission: Mission, tmp_path: Path) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    secret = add(desk, pair(tmp_path)[0], marking="CONFIDENTIAL", name="Agent flight").digest
    said = {"id": "mine", "before_at": "2025-12-01T08:00Z", "after_at": "2025-12-31T08:00Z", "before": secret}
    shape = {"marking": "UNCLASSIFIED", "wkt": "POLYGON ((61 -20, 61.1 -20, 61.1 -20.1, 61 -20))"}
    low.submit("findings", [said | shape], name="mine")
    [cue] = desk.cued(ALL).findings
    draft = drafted(desk, cue)
    assert ("Agent flight" in draft["source"], draft["marking"]) == (True, "CONFIDENTIAL")
    with pytest.raises(LayersError, match="choose CONFIDENTIAL or higher"):
        promoted(desk, cue, draft | {"kind": "looting", "marking": "UNCLASSIFIED"}, "seen")
    draft = drafted(low, low.cued(ALL).findings[0])
    assert ("Agent flight" in draft["source"], draft["marking"]) == (False, "UNCLASSIFIED")


def leads(desk: Desk, seq: int, layer: str = "findings") -> dict[str, dict[str, object]]:
    """Return the rows of a card by their labels."""
    return {str(one["label"]): one for one in desk.card(layer, seq)["rows"]}  # type: ignore[attr-defined]


def test_what_a_comparison_over_the_antimeridian_measured_lies_where_its_scenes_do(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path, crs="EPSG:32701", transform=placed((183_000.0, 7_890_000.0)))
    before, after = add(desk, first), add(desk, second, acquired=AFTER)
    made = desk.compare(Comparison(before.digest, after.digest, "dnbr"))
    lies = desk.sheet(ALL).features("scenes").set_index("id").geometry
    assert lies[before.digest].bounds[::2] == (-180, 180)
    assert lies[made.digest].area == pytest.approx(lies[before.digest].area)
    assert lies[made.digest].equals_exact(lies[before.digest], 1e-6)


def test_every_method_says_what_its_statistic_is_and_says() -> None:
    for method in METHODS:
        assert method.reads
        assert "how sure" not in method.told


def test_a_comparison_of_ones_own_copy_of_a_hidden_scene_is_one_of_its_own(mission: Mission, tmp_path: Path) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    first, second = pair(tmp_path)
    secret, after = add(desk, first, marking="CONFIDENTIAL").digest, add(desk, second, acquired=AFTER).digest
    hidden = desk.compare(Comparison(secret, after, "dnbr"))
    own = add(low, first).digest
    made = low.compare(Comparison(own, after, "dnbr"))
    assert made.raster.new == 1
    assert made.found is not None
    assert made.found.new == low.sheet(ALL).count(desk.layer("findings")) == len(hidden.changes.outlines) >= 1
    assert made.digest != hidden.digest
    assert hidden.digest not in {one["id"] for one in listed(mission, LOW)}
    again = low.compare(Comparison(own, after, "dnbr"))
    assert (again.digest, again.raster.unchanged, again.found and again.found.new) == (made.digest, 1, 0)
    assert desk.scene_faults() == []


def test_a_comparison_that_the_record_refuses_in_part_leaves_nothing_and_says_so(mission: Mission, tmp_path: Path) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    first, second = pair(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest
    made = low.compare(Comparison(before, after, "dnbr"))
    finding = desk.sheet(ALL).features("findings").iloc[0]
    desk.edit(
        "findings", [Edit(str(finding["id"]), int(str(finding.name)), {"marking": "CONFIDENTIAL"})], "a source on the ground"
    )
    desk.undo(made.raster.batch or 0, "a test")
    stood = low.sheet(ALL).count(desk.layer("findings"))
    with pytest.raises(UnsuitableScenes, match="was not stored"):
        low.compare(Comparison(before, after, "dnbr"))
    assert {one["id"] for one in listed(mission)} == {before, after}
    assert low.sheet(ALL).count(desk.layer("findings")) == stood


def test_what_cannot_be_compared_is_refused_in_one_sentence(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest
    for wrong in (
        Comparison(after, before, "dnbr"),
        Comparison(before, before, "dnbr"),
        Comparison(before, after, "logratio"),
        Comparison(before, after, "../x"),
        Comparison(before, after, "dnbr", -1),
        Comparison(before, after, "dnbr", float("nan")),
    ):
        with pytest.raises(UnsuitableScenes) as told:
            desk.compare(wrong)
        assert "\n" not in str(told.value)
    viewer = mission.desk(User("v", frozenset({"viewer"}), None))
    with pytest.raises(NotAllowed):
        viewer.compare(Comparison(before, after, "dnbr"))
    assert desk.sheet(ALL).count(desk.layer("findings")) == 0
    assert len(list((mission.folder / "scenes").iterdir())) == 2


def test_a_comparison_that_is_stopped_leaves_nothing(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = pair(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest
    with pytest.raises(LayersError, match="stopped"):
        desk.compare(Comparison(before, after, "irmad"), cancelled=lambda: True)
    assert len(list((mission.folder / "scenes").iterdir())) == 2
    assert len(listed(mission)) == 2


def flooded(folder: Path) -> tuple[Path, Path]:
    """Write a scene of a dry plain with a lake, and one in which the ground beside the lake is water as well."""
    before = textured()
    green, swir = before[1], before[4]
    lake, flood = (slice(20, 100), slice(30, 70)), (slice(20, 100), slice(70, 120))
    swir += 2_000
    green[lake], swir[lake] = 1_500, 100
    after = before.copy()
    after[1][flood], after[4][flood] = 1_500, 100
    return tif(folder / "before.tif", before), tif(folder / "after.tif", after)


def test_new_water_lies_outside_the_permanent_water_of_the_missions_base_layer(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    first, second = flooded(tmp_path)
    before, after = add(desk, first).digest, add(desk, second, acquired=AFTER).digest

    def found() -> tuple[shapely.Geometry, str]:
        desk.compare(Comparison(before, after, "water"))
        stands = desk.sheet(ALL).features("findings")
        assert set(stands["found"]) == {"New water"}
        (said,) = set(stands["text"])
        return shapely.union_all(stands.geometry.to_numpy()), str(said)

    whole, said = found()
    assert "no base layer of permanent water" in said
    west, south, east, north = whole.bounds
    half = shapely.box(west, south, (west + east) / 2, north)
    (mission.folder / "basemap").mkdir(exist_ok=True)
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(half))}
    base = mission.folder / "basemap" / "lake-water.geojson"
    base.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    rest, said = found()
    assert "base layer lake-water" in said
    assert rest.area == pytest.approx(whole.difference(half).area, rel=1e-3)
    assert rest.intersection(half).area < 1e-9
    base.write_text('{"features": 3}', encoding="utf-8")
    with pytest.raises(UnsuitableScenes, match="base layer lake-water cannot be read"):
        desk.compare(Comparison(before, after, "water"))
