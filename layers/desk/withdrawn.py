"""What became, since a moment, of the records that a view held then: withdrawn, changed, or changed so that it holds them no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from layers import access
from layers.desk import accounts
from layers.desk import question as ask
from layers.desk.sheet import Sheet
from layers.index import Selection
from layers.model import Layer, to_micros
from layers.notation import dtg

_MOMENT = timedelta(microseconds=1)
#: So many of the withdrawn are named; how many there are is always said.
_MOST_NAMED = 12
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Since:
    """Of the records that a view held at a moment: the versions that were withdrawn since, how many changed, how many of these left it."""

    withdrawn: Ints
    changed: int
    left: int
    rank: int

    @property
    def words(self) -> str:
        """Return it in words, ``1 changed, 2 withdrawn``; that nothing was withdrawn is said as well."""
        gone = f"{len(self.withdrawn):,}" if len(self.withdrawn) else "none"
        told = (f"{self.changed:,} changed" if self.changed else "", f"{gone} withdrawn")
        return ", ".join(filter(None, (*told, f"{self.left:,} changed and no longer in this view" if self.left else "")))


def since(sheet: Sheet, of: Layer, moment: datetime) -> Since:
    """Return what became of the records of a tiled layer that the filters of a sheet's view held right before a moment, whenever they occurred.

    It is told as known at the sheet's own moment, so it is the same whenever it is asked again; of records, each by itself, so that
    one that was linked to another since has changed and is still there.
    """
    index = sheet.record.picture.points[of.stored]
    window = replace(sheet.window, start=None, end=None, by="occurred", known_at=moment - _MOMENT)
    asked = ask.question(sheet.record, sheet.user, sheet.view, of, within=window)
    stood = index.ask(replace(asked, each=True))
    begin, end = to_micros(moment), to_micros(sheet.moment)
    ended = _of(stood, "replaced") <= end
    feature, seq, marking = (_of(stood, name)[ended] for name in ("feature", "seq", "marking"))
    later = [part.feature[(part.recorded >= begin) & (part.recorded <= end) & (part.replaced > end)] for part in index.parts]
    standing = np.isin(feature, np.concatenate(later))
    here = np.isin(feature, _of(sheet.reports().points(of), "feature"))
    gone = ~standing & ~here
    return Since(
        np.sort(seq[gone]), int(here.sum()), int((standing & ~here).sum()), int(marking[gone].astype(np.int64).max(initial=-1))
    )


def marking(sheet: Sheet, moment: datetime) -> list[str]:
    """Return the highest marking of what was withdrawn of each tiled layer of a sheet since a moment: it is told of there as well."""
    ranks = [since(sheet, of, moment).rank for of in sheet.layers if of.tiled]
    return [access.named(rank, sheet.record.configuration.markings) for rank in ranks if rank >= 0]


def named(sheet: Sheet, moment: datetime) -> str:
    """Return in words which records were withdrawn since a moment, by their ids; blank where none was.

    Those of kinds that are told by coarse place and week only are not named.
    """
    found: list[str] = []
    count = 0
    for of in (of for of in sheet.layers if of.tiled):
        seqs = since(sheet, of, moment).withdrawn
        count += len(seqs)
        versions = sheet.record.store.records(of.stored, seqs.tolist())
        found += [name for n, name in enumerate(versions.feature) if not accounts.coarse(versions, n)]
    more = count - min(len(found), _MOST_NAMED)
    listed = ", ".join(found[:_MOST_NAMED])
    rest = f"{' and ' if listed else ''}{more:,} {'more' if listed else 'not named'}" if more else ""
    return f"withdrawn since {dtg(moment)}: {listed}{rest}" if count else ""


def _of(parts: tuple[Selection, Selection], name: str) -> Ints:
    return np.concatenate([getattr(part.columns, name)[part.rows] for part in parts])
