"""What every engine of the record finds by words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.store import Store
from tests.stores import REPORTS, Said, event, rows, sent, text

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
    "said AND": set(),
    "kept too": {"number"},
    "42": {"number"},
    '":"': set(),
    '","': set(),
    "absent": set(),
}


@pytest.mark.parametrize(("words", "expected"), FOUND.items(), ids=lambda part: part if isinstance(part, str) else "")
def test_a_search_finds_the_words_as_they_stand_whatever_the_case(store: Store, words: str, expected: set[str]) -> None:
    store.append([rows(*(Said(name, text(**fields)) for name, fields in REPORTS.items()))], event())
    found = store.records("incidents", store.search("incidents", words, limit=50))
    assert set(found.feature) == expected


def test_a_search_is_of_what_stands_in_one_layer_the_newest_first(store: Store) -> None:
    sent(store, *(Said(f"f{n}", text(text="mill")) for n in range(5)))
    sent(store, Said("p", text(text="mill")), layer="positions")
    sent(store, Said("f0", text(text="bridge")), Said("f1", retracted=True), Said("f2", text(text="the mill")))
    assert store.search("incidents", "mill", limit=50) == [8 + 1, 5, 4]
    assert store.search("incidents", "mill", limit=2) == [9, 5]
    assert store.search("incidents", "bridge", limit=2) == [7]
    assert store.search("zones", "mill", limit=2) == []


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="'\"%_!\\*()[]^-+:;&|<>~{}$?\x00\n ", max_size=12),
    st.sampled_from(["' or 1=1 --", '"', "NEAR(", "a AND", "NOT", "col:x", "\ud800", "%" * 60_000, "x" * 200_000, "{}", "null"]),
)


@settings(max_examples=200, deadline=None)
@given(words=HOSTILE)
def test_no_words_make_a_search_fail(filled: Store, words: str) -> None:
    assert set(filled.search("incidents", words, limit=9)) <= set(range(1, len(REPORTS) + 1))


@settings(max_examples=100, deadline=None)
@given(words=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20))
def test_any_text_that_was_stored_is_found_again(filled: Store, words: str) -> None:
    sent(filled, Said("any", text(text=f"before {words} after")))
    try:
        (newest,) = filled.current("incidents", ["any"]).seq.tolist()
        assert newest in filled.search("incidents", words, limit=9)
    finally:
        sent(filled, Said("any", retracted=True))
