"""Two scenes compared: what was found becomes rows of the findings layer, the raster of the statistic a scene of its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import shapely

from layers import access
from layers.catalogue.findings import LAYER as FINDINGS
from layers.catalogue.findings import REVIEW
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk import added, cueing, permanent, rasters
from layers.desk.scenes import Held
from layers.desk.sheet import Sheet
from layers.desk.submission import Submission
from layers.errors import UnsuitableScenes
from layers.imagery import kept
from layers.imagery.change import named
from layers.imagery.change.method import Method
from layers.imagery.change.outlines import Outline
from layers.imagery.change.run import Changes, Wanted, compared
from layers.imagery.scene import Scene
from layers.model import Receipt

#: Smaller patches are left out unless it is said otherwise: about 50 × 50 m.
LEAST_AREA_M2 = 2_500.0

Told = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is to be compared: two scenes by their digests, the method's id, the least area in m², and whether a shift is accepted."""

    before: str
    after: str
    method: str
    least_area_m2: float = LEAST_AREA_M2
    shifted: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison left in the record.

    ``found`` and ``raster`` are the receipts of its findings and of the raster of the statistic, whose digest is ``digest``;
    ``changes`` is what the ``method`` said. ``stay`` counts the findings that the run before made and this one did not, and that stay as
    somebody decided on them.
    """

    digest: str
    found: Receipt | None
    raster: Receipt
    changes: Changes
    method: Method
    stay: int = 0

    @property
    def gone(self) -> int:
        """Return how many findings of the run before were taken back."""
        return self.found.retracted if self.found else 0

    @property
    def earlier(self) -> str:
        """Return in words what became of the findings of the run before that this one did not make again; blank where there are none."""
        gone = f"{_findings(self.gone)} of the run before, not decided on, {'is' if self.gone == 1 else 'are'} taken back."
        kept = (
            f"{_findings(self.stay)} of earlier runs, decided on, {'stays' if self.stay == 1 else 'stay'} though not found again."
        )
        return " ".join(words for count, words in ((self.gone, gone), (self.stay, kept)) if count)


@dataclass(frozen=True, slots=True)
class Measured:
    """A comparison that was made and is not yet in the record: two sets of rows, and the raster's digest."""

    digest: str
    findings: list[dict[str, str]]
    scene: dict[str, str]
    changes: Changes
    method: Method


