"""A scene on its way into the record: its raster beside the record first, then one row that says what it shows."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from layers import access
from layers.access import User
from layers.catalogue.findings import LAYER as FINDINGS
from layers.catalogue.scenes import LAYER
from layers.desk import resting, scenes
from layers.desk.answers import cell
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.desk.submission import Submission
from layers.errors import UnreadableFile
from layers.imagery import kept
from layers.imagery.header import Found, Guess
from layers.imagery.intake import Answers, Taken
from layers.imagery.scene import RADAR
from layers.model import Receipt
from layers.notation import dtg

_AHEAD = timedelta(days=1)
#: The first year that a view may hold.
_FIRST_YEAR = 1900
_SAME = timedelta(seconds=1)
#: What has to be known of every scene, in words, and how the command line is told it.
_ASKED = {
    "acquired_at": ("when it was taken", "--acquired TIME"),
    "sensor": ("what took it", "--sensor NAME"),
    "bands": ("what each band shows", '--bands "WORDS"'),
    "scale": ("the scale of its numbers", "--scale NUMBER"),
    "offset": ("the offset of its numbers", "--offset NUMBER"),
    "decibels": ("whether its numbers are decibels", "--decibels or --no-decibels"),
}
#: What is said of a scene in words.
_WORDS = ("name", "source", "text", "made_by")


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a scene beside what its pixels mean.

    What is blank stays as it stands of a scene that is here already; a new one without a marking gets the mission's usual one.
    """

    name: str = ""
    source: str = ""
    marking: str = ""
    text: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """A scene that was added: its digest, the receipt of its row, and sentences for the analyst."""

    digest: str
    receipt: Receipt
    warnings: tuple[str, ...]


def answered(found: Found, said: Mapping[str, object] | None = None) -> Answers:
    """Return what a scene is: what is said by hand, by the names of ``Answers``, before what was guessed.

    Raises
    ------
    UnreadableFile
        Something is neither said nor known; the message lists all of it.
    """
    guesses: dict[str, Guess[Any]] = {
        "acquired_at": found.acquired_at,
        "sensor": found.sensor,
        "bands": found.roles,
        "scale": found.scale,
        "offset": found.offset,
        "decibels": found.decibels,
        "nodata": found.nodata,
    }
    whole: dict[str, Any] = {name: guess.value for name, guess in guesses.items()} | {
        n: v for n, v in (said or {}).items() if v is not None
    }
    lacks = [asked for name, asked in _ASKED.items() if whole[name] is None]
    if lacks:
        words, said_so = (list(part) for part in zip(*lacks, strict=True))
        with_it = f"greenline scene DIR add FILE {' '.join([*_given(said or {}), *said_so])}"
        raise UnreadableFile(f"{found.name} does not tell {_listed(words)}; say it on the Imagery page, or with: {with_it}")
    return Answers(**whole)


