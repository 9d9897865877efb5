"""One uploaded GeoTIFF, as the page knows it from run to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from layers.desk import Added, Desk
from layers.errors import LayersError
from layers.imagery.header import Found
from pages import said
from pages.intake import lent


@dataclass
class Upload:
    """A file as the page knows it from run to run: what it says of itself, and the scene made of it."""

    key: str
    name: str
    content: bytes
    found: Found | None = None
    fault: str = ""
    added: Added | None = None


def held(desk: Desk, upload: Any) -> Upload:
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
