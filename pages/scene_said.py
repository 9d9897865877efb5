"""What was said of a scene in its form, in the record's terms."""

from __future__ import annotations

from typing import Any

from layers.desk import Described
from layers.desk.added import answered
from layers.errors import UnreadableFile
from layers.imagery.header import Found
from layers.imagery.intake import Answers
from layers.model import from_micros
from layers.notation import parse_times


def answers(found: Found, told: dict[str, Any]) -> tuple[Answers, Described]:
    """Return what was said, in the record's terms.

    Raises
    ------
    UnreadableFile
        The time is none, or something is not said.
    """
    when = None
    if text := told["acquired"].strip():
        read = parse_times([text])
        if read.fault[0]:
            raise UnreadableFile(f"the time {text[:40]!r} {read.fault[0]}; write it as 200818Z NOV 26")
        when = from_micros(int(read.micros[0]))
    said = {"acquired_at": when, "bands": None if None in told["bands"] else tuple(told["bands"])}
    said |= {name: told[name] for name in ("sensor", "scale", "offset", "decibels")}
    return answered(found, said), Described(told["name"].strip(), told["source"].strip(), told["marking"])
