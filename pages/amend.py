"""The fields of a record as a form: what it says, to be said otherwise, and with which others it tells of one event."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk, Edit
from layers.model import Choice, Field, Receipt

_LINK = "Says that the records tell of one event. They stay as many records as they are."
_UNLINK = "Says that the records do not tell of one event with any other."
_AS_IT_IS = "Leave as it is"
_GRADE = ("reliability", "credibility")


def fields(desk: Desk, layer: str, row: Any, stem: str) -> None:
    """Draw a field for everything that may be edited: as the one chosen record says it, or blank where several are chosen."""
    wanted = _editable(desk, layer)
    for n in range(0, len(wanted), 2):
        for field, cell in zip(wanted[n : n + 2], st.columns(2), strict=False):
            with cell:
                _drawn(field, _held(row, field), _key(stem, field, row), many=row is None)
    st.session_state.amended = row


def edited(desk: Desk, layer: str, picks: dict[str, int], why: str, stem: str) -> Receipt:
    """Edit the chosen records: what the form says otherwise than the record."""
    row, changed = st.session_state.get("amended"), {}
    for field in _editable(desk, layer):
        said = str(st.session_state.get(_key(stem, field, row)) or "")
        if said != _held(row, field):
            changed[field.name] = said
    return desk.edit(layer, [Edit(feature, seen, changed) for feature, seen in picks.items()], why)


def grades(desk: Desk, layer: str, stem: str) -> None:
    """Draw the two fields of a grade."""
    for field in desk.layer(layer).fields:
        if field.name in _GRADE:
            _drawn(field, "", _key(stem, field, None), many=True)


def graded(desk: Desk, layer: str, picks: dict[str, int], why: str, stem: str) -> Receipt:
    """Grade the chosen records."""
    reliability, credibility = (str(st.session_state.get(f"{stem}-all-{name}") or "") for name in _GRADE)
    return desk.grade(layer, picks, (reliability, credibility), why)


def link(stem: str) -> None:
    """Say what the form does: link records, or unlink them where that is chosen."""
    st.caption(_UNLINK if st.session_state[f"{stem}-apart"] else _LINK)


def linked(desk: Desk, layer: str, picks: dict[str, int], why: str, stem: str) -> Receipt:
    """Link or unlink the chosen records."""
    return (desk.unlink if st.session_state[f"{stem}-apart"] else desk.link)(layer, picks, why)


def _editable(desk: Desk, layer: str) -> list[Field]:
    of = desk.layer(layer)
    place = [Field("position", "Position, in any notation")] if of.geometry == "point" else []
    marking = Field("marking", "Marking", "code", choices=tuple(Choice(code, code) for code in desk.markings()))
    return [*(field for field in of.fields if field.name not in ("id", "marking")), *place, marking]


def _key(stem: str, field: Field, row: Any) -> str:
    return f"{stem}-{'all' if row is None else row['id']}-{field.name}"


def _held(row: Any, field: Field) -> str:
    if row is None:
        return ""
    if field.name in ("position", "marking"):
        return str(row["cells"]["Grid" if field.name == "position" else "Marking"])
    return str(row["cells"][field.label] if field.kind == "time" else row["fields"].get(field.name, ""))


def _drawn(field: Field, was: str, key: str, *, many: bool) -> None:
    """Draw one field, which says what a file would write."""
    if field.kind != "code":
        st.text_input(field.label, was, placeholder=_AS_IT_IS if many else "", key=key)
        return
    labels = {"": _AS_IT_IS if many else ""} | {choice.code: choice.label for choice in field.choices}
    labels.setdefault(was, was)
    st.selectbox(field.label, list(labels), list(labels).index(was), format_func=labels.__getitem__, key=key)
