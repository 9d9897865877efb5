"""What was known at an earlier moment is placed and judged by the lines and zones that were known then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from layers.desk import places
from layers.desk.record import Record
from layers.index import Columns, Question, Recoding
from layers.model import Layer

Asked = Mapping[str, Question]


def recoding(record: Record, of: Layer, then: Asked, now: Asked) -> Recoding | None:
    """Return the codes of what is derived, of a tiled layer, by lines and zones as known at another moment.

    Parameters
    ----------
    record : Record
    of : Layer
    then, now : mapping of str to Question
        The lines and zones that are meant, by layer: those of the moment, and those of now.

    Returns
    -------
    Recoding or None
        None where both mean the same versions: the index's own codes are right then. Else reckoned once for these versions and kept.
        The agreement is that of now. Every spelling is in the index's vocabulary when this returns.
    """
    versions = _versions(record, then)
    if versions == _versions(record, now):
        return None
    picture = record.picture
    around, key = picture.around(then), (of.stored, versions, picture.agreed.digest)

    def recoded(part: Columns) -> Columns:
        # The keys of a part stay the same array when rows of it are replaced by later ones.
        codes = record.relations.kept(("derived", *key), part.key, lambda: picture.coded(of.stored, part, around))
        return record.relations.kept(("recoded", *key), part, lambda: replace(part, codes={**part.codes, **codes}))

    for part in picture.points[of.stored].parts:
        recoded(part)
    return Recoding(key, recoded)


def _versions(record: Record, asked: Asked) -> tuple[bytes, ...]:
    shapes = record.picture.shapes
    return tuple(
        shapes[name].seq[shapes[name].mask(asked[name])].tobytes() for name in (places.LINES, places.ZONES) if name in asked
    )
