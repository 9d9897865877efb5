"""``greenline brief``: issue a view as a sheet or a report, or make one of the register again."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from layers.briefing import laid
from layers.briefing.forms import FORMS, REPORT_FORMS, Form, ReportForm
from layers.briefing.paper import SIZES
from layers.desk import CALLED, Brief, Desk, Draft, Issued, Release
from layers.desk.series import EACH
from layers.errors import LayersError, Unwritable
from layers.model import parse

Said = tuple[dict[str, object], str]
_EVERY = tuple(dict.fromkeys((*FORMS, *REPORT_FORMS)))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the parts of the command."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--view", metavar="QUERY", help="the view to issue, such as last=24h&kind=shelling")
    which.add_argument("--repeat", type=int, metavar="NO", help="make the sheet of this number again")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"where to; its ending is one of {', '.join(_EVERY)}"
    )
    parser.add_argument("--report", choices=list(CALLED), help="issue a report instead of a sheet, as .docx or .pdf")
    parser.add_argument("--incident", default="", metavar="ID", help="the incident that a FLASH report is of")
    parser.add_argument("--approved", default="", metavar="TEXT", help="who approves a report")
    parser.add_argument("--size", choices=SIZES, default="A4")
    parser.add_argument("--portrait", action="store_true", help="upright; a slide has no upright form")
    parser.add_argument("--frame", type=float, nargs=4, metavar=("W", "S", "E", "N"), help="the ground to show, in degrees")
    parser.add_argument("--scale", type=float, default=0.0, metavar="N", help="show the frame's middle at 1:N")
    parser.add_argument("--each", choices=EACH, help="a series: one sheet for each, its number after the file's name")
    for name, words in (
        ("title", "in large letters"),
        ("author", "who made it"),
        ("unit", "of which unit"),
        ("to", "whom it is for"),
    ):
        parser.add_argument(f"--{name}", default="", metavar="TEXT", help=words)
    release_arguments(parser)


def release_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the two options of a release."""
    parser.add_argument("--release", default="", metavar="ID", help="let it out under this release profile of mission.toml")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why it is released; printed on it, and kept in the audit")


def release(asked: argparse.Namespace) -> Release | None:
    """Return the release that a command asks for, None for none."""
    if asked.reason and not asked.release:
        raise LayersError("--reason says why something is released; name a profile with --release as well")
    return Release(asked.release, asked.reason) if asked.release else None


def ran(asked: argparse.Namespace, desk: Desk, progress: Callable[[str], None]) -> Said:
    """Issue what is asked for and write its file; return the answer and its words."""
    form, terms = _form(asked.out), release(asked)
    if terms and asked.repeat is not None:
        raise LayersError("a sheet is made again as it was released or not; leave --release away, or issue the view anew")
    if terms and asked.report is not None:
        raise LayersError("a report keeps the marking of its rows; leave --release away, or release a sheet of the view")
    if asked.repeat is None and (fault := desk.lettered().fault):
        progress(fault)
    progress("drawing")
    if asked.repeat is not None:
        made = desk.repeated(asked.repeat, form)
    elif asked.report is not None:
        made = _reported(asked, desk, form)
    elif form == "docx":
        raise LayersError(f"a sheet is written as {', '.join(FORMS)}; name a report with --report, or another ending")
    else:
        box = tuple(asked.frame) if asked.frame else None
        wanted = (asked.title, asked.size, asked.portrait, box, asked.scale, asked.author, asked.unit, asked.to)
        brief = Brief(*wanted, release=terms)
        if asked.each:
            return _series(asked, desk, brief, form, progress)
        made = desk.issue(parse(asked.view), brief, form)
    laid(asked.out, made.body)
    return _told(made, asked.out)


def _series(asked: argparse.Namespace, desk: Desk, brief: Brief, form: Form, progress: Callable[[str], None]) -> Said:
    """Issue a series; each sheet's file has its number after the name that was given."""

    def told(number: int, of: int, label: str) -> None:
        progress(f"{number} of {of}: {label}")

    made = desk.issue_series(parse(asked.view), brief, form, asked.each, progress=told)
    files = [asked.out.with_name(f"{asked.out.stem}-{one.entry.called}{asked.out.suffix}") for one in made]
    for one, file in zip(made, files, strict=True):
        laid(file, one.body)
    answer: dict[str, object] = {"sheets": [_told(one, file)[0] for one, file in zip(made, files, strict=True)]}
    return answer, "\n".join(
        f"Sheet {one.entry.called}, {one.entry.job.title}: {file}" for one, file in zip(made, files, strict=True)
    )


def _reported(asked: argparse.Namespace, desk: Desk, form: Form | ReportForm) -> Issued:
    """Issue the report that is asked for in one form."""
    report: ReportForm | None = next((one for one in REPORT_FORMS if one == form), None)
    if report is None:
        raise LayersError(f"a report is written as {' or '.join(REPORT_FORMS)}; {asked.out.name} ends otherwise")
    if (asked.report == "flash") != bool(asked.incident):
        raise LayersError("a FLASH report is of one incident, and no other report is; give --incident with --report flash only")
    draft = Draft(asked.report, asked.incident, asked.title, asked.author, asked.approved, asked.unit, asked.to)
    (made,) = desk.issue_report(parse(asked.view), draft, (report,))
    return made


def _form(out: Path) -> Form | ReportForm:
    """Return the form that a file's ending names; refuse a file that cannot be written before anything is issued."""
    ending = out.suffix.lower().removeprefix(".")
    form: Form | ReportForm | None = next((form for form in (*get_args(Form), *get_args(ReportForm)) if form == ending), None)
    if form is None:
        raise Unwritable(f"{out.name} ends in {out.suffix or 'nothing'}; write one of .{', .'.join(_EVERY)}")
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
        "kind": job.kind,
        "edition": entry.edition,
        "marking": job.marking,
        "released": job.terms.words if job.terms else "",
        "view": job.view.text,
        "version": job.version,
        "rows": job.rows,
        "sha256": file.digest,
    }
    again = f"greenline brief DIR --repeat {entry.called} --out FILE"
    called = f"{CALLED[job.kind]} {entry.called}, version {entry.edition}" if job.kind in CALLED else f"Sheet {entry.called}"
    return answer, f"{called}, {job.marking}: {out} ({file.size // 1000:,} kB). The same again: {again}"
