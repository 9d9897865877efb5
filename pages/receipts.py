"""What became of every row of a file, as the Import page tells it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from layers.desk import Checked, Desk
from layers.errors import LayersError
from layers.model import Receipt
from pages import intake
from pages.intake import Shown
from pages.plain import plain


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
            {"Rows": n, "Column": receipt.called.get(field, field), "Reason": why, "First rows": ", ".join(map(str, at))}
            for field, why, n, at in receipt.grouped()
        ]
        st.dataframe(rows, hide_index=True, width="stretch")
        with shown.path() as path:
            text = desk.refused(shown.layer, path, receipt)
        st.download_button(
            "Refused rows with their reasons, to mend and send again",
            text,
            f"{Path(shown.name).stem[:100]}-refused.csv",
            "text/csv",
            key=f"refused-{shown.key}",
            on_click=_remembered,
            args=(desk, shown),
        )
    if receipt.remarks:
        count = f"{receipt.remarked:,}" + (
            f", the first {len(receipt.remarks):,}" if receipt.remarked > len(receipt.remarks) else ""
        )
        with st.expander(f"Remarks on rows that are taken: {count}"):
            rows = [
                {"Row": of.row, "Column": receipt.called.get(of.field, of.field), "Remark": of.reason} for of in receipt.remarks
            ]
            st.dataframe(rows, hide_index=True, width="stretch")


def taken(found: Checked) -> int:
    """Return how many rows of a dry run would be stored."""
    return found.receipt.new + found.receipt.changed + found.receipt.retracted


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
            _remembered(desk, shown)
            intake.outdated(shown)
        except LayersError as fault:
            status.update(label="Nothing was stored", state="error")
            st.error(plain(str(fault).replace(path.name, shown.name)))
    return shown.stored is not None


def store_all(desk: Desk, files: Sequence[Shown]) -> None:
    """Offer to store every file that has something to store, each as a batch of its own."""
    waiting = [(of, of.found) for of in files if of.stored is None and of.found is not None and taken(of.found)]
    if len(waiting) < 2:
        return
    rows = sum(taken(found) for _, found in waiting)
    if st.button(f"Store all: {rows:,} rows of {len(waiting)} files", key="store-all", type="primary"):
        for of, found in waiting:
            store(desk, of, found)
        st.rerun()


def _remembered(desk: Desk, shown: Shown) -> None:
    """Keep what was said by hand of how a file is read."""
    if shown.mapping is not None and shown.found is not None:
        desk.remember(shown.layer, shown.found.proposal)
