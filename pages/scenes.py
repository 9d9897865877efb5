"""Imagery, its part Scenes: a GeoTIFF is read, asked about, taken in, and can be taken back; and the scenes there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from layers.desk import Added, Desk
from layers.errors import LayersError
from layers.imagery.header import Found
from layers.model import View, from_micros
from layers.notation import dtg
from pages import described, said
from pages.intake import lent
from pages.plain import plain

_LABEL = "A scene: GeoTIFF or COG from Sentinel-2, Landsat, Sentinel-1 or a drone, up to 200 MB; larger ones by the command line"
_NONE = (
    "No scene yet. Drop a GeoTIFF above: what it is gets read first, what it does not tell is asked, and only then is it added."
)


@dataclass
class Upload:
    """A file as the page knows it from run to run: what it says of itself, and the scene made of it."""

    key: str
    name: str
    content: bytes
    found: Found | None = None
    fault: str = ""
    added: Added | None = None


def shown(desk: Desk, view: View) -> None:
    """Draw the uploader, what is asked of its file, and the scenes there are."""
    upload = st.file_uploader(_LABEL, type=["tif", "tiff"], key="scene")
    if told := st.session_state.pop("scene-said", ""):
        st.success(plain(told))
    if upload is not None:
        file = _held(desk, upload)
        if file.fault:
            st.error(plain(file.fault))
        elif file.added is not None:
            _added(desk, file, file.added)
        elif file.found is not None:
            _asked(desk, file, file.found)
    _listed(desk, view)


def _held(desk: Desk, upload: Any) -> Upload:
    """Return what is known of an upload; a new one is read now, in a process of its own."""
    file: Upload | None = st.session_state.get("scene-file")
    if file is None or file.key != upload.file_id:
        file = st.session_state["scene-file"] = Upload(upload.file_id, Path(upload.name).name, upload.getvalue())
        try:
            with lent(file.content, ".tif") as path, st.spinner("Reading what the file says of itself"):
                file.found = desk.read_scene(path, file.name)
        except LayersError as fault:
            file.fault = said.sentence(fault, file.name)
    return file


def _asked(desk: Desk, file: Upload, found: Found) -> None:
    """Ask what the file does not tell; add the scene when asked."""
    told = described.form(desk, file.key, found)
    if told is None:
        return
    bar = st.progress(0.0, "Taking the scene in")

    def taken(share: float) -> None:
        bar.progress(min(1.0, share), f"Taken in: {share:.0%}")

    try:
        answers, words = described.answers(found, told)
        with lent(file.content, ".tif") as path:
            file.added = desk.add_scene(path, answers, words, name=file.name, progress=taken)
    except LayersError as fault:
        bar.empty()
        st.error(plain(said.sentence(fault, file.name)))
        return
    st.rerun()


def _added(desk: Desk, file: Upload, added: Added) -> None:
    """Say what became of a scene, and take it back if that is wanted."""
    if not added.receipt.batch:
        st.info("This scene is here already, as it is. Nothing was added.")
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


def _listed(desk: Desk, view: View) -> None:
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
        "Drawn as": ", ".join(look["title"] for look in one["looks"]),
        "Marking": one["marking"],
        "Made by": one["made_by"],
    }
