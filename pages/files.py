"""Import: drop files, see how each would be read and what would become of every row, mend it, store it, take it back."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from pages import columns, controls, intake, receipts, record, stored, storing, uploads, values, written
from pages.plain import plain


def checked(desk: Desk, shown: intake.Shown) -> None:
    """Show a dry run; store the file when asked."""
    found = intake.checked(desk, shown)
    if found is None:
        return
    receipts.told(found.receipt, would=True)
    if found.receipt.said:
        st.info("  \n".join(map(plain, found.receipt.said)))
    if found.proposal.remembered and st.button("Forget what was said of such files", key=f"forget-{shown.key}"):
        desk.forget(shown.layer, found.proposal)
        st.session_state.said = "What was said of such files is forgotten; this one is read as if it were the first."
        shown.changed(None, anew=True)
    if found.mends:
        with st.container(horizontal=True):
            for mend in found.mends:
                words = f"{mend.words} ({mend.rows:,} {'row' if mend.rows == 1 else 'rows'})"
                if st.button(words, key=f"mend-{shown.key}-{mend.words}"):
                    shown.changed(mend.mapping)
    values.asked(desk, shown, found)
    receipts.refused(desk, shown, found.receipt)
    if picture := desk.sketch(found):
        st.image(picture, width="stretch", caption="What would be added, over the mission's land and lines")
    for part in (columns, values, written):
        part.shown(desk, shown, found)
    count = storing.taken(found)
    label = f"Store {count:,} {'row' if count == 1 else 'rows'}" if count else "Nothing to store"
    if st.button(label, key=f"store-{shown.key}", type="primary", disabled=not count) and storing.store(desk, shown, found):
        st.rerun()


desk = controls.desk()
view = controls.view()
words = desk.sheet(view).band()
controls.band(words)
if record.opened(desk, view, words):
    st.stop()
body = st.container(key="page")
controls.band(words)
with body:
    layers = {layer.id: layer.title for layer in desk.layers() if not desk.layer(layer.id).base}
    order = sorted(layers, key=lambda name: name != "incidents")
    layer = st.selectbox("Layer", order, format_func=layers.__getitem__)
    files = uploads.uploaded(layer, "Files: CSV, Excel, GeoJSON, GeoPackage, KML, GPX or zipped Shapefile, up to 200 MB each")
    if said := st.session_state.pop("said", ""):
        st.success(said)
    if not files:
        st.info("Drop a file above. Its rows are checked first and shown here; nothing is stored until you say so.")
    for shown in files:
        with st.container(border=len(files) > 1 or not shown.live):
            if len(files) > 1 or not shown.live:
                st.subheader(plain(shown.name))
            if not shown.live:
                st.caption(f"{layers[shown.layer]}. From before you left this page.")
                if st.button("Put this file away", key=f"away-{shown.key}"):
                    uploads.put_away(shown)
            (stored.shown if shown.stored is not None else checked)(desk, shown)
    storing.store_all(desk, files)
