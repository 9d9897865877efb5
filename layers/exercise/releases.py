"""On which terms the exercise mission may tell a partner what happened: the same for either party."""

from __future__ import annotations

from layers.config import ReleaseProfile

PROFILES = (
    ReleaseProfile(
        "partner",
        "Partner release",
        "UNCLASSIFIED",
        keep=(
            ("incidents", ("kind", "occurred_at", "severity", "status")),
            ("ceasefire_lines", ("name", "kind", "status")),
            ("zones", ("name", "kind")),
            ("sectors", ("name", "code")),
        ),
        exact=("ceasefire_lines", "zones", "sectors"),
        dates="week",
    ),
)
