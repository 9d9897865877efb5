"""``greenline scene``: add a scene to a mission, list or export those it has, and find what changed between two."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from layers.desk import Comparison, Described, Desk
from layers.desk.added import answered
from layers.desk.comparing import LEAST_AREA_M2, chosen
from layers.errors import UnreadableFile
from layers.imagery.change import METHODS
from layers.imagery.scene import ROLES, SENSORS
from layers.model import View, from_micros
from layers.notation import parse_times

Said = tuple[dict[str, object], str]
Progress = Callable[[str], None]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the parts of the command."""
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON value on stdout")
    parts = parser.add_subparsers(required=True, metavar="PART")
    add = parts.add_parser("add", parents=[every], help="take a GeoTIFF in as a scene")
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
    change = parts.add_parser("change", parents=[every], help="find what changed between two scenes")
    change.set_defaults(part=_change)
    change.add_argument("before", metavar="BEFORE", help="a scene, by its digest or the beginning of it, or by its name")
    change.add_argument("after", metavar="AFTER")
    change.add_argument("--method", required=True, choices=[method.id for method in METHODS])
    change.add_argument("--least-area", type=float, default=LEAST_AREA_M2, metavar="M2", help="in square metres")
    change.add_argument("--shifted", action="store_true", help="accept scenes out of step by more than half a pixel")
    parts.add_parser("list", parents=[every], help="list the scenes").set_defaults(part=_list)
    export = parts.add_parser("export", parents=[every], help="write the scenes as a static STAC catalogue into a new folder")
    export.set_defaults(part=_export)
    export.add_argument("folder", type=Path, metavar="FOLDER")
    export.add_argument("--no-assets", action="store_true", help="link to the rasters where they lie, copy none")


def ran(asked: argparse.Namespace, desk: Desk, progress: Progress) -> Said:
    """Run one part of the command; return its answer and its words."""
    part: Callable[[argparse.Namespace, Desk, Progress], Said] = asked.part
    return part(asked, desk, _once(progress))


def _once(progress: Progress) -> Progress:
    """Return a progress that says nothing blank, and the same words once."""
    said = ""

    def told(words: str) -> None:
        nonlocal said
        words = words.strip()
        if words not in ("", said):
            said = words
            progress(words)

    return told


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


def _change(asked: argparse.Namespace, desk: Desk, progress: Progress) -> Said:
    listed = desk.scene_list(View())
    pair = chosen(listed, asked.before), chosen(listed, asked.after)
    wanted = Comparison(*pair, asked.method, asked.least_area, asked.shifted)
    made = desk.compare(wanted, progress=lambda share, words: progress(f"{share:4.0%}  {words}"))
    changes = made.changes
    hectares = sum(one.area_m2 for one in changes.outlines) / 10_000
    count = len(changes.outlines)
    lines = [
        f"{count:,} {'finding' if count == 1 else 'findings'}, {hectares:,.4g} ha, {changes.valid_share:.0%} of the pixels compared",
        *([made.earlier] if made.earlier else []),
    ]
    answer = {"findings": made.found.plain() if made.found else None, "raster": made.digest, "count": count, "hectares": hectares}
    answer |= {"taken_back": made.gone, "stay": made.stay}
    answer |= {"valid_share": changes.valid_share, "cloud_share": changes.cloud_share, "shift_px": changes.shift_px}
    return answer | {"learned": changes.learned, "warnings": list(changes.warnings)}, "\n".join([*lines, *changes.warnings])


def _list(_asked: argparse.Namespace, desk: Desk, _progress: Progress) -> Said:
    listed = desk.scenes(View(last="all"))
    scenes = listed["scenes"]
    assert isinstance(scenes, list)
    lines = [f"{one['id']}  {from_micros(1000 * one['acquired']):%Y-%m-%dT%H:%MZ}  {one['title']}" for one in scenes]
    return listed, "\n".join(lines) or "No scene yet; add one with: greenline scene DIR add FILE.tif"


def _export(asked: argparse.Namespace, desk: Desk, progress: Progress) -> Said:
    count = desk.export_scenes(asked.folder, assets=not asked.no_assets, progress=lambda done: progress(f"{done:,} written"))
    words = f"Wrote {count:,} {'scene' if count == 1 else 'scenes'} to {asked.folder / 'catalog.json'}"
    return {"folder": str(asked.folder), "scenes": count}, words


def _time(text: str | None) -> object:
    """Return the moment that a text says, None for no text."""
    if not text:
        return None
    read = parse_times([text])
    if read.fault[0]:
        raise UnreadableFile(f"--acquired is {text[:40]!r}, which {read.fault[0]}; write 2026-11-20T08:18Z or 200818Z NOV 26")
    return from_micros(int(read.micros[0]))
