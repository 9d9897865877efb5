"""The watched folder: what is dropped into a mission's ``inbox`` is submitted, and put away with its Receipt."""

from __future__ import annotations

import json
import logging
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from traceback import extract_tb

from layers.access import User
from layers.catalogue import LAYERS
from layers.catalogue.scenes import LAYER as SCENES
from layers.desk import Described, Desk, Mission
from layers.desk.added import answered
from layers.errors import LayersError, NotFound, Stopped, StoreUnusable

#: Two looks at a file that stands still lie so far apart: it is on the map within a second of standing still.
LOOK_S = 0.4
FOLDER = "inbox"
#: Who submits what is dropped. An analyst has every layer.
INBOX = User("inbox", frozenset({"analyst"}), None)

_LOG = logging.getLogger(__name__)
_LAYER = "incidents"
_RASTERS = (".tif", ".tiff")
_TAKEN, _DONE, _REFUSED = ".taken", "done", "refused"
_PARTIAL = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~", ".db", ".ini")
#: Programs make an empty file and write it later: so long it may stay empty.
_EMPTY_S = 5.0
#: What went wrong with a file is tried again so much later.
_AGAIN_S = 10.0
#: Characters of a name that are kept, its end; the time and an ending come to them.
_LONGEST = 50
#: One file is put away at a time, whoever took it: two of one name must not meet.
_PUTTING = threading.Lock()

Marks = tuple[int, int, int]


