"""The alert rules of a mission: which incidents call for someone's eyes, as ``mission.toml`` writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.config.entries import LONGEST, Entry, entries
from layers.config.text import listed, quoted

#: An alert that nobody acknowledged stays for so many hours after its newest incident; no rule looks back further.
KEPT_H = 168
_MOST_RULES = 50
_MOST_CODES = 50
_LARGEST_M = 500_000
_LINES = "ceasefire_lines"
_LAYER = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LISTS = ("kinds", "severities", "zones", "clauses")
_KEYS = ("id", "title", "priority", *_LISTS, "within_m", "of", "hours", "together_h")


@dataclass(frozen=True, slots=True)
class AlertRule:
    """What makes an incident an alert. Every condition that is given must hold; of the codes of one, any.

    Attributes
    ----------
    id : str
        Names the rule for good: acknowledgements are kept under it.
    title : str
        What an alert of it is called on the screen.
    priority : int
        1 urgent, 2 high, 3 routine.
    kinds, severities : tuple of str
        Codes of incidents; empty for any.
    zones : tuple of str
        Ids or names of zones, one of which the incident lies in; empty for anywhere.
    clauses : tuple of str
        Clauses of the agreement, one of which the incident breaks; empty for any.
    within_m : float
        So many metres at most from a feature of the layer ``of``; 0 for any distance.
    of : str
        Id of a layer.
    hours : int
        An incident raises an alert if the mission knew of it within so many hours.
    together_h : int
        Incidents of one sector at most so many hours apart are one alert.
    """

    id: str
    title: str
    priority: int = 2
    kinds: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    within_m: float = 0.0
    of: str = _LINES
    hours: int = 24
    together_h: int = 6


def alert_rules(path: Path, found: object) -> tuple[AlertRule, ...]:
    """Read the ``[[alerts]]`` of a mission's configuration.

    Raises
    ------
    MissionUnusable
        An entry cannot be used; the message names it, and says what to write.
    """
    return entries(path, "alerts", found, _rule, keys=_KEYS, most=_MOST_RULES, called="alert rule")


def written(rules: Sequence[AlertRule]) -> list[str]:
    """Return rules as lines of ``mission.toml``, which ``alert_rules`` reads back; what is usual is left out."""
    lines: list[str] = []
    for rule in rules:
        lines += ["", "[[alerts]]", f"id = {quoted(rule.id)}", f"title = {quoted(rule.title)}", f"priority = {rule.priority}"]
        lines += [f"{name} = {listed(codes)}" for name in _LISTS if (codes := getattr(rule, name))]
        if rule.within_m:
            lines.append(f"within_m = {int(rule.within_m) if float(rule.within_m).is_integer() else rule.within_m!r}")
        if rule.of != _LINES:
            lines.append(f"of = {quoted(rule.of)}")
        lines += [f"{name} = {getattr(rule, name)}" for name in ("hours", "together_h") if getattr(rule, name) != _USUAL[name]]
    return lines


_USUAL = {"hours": AlertRule("", "").hours, "together_h": AlertRule("", "").together_h}


def _rule(of: Entry) -> AlertRule:
    entry, wrong, layer = of.found, of.wrong, of.found.get("of", _LINES)
    if entry.get("priority", 2) not in (1, 2, 3) or type(entry.get("priority", 2)) is not int:
        raise wrong("priority", "1 for urgent, 2 for high or 3 for routine")
    for each in _LISTS:
        if not _codes(entry.get(each, ["a"])):
            raise wrong(each, f'a list of texts such as ["one", "two"], {_MOST_CODES} at most, or leave it out')
    if "within_m" in entry and not _distance(entry["within_m"]):
        raise wrong("within_m", f"metres on the ground, more than 0 and at most {_LARGEST_M:,}, or leave it out")
    if not isinstance(layer, str) or not _LAYER.fullmatch(layer) or ("of" in entry and "within_m" not in entry):
        raise wrong("of", "the id of the layer that within_m counts from, and within_m beside it, or leave it out")
    for each in _USUAL:
        hours = entry.get(each, 1)
        if type(hours) is not int or not 1 <= hours <= KEPT_H:
            raise wrong(each, f"a whole number of hours from 1 to {KEPT_H}")
    if not entry.keys() & {*_LISTS, "within_m"}:
        raise of.refused(f"would alert of every incident; give one of {', '.join(_LISTS)} or within_m")
    return _made(entry)


def _made(entry: Mapping[str, Any]) -> AlertRule:
    """Return the rule of a checked entry."""
    said: dict[str, Any] = {name: tuple(value) if name in _LISTS else value for name, value in entry.items()}
    return AlertRule(**said | {"title": entry["title"].strip(), "within_m": float(entry.get("within_m", 0))})


def _codes(found: object) -> bool:
    return (
        isinstance(found, list)
        and 1 <= len(found) <= _MOST_CODES
        and all(isinstance(code, str) and code.strip() and len(code) <= LONGEST for code in found)
    )


def _distance(found: object) -> bool:
    return isinstance(found, int | float) and type(found) is not bool and 0 < found <= _LARGEST_M
