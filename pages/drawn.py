"""Tables of numbers with pictures in them, each number a link to what it counts; every text is text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from layers.model import View


def drawn(html: str) -> None:
    """Draw HTML of ours with SVG in it, which ``st.html`` would take out; on one line, so that no Markdown begins in it."""
    st.markdown(f'<div class="gl-drawn">{" ".join(html.split())}</div>', unsafe_allow_html=True)


def to_map(view: View | None, words: str) -> str:
    """Return words that open a view on the live map, or the words alone where no view holds what they name."""
    return _link(view, words, "./", "", "Open on the live map")


def to_records(view: View | None, count: int) -> str:
    """Return a number that opens the records it counts, or the number alone where there is nothing to open."""
    return _link(view if count else None, f"{count:,}", "./import", "&part=Record", "Open these records")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str, *, numbers: int = 1, kind: str = "") -> str:
    """Return a table of cells that are HTML already; from column ``numbers`` on they stand at the right."""
    top = "".join(f'<th scope="col"{_right(n, numbers)}>{escape(head)}</th>' for n, head in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row" dir="auto">{cell}</th>'
            if not n
            else f'<td{_right(n, numbers)} data-head="{escape(head)}">{cell}</td>'
            for n, (head, cell) in enumerate(zip(heads, row, strict=True))
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<p class="gl-caption">{escape(caption)}</p>'
        f'<div class="gl-scroll"><table class="gl-counts {kind}" aria-label="{escape(caption)}">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def both(wide: str, narrow: str) -> str:
    """Return a picture for a wide screen and one for a narrow one, of which one is seen."""
    return f'<div class="gl-wide">{wide}</div><div class="gl-narrow">{narrow}</div>'


def _right(n: int, numbers: int) -> str:
    return ' class="gl-number"' if n >= numbers else ""


def _link(view: View | None, words: str, page: str, more: str, does: str) -> str:
    if view is None:
        return escape(words)
    return f'<a href="{page}?v={quote(view.text, safe="")}{more}" target="_self" title="{does}">{escape(words)}</a>'
