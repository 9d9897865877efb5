"""A clause judges every report as one would by hand, and the same for each party."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from layers.analysis import grounds
from layers.analysis.agreement import Clause, Exemption, Where
from layers.analysis.grounds import Spots
from layers.analysis.place import Feature, Surroundings, features
from layers.analysis.rules import PARTY_UNKNOWN, SIDES_UNSAID, VERDICTS, WEAPON_UNSAID, Codes, Incidents, Said, Terms, ruled
from layers.model import NO_TIME, to_micros
from layers.spatial import nearest, side

EARTH = Geod(ellps="WGS84")
NOON = to_micros(datetime(2026, 1, 1, 12, tzinfo=UTC))
WEAPONS = {"mortar": "mortar", "mortars": "mortar", "tank": "tank"}
#: So many places of a disc are tried one by one, along a spiral that covers it evenly.
TRIED = 600
SURE = 0.9


@dataclass(frozen=True)
class Report:
    """One report, as a person would write it down."""

    lon: float
    lat: float
    party: str = "A"
    kind: str = "firing"
    precision_m: float = 0.0
    at: int = NOON
    target: str = ""
    weapon: str = ""


def incidents(reports: Sequence[Report]) -> Incidents:
    def codes(texts: list[str]) -> Codes:
        spelled = sorted(set(texts))
        return Codes(np.array([spelled.index(text) for text in texts], np.uint16), tuple(spelled))

    spots = Spots(
        *(np.array([getattr(one, name) for one in reports], np.float64) for name in ("lon", "lat")),
        np.array([one.at for one in reports], np.int64),
        np.array([one.precision_m for one in reports], np.float64),
    )
    said = [Said(one.target, one.weapon) for one in reports]
    kind, party = (codes([getattr(one, name) for one in reports]) for name in ("kind", "party"))
    return Incidents(spots, kind, party, lambda rows: [said[row] for row in rows.tolist()])


def terms(lines: Sequence[Feature] = (), zones: Sequence[Feature] = ()) -> Terms:
    return Terms(Surroundings(features(lines), features(zones), features(()), features(())), ("A", "B"), WEAPONS, SURE)


def verdicts(clause: Clause, reports: Sequence[Report], by: Terms) -> list[tuple[str, str]]:
    """Return verdict and reason of each report, blank where the clause does not speak of it."""
    found = ruled(clause, incidents(reports), by)
    told = {int(row): (VERDICTS[v], str(why)) for row, v, why in zip(found.rows, found.verdict, found.reason, strict=True)}
    return [told.get(n, ("", "")) for n in range(len(reports))]


def clause(where: Where, **said: object) -> Clause:
    return Clause("1", "Title", "Text", kinds=("firing",), where=where, **said)  # type: ignore[arg-type]


# The reference: one report at a time, each place of its disc tried by itself in the plane about the report.


def wavy(dice: np.random.Generator) -> np.ndarray:
    """Return a path from west to east that never turns back, so that its left is what lies north of it."""
    x = np.linspace(35.0, 35.4, 9)
    return np.column_stack([x, 33.0 + np.cumsum(dice.normal(0, 0.008, 9))])


def tried(report: Report, shapes: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return places of a report's disc and paths, in metres about the report."""
    to = Transformer.from_crs(4326, f"+proj=aeqd +lat_0={report.lat} +lon_0={report.lon} +ellps=WGS84", always_xy=True)
    n = np.arange(TRIED)
    reach = report.precision_m * np.sqrt((n + 0.5) / TRIED)
    turn = n * np.pi * (3 - np.sqrt(5))
    places = np.column_stack([reach * np.cos(turn), reach * np.sin(turn)])
    return (places if report.precision_m else places[:1] * 0), [np.column_stack(to.transform(*path.T)) for path in shapes]


