"""How soon the live map is drawn with a million incidents and with none, side by side, and what that sends.

Every open is a new browser profile with an empty cache, and the view holds every incident there is. The two
missions take turns, so that whatever else the machine does touches both.
"""

from __future__ import annotations

from browser import EVERYTHING, beyond_streamlit, chromium, new_page, opened, weighed
from common import FIRST_PORT, MILLION, arguments, median, mission, said, server
from playwright.sync_api import Browser

_OPENS = 9


def main() -> None:
    asked = arguments(__doc__)
    ports = {MILLION: FIRST_PORT + 3, 0: FIRST_PORT + 4}
    with server(mission(given=asked.mission), ports[MILLION]), server(mission(0), ports[0]), chromium() as browser:
        compare(browser, ports)
        weigh(browser, ports[MILLION])


def compare(browser: Browser, ports: dict[int, int]) -> None:
    """Open both maps in turn; print the medians and their ratio."""
    page: dict[int, list[float]] = {count: [] for count in ports}
    frame: dict[int, list[float]] = {count: [] for count in ports}
    for turn in range(_OPENS + 1):
        for count, port in ports.items() if turn % 2 else reversed(ports.items()):
            found = opened(new_page(browser), port)
            found.page.context.close()
            if turn:
                page[count].append(found.since_page)
                frame[count].append(found.since_frame)
    for what, bound, took in (("page open → drawn", "≤ 1.3", page), ("map frame → drawn", "≤ 2", frame)):
        full, bare = median(took[MILLION]), median(took[0])
        said(f"{what}, 1M ÷ none", bound, f"{full / bare:.2f} ({full:.0f} ms ÷ {bare:.0f} ms, medians of {_OPENS})")


def weigh(browser: Browser, port: int) -> None:
    """Print what the first view takes on the wire: the view of everything, and the mission's usual one, of a day."""
    for what, view in (("everything", EVERYTHING), ("the last day", "last%3D24h")):
        page = new_page(browser)
        sizes = weighed(page)
        opened(page, port, view)
        ours = beyond_streamlit(sizes)
        parts = ", ".join(f"{kind} {size / 1000:.0f}" for kind, size in ours.most_common(6))
        tiles = sum("/data/tiles/" in path for path in sizes)
        figure = f"{ours.total() / 1000:.0f} kB ({parts}; {tiles} tiles)"
        said(f"bytes of the first view of {what} at 1M, beyond Streamlit's own", "≤ 200 kB", figure)
        page.context.close()


if __name__ == "__main__":
    main()
