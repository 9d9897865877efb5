"""What was said by hand of how files are read: kept in the mission, for a source by its columns, for a file by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.ingest import ColumnMapping, Conventions, from_text, from_words, key, said_by_hand, to_text
from layers.model import Layer

#: The folder of a mission that keeps them.
SOURCES = "sources"
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Sources:
    """The answers of a mission for one layer."""

    folder: Path
    layer: Layer

    def keep(self, mapping: ColumnMapping, columns: Sequence[str]) -> None:
        """Keep a mapping for the next file with these columns; one that says nothing by hand leaves nothing to keep."""
        if said_by_hand(mapping, self.layer):
            self._write(f"{key(columns, self.layer.id)}.json", to_text(mapping))
        else:
            self.forget(columns)

    def forget(self, columns: Sequence[str]) -> None:
        """Read the next file with these columns as if none had come before."""
        (self._at / f"{key(columns, self.layer.id)}.json").unlink(missing_ok=True)

    def mapping(self, columns: Sequence[str]) -> ColumnMapping | None:
        """Return what is kept for files with these columns."""
        text = self._read(f"{key(columns, self.layer.id)}.json")
        found = from_text(text) if text else None
        return found if found is not None and found.taken <= set(columns) else None

    def keep_answers(self, path: Path, answers: Conventions) -> None:
        """Keep what was said of one file, so that the same file again is read the same way."""
        if answers != answers.lasting:
            self._write(f"{_name(path, self.layer)}.txt", answers.words)

    def answers(self, path: Path) -> Conventions | None:
        """Return what was said of this very file; its content is looked at only where one of its size was kept."""
        if not path.is_file() or not any(self._at.glob(f"{path.stat().st_size}-*.txt")):
            return None
        text = self._read(f"{_name(path, self.layer)}.txt")
        return from_words(text) if text else None

    @property
    def _at(self) -> Path:
        return self.folder / SOURCES

    def _write(self, name: str, text: str) -> None:
        self._at.mkdir(exist_ok=True)
        beside = self._at / f".{name}"
        beside.write_text(text, encoding="utf-8")
        beside.replace(self._at / name)

    def _read(self, name: str) -> str:
        path = self._at / name
        try:
            return path.read_text(encoding="utf-8") if path.stat().st_size <= _LARGEST else ""
        except (OSError, UnicodeDecodeError):
            return ""


def _name(path: Path, layer: Layer) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(layer.id.encode(), digest_size=16)).hexdigest()
    return f"{path.stat().st_size}-{digest}"