def north(places: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Say of each place whether it lies north of a path that is carried on at its ends."""
    first, last = path[0] - path[1], path[-1] - path[-2]
    long = np.vstack([path[0] + first * 50, path, path[-1] + last * 50])
    return places[:, 1] > np.interp(places[:, 0], long[:, 0], long[:, 1])


def share(where: Where, report: Report, path: np.ndarray, ring: np.ndarray, party: str) -> float:
    """Return the share of a report's disc that lies on the ground of a clause. The line has A to the north and B to the south."""
    places, (line, edge) = tried(report, [path, ring])
    points = shapely.points(places)
    if where.relation == "inside":
        return float(np.mean(shapely.intersects(shapely.Polygon(edge), points)))
    if where.zones:
        return float(np.mean(shapely.distance(shapely.Polygon(edge), points) <= where.to_m))
    metres = shapely.distance(shapely.LineString(line), points)
    within = np.ones(len(points), bool)
    if where.relation == "within":
        within = metres <= where.to_m
    if where.relation == "band":
        within = (metres <= where.to_m) & (metres > where.from_m)
    if where.side:
        own = north(places, line) == (party == "A")
        within &= own if where.side == "own" else ~own
    return float(np.mean(within))


GROUNDS = [
    Where("within", ("Line",), to_m=1_500.0),
    Where("band", ("Line",), from_m=800.0, to_m=3_000.0),
    Where("within", ("Line",), to_m=2_000.0, side="own"),
    Where("band", ("Line",), from_m=500.0, to_m=2_500.0, side="other"),
    Where("across", ("Line",), side="other"),
    Where("inside", zones=("Zone",)),
    Where("within", zones=("Zone",), to_m=1_000.0),
]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), where=st.sampled_from(GROUNDS))
def test_the_likelihood_is_the_share_of_places_tried_one_by_one(seed: int, where: Where) -> None:
    dice = np.random.default_rng(seed)
    path = wavy(dice)
    middle = np.array([35.2, 33.0])
    ring = middle + 0.03 * np.column_stack([np.cos(np.linspace(0, 2 * np.pi, 8)), np.sin(np.linspace(0, 2 * np.pi, 8))])
    line = Feature("l", "Line", shapely.LineString(path), left="A", right="B")
    around = terms([line], [Feature("z", "Zone", shapely.Polygon(ring))]).around
    reports = [
        Report(
            float(x), float(np.interp(x, *path.T) + dice.normal(0, 0.02)), precision_m=float(dice.choice([0, 100, 1_000, 4_000]))
        )
        for x in dice.uniform(34.97, 35.43, 30)
    ]
    for party in "AB":
        found = grounds.likelihood(where, incidents(reports).spots, around, party)
        slow = [share(where, one, path, ring, party) for one in reports]
        np.testing.assert_allclose(found, slow, atol=0.04)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), where=st.sampled_from(GROUNDS), bound=st.sampled_from([(), ("A",), ("B",)]))
def test_exchanging_the_parties_exchanges_the_verdicts(seed: int, where: Where, bound: tuple[str, ...]) -> None:
    dice = np.random.default_rng(seed)
    path = wavy(dice)
    zone = Feature("z", "Zone", shapely.box(35.1, 32.97, 35.3, 33.02))
    reports = [
        Report(
            float(x),
            float(np.interp(x, *path.T) + dice.normal(0, 0.02)),
            party=str(dice.choice(["A", "B", "unknown", ""])),
            precision_m=float(dice.choice([0, 300, 3_000])),
        )
        for x in dice.uniform(34.9, 35.5, 40)
    ]
    other = {"A": "B", "B": "A"}
    line = Feature("l", "Line", shapely.LineString(path), left="A", right="B")
    turned = replace(line, left="B", right="A")
    one = verdicts(clause(where, parties=bound), reports, terms([line], [zone]))
    exchanged = [replace(report, party=other.get(report.party, report.party)) for report in reports]
    rebound = tuple(other[party] for party in bound)
    assert one == verdicts(clause(where, parties=rebound), exchanged, terms([turned], [zone]))


@pytest.mark.parametrize("lon", [35.2, 180.0, -179.95])
def test_the_antimeridian_is_a_meridian_like_any_other(lon: float) -> None:
    """Over ±180 too each place of a report lies on the side that it is told to."""
    shape = shapely.LineString([((lon + x + 180) % 360 - 180, y) for x, y in ((-0.1, -0.4), (0.02, -0.1), (0.1, 0.4))])
    line = Feature("l", "Line", shape, left="A", right="B")
    dice = np.random.default_rng(3)
    reports = [
        Report(float((lon + x + 180) % 360 - 180), float(y), precision_m=float(r))
        for x, y, r in zip(
            dice.uniform(-0.15, 0.15, 25), dice.uniform(-0.45, 0.45, 25), dice.choice([500, 5_000, 30_000], 25), strict=True
        )
    ]
    for where in (one for one in GROUNDS if one.side):
        found = grounds.likelihood(where, incidents(reports).spots, terms([line]).around, "A")
        np.testing.assert_allclose(found, [side_by_side(one, [line], where, "A") for one in reports], atol=0.02)


