"""A file that is stored, on the Import page: what became of its rows, and the way to take them back."""

from __future__ import annotations

import streamlit as st

from layers.desk import Desk
from layers.errors import LayersError
from pages import intake, receipts, uploads
from pages.plain import plain


def shown(desk: Desk, file: intake.Shown) -> None:
    """Say what became of a stored file, and take it back if that is wanted."""
    receipt = file.stored
    assert receipt is not None
    receipts.told(receipt, would=False)
    receipts.refused(desk, file, receipt)
    if receipt.batch is None:
        return
    reason = st.text_input("Reason, if you take it back; then press Enter", key=f"reason-{file.key}")
    if st.button("Take this batch back", key=f"undo-{file.key}", disabled=not reason.strip()):
        try:
            desk.undo(receipt.batch, reason.strip())
        except LayersError as fault:
            st.error(plain(f"Batch {receipt.batch} still stands: {fault}."))
            return
        file.stored = file.found = None
        uploads.outdated(file)
        st.session_state.said = f"Batch {receipt.batch} is taken back. Nothing was deleted; the record keeps both."
        st.rerun()
