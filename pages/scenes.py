"""Imagery, its part Scenes: a GeoTIFF is read, asked about, taken in, and can be taken back; beside it those there are."""

from __future__ import annotations

import streamlit as st

from layers.desk import Added, Desk
from layers.desk.added import Unsaid
from layers.errors import LayersError
from layers.imagery.header import Found
from layers.model import View
from pages import described, said, scene_file, scene_list, scene_said
from pages.intake import lent
from pages.plain import plain
from pages.scene_file import Upload

_LABEL = "A scene: GeoTIFF or COG from Sentinel-2, Landsat, Sentinel-1 or a drone, up to 200 MB; larger ones by the command line"


def shown(desk: Desk, view: View) -> None:
    """Draw the uploader, what is asked of its file, and the scenes there are."""
    upload = st.file_uploader(_LABEL, type=["tif", "tiff"], key="scene")
    if told := st.session_state.pop("scene-said", ""):
        st.success(plain(told))
    if upload is not None:
        file = scene_file.held(desk, upload)
        if file.fault:
            st.error(plain(file.fault))
        elif file.added is not None:
            _added(desk, file, file.added)
        elif file.found is not None:
            _asked(desk, file, file.found)
    scene_list.shown(desk, view)


def _asked(desk: Desk, file: Upload, found: Found) -> None:
    """Ask what the file does not tell; add the scene when asked."""
    told = described.form(desk, file.key, found)
    if told is None:
        return
    bar = st.progress(0.0, "Taking the scene in")

    def taken(share: float) -> None:
        bar.progress(min(1.0, share), f"Taken in: {share:.0%}")

    try:
        answers, words = scene_said.answers(found, told)
        with lent(file.content, ".tif") as path:
            file.added = desk.add_scene(path, answers, words, name=file.name, progress=taken)
    except Unsaid as fault:
        bar.empty()
        st.error(plain(f"{fault.lacks}. Say it above."))
        return
    except LayersError as fault:
        bar.empty()
        st.error(plain(said.sentence(fault, file.name)))
        return
    st.rerun()


def _added(desk: Desk, file: Upload, added: Added) -> None:
    """Say what became of a scene, and take it back if that is wanted."""
    if not added.receipt.batch:
        st.info("This scene is here already, as it is. Nothing was added.")
        for warning in added.warnings:
            st.warning(plain(warning))
        return
    st.success(plain(f"{file.name} is added. It can be laid on the map under Compare."))
    for warning in added.warnings:
        st.warning(plain(warning))
    if st.button("Take it back", key=f"scene-undo-{file.key}"):
        try:
            desk.undo(added.receipt.batch, "taken back just after it was added")
        except LayersError as fault:
            st.error(plain(said.sentence(fault)))
            return
        file.added = None
        st.session_state["scene-said"] = f"{file.name} is taken back. Nothing was deleted; the record keeps both."
        st.rerun()
