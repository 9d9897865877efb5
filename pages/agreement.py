"""The mission's agreement on the page Monitoring: what it is, how to write one, and what keeps one from applying."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from pages import drawn
from pages.plain import plain

#: The shortest agreement there is, of one clause.
EXAMPLE = """\
title = "Ceasefire agreement"
source = "Annex B"

[[clauses]]
id = "2.1"
title = "No firing near the line"
text = "Neither Party shall fire any weapon within one kilometre of the Ceasefire Line."
kinds = ["firing", "small_arms", "armed_clash"]
line = "Ceasefire line"
within_m = 1000
"""


def applies(told: Mapping[str, Any]) -> bool:
    """Say which agreement reports are held against; where none applies, why not and what to do."""
    if told["faults"]:
        _refused(told["faults"])
    elif not told["clauses"] and not told["ceilings"]:
        _missing()
    else:
        source = f", {told['source']}" if told["source"] else ""
        drawn.drawn(f'<p class="gl-line">Held against: <b>{escape(told["title"])}</b>{escape(source)}.</p>')
    return bool(told["clauses"]) and not told["faults"]


def _refused(faults: list[Mapping[str, str]]) -> None:
    """Say all that keeps an agreement from applying."""
    many = "One thing keeps" if len(faults) == 1 else f"{len(faults)} things keep"
    st.error(f"{many} the agreement from applying; no clause of it is checked until all is mended in agreement.toml:")
    rows = [[escape(one["clause"]) or "The whole", escape(one["reason"])] for one in faults]
    drawn.drawn(drawn.table(["Clause", "What to mend"], rows, "What is wrong with the agreement", numbers=2))


def _missing() -> None:
    st.info(
        "This mission has no agreement to hold reports against. Write one as agreement.toml in the mission's folder: what it is "
        "called and where it stands, and for each clause its number, its wording, what it forbids and where. It applies at once."
    )
    st.code(EXAMPLE, language="toml")
    st.caption(plain("The name of the line is that of a line of this mission. Fenced in by a zone instead: zone = its name."))
