"""A finding made into an incident, by an analyst's hand: the report keeps where it comes from and why, the finding that it was accepted.

The incident's name says of which finding it was made. The finding does not name it, nor say why where it is marked higher.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from layers import access
from layers.catalogue.findings import LAYER as FINDINGS
from layers.catalogue.incidents import LAYER as INCIDENTS
from layers.desk.cued import CAVEAT, Cue
from layers.desk.cueing import MADE, REJECTED
from layers.desk.desk import Desk
from layers.desk.editing import Edit
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.model import Receipt, View

#: What the report may be said to be, besides where and when.
ASKED = ("kind", "severity", "party", "occurred_at", "marking", "text")
#: What a finding says of an incident that is marked higher.
NEUTRAL = "an incident was made of it"


@dataclass(frozen=True, slots=True)
class Promoted:
    """The record of the incident that was made, the batch that made it, and what became of the finding, which is accepted with it."""

    incident: str
    stored: Receipt
    noted: Receipt


def drafted(desk: Desk, cue: Cue) -> dict[str, str]:
    """Return the report a finding would make, field by field; the kind is left to the analyst.

    It is marked as high as the finding and each scene that it names.
    """
    said = cue.cells
    seen = {one.digest: one for one in desk.scene_list(View())}
    scenes = (
        " and ".join(seen[digest].title if digest in seen else digest[:12] for digest in cue.scenes if digest) or "two scenes"
    )
    named = [said["Marking"], *(seen[digest].marking for digest in cue.scenes if digest in seen)]
    method = said["Method"] or "an unnamed method"
    text = (
        f"Seen in imagery: {said['Found'] or 'changed ground'}, {said['Area'] or 'of unknown area'}, between {said['Not yet on']} and "
        f"{said['Seen on']}, strength {said['Strength'] or 'unknown'}, by {method}. {CAVEAT} Made of finding {cue.feature}."
    )
    return {
        "id": f"{MADE}{cue.feature}",
        "kind": "",
        "severity": "low",
        "party": "unknown",
        "occurred_at": said["Seen on"],
        "longitude": f"{cue.lon:.6f}",
        "latitude": f"{cue.lat:.6f}",
        "precision_m": f"{max(cue.radius_m, 1):.0f}",
        "source": f"Imagery: {method}, {scenes}",
        "marking": access.highest(named, desk.markings()),
        "text": text,
    }


def promoted(desk: Desk, cue: Cue, said: Mapping[str, str], reason: str) -> Promoted:
    """Store an incident made of a finding, and accept the finding; both, or neither.

    Why is kept with the incident; with the finding too, unless the incident is marked higher.

    Raises
    ------
    NotAllowed
        The user is no analyst.
    LayersError
        There is one already, the finding was rejected, the marking is lower than the draft's, no kind or reason is given, or the finding was
        changed since.
    """
    access.require(desk.user, "edit")
    sheet = desk.sheet(View())
    if cue.incident or _stands(sheet, cue):
        raise LayersError(f"an incident was made of this finding already{f': {cue.incident}' if cue.incident else ''}")
    if cue.review == REJECTED:
        raise LayersError("the finding was rejected, and no incident is made of it; accept it first")
    if not reason.strip():
        raise LayersError("no reason is given; say in a few words why it is an incident")
    draft = drafted(desk, cue)
    row = draft | {name: said[name].strip() for name in ASKED if name in said}
    row["reported_at"] = sheet.as_of.astimezone(UTC).isoformat()
    _marked(desk, row["marking"], draft["marking"])
    stored = desk.submit(INCIDENTS.id, [row], name=f"finding {cue.feature}", reason=reason)
    if stored.refused or stored.batch is None:
        fault = stored.refused[0] if stored.refused else None
        raise LayersError(f"no incident was made: {f'{fault.field} {fault.reason}' if fault else 'it is in the record already'}")
    why = NEUTRAL if higher(desk, cue, row["marking"]) else reason
    noted = desk.edit(FINDINGS.id, [Edit(cue.feature, cue.seq, {"review": "accepted"})], why)
    if noted.refused:
        desk.undo(stored.batch, "the finding was changed meanwhile")
        raise LayersError(f"no incident was made: the finding {noted.refused[0].reason}")
    return Promoted(row["id"], stored, noted)


def higher(desk: Desk, cue: Cue, marking: str) -> bool:
    """Say whether an incident marked so is marked higher than its finding."""
    levels = desk.markings()
    return access.rank(marking, levels) > access.rank(cue.cells["Marking"], levels)


def _stands(sheet: Sheet, cue: Cue) -> bool:
    """Say whether an incident made of a finding stands, be it marked above what the user sees."""
    return not sheet.record.store.current(INCIDENTS.id, [f"{MADE}{cue.feature}"]).retracted.all()


def _marked(desk: Desk, marking: str, least: str) -> None:
    levels = desk.markings()
    if marking not in levels or access.rank(marking, levels) < access.rank(least, levels):
        raise LayersError(
            f"the marking {marking[:40]!r} is lower than that of the finding or of a scene it names, or none you may give; "
            f"choose {least} or higher"
        )
