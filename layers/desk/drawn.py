"""Tiles that were drawn once, on disk: the oldest go when there are too many."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

#: So many bytes of tiles are kept; beyond them the oldest go until a fifth is free.
MOST = 256_000_000
_LEFT = 0.8


@dataclass(eq=False)
class Drawn:
    """A small store of files by name. A disk that is full or read-only costs speed and nothing else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     drawn = Drawn(Path(folder))
    ...     [drawn.drawn("a", lambda: b"once"), drawn.drawn("a", lambda: b"never again")]
    [b'once', b'once']
    """

    folder: Path
    most: int = MOST
    _held: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def drawn(self, name: str, draw: Callable[[], bytes]) -> bytes:
        """Return what was drawn under a name, or draw it now. ``name`` is one of our own making, never a client's."""
        path = self.folder / name
        with suppress(OSError):
            return path.read_bytes()
        body = draw()
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f".{token_hex(8)}"
            part.write_bytes(body)
            os.replace(part, path)
            self._counted(len(body))
        return body

    def _counted(self, added: int) -> None:
        with self._lock:
            if self._held is None:
                self._held = sum(entry.stat().st_size for entry in os.scandir(self.folder))
            else:
                self._held += added
            if self._held > self.most:
                self._held = self._pruned()

    def _pruned(self) -> int:
        """Delete the oldest; return how many bytes are left."""
        entries = sorted((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in os.scandir(self.folder))
        left = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if left <= self.most * _LEFT:
                break
            with suppress(OSError):
                os.unlink(path)
                left -= size
        return left
