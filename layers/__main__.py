"""The ``greenline`` command: make a mission, submit files, undo, list, export, verify, back up."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from layers import config, feed
from layers.access import OWNER, User
from layers.commands import brief, scene
from layers.config import Configuration
from layers.desk import Desk, open_mission, unpacked
from layers.errors import LayersError, MissionUnusable, NotAllowed
from layers.exercise import make, write
from layers.ingest import DIALECTS, Answers, from_words
from layers.model import Receipt, parse

Json = dict[str, object] | list[dict[str, object]]
Said = tuple[Json, str]

_SHOWN = 20
#: The status by which shells know a program whose reader went away: 128 and the number of that signal.
_UNREAD = 128 + 13
#: Signs that turn the direction of what follows them, and those that a terminal obeys.
_COMMANDS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_READ = (
    'how the file is written, such as "dates day first, decimal comma, times in Asia/Beirut": also "dates month first", '
    '"comma parts thousands", "longitude and latitude exchanged", "metres in 36S"'
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 done, 1 refused as a whole, 2 usage, 141 where nobody reads on what it says."""
    try:
        try:
            return _ran(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be written at the end has nowhere to go either.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        return _UNREAD


def _ran(arguments: Sequence[str] | None) -> int:
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], tuple[Said, int]] = asked.command
    try:
        (answer, words), status = command(asked)
    except BrokenPipeError:
        raise
    except (LayersError, OSError) as fault:
        print(f"greenline: {_legible(str(fault))}", file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False) if asked.json else _legible(words))
    return status


def _legible(words: str) -> str:
    """Return words with what turns the direction of letters, or commands a terminal, written out as on the screen."""
    return _COMMANDS.sub(lambda sign: f"⟨U+{ord(sign[0]):04X}⟩", words)


def _init(asked: argparse.Namespace) -> tuple[Said, int]:
    box = tuple(asked.bbox) if asked.bbox else (-180.0, -80.0, 180.0, 84.0)
    config.write(asked.mission, Configuration(asked.title or asked.mission.resolve().name, box=box))
    open_mission(asked.mission).close()
    return ({"mission": str(asked.mission)}, f"Made {asked.mission}. Next: greenline submit {asked.mission} LAYER FILE"), 0


def _generate(asked: argparse.Namespace) -> tuple[Said, int]:
    if asked.incidents < 0:
        raise LayersError(f"--incidents is {asked.incidents}; write 0 or more")
    if (asked.mission / "mission.toml").exists():
        raise MissionUnusable(f"{asked.mission} already is a mission; choose another folder")
    _progress("making the exercise")
    write(make(asked.seed, asked.incidents, datetime.now(UTC).replace(microsecond=0)), asked.mission)
    mission = open_mission(asked.mission)
    try:
        feed.fill(mission, asked.mission, _counting)
        feed.survey(mission, progress=_progress)
        count = next(layer.count for layer in mission.desk().layers() if layer.id == "incidents")
    finally:
        mission.close()
    return ({"mission": str(asked.mission), "incidents": count}, f"Made {asked.mission} with {count:,} incidents"), 0


def _submit(asked: argparse.Namespace) -> tuple[Said, int]:
    desk, one = _desk(asked), len(asked.file) == 1
    answers: list[dict[str, object]] = []
    words: list[str] = []
    status = 0
    for path in asked.file:
        try:
            receipt = _submitted(desk, path, asked)
        except LayersError as fault:
            if one:
                raise
            answers.append({"file": str(path), "fault": str(fault)})
            words.append(f"{path.name}: {fault}")
            status = 1
            continue
        answers.append(receipt.plain() if one else {"file": str(path)} | receipt.plain())
        words.append(("" if one else f"{path.name}: ") + _receipt_words(receipt, asked.dry_run))
    return (answers[0] if one else answers, "\n".join(words)), status


def _submitted(desk: Desk, path: Path, asked: argparse.Namespace) -> Receipt:
    """Submit one file, read as was said; write its refused rows where that is asked for."""
    answers = Answers(asked.column, asked.meaning, from_words(asked.read))
    by_hand = bool(answers) or asked.anew
    proposal = desk.propose(asked.layer, path, dialect=asked.dialect, answers=answers, anew=asked.anew) if by_hand else None
    receipt = desk.submit(
        asked.layer,
        path,
        dialect=asked.dialect,
        where=asked.where,
        assign=asked.set,
        dry_run=asked.dry_run,
        progress=_counting,
        mapping=proposal.mapping if proposal else None,
    )
    if proposal and not asked.dry_run:
        desk.remember(asked.layer, proposal)
    if asked.refused and receipt.refused:
        asked.refused.mkdir(parents=True, exist_ok=True)
        rows = desk.refused(asked.layer, path, receipt)
        (asked.refused / f"{path.stem}-refused.csv").write_text(rows, encoding="utf-8", newline="")
    return receipt


