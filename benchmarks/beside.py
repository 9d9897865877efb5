"""The greenline command as it is, which also prints when the store's commit had returned."""

from __future__ import annotations

import sys

from stamped import stamp

from layers.__main__ import main

if __name__ == "__main__":
    stamp()
    sys.exit(main())
