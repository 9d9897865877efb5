"""``greenline brief``: issue a view as a sheet or a report, or make one of the register again."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from tempfile import TemporaryFile
from typing import get_args

from layers.briefing import laid
from layers.briefing.forms import FORMS, REPORT_FORMS, Form, ReportForm
from layers.briefing.paper import SIZES, Size
from layers.desk import CALLED, Brief, Desk, Draft, Issued, Release, unprinted
from layers.desk.issued import Entry
from layers.desk.series import EACH
from layers.errors import LayersError, Unwritable
from layers.model import parse

#: The size of a sheet where nobody chose one, by its form; else A4.
_USUAL: dict[str, Size] = {"pptx": "16:9"}
Said = tuple[dict[str, object], str]
_EVERY = tuple(dict.fromkeys((*FORMS, *REPORT_FORMS)))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the parts of the command."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--view", metavar="QUERY", help="the view to issue, such as last=24h&kind=shelling")
    which.add_argument("--repeat", type=_number, metavar="NO", help="make the sheet of this number again")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"where to; its ending is one of {', '.join(_EVERY)}"
    )
    parser.add_argument("--report", choices=list(CALLED), help="issue a report instead of a sheet, as .docx or .pdf")
    parser.add_argument("--incident", default="", metavar="ID", help="the incident that a FLASH report is of")
    parser.add_argument("--approved", default="", metavar="TEXT", help="who approves a report")
    parser.add_argument("--size", choices=SIZES, help="without a word of it, 16:9 for a .pptx and A4 for all else")
    stands = parser.add_mutually_exclusive_group()
    stands.add_argument(
        "--portrait", action="store_true", default=None, help="upright; without a word of how, as the ground is shown larger"
    )
    stands.add_argument("--landscape", action="store_false", dest="portrait", help="lengthwise, as a slide always is")
    parser.add_argument(
        "--frame",
        type=float,
        nargs=4,
        metavar=("W", "S", "E", "N"),
        help="the ground to show, in degrees; of a series, on every sheet",
    )
    parser.add_argument("--scale", type=float, default=None, metavar="N", help="show the frame's middle at 1:N")
    parser.add_argument(
        "--each",
        choices=EACH,
        help="a series: one sheet for each, its number after the file's name. Sheets by sector are framed each on its sector, "
        "unless --frame is given or the view has a box; those by day show the same ground",
    )
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


def ran(asked: argparse.Namespace, desk: Desk, progress: Callable[[str], None]) -> tuple[Said, int]:
    """Issue what is asked for and write its file; return the answer and its words, and 1 for a series that ended before its last sheet."""
    form, terms = _form(asked.out), release(asked)
    _free(asked, desk)
    if asked.scale is not None and not 0 < asked.scale < float("inf"):
        raise LayersError(f"--scale is {asked.scale:g}; give how many metres one metre on paper stands for, such as 250000")
    if asked.frame and not all(map(isfinite, asked.frame)):
        named = next(edge for edge in asked.frame if not isfinite(edge))
        raise LayersError(f"--frame names {named}, which is no number; give west, south, east and north in degrees")
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
        wanted = (
            asked.title,
            asked.size or _USUAL.get(form, SIZES[0]),
            asked.portrait,
            box,
            asked.scale or 0.0,
            asked.author,
            asked.unit,
            asked.to,
        )
        brief = Brief(*wanted, release=terms)
        if asked.each:
            return _series(asked, desk, brief, form, progress)
        made = desk.issue(parse(asked.view), brief, form)
    if asked.repeat is not None:
        laid(asked.out, made.body)
    else:
        _laid(asked.out, made)
    desk.hand((made,))
    return _told(made, asked.out, again=asked.repeat is not None), 0


def _series(asked: argparse.Namespace, desk: Desk, brief: Brief, form: Form, progress: Callable[[str], None]) -> tuple[Said, int]:
    """Issue a series and write each sheet as it is made, with its number after the name that was given.

    Where one fails, the answer tells of those that are written, and ``fault`` why there are no more.
    """

    def told(number: int, of: int, label: str) -> None:
        progress(f"{number} of {of}: {label}")

    sheets, lines, fault = [], [], ""
    try:
        for made in desk.issue_series(parse(asked.view), brief, form, asked.each, progress=told):
            file = asked.out.with_name(f"{asked.out.stem}-{made.entry.called}{asked.out.suffix}")
            _laid(file, made, ended=True)
            desk.hand((made,))
            sheets.append(_told(made, file)[0])
            lines.append(
                f"Sheet {made.entry.called}, {made.entry.job.title}: {file}" + "".join(f". {one}" for one in _lacking(made))
            )
    except LayersError as stop:
        if not sheets:
            raise
        fault = str(stop)
        progress(fault)
    return ({"sheets": sheets, "fault": fault}, "\n".join(lines)), 1 if fault else 0


def _laid(file: Path, made: Issued, *, ended: bool = False) -> None:
    """Write the file of what took a number, of a series that may have ``ended`` with it; where that fails, say how to get it all the same."""
    try:
        laid(file, made.body)
    except Unwritable as fault:
        number, title = made.entry.called, made.entry.job.title
        what, again = _called(made.entry), f"greenline brief DIR --repeat {number} --out FILE"
        words = f"{what[0].lower()}{what[1:]}" if what.startswith("Sheet") else what
        rest = (
            f". The series ended there; then make it with {again}, and issue what is lacking by a narrower view"
            if ended
            else f"; then make it with {again}"
        )
        raise Unwritable(f"{words}, {title}, is issued but has no file: {fault}{rest}") from None


def _called(entry: Entry) -> str:
    """Return what something issued is, and its number."""
    kind = entry.job.kind
    return f"{CALLED[kind]} {entry.called}, version {entry.edition}" if kind in CALLED else f"Sheet {entry.called}"


def _number(text: str) -> int:
    """Return the number of a sheet; argparse refuses what is none."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a sheet; the register lists them, such as 7")
    return int(text)


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
    if not out.parent.is_dir():
        raise Unwritable(f"{out.parent} is no folder; make it first or name another")
    try:
        TemporaryFile(dir=out.parent).close()
    except OSError as fault:
        raise Unwritable(f"nothing can be written in {out.parent} ({fault.strerror}); name another folder") from fault
    return form


