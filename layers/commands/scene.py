"""``greenline scene``: add a scene to a mission, and list those it has."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from layers.desk import Described, Desk
from layers.desk.added import answered
from layers.errors import UnreadableFile
from layers.imagery.scene import ROLES, SENSORS
from layers.model import View, from_micros
from layers.notation import parse_times

Said = tuple[dict[str, object], str]
Progress = Callable[[str], None]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the parts of the command."""
    parts = parser.add_subparsers(required=True, metavar="PART")
    add = parts.add_parser("add", help="take a GeoTIFF in as a scene")
    add.set_defaults(part=_add)
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--acquired", metavar="TIME", help="when it was taken: 2026-11-20T08:18Z or 200818Z NOV 26")
    add.add_argument("--sensor", choices=SENSORS)
    add.add_argument(
        "--bands", metavar="WORDS", help=f'what each shows, in order, such as "blue green red nir": {", ".join(ROLES)}'
    )
    add.add_argument("--scale", type=float, help="a stored number times this, plus the offset, is what was measured")
    add.add_argument("--offset", type=float)
    add.add_argument("--decibels", action=argparse.BooleanOptionalAction, help="of radar: its numbers are decibels, or linear")
    add.add_argument("--nodata", type=float, help="the number that stands where nothing was measured")
    for name in ("name", "source", "marking", "text"):
        add.add_argument(f"--{name}", default="", metavar="TEXT")
    parts.add_parser("list", help="list the scenes").set_defaults(part=_list)


def ran(asked: argparse.Namespace, desk: Desk, progress: Progress) -> Said:
    """Run one part of the command; return its answer and its words."""
    part: Callable[[argparse.Namespace, Desk, Progress], Said] = asked.part
    return part(asked, desk, progress)


def _add(asked: argparse.Namespace, desk: Desk, progress: Progress) -> Said:
    bands = tuple(asked.bands.replace(",", " ").split()) if asked.bands else None
    said = {"acquired_at": _time(asked.acquired), "bands": bands}
    said |= {name: getattr(asked, name) for name in ("sensor", "scale", "offset", "decibels", "nodata")}
    answers = answered(desk.read_scene(asked.file, asked.file.name), said)
    described = Described(**{name: getattr(asked, name) for name in ("name", "source", "marking", "text")})
    added = desk.add_scene(asked.file, answers, described, progress=lambda share: progress(f"{share:.0%} taken in"))
    state = "Added" if added.receipt.new else "Added anew" if added.receipt.changed else "Here already:"
    lines = [f"{state} scene {added.digest}, {answers.sensor}, taken {answers.acquired_at:%Y-%m-%dT%H:%MZ}", *added.warnings]
    return asdict(added) | {"receipt": added.receipt.plain()}, "\n".join(lines)


def _list(_asked: argparse.Namespace, desk: Desk, _progress: Progress) -> Said:
    listed = desk.scenes(View(last="all"))
    scenes = listed["scenes"]
    assert isinstance(scenes, list)
    lines = [f"{one['id']}  {from_micros(1000 * one['acquired']):%Y-%m-%dT%H:%MZ}  {one['title']}" for one in scenes]
    return listed, "\n".join(lines) or "No scene yet; add one with: greenline scene DIR add FILE.tif"


def _time(text: str | None) -> object:
    """Return the moment that a text says, None for no text."""
    if not text:
        return None
    read = parse_times([text])
    if read.fault[0]:
        raise UnreadableFile(f"--acquired is {text[:40]!r}, which {read.fault[0]}; write 2026-11-20T08:18Z or 200818Z NOV 26")
    return from_micros(int(read.micros[0]))
