"""Which records are chosen: by themselves and the version that was seen, never by their place in a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import View


def of(layer: str, view: View) -> dict[str, int]:
    """Return the chosen records, each with the version seen; kept over pages, sorting and searches of one layer and view."""
    if st.session_state.get("chosen-of") != (layer, view.text):
        st.session_state["chosen-of"] = (layer, view.text)
        put({})
    found: dict[str, int] = st.session_state.chosen
    return found


def put(chosen: Mapping[str, int]) -> None:
    """Choose these records and no others; a table drawn next shows it."""
    st.session_state.chosen = dict(chosen)
    st.session_state.choices = st.session_state.get("choices", 0) + 1


def seen(rows: Sequence[Any]) -> dict[str, int]:
    """Return the records of rows, each with the version seen."""
    return {row["feature"]: row["id"] for row in rows}


def picked(rows: Sequence[Any], at: Iterable[int]) -> None:
    """Choose of the rows of one page those at these places; what is chosen on other pages stays."""
    here, marked = {row["feature"] for row in rows}, [rows[n] for n in at if n < len(rows)]
    kept = {feature: seq for feature, seq in st.session_state.chosen.items() if feature not in here}
    st.session_state.chosen = kept | seen(marked)
    st.session_state.outcome = st.session_state.refused = None


def met(rows: Sequence[Any]) -> list[int]:
    """Return the places of the chosen records on a page; of one that is shown in a newer version, that one is now seen."""
    chosen = st.session_state.chosen
    chosen |= {row["feature"]: row["id"] for row in rows if row["feature"] in chosen}
    return [n for n, row in enumerate(rows) if row["feature"] in chosen]


def turn() -> int:
    """Return a number that changes when records are chosen otherwise than in the table."""
    return int(st.session_state.get("choices", 0))


def one(desk: Desk, layer: str, picks: Mapping[str, int]) -> Any:
    """Return the chosen record as a row of the table where it is one alone, else None."""
    rows = desk.rows(layer, list(picks.values())) if len(picks) == 1 else []
    return rows[0] if rows else None
