"""How far two scenes lie off one another is measured on real ground, to a tenth of a pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import rasterio

from layers.imagery.change.method import Pair
from layers.imagery.change.registration import between
from tests.conftest import SHARED
from tests.pairs import texture

Bands = npt.NDArray[np.float32]

_LANDSAT = SHARED / "imagery" / "landsat_change"
_PLACES = {
    "taizhou": ("2000TM", "2003TM"),
    "nanjing": ("LT51200382000124BJC00_Nanjing", "LT51200382002193BJC00_Nanjing"),
}


def read(place: str, number: int) -> Bands:
    with rasterio.open(_LANDSAT / place / _PLACES[place][number], driver="ENVI") as raster:
        return raster.read().astype(np.float32)


def halved(bands: Bands) -> Bands:
    """Return every square of four as its mean: a shift by one is one of a half now."""
    count, height, width = bands.shape
    return bands[:, : height // 2 * 2, : width // 2 * 2].reshape(count, height // 2, 2, width // 2, 2).mean((2, 4))


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (3, 5), (-2, 1), (0, -11)])
def test_a_shift_between_two_years_is_found(place: str, rows: int, columns: int) -> None:
    before, after = read(place, 0), read(place, 1)
    moved = np.roll(after, (rows, columns), (1, 2))
    here = (slice(None), slice(12, -12), slice(12, -12))
    still, _ = between(Pair(before[here], after[here], 30)) or pytest.fail("no texture")
    found, clear = between(Pair(before[here], moved[here], 30)) or pytest.fail("no texture")
    assert still.pixels < 0.25, "the pair lies on one another as published"
    assert (found.rows - still.rows, found.columns - still.columns) == pytest.approx((rows, columns), abs=0.1)
    assert clear > 20


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("place", _PLACES)
def test_half_a_pixel_is_found(place: str) -> None:
    before, after = read(place, 0), read(place, 1)
    still, _ = between(Pair(halved(before[:, :-1, :-1]), halved(after[:, :-1, :-1]), 60)) or pytest.fail("no texture")
    found, _ = between(Pair(halved(before[:, 1:, :-1]), halved(after[:, :-1, :-1]), 60)) or pytest.fail("no texture")
    assert (found.rows - still.rows, found.columns - still.columns) == pytest.approx((0.5, 0), abs=0.1)


def test_what_turned_from_dark_to_bright_is_still_the_same_texture() -> None:
    ground = texture(300, 300)
    found, clear = between(Pair(ground[None, 2:, 1:], 3000 - ground[None, :-2, :-1], 10)) or pytest.fail("no texture")
    assert (found.rows, found.columns) == pytest.approx((2, 1), abs=0.05)
    assert clear > 20


def test_grounds_without_anything_in_common_are_not_clear() -> None:
    _, clear = between(Pair(texture(256, 256, 1)[None], texture(256, 256, 2)[None], 10)) or pytest.fail("no texture")
    assert clear < 8


@pytest.mark.parametrize("ground", [np.full((100, 100), 7.0), np.full((100, 100), np.nan), np.eye(20)])
def test_where_there_is_no_texture_nothing_is_measured(ground: npt.NDArray[np.float64]) -> None:
    bands = ground.astype(np.float32)[None]
    assert between(Pair(bands, bands, 10)) is None
