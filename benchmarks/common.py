"""What the benchmarks share: missions, servers, a bare HTTP client, figures."""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MILLION = 1_000_000
FIRST_PORT = 8651
_READY_S = 120.0
_BOX = ("60", "-23", "66", "-17")


def arguments(words: str | None, *, rows: int | None = None, **more: str) -> argparse.Namespace:
    """Read the command line every benchmark has; ``more`` names further options with their help.

    ``rows`` is how many rows a script takes that can be tried with fewer.
    """
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--mission", type=Path, metavar="DIR", help="a mission with a million incidents to use again")
    if rows is not None:
        parser.add_argument("--rows", type=int, metavar="N", default=rows, help=f"take so many rows in the place of {rows:,}")
    for name, about in more.items():
        parser.add_argument(f"--{name}", type=Path, help=about)
    asked, _ = parser.parse_known_args()
    return asked


def mission(count: int = MILLION, given: Path | None = None) -> Path:
    """Return a mission of so many incidents, made once and kept in the temporary folder."""
    if given is not None and count == MILLION:
        return given.resolve()
    folder = Path(tempfile.gettempdir()) / "greenline-bench" / str(count)
    if not (folder / "mission.toml").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "layers", "generate", str(folder), "--incidents", str(count)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def empty(folder: Path) -> Path:
    """Make a mission with nothing in it, about the place where the reports of ``reports.py`` fall."""
    command = [sys.executable, "-m", "layers", "init", str(folder), "--title", "Benchmark", "--bbox", *_BOX]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder


def copied(folder: Path, to: Path) -> Path:
    """Copy a mission that nobody writes to, so that the first stays as it is."""
    return shutil.copytree(folder, to, ignore=shutil.ignore_patterns("inbox", "incidents.csv"))


@contextmanager
def server(folder: Path, port: int, *entry: str) -> Iterator[subprocess.Popen[str]]:
    """Serve a mission until the block ends; ``entry`` is what to run in the place of ``app.py``."""
    command = [sys.executable, *(entry or ("app.py",)), "--mission", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        ready(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ready(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until the server says that it is well."""
    end = time.monotonic() + _READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}; is port {port} taken?")
        try:
            with Wire(port) as wire:
                if wire.get("/_stcore/health")[0] == 200:
                    return
        except OSError:
            time.sleep(0.01)
    raise SystemExit("the server did not become ready")


class Wire:
    """One HTTP connection kept alive, with as little of a client as can be, so that the server's time shows."""

    def __init__(self, port: int) -> None:
        self._host = f"127.0.0.1:{port}".encode()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def get(self, path: str) -> tuple[int, int]:
        """Ask for a path; return the status and the body's size on the wire."""
        self._socket.sendall(b"GET %b HTTP/1.1\r\nhost: %b\r\naccept-encoding: gzip\r\n\r\n" % (path.encode(), self._host))
        got = bytearray()
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        head = bytes(got[:end]).lower()
        size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(got) < end + 4 + size:
            got += self._more()
        return int(head.split(b" ", 2)[1]), size

    def timed(self, path: str) -> float:
        """Ask for a path that must be there; return how many milliseconds the answer took."""
        began = time.perf_counter()
        status, _ = self.get(path)
        took = (time.perf_counter() - began) * 1e3
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        return took

    def _more(self) -> bytes:
        part = self._socket.recv(1 << 18)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


def said(promise: str, bound: str, figure: str) -> None:
    """Print one promise's line."""
    print(f"{promise} | {bound} | {figure}", flush=True)


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """Return the value that nineteen of twenty do not pass."""
    return sorted(values)[max(0, -(-len(values) * 19 // 20) - 1)]
