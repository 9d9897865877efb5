"""What the exercise mission alerts of: the same rules for either party."""

from __future__ import annotations

from layers.config import AlertRule

RULES = (
    AlertRule("shelling-near-the-line", "Shelling near the line", 1, kinds=("shelling",), within_m=5_000.0),
    AlertRule("attack-on-civilians", "Attack on civilians", 1, kinds=("attack_on_civilians",), hours=72),
    AlertRule(
        "weapons-in-the-zones",
        "Weapons or positions moved up",
        2,
        kinds=("unauthorised_weapon", "move_forward", "construction"),
        zones=("zone-buffer", "zone-limit-1", "zone-limit-2"),
        together_h=12,
    ),
    AlertRule("mine-found", "Mine or IED", 2, kinds=("mine_or_ied",), hours=48),
    AlertRule("movement-denied", "Freedom of movement denied", 3, clauses=("6.1",), together_h=24),
)
