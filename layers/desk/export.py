"""A view's features of one layer as a file that says where they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from layers.briefing import About, Content, unwritable, written
from layers.desk import answers, released, whereabouts, wording
from layers.desk import question as ask
from layers.desk.released import AT_ONCE, Let, Terms
from layers.desk.sheet import Sheet
from layers.errors import Unwritable
from layers.model import Layer, Versions

Progress = Callable[[int], None]


def export(sheet: Sheet, layer_id: str, path: Path, progress: Progress | None = None, terms: Terms | None = None) -> About:
    """Write the view's features of a layer to a file of the form its suffix names; return what it says of itself.

    With ``terms`` only what they let out, as coarse as they say and under their marking.

    Raises
    ------
    NotFound
        No such layer for this user.
    Unwritable
        The suffix is none that is known, the folder is not there, or the file already exists.
    LayersError
        The terms let nothing of this layer out.
    """
    of = ask.layer(sheet.record, sheet.user, layer_id)
    if reason := unwritable(path):
        raise Unwritable(reason)
    with sheet.record.picture.still() as version:
        each = sheet.reports()
        seqs, marking, events = each.seqs(of), each.marking(of), sheet.count(of)
    about = About(
        mission=sheet.record.configuration.title,
        layer=of.title,
        rows=len(seqs),
        view=sheet.view.text,
        words=wording.told(sheet),
        version=version,
        as_of=sheet.as_of,
        known_at=sheet.view.known_at,
        marking=marking or sheet.record.configuration.markings[0],
        exercise=sheet.record.configuration.exercise,
        counted=events if events < len(seqs) else None,
    )
    if terms:
        return _released(sheet, of, path, terms, about, progress)
    content = Content(
        of, _Chunks(sheet, of, seqs, progress), lambda fields: answers.title(of, fields), _placed(sheet, of, about.marking)
    )
    written(path, content, about)
    return about


def _released(sheet: Sheet, of: Layer, path: Path, terms: Terms, about: About, progress: Progress | None) -> About:
    """Write what terms let out. The file does not say what was asked: a link would lead back, and its words may tell too much."""
    let = released.let(sheet, of, terms.profile)
    period = released.span(terms.profile, sheet)
    about = replace(
        about,
        layer=let.of.title,
        rows=len(let.seqs),
        counted=None,
        view="",
        words=period,
        known_at=None,
        marking=terms.profile.marking,
        released=(("Released", terms.words.removeprefix("Released ")), *let.lines),
    )
    written(path, Content(let.of, _LetOut(let, progress), lambda fields: answers.title(let.of, fields)), about)
    return about


def _placed(sheet: Sheet, of: Layer, marking: str) -> Callable[[Versions], dict[str, pa.Array]] | None:
    if not of.tiled:
        return None
    return lambda versions: whereabouts.columns(sheet, versions, marking)


@dataclass(frozen=True, slots=True)
class _Chunks:
    """Features of a sheet, so many at a time, from the start whenever they are asked for."""

    sheet: Sheet
    of: Layer
    seqs: npt.NDArray[np.int64]
    progress: Progress | None

    def __iter__(self) -> Iterator[Versions]:
        for begin in range(0, len(self.seqs), AT_ONCE):
            versions = self.sheet.record.store.records(self.of.stored, self.seqs[begin : begin + AT_ONCE].tolist())
            yield versions
            if self.progress:
                self.progress(begin + len(versions))


@dataclass(frozen=True, slots=True)
class _LetOut:
    """What leaves of a layer, so many at a time, from the start whenever it is asked for."""

    let: Let
    progress: Progress | None

    def __iter__(self) -> Iterator[Versions]:
        done = 0
        for versions in self.let:
            yield versions
            done += len(versions)
            if self.progress:
                self.progress(done)
