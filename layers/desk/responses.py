"""What was done about an incident: tasked, on scene, closed; each said by somebody, kept as a line of the audit.

These are own acts, not what a source says of the event. As lines of the audit they are in the chain and never replaced; the source's next
file does not take them back, and they make of the incident no new version, which would ring it, raise its alerts anew, and bring it
into the next brief as changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from layers.analysis.response import STEPS, Said, Step, against, standing
from layers.desk import answers, spared
from layers.desk.answers import Json
from layers.desk.record import RESPOND, Record
from layers.errors import LayersError
from layers.model import Layer, Versions, from_micros, to_micros
from layers.notation import dtg

_LABELS: dict[Step, str] = {"tasked": "Tasked", "on scene": "On scene", "closed": "Closed"}
_LONGEST = 120
_SPARED = "Times and names are not told, to protect the victims."


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody says of a step.

    Attributes
    ----------
    step : str
    at : datetime or None
        When it was taken; None for now.
    to : str
        Who is tasked.
    upto : int
        The last line about the incident that stood on the screen, 0 for none.
    back : bool
        It is taken back: it was not so.
    """

    step: str
    at: datetime | None
    to: str
    upto: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One line: what was said, of which feature, and the version of it that its author saw."""

    feature: str
    seq: int
    said: Said


def lines(record: Record, of: Layer, features: Collection[str] | None = None, upto: datetime | None = None) -> list[Told]:
    """Return what was said of a layer's features, of some or of all, up to a moment; the oldest first."""
    return [
        _told(row.ref, row.seq, row.who, row.at, body)
        for row in record.lines.of(RESPOND)
        if (features is None or row.ref in features) and (upto is None or datetime.fromisoformat(row.at) <= upto)
        if (body := json.loads(row.body))["layer"] == of.stored
    ]


def _told(feature: str, number: int, who: str, at: str, body: dict[str, object]) -> Told:
    step = next(step for step in STEPS if step == body["step"])
    when = to_micros(datetime.fromisoformat(str(body["at"]))) if body["at"] else None
    return Told(
        feature, int(str(body["seq"])), Said(number, step, when, str(body["to"]), who, to_micros(datetime.fromisoformat(at)))
    )


def detail(record: Record, of: Layer, one: Versions, stands: Sequence[Said], saying: Saying) -> dict[str, str | int]:
    """Return what the audit keeps of a step; ``one`` is the version on the screen, ``stands`` what was said before.

    Raises
    ------
    LayersError
        There is no such step, somebody said something meanwhile, nobody is tasked, or its time lies ahead or out of order.
    """
    step = next((step for step in STEPS if step == saying.step), None)
    if step is None:
        raise LayersError(f"{saying.step[:40]!r} is no step; it is one of {', '.join(STEPS)}")
    if stands and stands[-1].number > saying.upto:
        raise LayersError(f"{stands[-1].who} said something of it meanwhile; look at the card again")
    known = standing(stands)
    body: dict[str, str | int] = {"layer": of.stored, "step": step, "at": "", "to": "", "seq": int(one.seq[0])}
    if saying.back:
        if step not in known:
            raise LayersError(f"it is not {step}, so there is nothing to take back")
        return body
    now, to = record.clock(), " ".join(saying.to.split())
    at = saying.at or now
    if step == STEPS[0] and not 0 < len(to) <= _LONGEST:
        raise LayersError(f"nobody is tasked; write who, in 1 to {_LONGEST} characters, such as Patrol S1/3")
    if at > now:
        raise LayersError(f"{dtg(at)} lies ahead; write a time up to {dtg(now)}")
    if other := against(known, step, to_micros(at)):
        assert other.at is not None
        raise LayersError(f"{step} {dtg(at)} does not go with {other.step} {dtg(from_micros(other.at))}; correct one of the two")
    return body | {"at": at.isoformat(), "to": to if step == STEPS[0] else ""}


def told(one: Versions, stands: Sequence[Said], *, may: bool) -> Json:
    """Return the steps of an incident as its card tells them; of one whose victims are protected only which were taken."""
    silent, known = bool(len(spared.spared(one))), standing(stands)
    return {
        "may": may,
        "upto": stands[-1].number if stands else 0,
        "note": _SPARED if silent else "",
        "steps": [_step(step, known.get(step), silent=silent) for step in STEPS],
    }


def _step(step: Step, said: Said | None, *, silent: bool) -> Json:
    at = None if said is None or silent else said.at
    return {
        "step": step,
        "label": _LABELS[step],
        "taken": said is not None,
        "at": None if at is None else answers.millis(at),
        "to": "" if said is None or silent else said.to,
        "who": said.who if said else "",
    }


def history(one: Versions, stands: Sequence[Said]) -> Iterator[Json]:
    """Yield what was said as lines of a record's history, each with what stood before it."""
    silent, before = bool(len(spared.spared(one))), dict.fromkeys(STEPS, "")
    for said in stands:
        label, after = _LABELS[said.step], _words(said)
        change: Json = {"label": label, "before": before[said.step], "after": after}
        before[said.step] = after
        yield {
            "seq": 0,
            "recorded": answers.millis(said.said_at),
            "when": dtg(from_micros(said.said_at)),
            "batch": 0,
            "row": 0,
            "change": label if after else f"{label}: taken back",
            "changes": [] if silent else [change],
            "who": said.who,
            "file": "",
            "act": "Response",
            "reason": "",
            "original": [],
        }


def _words(said: Said) -> str:
    return "" if said.at is None else ", ".join(part for part in (dtg(from_micros(said.at)), said.to) if part)