def _given(said: Mapping[str, object]) -> list[str]:
    """Return what was said already, as the command line is told it."""
    given = []
    for name, value in said.items():
        if value is None:
            continue
        option = "--acquired" if name == "acquired_at" else f"--{name}"
        if name == "decibels":
            given.append("--decibels" if value else "--no-decibels")
        elif isinstance(value, datetime):
            given.append(f"{option} {value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        elif isinstance(value, tuple):
            given.append(f'{option} "{" ".join(value)}"')
        else:
            given.append(f"{option} {value}")
    return given


def markable(said: Described, markings: Sequence[str]) -> None:
    """Refuse a marking that the user may not give, before anything is read."""
    if said.marking and said.marking not in markings:
        raise UnreadableFile(f"the marking {said.marking[:40]!r} cannot be given; choose one of {', '.join(markings)}")


def past(answers: Answers, now: datetime, name: str) -> None:
    """Refuse a scene of the future, but for clocks that go a little before, and one of a year that no view holds."""
    at = answers.acquired_at
    if at is not None and not (at.year >= _FIRST_YEAR and at <= now + _AHEAD):
        fault = f"lies before {_FIRST_YEAR}" if at.year < _FIRST_YEAR else "lies in the future"
        raise UnreadableFile(f"{name} was taken {at.isoformat()[:10]}, which {fault}; say when it was taken")


def folder(record: Record) -> Path:
    """Return where the mission keeps its rasters, rid of what work that was killed left there."""
    place = record.folder / scenes.FOLDER
    kept.swept(place, time.time())
    return place


def apart(record: Record, user: User, path: Path) -> Path:
    """Return a raster as no scene has it that the user may not see: in place of such a one a copy, so that adding tells of none."""
    markings = record.configuration.markings
    top = access.ceiling(user, markings)
    while any(access.rank(marking, markings) > top for marking in record.store.current(LAYER.id, [path.stem]).marking):
        path = kept.copied(path)
    return path


def here(sheet: Sheet, taken: Taken) -> Added | None:
    """Return a scene that is here already as it stands; None where it is not."""
    if not scenes.held(sheet, taken.path.stem):
        return None
    return Added(taken.path.stem, Receipt(None, 0, 0, 1, 0), ("The scene is here already and keeps all that is said of it.",))


def again(sheet: Sheet, digest: str, answers: Answers, said: Described) -> tuple[Described, tuple[str, ...]]:
    """Return what is said of a scene that may be here already, and sentences on what stays of it and of what rests on it.

    Raises
    ------
    UnreadableFile
        An analyst withdrew it.
    """
    assert answers.acquired_at is not None
    whole, told = _standing(sheet, digest, said)
    return whole, (*told, *_otherwise(sheet, digest, answers, whole), *_dated(sheet, digest, answers.acquired_at))


def _standing(sheet: Sheet, digest: str, said: Described) -> tuple[Described, tuple[str, ...]]:
    """Return what is said of a scene beside what the record says of it already, and sentences on what stays.

    What is left blank stays as it stands, and adding a scene again never lowers its marking.
    """
    record, markings = sheet.record, sheet.record.configuration.markings
    current = record.store.current(LAYER.id, [digest])
    if not len(current):
        return said, ()
    written = json.loads(current.payload[0])
    if current.retracted[0] and written.get("edited", {}).get("withdrawn"):
        raise UnreadableFile(
            f"the scene was withdrawn and stays so when it is added again; undo its withdrawal, batch {current.batch[0]}, "
            "on the Import page, or with: greenline undo"
        )
    fields = {} if current.retracted[0] else written
    blank = {name: str(fields.get(name) or "") for name in _WORDS if not getattr(said, name)}
    stands, given = current.marking[0], said.marking or record.configuration.default_marking
    raised = access.rank(given, markings) > access.rank(stands, markings) and bool(said.marking)
    falls = access.rank(given, markings) < access.rank(stands, markings) and bool(scenes.held(sheet, digest))
    told = f"The scene is here already and keeps its marking {stands}: adding it again lowers none. Edit the scene to lower it."
    return replace(said, **blank, marking=given if raised else stands), (told,) if falls else ()


def _otherwise(sheet: Sheet, digest: str, answers: Answers, said: Described) -> tuple[str, ...]:
    """Return a sentence on what is said otherwise of a scene that is here for the user, from what to what, and on what rests on it."""
    here = scenes.held(sheet, digest)
    if not here:
        return ()
    now: dict[str, object] = {"name": said.name, "sensor": answers.sensor, "bands": " ".join(answers.bands)}
    now |= {
        "scale": float(f"{answers.scale:.12g}"),
        "offset": float(f"{answers.offset:.12g}"),
        "measured_in": measured_in(answers),
    }
    was = {name: here[0].fields.get(name) for name in now}
    changes = [
        f"{field.label} from {cell(LAYER, field.name, was[field.name]) or 'nothing'} to {cell(LAYER, field.name, now[field.name]) or 'nothing'}"
        for field in LAYER.fields
        if field.name in now and (was[field.name] or "") != (now[field.name] or "")
    ]
    words = f"The scene is said otherwise than before: {'; '.join(changes)}. {resting.found_on(sheet, [digest])}"
    return (words.strip(),) if changes else ()


def _dated(sheet: Sheet, digest: str, at: datetime) -> tuple[str, ...]:
    """Return a sentence where findings that the user sees rest on a scene with another date than it has from now on."""
    findings = sheet.features(FINDINGS.id)
    rest = [
        datetime.fromisoformat(str(when))
        for name in ("before", "after")
        for when in findings[f"{name}_at"][findings[name] == digest]
    ]
    other = [when for when in rest if abs(when - at) >= _SAME]
    if not other:
        return ()
    many = "1 finding rests on it and keeps" if len(other) == 1 else f"{len(other):,} findings rest on it and keep"
    dates = " or ".join(dtg(when) for when in sorted(set(other))[:3])
    return (f"The scene was dated {dates} before: {many} that date. Compare the two scenes again to date what was found anew.",)


def row(taken: Taken, answers: Answers, said: Described) -> dict[str, str]:
    """Return the row of the scenes layer that a raster has."""
    assert answers.acquired_at is not None
    return {
        "id": taken.path.stem,
        "name": said.name,
        "sensor": answers.sensor,
        "acquired_at": answers.acquired_at.astimezone(UTC).isoformat(),
        "bands": " ".join(answers.bands),
        "scale": f"{answers.scale:.12g}",
        "offset": f"{answers.offset:.12g}",
        "measured_in": measured_in(answers),
        "resolution_m": f"{taken.resolution_m:.4g}",
        "valid_percent": f"{100 * taken.valid_share:.4g}",
        "made_by": said.made_by,
        "source": said.source,
        "marking": said.marking,
        "text": said.text,
        "wkt": taken.footprint_wkt,
    }


def measured_in(answers: Answers) -> str:
    """Return the code of what a scene's numbers are once they are scaled."""
    if RADAR & set(answers.bands):
        return "decibels" if answers.decibels else "linear"
    if answers.sensor == "elevation":
        return "metres"
    return "stored" if answers.scale == 1 or answers.sensor in ("drone", "statistic") else "reflectance"


def stored(record: Record, user: User, row: dict[str, str], name: str) -> Receipt:
    """Store the row of a scene whose raster lies beside the record; no other row may name it."""
    receipt = Submission(record, user, LAYER, raster=row["id"]).stored([row], name)
    record.refresh()
    return receipt


def settled(record: Record, taken: Taken, receipt: Receipt, told: Sequence[str] = ()) -> Added:
    """Return what was added, and all that is ``told`` of it; a raster whose row was refused goes, unless the record knows it.

    Raises
    ------
    UnreadableFile
        The row was refused.
    """
    if receipt.refused:
        if not len(record.store.history(LAYER.id, taken.path.stem)):
            taken.path.unlink(missing_ok=True)
        fault = receipt.refused[0]
        raise UnreadableFile(f"the scene was not added: {fault.field} {fault.reason}")
    return Added(taken.path.stem, receipt, (*taken.warnings, *told, *receipt.said))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
