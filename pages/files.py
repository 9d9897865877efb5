"""Import: drop a file, see what would become of every row, store it, take it back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from layers.model import Receipt
from pages import controls

_SUFFIXES = ["csv", "tsv", "txt", "gz", "xlsx", "geojson", "json", "gpkg", "kml", "kmz", "gpx", "zip"]
_MOST = 1_000


def told(receipt: Receipt, *, would: bool) -> None:
    """Say what became of every row."""
    counts = (receipt.new, receipt.changed, receipt.unchanged, receipt.retracted, receipt.refused_rows)
    for column, label, count in zip(st.columns(5), ("New", "Changed", "Unchanged", "Retracted", "Refused"), counts, strict=True):
        column.metric(label, f"{count:,}")
    state = (
        "Nothing is stored yet." if would else f"Stored as batch {receipt.batch}." if receipt.batch else "Nothing new to store."
    )
    st.caption(
        f"{sum(counts):,} {'row' if sum(counts) == 1 else 'rows'} in the file; row 1 is the first below the header. {state}"
    )
    for title, faults in (("Refused rows", receipt.refused), ("Remarks on rows that are taken", receipt.remarks)):
        if faults:
            st.subheader(f"{title}, {len(faults):,}")
            st.dataframe(
                [{"Row": f.row, "Column": f.field, "Reason": f.reason} for f in faults[:_MOST]], hide_index=True, width="stretch"
            )


def checked(desk: Desk, layer: str, upload: object, *, dry_run: bool) -> Receipt | None:
    """Run a file through the desk; on refusal of the whole file say why."""
    name, content = Path(upload.name).name, upload.getvalue()  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder, st.status("Checking every row", expanded=False) as status:
        path = Path(folder) / f"upload{''.join(Path(name).suffixes[-2:])}"
        path.write_bytes(content)
        try:
            receipt = desk.submit(
                layer, path, dry_run=dry_run, name=name, progress=lambda rows: status.update(label=f"Checked {rows:,} rows")
            )
            status.update(label="Every row is accounted for", state="complete")
            return receipt
        except LayersError as fault:
            status.update(label="The file cannot be taken", state="error")
            reason = str(fault)
    st.error(reason)
    return None


desk = controls.desk()
words = desk.sheet(controls.view()).band()
controls.band(words)
with st.container(key="page"):
    st.title("Import")
    layers = {layer.id: layer.title for layer in desk.layers()}
    order = sorted(layers, key=lambda name: name != "incidents")
    layer = st.selectbox("Layer", order, format_func=layers.__getitem__)
    upload = st.file_uploader(
        "File: CSV, Excel, GeoJSON, GeoPackage, KML, KMZ, GPX or a zipped Shapefile, up to 200 MB", type=_SUFFIXES
    )
    stored = st.session_state.get("stored")
    if said := st.session_state.pop("said", ""):
        st.success(said)
    if upload is None:
        st.info("Drop a file above. Its rows are checked first and shown here; nothing is stored until you say so.")
    elif stored is not None and stored[0] == (upload.file_id, layer):
        told(stored[1], would=False)
        reason = st.text_input("Reason, if you take it back; then press Enter", key="reason")
        if stored[1].batch is not None and st.button("Take this batch back", disabled=not reason.strip()):
            desk.undo(stored[1].batch, reason.strip())
            st.session_state.stored = None
            st.session_state.said = f"Batch {stored[1].batch} is taken back. Nothing was deleted; the record keeps both."
            st.rerun()
    else:
        dry = checked(desk, layer, upload, dry_run=True)
        if dry is not None:
            told(dry, would=True)
            count = dry.new + dry.changed + dry.retracted
            label = f"Store {count:,} {'row' if count == 1 else 'rows'}" if count else "Nothing to store"
            if st.button(label, type="primary", disabled=not count) and (receipt := checked(desk, layer, upload, dry_run=False)):
                st.session_state.stored = ((upload.file_id, layer), receipt)
                st.rerun()
controls.band(words)
