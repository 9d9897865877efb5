"""How long a small request takes through the gate, over one connection kept alive."""

from __future__ import annotations

from common import FIRST_PORT, Wire, arguments, median, mission, p95, said, server

_TIMES = 1_000


def main() -> None:
    asked = arguments(__doc__)
    port = FIRST_PORT
    with server(mission(given=asked.mission), port), Wire(port) as wire:
        for path, what in (("/_stcore/health", "Streamlit's health"), ("/data/mission", "our /data/mission")):
            for _ in range(100):
                wire.get(path)
            took = [wire.timed(path) for _ in range(_TIMES)]
            said(f"small gated request, median, {what}", "≤ 1.5 ms", f"{median(took):.2f} ms (p95 {p95(took):.2f})")


if __name__ == "__main__":
    main()
