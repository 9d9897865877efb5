"""What a comparison found and learned, that it was stopped, and the way to take it back."""

from __future__ import annotations

import streamlit as st

from layers.desk import Compared, Desk
from layers.errors import LayersError
from pages import said
from pages.plain import plain
from pages.seeking import Run

_BACK = "taken back just after it was made"
_UNDONE = "The comparison is taken back. Nothing was deleted; the record keeps both. What was decided on since stays."
_STOPPED = "The comparison was stopped. Nothing of it was kept; press the button to begin anew."
_NOTHING = "Nothing changed by as much as the least area. That is an answer too, and the raster of the statistic is kept. {}"


def shown(desk: Desk) -> None:
    """Say what became of the last comparison of this tab."""
    run: Run | None = st.session_state.get("compared")
    if run is None:
        return
    run.over()
    made = run.made or said.Outcome(_STOPPED, well=False)
    if isinstance(made, Compared):
        _told(made)
        st.button("Take it back", key="compare-undo", on_click=_undone, args=(desk, run, made))
    else:
        (st.info if made.well else st.warning)(plain(made.words))


def _told(made: Compared) -> None:
    changes = made.changes
    count = made.found.new + made.found.changed + made.found.unchanged if made.found else 0
    if not count:
        st.info(plain(f"{_NOTHING.format(made.method.told)} {made.earlier}".strip()))
    else:
        again = " They were in the record already." if made.found and not made.found.batch else ""
        st.success(plain(f"{_findings(count)} of at least {changes.min_area_m2:,.0f} m².{again} {made.earlier}".strip()))
    for warning in changes.warnings:
        st.warning(plain(warning))
    step = "not measured" if changes.shift_px is None else f"{changes.shift_px:.2f} pixels"
    parts = [f"Pixels compared: {changes.valid_share:.0%}", f"cloud: {changes.cloud_share:.0%}", f"scenes out of step by: {step}"]
    parts += [f"{name.replace('_', ' ')}: {value:.4g}" for name, value in changes.learned.items()]
    st.caption(plain("; ".join(parts) + "."))


def _undone(desk: Desk, run: Run, made: Compared) -> None:
    """Take both batches of a comparison back, the findings first."""
    try:
        for receipt in (made.found, made.raster):
            if receipt is not None and receipt.batch:
                desk.undo(receipt.batch, _BACK)
        run.made = said.Outcome(_UNDONE)
    except LayersError as fault:
        run.made = said.Outcome(said.sentence(fault), well=False)


def _findings(count: int) -> str:
    return f"{count:,} {'finding' if count == 1 else 'findings'}"
