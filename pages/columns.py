"""How a file's columns are read, on the Import page: shown with reasons and samples, and changed."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from layers.desk import Checked, Desk
from pages.intake import Shown

_NONE = "Not in the file"
_KEEP = "Decide later"
_PLACES = {
    "longitude": "Longitude",
    "latitude": "Latitude",
    "grid": "Position in any notation",
    "geopoint": "Position with accuracy",
    "easting": "Easting",
    "northing": "Northing",
    "utm_zone": "UTM zone",
}
_MOST = 40


def shown(desk: Desk, file: Shown, found: Checked) -> None:
    """Show which column became which field and why; a change is checked at once."""
    mapping, samples = found.proposal.mapping, found.proposal.samples
    of = desk.layer(file.layer)
    labels = {field.name: field.label for field in of.fields}
    labels |= _PLACES if of.geometry == "point" else {"wkt": "Shape in WKT"}
    taken = sum(1 for name in mapping.columns if name in labels)
    with st.expander(f"How the columns are read: {taken} of {len(samples)} as fields, the others kept with the record"):
        for name in sorted(labels, key=lambda name: name not in mapping.columns):
            chosen = mapping.columns.get(name, ())
            head, left, right = st.columns([2, 3, 5], vertical_alignment="center")
            head.text(labels[name])
            options = [_NONE, *samples]
            index = options.index(chosen[0]) if chosen else 0
            key = f"column-{file.key}-{name}"
            picked = left.selectbox(labels[name], options, index, key=key, label_visibility="collapsed")
            right.text(_why(chosen, mapping.why.get(name, ""), samples))
            if picked != options[index]:
                file.changed(mapping.with_column(name, None if picked == _NONE else picked))
        if found.proposal.unmapped:
            st.text("Kept with the record: " + ", ".join(found.proposal.unmapped))


def asked(desk: Desk, file: Shown, found: Checked) -> None:
    """Ask once what each value means that is none of ours."""
    for name, met in found.receipt.asked.items():
        field = desk.layer(file.layer).field(name)
        if field is None or not field.choices:
            continue
        codes = {choice.label: choice.code for choice in field.choices}
        ends = "kept as text until you do" if field.open else "refused until you do"
        with st.expander(
            f"{field.label}: say what {len(met)} {'value means' if len(met) == 1 else 'values mean'} ({ends})", expanded=True
        ):
            for n, (value, count) in enumerate(sorted(met.items(), key=lambda one: -one[1])[:_MOST], 1):
                left, right = st.columns([3, 2], vertical_alignment="center")
                left.text(f"{value or 'blank'}, {count:,} {'row' if count == 1 else 'rows'}")
                key = f"value-{file.key}-{name}-{value}"
                picked = right.selectbox(f"Meaning of value {n}", [_KEEP, *codes], key=key, label_visibility="collapsed")
                if picked != _KEEP:
                    file.changed(found.proposal.mapping.with_code(name, value, codes[picked]))
            if len(met) > _MOST:
                st.caption(f"and {len(met) - _MOST} more")


def _why(chosen: tuple[str, ...], why: str, samples: Mapping[str, tuple[str, ...]]) -> str:
    if not chosen:
        return ""
    seen = " · ".join(samples.get(chosen[0], ()))
    return f"{why[:1].upper()}{why[1:]}: {seen}"
