"""What somebody said by hand of how the files of a source are read, in words."""

from __future__ import annotations

from layers.ingest import dialects as spoken
from layers.ingest.mapping import CHOSEN, ColumnMapping
from layers.model import Layer


def said_by_hand(mapping: ColumnMapping, layer: Layer) -> tuple[str, ...]:
    """Return what was said by hand of how files of a source are read, in words; nothing where all is as found."""
    of, labels = spoken.named(mapping.dialect, layer), {field.name: field.label for field in layer.fields}
    words = [
        f"{labels.get(name, name)} is {names[0]!r}"
        for name, names in mapping.columns.items()
        if mapping.why.get(name) == CHOSEN and names
    ]
    for name, meanings in mapping.codes.items():
        usual = of.codes.get(name, {}) if of else {}
        spelled = {choice.code: choice.label for field in layer.fields if field.name == name for choice in field.choices}
        words += [f"{value!r} means {spelled.get(code, code)}" for value, code in meanings.items() if usual.get(value) != code]
    return (*words, *([mapping.answers.lasting.words] if mapping.answers.lasting.words else []))