def _free(asked: argparse.Namespace, desk: Desk) -> None:
    """Refuse a name that is taken before anything is issued; of a series, a name with a number that may still be given."""
    out: Path = asked.out
    if not asked.each:
        if out.exists():
            raise Unwritable(f"{out} already exists; choose another name or remove it")
        return
    if asked.repeat is not None or asked.report is not None:
        raise LayersError("--each issues a series of sheets of a view; leave it away with --repeat and --report")
    last = max((entry.number for entry in desk.register()), default=0)
    named = re.compile(rf"{re.escape(out.stem)}-([0-9]+){re.escape(out.suffix)}", re.IGNORECASE)
    for path in sorted(out.parent.iterdir()):
        if (met := named.fullmatch(path.name)) and int(met[1]) > last:
            raise Unwritable(f"{path} already exists, and a sheet of the series may need that name; choose another or remove it")


def _lacking(made: Issued) -> list[str]:
    """Return in sentences what of its words is not on it."""
    return [one for one in (made.cut, unprinted.issued(made)) if one]


def _told(made: Issued, out: Path, *, again: bool = False) -> Said:
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
        "cut": made.cut,
        "unprinted": unprinted.issued(made),
    }
    if again:
        answer |= {"same": made.same, "changed": made.changed, "compared": made.compared}
    more = made.compared if again else f"The same again: greenline brief DIR --repeat {entry.called} --out FILE"
    return (
        answer,
        f"{_called(entry)}, {job.marking}: {out} ({file.size // 1000:,} kB). {''.join(f'{one}. ' for one in _lacking(made))}{more}",
    )
