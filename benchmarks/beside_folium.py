"""Our live map beside folium's two usual ways, FastMarkerCluster and GeoJson, all in Streamlit, with the same 100,000 incidents.

Folium's page holds the points as folium draws them by itself, without a word about them and without a base map. Its scripts lie
on this machine: Leaflet from XStatic-Leaflet; those that folium would fetch from the network are not part of this repository.
Put leaflet.markercluster.js, MarkerCluster.css and MarkerCluster.Default.css (leaflet.markercluster 1.1.0) and
leaflet.awesome-markers.js and .css (2.0) into a folder and name it with --cluster.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

from browser import beyond_streamlit, chromium, new_page, opened, weighed
from common import FIRST_PORT, ROOT, arguments, median, mission, ready, said, server
from playwright.sync_api import Browser, TimeoutError
from xstatic.pkg import leaflet

_COUNT = 100_000
_TURNS = 3
_LONGEST_S = 150
_DRAWN = """
window.drawnAt = 0;
const looking = setInterval(() => {
  if (!document.querySelector('.leaflet-marker-icon')) return;
  clearInterval(looking);
  requestAnimationFrame(() => requestAnimationFrame(() => { window.drawnAt = performance.timeOrigin + performance.now(); }));
}, 10);
"""
_STREAM = "/_stcore/stream"


def main() -> None:
    asked = arguments(__doc__, cluster="the folder of the scripts and styles that folium fetches")
    folder, port = mission(_COUNT), FIRST_PORT + 5
    ways = ["GeoJson"] if asked.cluster is None else ["FastMarkerCluster", "GeoJson"]
    took: dict[str, list[float]] = {way: [] for way in ("ours", *ways)}
    sizes: dict[str, int] = {}
    with chromium() as browser, files(asked.cluster, port + 1), server(folder, port):
        for turn in range(_TURNS):
            own(browser, port, took["ours"], sizes)
            for way in ways:
                if way == "FastMarkerCluster" or not turn:
                    foreign(browser, way, folder / "incidents.csv", port + 1, took[way], sizes)
    for way in ways:
        if not took[way]:
            said(f"first draw of 100,000, folium {way} ÷ ours", "≥ 8×", f"not drawn after {_LONGEST_S} s")
            continue
        theirs, ours = median(took[way]), median(took["ours"])
        said(
            f"first draw of 100,000, folium {way} ÷ ours",
            "≥ 8×",
            f"{theirs / ours:.1f}× ({theirs / 1e3:.1f} s ÷ {ours / 1e3:.2f} s)",
        )
        fewer = f"{sizes[way] / sizes['ours']:.1f}× ({sizes[way] / 1e3:,.0f} kB ÷ {sizes['ours'] / 1e3:,.0f} kB)"
        said(f"bytes for 100,000, folium {way} ÷ ours", "≥ 20×", fewer)


def own(browser: Browser, port: int, took: list[float], sizes: dict[str, int]) -> None:
    """Open our map of everything."""
    page = new_page(browser)
    weight = weighed(page)
    took.append(opened(page, port).since_page)
    sizes["ours"] = beyond_streamlit(weight).total() + weight[_STREAM]
    page.context.close()


def foreign(browser: Browser, way: str, points: Path, port: int, took: list[float], sizes: dict[str, int]) -> None:
    """Open folium's map of everything in a Streamlit of its own, started anew and warmed by one look."""
    page_port = port + 1
    options = ["--server.headless", "true", "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false"]
    command = [sys.executable, "-m", "streamlit", "run", "benchmarks/folium_page.py", "--server.port", str(page_port), *options]
    given = ["--", way, str(points), f"http://127.0.0.1:{port}"]
    process = subprocess.Popen([*command, *given], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    try:
        ready(page_port, process)
        page.add_init_script(_DRAWN)
        weight = weighed(page)
        page.goto(f"http://127.0.0.1:{page_port}/", wait_until="commit", timeout=0)
        page.wait_for_selector("iframe[title*=folium]", state="attached", timeout=_LONGEST_S * 1000)
        frame = next(f for f in page.frames if "streamlit_folium" in f.url)
        drawn = frame.wait_for_function("window.drawnAt", timeout=_LONGEST_S * 1000).json_value()
        took.append(float(drawn) - float(page.evaluate("performance.timeOrigin")))
        sizes[way] = beyond_streamlit(weight).total() + weight[_STREAM]
    except TimeoutError:
        return
    finally:
        process.kill()
        process.wait()
        page.context.close()


@contextmanager
def files(cluster: Path | None, port: int) -> Iterator[None]:
    """Serve Leaflet and the cluster's script."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("access-control-allow-origin", "*")
            super().end_headers()

        def log_message(self, *_: object) -> None:
            return

    with TemporaryDirectory() as folder:
        base = Path(leaflet.BASE_DIR)
        Path(folder, "images").mkdir()
        for path in [*base.glob("leaflet.*s"), *base.glob("images/*"), *(cluster.iterdir() if cluster else ())]:
            copy(path, Path(folder, "images" if path.parent.name == "images" else "", path.name))
        here = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=folder))
        threading.Thread(target=here.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            here.shutdown()
            here.server_close()


if __name__ == "__main__":
    main()
