"""Rows as a release profile lets them leave: fewer fields, in cells, coarse in time, without signs of persons, and none of few."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from layers import access
from layers.access import User
from layers.analysis import release as law
from layers.catalogue import LAYERS
from layers.catalogue import layer as declared
from layers.catalogue.incidents import COARSE
from layers.config import ReleaseProfile
from layers.config.releases import plain, read_back
from layers.desk.record import Record
from layers.desk.sheet import Sheet
from layers.errors import LayersError, NotFound
from layers.model import COARSE_M, NO_TIME, Field, Layer, Portrayal, Versions, from_micros, to_micros
from layers.notation import begun, dtg, ended, format_iso, reach, snapped
from layers.notation.personal import personal_signs, place_signs

#: Rows held in memory at once.
AT_ONCE = 20_000
_LONGEST = 300
#: What leads to other records, or back to when each place was passed.
_LINKS = ("event", "route", "times", "before", "after", "statistic")

Said = dict[str, Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Release:
    """Under which profile something is to leave, and why."""

    profile: str
    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """A release as it was decided: the profile as it stood then, who let it out, why, and how the rows themselves are marked."""

    profile: ReleaseProfile
    who: str
    reason: str
    own: str

    @property
    def told(self) -> str:
        """Return under which profile it is released, by whom, and why."""
        return f"{self.profile.title} by {self.who}: {self.reason}"

    @property
    def words(self) -> str:
        """Return the same as a sentence."""
        return f"Released under {self.told}"

    @property
    def text(self) -> str:
        """Return the terms as one text of the audit, which ``terms`` reads back."""
        said = {"profile": plain(self.profile), "who": self.who, "reason": self.reason, "own": self.own}
        return json.dumps(said, sort_keys=True)


def terms(text: str) -> Terms | None:
    """Return the terms that a line of the audit holds, None for a blank."""
    if not text:
        return None
    said = json.loads(text)
    return Terms(read_back(said["profile"]), said["who"], said["reason"], said["own"])


def decided(record: Record, user: User, asked: Release, own: str) -> Terms:
    """Return the terms of a release that a user asks for, of rows that are marked ``own``.

    Raises
    ------
    NotAllowed
        None of the user's roles may release anything.
    NotFound
        The mission has no such profile.
    LayersError
        The reason is blank, too long, or itself tells of a person; or the profile names what there is not.
    """
    access.require(user, "release")
    known = {one.id: one for one in record.configuration.releases}
    if asked.profile not in known:
        there = f"there are: {', '.join(known)}" if known else "write one as [[release]] in mission.toml"
        raise NotFound(f"no release profile {asked.profile[:40]!r}; {there}")
    reason = impersonal("reason", asked.reason)
    if not 0 < len(reason) <= _LONGEST:
        raise LayersError(f"the reason of a release is {len(reason)} characters long; give one of 1 to {_LONGEST}")
    _sound(known[asked.profile])
    return Terms(known[asked.profile], user.name, reason, own)


def _sound(profile: ReleaseProfile) -> None:
    """Refuse a profile that names a layer or a field that there is not: what it meant to hold back would leave."""
    layers = {one.id: {field.name for field in one.fields} for one in LAYERS}
    for of, names in (*profile.keep, *profile.drop):
        wrong = [of] if of not in layers else sorted(set(names) - layers[of])
        if wrong:
            raise LayersError(
                f"the release profile {profile.id} names {wrong[0][:40]!r}, which there is not; mend it in mission.toml"
            )
    for of in profile.exact:
        if of not in layers:
            raise LayersError(f"the release profile {profile.id} names {of[:40]!r}, which there is not; mend it in mission.toml")


def impersonal(called: str, text: str) -> str:
    """Return a text that is printed on what leaves, its blanks single; refuse one that seems to tell of a person or of an exact place."""
    found = " ".join(text.split())
    if sign := personal_signs([found], strict=True)[0]:
        raise LayersError(f"the {called} seems to hold {sign}, and is printed on what is released; write it without")
    if place_signs([found])[0]:
        raise LayersError(
            f"the {called} seems to hold a grid or coordinates, and is printed on what is released; write it without"
        )
    return found


def layer(profile: ReleaseProfile, of: Layer) -> Layer | None:
    """Return a layer with the fields that a profile lets out, None where it lets nothing of it out.

    Nothing by which a row could be found again in the record leaves: no id, and no name that somebody kept an answer under.
    """
    whole = declared(of.stored)
    keep, drop = dict(profile.keep), dict(profile.drop)
    if (whole.id not in keep and whole.id not in drop) or not (whole.geometry == "point" or whole.id in profile.exact):
        return None

    def leaves(field: Field) -> bool:
        if field.name in ("id", "marking", *_LINKS) or field.sensitive or (field.name == "text" and profile.text == "drop"):
            return field.name == "marking"
        return field.name in keep[whole.id] if whole.id in keep else field.name not in drop[whole.id]

    kept = tuple(filter(leaves, whole.fields))
    return replace(whole, fields=kept, portrayal=_portrayed(whole, {field.name for field in kept}))


def _portrayed(of: Layer, kept: set[str]) -> Portrayal:
    """Return how a layer is drawn where only some fields are told: what follows from another is drawn alike."""
    look = of.portrayal
    if look.hue_field not in kept:
        look = replace(look, hue_field="", hues=(replace(look.hues[-1], codes=(), label=of.title),))
    if look.glyphs and look.glyph_field not in kept:
        look = replace(look, glyph_field="", glyphs=(replace(look.glyphs[-1], codes=(), label=of.title),))
    if look.label_field not in kept:
        look = replace(look, label_field="")
    dashed = look.dashed_when
    return replace(look, dash=(), dashed_when=None) if dashed and dashed[0] not in kept else look


def required(profile: ReleaseProfile, of: Layer) -> Layer:
    """Return the same, or say why there is none."""
    found = layer(profile, of)
    if found is None:
        others = ", ".join(one.title for one in LAYERS if layer(profile, one))
        raise LayersError(f"{profile.title} lets nothing of {of.title} out; it lets out: {others or 'nothing'}")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Let:
    """What of a sheet's layer leaves, in the order in which it is written, and how much does not."""

    sheet: Sheet
    of: Layer
    profile: ReleaseProfile
    seqs: npt.NDArray[np.int64]
    few: int
    personal: int

    def __iter__(self) -> Iterator[Versions]:
        """Return the rows as they leave, so many at a time; their order tells nothing of when they were recorded."""
        for begin in range(0, len(self.seqs), AT_ONCE):
            found = coarsened(_read(self.sheet, self.of, self.seqs[begin : begin + AT_ONCE]), self.of, self.profile)[0]
            shown = list(zip(found.lon.tolist(), found.lat.tolist(), found.payload, strict=True))
            yield _taken(found, np.array(sorted(range(len(shown)), key=shown.__getitem__), np.int64))

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return what was left out and made coarse, as pairs of label and text."""
        gone = [field.label for field in declared(self.of.id).fields if self.of.field(field.name) is None]
        out = [
            of_few(self.few, self.profile),
            f"{self.personal:,} texts with signs of persons or of exact places" if self.personal else "",
            f"the fields {', '.join(gone)}" if gone else "",
        ]
        return (("Left out", "; ".join(filter(None, out)) or "nothing"), ("Coarse", coarseness(self.profile, self.of)))


def of_few(count: int, profile: ReleaseProfile) -> str:
    """Return in words how many records were left out since too few are alike, blank for none; of few only that they are few."""
    told = f"{count:,}" if count >= profile.fewest else f"under {profile.fewest}"
    return f"{told} records in cells of fewer than {profile.fewest} alike" if count else ""


def let(sheet: Sheet, of: Layer, profile: ReleaseProfile) -> Let:
    """Return what of a layer leaves: all rows are made coarse first, and then those left out that too few are like.

    Raises
    ------
    LayersError
        The profile lets nothing of this layer out.
    """
    out, seqs = required(profile, of), sheet.seqs(of)
    lon, lat, groups, personal = [np.empty(0)], [np.empty(0)], [np.empty(0, np.int64)], 0
    guarded = [np.empty(0, bool)]
    numbers: dict[tuple[object, ...], int] = {}
    for begin in range(0, len(seqs), AT_ONCE):
        rows = _read(sheet, of, seqs[begin : begin + AT_ONCE])
        guarded.append(_guarded(rows))
        found, signs = coarsened(rows, out, profile)
        lon, lat, personal = [*lon, found.lon], [*lat, found.lat], personal + signs
        groups.append(np.array([numbers.setdefault(key, len(numbers)) for key in _alike(found, out, profile)], np.int64))
    east, north = np.concatenate(lon), np.concatenate(lat)
    few = np.zeros(len(seqs), bool) if out.id in profile.exact else law.few(np.concatenate(groups), profile.fewest)
    if out.field("kind") is None:
        # Coarser than all others, they would tell their kind where no kind is told.
        few |= np.concatenate(guarded)
    order = np.lexsort((north, east))
    order = order[~few[order]]
    return Let(sheet, out, profile, seqs[order], int(few.sum()), personal)


def coarsened(versions: Versions, of: Layer, profile: ReleaseProfile) -> tuple[Versions, int]:
    """Return versions as they may leave, and how many texts were left out for signs of persons.

    Parameters
    ----------
    of : Layer
        With the fields that leave.
    """
    said: list[Said] = [json.loads(text) for text in versions.payload]
    guarded = _guarded(versions)
    held = _coarsest(profile)
    exact = of.id in profile.exact
    lon, lat = _placed(versions, guarded, 0 if exact else profile.cell_m, held.cell_m)
    made: dict[str, Sequence[object]] = {}
    personal = 0
    for field in of.fields:
        values = [one.get(field.name) for one in said]
        if field.kind == "time":
            made[field.name] = _periods(values, guarded, (profile, held), ends=field.name == of.until_field)
        elif field.kind == "text" or field.open:
            made[field.name], signs = _scanned(values, of, field, guarded, exact=exact)
            personal += signs
        elif field.name == "precision_m" and not exact:
            far = np.where(guarded, reach(lon, lat, held.cell_m), reach(lon, lat, profile.cell_m))
            made[field.name] = far.tolist()
        else:
            made[field.name] = values
    rows = [
        {name: value for name, value in zip(made, row, strict=True) if value is not None}
        for row in zip(*made.values(), strict=True)
    ]
    nothing = np.zeros(len(versions), np.int64)
    payload = [json.dumps(row | {"marking": profile.marking}, ensure_ascii=False, sort_keys=True) for row in rows]
    unknown = np.full(len(versions), NO_TIME)
    return replace(
        versions, seq=nothing, previous=nothing, batch=nothing, row=nothing, recorded=nothing, feature=[""] * len(versions),
        lon=lon, lat=lat, start=unknown, until=unknown, reported=unknown, marking=[profile.marking] * len(versions), payload=payload,
    ), personal  # fmt: skip


def span(profile: ReleaseProfile, sheet: Sheet) -> str:
    """Return the period that a released product is of, no finer than its times but for its cut-off, and whether it is but a part of that."""
    begin, end = sheet.window.start, sheet.window.end or sheet.moment
    first, last = (
        begun([to_micros(begin)], profile.dates)[0] if begin else None,
        ended([to_micros(end)], profile.dates)[0],
    )
    part = "" if first in (None, to_micros(begin) if begin else None) and last == to_micros(end) else "Part of the time "
    by = f"{part}{'recorded ' if sheet.window.by == 'recorded' else ''}from"
    return f"{by[0].upper()}{by[1:]} {dtg(from_micros(first)) if first is not None else 'the beginning'} to {dtg(min(from_micros(last), sheet.moment))}, by the {profile.dates}"


def coarseness(profile: ReleaseProfile, of: Layer) -> str:
    """Return how coarse places and times of a layer are."""
    where = f"each place is the middle of an MGRS cell of {profile.cell_m // 1_000} km"
    return f"{'places are exact' if of.id in profile.exact else where}; each time is the beginning of its {profile.dates}, UTC"


def _guarded(versions: Versions) -> npt.NDArray[np.bool_]:
    """Say which rows are of a kind whose victims are told of by coarse place and time only."""
    return np.array([json.loads(text).get("kind") in COARSE for text in versions.payload], bool)


def _coarsest(profile: ReleaseProfile) -> ReleaseProfile:
    dates = profile.dates if profile.dates == "month" else "week"
    return replace(profile, cell_m=max(profile.cell_m, COARSE_M), dates=dates)


def _placed(versions: Versions, guarded: npt.NDArray[np.bool_], usual_m: int, coarse_m: int) -> tuple[Floats, Floats]:
    """Return where rows are put: into cells of the usual side, where 0 leaves them, and those that are guarded into coarse ones."""
    usual = snapped(versions.lon, versions.lat, usual_m) if usual_m else (versions.lon, versions.lat)
    if not guarded.any():
        return usual
    coarse = snapped(versions.lon, versions.lat, coarse_m)
    return np.where(guarded, coarse[0], usual[0]), np.where(guarded, coarse[1], usual[1])


def _periods(
    values: Sequence[Any], guarded: npt.NDArray[np.bool_], profiles: tuple[ReleaseProfile, ReleaseProfile], *, ends: bool
) -> list[object]:
    micros = np.array([to_micros(datetime.fromisoformat(one)) if one else NO_TIME for one in values], np.int64)
    usual, coarse = ((ended if ends else begun)(micros, one.dates) for one in profiles)
    texts = format_iso(np.where(guarded, coarse, usual)).tolist()
    return [text if value else None for text, value in zip(texts, values, strict=True)]


def _scanned(
    values: Sequence[Any], of: Layer, field: Field, guarded: npt.NDArray[np.bool_], *, exact: bool
) -> tuple[list[object], int]:
    """Return texts without those that have signs of persons, or of places where these are told by a cell, and how many had; a code that is known is none."""
    known = {choice.code for choice in field.choices}
    free = [str(value) if value is not None and value not in known else "" for value in values]
    signs = personal_signs(pa.array(free, pa.string()), place=field.name == of.name_field, strict=True).astype(bool)
    signs |= place_signs(free) & (not exact)
    hidden = signs | (guarded & (field.kind == "text"))
    return [None if gone else value for gone, value in zip(hidden.tolist(), values, strict=True)], int(signs.sum())


def _alike(versions: Versions, of: Layer, profile: ReleaseProfile) -> Iterator[tuple[object, ...]]:
    """Return of each row what it counts together by: its cell, and what it says in the fields that tell rows apart."""
    names = [name for name in profile.alike if of.field(name) is not None]
    said: Iterator[Mapping[str, object]] = map(json.loads, versions.payload)
    for east, north, one in zip(versions.lon.tolist(), versions.lat.tolist(), said, strict=True):
        yield (east, north, *(one.get(name) for name in names))


def _read(sheet: Sheet, of: Layer, seqs: npt.NDArray[np.int64]) -> Versions:
    return sheet.record.store.records(of.stored, seqs.tolist())


def _taken(versions: Versions, order: npt.NDArray[np.int64]) -> Versions:
    """Return versions in another order."""
    at = order.tolist()
    held: dict[str, Any] = {field.name: getattr(versions, field.name) for field in fields(versions) if field.name != "layer"}
    moved: dict[str, Any] = {
        name: column[order] if isinstance(column, np.ndarray) else column and [column[n] for n in at]
        for name, column in held.items()
    }
    return replace(versions, **moved)
