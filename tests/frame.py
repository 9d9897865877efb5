"""The map's frame before a browser, answered from here and by no server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Page, Route
from xstatic.pkg import leaflet

from layers.catalogue import LAYERS
from layers.model import Cut, View, parse
from layers.render import CLIENT
from layers.render.live import map_script
from layers.render.portrayal import described
from layers.render.tile import encoded

SITE = "http://frame.test"
HOSTILE = '<img src=x onerror="window.top.hurt=1"></script><script>window.top.hurt=1</script>${window.top.hurt=1}`\u202egnp.exe'
NOW = int(datetime(2026, 11, 23, 7, 15, tzinfo=UTC).timestamp() * 1000)

#: A live link that hears what a test says.
FAKE_SOCKET = """
window.WebSocket = class {
  static OPEN = 1;
  constructor() { window.link = this; this.readyState = 1; }
  send() {}
  close() { this.onclose?.({}); }
};
"""


class Frame:
    """A page that holds the frame alone, answered from here and by no server."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.kept: list[dict[str, object]] = []
        self.sent: list[tuple[str, object]] = []
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
        elif path.startswith("/keep"):
            self._keep(route, path)
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
        if path == "/data/portrayal":
            answer = PORTRAYAL | {"layers": [*PORTRAYAL["layers"], *self.kept]}
        if path == "/data/relations":
            answer = relations()
        view = parse(parse_qs(urlsplit(route.request.url).query).get("v", [""])[0])
        if path in RELATED:
            answer = RELATED[path](view)
        if path == "/data/summary" and view.where:
            answer = counted(view)
        if "/features/" in path:
            answer = {"version": 7, "features": FEATURES.get(path.rpartition("/")[2], [])}
        if answer is None:
            route.fulfill(status=404, body="nothing of that name\n", content_type="text/plain")
        else:
            route.fulfill(body=json.dumps(answer), content_type="application/json")

    def _keep(self, route: Route, path: str) -> None:
        said = route.request.post_data_json
        self.sent.append((path, said))
        if path == "/keep":
            line = next(layer for layer in PORTRAYAL["layers"] if layer["id"] == "zones")
            self.kept.append(line | {"id": f"kept_{len(self.sent)}", "title": said["name"], "kept": True})
        else:
            self.kept = [layer for layer in self.kept if layer["id"] != said["layer"]]
        route.fulfill(body=json.dumps({"layer": f"kept_{len(self.sent)}"}), content_type="application/json")

    def open(self, view: str = "last=24h", panel: str = "") -> None:
        self.page.goto(f"{SITE}/component/frame/index.html")
        self.page.evaluate(map_script().replace("var ", "window."))
        self.show(view, panel)
        self.drawn()

    def show(self, view: str, panel: str = "", token: str = "") -> None:
        self.page.evaluate("(call) => window.show(...call)", [view, token, panel])

    def say(self, message: dict[str, object]) -> None:
        """Say something by the live link, to a page that begins with the fake socket."""
        self.page.evaluate("(message) => window.link.onmessage({ data: JSON.stringify(message) })", message)

    def drawn(self) -> None:
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
PORTRAYAL: dict[str, list[dict[str, object]]] = {
    "layers": [described(layer) | {"title": f"{layer.title} {HOSTILE}"} for layer in LAYERS],
    "filters": [{"name": "kind", "label": "Kind", "choices": [["firing", HOSTILE], ["shelling", "Shelling"]]}],
}
SUMMARY: dict[str, Any] = {
    "version": 7,
    "now": NOW,
    "count": 37,
    "previous": 25,
    "band": "CONFIDENTIAL",
    "rank": 1,
    "layers": {
        "incidents": {"count": 37, "hues": [1, 2, 34], "glyphs": [37, 0, 0, 0, 0, 0, 0, 0]},
        "zones": {"count": 1, "hues": [1], "glyphs": []},
    },
    "histogram": {"start": NOW - 86_400_000, "end": NOW, "step": 3_600_000, "counts": [1] * 24},
    "window": {"start": None, "end": None},
    "words": "",
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
    "/data/summary": SUMMARY,
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
    "/data/alerts": {
        "version": 7,
        "rules": 0,
        "open": 0,
        "faults": [],
        "kept_h": 168,
        "may": True,
        "alerts": [],
        "unheard": [],
        "band": "EXERCISE",
        "rank": 0,
    },
    "/data/basemap/land": {"type": "FeatureCollection", "features": []},
    "/data/basemap/boundaries": {"type": "FeatureCollection", "features": []},
}


def relations() -> dict[str, object]:
    """Say how the layers of this mission may stand to one another."""
    reaching = ["within", "beyond"]
    return {
        "subjects": [
            {"id": "incidents", "title": "Incidents", "geometry": "point", "tiled": True},
            {"id": "settlements", "title": f"Settlements {HOSTILE}", "geometry": "line", "tiled": False},
        ],
        "others": [
            {
                "id": "zones",
                "title": "Zones",
                "geometry": "area",
                "features": [["z/1", HOSTILE], ["z2", "Zone two"]],
                "sides": [],
            },
            {
                "id": "ceasefire_lines",
                "title": f"Ceasefire lines {HOSTILE}",
                "geometry": "line",
                "features": [["l1", HOSTILE]],
                "sides": [["A", HOSTILE], ["left", "left of it"]],
            },
        ],
        "relations": {
            "incidents": {"zones": [*reaching, "inside"], "ceasefire_lines": [*reaching, "side"]},
            "settlements": {"zones": [*reaching, "inside", "crossing"]},
        },
    }


def within(view: View) -> dict[str, object]:
    """Answer a question: as many as there are metres."""
    assert view.where is not None
    count = int(view.where.metres)
    items = [{"layer": view.where.subject, "id": 9, "title": HOSTILE, "detail": HOSTILE}]
    return {"words": f"Within {count} m {HOSTILE}", "count": count, "of": 50_000, "surely": count - 1, "perhaps": 1, "missed": 2,
            "expected": count + 0.4, "box": [62.5, -20.3, 62.7, -20.2],
            "items": [] if view.where.subject == "incidents" else items}  # fmt: skip


def counted(view: View) -> dict[str, object]:
    """Return the counts of a view that asks a question: those of the subject are its answer's."""
    assert view.where is not None
    number = {"count": int(view.where.metres), "hues": [], "glyphs": []}
    return SUMMARY | {"layers": SUMMARY["layers"] | {view.where.subject: number}}


def reach(view: View) -> dict[str, object]:
    """Return a square about the middle of the map, as wide as the metres say."""
    assert view.where is not None
    half = int(view.where.metres * 9)
    return {
        "parts": [[62_400_000 - half, -20_100_000 - half, 2 * half, 0, 0, 2 * half, -2 * half, 0]],
        "metres": view.where.metres,
        "words": f"Within {view.where.metres:.0f} m of Ceasefire line {HOSTILE}",
        "asked": f"Incidents within {view.where.metres:.0f} m of Ceasefire line {HOSTILE}",
    }


RELATED: dict[str, Callable[[View], dict[str, object]]] = {
    "/data/within": within,
    "/data/reach": reach,
}
