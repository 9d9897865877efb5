"""What the values of a file mean, on the Import page: asked once where nothing tells, shown, and changed."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from layers.desk import Checked, Desk
from layers.model import Field
from pages.intake import Shown

_KEEP = "Decide later"
_MOST = 40


def asked(desk: Desk, file: Shown, found: Checked) -> None:
    """Ask once what each value means that is none of ours."""
    for name, met in found.receipt.asked.items():
        field = desk.layer(file.layer).field(name)
        if field is None or not field.choices:
            continue
        ends = "kept as text until you do" if field.open else "refused until you do"
        with st.expander(
            f"{field.label}: say what {len(met)} {'value means' if len(met) == 1 else 'values mean'} ({ends})", expanded=True
        ):
            _meanings(file, found, field, ((text, "", n) for text, n in sorted(met.items(), key=lambda one: -one[1])))


def shown(desk: Desk, file: Shown, found: Checked) -> None:
    """Show what the values of the file were taken for."""
    if not found.values:
        return
    count = sum(map(len, found.values.values()))
    words = f"How the values are read: {count} that {'means' if count == 1 else 'mean'} something of ours"
    with st.expander(words, key=f"values-{file.key}", on_change="rerun"):
        for name, met in found.values.items():
            field = desk.layer(file.layer).field(name)
            if field is not None:
                st.text(field.label)
                _meanings(file, found, field, met)


def _meanings(file: Shown, found: Checked, field: Field, met: Iterable[tuple[str, str, int]]) -> None:
    codes = {choice.label: choice.code for choice in field.choices}
    labels = {code: label for label, code in codes.items()}
    values = list(met)
    for n, (value, code, count) in enumerate(values[:_MOST], 1):
        left, right = st.columns([3, 2], vertical_alignment="center")
        left.text(f"{value or 'blank'}, {count:,} {'row' if count == 1 else 'rows'}")
        options = list(codes) if code else [_KEEP, *codes]
        index = options.index(labels[code]) if code in labels else 0
        key = f"value-{file.key}-{field.name}-{value}-{index}"
        picked = right.selectbox(f"Meaning of value {n}", options, index, key=key, label_visibility="collapsed")
        if picked != options[index]:
            file.changed(found.proposal.mapping.with_code(field.name, value, codes[picked]))
    if len(values) > _MOST:
        st.caption(f"and {len(values) - _MOST} more")
