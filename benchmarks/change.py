"""How well each method of finding change agrees with labelled scenes, beside the methods it is measured against."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from common import ROOT, arguments, said
from scipy.ndimage import gaussian_filter, median_filter, uniform_filter

sys.path.insert(0, str(ROOT))

from labelled import OPTICAL, RADAR, Bools, Labelled, burns, chip, f1, iou, kappa, optical, radar, within

from layers.errors import UnsuitableScenes
from layers.imagery.change import named
from layers.imagery.change.irmad import iterated
from layers.imagery.change.method import Floats, Marks, Pair
from layers.imagery.change.thresholds import otsu
from layers.imagery.change.water import wetness

_BOUNDS = {"taizhou": "≥ 0.94", "nanjing": "≥ 0.80", "bern": "≥ 0.86", "ottawa": "≥ 0.93"}
_SPECKLE: dict[str, Callable[[Floats], Floats]] = {
    "no averaging": lambda ratio: ratio,
    "median of 3 by 3": lambda ratio: median_filter(ratio, 3),
    "mean of 3 by 3": lambda ratio: uniform_filter(ratio, 3),
    "mean of 5 by 5": lambda ratio: uniform_filter(ratio, 5),
    "Gaussian of 1 pixel": lambda ratio: gaussian_filter(ratio, 1),
}
#: Parts of the chip, by row, column and side, that hold no labelled water.
_DRY = ((32, 0, 32), (56, 144, 48), (64, 104, 64), (368, 360, 96), (376, 344, 96))


def main() -> None:
    asked = arguments(__doc__, scenes="the folder of labelled scenes, unless ../shared/data/imagery")
    folder = asked.scenes or ROOT.parent / "shared" / "data" / "imagery"
    if not folder.is_dir():
        raise SystemExit(f"no labelled scenes in {folder}; name their folder: --scenes DIR")
    any_change(folder)
    radar_change(folder)
    burned(folder)
    watered(folder)


def found(method: str, pair: Pair) -> Marks:
    """Return what a method marks on a whole pair, learned from all of it."""
    return named(method).fit(pair).apply(pair)


def any_change(folder: Path) -> None:
    """Compare IR-MAD with the length of the change vector and with MAD not iterated, all cut by Otsu."""
    for name in OPTICAL:
        truth = optical(folder, name)
        ours = f1(found("irmad", truth.pair).classes > 0, truth)
        peers = {"z-scored CVA": f1(cut(vectors(truth.pair)), truth), "MAD": f1(cut(mad(truth.pair)), truth)}
        said(f"IR-MAD F1, {name.title()}", _BOUNDS[name], figures(ours, peers))
        least = min(ours - peer for peer in peers.values())
        said(f"the same, above each of its peers by, {name.title()}", "> 0", f"{least:.3f}")
        said(f"p of its labelled unchanged pixels, {name.title()}", "", rare("irmad", truth))


def radar_change(folder: Path) -> None:
    """Compare the log-ratio with the same cut of a ratio averaged otherwise."""
    for name in RADAR:
        truth = radar(folder, name)
        bands = (np.maximum(one[0], 1) for one in (truth.pair.before, truth.pair.after))
        before, after = (10 * np.log10(band) for band in bands)
        peers = {words: kappa(cut(np.abs(act(after - before))), truth) for words, act in _SPECKLE.items()}
        ours = kappa(found("logratio", truth.pair).classes > 0, truth)
        said(f"radar log-ratio kappa, {name.title()}", _BOUNDS[name], figures(ours, peers))
        said(f"p of its labelled unchanged pixels, {name.title()}", "", rare("logratio", truth))


def burned(folder: Path) -> None:
    """Compare each basin's mean dNBR with its published figure, and show what stored numbers would give."""
    fires, ours, plain, raw, published, refused = [], [], [], [], [], 0
    for scaled, stored in zip(burns(folder), burns(folder, scale=1.0, offset=0.0), strict=True):
        fitted = named("dnbr").fit(scaled.pair(3, 5))
        mean = float(np.nanmean(fitted.apply(scaled.pair(3, 5)).statistic))
        fires.append(scaled.fire)
        ours.append(mean)
        plain.append(mean + fitted.learned["offset"])
        raw.append(float(np.nanmean(fall(stored.pair(3, 5)))))
        published.append(scaled.published)
        try:
            named("dnbr").fit(stored.pair(3, 5))
        except UnsuitableScenes:
            refused += 1
    peers = {"without the offset": within(fires, plain, published), "stored numbers": within(fires, raw, published)}
    words = f"dNBR of {len(ours)} basins of {len(set(fires))} fires against the published, within-fire r, pooled"
    said(words, "≥ 0.74", figures(within(fires, ours, published), peers))
    said("mean dNBR: reflectance / stored numbers by mistake", "", f"{np.mean(plain):.3f} / {np.mean(raw):.3f}")
    said("pairs of stored numbers refused", f"{len(ours)} of {len(ours)}", f"{refused} of {len(ours)}")


