"""A report as it will be filled: its heads with their texts and tables; every text is text."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.briefing.report import Block, Paragraph, Report, Table
from pages import drawn


def shown(report: Report) -> None:
    """Draw a report's title, its marking, and each head with what stands under it."""
    heads = "".join(f"<h3>{escape(head.title)}</h3>" + "".join(_block(block) for block in head.shown) for head in report.heads)
    marked = f'<p class="gl-marked">{escape(report.band)}</p>'
    top = f'<h2 dir="auto">{escape(report.title)}</h2><p dir="auto">{escape(report.subtitle)}</p>'
    st.html(f'<article class="gl-drawn gl-filled">{marked}{top}{heads}{marked}</article>')


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f'<p dir="auto"{" class=gl-quiet" if block.quiet else ""}>{escape(block.text)}</p>'
    if isinstance(block, Table):
        rows = [[escape(cell) for cell in row] for row in block.rows]
        return drawn.table(block.heads, rows, block.called, numbers=len(block.heads))
    return f'<p class="gl-quiet" dir="auto">{escape(block.called)}</p>'
