"""The uploaded files of a tab: what the Import page knows of each from run to run, and how it is told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from layers.desk import Checked, Desk
from layers.errors import LayersError
from layers.ingest import ColumnMapping
from layers.model import Receipt
from pages.plain import plain

SUFFIXES = ["csv", "tsv", "txt", "xlsx", "geojson", "json", "gpkg", "kml", "kmz", "gpx", "zip", "gz"]
_UPLOADS = "uploads"


@dataclass
class Shown:
    """A file as the page shows it: its mapping where changed by hand, the last dry run, the receipt once stored.

    ``live`` says that the uploader still lists it; a file from before the page was left is listed below it.
    """

    key: str
    layer: str
    name: str
    content: bytes
    mapping: ColumnMapping | None = None
    anew: bool = False
    found: Checked | None = None
    stored: Receipt | None = None
    live: bool = True

    def changed(self, mapping: ColumnMapping | None, *, anew: bool = False) -> NoReturn:
        """Read the file another way from now on."""
        self.mapping, self.anew, self.found = mapping, anew or self.anew, None
        st.rerun()

    @contextmanager
    def path(self) -> Iterator[Path]:
        """Lend the file's content under a path; of its name only a known ending is taken."""
        with tempfile.TemporaryDirectory() as folder:
            endings = [part for part in Path(self.name).suffixes[-2:] if part[1:].casefold() in SUFFIXES]
            path = Path(folder) / f"upload{''.join(endings)}"
            path.write_bytes(self.content)
            yield path


def uploaded(layer: str, label: str) -> list[Shown]:
    """Draw the uploader; return what is known of its files, and of those from before the page was left."""
    uploads = st.file_uploader(label, type=SUFFIXES, accept_multiple_files=True, key=_UPLOADS, on_change=_listed)
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


def checked(desk: Desk, shown: Shown) -> Checked | None:
    """Return the dry run of a file, made once; on refusal of the whole file say why."""
    if shown.found is None:
        with shown.path() as path, st.status("Checking every row", expanded=False) as status:
            try:
                shown.found = desk.check(
                    shown.layer,
                    path,
                    mapping=shown.mapping,
                    anew=shown.anew,
                    name=shown.name,
                    progress=lambda rows: status.update(label=f"Checked {rows:,} rows"),
                )
                status.update(label="Every row is accounted for", state="complete")
            except LayersError as fault:
                status.update(label="The file cannot be taken", state="error")
                st.error(plain(str(fault).replace(path.name, shown.name)))
    return shown.found


def _held() -> dict[str, Shown]:
    held: dict[str, Shown] = st.session_state.setdefault("files", {})
    return held


def _listed() -> None:
    """Forget the files that were taken off the uploader by hand."""
    uploads: Sequence[Any] = st.session_state.get(_UPLOADS) or ()
    now = {upload.file_id for upload in uploads}
    for key, of in list(_held().items()):
        if of.live and key.removesuffix(f"-{of.layer}") not in now:
            del _held()[key]
