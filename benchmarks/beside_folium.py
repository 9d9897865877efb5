"""Our live map beside folium's two usual ways, FastMarkerCluster and GeoJson, all with the same 100,000 incidents.

Folium's page is as bare as it can be: points without a word about them, no base map, Leaflet's plain marker.
It is served gzipped from this machine, with Leaflet from XStatic-Leaflet. The script of leaflet.markercluster 1.1.0,
which folium would fetch from the network, is not part of this repository: put leaflet.markercluster.js,
MarkerCluster.css and MarkerCluster.Default.css into a folder and name it with --cluster.
"""

from __future__ import annotations

import csv
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path

import folium
from browser import beyond_streamlit, chromium, new_page, opened, weighed
from common import FIRST_PORT, arguments, median, mission, said, server
from folium.plugins import FastMarkerCluster
from playwright.sync_api import Browser
from xstatic.pkg import leaflet

_COUNT = 100_000
_TURNS = 3
#: Folium's GeoJson takes minutes, so it is opened once.
_ONCE = "GeoJson"
_WAY = {"FastMarkerCluster": "cluster.html", "GeoJson": "geojson.html"}
_DRAWN = """
window.drawnAt = 0;
addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(() => { window.drawnAt = performance.now(); })));
"""

Files = dict[str, bytes]


def main() -> None:
    asked = arguments(__doc__, cluster="the folder of leaflet.markercluster's script and styles")
    folder, port = mission(_COUNT), FIRST_PORT + 8
    files, ways = pages(points(folder / "incidents.csv"), asked.cluster), dict(_WAY)
    if asked.cluster is None:
        ways.pop("FastMarkerCluster")
        said("side by side, FastMarkerCluster", "≥ 8× sooner", "not measured: --cluster names no folder with its script")
    took: dict[str, list[float]] = {"page": [], "frame": [], **{way: [] for way in ways}}
    bytes_: dict[str, int] = {}
    with server(folder, port), served(files, port + 1), chromium() as browser:
        for turn in range(_TURNS):
            own(browser, port, took, bytes_)
            for way, page in ways.items():
                if way == _ONCE and turn:
                    continue
                foreign(browser, f"http://127.0.0.1:{port + 1}/{page}", way, took, bytes_)
    for way, page in ways.items():
        told(way, took, bytes_, len(files[page]))


def told(way: str, took: dict[str, list[float]], sizes: dict[str, int], plain: int) -> None:
    """Print how one of folium's ways compares."""
    theirs, ours, frame = median(took[way]), median(took["page"]), median(took["frame"])
    times = f"{theirs / ours:.1f}× ({theirs / 1e3:.1f} s ÷ {ours / 1e3:.2f} s; to the map's frame alone {theirs / frame:.1f}×)"
    said(f"first draw of 100,000, folium {way} ÷ ours", "≥ 8×", times)
    fewer = (
        f"{sizes[way] / sizes['all']:.1f}× gzipped ({sizes[way] / 1e3:.0f} kB ÷ {sizes['all'] / 1e3:.0f} kB), "
        f"{plain / sizes['all']:.1f}× as folium saves it ({plain / 1e3:.0f} kB); "
        f"its page ÷ our incidents' tiles, both gzipped: {sizes[way] / sizes['tiles']:.1f}× ({sizes['tiles'] / 1e3:.0f} kB)"
    )
    said(f"bytes for 100,000, folium {way} ÷ ours", "≥ 20×", fewer)


def own(browser: Browser, port: int, took: dict[str, list[float]], sizes: dict[str, int]) -> None:
    """Open our map."""
    page = new_page(browser)
    weight = weighed(page)
    found = opened(page, port)
    took["page"].append(found.since_page)
    took["frame"].append(found.since_frame)
    ours = beyond_streamlit(weight)
    sizes |= {"all": ours.total(), "tiles": ours["data/tiles"]}
    page.context.close()


def foreign(browser: Browser, url: str, way: str, took: dict[str, list[float]], sizes: dict[str, int]) -> None:
    """Open one of folium's pages and wait until it stands on the screen."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(_DRAWN)
    weight = weighed(page)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(url, wait_until="commit", timeout=0)
    took[way].append(float(page.wait_for_function("window.drawnAt", timeout=600_000).json_value()))
    if faults or not page.locator(".leaflet-marker-icon").count():
        raise SystemExit(f"folium's {way} drew nothing: {faults}")
    sizes[way] = weight.total()
    page.context.close()


def points(path: Path) -> list[tuple[float, float]]:
    """Return latitude and longitude of every incident in a mission's own file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)]


def pages(places: list[tuple[float, float]], cluster: Path | None) -> Files:
    """Return every file that folium's two pages need, by name."""
    data = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [lon, lat]}} for lat, lon in places
    ]
    plain_marker = "function (row) { return L.marker(new L.LatLng(row[0], row[1])); }"
    layers = {
        "cluster.html": FastMarkerCluster(places, callback=plain_marker),
        "geojson.html": folium.GeoJson({"type": "FeatureCollection", "features": data}),
    }
    files: Files = {}
    for name, layer in layers.items():
        layer.default_js = [("cluster", "leaflet.markercluster.js")] if name == "cluster.html" else []
        layer.default_css = [("style", "MarkerCluster.css"), ("icons", "MarkerCluster.Default.css")] if layer.default_js else []
        of = folium.Map(location=(-20.0, 63.0), zoom_start=9, tiles=None)
        of.options["max_zoom"] = 18
        of.default_js, of.default_css = [("leaflet", "leaflet.js")], [("leaflet_css", "leaflet.css")]
        layer.add_to(of)
        files[name] = of.get_root().render().encode()
    base = Path(leaflet.BASE_DIR)
    for path in [*base.glob("leaflet.*s"), *base.glob("images/*"), *(cluster.iterdir() if cluster else ())]:
        if path.is_file():
            files[f"images/{path.name}" if path.parent.name == "images" else path.name] = path.read_bytes()
    return files


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, packed: Files, *args: object) -> None:
        self._packed = packed
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = self.path.lstrip("/").partition("?")[0]
        body = self._packed.get(name)
        self.send_response(404 if body is None else 200)
        self.send_header("content-type", guess_type(name)[0] or "application/octet-stream")
        self.send_header("content-encoding", "gzip" if body is not None else "identity")
        self.send_header("cache-control", "max-age=600")
        self.send_header("content-length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def served(files: Files, port: int) -> Iterator[None]:
    """Serve files from memory, gzipped beforehand."""
    packed = {name: gzip.compress(body, 6) for name, body in files.items()}
    here = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, packed))
    threading.Thread(target=here.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        here.shutdown()
        here.server_close()


if __name__ == "__main__":
    main()
