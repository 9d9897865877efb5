"""What every method of finding change keeps, whichever it is: a new one is tried by its file being there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import chdtrc

from layers.errors import UnsuitableScenes
from layers.imagery.change import METHODS, named
from layers.imagery.change.irmad import chi2_tail
from layers.imagery.change.method import Method, Pair
from layers.imagery.change.run import Changes, Wanted, compared
from layers.imagery.scene import ROLES
from tests.pairs import FIRST, SECOND, scene

SIZE = 96
every = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.id)


def ground(bands: int, seed: int = 1) -> Pair:
    """Return ground of many kinds at two dates, speckled as sensors are, on which a square has changed."""
    dice = np.random.default_rng(seed)
    kinds = dice.uniform(0.05, 0.5, (6, bands))
    plots = np.kron(dice.integers(0, 6, (SIZE // 8, SIZE // 8)), np.ones((8, 8), np.int64))
    truth = np.moveaxis(kinds[plots], -1, 0)
    after = truth.copy()
    after[:, 30:50, 40:64] = (np.linspace(0.6, 0.05, bands) if bands > 1 else np.array([2.0]))[:, None, None]
    before, after = (one * dice.gamma(200, 1 / 200, one.shape) for one in (truth, after))
    return Pair(before.astype(np.float32), after.astype(np.float32), 30.0)


def of(method: Method, seed: int = 1) -> Pair:
    return ground(len(method.roles(ROLES, ROLES)), seed)


def holed(pair: Pair) -> Pair:
    before, after = pair.before.copy(), pair.after.copy()
    before[:, :9, 20:31] = after[:, :9, 20:31] = np.nan
    before[:, 41, 50] = after[:, 41, 50] = np.nan
    return Pair(before, after, pair.pixel_m)


@pytest.mark.parametrize("order", range(1, 13))
def test_the_tail_of_chi2_is_that_of_scipy(order: int) -> None:
    values = np.concatenate([np.linspace(0, 200, 1001), [1e5, 3e38, np.inf]]).astype(np.float32)
    np.testing.assert_allclose(chi2_tail(order, values), chdtrc(order, values.astype(np.float64)), rtol=1e-9, atol=1e-15)


def test_the_four_methods_are_found_by_their_files() -> None:
    assert {"irmad", "dnbr", "water", "logratio"} <= {method.id for method in METHODS}
    assert named("irmad") is next(method for method in METHODS if method.id == "irmad")
    with pytest.raises(UnsuitableScenes, match="no method 'sorcery'; there are: dnbr, irmad"):
        named("sorcery")


@every
def test_a_method_says_what_it_does_and_how_well(method: Method) -> None:
    assert method.id.isidentifier()
    assert all(text[:1].isupper() for text in (method.title, method.says, method.accuracy))
    assert len({kind.code for kind in method.kinds}) == len(method.kinds) > 0
    assert method.statistic
    assert method.version


@every
def test_scenes_without_its_bands_are_refused_in_one_sentence(method: Method) -> None:
    with pytest.raises(UnsuitableScenes) as refused:
        method.roles(("alpha",), ("cloud",))
    assert "\n" not in str(refused.value)
    assert set(method.roles(ROLES, ROLES)) <= set(ROLES)


@every
def test_identical_scenes_have_not_changed(method: Method) -> None:
    pair = of(method)
    same = Pair(pair.before, pair.before.copy(), pair.pixel_m)
    fitted = method.fit(same)
    marks = fitted.apply(same)
    assert not marks.classes.any()
    assert np.isfinite(list(fitted.learned.values())).all()
    assert np.isfinite(marks.statistic).all()


@every
def test_what_cannot_be_seen_is_told_as_nothing(method: Method) -> None:
    pair = holed(of(method))
    lost = np.isnan(pair.before[0])
    marks = method.fit(pair).apply(pair)
    assert (np.isnan(marks.statistic) == lost).all()
    assert not marks.classes[lost].any()
    assert marks.classes.max() <= len(method.kinds)
    assert (marks.statistic.dtype, marks.classes.dtype) == (np.float32, np.uint8)


@every
def test_window_by_window_is_as_the_whole(method: Method) -> None:
    pair = holed(of(method))
    fitted = method.fit(pair)
    whole = fitted.apply(pair)
    for top, left in np.ndindex(3, 2):
        rows, columns = (slice(top * 32, top * 32 + 32), slice(left * 48, left * 48 + 48))
        wide = [slice(max(one.start - method.margin, 0), one.stop + method.margin) for one in (rows, columns)]
        part = fitted.apply(Pair(pair.before[:, *wide], pair.after[:, *wide], pair.pixel_m))
        inner = tuple(slice(one.start - two.start, one.stop - two.start) for one, two in zip((rows, columns), wide, strict=True))
        np.testing.assert_allclose(part.statistic[inner], whole.statistic[rows, columns], rtol=1e-4, atol=1e-5)
        assert (part.classes[inner] == whole.classes[rows, columns]).all()


@every
def test_the_same_scenes_give_the_same_marks(method: Method) -> None:
    first, second = (method.fit(of(method)) for _ in range(2))
    assert first.learned == second.learned
    assert first.warnings == second.warnings
    one, other = first.apply(of(method)), second.apply(of(method))
    assert (one.statistic == other.statistic).all()
    assert (one.classes == other.classes).all()


@every
def test_how_scenes_are_stored_changes_no_answer(method: Method, tmp_path: Path) -> None:
    pair, roles = of(method), method.roles(ROLES, ROLES)

    def found(pixels: list[npt.NDArray[np.generic]], **stored: float) -> Changes:
        dates = zip(pixels, (FIRST, SECOND), strict=True)
        before, after = (replace(scene(tmp_path / f"{when:%m}.tif", one, roles, when), **stored) for one, when in dates)
        return compared(before, after, method, wanted=Wanted(900, shifted=True), out=tmp_path / "statistic.tif")

    numbers = [((values + 0.1) / 1e-4).astype(np.uint16) for values in (pair.before, pair.after)]
    one = found(list(numbers), scale=1e-4, offset=-0.1)
    other = found([stored * np.float32(1e-4) - np.float32(0.1) for stored in numbers])
    assert one.outlines
    assert [outline.area_m2 for outline in one.outlines] == [outline.area_m2 for outline in other.outlines]
    assert [outline.strength for outline in one.outlines] == pytest.approx([outline.strength for outline in other.outlines], 1e-3)
    assert one.learned == pytest.approx(other.learned, 1e-3)


@every
def test_chance_is_a_share_that_falls_the_farther_out(method: Method) -> None:
    pair = of(method)
    fitted = method.fit(pair)
    reach = np.linspace(0, np.nanmax(np.abs(fitted.apply(pair).statistic)), 200, dtype=np.float32)
    p = fitted.chance(reach)
    assert ((p >= 0) & (p <= 1)).all()
    assert (np.diff(p) <= 0).all()
    assert p[0] > 0.9
    assert p[-1] < 0.05
    assert np.isnan(fitted.chance(np.array([np.nan], np.float32))).all()


@every
def test_ground_as_it_was_is_seldom_marked(method: Method) -> None:
    pair = ground(len(method.roles(ROLES, ROLES)), seed=4)
    dice = np.random.default_rng(5)
    again = (pair.before * dice.gamma(200, 1 / 200, pair.before.shape)).astype(np.float32)
    unchanged = Pair(pair.before, again, pair.pixel_m)
    assert method.fit(unchanged).apply(unchanged).classes.astype(bool).mean() < 0.05


@every
@pytest.mark.parametrize("seen", [0, 20])
def test_too_few_pixels_are_refused_in_one_sentence(method: Method, seen: int) -> None:
    pair = of(method)
    before, after = (np.full_like(one, np.nan) for one in (pair.before, pair.after))
    before[:, 0, :seen], after[:, 0, :seen] = pair.before[:, 0, :seen], pair.after[:, 0, :seen]
    with pytest.raises(UnsuitableScenes, match=rf"^only {seen} pixels are seen at both dates, [\d,]+ are needed"):
        method.fit(Pair(before, after, 30.0))
