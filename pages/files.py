"""Import: drop files, see how each would be read and what would become of every row, mend it, store it, take it back."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from pages import columns, controls, intake, receipts, record
from pages.plain import plain

_SUFFIXES = ["csv", "tsv", "txt", "xlsx", "geojson", "json", "gpkg", "kml", "kmz", "gpx", "zip", "gz"]


def stored(desk: Desk, shown: intake.Shown) -> None:
    """Say what became of a stored file, and take it back if that is wanted."""
    receipt = shown.stored
    assert receipt is not None
    receipts.told(receipt, would=False)
    receipts.refused(desk, shown, receipt)
    if receipt.batch is None:
        return
    reason = st.text_input("Reason, if you take it back; then press Enter", key=f"reason-{shown.key}")
    if st.button("Take this batch back", key=f"undo-{shown.key}", disabled=not reason.strip()):
        try:
            desk.undo(receipt.batch, reason.strip())
        except LayersError as fault:
            st.error(plain(f"Batch {receipt.batch} still stands: {fault}."))
            return
        shown.stored = None
        st.session_state.said = f"Batch {receipt.batch} is taken back. Nothing was deleted; the record keeps both."
        st.rerun()


def checked(desk: Desk, shown: intake.Shown) -> None:
    """Show a dry run; store the file when asked."""
    found = intake.checked(desk, shown)
    if found is None:
        return
    receipts.told(found.receipt, would=True)
    if shown.said:
        st.info("  \n".join(map(plain, shown.said)))
    if found.mends:
        with st.container(horizontal=True):
            for mend in found.mends:
                words = f"{mend.words} ({mend.rows:,} {'row' if mend.rows == 1 else 'rows'})"
                if st.button(words, key=f"mend-{shown.key}-{mend.words}"):
                    shown.changed(mend.mapping)
    columns.asked(desk, shown, found)
    receipts.refused(desk, shown, found.receipt)
    if picture := desk.sketch(found):
        st.image(picture, width="stretch", caption="What would be added, over the mission's land and lines")
    columns.shown(desk, shown, found)
    count = found.receipt.new + found.receipt.changed + found.receipt.retracted
    label = f"Store {count:,} {'row' if count == 1 else 'rows'}" if count else "Nothing to store"
    if st.button(label, key=f"store-{shown.key}", type="primary", disabled=not count) and receipts.store(desk, shown, found):
        st.rerun()


desk = controls.desk()
view = controls.view()
words = desk.sheet(view).band()
controls.band(words)
if record.opened(desk, view, words):
    st.stop()
with st.container(key="page"):
    layers = {layer.id: layer.title for layer in desk.layers()}
    order = sorted(layers, key=lambda name: name != "incidents")
    layer = st.selectbox("Layer", order, format_func=layers.__getitem__)
    uploads = st.file_uploader(
        "Files: CSV, Excel, GeoJSON, GeoPackage, KML, GPX or zipped Shapefile, up to 200 MB each",
        type=_SUFFIXES,
        accept_multiple_files=True,
    )
    if said := st.session_state.pop("said", ""):
        st.success(said)
    if not uploads:
        st.info("Drop a file above. Its rows are checked first and shown here; nothing is stored until you say so.")
    for upload in uploads:
        with st.container(border=len(uploads) > 1):
            shown = intake.of(upload, layer)
            if len(uploads) > 1:
                st.subheader(plain(shown.name))
            (stored if shown.stored is not None else checked)(desk, shown)
controls.band(words)
