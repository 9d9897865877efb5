"""What is taken from a process before it opens what others wrote.

Imports nothing of ours: a child that runs where no package of ours can be imported loads it by its path.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable


def limited(memory: int, seconds: int, written: int) -> None:
    """Take away more memory, processor time and bytes of a file than a decoder needs, where the system can; for good."""
    with contextlib.suppress(ImportError):
        import resource

        for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, written)):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))


def barred(held: Iterable[str], may: Iterable[str]) -> None:
    """End the process where its GDAL holds a driver that it may not have: some lead to other files and to the network."""
    if more := set(held) - set(may):
        sys.exit(f"GDAL holds drivers it must not have here: {', '.join(sorted(more))}")