@dataclass(eq=False)
class Inbox:
    """A mission's watched folder.

    A file is taken once its size and time stand still from one look to the next: it is moved aside, so that nobody
    else takes it, submitted, and moved to ``done`` or ``refused``. Nothing is deleted and no link is followed. What
    was moved aside before a crash is submitted again; the record knows its rows, so none is added twice.

    A GeoTIFF is taken in as a scene, where it tells all that must be known of one. That may last, so another inbox may take
    those alone (``rasters``), and this one all else; None takes both. ``stopping`` is asked meanwhile.
    """

    mission: Mission
    seconds: Callable[[], float] = time.monotonic
    rasters: bool | None = None
    stopping: Callable[[], bool] | None = None
    _seen: dict[Path, tuple[Marks, float]] = field(default_factory=dict)
    _not_before: dict[Path, float] = field(default_factory=dict)
    _told: set[tuple[Path, str]] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        """Return the folder that is watched."""
        return self.mission.folder / FOLDER

    def look(self) -> list[Path]:
        """Take what stands still; return what was put away. A fault of one file never holds up the others."""
        if not all(self._is_own(self.folder / name) for name in ("", _TAKEN, _DONE, _REFUSED)):
            return []
        desk = self.mission.desk(INBOX)
        waiting = list(_dropped(self.folder))
        self._seen = {path: seen for path, seen in self._seen.items() if path.is_symlink() or path.exists()}
        for path, layer in waiting:
            if self._is_mine(layer, path) and self._still(path):
                self._tried(path, lambda path=path, layer=layer: self._take(path, layer))  # type: ignore[misc]
        put: list[Path] = []
        for path in sorted((self.folder / _TAKEN).glob("*/*")):
            if self._is_mine(path.parent.name, path) and self._still(path):
                self._tried(path, lambda path=path: put.extend(self._submitted(desk, path)))  # type: ignore[misc]
        return put

    def _is_own(self, path: Path) -> bool:
        """Say whether a folder of the inbox is there, made by now, and does not lead elsewhere."""
        try:
            path.mkdir(exist_ok=True)
            if stat.S_ISDIR(path.lstat().st_mode):
                return True
            reason = "it leads elsewhere"
        except OSError as fault:
            reason = fault.strerror or "it cannot be made"
        self._tell(path, f"the inbox is not watched: {reason}")
        return False

    def _is_mine(self, layer: str, path: Path) -> bool:
        return self.rasters is None or self.rasters == _is_scene(layer, path)

    def _still(self, path: Path) -> bool:
        """Say whether a file is as it was at the look before."""
        try:
            marks, now = _marks(path), self.seconds()
        except OSError:
            return False
        before, since = self._seen.get(path, (None, now))
        if before != marks:
            self._seen[path] = (marks, now)
            return False
        return (marks[0] > 0 or now - since >= _EMPTY_S) and now >= self._not_before.get(path, now)

    def _take(self, path: Path, layer: str) -> None:
        """Move a file aside, out of everyone's way; one of its name that is there already goes first."""
        aside = self.folder / _TAKEN / layer / path.name
        aside.parent.mkdir(exist_ok=True)
        if not (aside.is_symlink() or aside.exists()):
            path.rename(aside)
            self._seen[aside] = self._seen.pop(path)

    def _submitted(self, desk: Desk, path: Path) -> list[Path]:
        """Submit a file and put it away; a file that is written on while it is read is left for another look."""
        layer, marks = path.parent.name, _marks(path)
        if not stat.S_ISREG(path.lstat().st_mode):
            return [self._put(path, _REFUSED, "This leads elsewhere or is no file. Drop the file itself.")]
        try:
            if _is_scene(layer, path):
                said, rows = self._pictured(desk, path), ""
            else:
                receipt = desk.submit(layer, path, name=_plain(path.name))
                said, rows = receipt.plain(), desk.refused(layer, path, receipt) if receipt.refused else ""
        except Stopped:
            return []
        except StoreUnusable:
            raise
        except NotFound:
            known = ", ".join(of.id for of in LAYERS)
            reason = f"There is no layer {_plain(layer)!r}. Drop the file into a folder named as one of these: {known}."
            return [self._put(path, _REFUSED, reason)]
        except LayersError as fault:
            return [self._put(path, _REFUSED, _sentence(str(fault), _plain(path.name)))]
        except OSError as fault:
            return [
                self._put(path, _REFUSED, f"The file cannot be read ({fault.strerror}). See to its rights and drop it again.")
            ]
        except Exception:
            self._put(path, _REFUSED, "The program failed on this file; its log says where. Import it on the Import page.")
            raise
        if _marks(path) != marks:
            return []
        return [self._put(path, _DONE, json.dumps(said, ensure_ascii=False, indent=1), rows)]

    def _pictured(self, desk: Desk, path: Path) -> dict[str, object]:
        """Take a GeoTIFF in as a scene; return its receipt, its digest and what an analyst should know of it.

        One that is here already stays as it is said to be: what a name in a folder lets guess outdoes nothing.
        """
        name = _plain(path.name)
        answers = answered(desk.read_scene(path, name))
        described = Described(name=Path(name).stem)
        made = desk.add_scene(path, answers, described, name=name, cancelled=self.stopping, guessed=True)
        return made.receipt.plain() | {"scene": made.digest, "warnings": list(made.warnings)}

    def _put(self, path: Path, where: str, said: str, rows: str = "") -> Path:
        """Move a file to where it ends, under its name and the time, with what is said of it beside it."""
        with _PUTTING:
            folder, name = self.folder / where, self._free(where, path.name[-_LONGEST:])
            beside = [(folder / f"{name}.{'receipt.json' if where == _DONE else 'reason.txt'}", f"{said}\n")]
            beside += [(folder / f"{name}.refused.csv", rows)] if rows else []
            try:
                for each, text in beside:
                    each.write_text(text, encoding="utf-8", newline="")
                return path.rename(folder / name)
            except OSError:
                for each, _ in beside:
                    each.unlink(missing_ok=True)
                raise

    def _free(self, where: str, ending: str) -> str:
        """Return a name of now that no file has yet."""
        stamp, number = f"{self.mission.clock():%Y%m%dT%H%M%SZ}", 1
        name = f"{stamp}-{ending}"
        while any((self.folder / where).glob(f"{escape(name)}*")):
            number += 1
            name = f"{stamp}-{number}-{ending}"
        return name

    def _tried(self, path: Path, act: Callable[[], object]) -> None:
        """Do something with one file; what goes wrong is logged, without a word of the record, and tried again."""
        try:
            act()
        except Exception as fault:
            last = extract_tb(fault.__traceback__)[-1]
            self._not_before[path] = self.seconds() + _AGAIN_S
            self._tell(path, f"{type(fault).__name__} at {Path(last.filename).name}:{last.lineno}")

    def _tell(self, path: Path, words: str) -> None:
        if (path, words) not in self._told:
            self._told.add((path, words))
            _LOG.warning("%s: %s", _plain(path.name), words)


def _dropped(folder: Path) -> Iterator[tuple[Path, str]]:
    """Return what lies in the inbox for us, each with its layer: its folder's name, else what its own begins with."""
    for path in _entries(folder):
        if path.is_symlink() or not path.is_dir():
            named = max((of.id for of in LAYERS if path.name.startswith(of.id)), key=len, default=_LAYER)
            yield path, SCENES.id if path.suffix.casefold() in _RASTERS else named
        elif path.name not in (_DONE, _REFUSED):
            yield from ((inner, path.name) for inner in _entries(path) if inner.is_symlink() or not inner.is_dir())


def _is_scene(layer: str, path: Path) -> bool:
    return layer == SCENES.id and path.suffix.casefold() in _RASTERS


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if _is_meant(path.name))
    except OSError:
        return []


def _is_meant(name: str) -> bool:
    """Say whether a name is that of a whole file: neither hidden, nor a program's own while it writes."""
    return not name.startswith((".", "~")) and not name.casefold().endswith(_PARTIAL)


def _marks(path: Path) -> Marks:
    found = path.lstat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _plain(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


def _sentence(words: str, name: str) -> str:
    """Return words as a sentence; one that begins with the file's name leaves it as it is spelled."""
    begin = words[:1] if words.startswith(name) else words[:1].upper()
    return f"{begin}{words[1:]}{'' if words.endswith('.') else '.'}" if words else "The file was refused."
