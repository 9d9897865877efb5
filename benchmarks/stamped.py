"""Says when a store's commit has returned."""

from __future__ import annotations

import time
from typing import Any

from layers.store.embedded import EmbeddedStore


def stamp() -> None:
    """Have every append print the moment it came back, in milliseconds since 1970."""
    append = EmbeddedStore.append

    def stamped(self: EmbeddedStore, *args: Any, **named: Any) -> Any:
        receipt = append(self, *args, **named)
        print(f"stored {time.time() * 1e3:.3f}", flush=True)
        return receipt

    EmbeddedStore.append = stamped  # type: ignore[method-assign]
