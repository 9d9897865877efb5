"""How a file writes dates, numbers and places, on the Import page: what was said by hand, and may be said otherwise."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from layers.desk import Checked, Desk
from layers.ingest import Conventions
from pages.intake import Shown


def shown(desk: Desk, file: Shown, found: Checked) -> None:
    """Show what was said by hand of how the file is written; each can be said otherwise or taken back."""
    answers = found.proposal.mapping.answers
    zones = list(dict.fromkeys(["", "UTC", str(desk.mission()["timezone"]), answers.zone]))
    choices: dict[str, tuple[str, dict[str, object]]] = {
        "day_first": ("Dates that may be two days", {"Refused": None, "Day first": True, "Month first": False}),
        "decimal": ("Comma in numbers", {"As the file tells": "", "Decimal mark": ",", "Parts thousands": "."}),
        "zone": ("Times without a zone", {zone or "As the file tells": zone for zone in zones}),
        "swapped": ("Longitude and latitude", {"As named": False, "Exchanged": True}),
    }
    settled = sum(getattr(answers, name) != getattr(Conventions(), name) for name in choices)
    words = f"How it is written: {settled} {'answer' if settled == 1 else 'answers'} by hand"
    with st.expander(words, key=f"written-{file.key}", on_change="rerun"):
        for column, (name, (label, options)) in zip(st.columns(len(choices)), choices.items(), strict=True):
            now = list(options.values()).index(getattr(answers, name))
            picked = column.selectbox(label, list(options), now, key=f"written-{file.key}-{name}-{now}")
            if picked != list(options)[now]:
                changed: dict[str, object] = {name: options[picked]}
                file.changed(found.proposal.mapping.with_answers(replace(answers, **changed)))  # type: ignore[arg-type]