PARTS = shapely.MultiLineString([[(61, -20), (61.1, -20)], [(61.15, -19.99), (61.3, -20.02)]])


def side_by_side(report: Report, lines: Sequence[Feature], where: Where, party: str) -> float:
    """Return the share of a report's disc on the ground of a clause, each place told by itself, by the line nearest to it."""
    places, _ = tried(report, [])
    back = Transformer.from_crs(f"+proj=aeqd +lat_0={report.lat} +lon_0={report.lon} +ellps=WGS84", 4326, always_xy=True)
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*back.transform(*places.T)), crs=4326)
    drawn = geopandas.GeoDataFrame(geometry=[line.shape for line in lines], crs=4326)
    to, sides = nearest(points, drawn), side(points, drawn)
    within = np.ones(len(points), bool)
    if where.relation != "across":
        within = ((to.distance_m >= where.from_m) & (to.distance_m <= where.to_m)).to_numpy()
    meant = [{"left": lines[line].left, "right": lines[line].right}.get(of, "") for line, of in zip(to.other, sides, strict=True)]
    told = {party} if where.side == "own" else {"A", "B"} - {party}
    return float(np.mean(within & [whose in told for whose in meant]))


@pytest.mark.parametrize("where", [one for one in GROUNDS if one.side])
def test_about_the_gaps_of_a_line_each_place_lies_as_its_side_is_told(where: Where) -> None:
    line = Feature("l", "Line", PARTS, left="A", right="B")
    dice = np.random.default_rng(5)
    reports = [
        Report(float(x), float(y), precision_m=float(r))
        for x, y, r in zip(
            dice.uniform(60.95, 61.35, 40), dice.uniform(-20.06, -19.95, 40), dice.choice([300, 2_000, 6_000], 40), strict=True
        )
    ]
    for party in "AB":
        found = grounds.likelihood(where, incidents(reports).spots, terms([line]).around, party)
        np.testing.assert_allclose(found, [side_by_side(one, [line], where, party) for one in reports], atol=0.02)


@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), where=st.sampled_from([one for one in GROUNDS if one.side]), joined=st.booleans())
def test_between_lines_each_place_lies_as_the_line_nearest_to_it_tells(seed: int, where: Where, joined: bool) -> None:
    """Whether they lie beside one another or go on from one another, and whichever party is to the left of each."""
    dice = np.random.default_rng(seed)
    begin = [[0, 0], [0.06, 0], [0.12, 0]] if joined else [[0, 0], [0, 0.03], [0.05, -0.02]]
    paths = np.add([61, -20], begin)[:, None] + np.array([0.02, 1]) * np.stack(
        [np.tile(np.arange(4), (3, 1)), dice.uniform(-0.005, 0.005, (3, 4))], axis=2
    )
    paths[1:, 0] = paths[:-1, -1] if joined else paths[1:, 0]
    beside = [("A", "B"), ("B", "A") if dice.random() < 0.5 else ("A", "B"), ("A", "B") if dice.random() < 0.7 else ("C", "")]
    lines = [
        Feature(str(n), "Line", shapely.LineString(path), left=own, right=other)
        for n, (path, (own, other)) in enumerate(zip(paths, beside, strict=True))
    ]
    reports = [
        Report(float(x), float(y), precision_m=float(r))
        for x, y, r in zip(
            dice.uniform(60.98, 61.2, 12), dice.uniform(-20.05, -19.95, 12), dice.choice([300, 2_000, 6_000], 12), strict=True
        )
    ]
    for party in "AB":
        found = grounds.likelihood(where, incidents(reports).spots, terms(lines).around, party)
        np.testing.assert_allclose(found, [side_by_side(one, lines, where, party) for one in reports], atol=0.02)


