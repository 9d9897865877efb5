"""What a file says of itself: how many rows, which view, which version of the record, how it is marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from layers.notation import dtg


@dataclass(frozen=True, slots=True)
class About:
    """Where a file's rows come from.

    Attributes
    ----------
    mission, layer : str
        Titles.
    rows : int
        How many features the file holds.
    view, words : str
        What was asked, as a link spells it and in words.
    version : int
        The version of the record that answered.
    as_of : datetime
        The mission's clock then.
    known_at : datetime or None
        The moment whose knowledge was asked for, None for all that is known.
    marking : str
        The highest marking among the rows.
    exercise : bool
        Whether the rows are of an exercise.
    """

    mission: str
    layer: str
    rows: int
    view: str
    words: str
    version: int
    as_of: datetime
    known_at: datetime | None
    marking: str
    exercise: bool

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return everything as pairs of label and text, in the order it is read."""
        known = (("As known at", dtg(self.known_at)),) if self.known_at else ()
        drill = (("Exercise", "EXERCISE"),) if self.exercise else ()
        return (
            ("Marking", self.marking),
            *drill,
            ("Mission", self.mission),
            ("Layer", self.layer),
            ("Rows", str(self.rows)),
            ("View", self.view),
            ("View in words", self.words),
            ("Data version", str(self.version)),
            ("As of", dtg(self.as_of)),
            *known,
        )

    @property
    def text(self) -> str:
        """Return everything as one line."""
        return " · ".join(f"{label}: {text}" for label, text in self.lines)

    @property
    def members(self) -> dict[str, object]:
        """Return everything as members of a JSON object; times are ISO 8601 UTC and date-time groups."""
        told: dict[str, object] = {
            "mission": self.mission,
            "exercise": self.exercise,
            "layer": self.layer,
            "marking": self.marking,
            "rows": self.rows,
            "view": self.view,
            "view_in_words": self.words,
            "data_version": self.version,
            "as_of": _iso(self.as_of),
            "as_of_dtg": dtg(self.as_of),
        }
        return told | ({"known_at": _iso(self.known_at), "known_at_dtg": dtg(self.known_at)} if self.known_at else {})


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
