"""A writer may be killed at any moment, and several may write at once: what was answered is there, whole, and the chain holds."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from layers.catalogue import LAYERS
from layers.store import open_store
from tests.conftest import ROOT
from tests.stores import Said, event, rows

KILLS = 60
ROWS = 40

#: Forks a writer for each line "path name batches", so that none waits for imports. A writer stores batches of ROWS + 1 rows
#: by two drafts, with a breath between them inside the transaction, and says "did NAME N" of each one it was answered.
NURSERY = f"""
    import os, sys, threading, time
    from pathlib import Path
    from layers.catalogue import LAYERS
    from layers.store import open_store
    from tests.stores import Said, event, rows

    def say(*words):
        os.write(1, (" ".join(map(str, words)) + "\\n").encode())

    def drafts(name, n):
        yield rows(*(Said(f"{{name}} {{n}} {{row}}") for row in range({ROWS // 2})))
        time.sleep(0.001)
        yield rows(*(Said(f"{{name}} {{n}} {{row}}") for row in range({ROWS // 2}, {ROWS})), Said("shared", f'{{{{"n":"{{name}} {{n}}"}}}}'))

    def write(path, name, most):
        store = open_store(Path(path), LAYERS)
        say("open", name)
        for n in range(int(most)):
            assert store.append(drafts(name, n), event(n, file=f"{{name}} {{n}}")).new >= {ROWS}
            say("did", name, n)
        store.close()

    for line in sys.stdin:
        made = os.fork()
        if not made:
            failed = 1
            try:
                write(*line.split())
                failed = 0
            finally:
                os._exit(failed)
        say("made", line.split()[1], made)
        threading.Thread(target=lambda made=made, name=line.split()[1]: say("dead", name, os.waitpid(made, 0)[1])).start()
"""

#: Counts the incidents GDAL sees, again and again, until it is told to stop.
READER = """
    import json, sys, threading
    import pyogrio

    stopped = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stopped.set()), daemon=True).start()
    count = lambda: len(pyogrio.raw.read(sys.argv[1], layer="incidents")[2])
    counts = [count()]
    print("ready", flush=True)
    while not stopped.is_set():
        counts.append(count())
    print(json.dumps([*counts, count()]), flush=True)
"""


def started(program: str, *given: object) -> subprocess.Popen[str]:
    """Start a program of our own in another process."""
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, given)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Nursery:
    """Where writers come from, and what is heard of them."""

    def __init__(self) -> None:
        self.process = started(NURSERY)
        self.heard: list[list[str]] = []

    def start(self, path: Path, name: str, batches: int) -> None:
        writing(self.process).write(f"{path} {name} {batches}\n")
        writing(self.process).flush()

    def until(self, act: str, name: str) -> str:
        """Listen until a writer is said to have done something; return the last word of it."""
        while True:
            for said in self.heard:
                if said[:2] == [act, name]:
                    return said[-1]
            line = reading(self.process).readline()
            assert line, "the nursery ended"
            self.heard.append(line.split())

    def done(self, name: str) -> set[str]:
        """Return the batches a writer was answered."""
        return {f"{name} {said[2]}" for said in self.heard if said[:2] == ["did", name]}

    def kill(self, name: str) -> None:
        """Kill a writer as a power cut would, and wait until it is gone."""
        os.kill(int(self.until("made", name)), signal.SIGKILL)
        assert self.until("dead", name) == str(int(signal.SIGKILL))


def writing(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdin is not None
    return process.stdin


def reading(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.process.communicate(timeout=60)


def held(path: Path) -> dict[str, int]:
    """Return each stored file with how many of its rows are there, after checking that the record is sound."""
    store = open_store(path, LAYERS)
    try:
        assert store.verify().broken_at is None
        files = {batch.id: batch.file for batch in store.batches()}
        audited = [json.loads(row.body) for row in store.audit_rows()]
        assert {body["batch"]: body["file"] for body in audited} == files
        assert len(audited) == len(files)
        shared = store.history("incidents", "shared")
        assert shared.previous.tolist() == [0, *shared.seq.tolist()][:-1]
        return dict(Counter(files[batch] for part in store.tail("incidents", 0) for batch in part.batch.tolist()))
    finally:
        store.close()


def test_a_killed_writer_leaves_every_batch_wholly_there_or_wholly_absent(nursery: Nursery, tmp_path: Path) -> None:
    dice, path = random.Random(1), tmp_path / "record.gpkg"
    answered: set[str] = set()
    for turn in range(KILLS):
        name = f"killed{turn}"
        nursery.start(path, name, 1_000)
        nursery.until("open", name)
        time.sleep(dice.uniform(0, 0.03))
        nursery.kill(name)
        answered |= nursery.done(name)
        found = held(path)
        assert set(found.values()) <= {ROWS + 1}
        assert answered <= found.keys()
        assert len(found.keys() - answered) <= turn + 1, "a kill leaves at most one batch stored and not answered"
    assert len(answered) > KILLS // 2, "the writers were killed before they wrote"


def test_a_writer_killed_while_it_makes_the_record_leaves_one_that_opens(nursery: Nursery, tmp_path: Path) -> None:
    dice = random.Random(2)
    for turn in range(25):
        name, path = f"first{turn}", tmp_path / f"{turn}.gpkg"
        nursery.start(path, name, 1_000)
        nursery.until("made", name)
        time.sleep(dice.uniform(0, 0.02))
        nursery.kill(name)
        found = held(path)
        assert set(found.values()) <= {ROWS + 1}
        assert nursery.done(name) <= found.keys()


@pytest.mark.parametrize("turn", range(5))
def test_two_writers_that_begin_a_record_at_once_both_land_whole(nursery: Nursery, tmp_path: Path, turn: int) -> None:
    path, names = tmp_path / "record.gpkg", [f"one{turn}", f"two{turn}"]
    for name in names:
        nursery.start(path, name, 20)
    assert [nursery.until("dead", name) for name in names] == ["0", "0"]
    assert held(path) == dict.fromkeys((f"{name} {n}" for name in names for n in range(20)), ROWS + 1)


def test_gdal_in_another_process_reads_on_while_the_record_is_written(nursery: Nursery, tmp_path: Path) -> None:
    path = tmp_path / "record.gpkg"
    store = open_store(path, LAYERS)
    store.append([rows(Said("first"))], event(file="first"))
    store.close()
    reader = started(READER, path)
    assert reading(reader).readline() == "ready\n"
    nursery.start(path, "alone", 150)
    assert nursery.until("dead", "alone") == "0"
    said, _ = reader.communicate("stop\n", timeout=60)
    counts = json.loads(said)
    assert reader.returncode == 0
    assert counts == sorted(counts)
    assert counts[-1] == 2 + 150 * ROWS
    assert len(set(counts)) > 2, "the reader sees the record grow"
    assert {(count - 2) % ROWS for count in counts if count > 1} == {0}, "no batch is seen in part"
    assert len(held(path)) == 1 + 150
