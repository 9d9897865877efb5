"""Nothing above a user's ceiling, role or sector leaves by any road: users x records x views."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.access import User
from layers.analysis.clusters import Near
from layers.desk import Mission
from layers.desk.hotspots import Asked, Measure
from layers.errors import LayersError, NotAllowed, NotFound
from layers.model import Role, View, parse
from layers.render.tile import encoded
from tests import exported, missions

LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")
VIEWS = (
    "last=all",
    "last=24h",
    "last=7d&kind=firing",
    "last=all&sector=S1",
    "last=all&kind=canary1x2",
    "last=all&known=2026-01-01T12:00Z",
)
EVERY_ROLE: frozenset[Role] = frozenset({"viewer", "analyst", "briefer", "officer"})
WORLD = (0, 0, 0)


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder = tmp_path_factory.mktemp("door")
    made = missions.empty(folder / "m")
    desk = made.desk()
    sectors = [
        ("Polygon", missions.square(61 + n, -21, 1), {"id": f"S{n + 1}", "code": f"S{n + 1}", "name": f"Sector {n + 1}"})
        for n in (0, 1)
    ]
    desk.submit("sectors", missions.geojson_file(folder / "sectors.geojson", sectors))
    for level, marking in enumerate(LEVELS):
        canary = [f"canary{level}x{sector}" for sector in (0, 1, 2)]
        rows = [
            missions.row(
                level * 10 + sector,
                id=word,
                longitude=f"{61.5 + sector}",
                latitude="-20.5",
                marking=marking,
                text=word,
                place=word,
                kind=word,
                party=word,
                source=word,
            )
            for sector, word in enumerate(canary)
        ]
        desk.submit("incidents", missions.csv_file(folder / f"{level}.csv", rows))
        posts = [("Point", [61.5 + s, -20.4], {"id": f"post-{w}", "name": w, "marking": marking}) for s, w in enumerate(canary)]
        desk.submit("positions", missions.geojson_file(folder / f"p{level}.geojson", posts))
        zone = [
            ("Polygon", missions.square(61, -22, 0.5), {"id": f"zone-{level}", "name": f"canary{level}x9", "marking": marking})
        ]
        desk.submit("zones", missions.geojson_file(folder / f"z{level}.geojson", zone))
    secret = [missions.row(1, id="lowered", marking=LEVELS[2], text="canary2x8", longitude="61.5", latitude="-20.5")]
    desk.submit("incidents", missions.csv_file(folder / "a.csv", secret))
    secret[0] |= {"marking": LEVELS[0], "text": "made public"}
    desk.submit("incidents", missions.csv_file(folder / "b.csv", secret))
    twins = [
        missions.row(50 + n, id=f"twin{n}", longitude="61.1", kind="looting", marking=LEVELS[n], source=word, text=word)
        for n, word in enumerate(("canary0x0", "canary1x0", "canary2x0"))
    ]
    desk.submit("incidents", missions.csv_file(folder / "twins.csv", twins))
    both = made.store.current("incidents", ["canary0x1", "canary2x1"])
    desk.link("incidents", dict(zip(both.feature, both.seq.tolist(), strict=True)), "told by canary2x1 as well")
    desk.withdraw(
        "incidents", {"canary2x0": made.store.current("incidents", ["canary2x0"]).seq.tolist()[0]}, "canary2x0 is false"
    )
    desk.undo(made.store.batches()[-1].id, "canary2x0 is true")
    yield made
    made.close()


def allowed(user: User) -> set[str]:
    """The canaries a user may meet, by the plain rule. Sector 9 is a zone, which no sector holds back."""
    top = 2 if user.ceiling is None else LEVELS.index(user.ceiling)
    within = {"0": "S1", "1": "S2"}
    return {
        f"canary{level}x{sector}"
        for level, sector in product("012", "0129")
        if int(level) <= top and (user.sectors is None or sector == "9" or within.get(sector) in user.sectors)
    } | ({"canary2x8"} if top == 2 and (user.sectors is None or "S1" in user.sectors) else set())


def everything(mission: Mission, user: User, view: View, folder: Path) -> str:
    """All that leaves for one user and view, by every road, as one text."""
    desk = mission.desk(user)
    counted = {name: value for name, value in desk.summary(view).items() if name != "words"}  # the user's own words, said back
    told: list[object] = [counted, desk.feed(view), desk.portrayal(), desk.mission(), [c.id for c in desk.layers()]]
    for of in ("sectors", "zones", "positions", "settlements", "patrol_routes", "patrol_tracks", "ceasefire_lines"):
        told.append(desk.shapes(view, of))
    told += [desk.search(view, text) for text in ("canary", "canary2x1", "post", "lowered", "zone")]
    for of, seq in product(("incidents", "positions", "zones"), range(1, mission.store.version() + 1)):
        try:
            told.append(desk.card(of, seq))
        except NotFound as fault:
            told.append(str(fault))
    told += [
        desk.table(view, of, words=words) for of in ("incidents", "positions", "zones") for words in ("", "canary", "lowered")
    ]
    (event,) = json.loads(mission.store.current("incidents", ["canary2x1"]).payload[0])["event"].split()
    told += [desk.members("incidents", event), desk.batches(), desk.duplicates(view)]
    cut, version = desk.tile(view, "incidents", *WORLD)
    encoded(cut, version)
    told += [desk.hotspots(view, Asked(measure, 5_000, 10_000)) for measure in get_args(Measure)]
    told.append(desk.gatherings(view, Near(5_000, 24, 1)))
    for of in ("incidents", "positions", "zones"):
        table = desk.sheet(view).features(of)
        told.append(table.drop(columns="geometry").astype(str).to_csv())
        if user.roles & {"analyst", "briefer", "officer"}:
            for suffix in exported.SUFFIXES:
                path = folder / f"{of}.{suffix}"
                path.unlink(missing_ok=True)
                desk.export(of, path, view)
                told.append(exported.rows(path))
    return json.dumps(told, default=str)


users = st.builds(
    User,
    st.just("someone"),
    st.sampled_from([EVERY_ROLE, frozenset({"viewer"})]),
    st.sampled_from([*LEVELS, None]),
    st.sampled_from([None, frozenset(), frozenset({"S1"}), frozenset({"S1", "S2"}), frozenset({"nowhere"})]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(user=users, text=st.sampled_from(VIEWS))
def test_nothing_above_the_ceiling_leaves_by_any_road(mission: Mission, tmp_path: Path, user: User, text: str) -> None:
    told = everything(mission, user, parse(text), tmp_path)
    met = {f"canary{a}x{b}" for a, b in product("012", "01289") if f"canary{a}x{b}" in told}
    assert met <= allowed(user)
    if text == "last=all":
        assert met == allowed(user)


@pytest.mark.parametrize(
    "user",
    [
        User("a", EVERY_ROLE, LEVELS[0]),
        User("b", EVERY_ROLE, LEVELS[1], frozenset({"S2"})),
        User("c", EVERY_ROLE, None),
    ],
)
def test_counts_are_of_what_the_user_may_see(mission: Mission, user: User) -> None:
    desk, view = mission.desk(user), parse("last=all")
    rows = len(desk.sheet(view).features("incidents"))
    cut, _ = desk.tile(view, "incidents", *WORLD)
    count = desk.summary(view)
    assert rows == int(cut.count.sum()) == count["count"] == len(desk.feed(view)["items"])  # type: ignore[arg-type]
    each = len(desk.sheet(view).reports().features("incidents"))
    assert rows <= each == next(layer.count for layer in desk.layers() if layer.id == "incidents")
    assert sum(count["histogram"]["counts"]) == rows  # type: ignore[index]


def test_a_filter_by_a_sector_that_a_user_may_not_see_finds_nothing(tmp_path: Path) -> None:
    made = missions.empty(tmp_path / "m")
    areas = [
        ("Polygon", missions.square(60.5 + n, -20.5, 1), {"id": f"S{n + 1}", "code": f"S{n + 1}", "marking": LEVELS[n]})
        for n in (0, 1)
    ]
    made.desk().submit("sectors", missions.geojson_file(tmp_path / "sectors.geojson", areas))
    rows = [missions.row(n, longitude=f"{61 + n}") for n in (0, 1)]
    made.desk().submit("incidents", missions.csv_file(tmp_path / "0.csv", rows))
    made.desk().submit("positions", missions.geojson_file(tmp_path / "p.geojson", [("Point", [62, -20], {"id": "p1"})]))
    low, view = User("low", EVERY_ROLE, LEVELS[0]), parse("last=all&sector=S2")
    for user, wanted in ((low, 0), (User("high", EVERY_ROLE, LEVELS[1]), 1)):
        desk = made.desk(user)
        assert len(desk.feed(view)["items"]) == desk.counts(view)[0] == wanted  # type: ignore[arg-type]
        assert [len(desk.sheet(view).features(of)) for of in ("incidents", "positions")] == [wanted, wanted]
        assert len(desk.sheet(parse("last=all&sector=S1")).features("incidents")) == 1
    made.close()


def test_batches_tell_of_what_a_user_may_see_and_only_those_seen_whole_can_be_taken_back(mission: Mission) -> None:
    every = [one["batch"] for one in mission.desk().batches()["batches"]]
    assert every == sorted((one.id for one in mission.store.batches()), reverse=True)
    clerk = mission.desk(User("clerk", EVERY_ROLE, LEVELS[0]))
    seen = {int(str(one["batch"])): one for one in clerk.batches()["batches"]}
    link = next(one.id for one in mission.store.batches() if one.act == "link")
    assert (seen[link]["records"], seen[link]["reason"], seen[link]["whole"]) == (1, "", False)
    assert not set(seen) & {one.id for one in mission.store.batches() if one.act in ("withdraw", "undo")}
    version = mission.store.version()
    for number in (link, *(set(every) - set(seen)), 999):
        with pytest.raises(NotFound, match=f"no batch {number} that you may take back"):
            clerk.undo(number, "because")
    assert mission.store.version() == version


def test_push_tells_a_user_only_what_they_may_see(tmp_path: Path) -> None:
    made = missions.empty(tmp_path / "m")
    heard = []
    made.desk().submit("incidents", missions.csv_file(tmp_path / "0.csv", [missions.row(1)]))
    made.listen(heard.append)
    rows = [missions.row(n, marking=LEVELS[n % 3], text=f"canary{n % 3}") for n in range(10, 16)]
    made.desk().submit("incidents", missions.csv_file(tmp_path / "1.csv", rows))
    for ceiling, wanted in ((LEVELS[0], {"UNCLASSIFIED"}), (LEVELS[1], set(LEVELS[:2])), (None, set(LEVELS))):
        items, _ = made.desk(User("x", EVERY_ROLE, ceiling)).news(parse("last=all"), heard[0])
        assert {item["marking"] for item in items} == wanted
    none, again = made.desk(User("x", EVERY_ROLE, LEVELS[0])).news(parse("last=all&kind=shelling"), heard[0])
    assert (none, again) == ([], False)
    made.close()


def test_a_ceiling_the_mission_does_not_know_shows_nothing(mission: Mission) -> None:
    with pytest.raises(NotAllowed):
        mission.desk(User("x", EVERY_ROLE, "COSMIC")).summary(parse("last=all"))


@pytest.mark.parametrize(
    "act",
    [
        lambda desk, path: desk.submit("incidents", path),
        lambda desk, _: desk.undo(1, "because"),
        lambda desk, path: desk.export("incidents", path, parse("")),
        lambda desk, _: desk.verify(),
    ],
)
def test_a_viewer_changes_and_takes_away_nothing(mission: Mission, tmp_path: Path, act: object) -> None:
    desk = mission.desk(User("x", frozenset({"viewer"}), None))
    before = mission.store.version()
    with pytest.raises(LayersError):
        act(desk, missions.csv_file(tmp_path / "x.csv", [missions.row(99)]))  # type: ignore[operator]
    assert mission.store.version() == before


def test_a_row_above_the_submitters_ceiling_is_refused_and_the_others_go_in(tmp_path: Path) -> None:
    made = missions.empty(tmp_path / "m")
    clerk = made.desk(User("clerk", EVERY_ROLE, LEVELS[0]))
    rows = [missions.row(1), missions.row(2, marking=LEVELS[1])]
    receipt = clerk.submit("incidents", missions.csv_file(tmp_path / "x.csv", rows))
    assert (receipt.new, receipt.refused_rows) == (1, 1)
    assert receipt.refused[0].row == 2
    made.close()