def measured(
    sheet: Sheet,
    pair: tuple[Held, Held],
    asked: Comparison,
    *,
    progress: Told | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Measured:
    """Compare two scenes; keep the raster beside the record, and return the rows that belong into it.

    Raises
    ------
    UnsuitableScenes
        They cannot be compared so; the message says why.
    StoreUnusable
        The raster of one is damaged.
    Stopped
        ``cancelled`` said so; nothing is kept.
    """
    before, after = pair
    method = named(asked.method)
    if before.digest == after.digest:
        raise UnsuitableScenes("the two scenes are one and the same; choose another one")
    if not 0 <= asked.least_area_m2 <= 1e9:
        raise UnsuitableScenes(f"the least area is {asked.least_area_m2:g} m²; choose one from 0 to 1,000,000,000 m²")
    record = sheet.record
    folder = added.folder(record)
    with kept.room(folder) as room:
        out = Path(room) / "statistic.tif"
        wanted = Wanted(asked.least_area_m2, shifted=asked.shifted)
        with rasters.readable(before, after):
            changes = compared(before.scene, after.scene, method, wanted=wanted, out=out, progress=progress, cancelled=cancelled)
        place = folder / f"{kept.digest(out)[: kept.NAMED]}.tif"
        os.replace(out, place)
    changes, said = permanent.outside(record, changes, method.kinds)
    digest = added.apart(record, sheet.user, place).stem
    marking = access.highest((one.marking for one in pair), record.configuration.markings)
    common = _common(pair, method, changes, marking) | {"statistic": digest}
    findings = [_finding(common | {"text": said}, outline, digest) for outline in changes.outlines]
    return Measured(digest, findings, _raster(pair, method, changes, common), changes, method)


def stored(sheet: Sheet, made: Measured, undo: Callable[[int, str], Receipt]) -> Compared:
    """Store the raster of the statistic and what was found; both, or neither.

    Raises
    ------
    UnsuitableScenes
        The record refuses some of it.
    """
    name = made.scene["made_by"]
    raster = added.stored(sheet.record, sheet.user, made.scene, name)
    found, stay = (None, 0) if raster.refused else _found(sheet, made, name)
    refused = (*raster.refused, *(found.refused if found else ()))
    if refused:
        for receipt in (found, raster):
            if receipt is not None and receipt.batch:
                undo(receipt.batch, "the record refused a part of the comparison")
        if not len(sheet.record.store.history(SCENES.id, made.digest)):
            (added.folder(sheet.record) / f"{made.digest}.tif").unlink(missing_ok=True)
        raise UnsuitableScenes(f"the comparison was not stored, for the record refuses a part of it: {refused[0].reason}")
    return Compared(made.digest, found, raster, made.changes, made.method, stay)


def _found(sheet: Sheet, made: Measured, name: str) -> tuple[Receipt | None, int]:
    """Store what was found, None where there is nothing to store; and how many stay that were not found again.

    What the same statistic yielded before and does not now is taken back in the same batch, unless somebody decided on it: accepted or
    rejected it, or made an incident of it. What is found again keeps what was decided of it.
    """
    held = sheet.features(FINDINGS.id)
    mine = held[held["statistic"] == made.digest]
    review = dict(zip(mine["id"], mine["review"], strict=True))
    incidents = dict(zip(review, cueing.incidents(sheet, list(review)), strict=True))
    lost = set(review) - {row["id"] for row in made.findings}
    gone = {of for of in lost if review[of] == REVIEW.default and not incidents[of]}
    if not made.findings and not gone:
        return None, len(lost)
    rows = [row | {"review": review.get(row["id"], REVIEW.default)} for row in made.findings]
    receipt = Submission(sheet.record, sheet.user, FINDINGS, gone=tuple(sorted(gone))).stored(rows, name)
    sheet.record.refresh()
    return receipt, len(lost - gone)


def _common(pair: tuple[Held, Held], method: Method, changes: Changes, marking: str) -> dict[str, str]:
    before, after = pair
    return {
        "method": f"{method.title}, version {method.version}",
        "before_at": _iso(before.scene),
        "after_at": _iso(after.scene),
        "valid_percent": f"{100 * changes.valid_share:.4g}",
        "cloud_percent": f"{100 * changes.cloud_share:.4g}",
        "least_area_m2": f"{changes.min_area_m2:g}",
        "shift_px": "" if changes.shift_px is None else f"{changes.shift_px:.2g}",
        "before": before.digest,
        "after": after.digest,
        "source": "Comparison of two scenes",
        "marking": marking,
    }


def _finding(common: dict[str, str], outline: Outline, digest: str) -> dict[str, str]:
    """Return the row of a finding; its id is that of its statistic and its outline, so that it is the same one when it is found again."""
    wkt = shapely.to_wkt(outline.geometry, rounding_precision=7)
    return common | {
        "id": f"{digest[:12]}-{hashlib.sha256(wkt.encode()).hexdigest()[:12]}",
        "name": outline.kind.label,
        "found": outline.kind.label,
        "area_m2": f"{outline.area_m2:.0f}",
        "strength": f"{outline.strength:.4g}",
        "p": f"{outline.p:.3g}",
        "wkt": wkt,
    }


def _raster(pair: tuple[Held, Held], method: Method, changes: Changes, common: dict[str, str]) -> dict[str, str]:
    before, after = pair
    learned = "; ".join(f"{name} {value:.4g}" for name, value in changes.learned.items())
    return {
        "id": common["statistic"],
        "name": f"Statistic: {method.statistic}",
        "sensor": "statistic",
        "acquired_at": _iso(after.scene),
        "bands": "statistic",
        "measured_in": "stored",
        "resolution_m": str(before.fields.get("resolution_m") or ""),
        "valid_percent": common["valid_percent"],
        "made_by": f"{common['method']}, of {before.title} and {after.title}",
        **{name: common[name] for name in ("method", "before", "after", "source", "marking")},
        "text": "\n".join(part for part in (f"Learned: {learned}" if learned else "", *changes.warnings) if part),
        "wkt": shapely.to_wkt(before.footprint, rounding_precision=7),
    }


def chosen(listed: Sequence[Held], text: str) -> str:
    """Return the digest of the one scene whose digest begins so, or that is called so.

    Raises
    ------
    UnsuitableScenes
        None is, or several are.
    """
    found = {of.digest for of in listed if (len(text) >= 4 and of.digest.startswith(text)) or of.fields.get("name") == text}
    if len(found) != 1:
        state = f"{len(found)} scenes are" if found else "no scene is"
        raise UnsuitableScenes(f"{state} called {text[:60]!r}; name one by its digest, as greenline scene DIR list shows it")
    return found.pop()


def _findings(count: int) -> str:
    return f"{count:,} {FINDINGS.one if count == 1 else f'{FINDINGS.one}s'}"


def _iso(scene: Scene) -> str:
    return scene.acquired_at.astimezone(UTC).isoformat()