def _undo(asked: argparse.Namespace) -> tuple[Said, int]:
    desk = _desk(asked)
    receipt = desk.undo(asked.batch, asked.reason)
    later = ", ".join(str(of) for of in desk.since(asked.batch) if of != receipt.batch)
    stays = f"\nWhat batch {later} decided on since stays as it is; take that back first to reach it too" if later else ""
    done = f"Took back batch {asked.batch}" if receipt.batch else f"Nothing is left of batch {asked.batch} to take back"
    return (receipt.plain(), f"{done}. {_receipt_words(receipt, False)}{stays}"), 0


def _layers(asked: argparse.Namespace) -> tuple[Said, int]:
    counts = _desk(asked).layers()
    return (
        [asdict(layer) for layer in counts],
        "\n".join(f"{layer.count:>10,}  {layer.title} ({layer.id})" for layer in counts),
    ), 0


def _export(asked: argparse.Namespace) -> tuple[Said, int]:
    desk = _desk(asked)
    view = desk.understood(parse(asked.view))
    terms = brief.release(asked)
    count = desk.export(asked.layer, asked.file, view, release=terms, progress=_slowly(lambda rows: f"{rows:,} rows written"))
    return ({"file": str(asked.file), "rows": count}, f"Wrote {count:,} rows to {asked.file}"), 0


def _within(asked: argparse.Namespace) -> tuple[Said, int]:
    desk = _desk(asked)
    found = desk.within(desk.understood(parse(asked.view)))
    lines = [f"{found['words']}: {found['count']:,} of {found['of']:,}"]
    if found["expected"] is not None:
        lines.append(f"By their precision {found['surely']:,} surely and {found['perhaps']:,} perhaps;")
        lines.append(f"{found['missed']:,} more perhaps, not counted; {found['expected']:,} to be expected")
    return (found, "\n".join(lines)), 0


def _scene(asked: argparse.Namespace) -> tuple[Said, int]:
    return scene.ran(asked, _desk(asked), _progress), 0


def _brief(asked: argparse.Namespace) -> tuple[Said, int]:
    return brief.ran(asked, _desk(asked), _progress)


def _verify(asked: argparse.Namespace) -> tuple[Said, int]:
    desk = _desk(asked)
    found = desk.verify()
    faults = desk.scene_faults(_slowly(lambda count: f"{count:,} rasters checked"))
    for fault in faults:
        _progress(fault)
    state = f"The chain holds over {found.rows:,} rows" if found.ok else f"BROKEN at {found.broken_at}"
    return (asdict(found), f"{state}; head {found.head[:16]}"), 0 if found.ok and not faults else 1


def _backup(asked: argparse.Namespace) -> tuple[Said, int]:
    desk = _desk(asked)
    desk.backup(asked.file)
    return ({"file": str(asked.file)}, f"Backed up {asked.mission} to {asked.file}"), 0


def _restore(asked: argparse.Namespace) -> tuple[Said, int]:
    if asked.mission.exists() and any(asked.mission.iterdir()):
        raise MissionUnusable(f"{asked.mission} is not empty; restore into a new folder")
    with tempfile.TemporaryDirectory() as beside:
        made = unpacked(asked.file, Path(beside) / "mission")
        mission = open_mission(made)
        found = mission.desk().verify()
        mission.close()
        if not found.ok:
            raise LayersError(f"{asked.file} is damaged at {found.broken_at}; nothing was restored")
        shutil.copytree(made, asked.mission, dirs_exist_ok=True)
    return ({"mission": str(asked.mission), "rows": found.rows}, f"Restored {found.rows:,} rows into {asked.mission}"), 0


def _desk(asked: argparse.Namespace) -> Desk:
    if asked.as_user != OWNER.name:
        raise NotAllowed(f"there is no account {asked.as_user!r}; without accounts everyone here is {OWNER.name}")
    user: User = OWNER
    return open_mission(asked.mission).desk(user)


def _receipt_words(receipt: Receipt, dry_run: bool) -> str:
    counts = f"{receipt.new:,} new, {receipt.changed:,} changed, {receipt.unchanged:,} unchanged, {receipt.retracted:,} retracted"
    lines = [f"{'Would store: ' if dry_run else ''}{counts}, {receipt.refused_rows:,} refused", *receipt.said]
    for title, groups in (
        ("Refused; row 1 is the first below the header", receipt.grouped()),
        (f"Taken, with a remark: {receipt.remarked:,}", receipt.grouped(remarks=True)),
    ):
        lines += [f"{title}:"] if groups else []
        lines += [_group(receipt.called.get(field, field), reason, n, at) for field, reason, n, at in groups[:_SHOWN]]
        left = len(groups) - _SHOWN
        lines += [f"  and {left:,} more reasons; --json tells them"] if left > 0 else []
    for field, met in receipt.asked.items():
        shown = sorted(met.items(), key=lambda one: -one[1])[:_SHOWN]
        values = ", ".join(f"{value!r} ({count:,})" for value, count in shown) + (" and more" if len(met) > _SHOWN else "")
        lines.append(
            f"Not known as {receipt.called.get(field, field)}: {values}; say what each means with --meaning {field}=VALUE=CODE"
        )
    return "\n".join(lines)


