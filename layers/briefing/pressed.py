"""The process that draws sheets: reads plates on stdin, writes files on stdout, until there are no more."""

from __future__ import annotations

import os
import sys
from typing import Any

from layers.briefing.lettering import unprintable
from layers.briefing.outputs import made, shortened, written
from layers.briefing.plate import Told
from layers.briefing.press import received, send
from layers.briefing.report import Report
from layers.errors import LayersError, Unwritable


def main() -> None:
    """Draw what is asked for, one after the other."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints must not stand among the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while True:
        try:
            asked: Any = received(sys.stdin.buffer)
        except EOFError:
            return
        try:
            of, form, at, dpi = asked
            answer: bytes | LayersError
            if isinstance(of, str):
                answer = unprintable(of).encode()
            elif isinstance(of, Told):
                answer = shortened(of, form, portrait=at).encode()
            else:
                answer = written(of, form, at) if isinstance(of, Report) else made(of, form, at, dpi=dpi)
        except LayersError as fault:
            answer = fault
        except MemoryError:
            answer = Unwritable("the sheet takes more memory than there is; show fewer records or a smaller sheet")
        send(answers, answer)


if __name__ == "__main__":
    main()
