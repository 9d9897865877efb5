"""Charts as SVG text: well formed, whole, and every text of them text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from layers.model import from_micros
from layers.notation import dtg
from layers.render import chart

HOUR = 3_600_000_000
BEGIN = 1_700_000_000_000_000
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>\"'&"


def bars(counts: list[int], unfinished: int = 0, step: int = HOUR, note: str = "") -> chart.Bars:
    edges = [BEGIN + n * step for n in range(len(counts) + 1)]
    return chart.Bars(edges, counts, [n >= len(counts) - unfinished for n in range(len(counts))], HOSTILE, note)


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=130),
    st.sampled_from([HOUR, 24 * HOUR, 168 * HOUR, 364 * 24 * HOUR]),
    st.sampled_from([358, 1048]),
)
def test_every_bar_stands_in_the_frame_as_tall_as_its_count(counts: list[int], step: int, width: int) -> None:
    tree = ElementTree.fromstring(chart.chart(bars(counts, step=step), width, "Reports"))
    drawn = tree.findall(f"{SVG}rect")
    assert len(drawn) == sum(count > 0 for count in counts)
    for one in drawn:
        assert 0 <= float(one.attrib["x"]) <= width
        assert 0 < float(one.attrib["y"]) <= 240
    tall = [float(one.attrib["height"]) for one in drawn]
    held = [count for count in counts if count]
    assert all(abs(a * max(held) - b * max(tall)) <= 0.2 * max(held) for a, b in zip(tall, held, strict=True))


def test_what_is_still_coming_in_is_hatched_and_said() -> None:
    text = chart.chart(bars([3, 2, 1], 2, note="still coming in: about 70 % reported"), 1048, "Reports per hour")
    assert text.count('fill="url(#gl-hatch-1048)"') == 2
    assert "still coming in: about 70 % reported" in text
    assert text.count(", still coming in</title>") == 2
    assert f"Time, UTC, to {dtg(from_micros(BEGIN + 3 * HOUR))}" in text


def test_every_text_is_text_and_nothing_is_fetched() -> None:
    for text in (chart.chart(bars([1], 1, note=HOSTILE), 358, HOSTILE), chart.spark([1, 2], [False, True], HOSTILE)):
        tree = ElementTree.fromstring(text)
        assert tree.attrib["aria-label"] == HOSTILE
        assert not [one for one in tree.iter() if one.tag == f"{SVG}script"]
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_nothing_to_draw_is_a_frame() -> None:
    assert ElementTree.fromstring(chart.chart(bars([0, 0]), 358, "Reports")).findall(f"{SVG}rect") == []
    assert ElementTree.fromstring(chart.spark([], [], "none")).findall(f"{SVG}rect") == []
