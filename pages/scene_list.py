"""The scenes there are, as a list: when each was taken, by what, and how it may be drawn."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.model import View, from_micros
from layers.notation import dtg

_NONE = (
    "No scene yet. Drop a GeoTIFF above: what it is gets read first, what it does not tell is asked, and only then is it added."
)


def shown(desk: Desk, view: View) -> None:
    """Draw the list; where there is none, say how to add one."""
    listed: Any = desk.scenes(view)["scenes"]
    if not listed:
        st.info(_NONE)
        return
    st.subheader(f"{len(listed):,} {'scene' if len(listed) == 1 else 'scenes'}", anchor=False)
    st.dataframe([_row(one) for one in listed], hide_index=True, width="stretch")


def _row(one: Any) -> dict[str, object]:
    pixel = one["resolution"]
    return {
        "Acquired": dtg(from_micros(1000 * one["acquired"])),
        "Name": one["title"],
        "Sensor": one["sensor"],
        "Pixel": f"{pixel:,.3g} m" if pixel else "",
        "Marking": one["marking"],
        "Made by": one["made_by"],
        "Drawn as": ", ".join(look["title"] for look in one["looks"]),
    }
