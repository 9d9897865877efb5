"""What bears findings and reports out, in words: rows of a finding's card, a list of findings, and the summary of a view both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from layers import access
from layers.analysis import cueing as law
from layers.analysis.cueing import NOT_OBSERVABLE, PERHAPS, SUPPORTED, VERDICTS, Lift, Reach
from layers.catalogue.findings import LAYER as FINDINGS
from layers.catalogue.findings import REVIEW
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.catalogue.patrol_tracks import LAYER as TRACKS
from layers.desk import answers, cueing
from layers.desk.answers import Json, distance
from layers.desk.cueing import USUAL, Ground
from layers.desk.sheet import Sheet
from layers.imagery.change import METHODS
from layers.model import NO_TIME, Box, Layer, to_micros
from layers.notation import format_dtg
from layers.spatial.ground import Bools, Ints

#: What a thermal anomaly is told by, and no more.
HEAT = "thermal_anomaly"
CAVEAT = "A finding says that ground changed, not who changed it."
_PLACE = "Outlines that overlap, touch or lie within {} of each other, of dates that overlap, are one place, whatever method found them."
_ALSO = "Changes and reports both gather where people live, which alone may make a lift."
_MOST = 4
#: So many reports are shifted over all shifts, and so many shifts at least and at most.
_MOST_SHIFTED = 10_000_000
_SHIFTS = (19, 199)
#: The seed of the shifts: the same record gives the same lift.
_SEED = 1977
_DAY = 86_400_000_000
_SURE = 0.05
_LEAST_P = 0.001


@dataclass(frozen=True, slots=True)
class Cue:
    """One finding and the verdict on it.

    Attributes
    ----------
    seq, feature : int and str
        Its version and record.
    verdict, words : str
        One of ``layers.analysis.cueing.VERDICTS``, and why.
    review : str
        Its code.
    cells : mapping of str to str
        What a table shows of it.
    scenes : tuple of str
        Digests of the scene before and after; blank where it has none.
    lon, lat, radius_m : float
        A point inside the outline, degrees, and the metres about it that hold all of it.
    incident : str
        The record of the incident made of it, blank for none that stands.
    """

    seq: int
    feature: str
    verdict: str
    words: str
    review: str
    cells: dict[str, str]
    scenes: tuple[str, str]
    lon: float
    lat: float
    radius_m: float
    incident: str


@dataclass(frozen=True, slots=True)
class Cued:
    """Findings and reports of a view against each other: the findings, both counts by verdict, both lifts, and sentences."""

    findings: tuple[Cue, ...]
    counts: dict[str, int]
    reports: dict[str, int]
    lifts: tuple[Lift, Lift] | None
    said: tuple[str, ...]


def rows(sheet: Sheet, of: Layer, seq: int, upto: str | None = None) -> list[Json]:
    """Return the verdict on a finding as the card's rows of label and value, some with ``to``, what they lead to.

    Nothing for what is no finding, or none that stands.
    """
    if of.field(REVIEW.name) is None:
        return []
    found = cueing.ground(sheet, upto)
    at = np.flatnonzero(found.shapes.seq[found.rows] == seq)
    if not len(at):
        return []
    n = int(at[0])
    told: list[Json] = [{"label": "Cross-cueing", "value": words(found, n), "rule": CAVEAT}]
    told += _reports(found, n)
    told += _patrols(found, n)
    near = f"within {distance(USUAL.sight_m)} of the outline"
    told.append({"label": "Last patrol", "value": f"{last(found, n, sheet.moment)}, {near}"})
    zones = [found.zones.every[zone] for finding, zone in found.lying.tolist() if finding == n]
    return told + [{"label": "In", "value": zone.name or zone.id} for zone in zones[:_MOST]]


def cued(sheet: Sheet, upto: str | None = None) -> Cued:
    """Return the findings and reports of a view against each other.

    Findings are held against all reports the user may see, whatever the view filters; reports are those of the view. Rejected
    findings are listed, and count for nothing.
    """
    found = cueing.ground(sheet, upto)
    of = next((one for one in sheet.layers if one.id == FINDINGS.id), None)
    here = np.isin(found.shapes.seq[found.rows], sheet.seqs(of)) if of else np.zeros(len(found.rows), np.bool_)
    counted = here & found.standing
    told, verdict, boxes = _answered(sheet, found, upto)
    lifts = _lifts(sheet, found, counted, told, boxes=boxes, upto=upto)
    counts, answered = (_counted(of) for of in (found.verdict[counted], verdict))
    said = (*_summed(counts, answered, lifts), CAVEAT)
    levels = sheet.record.configuration.markings
    return Cued(tuple(_cue(found, n, levels, sheet.moment) for n in np.flatnonzero(here).tolist()), counts, answered, lifts, said)


def words(found: Ground, n: int, reach: Reach = USUAL) -> str:
    """Return the verdict on a finding, and why."""
    near, where = found.near, f"within {distance(reach.metres)} and {reach.days:g} days"
    mine, verdict = near.finding == n, int(found.verdict[n])
    if verdict in (SUPPORTED, PERHAPS):
        return _borne_out(found, mine & near.fits, verdict, where)
    passed, sure = int((found.passed.finding == n).sum()), int((mine & near.surely).sum())
    unsure = int(mine.sum()) - sure
    may = f"{_many(unsure, 'report')} of other kinds may have come from there" if unsure else ""
    if verdict == NOT_OBSERVABLE:
        nothing = f"nothing was {'surely ' if may else ''}reported {where}{f', though {may}' if may else ''}"
        return f"Not observable: {nothing}, and no patrol passed within {distance(reach.sight_m)}; nobody could {'surely ' if may else ''}have told"
    though = [f"{_many(passed, 'patrol')} passed within {distance(reach.sight_m)}"] if passed else []
    though += [f"{_many(sure, 'report')} of other kinds came from there"] if sure else []
    return f"Unsupported: no report of a fitting kind {where}, though {' and '.join([*though, *([may] if may else [])])}"


def _borne_out(found: Ground, mine: Bools, verdict: int, where: str) -> str:
    """Return by what a finding is supported, or perhaps: by those of these reports that surely lie there, if any do."""
    surely = mine & found.near.surely if verdict == SUPPORTED else mine
    heat = np.array([_kind(found, report) == HEAT for report in found.near.other.tolist()], np.bool_)
    hot, told, unsure = (int(some.sum()) for some in (surely & heat, surely & ~heat, mine & ~surely))
    anomalies = _many(hot, "thermal anomaly", "thermal anomalies")
    perhaps = "" if verdict == SUPPORTED else ", perhaps"
    more = f"; {unsure:,} more may lie there" if unsure else ""
    if not told:
        by = f"{',' if perhaps else ''} by {anomalies} only, {'which may lie ' if perhaps else ''}{where}"
        return f"Supported{perhaps}{by}: heat, whatever made it{more}"
    beside = f", beside {anomalies}" if hot else ""
    return f"Supported{perhaps}: {_many(told, 'report')} of a fitting kind {'may lie ' if perhaps else ''}{where}{beside}{more}"


def _reports(found: Ground, n: int) -> list[Json]:
    at = np.flatnonzero(found.near.finding == n)
    at = at[np.lexsort((found.near.metres[at], ~found.near.fits[at]))]
    told: list[Json] = []
    for one in at[:_MOST].tolist():
        report, metres = int(found.near.other[one]), float(found.near.metres[one])
        kind = answers.spoken(INCIDENTS, "kind", _kind(found, report))
        known = "" if found.near.surely[one] else f", known to {distance(float(found.told.reports.precision_m[report]))}"
        value = f"{kind}, {_dtg(int(found.told.reports.at[report]))}, {_away(metres)}{known}"
        label = "Report near" if found.near.fits[one] else "Other report near"
        told.append({"label": label, "value": value, "to": {"layer": INCIDENTS.id, "id": int(found.told.seq[report])}})
    more = len(at) - _MOST
    return [*told, {"label": "Reports near", "value": f"{more:,} more"}] if more > 0 else told


def last(found: Ground, n: int, moment: datetime) -> str:
    """Return when a patrol was last near a finding, and for how long nobody has been there."""
    micros = int(found.last[n])
    if micros == NO_TIME:
        return "Never in the record"
    days = max(0, (to_micros(moment) - micros) // _DAY)
    return _dtg(micros) + (f", {_many(days, 'day')} ago" if days else "")


def _patrols(found: Ground, n: int) -> list[Json]:
    at = np.flatnonzero(found.passed.finding == n)
    at = at[np.argsort(found.passed.metres[at], kind="stable")]
    told: list[Json] = []
    for one in at[:_MOST].tolist():
        track = int(found.passed.other[one])
        value = f"{found.patrols.names[track]}, {_dtg(int(found.patrols.tracks.start[track]))}, {_away(float(found.passed.metres[one]))}"
        told.append({"label": "Patrol near", "value": value, "to": {"layer": TRACKS.id, "id": int(found.patrols.seq[track])}})
    more = len(at) - _MOST
    return [*told, {"label": "Patrols near", "value": f"{more:,} more"}] if more > 0 else told


def _cue(found: Ground, n: int, levels: Sequence[str], moment: datetime) -> Cue:
    row = int(found.rows[n])
    fields, verdict = found.shapes.fields[row], VERDICTS[int(found.verdict[n])]
    cell = {name: answers.cell(FINDINGS, name, fields.get(name)) for name in ("found", "area_m2", "method", "review")}
    shown = {
        "Found": cell["found"],
        "Area": cell["area_m2"],
        "Strength": strength(fields),
        "Chance": chance(fields.get("p")),
        "Not yet on": _dtg(int(found.shapes.start[row])),
        "Seen on": _dtg(int(found.shapes.until[row])),
        "Verdict": f"{verdict[:1].upper()}{verdict[1:]}",
        "Last patrol": last(found, n, moment),
        "Review": cell["review"],
        "Incident": "Made" if found.incidents[n] else "",
        "Marking": access.named(int(found.shapes.marking[row]), levels),
        "Method": cell["method"],
    }
    lon, lat, radius_m = cueing.inside(found.shapes.geometry[row])
    return Cue(
        int(found.shapes.seq[row]),
        found.shapes.feature[row],
        verdict,
        words(found, n),
        str(fields.get("review") or ""),
        shown,
        (str(fields.get("before") or ""), str(fields.get("after") or "")),
        lon,
        lat,
        radius_m,
        found.incidents[n],
    )


def strength(fields: Mapping[str, object]) -> str:
    """Return how strong a change is: the statistic of the method, its mean over the outline, and its unit."""
    said = str(fields.get("strength") or "")
    title = str(fields.get("method") or "").rpartition(", version")[0]
    method = next((one for one in METHODS if one.title == title), None)
    return f"{method.statistic} {said} {method.unit}".strip() if said and method else said


def chance(p: object) -> str:
    """Return how likely as much is where nothing changed; figures smaller than the methods can vouch for are not written out."""
    if not isinstance(p, int | float):
        return ""
    return f"{p:.2g}" if p >= _LEAST_P else f"under {_LEAST_P:g}"


def _answered(sheet: Sheet, found: Ground, upto: str | None) -> tuple[cueing.Told, Ints, list[Box]]:
    """Return the reports of a view, the verdict on each, and the boxes of what was compared."""
    of = next((one for one in sheet.layers if one.id == INCIDENTS.id), None)
    told = cueing.reports(sheet, sheet.points(of) if of else ())
    pairs, boxes = cueing.compared(sheet, told.kinds, upto)
    standing = _only(found, found.standing, told.kinds)
    near = law.met(standing, told.reports, USUAL)
    return told, law.answered(told.reports, near, pairs, USUAL), boxes


def _only(found: Ground, kept: Bools, kinds: Sequence[str]) -> law.Findings:
    """Return some of the findings, held against reports of these kinds."""
    rows = np.flatnonzero(kept)
    fits = np.zeros((len(rows), len(kinds)), np.bool_)
    same = min(len(kinds), found.findings.fits.shape[1])
    fits[:, :same] = found.findings.fits[rows, :same]
    every = found.findings
    return law.Findings(every.shapes[rows], every.before[rows], every.after[rows], fits)


def _lifts(
    sheet: Sheet, found: Ground, counted: Bools, told: cueing.Told, *, boxes: Sequence[Box], upto: str | None
) -> tuple[Lift, Lift] | None:
    """Return both lifts over the ground that was compared; None where there is nothing to hold against each other."""
    every = found.findings
    timely = cueing.timely(sheet, every.before[counted], every.after[counted], upto)
    if not counted.any() or not len(timely.reports) or not len(told.reports):
        return None
    bounds = [tuple(one.bounds) for one in every.shapes[counted]]
    box = cueing.union([*boxes, *bounds]) or sheet.record.configuration.box
    shifts = int(np.clip(_MOST_SHIFTED // max(len(timely.reports), len(told.reports)), *_SHIFTS))
    first, _ = law.lifts(_only(found, counted, timely.kinds), timely.reports, box, USUAL, shifts=shifts, seed=_SEED)
    _, second = law.lifts(_only(found, found.standing, told.kinds), told.reports, box, USUAL, shifts=shifts, seed=_SEED)
    return first, second


def _counted(verdict: Ints) -> dict[str, int]:
    counts = np.bincount(verdict, minlength=len(VERDICTS)).tolist()
    return dict(zip(VERDICTS, counts, strict=True))


def _summed(counts: dict[str, int], reports: dict[str, int], lifts: tuple[Lift, Lift] | None) -> tuple[str, ...]:
    """Return the lifts in sentences."""
    if lifts is None:
        return ("There is no lift to tell: it needs findings and reports in one place.",)
    named = (("places of findings", counts), ("reports", reports))
    said = [_lifted(lift, what) for lift, (what, held) in zip(lifts, named, strict=True) if sum(held.values())]
    return (*said, _PLACE.format(distance(USUAL.together_m)), _ALSO)


def _lifted(lift: Lift, what: str) -> str:
    """Return a lift in words."""
    fitting = " of a fitting kind and time" if what == "reports" else ""
    times = "" if lift.ratio is None else f", a lift of {lift.ratio:.2g}"
    more = "more than" if lift.chance <= _SURE else "no more than"
    return (
        f"Of the {what}{fitting} on the ground compared {_percent(lift.observed)} are supported, surely or perhaps; if reports were shifted at random over "
        f"it, {_percent(lift.expected)} would be{times}. That is {more} chance would have it: p = {lift.chance:.3f} by {lift.shifts} shifts."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 or not share else f"{100 * share:.2g} %"


def _kind(found: Ground, report: int) -> str:
    return found.told.kinds[int(found.told.reports.kind[report])]


def _away(metres: float) -> str:
    return f"{distance(metres)} away" if metres >= 1 else "in it"


def _dtg(micros: int) -> str:
    return str(format_dtg(np.array([micros]))[0])


def _many(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
