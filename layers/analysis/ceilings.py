"""Whether what the parties hold keeps to the ceilings of an agreement, by the newest inspection of each site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layers.analysis import grounds
from layers.analysis.agreement import Agreement, Clause
from layers.analysis.grounds import Spots
from layers.analysis.rules import COMPLIANT, UNDETERMINED, VERDICTS, VIOLATION, Terms
from layers.analysis.standing import Ints
from layers.model import NO_TIME
from layers.spatial.ground import EARTH

_DAY_US = 86_400_000_000
#: Inspections under one name are of one site where their places lie no farther apart: two readings of one place by six-figure grid
#: references may lie 141 m apart.
SAME_SITE_M = 200.0
NOT_INSPECTED = "no site was inspected"


@dataclass(frozen=True, slots=True)
class Holding:
    """How many of a weapon a party held at a site, as inspected; ``at`` is microseconds since 1970 UTC, NO_TIME if not known."""

    site: str
    party: str
    weapon: str
    count: int
    lon: float
    lat: float
    at: int


@dataclass(frozen=True, slots=True)
class Site:
    """A site that counts towards a ceiling: how many it holds and when it was last inspected."""

    name: str
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Held:
    """What a party holds of a weapon on the ground of a clause, against what it may hold at most.

    ``reason`` says why it is undetermined; blank otherwise. An inspection that is too old proves nothing, whichever way: a violation
    is what the fresh ones alone count above the ceiling. ``counted`` is of all inspections, and ``sites`` are all of the party's sites there, those without the weapon
    as well.
    """

    clause: Clause
    party: str
    weapon: str
    counted: int
    most: int
    verdict: str
    reason: str
    sites: tuple[Site, ...]


def held(agreement: Agreement, holdings: Iterable[Holding], moment: int, terms: Terms) -> list[Held]:
    """Return each party's holdings under each ceiling that is in force at a moment, for every party that it binds.

    Parameters
    ----------
    agreement : Agreement
    holdings : iterable of Holding
        Any order. What has one name and lies within ``SAME_SITE_M``, of one another or over others between, is one site; of one name
        and farther apart are several. Of a site, a party and a weapon the newest up to the moment counts; a site that a newer inspection does not
        speak of keeps what was counted last.
    moment : int
        Microseconds since 1970 UTC.
    terms : Terms
    """
    known = [one for one in holdings if one.at == NO_TIME or one.at <= moment]
    found: list[Held] = []
    for clause in agreement.clauses:
        if clause.on == "holdings" and clause.lasts(moment):
            bound = [party for party in terms.parties if not clause.parties or party in clause.parties]
            there = {party: _there(clause, party, known, moment, terms) for party in bound}
            found += [_against(clause, party, held, there[party], moment) for held in clause.most for party in bound]
    return found


def _there(clause: Clause, party: str, holdings: Sequence[Holding], moment: int, terms: Terms) -> list[Holding]:
    """Return what a party holds on the ground of a clause."""
    own = [one for one in holdings if one.party == party]
    at = np.full(len(own), moment, np.int64)
    lon, lat = (np.array([getattr(one, name) for one in own], np.float64) for name in ("lon", "lat"))
    lying = grounds.likelihood(clause.where, Spots(lon, lat, at, np.zeros(len(own))), terms.around, party) >= 0.5
    return [one for one, here in zip(own, lying.tolist(), strict=True) if here]


def _against(clause: Clause, party: str, ceiling: tuple[str, int], there: Sequence[Holding], moment: int) -> Held:
    weapon, most = ceiling
    sites = _sites(there, weapon)
    old = [site for site in sites if clause.inspected_within_days and _old(site, moment, clause.inspected_within_days)]
    counted = sum(site.count for site in sites)
    verdict, reason = COMPLIANT, ""
    if counted - sum(site.count for site in old) > most:
        verdict = VIOLATION
    elif not sites:
        verdict, reason = UNDETERMINED, NOT_INSPECTED
    elif old:
        verdict, reason = UNDETERMINED, _age(min(old, key=lambda site: site.at), moment)
    return Held(clause, party, weapon, counted, most, VERDICTS[verdict], reason, sites)


def _sites(holdings: Sequence[Holding], weapon: str) -> tuple[Site, ...]:
    """Return sites by name: of the weapon the number last counted, 0 where none was, and the newest inspection of any weapon."""
    seen: dict[tuple[str, int], int] = {}
    counted: dict[tuple[str, int], tuple[int, int]] = {}
    for one, number in zip(holdings, _numbered(holdings).tolist(), strict=True):
        site = one.site, number
        seen[site] = max(seen.get(site, one.at), one.at)
        if one.weapon == weapon:
            counted[site] = max(counted.get(site, (one.at, one.count)), (one.at, one.count))
    return tuple(Site(site[0], counted.get(site, (0, 0))[1], at) for site, at in sorted(seen.items()))


def _numbered(holdings: Sequence[Holding]) -> Ints:
    """Return which of the sites of its name each holding is of."""
    found = np.zeros(len(holdings), np.int64)
    named: dict[str, list[int]] = {}
    for n, one in enumerate(holdings):
        named.setdefault(one.site, []).append(n)
    for rows in named.values():
        lon, lat = np.array([(holdings[n].lon, holdings[n].lat) for n in rows]).T
        some, others = np.triu_indices(len(rows), 1)
        near = EARTH.inv(lon[some], lat[some], lon[others], lat[others])[2] <= SAME_SITE_M
        pairs = coo_array((near[near], (some[near], others[near])), shape=(len(rows), len(rows)))
        found[rows] = connected_components(pairs, directed=False)[1]
    return found


def _age(site: Site, moment: int) -> str:
    """Return in words how old the inspection of a site is."""
    if site.at == NO_TIME:
        return f"the inspection of {site.name} has no date"
    return f"the inspection of {site.name} is {(moment - site.at) // _DAY_US:,} days old"


def _old(site: Site, moment: int, days: int) -> bool:
    return site.at == NO_TIME or site.at < moment - days * _DAY_US
