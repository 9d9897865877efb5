"""What was reckoned once and is kept for whoever asks again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")


class Reckoned:
    """The last answers to costly questions. Safe to ask from any thread.

    Parameters
    ----------
    most : int
        So many are kept; those asked longest ago go first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, tuple[object, object]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def kept(self, key: Hashable, of: object, make: Callable[[], T]) -> T:
        """Return what ``make`` makes, kept under a key and the very object it was made of. It is made once, whoever asks meanwhile waits."""
        name = (key, id(of))
        with self._lock:
            if (found := self._found(name)) is not None:
                return found[1]  # type: ignore[return-value]
            making = self._making.setdefault(name, threading.Lock())
        with making:
            with self._lock:
                if (found := self._found(name)) is not None:
                    return found[1]  # type: ignore[return-value]
            try:
                made = make()
                with self._lock:
                    # The object is held too, so that no other can come to have its number.
                    self._held[name] = (of, made)
                    while len(self._held) > self._most:
                        self._held.popitem(last=False)
            finally:
                with self._lock:
                    self._making.pop(name, None)
        return made

    def holds(self, key: Hashable, of: object) -> bool:
        """Say whether an answer is kept."""
        with self._lock:
            return (key, id(of)) in self._held

    def _found(self, name: Hashable) -> tuple[object, object] | None:
        found = self._held.get(name)
        if found is not None:
            self._held.move_to_end(name)
        return found
