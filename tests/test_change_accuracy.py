"""How well the methods agree with scenes that others have labelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.labelled import burns, chip, f1, iou, kappa, optical, radar, within
from layers.errors import UnsuitableScenes
from layers.imagery.change import named
from layers.imagery.change.method import Pair
from layers.imagery.change.water import wetness

pytestmark = pytest.mark.shared


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "imagery"


@pytest.mark.parametrize(("name", "least"), [("taizhou", 0.94), ("nanjing", 0.80)])
def test_irmad_agrees_with_the_labels_of_landsat_pairs(folder: Path, name: str, least: float) -> None:
    truth = optical(folder, name)
    fitted = named("irmad").fit(truth.pair)
    assert f1(fitted.apply(truth.pair).classes > 0, truth) >= least
    assert fitted.warnings == ()


@pytest.mark.parametrize(("name", "least"), [("taizhou", 0.94), ("nanjing", 0.80)])
def test_irmad_learns_as_well_from_every_third_pixel(folder: Path, name: str, least: float) -> None:
    truth = optical(folder, name)
    fitted = named("irmad").fit(Pair(truth.pair.before[:, ::3, ::3], truth.pair.after[:, ::3, ::3], 90.0))
    assert f1(fitted.apply(truth.pair).classes > 0, truth) >= least


@pytest.mark.parametrize(("name", "least"), [("bern", 0.86), ("ottawa", 0.93)])
def test_the_log_ratio_agrees_with_the_truth_of_radar_pairs(folder: Path, name: str, least: float) -> None:
    truth = radar(folder, name)
    fitted = named("logratio").fit(truth.pair)
    marks = fitted.apply(truth.pair)
    assert kappa(marks.classes > 0, truth) >= least
    assert (fitted.chance(marks.statistic[truth.unchanged]) <= 0.05).mean() == pytest.approx(0.05, abs=0.01)


def test_decibels_give_what_the_same_radar_gives_as_power(folder: Path) -> None:
    truth = radar(folder, "ottawa")
    power = Pair(truth.pair.before + 1, truth.pair.after + 1, 10.0)
    said = Pair(10 * np.log10(power.before), 10 * np.log10(power.after), 10.0, decibels=(True, True))
    low = Pair(said.before - 60, said.after - 60, 10.0)
    marks = [named("logratio").fit(one).apply(one).classes for one in (power, said, low)]
    assert (marks[0] == marks[1]).mean() > 0.999
    assert (marks[1] == marks[2]).mean() > 0.999


def test_the_mean_dnbr_of_basins_goes_with_the_published(folder: Path) -> None:
    fires, ours, published = [], [], []
    for burn in burns(folder):
        pair = burn.pair(3, 5)
        ours.append(float(np.nanmean(named("dnbr").fit(pair).apply(pair).statistic)))
        fires.append(burn.fire)
        published.append(burn.published)
    assert len(ours) == 69
    assert within(fires, ours, published) >= 0.74


def test_landsat_numbers_without_their_scale_are_refused(folder: Path) -> None:
    for burn in burns(folder, scale=1.0, offset=0.0):
        with pytest.raises(UnsuitableScenes, match="looks like stored numbers, not reflectance: values reach"):
            named("dnbr").fit(burn.pair(3, 5))


def test_landsat_reflectance_without_its_offset_is_remarked_on(folder: Path) -> None:
    large = next(burn for burn in burns(folder, offset=0.0) if burn.id == "cs_840")
    warnings = named("dnbr").fit(large.pair(3, 5)).warnings
    assert any("was its offset left out?" in warning for warning in warnings)
    right = next(burn for burn in burns(folder) if burn.id == "cs_840")
    assert not any("offset left out" in warning for warning in named("dnbr").fit(right.pair(3, 5)).warnings)


@pytest.mark.parametrize("bands", [2, 3])
def test_water_agrees_with_the_label_of_the_chip(folder: Path, bands: int) -> None:
    scene, label = chip(folder)
    pair = Pair(scene[:bands], scene[:bands], 10.0)
    fitted = named("water").fit(pair)
    assert iou(wetness(pair.after) > fitted.learned["threshold"], label) >= 0.71
    assert not fitted.apply(pair).classes.any()


def test_no_water_is_claimed_where_the_chip_is_dry(folder: Path) -> None:
    scene, label = chip(folder)
    for row, column, side in ((56, 144, 48), (64, 104, 64), (368, 360, 96), (376, 344, 96)):
        part = (slice(row, row + side), slice(column, column + side))
        assert not (label[part] == 1).any()
        pair = Pair(scene[:, *part], scene[:, *part][:, ::-1], 10.0)
        fitted = named("water").fit(pair)
        assert not fitted.apply(pair).classes.any()
        assert any("no water is claimed" in warning for warning in fitted.warnings)


def test_melting_snow_is_no_water_gone(folder: Path) -> None:
    snowy = [burn.pair(1, 4, 3) for burn in burns(folder) if burn.id in ("cs_840", "cs_176", "wal_1472", "wal_1949")]
    assert [(wetness(pair.before[:2]) > 0).mean() > 0.05 for pair in snowy] == [True] * 4
    assert not any(named("water").fit(pair).apply(pair).classes.any() for pair in snowy)
