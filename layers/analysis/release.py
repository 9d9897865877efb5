"""What makes rows fit to be shown to others, beside cells for places and periods for times: no cell of few.

References
----------
Hundepool, A., et al. (2012). Statistical Disclosure Control, 5.2: the threshold rule. Wiley.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


def few(groups: Int64s, fewest: int) -> npt.NDArray[np.bool_]:
    """Say of each row whether its group has fewer rows than may be shown.

    Examples
    --------
    >>> few(np.array([7, 7, 9]), 2).tolist()
    [False, False, True]
    """
    _, at, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(counts[at.reshape(-1)] < fewest, np.bool_)
