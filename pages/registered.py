"""A line of the register: as a row, in short, and whole."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.desk import CALLED
from layers.desk.issued import Entry
from layers.notation import dtg


def line(one: Entry) -> dict[str, str]:
    """Return a line of the register as the row of a table: what must be seen at once."""
    job = one.job
    return {
        "Number": one.called,
        "Issued": dtg(job.made_at),
        "Kind": _kind(one),
        "Title": job.title,
        "Marking": job.marking,
        "Released": job.terms.profile.title if job.terms else "No",
        "By": _by(one),
        "For": job.to,
        "File": one.state,
    }


def brief(one: Entry) -> str:
    """Return a line of the register in short, for a narrow screen."""
    row = line(one)
    first = f"<b>{escape(row['Number'])}</b> {escape(row['Issued'])} · {escape(row['Kind'])}"
    released = f" · released: {row['Released']}" if one.job.terms else ""
    rest = (
        row["Title"],
        f"{row['Marking']}{released}",
        f"By {row['By']}{f' for {one.job.to}' if one.job.to else ''}",
        row["File"],
    )
    return f'<div class="gl-version"><p>{first}</p>{"".join(f"<p dir=auto>{escape(text)}</p>" for text in rest)}</div>'


def shown(one: Entry) -> None:
    """Draw all that the register keeps of one line."""
    job = one.job
    rows = [
        ("Title", job.title),
        ("Issued", f"{dtg(job.made_at)} by {_by(one)}{f', {job.unit}' if job.unit else ''}"),
        ("For", job.to),
        ("Approved by", job.approved),
        ("Marking", job.marking if not job.terms else f"{job.marking}; what it was made of: {job.own}"),
        ("Released", job.terms.told if job.terms else "No, it stands under its own marking"),
        ("The view", job.words),
        ("Data cut-off", dtg(job.as_of)),
        ("New is ringed since", dtg(job.since) if job.since else ""),
        *(
            (f"{file.form.upper()} made", f"{dtg(file.at)}, {max(1, file.size // 1000):,} kB, SHA-256 {file.digest}")
            for file in one.files
        ),
        *((f"{out.form.upper()} handed out", f"{dtg(out.at)} to {out.who}") for out in one.handed),
        ("Made again", _again(one)),
        ("The same again by", f"greenline brief DIR --repeat {one.called} --out FILE"),
        ("View as a link", job.view.text),
        ("Record version", f"{job.version:,}"),
        ("Rows, SHA-256", job.rows),
        ("Audit head", job.head),
    ]
    told = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td dir="auto">{escape(text)}</td></tr>' for label, text in rows if text
    )
    st.html(f'<p class="gl-title">{escape(_kind(one, one.called))}</p><table class="gl-said">{told}</table>')


def _kind(one: Entry, number: str = "") -> str:
    """Return what it is, its number where that is given, and of a report which version."""
    called = " ".join(filter(None, (CALLED.get(one.job.kind, "Sheet"), number)))
    return f"{called}, v{one.edition}" if one.job.kind in CALLED else called


def _by(one: Entry) -> str:
    """Return who issued: the account, and who is named on it where that is another."""
    same = one.job.author.casefold() == one.who.casefold()
    return one.job.author if same else f"{one.who}, as {one.job.author}"


def _again(one: Entry) -> str:
    """Return whether its files were the same whenever they were made again; blank where none was."""
    otherwise = [form.upper() for form, same in one.again.items() if not same]
    return f"Otherwise: {', '.join(otherwise)}" if otherwise else "The same, byte for byte" if one.again else ""
