"""An incident made of a finding, by an analyst's hand: what is known stands in the form already."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Cue, Desk
from layers.desk.cueing import REJECTED
from layers.desk.promoted import drafted, higher, promoted
from layers.errors import LayersError
from layers.notation import format_mgrs
from pages import said
from pages.plain import plain

_SAID = (
    "A finding says that ground changed, not who changed it. The report keeps the position within the finding's outline, its precision, the "
    "scenes and the method; its marking is at least the finding's, and that of each scene it names."
)
#: What is said where the chosen marking is higher than the finding's.
_HIGHER = (
    "{} is higher than the finding's {}. Whoever sees the finding and not the incident reads that an incident was made of it, and neither which "
    "nor why: the reason is kept with the incident."
)

_REJECTED = "This finding was rejected. Accept it first to make an incident of it."


def shown(desk: Desk, cue: Cue) -> None:
    """Draw the form of the incident; where one was made already or the finding was rejected, say so."""
    if cue.incident:
        st.caption(plain(f"An incident was made of this finding: {cue.incident}."))
        return
    if cue.review == REJECTED:
        st.caption(_REJECTED)
        return
    with st.expander("Make an incident of it"):
        _form(desk, cue)


def _form(desk: Desk, cue: Cue) -> None:
    draft, stem = drafted(desk, cue), f"promote-{cue.seq}"
    levels = desk.markings()
    allowed = levels[levels.index(draft["marking"]) :] if draft["marking"] in levels else levels
    grid = format_mgrs([float(draft["longitude"])], [float(draft["latitude"])])[0]
    marking = st.selectbox("Marking", allowed, key=f"{stem}-marking")
    if higher(desk, cue, marking):
        st.warning(plain(_HIGHER.format(marking, cue.cells["Marking"])))
    with st.form("promote", border=False):
        first, second = st.columns(2)
        for place, name in ((first, "kind"), (second, "severity"), (first, "party")):
            _choice(desk, place, name, draft[name], f"{stem}-{name}")
        second.text_input("Occurred", draft["occurred_at"], key=f"{stem}-occurred_at")
        st.text_input("Position", f"{grid} · WGS 84, within {draft['precision_m']} m", disabled=True)
        st.text_input("Source", draft["source"], disabled=True)
        st.text_area("Text", draft["text"], key=f"{stem}-text", height=110)
        st.text_input("Why it is an incident", key=f"{stem}-why", placeholder="In a few words")
        st.caption(_SAID)
        st.form_submit_button("Make the incident", type="primary", on_click=_made, args=(desk, cue, stem))


def _choice(desk: Desk, place: Any, name: str, was: str, key: str) -> None:
    field = desk.layer("incidents").field(name)
    assert field is not None
    labels = {choice.code: choice.label for choice in field.choices}
    index = list(labels).index(was) if was in labels else None
    place.selectbox(field.label, list(labels), index, format_func=labels.__getitem__, key=key, placeholder="Choose")


def _made(desk: Desk, cue: Cue, stem: str) -> None:
    names = ("kind", "severity", "party", "occurred_at", "marking", "text")
    told = {name: str(st.session_state.get(f"{stem}-{name}") or "") for name in names}
    try:
        made = promoted(desk, cue, told, st.session_state[f"{stem}-why"])
    except LayersError as fault:
        st.session_state.reviewed = said.Outcome(said.sentence(fault), well=False), ()
        return
    accepted = f"and the finding accepted, batch {made.noted.batch}" if made.noted.batch else "and the finding stays accepted"
    words = f"Incident {made.incident} was made, batch {made.stored.batch}, {accepted}."
    batches = [one.batch for one in (made.stored, made.noted) if one.batch]
    st.session_state.reviewed = said.Outcome(words), batches
