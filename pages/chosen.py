"""One record whole: what it says, and why it says so, version by version."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from layers.desk import Desk
from layers.errors import NotFound
from layers.model import View
from pages import said


def shown(desk: Desk, view: View, layer: str, row: Any) -> None:
    """Draw a record and its versions, as far as the view knows them, the newest first; every text of it is text."""
    try:
        card: Any = desk.card(layer, row["id"], view)
    except NotFound:
        st.info("This record is not here any more. Look again.")
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.html(f'<h3 class="gl-title" dir="auto">{escape(card["title"])}</h3>')
        st.html(said.table([("Marking", card["marking"]), *_times(row), *((one["label"], one["value"]) for one in card["rows"])]))
        if card["text"]:
            st.text(card["text"])
    with right:
        st.html('<h3 class="gl-title">Why is this row here?</h3>')
        if card["event"]:
            others = [
                f"{one['occurred']} · {one['title']} · {one['cells'].get('Source', '')}" for one in card["event"]["records"]
            ]
            st.html(said.table([(f"Linked as {card['event']['name']}", "; ".join(others) or "No other record that stands")]))
        st.html("".join(_version(line) for line in reversed(card["history"])))


def _times(row: Any) -> list[tuple[str, str]]:
    held = {label: row["cells"].get(label) for label in ("Occurred", "Reported", "Grid")}
    return [(label, f"{value} · WGS 84" if label == "Grid" else value) for label, value in held.items() if value]


def _version(line: Any) -> str:
    """Return one version as its heading, its reason, what it changed, and the columns of its source as they came."""
    where = [line["file"] and f"{line['file']}, row {line['row']}", line["batch"] and f"batch {line['batch']}"]
    head = " · ".join(part for part in (line["when"], line["act"], line["who"], *where) if part)
    changes = [(f"{one['label']}", f"{one['before'] or 'blank'} → {one['after'] or 'blank'}") for one in line["changes"]]
    body = said.table(changes) if changes else f"<p>{escape(line['change'].capitalize())}</p>"
    reason = f'<p class="gl-reason" dir="auto">{escape(line["reason"])}</p>' if line["reason"] else ""
    came = [(one["label"], one["value"]) for one in line["original"]]
    kept = f"<details><summary>Columns as they came, {len(came)}</summary>{said.table(came)}</details>" if came else ""
    return f'<section class="gl-version"><b dir="auto">{escape(head)}</b>{reason}{body}{kept}</section>'
