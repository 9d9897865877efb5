"""Which reports violate a clause, which comply with it, and of which it cannot be told: whole arrays, the same for each party."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.analysis import grounds
from layers.analysis.agreement import Clause, Exemption
from layers.analysis.daylight import is_day
from layers.analysis.grounds import Spots
from layers.analysis.place import Surroundings
from layers.analysis.standing import Floats, Ints
from layers.model import NO_TIME

COMPLIANT, UNDETERMINED, VIOLATION = 1, 2, 3
#: The words of a verdict, by its number; the later the worse.
VERDICTS = ("", "compliant", "undetermined", "violation")

PARTY_UNKNOWN = "the party is not determined"
SIDES_UNSAID = "the line does not say whose its two sides are"
WEAPON_UNSAID = "the weapon is not said"
_EVEN = 0.5 + 1e-9

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of texts: each row's position among those there are."""

    code: npt.NDArray[np.uint16]
    spelled: tuple[str, ...]

    def among(self, texts: Sequence[str]) -> Bools:
        """Say of each row whether its text is one of these."""
        found: Bools = np.array([text in texts for text in self.spelled] or [False], np.bool_)[self.code]
        return found


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says beside its columns: its target, and its weapon as its source wrote it."""

    target: str = ""
    weapon: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Incidents:
    """Reports, as columns of one length.

    Attributes
    ----------
    spots : Spots
    kind, party : Codes
        A party that is none of the agreement's counts as not determined.
    said : callable
        Gives what the reports at some positions say beside; asked of few, late.
    """

    spots: Spots
    kind: Codes
    party: Codes
    said: Callable[[Ints], Sequence[Said]]

    def __len__(self) -> int:
        return len(self.spots)


@dataclass(frozen=True, slots=True)
class Terms:
    """What verdicts are given by, beside the clause.

    Attributes
    ----------
    around : Surroundings
        The lines and zones of the record.
    parties : tuple of str
        Codes of all parties to the agreement.
    weapons : mapping of str to str
        Every spelling that is known of a weapon, in small letters, and the code it stands for.
    sure : float
        From this probability on it is a violation, up to its complement compliant.
    """

    around: Surroundings
    parties: tuple[str, ...]
    weapons: Mapping[str, str]
    sure: float = 0.95


@dataclass(frozen=True, eq=False, slots=True)
class Ruled:
    """What a clause makes of the reports that it speaks of.

    Attributes
    ----------
    rows : (n,) int64
        Positions of those reports, rising.
    verdict : (n,) uint8
        Position in ``VERDICTS``, from 1.
    likely : (n,) float64
        How likely it happened on the clause's ground, 0 to 1; of a party that is not determined, the most of all parties;
        0 where the line does not say whose its sides are.
    reason : (n,) object
        Why a report that lies there is exempt, or cannot be judged; blank where its place decides.
    """

    rows: Ints
    verdict: npt.NDArray[np.uint8]
    likely: Floats
    reason: npt.NDArray[np.object_]


def ruled(clause: Clause, incidents: Incidents, terms: Terms) -> Ruled:
    """Return what a clause makes of reports.

    A report is judged where the clause was in force when it occurred, and speaks of its kind and its party, and where the line or
    zone stood then. If the party is not determined the verdict is that of all parties where it is the same for each of them, else
    undetermined. It is undetermined too where a side is meant of a line that does not have two parties beside it.
    """
    rows = np.flatnonzero(_spoken_of(clause, incidents, terms.parties))
    least, most = _likely(clause, incidents, rows, terms)
    stood = ~np.isnan(most)
    rows, least, most = rows[stood], least[stood], most[stood]
    sure = _sure(terms)
    verdict = np.select([least >= sure, most <= 1 - sure], [VIOLATION, COMPLIANT], UNDETERMINED).astype(np.uint8)
    reason = np.full(len(rows), "", np.object_)
    reason[(verdict == UNDETERMINED) & (least < most)] = PARTY_UNKNOWN
    unsaid = grounds.sides_unsaid(clause.where, incidents.spots.take(rows), terms.around, terms.parties)
    verdict[unsaid], reason[unsaid], most[unsaid] = UNDETERMINED, SIDES_UNSAID, 0.0
    found = Ruled(rows, verdict, most, reason)
    open_ = np.flatnonzero(verdict != COMPLIANT)
    if len(open_) and (clause.weapons or clause.exempt):
        _weighed(clause, incidents, terms, found, open_)
    return found


def _spoken_of(clause: Clause, incidents: Incidents, parties: Sequence[str]) -> Bools:
    at = incidents.spots.at
    spoken = _during(clause.start, clause.until, at)
    if clause.kinds:
        spoken &= incidents.kind.among(clause.kinds)
    if clause.parties:
        spoken &= ~incidents.party.among([party for party in parties if party not in clause.parties])
    return spoken


def _likely(clause: Clause, incidents: Incidents, rows: Ints, terms: Terms) -> tuple[Floats, Floats]:
    """Return how likely each lies on the clause's ground, the least and the most over the parties it may be of."""
    spots = incidents.spots.take(rows)
    known = incidents.party.among(terms.parties)[rows]
    least, most = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    one_ground = None if clause.where.side else grounds.likelihood(clause.where, spots, terms.around, "")
    for party in terms.parties:
        may = ~known | incidents.party.among([party])[rows]
        some = np.flatnonzero(may)
        if clause.parties and party not in clause.parties:
            likely = np.zeros(len(some))
        elif one_ground is not None:
            likely = one_ground[some]
        else:
            likely = grounds.likelihood(clause.where, spots.take(some), terms.around, party)
        least[some], most[some] = np.fmin(least[some], likely), np.fmax(most[some], likely)
    return least, most


