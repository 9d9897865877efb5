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
    counted : int or None
        How many they count as, where reports that are linked as one event are among them.
    view, words : str
        What was asked, as a link spells it and in words; blank where the file must not tell.
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
    released : tuple of (label, text)
        On which terms the rows left under another marking than their own: who, why, and what is not in the file.
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
    released: tuple[tuple[str, str], ...] = ()
    counted: int | None = None

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return everything as pairs of label and text, in the order it is read."""
        known = (("As known at", dtg(self.known_at)),) if self.known_at else ()
        drill = (("Exercise", "EXERCISE"),) if self.exercise else ()
        asked = (("View", self.view), ("View in words", self.words))
        return (
            ("Marking", self.marking),
            *drill,
            *self.released,
            ("Mission", self.mission),
            ("Layer", self.layer),
            ("Rows", str(self.rows)),
            *((("Counted as", f"{self.counted}, for linked reports count once"),) if self.counted is not None else ()),
            *(one for one in asked if one[1]),
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
            **{name: text for name, text in (("view", self.view), ("view_in_words", self.words)) if text},
            "data_version": self.version,
            "as_of": _iso(self.as_of),
            "as_of_dtg": dtg(self.as_of),
        }
        told |= {"counted_as": self.counted} if self.counted is not None else {}
        told |= {label.lower().replace(" ", "_"): text for label, text in self.released}
        return told | ({"known_at": _iso(self.known_at), "known_at_dtg": dtg(self.known_at)} if self.known_at else {})


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
