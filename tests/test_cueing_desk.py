"""Cross-cueing at a desk: only what a user sees counts, nothing marked higher shows through, and no finding bears itself out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from rasterio.transform import from_origin

from layers import config
from layers.access import OWNER, User
from layers.config import Configuration
from layers.desk import Comparison, Cue, Desk, Edit, Mission, open_mission
from layers.desk.promoted import promoted
from layers.errors import LayersError, NotAllowed
from layers.imagery.covered import covered
from layers.imagery.written import written
from layers.model import parse
from tests import burning
from tests.missions import NOW, csv_file, geojson_file, row, square

ALL = parse("last=all")
LOW = User("low", frozenset({"analyst"}), "UNCLASSIFIED")
BURNED = {
    "id": "f1", "name": "Burned, high severity", "found": "Burned, high severity", "method": "Burned land (dNBR), version 1",
    "before_at": "2025-12-20T08:00:00Z", "after_at": "2025-12-28T08:00:00Z", "area_m2": 240000, "marking": "UNCLASSIFIED",
}  # fmt: skip


def finding(desk: Desk, folder: Path, **fields: object) -> None:
    shape = ("Polygon", square(61.0, -20.0, 0.005), BURNED | fields)
    desk.submit("findings", geojson_file(folder / f"{fields.get('id', 'f1')}.geojson", [shape]))


def reported(desk: Desk, folder: Path, number: int = 1, **fields: str) -> None:
    usual = {
        "kind": "shelling",
        "longitude": "61.002",
        "latitude": "-19.998",
        "occurred_at": "2025-12-24T10:00:00Z",
        "precision_m": "50",
    }
    desk.submit("incidents", csv_file(folder / f"r{number}.csv", [row(number, **(usual | fields))]))


def patrolled(desk: Desk, folder: Path, **fields: object) -> None:
    said = {"id": "t1", "name": "Patrol 7", "started_at": "2025-12-25T06:00:00Z", "ended_at": "2025-12-25T09:00:00Z"}
    track = ("LineString", [[60.9, -19.998], [60.995, -19.998]], said | fields)
    desk.submit("patrol_tracks", geojson_file(folder / "track.geojson", [track]))


def only(desk: Desk, view: str = "last=all") -> Cue:
    [found] = desk.cued(parse(view)).findings
    return found


def card(desk: Desk) -> Mapping[str, object]:
    return desk.card("findings", only(desk).seq)


def rows(desk: Desk) -> list[tuple[str, str]]:
    return [(one["label"], one["value"]) for one in card(desk)["rows"]]  # type: ignore[attr-defined]


def test_a_card_tells_verdict_reports_patrols_and_zones(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    assert only(desk).verdict == "not observable"
    assert "nobody could have told" in rows(desk)[0][1]
    patrolled(desk, tmp_path)
    assert only(desk).verdict == "unsupported"
    assert "though 1 patrol passed within 1,000 m" in rows(desk)[0][1]
    assert rows(desk)[1] == ("Patrol near", "Patrol 7, 250600Z DEC 25, 523 m away")
    reported(desk, tmp_path, kind="laser")
    assert "1 report of other kinds came from there" in rows(desk)[0][1]
    reported(desk, tmp_path, 2)
    zone = ("Polygon", square(60.9, -20.1, 0.2), {"id": "z", "name": "Buffer zone", "kind": "buffer"})
    desk.submit("zones", geojson_file(tmp_path / "zone.geojson", [zone]))
    assert only(desk).verdict == "supported"
    told = rows(desk)
    assert told[0][1] == "Supported: 1 report of a fitting kind within 500 m and 3 days"
    assert told[1] == ("Report near", "Shelling, 241000Z DEC 25, in it")
    assert told[2] == ("Other report near", "Laser, 241000Z DEC 25, in it")
    assert ("In", "Buffer zone") in told
    [to] = [one["to"] for one in card(desk)["rows"] if one["value"] == told[1][1]]  # type: ignore[attr-defined]
    assert desk.card(to["layer"], to["id"])["title"] == "Shelling"


def test_a_finding_says_for_how_long_nobody_has_been_there(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    assert only(desk).cells["Last patrol"] == "Never in the record"
    assert ("Last patrol", "Never in the record, within 1,000 m of the outline") in rows(desk)
    patrolled(desk, tmp_path)
    assert only(desk).cells["Last patrol"] == "250900Z DEC 25, 7 days ago", "of a track without times its end is known"
    patrolled(desk, tmp_path, id="t2", started_at="2025-11-02T06:00:00Z", ended_at="2025-11-02T06:20:00Z", times="0 1200")
    assert only(desk).cells["Last patrol"] == "250900Z DEC 25, 7 days ago", "the later of two counts"
    patrolled(desk, tmp_path, id="t1", started_at="2025-12-30T06:00:00Z", ended_at="2025-12-30T06:20:00Z", times="0 1200")
    assert only(desk).cells["Last patrol"] == "300620Z DEC 25, 2 days ago"
    patrolled(
        desk, tmp_path, marking="CONFIDENTIAL", started_at="2025-12-30T06:00:00Z", ended_at="2025-12-30T06:20:00Z", times="0 1200"
    )
    assert only(mission.desk(LOW)).cells["Last patrol"].startswith("020620Z NOV 25")


def test_a_report_that_is_near_only_by_its_precision_supports_perhaps(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    reported(desk, tmp_path, longitude="61.012", precision_m="800")
    assert only(desk).words == "Supported, perhaps: 1 report of a fitting kind may lie within 500 m and 3 days"
    assert only(desk).cells["Verdict"] == "Supported, perhaps"
    assert desk.cued(ALL).counts == {"supported": 0, "supported, perhaps": 1, "unsupported": 0, "not observable": 0}
    assert rows(desk)[1] == ("Report near", "Shelling, 241000Z DEC 25, 733 m away, known to 800 m")
    reported(desk, tmp_path, 2)
    assert only(desk).words == "Supported: 1 report of a fitting kind within 500 m and 3 days; 1 more may lie there"
    assert desk.cued(ALL).counts == {"supported": 1, "supported, perhaps": 0, "unsupported": 0, "not observable": 0}


def test_what_may_have_been_reported_elsewhere_makes_nothing_unsupported(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    reported(desk, tmp_path, kind="laser", longitude="61.0182", precision_m="1000")
    assert (only(desk).verdict, rows(desk)[1][1]) == ("not observable", "Laser, 241000Z DEC 25, 1,381 m away, known to 1,000 m")
    may = "1 report of other kinds may have come from there"
    assert f"nothing was surely reported within 500 m and 3 days, though {may}, and no patrol passed" in only(desk).words
    patrolled(desk, tmp_path)
    assert only(desk).words.endswith(f"though 1 patrol passed within 1,000 m and {may}")


def test_thermal_anomalies_that_may_lie_there_support_perhaps(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    reported(desk, tmp_path, kind="thermal_anomaly", longitude="61.012", precision_m="800")
    assert only(desk).words == (
        "Supported, perhaps, by 1 thermal anomaly only, which may lie within 500 m and 3 days: heat, whatever made it"
    )


def test_a_thermal_anomaly_supports_as_what_it_is_and_only_what_burned(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    reported(desk, tmp_path, kind="thermal_anomaly")
    assert only(desk).words.startswith("Supported by 1 thermal anomaly only")
    assert "helling" not in only(desk).words
    finding(desk, tmp_path, found="More backscatter", method="Radar change (log-ratio), version 1")
    assert only(desk).verdict == "unsupported"


def test_what_is_marked_higher_counts_for_nobody_below_and_raises_the_card_of_who_sees_it(
    mission: Mission, tmp_path: Path
) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    finding(desk, tmp_path)
    before = (only(low), card(low))
    reported(desk, tmp_path, marking="CONFIDENTIAL")
    patrolled(desk, tmp_path, marking="CONFIDENTIAL")
    assert (only(low), card(low)) == before
    assert low.cued(ALL).reports == {"supported": 0, "supported, perhaps": 0, "unsupported": 0, "not observable": 0}
    assert only(desk).verdict == "supported"
    assert card(desk)["marking"] == "CONFIDENTIAL"
    assert card(low)["marking"] == "UNCLASSIFIED"


def test_a_list_is_marked_as_its_view_and_tells_nothing_marked_higher(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    reported(desk, tmp_path, marking="CONFIDENTIAL")
    narrow = "last=all&hide=incidents"
    assert desk.sheet(parse(narrow)).marking() == "UNCLASSIFIED"
    assert only(desk, narrow).verdict == "not observable"
    assert only(desk).verdict == "supported"


def test_what_was_known_then_is_judged_by_what_was_known_then(tmp_path: Path) -> None:
    now = [NOW]
    config.write(tmp_path / "m", Configuration(title="T", box=(60.0, -23.0, 66.0, -17.0)))
    mission = open_mission(tmp_path / "m", clock=lambda: now[0])
    desk = mission.desk()
    finding(desk, tmp_path)
    then = now[0] + timedelta(minutes=30)
    now[0] += timedelta(hours=1)
    reported(desk, tmp_path)
    assert only(desk).verdict == "supported"
    assert only(desk, f"last=all&known={then:%Y-%m-%dT%H:%MZ}").verdict == "not observable"
    mission.close()


def test_an_incident_made_of_a_finding_bears_nothing_out(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    made = promoted(desk, only(desk), {"kind": "attack_on_civilians"}, "houses burned")
    assert made.incident == "finding-f1"
    found = desk.cued(ALL)
    assert (found.findings[0].verdict, found.findings[0].incident) == ("not observable", "finding-f1")
    assert sum(found.reports.values()) == 0
    with pytest.raises(LayersError, match="made of this finding already"):
        promoted(desk, only(desk), {"kind": "looting"}, "again")


def test_an_incident_made_of_a_finding_never_bears_another_out(mission: Mission, tmp_path: Path) -> None:
    desk, low = mission.desk(), mission.desk(LOW)
    finding(desk, tmp_path, marking="CONFIDENTIAL")
    finding(desk, tmp_path, id="f2")
    cues = {one.feature: one for one in desk.cued(ALL).findings}
    promoted(desk, cues["f1"], {"kind": "attack_on_civilians", "marking": "CONFIDENTIAL"}, "houses burned")
    promoted(desk, cues["f2"], {"kind": "attack_on_civilians"}, "houses burned")
    assert (only(low).verdict, sum(low.cued(ALL).reports.values())) == ("not observable", 0)
    desk.withdraw("findings", {"f2": {one.feature: one.seq for one in desk.cued(ALL).findings}["f2"]}, "a cloud")
    finding(desk, tmp_path, id="f3")
    assert only(low).verdict == "not observable"
    assert {one.verdict for one in desk.cued(ALL).findings} == {"not observable"}
    assert sum(desk.cued(ALL).reports.values()) == 0


def test_a_finding_whose_incident_was_withdrawn_is_free_again(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    made = promoted(desk, only(desk), {"kind": "looting"}, "seen")
    assert made.stored.batch is not None
    desk.undo(made.stored.batch, "not so")
    assert (only(desk).incident, only(desk).cells["Incident"]) == ("", "")
    again = promoted(desk, only(desk), {"kind": "attack_on_civilians"}, "seen again")
    assert (only(desk).incident, desk.counts(ALL)[0]) == (again.incident, 1)
    desk.withdraw("incidents", {again.incident: desk.feed(ALL)["items"][0]["id"]}, "not so")  # type: ignore[index]
    assert only(desk).incident == ""


def test_only_an_analyst_makes_an_incident_and_never_below_the_marking_of_the_finding(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path, marking="CONFIDENTIAL")
    cue = only(desk)
    with pytest.raises(NotAllowed, match="may not edit"):
        promoted(mission.desk(User("officer", frozenset({"officer"}), None)), cue, {"kind": "looting"}, "seen")
    with pytest.raises(LayersError, match="choose CONFIDENTIAL or higher"):
        promoted(desk, cue, {"kind": "looting", "marking": "UNCLASSIFIED"}, "seen")
    with pytest.raises(LayersError, match="no reason is given"):
        promoted(desk, cue, {"kind": "looting"}, " ")
    with pytest.raises(LayersError, match="no incident was made: kind"):
        promoted(desk, cue, {"kind": ""}, "seen")
    desk.edit("findings", [Edit("f1", cue.seq, {"review": "rejected"})], "a cloud")
    with pytest.raises(LayersError, match="no incident was made: the finding was changed"):
        promoted(desk, cue, {"kind": "looting"}, "seen")
    with pytest.raises(LayersError, match="rejected, and no incident is made of it; accept it first"):
        promoted(desk, only(desk), {"kind": "looting"}, "seen")
    assert (desk.counts(ALL)[0], only(desk).review) == (0, "rejected")
    desk.edit("findings", [Edit("f1", only(desk).seq, {"review": "accepted"})], "no cloud")
    made = promoted(desk, only(desk), {"kind": "looting", "marking": "CONFIDENTIAL"}, "seen")
    assert desk.rows("incidents", [one["id"] for one in desk.feed(ALL)["items"]])[0]["marking"] == "CONFIDENTIAL"  # type: ignore[attr-defined]
    assert (made.noted.changed, made.noted.unchanged) == (0, 1)


def test_reports_where_scenes_were_compared_are_answered_by_what_was_found(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    before, after = burning.added(desk, tmp_path)
    desk.compare(Comparison(before, after, "dnbr"))
    at = {"occurred_at": "2025-12-25T10:00:00Z"}
    reported(desk, tmp_path, 1, longitude="61.103", latitude="-19.987", **at)
    reported(desk, tmp_path, 2, longitude="61.091", latitude="-19.978", **at)
    reported(desk, tmp_path, 3, longitude="61.091", latitude="-19.978", kind="laser", **at)
    reported(desk, tmp_path, 4, longitude="61.2", latitude="-19.978", **at)
    reported(desk, tmp_path, 5, longitude="61.091", latitude="-19.978", occurred_at="2025-12-10T10:00:00Z")
    found = desk.cued(ALL)
    assert found.reports == {"supported": 1, "supported, perhaps": 0, "unsupported": 1, "not observable": 3}
    assert found.lifts is not None
    assert found.lifts[0].observed == 1.0
    [one] = found.findings
    desk.edit("findings", [Edit(one.feature, one.seq, {"review": "rejected"})], "a cloud")
    found = desk.cued(ALL)
    assert found.counts == {"supported": 0, "supported, perhaps": 0, "unsupported": 0, "not observable": 0}
    assert found.reports == {"supported": 0, "supported, perhaps": 0, "unsupported": 2, "not observable": 3}


def test_a_raster_covers_where_it_has_data(tmp_path: Path) -> None:
    pixels = np.ones((1, 40, 60), np.float32)
    pixels[:, :, :30] = np.nan
    written(tmp_path / "a.tif", pixels, "EPSG:4326", from_origin(179.94, 10.0, 0.001, 0.001), nodata=float("nan"))
    found = covered(tmp_path / "a.tif")
    lon, lat = np.array([179.95, 179.98, 179.98, -179.99]), np.array([9.98, 9.98, 9.95, 9.98])
    assert found.covers(lon, lat).tolist() == [False, True, False, False]


def test_equal_questions_are_reckoned_once(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    finding(desk, tmp_path)
    assert desk.cued(ALL) is mission.desk(OWNER).cued(ALL)
    reported(desk, tmp_path)
    assert only(desk).verdict == "supported"
