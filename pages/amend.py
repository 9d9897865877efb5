"""The fields of a record as a form: what it says, to be said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import Choice, Field

_AS_IT_IS = "Leave as it is"


def changes(desk: Desk, layer: str, picked: Sequence[Any]) -> dict[str, str]:
    """Draw a field for everything that may be edited; return those that say something else than before."""
    of, changed = desk.layer(layer), {}
    place = [Field("position", "Position, in any notation")] if of.geometry == "point" else []
    marking = Field("marking", "Marking", "code", choices=tuple(Choice(code, code) for code in desk.markings()))
    fields = [field for field in of.fields if field.name not in ("id", "marking")]
    cells = st.columns(2)
    for n, field in enumerate([*fields, *place, marking]):
        was = _held(picked[0], field) if len(picked) == 1 else ""
        with cells[n % 2]:
            said = value(field, was, many=len(picked) != 1)
        if said != was:
            changed[field.name] = said
    return changed


def _held(row: Any, field: Field) -> str:
    if field.name in ("position", "marking"):
        return str(row["cells"]["Grid" if field.name == "position" else "Marking"])
    return str(row["cells"][field.label] if field.kind == "time" else row["fields"].get(field.name, ""))


def value(field: Field, was: str, *, many: bool) -> str:
    """Draw one field; return what it says, as a file would write it."""
    if field.kind != "code":
        return str(st.text_input(field.label, was, placeholder=_AS_IT_IS if many else ""))
    labels = {"": _AS_IT_IS if many else ""} | {choice.code: choice.label for choice in field.choices}
    labels.setdefault(was, was)
    return str(st.selectbox(field.label, list(labels), list(labels).index(was), format_func=labels.__getitem__))
