"""An alert rule as a view that one user may ask, and what of the rule cannot be followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from layers.access import User
from layers.config import KEPT_H, AlertRule
from layers.desk import question as ask
from layers.desk.record import Record
from layers.errors import NotFound
from layers.model import Layer, Relation, View

_VOID = "Alert rule {!r} watches a clause, and none applies: the agreement has faults. See Monitoring, Violations."
_FILTERS = {"kinds": "kind", "severities": "severity", "zones": "zone", "clauses": "clause"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule's view, None where nothing can be asked, and what is wrong with the rule, in sentences."""

    view: View | None
    faults: tuple[str, ...]


def asked(record: Record, user: User, rule: AlertRule, of: Layer) -> Asked:
    """Return the view of the last days that a rule asks of a layer.

    What the rule names and is not here for this user is said, and never taken for something else: a condition of which
    nothing is here means nothing. Who does not see everything is not told the name.
    """
    faults: list[str] = []
    view, possible = View(last=f"{KEPT_H}h"), True
    for name, filtered in _FILTERS.items():
        wanted: tuple[str, ...] = getattr(rule, name)
        if wanted:
            codes, missing = _here(record, user, of, filtered, wanted)
            if missing and filtered == "clause" and record.picture.agreed.faults:
                faults.append(_VOID.format(rule.id))
            else:
                faults += [_fault(user, rule, filtered, code) for code in missing]
            view, possible = view.only(filtered, codes), possible and bool(codes)
    if rule.within_m:
        unmeasured = _unmeasured(record, user, rule)
        faults += unmeasured
        view, possible = replace(view, where=Relation(of.id, "within", rule.of, rule.within_m)), possible and not unmeasured
    return Asked(view if possible else None, tuple(faults))


def _here(record: Record, user: User, of: Layer, filtered: str, wanted: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the codes that are here for this user of those a rule names, and the names of which there is none."""
    known = next((field.choices for field in ask.filters(record, user) if field.name == filtered), None)
    if known is None:
        return (), list(wanted)
    meant = {name: [choice.code for choice in known if name == choice.code] for name in wanted}
    for name, codes in meant.items():
        if not codes:
            codes += _called(name, {choice.code: choice.label for choice in known}) if filtered == "zone" else []
    if not all(meant.values()):
        met = record.picture.points[of.id].met(ask.everything(record, user, of)).get(filtered, [])
        meant |= {name: [name] for name, codes in meant.items() if not codes and name in met}
    return tuple(code for codes in meant.values() for code in codes), [name for name, codes in meant.items() if not codes]


def _called(name: str, labels: dict[str, str]) -> Iterator[str]:
    """Yield the ids of what is called so; those of one name are labelled with their ids."""
    said = name.casefold()
    return (of for of, label in labels.items() if said in (label.casefold(), label.removesuffix(f" ({of})").casefold()))


def _unmeasured(record: Record, user: User, rule: AlertRule) -> list[str]:
    """Say so where there is nothing that a rule's metres could count from."""
    try:
        of = ask.layer(record, user, rule.of)
    except NotFound:
        return [_fault(user, rule, "layer", rule.of)]
    if len(record.picture.points[of.stored] if of.tiled else record.picture.shapes[of.stored]):
        return []
    return [f"Alert rule {rule.id!r} counts metres from {of.title}, and there are none; import them."]


def _fault(user: User, rule: AlertRule, what: str, name: str) -> str:
    if user.ceiling is not None:
        return f"Alert rule {rule.id!r} names a {what} that is not here for you."
    return f"Alert rule {rule.id!r} names the {what} {name!r}, which is not here; put it right in mission.toml."
