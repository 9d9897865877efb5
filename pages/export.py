"""Export what the map shows: a layer of the view as a file to take away."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from layers.desk import Desk, Release
from layers.errors import LayersError
from layers.model import View
from pages import releasing, said
from pages.plain import plain

_FORMS = {
    "csv": "CSV, which any mission takes back",
    "xlsx": "XLSX, for a spreadsheet",
    "gpkg": "GeoPackage, for a GIS",
    "geojson": "GeoJSON, for programs",
    "kmz": "KMZ, for a globe viewer",
}
_MOST_BYTES = 400_000_000


def section(desk: Desk, view: View) -> None:
    """Offer each layer of the view as a file; it is made when it is asked for, not before."""
    st.subheader("Export what the map shows", anchor=False)
    sheet = desk.sheet(view)
    titles = {of.id: of.title for of in reversed(sheet.layers) if not of.reckoned}
    if not titles:
        st.info("Every layer is switched off. Switch one on in the legend of the live map.")
        return
    left, right = st.columns(2)
    layer = left.selectbox("Layer", list(titles), format_func=titles.__getitem__, key="taken")
    form = right.selectbox("Form", list(_FORMS), format_func=_FORMS.__getitem__, key="form")
    st.caption(plain(f"{said.records(sheet.count(desk.layer(layer)))} of this layer in the view: {desk.told(view)}."))
    release, lacking = releasing.asked(desk, "export")
    asked = (view.text, layer, form, release)
    if st.button("Make file", disabled=lacking):
        st.session_state.made = (asked, *_made(desk, view, layer, form, release))
    made = st.session_state.get("made")
    if made is None or made[0] != asked:
        st.session_state.made = None  # what is no longer asked for takes no memory
        return
    _, content, words = made
    if content is None:
        st.error(plain(words))
    else:
        st.download_button("Download", content, f"{layer}.{form}", type="primary", on_click="ignore")
        st.caption(plain(words))


def _made(desk: Desk, view: View, layer: str, form: str, release: Release | None) -> tuple[bytes | None, str]:
    """Return a file and what it holds in words, or None and why there is none."""
    with tempfile.TemporaryDirectory() as folder, st.spinner("Writing the file"):
        path = Path(folder) / f"{layer}.{form}"
        try:
            took = desk.export(layer, path, view, release=release)
        except LayersError as fault:
            return None, said.sentence(fault)
        size = path.stat().st_size
        if size > _MOST_BYTES:
            return (
                None,
                f"The file has {size // 1_000_000:,} MB, too much for a browser. Narrow the view, or use: greenline export",
            )
        rows = f"{took:,} {'row' if took == 1 else 'rows'}"
        marking = desk.marking(view, layer, release)
        return path.read_bytes(), " · ".join((rows, marking, f"{max(1, size // 1000):,} kB"))
