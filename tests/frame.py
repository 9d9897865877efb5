"""The map's frame before a browser, answered from here and by no server."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
from playwright.sync_api import Page, Route
from xstatic.pkg import leaflet

from layers.catalogue import LAYERS
from layers.model import Cut
from layers.render import CLIENT
from layers.render.live import map_script
from layers.render.portrayal import described
from layers.render.tile import encoded

SITE = "http://frame.test"
HOSTILE = '<img src=x onerror="window.top.hurt=1"></script><script>window.top.hurt=1</script>${window.top.hurt=1}`\u202egnp.exe'
NOW = int(datetime(2026, 11, 23, 7, 15, tzinfo=UTC).timestamp() * 1000)


class Frame:
    """A page that holds the frame alone, answered from here and by no server."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        url = route.request.url
        self.asked.append(url)
        path = url.removeprefix(SITE).partition("?")[0]
        if path.startswith("/lib/own/"):
            kind = "text/css" if path.endswith(".css") else "text/javascript"
            route.fulfill(body=(CLIENT / path.rpartition("/")[2]).read_text(encoding="utf-8"), content_type=kind)
        elif path.startswith("/lib/leaflet/"):
            route.fulfill(path=f"{leaflet.BASE_DIR}/{path.rpartition('/')[2]}")
        elif path.startswith("/data/"):
            self._data(route, path)
        else:
            links = "".join(f'<script src="/lib/{name}"></script>' for name in ("leaflet/leaflet.js", "own/greenline.js"))
            sheets = ("leaflet/leaflet.css", "own/greenline.css", "own/panel.css")
            styles = "".join(f'<link rel="stylesheet" href="/lib/{name}">' for name in sheets)
            body = f'<!doctype html><head>{styles}</head><body><div id="root"><div id="map_div"></div></div>{links}</body>'
            route.fulfill(body=body, content_type="text/html")

    def _data(self, route: Route, path: str) -> None:
        if path.startswith("/data/tiles/"):
            z, x, y = (int(part) for part in path.split("/")[-3:])
            here = (z, x, y) == tile_of(z)
            route.fulfill(body=encoded(one_incident() if here else no_incident(), 7), content_type="application/octet-stream")
            return
        answer = ANSWERS.get(path)
        if "/features/" in path:
            answer = {"version": 7, "features": FEATURES.get(path.rpartition("/")[2], [])}
        if answer is None:
            route.fulfill(status=404, body="nothing of that name\n", content_type="text/plain")
        else:
            route.fulfill(body=json.dumps(answer), content_type="application/json")

    def open(self, view: str = "last=24h") -> None:
        self.page.goto(f"{SITE}/component/frame/index.html")
        self.page.evaluate(f"{map_script().replace('var ', 'window.')}\nwindow.show({json.dumps(view)}, '')")
        self.page.wait_for_selector("#map_div[data-state=drawn]", timeout=10_000)


def tile_of(z: int) -> tuple[int, int, int]:
    lon, lat = 62.4, -20.1
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2
    return z, int((lon + 180) / 360 * 2**z), int(y * 2**z)


def columns(n: int) -> list[np.ndarray]:
    return [np.ones(n, kind) for kind in (np.uint32, np.uint32, np.uint16, np.uint16, np.uint8, np.uint8, np.uint8)]


def one_incident() -> Cut:
    return Cut(*columns(1), False)


def no_incident() -> Cut:
    return Cut(*columns(0), False)


ITEM = {
    "id": 7,
    "layer": "incidents",
    "feature": "f",
    "occurred": NOW - 60_000,
    "reported": None,
    "recorded": NOW,
    "title": HOSTILE,
    "place": HOSTILE,
    "hue": 0,
    "glyph": 0,
    "lon": 62.4,
    "lat": -20.1,
    "grid": "41K AB 1234 5678",
    "sector": HOSTILE,
    "marking": "CONFIDENTIAL",
}
CARD = ITEM | {
    "latlon": "20.1 S 62.4 E",
    "precision_m": 100,
    "rows": [{"label": HOSTILE, "value": HOSTILE, "rule": HOSTILE}],
    "text": HOSTILE * 200,
    "history": [{"seq": 7, "recorded": NOW, "who": HOSTILE, "batch": 1, "row": 1, "change": HOSTILE}],
    "box": [62.4, -20.1, 62.4, -20.1],
}
FEATURES = {
    "zones": [
        {
            "id": 3,
            "hue": 0,
            "glyph": 0,
            "dashed": False,
            "label": HOSTILE,
            "kind": "area",
            "parts": [[62_000_000, -20_500_000, 1_000_000, 0, 0, 1_000_000, -1_000_000, -1_000_000]],
        }
    ],
    "ceasefire_lines": [
        {
            "id": 4,
            "hue": 0,
            "glyph": 0,
            "dashed": True,
            "label": HOSTILE,
            "kind": "line",
            "parts": [[61_000_000, -20_000_000, 3_000_000, 0]],
        }
    ],
}
ANSWERS: dict[str, object] = {
    "/data/mission": {
        "title": HOSTILE,
        "exercise": True,
        "marking": {"levels": ["UNCLASSIFIED", "CONFIDENTIAL"]},
        "box": [61, -21.5, 64, -18.5],
        "timezone": "Asia/Kathmandu",
        "utc_offset_min": 345,
        "clock": "paused",
        "now": NOW,
        "parties": [["A", HOSTILE]],
        "watch_began": NOW,
        "record_ends": None,
        "ended": False,
        "default_view": "last=24h",
        "tiles": [],
        "user": {"name": "owner"},
        "basemap": [],
    },
    "/data/portrayal": {
        "layers": [described(layer) | {"title": f"{layer.title} {HOSTILE}"} for layer in LAYERS],
        "filters": [{"name": "kind", "label": "Kind", "choices": [["firing", HOSTILE], ["shelling", "Shelling"]]}],
    },
    "/data/summary": {
        "version": 7,
        "now": NOW,
        "count": 37,
        "previous": 25,
        "marking": "CONFIDENTIAL",
        "layers": {
            "incidents": {"count": 37, "hues": [1, 2, 34], "glyphs": [37, 0, 0, 0, 0, 0, 0, 0]},
            "zones": {"count": 1, "hues": [1], "glyphs": []},
        },
        "histogram": {"start": NOW - 86_400_000, "end": NOW, "step": 3_600_000, "counts": [1] * 24},
        "window": {"start": None, "end": None},
        "words": "",
    },
    "/data/feed": {"version": 7, "items": [ITEM]},
    "/data/card/incidents/7": CARD,
    "/data/search": {
        "items": [
            {
                "kind": "place",
                "title": HOSTILE,
                "detail": HOSTILE,
                "lon": 62.4,
                "lat": -20.1,
                "zoom": 12,
                "id": None,
                "layer": None,
            },
        ]
    },
    "/data/basemap/land": {"type": "FeatureCollection", "features": []},
    "/data/basemap/boundaries": {"type": "FeatureCollection", "features": []},
}
