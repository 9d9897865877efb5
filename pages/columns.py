"""How a file's columns are read, on the Import page: shown with reasons and samples, and changed."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from layers.desk import Checked, Desk
from pages.intake import Shown

_NONE = "Not in the file"
_PLACES = {
    "longitude": "Longitude",
    "latitude": "Latitude",
    "grid": "Position in any notation",
    "geopoint": "Position with accuracy",
    "easting": "Easting",
    "northing": "Northing",
    "utm_zone": "UTM zone",
}


def shown(desk: Desk, file: Shown, found: Checked) -> None:
    """Show which column became which field and why; a change is checked at once."""
    mapping, samples = found.proposal.mapping, found.proposal.samples
    of = found.proposal.of or desk.layer(file.layer)
    labels = {field.name: field.label for field in of.fields}
    labels |= _PLACES if of.geometry == "point" else {"wkt": "Shape in WKT"}
    taken = sum(1 for name in mapping.columns if name in labels)
    others = "the others not kept" if found.proposal.of else "the others kept with the record"
    words = f"How the columns are read: {taken} of {len(samples)} as fields, {others}"
    with st.expander(words, key=f"columns-{file.key}", on_change="rerun"):
        for name in sorted(labels, key=lambda name: name not in mapping.columns):
            chosen = mapping.columns.get(name, ())
            head, left, right = st.columns([2, 3, 5], vertical_alignment="center")
            head.text(labels[name])
            options = [_NONE, *samples]
            index = options.index(chosen[0]) if chosen else 0
            key = f"column-{file.key}-{name}-{index}"
            picked = left.selectbox(labels[name], options, index, key=key, label_visibility="collapsed")
            right.text(_why(chosen, mapping.why.get(name, ""), samples))
            if picked != options[index]:
                file.changed(mapping.with_column(name, None if picked == _NONE else picked))
        if found.proposal.unmapped and not found.proposal.of:
            st.text("Kept with the record: " + ", ".join(found.proposal.unmapped))


def _why(chosen: tuple[str, ...], why: str, samples: Mapping[str, tuple[str, ...]]) -> str:
    if not chosen:
        return ""
    seen = " · ".join(samples.get(chosen[0], ()))
    return f"{why[:1].upper()}{why[1:]}: {seen}"