def watered(folder: Path) -> None:
    """Compare the cut of the wetness index with a hand-made label, and look for water where there is none."""
    bands, label = chip(folder)
    for of, words in ((bands, "with near infrared"), (bands[:2], "without")):
        threshold = named("water").fit(Pair(of, of, 10.0)).learned["threshold"]
        peers = {"cut at 0": iou(wetness(of) > 0, label)}
        said(f"water IoU on the labelled chip, {words}", "≥ 0.71", figures(iou(wetness(of) > threshold, label), peers))
    dry = [Pair(part, part[:, ::-1], 10.0) for part in (bands[:, y : y + n, x : x + n] for y, x, n in _DRY)]
    said("dry parts of the chip in which water is claimed", "0", f"{sum(claimed(pair) for pair in dry)} of {len(dry)}")
    large = [pair for burn in burns(folder) if np.isfinite((pair := burn.pair(1, 4, 3)).before[0]).sum() >= 1_500]
    said("burned basins, some with snow, in which water is claimed", "0", f"{sum(map(claimed, large))} of {len(large)}")


def claimed(pair: Pair) -> bool:
    return bool(found("water", pair).classes.any())


def rare(method: str, truth: Labelled) -> str:
    """Say how many of the unchanged pixels have a p of at most 0.05 and 0.01: as many in a hundred where p is honest."""
    fitted = named(method).fit(truth.pair)
    p = fitted.chance(fitted.apply(truth.pair).statistic[truth.unchanged])
    return f"{(p <= 0.05).mean():.1%} have p ≤ 0.05, {(p <= 0.01).mean():.1%} p ≤ 0.01"


def cut(strength: Floats) -> Bools:
    return strength > otsu(strength)


def vectors(pair: Pair) -> Floats:
    """Return the length of the change of all bands, each first brought to mean 0 and spread 1."""
    before, after = (
        (one - one.mean((1, 2), keepdims=True)) / one.std((1, 2), keepdims=True) for one in (pair.before, pair.after)
    )
    return np.sqrt(np.square(after - before).sum(axis=0))


def mad(pair: Pair) -> Floats:
    """Return the square root of chi² of MAD that is not iterated."""
    before, after = (one.reshape(len(one), -1).astype(np.float64) for one in (pair.before, pair.after))
    return np.sqrt(iterated(before, after, steps=1)[0].squared(before, after)).reshape(pair.before.shape[1:])


def fall(pair: Pair) -> Floats:
    """Return how far the burn ratio of a pair of bands falls, whatever their numbers are."""
    before, after = ((one[0] - one[1]) / (one[0] + one[1]) for one in (pair.before, pair.after))
    return before - after


def figures(ours: float, peers: dict[str, float]) -> str:
    return f"{ours:.3f} (" + ", ".join(f"{name} {value:.3f}" for name, value in peers.items()) + ")"


if __name__ == "__main__":
    main()
