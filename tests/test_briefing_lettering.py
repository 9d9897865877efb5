"""Text on paper: it fits where it stands, none lies on another, and what no font has is told."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from layers.briefing import lettering, names, printed
from layers.briefing.names import Name
from layers.briefing.picture import Part, Picture, Rect, Words

WITHIN = Rect(10.0, 10.0, 200.0, 120.0)
RTL, CJK, HOSTILE = "خط وقف إطلاق النار في الشمال", "停火线以南的巡逻路线", "$x^2$ <b>&amp;</b> \\frac{1}{2} ${7*7}"
text = st.text(max_size=300)
SAMPLES = [RTL, CJK, HOSTILE, "W" * 2_000, "word " * 400, "a\u202eb\u0000c\u200bd\ufeff\ud800", "", "\n\n", "👩‍🚀🚀"]


@given(text, st.floats(5, 150), st.floats(4, 20))
def test_no_line_is_wider_than_its_room(words: str, most: float, size: float) -> None:
    for line in lettering.lines(words, most, size):
        assert lettering.width(line, size) <= most or len(line) <= 1


@pytest.mark.parametrize(
    "words", ["0\U00011180", "a\U00011180", "\u0915\U00011180", "\U000118301", "\u0301", "e\u0301", "\ua8cf\u0740\u0cc1"]
)
def test_a_mark_is_drawn_from_the_font_of_its_letter_or_is_a_box(words: str) -> None:
    """A sign that no font of the text has is a warning, and a warning is an error here."""
    assert lettering.width(words, 10.0) > 0.0
    shown = lettering.printable(words)
    assert len(shown) == len(words)
    assert shown.startswith(words[0]) or words[0] in "\u0301\ua8cf\U00011830"


@pytest.mark.parametrize("words", SAMPLES)
@pytest.mark.parametrize("rows", [1, 2, 99])
def test_odd_text_is_broken_into_lines_that_fit(words: str, rows: int) -> None:
    found = lettering.lines(words, 40.0, 8.0, rows=rows)
    assert 1 <= len(found) <= rows
    assert all(lettering.width(line, 8.0) <= 40.0 for line in found)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=200))
def test_lines_lose_no_word(words: str) -> None:
    found = lettering.lines(words, 30.0, 8.0)
    assert "".join("".join(found).split()) == "".join(words.split())


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    found = lettering.lines("word " * 400, 40.0, 8.0, rows=2)
    assert found[-1].endswith("…")
    assert lettering.width(found[-1], 8.0) <= 40.0


@pytest.mark.parametrize("most", range(20, 60, 3))
def test_a_line_that_is_cut_ends_in_one_ellipsis(most: int) -> None:
    for words in ("word " * 400, "W" * 300, "end… " * 90):
        (found,) = lettering.lines(words, most, 8.0, rows=1)
        assert found.endswith("…")
        assert not found.endswith("……")
        assert lettering.width(found, 8.0) <= most


@given(text, st.floats(3, 60))
def test_shortened_text_fits_and_begins_alike(words: str, most: float) -> None:
    found = lettering.shortened(words, most, 8.0)
    assert lettering.width(found, 8.0) <= most
    assert words.startswith(found.removesuffix("…").rstrip()) or found == words


@given(text)
def test_printable_text_is_one_line_without_signs_that_steer(words: str) -> None:
    found = lettering.printable(words)
    assert "\n" not in found
    assert not {unicodedata.category(sign) for sign in found if sign != "\u200d"} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert lettering.printable(found) == found


def test_signs_that_no_font_has_are_boxes() -> None:
    assert lettering.printable("A\u0378B") == "A B"
    assert lettering.printable("A\U00012000B") in {"A□B", "A\U00012000B"}
    assert lettering.families("Plain") == [lettering.FAMILY]


@pytest.mark.parametrize("sign", ["\U0001f680", "\u2d30", "\u0710", "\U0001d7d9", "\u4e2d", "\u0628"])
def test_a_bold_text_in_a_font_without_a_bold_cut_is_drawn_without_a_warning(sign: str, caplog: pytest.LogCaptureFixture) -> None:
    text = f"Brief {sign}"
    item = Words(10.0, 10.0, lettering.printable(text), 8.0, bold=True)
    picture = Picture(60.0, 20.0, (Part("head", "", (item,)),))
    assert lettering.width(text, 8.0, bold=True) > lettering.width("Brief", 8.0)
    assert printed.png(picture, 50)
    assert [record.getMessage() for record in caplog.records] == []


def test_a_sign_of_no_font_is_a_box_and_not_a_sign_that_stands_for_none() -> None:
    assert "Last Resort High-Efficiency" not in lettering.families("A\U0001f680")
    assert lettering.printable("A\U0001f680") in {"A□", "A\U0001f680"}


def test_a_text_is_bold_where_each_of_its_signs_has_a_bold_cut_and_its_missing_signs_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of a font's plain signs its bold cut may lack some: such a text is plain, of a font that has them."""
    plain, bold = (FT2Font(findfont(FontProperties(family=["DejaVu Sans"], weight=weight))) for weight in ("normal", "bold"))
    lacking = sorted(set(plain.get_charmap()) - set(bold.get_charmap()))[::40]
    assert lacking
    for sign in map(chr, lacking):
        text = lettering.printable(f"Brief {sign}")
        heavy = lettering.emboldened(text, bold=True)
        fonts = [
            FT2Font(findfont(FontProperties(family=[name], weight="bold" if heavy else "normal")))
            for name in lettering.families(text, bold=heavy)
        ]
        assert all(any(ord(one) in font.get_charmap() for font in fonts) for one in text)
        assert lettering.unprintable(f"Brief {sign}") == ("" if sign in text else lettering.plain(sign))
        assert printed.png(Picture(60.0, 20.0, (Part("head", "", (Words(10.0, 10.0, text, 8.0, bold=True),)),)), 50)
    assert lettering.emboldened("Brief", bold=True)
    assert lettering.unprintable("A\U0001f9ffB\u0378\U0001f9ff") in {"", "\U0001f9ff"}
    assert [record.getMessage() for record in caplog.records] == []


