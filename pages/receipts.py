"""What became of every row of a file, as the Import page tells it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from layers.desk import Checked, Desk
from layers.errors import LayersError
from layers.model import Receipt
from pages.intake import Shown
from pages.plain import plain

_MOST = 1_000


def told(receipt: Receipt, *, would: bool) -> None:
    """Say what became of every row."""
    counts = (receipt.new, receipt.changed, receipt.unchanged, receipt.retracted, receipt.refused_rows)
    with st.container(horizontal=True, gap="large"):
        for label, count in zip(("New", "Changed", "Unchanged", "Retracted", "Refused"), counts, strict=True):
            st.metric(label, f"{count:,}", width="content")
    state = (
        "Nothing is stored yet." if would else f"Stored as batch {receipt.batch}." if receipt.batch else "Nothing new to store."
    )
    st.caption(
        f"{sum(counts):,} {'row' if sum(counts) == 1 else 'rows'} in the file; row 1 is the first below the header. {state}"
    )


def refused(desk: Desk, shown: Shown, receipt: Receipt) -> None:
    """Show the refused rows by reason, the remarks, and offer the refused rows as a file."""
    if receipt.refused:
        st.subheader(f"Refused rows, {receipt.refused_rows:,}")
        rows = [
            {"Rows": n, "Column": field, "Reason": why, "First rows": ", ".join(map(str, at))}
            for field, why, n, at in receipt.grouped()
        ]
        st.dataframe(rows, hide_index=True, width="stretch")
        with shown.path() as path:
            text = desk.refused(shown.layer, path, receipt)
        name = f"{Path(shown.name).stem}-refused.csv"
        st.download_button(
            "Refused rows with their reasons, to mend and send again", text, name, "text/csv", key=f"refused-{shown.key}"
        )
    if receipt.remarks:
        with st.expander(f"Remarks on rows that are taken, {len(receipt.remarks):,}"):
            rows = [{"Row": of.row, "Column": of.field, "Remark": of.reason} for of in receipt.remarks[:_MOST]]
            st.dataframe(rows, hide_index=True, width="stretch")


def store(desk: Desk, shown: Shown, found: Checked) -> bool:
    """Store a checked file, and read the next one of its kind in the same way; say whether that went well."""
    with shown.path() as path, st.status("Storing", expanded=False) as status:
        try:
            shown.stored = desk.submit(
                shown.layer,
                path,
                mapping=found.proposal.mapping,
                name=shown.name,
                progress=lambda rows: status.update(label=f"Stored {rows:,} rows"),
            )
            if shown.mapping is not None:
                desk.remember(shown.layer, found.proposal)
        except LayersError as fault:
            status.update(label="Nothing was stored", state="error")
            st.error(plain(str(fault).replace(path.name, shown.name)))
    return shown.stored is not None
