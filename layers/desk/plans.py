"""What is amiss in plans as they come in: it is taken all the same, and whoever brings it is told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import shapely

from layers.analysis.patrols import USUAL
from layers.catalogue.patrol_routes import LAYER as ROUTES
from layers.desk.patrols import Row, apart, misplanned
from layers.model import Fault, Rows

_NOWHERE = shapely.LineString()


def remarks(rows: Rows) -> Iterator[Fault]:
    """Yield of the rows of one file which legs of a plan are amiss, and how; nothing for rows that are no legs."""
    if rows.layer != ROUTES.id:
        return
    named = defaultdict[str, list[Row]](list)
    for n in np.flatnonzero(~rows.retracted).tolist():
        # By its place in the file, for a version it has not yet.
        leg = Row(False, n, 0, rows.feature[n], _NOWHERE, int(rows.start[n]), int(rows.until[n]), json.loads(rows.payload[n]))
        named[leg.patrol].append(leg)
    for legs in named.values():
        for plan in apart(legs, USUAL):
            yield from (Fault(int(rows.row[leg.seq]), "leg", words) for leg, words in misplanned(plan))
