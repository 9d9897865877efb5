"""An agreement is read whole or refused whole: every fault is told at once, with its clause."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.analysis.agreement import Agreement, ClauseFault, Exemption, Where
from layers.analysis.clauses import LONGEST, Known, read
from layers.model import NO_TIME, to_micros

KNOWN = Known(
    ("firing", "overflight", "construction"), ("tank", "mortar"), ("A", "B"), ("The line", "line-1"), ("Buffer zone", "z1")
)

GOOD = """
title = "Agreement"
source = "Annex"
sure = 0.9

[[clauses]]
id = "2.1"
title = "No firing"
text = "Nobody fires near the line."
kinds = ["firing"]
weapons = ["mortar"]
parties = ["A"]
line = "The line"
from_m = 100
to_m = 2000
side = "other"
from = 2026-01-01
until = 2026-03-01T06:00:00+02:00

[[clauses]]
id = "4.1"
title = "No overflight"
text = "Nobody flies here."
kinds = ["overflight"]
zone = ["Buffer zone", "z1"]

[[clauses.exempt]]
reason = "Medical evacuation"
targets = ["MEDEVAC"]
daylight = true
zone = "z1"

[[clauses]]
id = "7"
title = "Ceiling"
text = "Not more than so many."
zone = "Buffer zone"
most = { tank = 20, mortar = 0 }
inspected_within_days = 30
"""


def clause(**said: object) -> str:
    """Return an agreement of one clause; a value of None leaves a setting out."""
    usual: dict[str, object] = {"id": "1", "title": "T", "text": "W", "kinds": ["firing"], "line": "The line", "within_m": 10}
    lines = [f"{key} = {_written(value)}" for key, value in (usual | said).items() if value is not None]
    return "\n".join(['title = "Agreement"', "[[clauses]]", *lines])


def _written(value: object) -> str:
    return json.dumps(value)


def good(text: str) -> Agreement:
    found, faults = read(text, KNOWN)
    assert found is not None, faults
    assert faults == ()
    return found


def faults(text: str) -> tuple[ClauseFault, ...]:
    found, told = read(text, KNOWN)
    assert found is None
    assert told
    return told


def test_an_agreement_says_what_its_text_says() -> None:
    found = good(GOOD)
    assert (found.title, found.source, found.sure) == ("Agreement", "Annex", 0.9)
    firing, flying, ceiling = found.clauses
    assert firing.where == Where("band", ("The line",), (), 100.0, 2000.0, "other")
    assert (firing.kinds, firing.weapons, firing.parties, firing.on) == (("firing",), ("mortar",), ("A",), "incidents")
    assert firing.start == to_micros(datetime(2026, 1, 1, tzinfo=UTC))
    assert firing.until == to_micros(datetime(2026, 3, 1, 4, tzinfo=UTC))
    assert flying.where == Where("inside", (), ("Buffer zone", "z1"))
    assert flying.exempt == (Exemption("Medical evacuation", (), ("medevac",), ("z1",), int(NO_TIME), int(NO_TIME), True),)
    assert (ceiling.on, ceiling.most, ceiling.inspected_within_days) == ("holdings", (("tank", 20), ("mortar", 0)), 30)


def test_a_clause_is_in_force_from_its_first_moment_to_before_its_last() -> None:
    firing = good(GOOD).clauses[0]
    assert [firing.lasts(at) for at in (firing.start - 1, firing.start, firing.until - 1, firing.until)] == [
        False,
        True,
        True,
        False,
    ]
    assert not firing.lasts(int(NO_TIME))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"line": "Blue line"}, "no line called 'Blue line' is known; import it, or write one of: The line, line-1"),
        ({"line": None, "within_m": None, "zone": "Nowhere"}, "no zone called 'Nowhere' is known"),
        ({"within_m": None, "from_m": 500, "to_m": 100}, "reversed, from 500 m to 100 m"),
        ({"within_m": None, "from_m": 100, "to_m": 100}, "reversed"),
        ({"within_m": None, "from_m": 100}, "only one of 'from_m' and 'to_m'"),
        ({"within_m": -1}, "'within_m' is '-1'; write a number from 0 to 500000"),
        ({"within_m": True}, "'within_m' is 'True'"),
        ({"within_m": "near"}, "'within_m' is 'near'"),
        ({"kinds": ["firing", "sneezing"]}, "no kind 'sneezing' is known; write one of: firing, overflight, construction"),
        ({"parties": ["C"]}, "no party 'C' is known; write one of: A, B"),
        ({"weapons": ["sling"]}, "no weapon 'sling' is known"),
        ({"colour": "red"}, "there is no setting 'colour' here"),
        ({"from": "soon"}, "'from' is 'soon'; write a date"),
        ({"kinds": []}, "'kinds' is '[]'"),
        ({"kinds": None}, "neither 'kinds' nor 'weapons'"),
        ({"zone": "z1"}, "names a line and a zone"),
        ({"across": True}, "says within_m and across; one of them decides"),
        ({"within_m": None}, "names a line and no distance"),
        ({"line": None}, "'within_m' of nothing"),
        ({"line": None, "within_m": None, "across": True}, "'across' without a line"),
        ({"side": "left"}, "'side' is 'left'; write 'own' or 'other'"),
        ({"line": None, "zone": "z1", "side": "own"}, "says a side where there is none"),
        ({"title": None}, "'title' is missing"),
        ({"text": "x" * 10_001}, "'text' is 'xxx"),
        ({"id": "a b"}, "'id' is 'a b'; write 1 to 40 letters"),
        ({"id": "1=V"}, "'id' is '1=V'"),
    ],
)
def test_what_is_wrong_with_a_clause_is_told_with_its_id(said: dict[str, object], reason: str) -> None:
    told = faults(clause(**said))
    assert any(reason in one.reason for one in told), told
    assert {one.clause for one in told} == {"number 1" if "id" in said else "1"}


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    text = clause() + "\nfrom = 2026-03-01\nuntil = 2026-02-01\n"
    assert ["ends before it begins" in one.reason for one in faults(text)] == [True]


@pytest.mark.parametrize("number", ["0x" + "f" * 6_000, "inf", "-inf", "nan", "1e999", "9" * 400])
@pytest.mark.parametrize(
    "said", ["most = { tank = N }", "most = { tank = 1 }\ninspected_within_days = N", "line = 'line-1'\nwithin_m = N"]
)
def test_no_number_is_too_strange_to_be_a_fault(said: str, number: str) -> None:
    begin = clause(kinds=None, line=None, within_m=None) + ("\nkinds = ['firing']" if "within_m" in said else "")
    assert "; write " in faults(f"{begin}\n{said.replace('N', number)}\n")[0].reason


@pytest.mark.parametrize(
    "span",
    [
        "from = 0001-01-01T00:00:00+14:00",
        "until = 9999-12-31T23:59:59-14:00",
        "from = 1899-12-31",
        "until = 2200-01-01",
        "until = 2199-12-31T23:59:59-14:00",
    ],
)
def test_a_clause_is_dated_in_years_that_can_be_told(span: str) -> None:
    assert "write a date of the years 1900 to 2199" in faults(f"{clause()}\n{span}\n")[0].reason
    assert good(f"{clause()}\nfrom = 1900-01-01\nuntil = 2199-12-31T23:59:59Z\n")


def test_a_time_without_its_zone_is_refused() -> None:
    assert "its zone" in faults(clause() + "\nfrom = 2026-03-01T06:00:00\n")[0].reason


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        ("", "", True),
        ("until = 2026-02-01", "from = 2026-02-01", False),
        ("until = 2026-02-02", "from = 2026-02-01", True),
        ("from = 2026-01-01\nuntil = 2026-01-05", "until = 2026-01-01", False),
        ("from = 2026-01-01\nuntil = 2026-01-05", "from = 2026-01-04", True),
    ],
)
def test_two_versions_of_a_clause_may_follow_one_another_but_not_overlap(first: str, second: str, meets: bool) -> None:
    one = clause()
    text = f"{one}\n{first}\n{one[one.index('[[') :]}\n{second}\n"
    if meets:
        assert [(one.clause, "in force twice" in one.reason) for one in faults(text)] == [("1", True)]
    else:
        assert len(good(text).clauses) == 2


def test_one_fault_and_nothing_applies_and_every_fault_is_told_at_once() -> None:
    text = (
        GOOD.replace('line = "The line"', 'line = "Gone"').replace('"overflight"', '"flying"').replace("tank = 20", "sword = 1")
    )
    assert [one.clause for one in faults(text)] == ["2.1", "4.1", "7"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = ", "is not valid TOML"),
        ("title = 'x'\na = " + "[" * 5_000, "is not valid TOML"),
        ("title = 'x'\nclauses = " + "9" * 5_000, "is not valid TOML"),
        ("#" * (LONGEST + 1), "at most 1,000,000 are read"),
        ("title = 'x'\nclauses = 5", "'clauses' is '5'; write up to 200 tables"),
        ("title = 'x'\n" + "[[clauses]]\n" * 201, "write up to 200 tables"),
        ("title = 'x'\nsure = 0.4", "'sure' is '0.4'; write a number above 0.5 and up to 1"),
        ("title = 'x'\nsure = 0.5", "'sure' is '0.5'; write a number above 0.5 and up to 1"),
        ("title = 'x'\nsure = 0x" + "f" * 6_000, "'sure' is 'too large to be written out'"),
        ("title = 'x'\nclauses" + ".a" * 5_000 + " = 1", "'clauses' is 'too large to be written out'"),
        ("é" * (LONGEST // 2 + 1), "is 1,000,002 bytes long; at most 1,000,000 are read"),
        ("title = 'x'\nsure = nan", "'sure' is 'nan'"),
        ("", "'title' is missing"),
        ("title = 'x'\nhidden = 1", "there is no setting 'hidden' here; it may say clauses, source, sure, title"),
    ],
)
def test_a_text_that_is_no_agreement_is_refused_in_words(text: str, reason: str) -> None:
    assert any(reason in one.reason for one in faults(text))


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                *GOOD.splitlines(),
                "x = [",
                "from = 1",
                "from = 0001-01-01T00:00:00+14:00",
                "sure = 0x" + "f" * 6_000,
                "exempt = 3",
                'id = ""',
                "most = {}",
                "\x00",
                "a.b = 1",
            ]
        )
    )
)
def test_whatever_the_text_it_is_an_agreement_or_faults(lines: list[str]) -> None:
    found, told = read("\n".join(lines), KNOWN)
    assert (found is None) == bool(told)
    assert all(one.reason for one in told)