def test_what_is_wholly_across_a_gap_is_a_violation() -> None:
    line = Feature("l", "Line", PARTS, left="A", right="B")
    across = Where("across", ("Line",), side="other")
    report = Report(61.14041, -20.01382, precision_m=2_000.0)
    likely = {party: grounds.likelihood(across, incidents([report]).spots, terms([line]).around, party)[0] for party in "AB"}
    assert likely == {"A": 1.0, "B": 0.0}


LINE = Feature("l", "Line", shapely.LineString([(35.0, 33.0), (36.0, 33.0)]), left="A", right="B")
NORTH, SOUTH = Report(35.5, 33.01), Report(35.5, 32.99)


def test_crossing_is_being_on_the_side_of_the_other() -> None:
    across = clause(Where("across", ("Line",), side="other"))
    reports = [replace(where, party=party) for party in "AB" for where in (NORTH, SOUTH)]
    assert [verdict for verdict, _ in verdicts(across, reports, terms([LINE]))] == [
        "compliant",
        "violation",
        "violation",
        "compliant",
    ]
    on_it = [Report(35.0, 33.0, party=party) for party in "AB"]
    assert [verdict for verdict, _ in verdicts(across, on_it, terms([LINE]))] == ["compliant", "compliant"]


@pytest.mark.parametrize("beside", [("A", ""), ("", "B"), ("", ""), ("B", "B"), ("A", "Z"), ("Z", "Y")])
@pytest.mark.parametrize(
    "where", [Where("across", ("Line",), side="other"), Where("within", ("Line",), to_m=5_000.0, side="own")]
)
def test_a_line_that_does_not_name_both_parties_judges_neither(beside: tuple[str, str], where: Where) -> None:
    line = replace(LINE, left=beside[0], right=beside[1])
    reports = [replace(at, party=party) for party in ("A", "B", "unknown") for at in (NORTH, SOUTH)]
    assert set(verdicts(clause(where), reports, terms([line]))) == {("undetermined", SIDES_UNSAID)}
    far = replace(LINE, id="l2", shape=shapely.LineString([(35.0, 34.0), (36.0, 34.0)]))
    assert set(verdicts(clause(where), reports, terms([line, far]))) == {("undetermined", SIDES_UNSAID)}
    north = [replace(one, lat=34.01) for one in reports[:4:2]]
    assert {verdict for verdict, _ in verdicts(clause(where), north, terms([line, far]))} == {"compliant", "violation"}


def test_whoever_did_it_it_is_a_violation_where_all_are_bound() -> None:
    near = Where("within", ("Line",), to_m=5_000.0)
    unknown = [replace(NORTH, party=party) for party in ("unknown", "", "a third one")]
    assert {verdict for verdict, _ in verdicts(clause(near), unknown, terms([LINE]))} == {"violation"}
    assert set(verdicts(clause(near, parties=("A",)), unknown, terms([LINE]))) == {("undetermined", PARTY_UNKNOWN)}
    far = [replace(one, lat=34.0) for one in unknown]
    assert {verdict for verdict, _ in verdicts(clause(near, parties=("A",)), far, terms([LINE]))} == {"compliant"}
    assert verdicts(clause(near, parties=("B",)), [NORTH], terms([LINE])) == [("", "")]


def test_only_what_a_clause_speaks_of_is_judged() -> None:
    near = clause(Where("within", ("Line",), to_m=5_000.0), start=NOON, until=NOON + 10)
    reports = [replace(NORTH, at=at) for at in (NOON - 1, NOON, NOON + 9, NOON + 10, int(NO_TIME))]
    assert [verdict for verdict, _ in verdicts(near, reports, terms([LINE]))] == ["", "violation", "violation", "", ""]
    assert verdicts(near, [replace(NORTH, kind="protest")], terms([LINE])) == [("", "")]
    assert [verdict for verdict, _ in verdicts(clause(Where()), [NORTH], terms())] == ["violation"]


def test_the_line_that_stood_that_day_decides() -> None:
    before = replace(LINE, until=NOON - 1)
    after = Feature("l2", "Line", shapely.LineString([(35.0, 34.0), (36.0, 34.0)]), start=NOON, until=NOON + 100)
    near = clause(Where("within", ("Line",), to_m=5_000.0))
    reports = [replace(NORTH, at=at) for at in (NOON - 1, NOON, NOON + 101)]
    assert [verdict for verdict, _ in verdicts(near, reports, terms([before, after]))] == ["violation", "compliant", ""]


