"""Alerts of incidents that were withdrawn, or changed so that the rule does not mean them: they stay until acknowledged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from layers.access import OWNER, User
from layers.config import AlertRule
from layers.desk.editing import Edit
from layers.errors import NotFound
from tests.missions import geojson_file, square
from tests.watch import IN_ONE, LEVELS, LOW, SHELLING, Watch, told, with_sectors


def seen(watch: Watch, name: str) -> int:
    """Return the version of an incident that stands."""
    return int(watch.mission.store.current("incidents", [name]).seq[0])


def withdraw(watch: Watch, *names: str) -> None:
    watch.mission.desk().withdraw("incidents", {name: seen(watch, name) for name in names}, "never happened")


def change(watch: Watch, name: str, **fields: str) -> None:
    assert watch.mission.desk().edit("incidents", [Edit(name, seen(watch, name), fields)], "told by phone").changed == 1


def fates(watch: Watch, user: User = OWNER) -> list[tuple[object, ...]]:
    """Return of each alert how many incidents it has, how many nobody acknowledged, were withdrawn, were changed."""
    return [(one["count"], one["fresh"], one["withdrawn"], one["changed"]) for one in watch.alerts(user)]


def test_an_alert_whose_incident_is_withdrawn_stays_until_it_is_acknowledged(watch: Watch) -> None:
    name = watch.report(3, place="Tessaly mill")
    [before] = watch.alerts()
    withdraw(watch, name)
    [now] = watch.alerts()
    assert (now["key"], now["newest"]["place"], now["last"]) == (before["key"], "Tessaly mill", before["last"])  # type: ignore[index]
    assert fates(watch) == [(1, 1, 1, 0)]
    assert watch.mission.desk().alerts()["open"] == 1
    watch.acknowledge()
    assert watch.alerts() == []


def test_an_alert_whose_incident_no_longer_fits_the_rule_stays_as_it_last_fitted(watch: Watch) -> None:
    name = watch.report(3)
    change(watch, name, place="Better known")
    change(watch, name, kind="firing", place="Elsewhere")
    change(watch, name, severity="high")
    [one] = watch.alerts()
    assert (fates(watch), one["newest"]["place"]) == ([(1, 1, 0, 1)], "Better known")  # type: ignore[index]
    change(watch, name, kind="shelling")
    assert fates(watch) == [(1, 1, 0, 0)]
    change(watch, name, kind="firing")
    withdraw(watch, name)
    assert fates(watch) == [(1, 1, 1, 0)]
    watch.acknowledge()
    assert watch.alerts() == []


def test_what_was_acknowledged_before_it_was_withdrawn_goes(watch: Watch) -> None:
    first, second = watch.report(3), watch.report(2)
    watch.acknowledge()
    withdraw(watch, first)
    assert fates(watch) == [(1, 0, 0, 0)]
    withdraw(watch, second)
    assert watch.alerts() == []


def test_an_alert_that_partly_stands_counts_what_was_withdrawn_and_is_told_by_what_stands(watch: Watch) -> None:
    watch.report(5, place="stands")
    last, other = watch.report(2, place="withdrawn"), watch.report(3, place="changed")
    [before] = watch.alerts()
    withdraw(watch, last)
    change(watch, other, kind="firing")
    [now] = watch.alerts()
    assert (fates(watch), now["newest"]["place"], now["last"]) == ([(3, 3, 1, 1)], "stands", before["last"])  # type: ignore[index]
    watch.acknowledge()
    assert fates(watch) == [(1, 0, 0, 0)]


def test_what_is_withdrawn_stays_no_longer_than_any_other_and_only_what_was_known_in_time(watch: Watch) -> None:
    withdraw(watch, watch.report(1), watch.report(30, longitude="65"))
    assert fates(watch) == [(1, 1, 1, 0)]
    watch.now += timedelta(hours=168)
    assert watch.alerts() == []


def test_an_import_that_is_undone_leaves_its_alerts_to_be_acknowledged(watch: Watch) -> None:
    watch.report(2)
    desk = watch.mission.desk()
    desk.undo(watch.mission.store.batches()[-1].id, "sent twice")
    assert fates(watch) == [(1, 1, 1, 0)]


def test_nobody_has_an_alert_of_what_they_may_not_see_any_more(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    name, moved = watch.report(3, longitude="61"), watch.report(3, longitude="62")
    change(watch, name, marking=LEVELS[1], kind="firing")
    change(watch, moved, kind="firing", position="-20 64")
    assert (sorted(fates(watch)), fates(watch, LOW)) == ([(2, 2, 0, 2)], [(1, 1, 0, 1)])
    assert fates(watch, IN_ONE) == [(1, 1, 0, 1)]
    assert watch.alerts()[0]["marking"] == LEVELS[1]
    withdraw(watch, name)
    assert fates(watch, LOW) == [(1, 1, 0, 1)]
    watch.acknowledge(user=LOW)
    assert (fates(watch), fates(watch, LOW)) == ([(1, 1, 1, 0)], [])
    with pytest.raises(NotFound):
        watch.mission.desk(LOW).acknowledge(f"{SHELLING.id}:1", watch.mission.picture.version, "guessed")


def test_a_rule_by_metres_and_zones_keeps_what_was_moved_away(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "m", AlertRule("post", "Post", within_m=900.0, of="positions"), AlertRule("in", "In", zones=("z1",)))
    post = ("Point", [62.0, -21.0], {"id": "p", "name": "Post 1", "kind": "observation_post"})
    zone = ("Polygon", square(61.9, -21.1, 0.2), {"id": "z1", "name": "Zone", "kind": "buffer_zone"})
    for layer, feature in (("positions", post), ("zones", zone)):
        watch.mission.desk().submit(layer, geojson_file(tmp_path / f"{layer}.geojson", [feature]))  # type: ignore[list-item]
    name = watch.report(1, longitude="62.001", latitude="-21.001")
    watch.report(1, longitude="62.05", latitude="-21.05")
    assert sorted(told(watch.alerts())) == [(1, 1), (2, 2)]
    change(watch, name, position="-20 65")
    assert {(one["rule"], one["count"], one["changed"]) for one in watch.alerts()} == {("post", 1, 1), ("in", 2, 1)}
    watch.mission.close()