def _weighed(clause: Clause, incidents: Incidents, terms: Terms, found: Ruled, open_: Ints) -> None:
    """Look at weapon and exemptions of what is not yet compliant, and set verdict and reason."""
    asked = bool(clause.weapons or any(one.targets for one in clause.exempt))
    said = list(incidents.said(found.rows[open_])) if asked else [Said()] * len(open_)
    if clause.weapons:
        for n, one in zip(open_.tolist(), said, strict=True):
            _of_weapon(clause, terms, one.weapon, found, n)
    for exemption in clause.exempt:
        holds = _holds(exemption, incidents, found.rows[open_], said, terms)
        still = found.verdict[open_] != COMPLIANT
        freed = open_[still & (holds >= _sure(terms))]
        found.verdict[freed], found.reason[freed] = COMPLIANT, exemption.reason
        unsure = open_[still & (holds > 1 - _sure(terms)) & (holds < _sure(terms))]
        found.verdict[unsure], found.reason[unsure] = UNDETERMINED, f"it may be exempt: {exemption.reason}"


def _of_weapon(clause: Clause, terms: Terms, weapon: str, found: Ruled, n: int) -> None:
    code = terms.weapons.get(weapon.strip().casefold())
    if code in clause.weapons:
        return
    if code is not None:
        found.verdict[n], found.reason[n] = COMPLIANT, "another weapon was used"
    else:
        found.verdict[n] = UNDETERMINED
        found.reason[n] = f"the weapon {weapon.strip()[:40]!r} is not known" if weapon.strip() else WEAPON_UNSAID


def _holds(exemption: Exemption, incidents: Incidents, rows: Ints, said: Sequence[Said], terms: Terms) -> Floats:
    """Return how likely an exemption holds of each report, 0 or 1 where it does not turn on a zone."""
    spots = incidents.spots.take(rows)
    holds = _during(exemption.start, exemption.until, spots.at).astype(np.float64)
    if exemption.kinds:
        holds *= incidents.kind.among(exemption.kinds)[rows]
    if exemption.targets:
        holds *= [one.target.strip().casefold() in exemption.targets for one in said]
    if exemption.daylight is not None:
        holds *= (is_day(spots.lon, spots.lat, spots.at) == exemption.daylight) & (spots.at != NO_TIME)
    if exemption.zones and holds.any():
        some = np.flatnonzero(holds)
        holds[some] *= grounds.inside(exemption.zones, spots.take(some), terms.around)
    return holds


def _during(start: int, until: int, at: Ints) -> Bools:
    """Say of each moment whether it lies in a span; see ``layers.analysis.agreement.in_force``."""
    told = at != NO_TIME
    during = np.ones(len(at), np.bool_)
    if start != NO_TIME:
        during &= told & (at >= start)
    if until != NO_TIME:
        during &= told & (at < until)
    return during


def _sure(terms: Terms) -> float:
    """Return the probability that counts as sure, a rounding error less: what the record keeps as 0.95 is 0.95.

    It is above a half always, so that what is as likely as not is undetermined.
    """
    return max(terms.sure - 1e-9, _EVEN)
