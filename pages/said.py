"""What a record says as HTML in which every text of it is text, and faults as sentences."""

from __future__ import annotations

from html import escape
from typing import Any


def sentence(fault: Exception) -> str:
    """Return what went wrong as a sentence."""
    text = str(fault)
    return f"{text[:1].upper()}{text[1:]}."


def table(pairs: list[tuple[str, str]]) -> str:
    """Return labels and what stands beside them."""
    rows = "".join(f'<tr><th scope="row">{escape(a)}</th><td dir="auto">{escape(str(b))}</td></tr>' for a, b in pairs)
    return f'<table class="gl-said">{rows}</table>'


def beside(first: Any, second: Any) -> str:
    """Return two records side by side; what they say differently stands out."""
    rows = "".join(
        f'<tr{"" if first["cells"][label] == second["cells"][label] else " class=gl-differs"}><th scope="row">{escape(label)}</th>'
        + "".join(f'<td dir="auto">{escape(str(row["cells"][label]))}</td>' for row in (first, second))
        + "</tr>"
        for label in first["cells"]
        if first["cells"][label] or second["cells"][label]
    )
    return f'<table class="gl-said gl-beside">{rows}</table>'
