"""What a method of finding change is: one value, fitted on a survey of the whole pair, then applied window by window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from layers.imagery.scene import Role

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same pixels at two dates, in physical values unless the method does without.

    ``before`` and ``after`` are (bands, rows, columns), NaN in every band where either date has no data or cloud, bands in
    the order of the method's ``roles``. ``pixel_m`` is how far apart neighbours lie on the ground.
    ``decibels`` says of each date whether its values are backscatter in decibels, as its scene says.
    """

    before: Floats
    after: Floats
    pixel_m: float
    decibels: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a method says of a window: a statistic, NaN where it cannot tell, and which class of change, 0 for none."""

    statistic: Floats
    classes: Codes


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of change, in a reader's words: ``classes`` of ``Marks`` counts them from 1.

    ``reports`` are the kinds of incidents, by their codes, that may tell of such a change; None for all that mark the ground.
    ``outside_water`` is True where nothing of it can lie in permanent water.
    """

    code: str
    label: str
    reports: tuple[str, ...] | None = None
    outside_water: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """A method with what it learned from a pair.

    ``apply`` takes a window and gives its marks; it may be called from several threads. ``chance`` gives, for values of the
    statistic, how often an unchanged pixel reaches at least as much (p). ``learned`` says what was learned, for the record:
    thresholds, offsets, numbers of steps. ``warnings`` are sentences for the analyst.
    """

    apply: Callable[[Pair], Marks]
    chance: Callable[[Floats], Floats]
    learned: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """A method of finding change.

    ``roles`` chooses the bands it works on from those each scene has, and raises ``UnsuitableScenes`` where they do not do.
    ``fit`` learns from a survey: every n-th pixel of every n-th row, still in rows and columns, of the whole pair or, where it is
    large, of tiles spread evenly over it. A method with a margin learns from pixels side by side instead, of a small pair from all,
    of a large one from a part of each tile: neighbours are neighbours on the ground, for thinned, speckle and edges look otherwise.
    ``margin`` is how many pixels around a window ``apply`` looks at; those it is given as well and their marks are cut off.
    ``accuracy`` says, with its source, how well it did on labelled data. ``unit`` is the statistic's, blank for a ratio, and ``reads``
    what its values say.
    ``physical`` is False where the answer does not depend on how each band is scaled: it is given numbers as stored then.
    """

    id: str
    title: str
    version: str
    says: str
    statistic: str
    unit: str
    kinds: tuple[Kind, ...]
    roles: Callable[[Sequence[Role], Sequence[Role]], tuple[Role, ...]]
    fit: Callable[[Pair], Fitted]
    margin: int = 0
    accuracy: str = ""
    physical: bool = True
    reads: str = ""

    @property
    def told(self) -> str:
        """Return in a sentence what its statistic is and what that says."""
        return f"The values are of {self.statistic}{f', {self.unit}' if self.unit else ''}: {self.reads}."
