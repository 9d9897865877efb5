"""What a search finds in what the records say."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.catalogue import layer
from layers.desk import Mission
from layers.desk.words import WordIndex
from layers.index import spoken
from layers.store import Store
from tests import missions
from tests.missions import csv_file, row
from tests.stores import REPORTS, Said, sent, text

INCIDENTS = layer("incidents")
NAMES = ("id", "place", "target", "source", "text")
FOUND = {
    "shots": {"plain", "other"},
    "SHOTS HEARD": {"plain"},
    "inc-17": {"plain", "other"},
    "INC-170": {"other"},
    "tessaly": {"plain"},
    "ÓRBITA ÑANDÚ": {"other"},
    "órbita": {"other"},
    "ТЕСАЛИ": {"script"},
    "обстрел": {"script"},
    "красный мост": {"script"},
    "50%": {"hostile"},
    "no_way": {"hostile"},
    "noXway": set(),
    '"no_way"': {"hostile"},
    "'them'": {"hostile"},
    "\\": {"hostile"},
    "!x": {"hostile"},
    "*": {"hostile"},
    "(mill)": {"hostile"},
    "mill OR shots": set(),
    "kept too": {"number"},
    "unmapped": set(),
    '":"': set(),
    '","': set(),
    "absent": set(),
}
ANY = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=12)


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    folder = tmp_path_factory.mktemp("words")
    made = missions.empty(folder / "m")
    made.desk().submit("incidents", csv_file(folder / "a.csv", [row(n, text=f"word{n} Straße") for n in range(20)]))
    yield made
    made.close()


@pytest.mark.parametrize(("words", "expected"), FOUND.items(), ids=lambda part: part if isinstance(part, str) else "")
def test_a_word_is_found_as_it_stands_whatever_its_case(words: str, expected: set[str]) -> None:
    said = spoken(INCIDENTS, np.arange(len(REPORTS)), [text(**fields) for fields in REPORTS.values()])
    assert {name for name, hit in zip(REPORTS, said.holding(words), strict=True) if hit} == expected


@settings(max_examples=300, deadline=None)
@given(fields=st.fixed_dictionaries(dict.fromkeys(NAMES, ANY)), other=ANY, part=st.tuples(st.integers(0, 9), st.integers(3, 9)))
def test_any_part_of_a_text_is_found_and_nothing_else(fields: dict[str, str], other: str, part: tuple[int, int]) -> None:
    values = [*fields.values(), other]
    payload = text(**{name: value for name, value in fields.items() if value}, extra={"column": other}, kind="shelling")
    said = spoken(INCIDENTS, np.array([7]), [payload])
    for value in values:
        word = value[part[0] :][: part[1]]
        for sought in (word, word.upper(), word.lower()):
            assert said.holding(sought).tolist() == [any(sought.casefold() in one.casefold() for one in values)]


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="'\"%_!\\*()[]^-+:;&|<>~{}$?\x00\n ", max_size=12),
    st.sampled_from(["' or 1=1 --", '"', "NEAR(", "a AND", "NOT", "col:x", "\ud800", "%" * 60_000, "x" * 200_000, "{}", "null"]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=HOSTILE)
def test_no_words_make_a_search_fail(mission: Mission, words: str) -> None:
    desk, view = mission.desk(), missions.ALL
    assert desk.table(view, "incidents", words=words)["count"] in range(21)  # type: ignore[operator]
    desk.search(view, words)


def test_words_of_linked_records_are_found_by_their_event() -> None:
    said = spoken(INCIDENTS, np.arange(3), [text(event="E1", text="a"), text(text="E1"), text(event="E12")])
    assert said.linked("E1").tolist() == [0]


def test_a_record_without_a_text_and_one_of_other_kinds_of_values_are_no_trouble() -> None:
    said = spoken(INCIDENTS, np.arange(3), ["{}", '{"casualties_best":4}', text(extra={"a": "found", "b": None, "c": 3})])
    assert said.holding("found").tolist() == [False, False, True]
    assert len(spoken(INCIDENTS, np.arange(0), [])) == 0


def test_words_follow_the_record_and_are_kept_beside_it(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["layers.desk.words"], "_KEPT_AFTER", 3)
    path = tmp_path / "cache" / "incidents.words"

    def found(index: WordIndex, word: str) -> list[int]:
        return [seq for part in index.now() for seq in part.seq[part.holding(word)].tolist()]

    index = WordIndex(store, INCIDENTS, path)
    assert found(index, "mill") == []
    for n in range(9):
        sent(store, Said(f"f{n}", text(text=f"mill {n}")), Said("p", text(text="none"), retracted=False))
        assert found(index, "MILL") == [1, *range(3, 3 + n)]
    assert path.exists()
    assert found(WordIndex(store, INCIDENTS, path), "mill") == found(index, "mill")
    path.unlink()
    path.write_bytes(b"ARROW1 but not quite")
    assert found(WordIndex(store, INCIDENTS, path), "mill") == found(index, "mill")


def test_words_of_another_record_are_not_believed(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["layers.desk.words"], "_KEPT_AFTER", 0)
    path = tmp_path / "w.words"
    sent(store, Said("a", text(text="mine")))
    WordIndex(store, INCIDENTS, path).now()
    from layers.catalogue import LAYERS
    from layers.store import open_store

    other = open_store(tmp_path / "other.gpkg", LAYERS)
    sent(other, Said("a", text(text="theirs")))
    base, fresh = WordIndex(other, INCIDENTS, path).now()
    assert not any(part.holding("mine").any() for part in (base, fresh))
    assert json.dumps(base.seq.tolist() + fresh.seq.tolist()) == "[1]"
    other.close()
