"""Checked files are stored, one or all of them, on the Import page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from layers.desk import Checked, Desk
from layers.errors import LayersError
from pages import uploads
from pages.intake import Shown
from pages.plain import plain


def taken(found: Checked) -> int:
    """Return how many rows of a dry run would be stored."""
    return found.receipt.new + found.receipt.changed + found.receipt.retracted


def store(desk: Desk, shown: Shown, found: Checked) -> bool:
    """Store a checked file, and read the next one of its kind in the same way; say whether that went well."""
    why = ""
    with shown.path() as path, st.status("Storing", expanded=False) as status:
        try:
            shown.stored = desk.submit(
                shown.layer,
                path,
                mapping=found.proposal.mapping,
                name=shown.name,
                progress=lambda rows: status.update(label=f"Stored {rows:,} rows"),
            )
            remembered(desk, shown)
            uploads.outdated(shown)
        except LayersError as fault:
            status.update(label="Nothing was stored", state="error")
            why = str(fault).replace(path.name, shown.name)
    if why:
        st.error(plain(f"{why}."))
    return shown.stored is not None


def store_all(desk: Desk, files: Sequence[Shown]) -> None:
    """Offer to store every file that has something to store, each as a batch of its own."""
    waiting = [(of, of.found) for of in files if of.stored is None and of.found is not None and taken(of.found)]
    if len(waiting) < 2:
        return
    rows = sum(taken(found) for _, found in waiting)
    st.caption("Each file is counted as if it were stored alone; a row that stands in several is stored once.")
    if st.button(f"Store all: {rows:,} rows of {len(waiting)} files", key="store-all", type="primary"):
        went = [store(desk, of, found) for of, found in waiting]
        if all(went):
            st.rerun()


def remembered(desk: Desk, shown: Shown) -> None:
    """Keep what was said by hand of how a file is read."""
    if shown.mapping is not None and shown.found is not None:
        desk.remember(shown.layer, shown.found.proposal)
