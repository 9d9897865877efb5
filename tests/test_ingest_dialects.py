"""Other people's files: each dialect known by its columns, and what its rows become."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from layers.catalogue import LAYERS
from layers.catalogue import layer as layer_of
from layers.desk import Mission
from layers.errors import UnreadableFile
from layers.ingest import from_text, proposed, template, to_text
from layers.model import Receipt, parse

ALL = parse("last=all")
ACLED_OLD = (
    "data_id,iso,event_id_cnty,event_id_no_cnty,event_date,year,time_precision,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,interaction,region,country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,"
    "source_scale,notes,fatalities,timestamp,iso3"
)
ACLED_NEW = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,actor2,"
    "assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,latitude,longitude,"
    "geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)


def written(path: Path, names: Sequence[str], rows: Sequence[dict[str, str]], separator: str = ",") -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=separator, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def held(mission: Mission) -> list[dict[str, object]]:
    return [dict(row) for _, row in mission.desk().sheet(ALL).features("incidents").iterrows()]


def extra(mission: Mission, number: int = 0) -> dict[str, str]:
    versions = mission.store.records("incidents", mission.desk().sheet(ALL).seqs(layer_of("incidents")).tolist())
    found: dict[str, str] = json.loads(versions.payload[number]).get("extra", {})
    return found


def accounted(receipt: Receipt) -> int:
    return receipt.new + receipt.changed + receipt.unchanged + receipt.retracted + receipt.refused_rows


@pytest.mark.parametrize("header", [ACLED_OLD, ACLED_NEW], ids=["old", "new"])
def test_acled_files_of_both_ages_mean_the_same(mission: Mission, header: str, tmp_path: Path) -> None:
    row = {
        "event_id_cnty": "AAA12", "data_id": "77", "event_date": "23 November 2025", "event_type": "Explosions/Remote violence",
        "sub_event_type": "Shelling/artillery/missile attack", "latitude": "-20.5", "longitude": "61.5", "geo_precision": "2",
        "fatalities": "3", "location": "Sandford", "source": "Radio", "notes": "Shells fell.", "actor1": "Forces of X", "inter1": "1",
    }  # fmt: skip
    path = written(
        tmp_path / "a.csv",
        header.split(","),
        [row, row | {"event_id_cnty": "AAA13", "sub_event_type": "Attack", "event_type": "Violence against civilians"}],
    )
    assert proposed(path, layer_of("incidents")).mapping.dialect == "acled"
    assert mission.desk().submit("incidents", path).new == 2
    first, second = sorted(held(mission), key=lambda record: str(record["id"]))
    assert (first["id"], first["kind"], first["occurred_at"]) == ("AAA12", "shelling", "2025-11-23T00:00:00Z")
    assert (first["precision_m"], first["casualties_best"], first["severity"]) == (25000, 3, "medium")
    assert (first["place"], first["source"], first["text"], first["party"]) == ("Sandford", "Radio", "Shells fell.", "unknown")
    assert second["kind"] == "attack_on_civilians"
    assert extra(mission)["actor1"] == "Forces of X"
    assert extra(mission)["sub_event_type"] == "Shelling/artillery/missile attack"


OLDEST = (
    "data_id,iso,event_id_cnty,event_id_no_cnty,event_date,year,time_precision,event_type,actor1,assoc_actor_1,inter1,actor2,"
    "interaction,region,country,admin1,location,latitude,longitude,geo_precision,source,notes,fatalities,timestamp"
)


def test_acled_files_without_sub_events_are_known_by_their_ids_and_kinds(mission: Mission, tmp_path: Path) -> None:
    row = {
        "data_id": "1", "event_date": "04-March-2017", "latitude": "-20.5", "longitude": "61.5", "geo_precision": "1",
        "fatalities": "0", "location": "Sandford",
    }  # fmt: skip
    kinds = {
        "AAA1": ("Battle-No change of territory", "armed_clash"),
        "AAA2": ("Battle-Non-state actor overtakes territory", "armed_clash"),
        "AAA3": ("Riots/Protests", "protest"),
        "AAA4": ("Violence against civilians", "attack_on_civilians"),
        "AAA5": ("Headquarters or base established", "new_position"),
        "AAA6": ("Strategic development", "other"),
        "AAA7": ("Remote violence", "Remote violence"),
    }
    rows = [row | {"event_id_cnty": name, "event_type": said} for name, (said, _) in kinds.items()]
    path = written(tmp_path / "a.csv", OLDEST.split(","), rows)
    assert proposed(path, layer_of("incidents")).mapping.dialect == "acled"
    receipt = mission.desk().submit("incidents", path)
    assert (receipt.new, set(receipt.asked["kind"])) == (7, {"Remote violence"})
    assert {str(of["id"]): of["kind"] for of in held(mission)} == {name: kind for name, (_, kind) in kinds.items()}
    assert {of["occurred_at"] for of in held(mission)} == {"2017-03-04T00:00:00Z"}


def test_a_published_deletion_takes_the_event_back_and_keeps_its_history(mission: Mission, tmp_path: Path) -> None:
    row = {
        "event_date": "2025-11-23", "event_type": "Battles", "sub_event_type": "Armed clash", "latitude": "-20.5",
        "longitude": "61.5", "fatalities": "0",
    }  # fmt: skip
    events = written(tmp_path / "a.csv", ACLED_NEW.split(","), [row | {"event_id_cnty": f"AAA{n}"} for n in range(3)])
    gone = written(
        tmp_path / "d.csv",
        ["event_id_cnty", "deleted_timestamp"],
        [
            {"event_id_cnty": "AAA1", "deleted_timestamp": "1763900000"},
            {"event_id_cnty": "AAA9", "deleted_timestamp": "1"},
            {"event_id_cnty": "", "deleted_timestamp": "1"},
        ],
    )
    desk = mission.desk()
    assert desk.submit("incidents", events).new == 3
    receipt = desk.submit("incidents", gone)
    assert (receipt.retracted, receipt.unchanged, receipt.refused_rows, accounted(receipt)) == (1, 1, 1, 3)
    assert sorted(str(record["id"]) for record in held(mission)) == ["AAA0", "AAA2"]
    assert len(mission.store.history("incidents", "AAA1")) == 2
    again = desk.submit("incidents", gone)
    assert (again.retracted, again.unchanged, again.batch) == (0, 2, None)


def test_kobo_points_come_with_their_accuracy(mission: Mission, tmp_path: Path) -> None:
    names = ["start", "Type of incident", "Where/location", "Remarks", "_uuid", "_submission_time"]
    rows = [
        {
            "start": "2025-12-01T09:00:00.000+03:00",
            "Type of incident": "shelling",
            "Where/location": "-20.5 61.5 812.0 4.5",
            "Remarks": "two bursts; then calm",
            "_uuid": "u-1",
            "_submission_time": "2025-12-01T07:10:11",
        },
        {
            "start": "2025-12-01T10:00:00.000+03:00",
            "Type of incident": "firing",
            "Where/location": "",
            "_uuid": "u-2",
            "_submission_time": "2025-12-01T07:30:00",
        },
    ]
    receipt = mission.desk().submit("incidents", written(tmp_path / "k.csv", names, rows, ";"))
    assert (receipt.new, [(fault.row, fault.field) for fault in receipt.refused]) == (1, [(2, "Where/location")])
    (record,) = held(mission)
    assert (record["id"], record["occurred_at"], record["reported_at"]) == ("u-1", "2025-12-01T06:00:00Z", "2025-12-01T07:10:11Z")
    assert (record["precision_m"], record["kind"], record["text"]) == (4.5, "shelling", "two bursts; then calm")


def test_thermal_anomalies_are_never_called_anything_else(mission: Mission, tmp_path: Path) -> None:
    names = [
        "latitude",
        "longitude",
        "bright_ti4",
        "scan",
        "track",
        "acq_date",
        "acq_time",
        "satellite",
        "instrument",
        "confidence",
        "version",
        "bright_ti5",
        "frp",
        "daynight",
    ]
    rows = [
        {
            "latitude": "-20.5",
            "longitude": "61.5",
            "acq_date": "2025-12-01",
            "acq_time": clock,
            "satellite": "N",
            "instrument": "VIIRS",
            "confidence": "n",
        }
        for clock in ("0130", "5", "2359")
    ]
    receipt = mission.desk().submit("incidents", written(tmp_path / "f.csv", names, rows))
    assert (receipt.new, receipt.remarks, receipt.asked) == (3, (), {})
    kind = layer_of("incidents").field("kind")
    assert kind is not None
    assert {choice.code: choice.label for choice in kind.choices}["thermal_anomaly"] == "Thermal anomaly"
    found = sorted(held(mission), key=lambda record: str(record["occurred_at"]))
    assert [record["occurred_at"] for record in found] == ["2025-12-01T00:05:00Z", "2025-12-01T01:30:00Z", "2025-12-01T23:59:00Z"]
    assert {record["kind"] for record in found} == {"thermal_anomaly"}
    assert {record["precision_m"] for record in found} == {375}


def test_a_violation_table_takes_its_kind_from_the_weapon_and_asks_what_it_cannot_tell(mission: Mission, tmp_path: Path) -> None:
    names = ["No.", "SMM position", "Event location", "Means", "Number", "Observation", "Description", "Weapon", "Date", "Time"]
    rows = [
        {
            "SMM position": "40K GD 12345 67890",
            "Event location": "1-3 km NE",
            "Means": "Heard",
            "Number": "3",
            "Observation": "Explosion",
            "Description": "Undetermined",
            "Weapon": "Mortar",
            "Date": "23/11/2025",
            "Time": "07:15",
        },
        {
            "SMM position": "40K GD 12345 67890",
            "Event location": "2 km N",
            "Means": "Heard",
            "Number": "N/K",
            "Observation": "Explosion",
            "Description": "Undetermined",
            "Weapon": "N/K",
            "Date": "23/11/2025",
            "Time": "07:20",
        },
    ]
    path = written(tmp_path / "o.csv", names, rows)
    first = mission.desk().check("incidents", path)
    assert (first.receipt.new, first.receipt.refused_rows, first.mends[0].rows) == (0, 2, 2)
    dry = mission.desk().check("incidents", path, mapping=first.mends[0].mapping)
    assert dry.proposal.mapping.dialect == "osce"
    assert dry.receipt.new == 2
    assert set(dry.receipt.asked["kind"]) == {"N/K"}
    assert any("day first" in words for words in first.proposal.said)


def test_ucdp_is_known_without_its_header(mission: Mission, tmp_path: Path) -> None:
    from layers.ingest.dialects.ucdp import UCDP

    values = dict.fromkeys(UCDP.headerless, "")
    values |= {
        "id": "5", "type_of_violence": "1", "where_prec": "1", "latitude": "-20.5", "longitude": "61.5", "date_prec": "1",
        "date_start": "2025-11-23", "date_end": "2025-11-23", "best": "2", "low": "1", "high": "3", "country": "Nowhere",
    }  # fmt: skip
    path = tmp_path / "u.csv"
    path.write_text("\n".join(",".join(row.values()) for row in (values, values | {"id": "6"})) + "\n", encoding="utf-8")
    assert mission.desk().submit("incidents", path).new == 2


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
def test_the_own_template_of_every_layer_is_known_as_such(layer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = written(tmp_path / "t.csv", template(layer), [dict.fromkeys(template(layer), "1")])
    found = proposed(path, layer)
    assert (found.mapping.dialect, found.unmapped) == ("own", ())


def test_a_plain_table_says_why_each_column_is_taken_and_keeps_the_others(mission: Mission, tmp_path: Path) -> None:
    names = ["Ref", "Date", "Time", "MGRS", "Incident type", "Narrative", "Weather"]
    row = {
        "Ref": "R1",
        "Date": "2025-11-23",
        "Time": "0715",
        "MGRS": "40K GD 12345 67890",
        "Incident type": "Shelling",
        "Narrative": "Six rounds",
        "Weather": "haze",
    }
    path = written(tmp_path / "p.csv", names, [row])
    found = proposed(path, layer_of("incidents"))
    assert found.mapping.columns["occurred_at"] == ("Date", "Time")
    assert "Time" in found.mapping.why["occurred_at"]
    assert found.unmapped == ("Weather",)
    assert found.samples["Narrative"] == ("Six rounds",)
    dry = mission.desk().check("incidents", path)
    assert dry.mends
    assert mission.desk().submit("incidents", path, mapping=dry.mends[0].mapping).new == 1
    (record,) = held(mission)
    assert (record["occurred_at"], record["kind"], record["text"]) == ("2025-11-23T07:15:00Z", "shelling", "Six rounds")
    assert extra(mission) == {"Weather": "haze", "MGRS": "40K GD 12345 67890"}


def test_a_mapping_is_text_and_back_and_hostile_text_is_none(tmp_path: Path) -> None:
    path = written(
        tmp_path / "p.csv", ["Date", "Lat", "Lon", "Type"], [{"Date": "2025-11-23", "Lat": "1", "Lon": "2", "Type": "x"}]
    )
    mapping = proposed(path, layer_of("incidents")).mapping.with_code("kind", "Boom", "shelling").with_column("text", "Type")
    assert from_text(to_text(mapping)) == mapping
    for text in ("", "[]", "{}", "null", '{"columns": 1}', to_text(mapping).replace("false", '"x"').replace('"columns"', '"co"')):
        assert from_text(text) is None


def test_a_dialect_that_is_not_there_is_named(tmp_path: Path, mission: Mission) -> None:
    path = written(
        tmp_path / "p.csv", ["Date", "Lat", "Lon", "Type"], [{"Date": "2025-11-23", "Lat": "1", "Lon": "2", "Type": "x"}]
    )
    with pytest.raises(UnreadableFile, match="no dialect 'nato'"):
        mission.desk().submit("incidents", path, dialect="nato")
