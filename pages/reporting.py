"""Briefing, its part Reports: a report filled from the record, looked at head by head, and issued as DOCX and PDF."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from layers.desk import CALLED, Desk, Draft, Issued
from layers.errors import LayersError
from layers.model import View
from pages import filled, handed, issuing, parts, said
from pages.plain import plain

WORDS = {"docx": "DOCX, to finish in a word processor", "pdf": "PDF, to print"}
_SPANS = {"24 hours": "24h", "Watch": "watch", "The view": ""}
_KEEPS = """A report keeps the highest marking of what it tells: it names places, times and single incidents, which no release profile
makes coarse. To give something out under a lower marking, release a sheet or an export."""
_NO_INCIDENT = "This view holds no incident. Choose a longer span on the live map, then come back."


def shown(desk: Desk, view: View) -> None:
    """Draw what is asked, with what the record fills beside it."""
    kinds = {label: kind for kind, label in CALLED.items()}
    kind = kinds[parts.one_of("Report", list(kinds), "report")]
    form, heads = st.columns([1.25, 3], gap="medium")
    with form:
        incident = _incident(desk, view) if kind == "flash" else ""
        if incident is None:
            st.info(_NO_INCIDENT)
            return
        view = view if kind == "flash" else _period(view)
        draft = _asked(desk, Draft(kind, incident))
        pressed = st.button("Issue", type="primary", width="stretch")
        st.caption(_KEEPS)
        # The files first: who pressed waits for them, and has read the heads.
        _issued(desk, view, draft) if pressed else _offered(st.session_state.get("reported", ()))
    with heads, st.spinner("Filling from the record", show_time=True):
        try:
            filled.shown(desk.drafted(view, draft))
        except LayersError as fault:
            st.error(plain(said.sentence(fault)))


def _period(view: View) -> View:
    """Ask which period; the filters of the view go on."""
    last = _SPANS[parts.one_of("Period", list(_SPANS), "period")]
    return replace(view, last=last, start=None, end=None) if last else view


def _incident(desk: Desk, view: View) -> str | None:
    """Ask of which incident, among the newest and the one the address names; None where there is none."""
    newest = dict(desk.newest(view))
    asked = st.query_params.get("incident", "")
    choices = [asked, *(one for one in newest if one != asked)] if asked else list(newest)
    return st.selectbox("Incident", choices, format_func=lambda one: newest.get(one, one), key="flash-of") if choices else None


def _asked(desk: Desk, draft: Draft) -> Draft:
    """Ask who stands for the report and what it is called."""
    title = issuing.text("Title", "report-title", "Taken from the report")
    author = issuing.text("Prepared by", "report-author", "Name and rank")
    approved = issuing.text("Approved by", "report-approved", "Left to be completed")
    unit = issuing.unit(desk, "report-unit")
    to = issuing.text("For", "report-to", "Whom it is issued to")
    return replace(draft, title=title, author=author, approved=approved, unit=unit, to=to)


def _issued(desk: Desk, view: View, draft: Draft) -> None:
    """Issue a report; its first file is fetched as soon as it is written, before the next is."""
    st.session_state.reported = ()
    with st.spinner("Issuing", show_time=True):
        try:
            for made in desk.issuing_report(view, draft):
                first = not st.session_state.reported
                _offered((made,), begins=first, told=first)
                st.session_state.reported += (made,)
        except LayersError as fault:
            st.error(plain(said.sentence(fault)))


def _offered(made: tuple[Issued, ...], *, begins: bool = False, told: bool = True) -> None:
    """Offer the files of a report that was issued, the first of which ``begins`` at once; they stay until another is."""
    for entry in [one.entry for one in made[:1] if told]:
        version = f"version {entry.edition} of it" if entry.edition > 1 else "version 1"
        words = f"{CALLED[entry.job.kind]} {entry.called} is issued, {version}, {entry.job.marking}. It stands in the register, which tells when a file is handed out."
        st.success(plain(words))
    for one in made:
        handed.fetched((one,), begins=begins)
