"""What the pages share: the desk, the view between session, address and frame, the bands."""

from __future__ import annotations

from contextlib import suppress
from html import escape

import streamlit as st
from streamlit_folium import st_folium

from layers.access import OWNER
from layers.desk import Desk, Mission
from layers.errors import MalformedView
from layers.model import View, parse
from layers.render.live import Panel, Show, live_map
from layers.serve import served
from pages.plain import plain

_KEY = "live"


def mission() -> Mission:
    """Return the mission that is served."""
    return served().mission


def desk() -> Desk:
    """Return the desk of whoever asks for this page."""
    return mission().desk(OWNER)


def view(*, framed: bool = False) -> View:
    """Return the view of this tab: the address's where it is new there, else what the map shows, else the mission's own."""
    if (asked := st.query_params.get("v")) in (None, st.session_state.get("address")):
        asked = served().hub.shown(_token()) or st.session_state.get("view") or mission().default_view().text
    try:
        found = desk().understood(parse(asked))
    except MalformedView as fault:
        st.warning(plain(f"{fault}. Showing the usual view instead."))
        found = mission().default_view()
    mirror(found, framed=framed)
    return found


def mirror(shown: View, *, framed: bool) -> None:
    """Keep a view in the session and the address. The map's frame writes its own address: Streamlit would drop the place."""
    st.session_state.view = st.session_state.address = shown.text
    served().hub.show(_token(), shown.text)
    if not framed and st.query_params.get("v") != shown.text:
        st.query_params["v"] = shown.text


def live(shown: View, panel: Panel = "") -> None:
    """Draw the live map; it stays as it is from run to run and is only told the view, and what its panel asks."""
    st_folium(
        live_map(),
        key=_KEY,
        use_container_width=True,
        height=640,
        returned_objects=[],
        on_change=_said,
        feature_group_to_add=Show(shown.text, _token(), panel),
    )


def _token() -> str:
    """Return the name of this tab's room on the live link."""
    if "token" not in st.session_state:
        st.session_state.token = served().token(OWNER)
    return str(st.session_state.token)


def _said() -> None:
    """Take over the view that the frame shows already."""
    said = st.session_state.get(_KEY)
    if isinstance(said, dict) and isinstance(said.get("view"), str) and isinstance(said.get("n"), int):
        with suppress(MalformedView):
            served().hub.show(_token(), parse(said["view"]).text, said["n"])
            mirror(parse(served().hub.shown(_token()) or ""), framed=True)


def band(words: str) -> None:
    """Draw one marking band; on the live map its frame keeps the words in step with what is pushed."""
    st.html(f'<div class="gl-band" role="note">{escape(words)}</div>')


def head() -> None:
    """Write the mission and the user into the header."""
    title, name = escape(mission().configuration.title), escape(OWNER.name.capitalize())
    st.html(f'<div class="gl-head"><b>{title}</b><span>{name}</span></div>')
