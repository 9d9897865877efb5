"""What views filter by that no field of a report says: its sector, its side of the line, its distance, its verdict."""

from __future__ import annotations

from layers.analysis.place import LEFT, ON, RIGHT
from layers.desk import places
from layers.desk.agreed import VERDICTS
from layers.model import Choice, Field

SECTOR = Field("sector", "Sector", "code", open=True, filterable=True)
#: What a side is called that is no party's.
BESIDE = {LEFT: "Left of the line", RIGHT: "Right of the line", ON: "On the line"}
DISTANCE = Field(
    "distance",
    "Distance to the line",
    "code",
    filterable=True,
    choices=tuple(
        Choice(code, label)
        for code, label in zip(
            places.BANDS,
            ("Up to 500 m", "500 m to 1 km", "1 km to 2 km", "2 km to 5 km", "5 km to 10 km", "Over 10 km"),
            strict=True,
        )
    ),
)
VERDICT = Field(
    "verdict",
    "Verdict",
    "code",
    filterable=True,
    choices=tuple(Choice(*pair) for pair in zip(VERDICTS, ("Violation", "Undetermined", "Compliant"), strict=True)),
)
