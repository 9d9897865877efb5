"""What the exercise's parties signed, clause by clause, and what inspections counted at their sites. All of it is invented."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import shapely

from layers.exercise.agreement import Agreement

Feature = tuple[str, object, dict[str, object]]

TEXT = """\
# The agreement of the exercise. Its wording is invented. Greenline checks reports and holdings against it.
title = "Quiet Meridian cessation of hostilities agreement"
source = "Exercise, annex B, signed at Tessaly"
sure = 0.95

[[clauses]]
id = "2.1"
title = "No firing near the line"
text = "Neither Party shall fire any weapon within one kilometre of the Ceasefire Line."
kinds = ["firing", "small_arms", "armed_clash"]
line = "Ceasefire line"
within_m = 1000

[[clauses]]
id = "2.2"
title = "No shelling"
text = "Neither Party shall use artillery, mortars or rockets within ten kilometres of the Ceasefire Line."
kinds = ["shelling"]
line = "Ceasefire line"
within_m = 10000

[[clauses]]
id = "3.1"
title = "No armed presence in the buffer zone"
text = "No armed personnel or weapon of either Party shall enter or remain in the Buffer Zone."
kinds = ["move_forward", "new_position", "unauthorised_weapon", "overmanning", "weapon_pointed"]
zone = "Buffer zone"

[[clauses]]
id = "3.2"
title = "No crossing"
text = "Personnel of a Party shall not cross the Ceasefire Line to the side of the other Party."
kinds = ["incursion"]
line = "Ceasefire line"
across = true

[[clauses]]
id = "4.1"
title = "No overflight of the buffer zone"
text = "Aircraft of the Parties, crewed or not, shall not fly over the Buffer Zone. Medical evacuation is exempt."
kinds = ["overflight"]
zone = "Buffer zone"

[[clauses.exempt]]
reason = "Medical evacuation"
targets = ["medevac"]

[[clauses]]
id = "5.1"
title = "Works only when notified, by daylight"
text = "No works shall be carried out in the Buffer Zone unless they are notified, and these by daylight only."
kinds = ["construction"]
zone = "Buffer zone"

[[clauses.exempt]]
reason = "Water main repair, notification 14"
zone = "Buffer zone"
from = {works_from}
until = {works_until}
daylight = true

[[clauses]]
id = "6.1"
title = "Freedom of movement"
text = "The Parties shall let the Mission move freely, without prior notice, throughout its area of operations."
kinds = ["restriction_of_movement"]

[[clauses]]
id = "7.1"
title = "Ceilings in the areas of limitation"
text = "In the Areas of Limitation each Party may hold no more than 20 tanks, 12 artillery pieces and 24 mortars."
zone = ["Area of limitation, north", "Area of limitation, south"]
most = {{ tank = 20, artillery = 12, mortar = 24 }}
inspected_within_days = 30
"""

_SITES = 5
_HELD = {"tank": (2, 7), "artillery": (0, 4), "mortar": (1, 6)}


def text(ends: datetime) -> str:
    """Return the exercise's ``agreement.toml`` for a record that ends at ``ends``."""
    begin, until = ends - timedelta(days=60), ends - timedelta(days=20)
    return TEXT.format(works_from=_iso(begin), works_until=_iso(until))


def holdings(agreed: Agreement, seed: int, ends: datetime) -> list[Feature]:
    """Return what two rounds of inspections counted at sites of either party in its area of limitation."""
    dice = np.random.default_rng([seed, 7])
    found: list[Feature] = []
    for party, area in zip("AB", agreed.limitation, strict=True):
        west, south, east, north = area.bounds
        made = 0
        while made < _SITES:
            lon, lat = float(dice.uniform(west, east)), float(dice.uniform(south, north))
            if not shapely.contains_xy(area, lon, lat):
                continue
            made += 1
            at = (round(lon, 5), round(lat, 5))
            for days in (45, 10):
                seen = ends - timedelta(days=days, hours=int(dice.integers(1, 9)))
                found += [_holding(at, party, made, weapon, seen, dice) for weapon in _HELD]
    return found


def _holding(at: tuple[float, float], party: str, number: int, weapon: str, seen: datetime, dice: np.random.Generator) -> Feature:
    low, high = _HELD[weapon]
    said = {
        "id": f"hold-{party}{number}-{weapon}-{seen:%Y%m%d}",
        "name": f"Site {party}{number}",
        "party": party,
        "weapon": weapon,
        "count": int(dice.integers(low, high)),
        "inspected_at": _iso(seen),
        "source": "Exercise",
    }
    return "Point", at, said


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