@given(st.text(alphabet=st.characters(codec="latin-1", exclude_categories=["Cc", "Cf"]), max_size=40), st.floats(5, 20))
def test_bold_and_larger_text_is_wider(words: str, size: float) -> None:
    assert lettering.width(words, size) <= lettering.width(words, 2 * size)
    assert lettering.width(words, size) * 2 == pytest.approx(lettering.width(words, 2 * size))


def wanted(count: int, seed: int) -> list[Name]:
    chance = np.random.default_rng(seed)
    return [
        Name(float(x), float(y), f"Place {n % (count // 2 + 1)}", float(size), float(size) / 4, bold=bool(n % 3 == 0))
        for n, (x, y, size) in enumerate(
            zip(chance.random(count) * 220, chance.random(count) * 140, 5 + 6 * chance.random(count), strict=True)
        )
    ]


@given(st.integers(0, 120), st.integers(0, 1_000))
def test_no_name_lies_on_another_or_leaves_the_map(count: int, seed: int) -> None:
    taken = [Rect(40.0, 40.0, 30.0, 20.0), Rect(100.0, 20.0, 4.0, 90.0)]
    found = names.standing(wanted(count, seed), WITHIN, taken)
    boxes = [*taken, *(one.box for one in found)]
    for n, one in enumerate(boxes):
        assert one.x >= WITHIN.x
        assert one.right <= WITHIN.right
        assert one.y >= WITHIN.y
        assert one.top <= WITHIN.top
        for other in boxes[n + 1 :]:
            assert one.right <= other.x or other.right <= one.x or one.top <= other.y or other.top <= one.y


def test_a_name_has_the_room_that_its_text_takes_and_stands_by_its_place() -> None:
    for one in names.standing(wanted(60, 4), WITHIN):
        assert one.box.width == lettering.width(one.name.text, one.name.size, bold=one.name.bold)
        across = max(one.box.x - one.name.x, one.name.x - one.box.right, 0.0)
        up = max(one.box.y - one.name.y, one.name.y - one.box.top, 0.0)
        assert np.hypot(across, up) <= 2.2 * one.name.clear


def test_the_weightier_name_stands_where_two_want_to() -> None:
    asked = [Name(100.0, 60.0, text, 10.0, 0.0) for text in ("First", *(f"Other {n}" for n in range(30)))]
    found = [one.name.text for one in names.standing(asked, WITHIN)]
    assert found[0] == "First"
    assert len(found) < 10


def test_a_name_is_not_written_twice_close_by() -> None:
    asked = [Name(50.0 + n, 60.0, "Green line", 8.0, 1.0) for n in range(5)] + [Name(150.0, 60.0, "Green line", 8.0, 1.0)]
    assert len(names.standing(asked, WITHIN)) == 2


def test_a_figure_is_written_wherever_it_counts() -> None:
    asked = [Name(50.0 + 12 * n, 60.0, "5", 8.0, 1.0) for n in range(5)]
    assert len(names.standing(asked, WITHIN)) == 5


def test_a_name_with_no_room_is_written_short_or_not_at_all() -> None:
    walls = [Rect(WITHIN.x, WITHIN.y, 85.0, WITHIN.height), Rect(107.0, WITHIN.y, 103.0, WITHIN.height)]
    asked = [
        Name(100.0, 60.0, "A name of many letters", 8.0, 1.0, short="(12)"),
        Name(100.0, 90.0, "Another of many letters", 8.0, 1.0),
    ]
    assert [one.text for one in names.standing(asked, WITHIN, walls)] == ["(12)"]


@given(st.integers(0, 1_000))
@settings(max_examples=25)
def test_no_name_lies_across_a_line_that_bars_it(seed: int) -> None:
    chance = np.random.default_rng(seed)
    runs = [np.cumsum(chance.normal(0, 6, (60, 2)), axis=0) + chance.random(2) * 120 for _ in range(4)]
    found = names.standing(wanted(60, seed), WITHIN, across=names.lines(WITHIN, runs))
    barred = shapely.multilinestrings([shapely.linestrings(run) for run in runs])
    for one in found:
        # Lines are told to the cell that they run through, of 0.4 mm.
        assert (
            not shapely.box(one.box.x, one.box.y, one.box.right, one.box.top).buffer(-0.4, join_style="mitre").intersects(barred)
        )


def test_a_name_stands_where_it_lies_across_the_fewest_lines() -> None:
    beside = np.array([[103.0, 0.0], [103.0, 140.0]])
    (one,) = names.standing([Name(100.0, 60.0, "Town", 8.0, 1.0)], WITHIN, across=names.lines(WITHIN, (), [(beside, 1)]))
    assert one.box.right <= 100.0
    both = [(beside, 4), (beside - (6.0, 0.0), 1)]
    (one,) = names.standing([Name(100.0, 60.0, "Town", 8.0, 1.0)], WITHIN, across=names.lines(WITHIN, (), both))
    assert one.box.right <= 100.0
