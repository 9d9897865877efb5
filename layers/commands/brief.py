"""``greenline brief``: issue a view as a sheet, or make one of the register again."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from layers.briefing import laid
from layers.briefing.forms import FORMS, Form
from layers.briefing.paper import SIZES
from layers.desk import Brief, Desk, Issued
from layers.errors import Unwritable
from layers.model import parse

Said = tuple[dict[str, object], str]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the parts of the command."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--view", metavar="QUERY", help="the view to issue, such as last=24h&kind=shelling")
    which.add_argument("--repeat", type=int, metavar="NO", help="make the sheet of this number again")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"where to; its ending is one of {', '.join(FORMS)}"
    )
    parser.add_argument("--size", choices=SIZES, default="A4")
    parser.add_argument("--portrait", action="store_true", help="upright; a slide has no upright form")
    parser.add_argument("--frame", type=float, nargs=4, metavar=("W", "S", "E", "N"), help="the ground to show, in degrees")
    parser.add_argument("--scale", type=float, default=0.0, metavar="N", help="show the frame's middle at 1:N")
    for name, words in (
        ("title", "in large letters"),
        ("author", "who made it"),
        ("unit", "of which unit"),
        ("to", "whom it is for"),
    ):
        parser.add_argument(f"--{name}", default="", metavar="TEXT", help=words)


def ran(asked: argparse.Namespace, desk: Desk, progress: Callable[[str], None]) -> Said:
    """Issue what is asked for and write its file; return the answer and its words."""
    form = _form(asked.out)
    progress("drawing")
    if asked.repeat is not None:
        made = desk.repeated(asked.repeat, form)
    else:
        box = tuple(asked.frame) if asked.frame else None
        brief = Brief(asked.title, asked.size, asked.portrait, box, asked.scale, asked.author, asked.unit, asked.to)
        made = desk.issue(parse(asked.view), brief, form)
    laid(asked.out, made.body)
    return _told(made, asked.out)


def _form(out: Path) -> Form:
    """Return the form that a file's ending names; refuse a file that cannot be written before anything is issued."""
    ending = out.suffix.lower().removeprefix(".")
    form: Form | None = next((form for form in get_args(Form) if form == ending), None)
    if form is None:
        raise Unwritable(f"{out.name} ends in {out.suffix or 'nothing'}; write one of .{', .'.join(FORMS)}")
    if out.exists():
        raise Unwritable(f"{out} already exists; choose another name or remove it")
    if not out.parent.is_dir():
        raise Unwritable(f"{out.parent} is no folder; make it first or name another")
    return form


def _told(made: Issued, out: Path) -> Said:
    entry, job = made.entry, made.entry.job
    file = entry.files[-1]
    answer: dict[str, object] = {
        "number": entry.number,
        "file": str(out),
        "form": made.form,
        "marking": job.marking,
        "view": job.view.text,
        "version": job.version,
        "rows": job.rows,
        "sha256": file.digest,
    }
    again = f"greenline brief DIR --repeat {entry.called} --out FILE"
    return answer, f"Sheet {entry.called}, {job.marking}: {out} ({file.size // 1000:,} kB). The same again: {again}"
