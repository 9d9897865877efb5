"""Sheets are drawn in a process of their own, so that the live map goes on meanwhile; it stays for the next one.

Only this program writes to it and reads from it: what goes between the two is pickled.
"""

from __future__ import annotations

import atexit
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from layers.briefing.forms import PRINTED, Form, ReportForm
from layers.briefing.paper import Size
from layers.briefing.plate import Plate, Told
from layers.briefing.report import Report
from layers.errors import LayersError, Unwritable

_ROOT = Path(__file__).resolve().parents[2]
#: A sheet that takes longer than this, in seconds, is given up.
SECONDS = 120
_LENGTH = 8


@dataclass(eq=False)
class Press:
    """A process that draws sheets, one at a time. Safe to use from any thread."""

    _child: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """End the process with this one, at the latest."""
        atexit.register(self.close)

    def warm(self) -> None:
        """Start the process, so that the first sheet need not wait for it."""
        with self._lock:
            self._started()

    def made(self, plate: Plate, form: Form, at: datetime, *, dpi: int = PRINTED) -> bytes:
        """Return a plate as a file of a form; see ``layers.briefing.outputs.made``.

        Raises
        ------
        LayersError
            It cannot be drawn; the message says why.
        Unwritable
            It took too long or too much memory.
        """
        return self._answered((plate, form, at, dpi))

    def shortened(self, told: Told, size: Size, *, portrait: bool) -> str:
        """Return how a title is printed where it is cut; see ``layers.briefing.outputs.shortened``, and ``made`` for what may go wrong."""
        return self._answered((told, size, portrait, PRINTED)).decode()

    def unprintable(self, text: str) -> str:
        """Return the signs of a text that cannot be printed here; see ``layers.briefing.lettering``, and ``made`` for what may go wrong."""
        return self._answered((text, "", None, PRINTED)).decode()

    def written(self, report: Report, form: ReportForm, at: datetime) -> bytes:
        """Return a report as a file of a form; see ``layers.briefing.outputs.written``, and ``made`` for what may go wrong."""
        return self._answered((report, form, at, PRINTED))

    def _answered(self, asked: tuple[object, ...]) -> bytes:
        with self._lock:
            child = self._started()
            timer = threading.Timer(SECONDS, child.kill)
            timer.start()
            try:
                assert child.stdin is not None
                assert child.stdout is not None
                send(child.stdin, asked)
                answer = received(child.stdout)
            except (OSError, EOFError, pickle.UnpicklingError):
                self._stopped()
                raise Unwritable(
                    "the sheet could not be drawn: the process that draws ended. Show fewer records or a smaller sheet"
                ) from None
            finally:
                timer.cancel()
        if isinstance(answer, LayersError):
            raise answer
        assert isinstance(answer, bytes)
        return answer

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._stopped()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._stopped()
        if self._child is None:
            command = [sys.executable, "-m", "layers.briefing.pressed"]
            self._child = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child

    def _stopped(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for pipe in (child.stdin, child.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            child.wait()


def send(into: IO[bytes], what: object) -> None:
    """Write a value and how long it is."""
    body = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    into.write(len(body).to_bytes(_LENGTH, "big"))
    into.write(body)
    into.flush()


def received(out: IO[bytes]) -> object:
    """Read a value that ``send`` wrote.

    Raises
    ------
    EOFError
        There is none, or not the whole of one.
    """
    head = out.read(_LENGTH)
    if len(head) < _LENGTH:
        raise EOFError
    body = out.read(int.from_bytes(head, "big"))
    return pickle.loads(body)
