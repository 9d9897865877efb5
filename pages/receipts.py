"""What became of every row of a file, as the Import page tells it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from layers.desk import Desk
from layers.model import Receipt
from pages import storing
from pages.intake import Shown


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

        def text() -> str:
            with shown.path() as path:
                return desk.refused(shown.layer, path, receipt)

        st.download_button(
            "Refused rows with their reasons, to mend and send again",
            text,
            f"{Path(shown.name).stem[:100]}-refused.csv",
            "text/csv",
            key=f"refused-{shown.key}",
            on_click=storing.remembered,
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
