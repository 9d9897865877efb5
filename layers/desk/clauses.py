"""The agreement and its ceilings as the pages tell them: wording, meaning in plain words, and what keeps it from applying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from layers import access
from layers.access import User
from layers.analysis.agreement import Agreement, Clause, Where
from layers.analysis.ceilings import Held, Holding, held
from layers.analysis.rules import COMPLIANT, UNDETERMINED, VERDICTS
from layers.desk import places
from layers.desk import question as ask
from layers.desk.answers import Json, spoken
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.model import NO_TIME, Layer, from_micros, to_micros
from layers.notation import dtg

HOLDINGS = "holdings"
_SEEN_IN_PART = "you may not see every inspection"
_REFUSED = "the agreement is refused; ask someone who may see every line and zone for the reasons"
_KM = 1_000.0


def told(record: Record, user: User) -> Json:
    """Return the agreement as this user may see it.

    Returns
    -------
    Json
        ``title``, ``source``, ``sure``; ``clauses`` about reports and ``ceilings`` about holdings, each with ``id``, ``title``,
        ``text``, ``words``, ``parties`` (names), ``from`` and ``until`` (date-time groups, blank for open; versions of one clause stand together, the earliest first), ceilings also ``most``
        ({"weapon", "most"}); ``faults``, each with ``clause`` and ``reason``: if there are any, no clause applies.
    """
    found = record.picture.agreed
    every = [(one, _told(record, one)) for one in _in_order(ask.clauses(record, user))]
    return {
        "title": found.agreement.title if found.agreement else "",
        "source": found.agreement.source if found.agreement else "",
        "sure": found.terms.sure,
        "clauses": [said for one, said in every if one.on == "incidents"],
        "ceilings": [said | {"most": _most(record, one)} for one, said in every if one.on == "holdings"],
        "faults": _faults(record, user),
    }


def _in_order(clauses: Sequence[Clause]) -> list[Clause]:
    """Return clauses in their order, the versions of one together, the earliest first."""
    names = list(dict.fromkeys(one.id for one in clauses))
    return sorted(clauses, key=lambda one: (names.index(one.id), one.start))


def _told(record: Record, clause: Clause) -> Json:
    parties = dict(record.configuration.parties)
    return {
        "id": clause.id,
        "title": clause.title,
        "text": clause.text,
        "words": words(record, clause),
        "parties": [parties[code] for code in clause.parties or parties],
        "from": _dtg(clause.start),
        "until": _dtg(clause.until),
    }


def _faults(record: Record, user: User) -> list[Json]:
    """Return why the agreement is refused; the reasons name lines and zones, so only whoever may see all of them reads them."""
    faults, picture = record.picture.agreed.faults, record.picture
    here = {of.id for of in ask.layers(record, user)}
    shapes = [(name, picture.shapes[name]) for name in (places.LINES, places.ZONES) if name in picture.shapes]
    top = access.ceiling(user, record.configuration.markings)
    whole = all(name in here and int(of.marking.max(initial=0)) <= top for name, of in shapes)
    if faults and not whole:
        return [{"clause": "", "reason": _REFUSED}]
    return [{"clause": one.clause, "reason": one.reason} for one in faults]


def words(record: Record, clause: Clause) -> str:
    """Return in plain words what a clause says: of what, where, by whom, and what is exempt."""
    parties = dict(record.configuration.parties)
    by = " and ".join(parties[code] for code in clause.parties or parties)
    where = _where(clause.where)
    if clause.on == "holdings":
        ceilings = ", ".join(f"{one['most']:,} {str(one['weapon']).lower()}" for one in _most(record, clause))
        days = clause.inspected_within_days
        checked = f"; by inspections of the last {days} days" if days else ""
        return f"At most {ceilings} of each party{where}; binds {by}{checked}"
    kinds = [_label(record, "kind", code) for code in clause.kinds] or ["Anything reported"]
    what = ", ".join([kinds[0], *(kind.lower() for kind in kinds[1:])])
    arms = " with " + ", ".join(_label(record, "weapon", code).lower() for code in clause.weapons) if clause.weapons else ""
    exempt = "; exempt: " + ", ".join(one.reason for one in clause.exempt) if clause.exempt else ""
    return f"{what}{arms}{where}; binds {by}{exempt}"


def _where(where: Where) -> str:
    named = " or ".join(where.named)
    side = {"own": ", on the party's own side", "other": ", on the other party's side", "": ""}[where.side]
    return {
        "anywhere": " anywhere",
        "inside": f" in {named}",
        "within": f" within {_far(where.to_m)} of {named}{side}",
        "band": f" from {_far(where.from_m)} to {_far(where.to_m)} of {named}{side}",
        "across": f" across {named}",
    }[where.relation]


def _far(metres: float) -> str:
    return f"{metres:,.10g} m" if metres < _KM else f"{metres / _KM:,.10g} km"


def _label(record: Record, name: str, code: str) -> str:
    return next((spoken(of, name, code) for of in record.picture.layers if _named(of, name, code)), code)


def _named(of: Layer, name: str, code: str) -> bool:
    field = of.field(name)
    return field is not None and any(choice.code == code for choice in field.choices)


def _most(record: Record, clause: Clause) -> list[Json]:
    return [{"weapon": _label(record, "weapon", weapon), "most": most} for weapon, most in clause.most]


def ceilings(sheet: Sheet) -> list[Json]:
    """Return what each party holds under each ceiling in force, at the end of a view's window or at its moment.

    Returns
    -------
    list of Json
        ``clause`` (id), ``title``, ``text``, ``party`` and ``weapon`` in words, ``counted``, ``most``, ``verdict``, ``reason`` (why it
        is undetermined, else blank) and ``sites``: ``name``, ``count``, ``inspected`` (date-time group, blank if not known). Only what
        the sheet's user may see is counted; where that may not be all, nothing is called compliant.
    """
    record, user = sheet.record, sheet.user
    seen = ask.clauses(record, user)
    found = record.picture.agreed
    if not any(one.on == "holdings" for one in seen):
        return []
    moment = to_micros(min(sheet.moment, sheet.window.end) if sheet.window.end else sheet.moment)
    agreement = Agreement("", "", found.terms.sure, seen)
    counted = held(agreement, _holdings(sheet, moment), moment, found.terms)
    return [_row(record, one, whole=_sees_all(record, user)) for one in counted]


def _holdings(sheet: Sheet, moment: int) -> Iterator[Holding]:
    """Return the holdings this user may see that stood at a moment."""
    for of in ask.layers(sheet.record, sheet.user):
        if of.id != HOLDINGS:
            continue
        shapes = sheet.record.picture.shapes[of.stored]
        asked = ask.everything(sheet.record, sheet.user, of, sheet.view.known_at)
        lasts = (shapes.until == NO_TIME) | (shapes.until >= moment)
        for row in np.flatnonzero(shapes.mask(asked) & lasts).tolist():
            said = shapes.fields[row]
            lon, lat = shapely.get_coordinates(shapes.geometry[row])[0].tolist()
            site = str(said.get("name") or shapes.feature[row])
            party, weapon = str(said.get("party") or ""), str(said.get("weapon") or "")
            yield Holding(site, party, weapon, _whole(said.get("count")), lon, lat, int(shapes.start[row]))


def _whole(count: object) -> int:
    return int(count) if isinstance(count, int | float) else 0


def _sees_all(record: Record, user: User) -> bool:
    top = access.ceiling(user, record.configuration.markings)
    return user.sectors is None and top >= len(record.configuration.markings) - 1


def _row(record: Record, one: Held, *, whole: bool) -> Json:
    verdict, reason = one.verdict, one.reason
    if verdict == VERDICTS[COMPLIANT] and not whole:
        verdict, reason = VERDICTS[UNDETERMINED], _SEEN_IN_PART
    return {
        "clause": one.clause.id,
        "title": one.clause.title,
        "text": one.clause.text,
        "party": dict(record.configuration.parties)[one.party],
        "weapon": _label(record, "weapon", one.weapon),
        "counted": one.counted,
        "most": one.most,
        "verdict": verdict,
        "reason": reason,
        "sites": [{"name": site.name, "count": site.count, "inspected": _dtg(site.at)} for site in one.sites],
    }


def _dtg(micros: int) -> str:
    return "" if micros == NO_TIME else dtg(from_micros(micros))
