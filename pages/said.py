"""What a record says as HTML in which every text of it is text, what came of an act, and faults as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from layers.model import Receipt


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act, in words, and the batch by which it may be taken back."""

    words: str
    well: bool = True
    batch: int | None = None


def outcome(of: Outcome | None, else_words: str) -> None:
    """Write what came of the last act in the place where the next one is asked for; before any, what may be done."""
    if of is None:
        st.html(f'<p class="gl-outcome" dir="auto">{escape(else_words)}</p>', width="content")
    else:
        kind, role = ("gl-well", "status") if of.well else ("gl-ill", "alert")
        st.html(f'<p class="gl-outcome {kind}" role="{role}" dir="auto">{escape(of.words)}</p>', width="content")


def undone(batch: int, receipt: Receipt, since: Sequence[int]) -> str:
    """Return what came of taking a batch back, and which later batches stand in the way of the rest."""
    done, later = receipt.new + receipt.changed + receipt.retracted, [str(of) for of in since if of != receipt.batch]
    by = f"since, by batch {', '.join(later)}; take that back first" if later else "since"
    if not done:
        return f"Nothing is changed: all that batch {batch} did has been decided on {by}."
    rest = f" Some of it was decided on {by} to reach that too." if later else ""
    return f"Batch {batch} is taken back, {records(done)}. Nothing was deleted; the record keeps both.{rest}"


def linked(receipt: Receipt, many: str) -> str:
    """Return what came of linking so many records as one event, and where their bearings cross; or why one was refused."""
    if receipt.refused:
        return f"The record {receipt.refused[0].reason}."
    words = f"Linked as one event, batch {receipt.batch}. They stay {many} records and count once."
    return " ".join((words, *receipt.said))


def records(count: int) -> str:
    """Return a number of records in words."""
    return f"{count:,} {'record' if count == 1 else 'records'}"


def many(records: Sequence[Any]) -> str:
    """Return how many records there are, two of them as a word."""
    return "two" if len(records) == 2 else f"{len(records):,}"


def sentence(fault: Exception, name: str = "") -> str:
    """Return what went wrong as a sentence; one that begins with a file's name leaves it as it is spelled."""
    text = str(fault).removesuffix(".")
    begin = text[:1] if name and text.startswith(name) else text[:1].upper()
    return f"{begin}{text[1:]}."


def table(pairs: list[tuple[str, str]]) -> str:
    """Return labels and what stands beside them."""
    rows = "".join(f'<tr><th scope="row">{escape(a)}</th><td dir="auto">{escape(str(b))}</td></tr>' for a, b in pairs)
    return f'<table class="gl-said">{rows}</table>'


def beside(records: Sequence[Any]) -> str:
    """Return records side by side; what they say differently stands out."""
    told = {label: [str(row["cells"][label]) for row in records] for label in records[0]["cells"]}
    rows = "".join(
        f'<tr{"" if len(set(cells)) == 1 else " class=gl-differs"}><th scope="row">{escape(label)}</th>'
        + "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for label, cells in told.items()
        if any(cells)
    )
    return f'<table class="gl-said gl-beside">{rows}</table>'
