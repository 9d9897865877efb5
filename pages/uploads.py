"""The uploaded files of a tab: those that the uploader lists, and those from before the page was left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from pages.intake import SUFFIXES, Shown

_KEY = "uploads"


def uploaded(layer: str, label: str) -> list[Shown]:
    """Draw the uploader; return what is known of its files, and of those from before the page was left."""
    uploads = st.file_uploader(label, type=SUFFIXES, accept_multiple_files=True, key=_KEY, on_change=_listed)
    held = _held()
    now = {f"{upload.file_id}-{layer}": upload for upload in uploads}
    stale = [key for key, of in held.items() if of.live and key not in now and of.layer != layer and of.stored is None]
    for key in stale:
        del held[key]
    for key, upload in now.items():
        if key not in held:
            held[key] = Shown(key, layer, Path(upload.name).name, upload.getvalue())
    for key, of in held.items():
        of.live = key in now
    return list(held.values())


def put_away(shown: Shown) -> NoReturn:
    """Take a file off the page; what was stored of it stays stored."""
    _held().pop(shown.key, None)
    st.rerun()


def outdated(beside: Shown) -> None:
    """Let the dry runs of all other files be made again: the record has changed under them."""
    for of in _held().values():
        if of is not beside:
            of.found = None


def _held() -> dict[str, Shown]:
    held: dict[str, Shown] = st.session_state.setdefault("files", {})
    return held


def _listed() -> None:
    """Forget the files that were taken off the uploader by hand."""
    uploads: Sequence[Any] = st.session_state.get(_KEY) or ()
    now = {upload.file_id for upload in uploads}
    for key, of in list(_held().items()):
        if of.live and key.removesuffix(f"-{of.layer}") not in now:
            del _held()[key]
