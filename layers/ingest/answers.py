"""What was said by hand of how a file is read, laid over how it would be read otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from layers.errors import UnreadableFile
from layers.ingest.conventions import Conventions
from layers.ingest.dialect import PLACES
from layers.ingest.reading import Proposal
from layers.model import Layer


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers for one file.

    Attributes
    ----------
    columns : pairs of field or place and column
        A blank column takes the field from none.
    meanings : triples of field, value and code
    written : Conventions
    """

    columns: Sequence[tuple[str, str]] = ()
    meanings: Sequence[tuple[str, str, str]] = ()
    written: Conventions = Conventions()  # noqa: RUF009 - it never changes

    def __bool__(self) -> bool:
        return bool(self.columns or self.meanings or self.written != Conventions())


def answered(proposal: Proposal, layer: Layer, answers: Answers) -> Proposal:
    """Return a proposal with answers laid over it.

    Raises
    ------
    UnreadableFile
        A field, a column or a code is named that is not there.
    """
    layer = proposal.of or layer
    mapping, fields = proposal.mapping, [field.name for field in layer.fields]
    for name, column in answers.columns:
        _there("field", name, [*fields, *PLACES])
        if column:
            _there("column", column, list(proposal.samples))
        mapping = mapping.with_column(name, column or None)
    for name, value, code in answers.meanings:
        _there("field", name, fields)
        choices = next(field.choices for field in layer.fields if field.name == name)
        _there(f"value of {name}", code, [choice.code for choice in choices])
        mapping = mapping.with_code(name, value, code)
    if answers.written != Conventions():
        mapping = mapping.with_answers(answers.written)
    return replace(proposal, mapping=mapping)


def _there(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UnreadableFile(f"{name[:60]!r} is no {what} here; there are: {', '.join(known)[:600]}")
