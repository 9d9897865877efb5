"""One file on the Import page: what the page knows of it from run to run, and how it is told."""

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

SUFFIXES = ["csv", "tsv", "txt", "xlsx", "geojson", "json", "gpkg", "kml", "kmz", "gpx", "zip", "gz"]


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
        endings = [part for part in Path(self.name).suffixes[-2:] if part[1:].casefold() in SUFFIXES]
        with lent(self.content, "".join(endings)) as path:
            yield path


@contextmanager
def lent(content: bytes, ending: str) -> Iterator[Path]:
    """Lend an upload's content under a path of our own making."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{ending}"
        path.write_bytes(content)
        yield path


def checked(desk: Desk, shown: Shown) -> Checked | None:
    """Return the dry run of a file, made once; on refusal of the whole file say why."""
    if shown.found is None:
        why = ""
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
                why = str(fault).replace(path.name, shown.name)
        if why:
            st.error(plain(f"{why}."))
    return shown.found
