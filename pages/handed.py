"""The files of what was issued, to be taken away."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import streamlit as st

from layers.desk import CALLED, Issued
from pages.plain import plain


def offered(made: tuple[Issued, ...] | None, mime: Mapping[str, str], *, done: str = "issued") -> None:
    """Offer the file of what was issued or made again, or those of a series in one."""
    if not made:
        return
    first, last = made[0].entry, made[-1].entry
    if len(made) == 1:
        called = CALLED.get(first.job.kind, "Sheet")
        st.success(plain(f"{called} {first.called} is {done}, {first.job.marking}. It stands in the register."))
        body, name, kind = made[0].body, made[0].name, mime[made[0].form]
    else:
        st.success(plain(f"{len(made)} sheets are issued, {first.called} to {last.called}. They stand in the register."))
        body, name, kind = zipped(made), f"sheets-{first.called}-{last.called}.zip", "application/zip"
    label = "ZIP" if len(made) > 1 else made[0].form.upper()
    st.download_button(f"Download {label}", body, name, kind, width="stretch", on_click="ignore")


def zipped(made: tuple[Issued, ...]) -> bytes:
    """Return the files of a series as one."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as held:
        for one in made:
            held.writestr(one.name, one.body)
    return into.getvalue()
