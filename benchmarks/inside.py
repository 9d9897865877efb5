"""Serve a mission as app.py does, and beside it, in the same process, store each file named on standard input.

For every file it prints when the store's commit had returned, in milliseconds since 1970.
"""

from __future__ import annotations

import runpy
import sys
import threading
from pathlib import Path

from stamped import stamp

ROOT = Path(__file__).resolve().parent.parent


def store() -> None:
    """Store what is named, one file a line."""
    from layers.serve import served

    for line in sys.stdin:
        served().mission.desk().submit("incidents", Path(line.strip()))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    stamp()
    threading.Thread(target=store, daemon=True).start()
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
