"""The record as a table, against a table made the slow way."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.access import User
from layers.catalogue import layer
from layers.desk import Mission, answers, table
from layers.errors import NotFound
from layers.model import NO_TIME, parse
from tests import missions
from tests.missions import csv_file, geojson_file, row, square

LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")
INCIDENTS = layer("incidents")
VIEWS = ("last=all", "last=24h", "last=all&kind=shelling,odd", "last=all&party=B&severity=high", "last=all&sector=S1")
WORDS = ("", "mill", "MILL bridge", "Ñandú", "party b", "odd", "shelling high", "none of these", "обстр", "r1")
EVERY = frozenset({"viewer", "analyst"})


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder = tmp_path_factory.mktemp("table")
    made = missions.empty(folder / "m")
    desk = made.desk()
    sector = [("Polygon", square(60, -22, 2), {"id": "S1", "code": "S1", "name": "Sector mill"})]
    desk.submit("sectors", geojson_file(folder / "s.geojson", sector))
    dice = np.random.default_rng(5)

    def one(of: int) -> dict[str, str]:
        pick = lambda *of: str(dice.choice(of))  # noqa: E731
        return row(
            of,
            kind=pick("firing", "shelling", "odd", "other"),
            occurred_at=pick(
                "2026-01-01T10:00:00Z", "2026-01-01T09:00:00Z", "2025-12-01T00:00:00Z", f"2026-01-01T08:{of % 60:02}:00Z"
            ),
            reported_at=pick("", "2026-01-01T11:00:00Z"),
            party=pick("A", "B", "C", ""),
            severity=pick("low", "medium", "high"),
            longitude=f"{60 + of / 40}",
            marking=LEVELS[of % 7 // 3] if of % 7 < 6 else LEVELS[0],
            place=pick("Mill", "Ñandú bridge", "Обстрел", "north of the mill, by the bridge"),
        )

    desk.submit("incidents", csv_file(folder / "a.csv", [one(n) for n in range(150)]))
    desk.submit("incidents", csv_file(folder / "b.csv", [one(n) for n in range(40, 70)]))
    yield made
    made.close()


def slow(mission: Mission, user: User, view: str, sort: str, descending: bool, words: str) -> list[int]:
    """The numbers of the records, one by one, as the rules say."""
    desk = mission.desk(user)
    sheet = desk.sheet(parse(view))
    versions = mission.store.records("incidents", sheet.seqs(INCIDENTS).tolist())
    found = []
    for n, seq in enumerate(versions.seq.tolist()):
        fields = json.loads(versions.payload[n])
        texts = [str(fields.get(f.name) or "") for f in INCIDENTS.fields if f.kind == "text"]
        meant = [answers.spoken(INCIDENTS, f.name, fields.get(f.name) or "") for f in INCIDENTS.filterable]
        if not all(any(word.casefold() in one.casefold() for one in [*texts, *meant]) for word in words.split()):
            continue
        codes = {f.name: [c.code for c in f.choices] for f in INCIDENTS.fields}
        code = str(fields.get(sort) or "")
        times = {
            "start": versions.start[n],
            "order": versions.start[n] if versions.reported[n] == NO_TIME else versions.reported[n],
            "recorded": versions.recorded[n],
        }
        if sort in times:
            key: tuple[object, ...] = (int(times[sort]),)
        elif sort == "marking":
            key = (LEVELS.index(versions.marking[n]),)
        else:
            key = (codes[sort].index(code), "") if code in codes[sort] else (len(codes[sort]), code.casefold())
        found.append((key, seq))
    return [seq for _, seq in sorted(found, reverse=descending)]  # type: ignore[type-var]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    view=st.sampled_from(VIEWS),
    sort=st.sampled_from(list(table.sorts(INCIDENTS))),
    descending=st.booleans(),
    words=st.sampled_from(WORDS),
    user=st.builds(
        User, st.just("u"), st.just(EVERY), st.sampled_from([*LEVELS, None]), st.sampled_from([None, frozenset({"S1"})])
    ),
    size=st.sampled_from([1, 7, 50, 500]),
    large=st.booleans(),
)
def test_pages_are_the_slow_table_cut_in_pieces(
    mission: Mission, view: str, sort: str, descending: bool, words: str, user: User, size: int, large: bool
) -> None:
    desk = mission.desk(user)
    wanted = slow(mission, user, view, sort, descending, words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["layers.desk.table"], "_LARGE", 0 if large else 50_000)
        pages = -(-len(wanted) // size) or 1
        for page in {1, 2, pages // 2 + 1, pages}:
            got = desk.table(parse(view), "incidents", page=page, size=size, sort=sort, descending=descending, words=words)
            at = min(page, pages)
            assert [item["id"] for item in got["rows"]] == wanted[(at - 1) * size : at * size]  # type: ignore[union-attr]
            assert (got["count"], got["page"], got["pages"]) == (len(wanted), at, pages)
            assert got["whole"] == desk.sheet(parse(view)).count(INCIDENTS)


def test_without_words_the_table_counts_what_the_chip_and_the_legend_count(mission: Mission) -> None:
    desk = mission.desk()
    for view in VIEWS:
        summary = desk.summary(parse(view))
        assert desk.table(parse(view), "incidents")["count"] == summary["count"]


def test_cells_are_words_and_never_codes(mission: Mission) -> None:
    (first,) = mission.desk().table(missions.ALL, "incidents", size=1, sort="severity", words="shelling ñandú")["rows"]  # type: ignore[misc]
    cells = first["cells"]
    assert (cells["Kind"], cells["Severity"]) == ("Shelling", "High")
    assert cells["Reliability of the source"] == "F, cannot be judged"
    assert cells["Grid"].startswith("4")
    assert len(cells["Grid"].split()) == 4
    assert cells["Occurred"].endswith("25") or cells["Occurred"].endswith("26")
    assert list(cells) == mission.desk().table(missions.ALL, "incidents")["columns"]


@pytest.mark.parametrize("name", ["sectors", "zones", "positions", "incidents"])
def test_every_layer_has_a_table_sorted_by_whatever_it_offers(mission: Mission, name: str) -> None:
    desk = mission.desk()
    for sort in table.sorts(layer(name)):
        for descending in (False, True):
            got = desk.table(missions.ALL, name, sort=sort, descending=descending)
            assert got["count"] == next(of.count for of in desk.layers() if of.id == name)
    assert desk.table(missions.ALL, "sectors", words="SECTOR Mill")["count"] == 1
    assert desk.table(missions.ALL, "sectors", words="nothing")["count"] == 0


def test_a_table_is_not_sorted_by_what_it_has_not(mission: Mission) -> None:
    with pytest.raises(NotFound, match=r"cannot be sorted by 'colour'; choose one of Occurred"):
        mission.desk().table(missions.ALL, "incidents", sort="colour")


@settings(max_examples=200, deadline=None)
@given(
    keys=st.lists(st.sampled_from([NO_TIME, -5, 0, 3, 9, 2**62]), max_size=40),
    begin=st.integers(0, 45),
    size=st.integers(1, 20),
    descending=st.booleans(),
    large=st.booleans(),
)
def test_places_are_those_of_a_sorted_list(keys: list[int], begin: int, size: int, descending: bool, large: bool) -> None:
    seq = np.random.default_rng(len(keys)).permutation(len(keys)).astype(np.int64)
    wanted = sorted(range(len(keys)), key=lambda n: (keys[n], seq[n]), reverse=descending)[begin : begin + size]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["layers.desk.table"], "_LARGE", 0 if large else 50)
        got = table.placed(np.array(keys, np.int64), seq, begin, begin + size, descending)
    assert got.tolist() == wanted
