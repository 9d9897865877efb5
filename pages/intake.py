"""One uploaded file on the Import page: what the page knows of it from run to run, and how it is told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st

from layers.desk import Checked, Desk
from layers.errors import LayersError
from layers.ingest import ColumnMapping
from layers.model import Receipt
from pages.plain import plain


@dataclass
class Shown:
    """A file as the page shows it: its mapping where changed by hand, the last dry run, the receipt once stored."""

    key: str
    layer: str
    name: str
    content: bytes
    mapping: ColumnMapping | None = None
    found: Checked | None = None
    stored: Receipt | None = None
    said: tuple[str, ...] = ()

    def changed(self, mapping: ColumnMapping) -> NoReturn:
        """Read the file another way from now on."""
        self.mapping, self.found = mapping, None
        st.rerun()

    @contextmanager
    def path(self) -> Iterator[Path]:
        """Lend the file's content under a path."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"upload{''.join(Path(self.name).suffixes[-2:])}"
            path.write_bytes(self.content)
            yield path


def of(upload: object, layer: str) -> Shown:
    """Return what the page knows of an upload for a layer."""
    known: dict[str, Shown] = st.session_state.setdefault("files", {})
    key = f"{upload.file_id}-{layer}"  # type: ignore[attr-defined]
    if key not in known:
        known[key] = Shown(key, layer, Path(upload.name).name, upload.getvalue())  # type: ignore[attr-defined]
    return known[key]


def checked(desk: Desk, shown: Shown) -> Checked | None:
    """Return the dry run of a file, made once; on refusal of the whole file say why."""
    if shown.found is None:
        with shown.path() as path, st.status("Checking every row", expanded=False) as status:
            try:
                shown.found = desk.check(
                    shown.layer,
                    path,
                    mapping=shown.mapping,
                    name=shown.name,
                    progress=lambda rows: status.update(label=f"Checked {rows:,} rows"),
                )
                shown.said = shown.said if shown.mapping else shown.found.proposal.said
                status.update(label="Every row is accounted for", state="complete")
            except LayersError as fault:
                status.update(label="The file cannot be taken", state="error")
                st.error(plain(str(fault).replace(path.name, shown.name)))
    return shown.found