def _group(name: str, reason: str, count: int, rows: Sequence[int]) -> str:
    """Return what several rows have in common in one line."""
    first = ", ".join(map(str, rows)) + (f" and {count - len(rows):,} more" if count > len(rows) else "")
    return f"  {'row' if count == 1 else 'rows'} {first}, {name}: {reason}"


def _counting(rows: int) -> None:
    _progress(f"{rows:,} {'row' if rows == 1 else 'rows'} read")


def _slowly(words: Callable[[int], str]) -> Callable[[int], None]:
    """Say how far it is, at most once a second."""
    said = time.monotonic()

    def told(count: int) -> None:
        nonlocal said
        if time.monotonic() - said > 1:
            said = time.monotonic()
            _progress(words(count))

    return told


def _progress(words: str) -> None:
    """Say how far it is; where nobody reads it, the work goes on."""
    with suppress(BrokenPipeError):
        print(f"greenline: {_legible(words)}", file=sys.stderr)


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not FIELD=VALUE")
    return name, value


def _meaning(text: str) -> tuple[str, str, str]:
    name, meaning = _pair(text)
    value, _, code = meaning.rpartition("=")
    if not value or not code:
        raise argparse.ArgumentTypeError(f"{text!r} is not FIELD=VALUE=CODE")
    return name, value, code


def _words(text: str) -> str:
    if set(from_words(text).words.split(", ")) != {part.strip() for part in text.split(",")}:
        raise argparse.ArgumentTypeError(f"{text!r} is not understood; {_READ}")
    return text


def _parser() -> argparse.ArgumentParser:
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--as", dest="as_user", default=OWNER.name, metavar="USER", help="act as this user")
    every.add_argument("--json", action="store_true", help="print one JSON value on stdout")
    parser = argparse.ArgumentParser(prog="greenline", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], tuple[Said, int]], words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, parents=[every], help=words, description=words)
        made.set_defaults(command=run)
        if name != "restore":
            made.add_argument("mission", type=Path, metavar="DIR")
        return made

    made = command("init", _init, "make a new, empty mission")
    made.add_argument("--title")
    made.add_argument("--bbox", type=float, nargs=4, metavar=("W", "S", "E", "N"))
    made = command("generate", _generate, "make an exercise mission of any size")
    made.add_argument("--incidents", type=int, required=True, metavar="N")
    made.add_argument("--seed", type=int, default=1, metavar="S")
    made = command("submit", _submit, "check files and store the good rows of each as one batch")
    made.add_argument("layer", metavar="LAYER")
    made.add_argument("file", type=Path, nargs="+", metavar="FILE")
    made.add_argument("--dialect", metavar="D", help=f"one of {', '.join(DIALECTS)}; found out where not given")
    made.add_argument("--where", type=_pair, action="append", default=[], metavar="F=V", help="only rows whose column F is V")
    made.add_argument("--set", type=_pair, action="append", default=[], metavar="F=V", help="field F of every row is V")
    made.add_argument("--column", type=_pair, action="append", default=[], metavar="F=COLUMN", help="read field F from COLUMN")
    made.add_argument(
        "--meaning", type=_meaning, action="append", default=[], metavar="F=VALUE=CODE", help="VALUE in field F means CODE"
    )
    made.add_argument("--read", metavar="WORDS", default="", type=_words, help=_READ)
    made.add_argument("--anew", action="store_true", help="forget what was said of files with the same columns before")
    made.add_argument("--refused", type=Path, metavar="FOLDER", help="write refused rows and their reasons into FOLDER")
    made.add_argument("--dry-run", action="store_true", help="store nothing, say what would become of every row")
    made = command("undo", _undo, "take a batch back by new versions")
    made.add_argument("batch", type=int, metavar="BATCH")
    made.add_argument("--reason", required=True, metavar="TEXT")
    command("layers", _layers, "list the layers with their counts")
    made = command("export", _export, "write a layer's features to .csv, .xlsx, .gpkg, .geojson or .kmz")
    made.add_argument("layer", metavar="LAYER")
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("--view", default="last=all", metavar="QUERY")
    brief.release_arguments(made)
    made = command("within", _within, "answer a view's relation, and say how sure the answer is")
    made.add_argument("--view", required=True, metavar="QUERY", help="such as last=all&where=incidents,within,zones,1000")
    brief.arguments(command("brief", _brief, "issue a view as a sheet or a report, or make one of the register again"))
    scene.arguments(
        command("scene", _scene, "scenes from satellites and drones: add FILE.tif, list, change BEFORE AFTER, export FOLDER")
    )
    command("verify", _verify, "check the whole chain of the record, and the rasters of its scenes")
    made = command("backup", _backup, "write a verified copy of the mission into one file")
    made.add_argument("file", type=Path, metavar="FILE")
    made = command("restore", _restore, "make a mission of a backup")
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("mission", type=Path, metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