@pytest.mark.parametrize(("metres", "verdict"), [(950.0, "violation"), (1_000.0, "undetermined"), (1_200.0, "compliant")])
def test_what_its_precision_leaves_open_is_undetermined(metres: float, verdict: str) -> None:
    lon, lat, _ = EARTH.fwd(35.5, float(shapely.get_y(_middle())), 0, metres)
    near = clause(Where("within", ("Line",), to_m=1_000.0))
    assert [one for one, _ in verdicts(near, [Report(lon, lat, precision_m=60)], terms([LINE]))] == [verdict]


def _middle() -> shapely.Point:
    """Return the middle of the line, which lies on the geodesic between its ends."""
    (lon, lat), *_ = EARTH.npts(35.0, 33.0, 36.0, 33.0, 1)
    return shapely.Point(lon, lat)


def test_a_place_known_to_no_better_than_a_country_is_never_certain() -> None:
    near = clause(Where("within", ("Line",), to_m=400_000.0))
    rough = [replace(NORTH, precision_m=5_000_000.0)]
    assert [verdict for verdict, _ in verdicts(near, rough, terms([LINE]))] == ["undetermined"]


@pytest.mark.parametrize("sure", [0.5, 0.5 + 1e-12, 0.51, 1.0])
@pytest.mark.parametrize("lat", [33.01, 33.0, 32.0])
def test_nor_is_it_at_any_sureness(sure: float, lat: float) -> None:
    near = clause(Where("within", ("Line",), to_m=150_000.0))
    rough = [replace(NORTH, lat=lat, precision_m=300_000.0)]
    assert [verdict for verdict, _ in verdicts(near, rough, replace(terms([LINE]), sure=sure))] == ["undetermined"]


def test_the_weapon_decides_where_a_clause_names_some() -> None:
    near = clause(Where("within", ("Line",), to_m=5_000.0), weapons=("mortar",))
    reports = [replace(NORTH, weapon=weapon) for weapon in ("Mortars", " mortar ", "tank", "", "a 120 mm thing")]
    assert verdicts(near, reports, terms([LINE])) == [
        ("violation", ""),
        ("violation", ""),
        ("compliant", "another weapon was used"),
        ("undetermined", WEAPON_UNSAID),
        ("undetermined", "the weapon 'a 120 mm thing' is not known"),
    ]


def test_what_is_exempt_is_compliant_and_says_why() -> None:
    free = Exemption("Medical evacuation", targets=("medevac",))
    works = Exemption("Notified works", zones=("Zone",), start=NOON, until=NOON + 10, daylight=True)
    near = clause(Where("within", ("Line",), to_m=5_000.0), exempt=(free, works))
    zone = Feature("z", "Zone", shapely.box(35.4, 33.0, 35.6, 33.1))
    reports = [
        replace(NORTH, target="MEDEVAC", at=NOON - 9),
        NORTH,
        replace(NORTH, at=NOON + 10),
        replace(NORTH, lon=35.9),
        replace(NORTH, lon=35.6, precision_m=500),
        replace(NORTH, lat=34.0),
    ]
    assert verdicts(near, reports, terms([LINE], [zone])) == [
        ("compliant", "Medical evacuation"),
        ("compliant", "Notified works"),
        ("violation", ""),
        ("violation", ""),
        ("undetermined", "it may be exempt: Notified works"),
        ("compliant", ""),
    ]


def test_works_by_night_are_not_those_by_day() -> None:
    by_day = clause(Where(), exempt=(Exemption("By daylight", daylight=True),))
    night = NOON + int(timedelta(hours=10) / timedelta(microseconds=1))
    assert verdicts(by_day, [NORTH, replace(NORTH, at=night)], terms()) == [("compliant", "By daylight"), ("violation", "")]
    by_night = replace(by_day, exempt=(Exemption("By night", daylight=False),))
    assert verdicts(by_night, [NORTH, replace(NORTH, at=night)], terms()) == [("violation", ""), ("compliant", "By night")]
