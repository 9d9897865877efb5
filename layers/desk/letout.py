"""A view's sheet as a release profile lets it out: what of its features leaves, and words that tell no more than they do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np
import shapely

from layers.briefing.placed import reaching
from layers.briefing.plate import MOST_TOLD, Details, Drawn, Plate, Told
from layers.catalogue import layer as declared
from layers.catalogue.incidents import COARSE
from layers.config import ReleaseProfile
from layers.desk import answers, plates, released, wording
from layers.desk.issued import Job, numbered
from layers.desk.record import Record
from layers.desk.released import Let, Release, Terms
from layers.desk.series import Each
from layers.desk.sheet import Sheet
from layers.errors import LayersError
from layers.notation import dtg

Said = list[dict[str, Any]]
#: What of a layer leaves, what its features say, and how they are drawn.
Shown = tuple[Let, Said, Drawn]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
#: What stands in the details of a feature for a field of which so few are alike that they could be counted.
_TOO_FEW = "not told: too few"


def shown(sheet: Sheet, terms: Terms) -> list[Shown]:
    """Return the layers that leave, the lowest first; kept answers, which show some of another layer's records, do not.

    Raises
    ------
    LayersError
        The profile lets no layer of the view out.
    """
    profile = terms.profile
    lets = [released.let(sheet, of, profile) for of in sheet.layers if not of.base and released.layer(profile, of)]
    if not lets:
        raise LayersError(f"{profile.title} lets nothing of this view out; show one of its layers, or choose another profile")
    return [_drawn(let) for let in lets]


def plate(sheet: Sheet, job: Job, number: int | None, layers: Sequence[Shown], *, detailed: bool = False) -> Plate:
    """Return the plate of a released sheet; without a number it is a preview and says so. ``detailed`` tells of its features as well."""
    there = [one for one in layers if len(one[2])]
    drawn = tuple(one[2] for one in there)
    frames = plates.grounds_of(job)
    told = _told(sheet, job, number, (layers, plates.inside(drawn, frames)))
    details = {let.of.id: _details(let, said, of, reaching(of, frames[0])) for let, said, of in there if detailed}
    return Plate(told, job.size, job.portrait, job.box, drawn, plates.land(sheet.record), scale=job.scale, details=details)


def title(sheet: Sheet, given: str) -> str:
    """Return what a released sheet is called: as it was asked, else by its first layer of records.

    Raises
    ------
    LayersError
        It seems to tell of a person.
    """
    first = next((of.title for of in sheet.layers if of.tiled and not of.base), "Situation")
    return released.impersonal("title", given) or first


def serial(record: Record, asked: Release | None, each: Each) -> None:
    """Refuse a series that would tell more of times than its release does: one sheet for each day, of a profile by the week.

    Raises
    ------
    LayersError
        It would.
    """
    held = _profile(record, asked)
    if held and each == "day" and held.dates in ("week", "month"):
        raise LayersError(
            f"{held.title} tells times by the {held.dates}, and a sheet for each day would tell the day; issue one sheet, or one for each sector"
        )


def tells(record: Record, asked: Release | None, layer: str) -> bool:
    """Say whether a product may tell where the features of a layer lie: one that is released, only where its profile lets them out."""
    held = _profile(record, asked)
    return asked is None or (held is not None and released.layer(held, declared(layer)) is not None)


def _profile(record: Record, asked: Release | None) -> ReleaseProfile | None:
    return next((one for one in record.configuration.releases if asked and one.id == asked.profile), None)


def _drawn(let: Let) -> Shown:
    parts = list(let)
    said: Said = [json.loads(text) for part in parts for text in part.payload]
    look = let.of.portrayal
    hue = _classes([one.codes for one in look.hues], [one.get(look.hue_field) for one in said])
    glyph = _classes([one.codes for one in look.glyphs], [one.get(look.glyph_field) for one in said])
    names = tuple(str(one.get(look.label_field) or "") for one in said) if look.label_field and not let.of.tiled else ()
    if let.of.geometry == "point":
        lon, lat = (np.concatenate([np.empty(0), *(getattr(part, axis) for part in parts)]) for axis in ("lon", "lat"))
        names, fewest = ((), let.profile.fewest) if _celled(let) else (names, 0)
        return let, said, Drawn(let.of, hue, glyph, lon, lat, names=names, fewest=fewest)
    lies = np.array(shapely.from_wkb([wkb for part in parts for wkb in part.wkb or ()]), object).reshape(-1)
    when = look.dashed_when
    dashed = np.array([bool(look.dash) and (when is None or one.get(when[0]) == when[1]) for one in said], bool)
    return let, said, Drawn(let.of, hue, glyph, shapes=lies, dashed=dashed, names=names)


def _classes(listed: Sequence[tuple[str, ...]], codes: Sequence[object]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    last = max(0, len(listed) - 1)
    return np.array([next((n for n, of in enumerate(listed) if code in of), last) for code in codes], np.int64)


def _told(sheet: Sheet, job: Job, number: int | None, shown: tuple[Sequence[Shown], plates.Inside]) -> Told:
    """Return every word of the sheet. The view is not told: its link leads back, and its words may tell what was left out."""
    (layers, here), terms = shown, job.terms
    assert terms is not None
    profile, by = terms.profile, ", ".join(part for part in (job.author, job.unit) if part)
    called = plates.called(number)
    period = released.span(profile, sheet)
    notes = (
        ("Released", terms.words.removeprefix("Released ")),
        ("Mission", sheet.record.configuration.title),
        ("Data cut-off", dtg(job.as_of)),
        ("Made", dtg(job.made_at)),
        ("By", by),
        ("For", job.to),
    )
    return Told(
        title=job.title,
        subtitle=" · ".join(
            text
            for text in (
                period,
                *_kept(sheet, layers),
                plates.unsectored(sheet.view, [let.of for let, _, _ in layers]),
                _counted(layers, here),
                _places(layers),
                _left_out(job, profile, layers),
            )
            if text
        ),
        band=sheet.band(job.marking),
        number=called,
        author=by,
        notes=tuple((label, text) for label, text in notes if text),
        sources=_sources(layers, here),
        disclaimer=plates.DISCLAIMER,
        stamp=f"Released: {profile.title}",
        trace=(
            f"{called} · what it was made of stands in the register of the mission",
            f"Record version {job.version} · {job.audited} · "
            + (
                f"made again by: greenline brief DIR --repeat {numbered(number)}" if number is not None else "no number was taken"
            ),
        ),
    )


def _kept(sheet: Sheet, layers: Sequence[Shown]) -> list[str]:
    """Return in words what the view keeps, as far as the profile lets those fields out; of the rest only that there is more."""
    view, told = sheet.view, {field.name for let, _, _ in layers if let.of.tiled for field in let.of.fields}
    open_to = tuple((name, codes) for name, codes in view.filters if name in told)
    more = len(open_to) < len(view.filters) or view.where or view.kp
    words = wording.kept(sheet.record, sheet.user, replace(view, filters=open_to, where=None, kp=None))
    return [*words, *(["only some of them, by what is not told here"] if more else [])]


def _left_out(job: Job, profile: ReleaseProfile, layers: Sequence[Shown]) -> str:
    gone = (
        released.of_few(sum(let.few for let, _, _ in layers), profile),
        "the imagery under the map" if job.view.scenes else "",
    )
    return f"left out: {' and '.join(filter(None, gone))}" if any(gone) else ""


def _places(layers: Sequence[Shown]) -> str:
    cells = [let for let, _, _ in layers if _celled(let)]
    return (
        f"one sign in the middle of an MGRS cell of {cells[0].profile.cell_m // 1_000} km, drawn as its gravest, with how many of all kinds it holds"
        if cells
        else ""
    )


def _celled(let: Let) -> bool:
    return let.of.geometry == "point" and let.of.id not in let.profile.exact


def _counted(layers: Sequence[Shown], here: plates.Inside) -> str:
    """Return how many of what leaves of each tiled layer stand on the sheet, and of how many in the view where these are more."""
    found = [(let.of, int(here[let.of.id].sum()) if len(drawn) else 0, len(drawn)) for let, _, drawn in layers if let.of.tiled]
    return ", ".join(plates.many(*one) for one in found) or "no records"


def _sources(layers: Sequence[Shown], here: plates.Inside) -> str:
    """Return the sources that the features on the sheet themselves tell of, those of most first."""
    seen = (one for let, said, drawn in layers if len(drawn) and let.of.id in here for one in compress(said, here[let.of.id]))
    return plates.listed(Counter(str(one["source"]) for one in seen if one.get("source")))


def _details(let: Let, said: Said, drawn: Drawn, here: Mask) -> Details:
    """Return what is told of each feature; of too many, of the worst alone, and of some victims not one by one.

    Nothing that the legend does not count can be counted here: no field is told by which fewer than its ``fewest`` could be told apart.
    """
    chosen = range(len(said)) if len(said) <= MOST_TOLD else np.flatnonzero(drawn.hue == 0)[:MOST_TOLD].tolist()
    one_by_one = [n for n in chosen if said[n].get("kind") not in COARSE]
    named = [field for field in let.of.fields if field.name != "marking"]
    seen = [n for n in one_by_one if here[n]]
    if 0 < len(seen) < drawn.fewest or 0 < int(here.sum()) - len(seen) < drawn.fewest:
        return Details()
    told = _many(let, [said[n] for n in seen], drawn.fewest)
    rows = {
        n: tuple(answers.cell(let.of, field.name, said[n].get(field.name)) if field.name in told else _TOO_FEW for field in named)
        for n in one_by_one
    }
    return Details(tuple(field.label for field in named), rows)


def _many(let: Let, said: Said, fewest: int) -> set[str]:
    """Return the fields that may be told together: of each combination of their values there are at least ``fewest`` features.

    Those that signs and colours tell come first. A blank is a value of these alone: of any other field it tells nothing.
    """
    look, known = let.of.portrayal, {field.name for field in let.of.fields}
    shown = [name for name in dict.fromkeys((look.hue_field, look.glyph_field)) if name in known]
    told: list[str] = []
    for name in dict.fromkeys((*shown, *(field.name for field in let.of.fields))):
        held = [one for one in said if name in shown or one.get(name) not in (None, "")]
        alike = Counter(tuple(str(one.get(of)) for of in (*told, name)) for one in held)
        told += [name] if min(alike.values(), default=fewest) >= fewest else []
    return set(told)
