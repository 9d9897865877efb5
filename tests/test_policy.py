"""What a browser may load and run, and that no text can widen it."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import MissionUnusable, UnsafeOption
from layers.serve import policy as policies
from layers.serve.policy import Policy, app_policy, frame_policy, installed_policy, tile_origin

POLICY = Policy(page="default-src 'self'", frame="default-src 'self'; script-src 'unsafe-eval'")


def digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def rule(policy: str, name: str) -> list[str]:
    (found,) = [part.split()[1:] for part in policy.split("; ") if part.split()[0] == name]
    return found


def test_the_pages_own_inline_scripts_are_hashed_as_a_browser_does():
    page = (
        '<!-- <script>no</script> --><script>\r\n a && b < "c"\r\n</script>'
        '<script src="x.js"></script><SCRIPT type=module>d</SCRIPT>'
    )
    assert rule(app_policy(page), "script-src") == ["'self'", digest('\n a && b < "c"\n'), digest("d")]


def test_the_frame_runs_the_maps_script_and_no_other():
    text = "var map_div = L.map();\nvar drawnItems = [];"
    for hover, word in ((False, "false"), (True, "true")):
        policy = frame_policy("<p>no script</p>", text, hover=hover)
        whole = f"{text}window.map = map_div; window.initComponent(map_div, {word});"
        assert rule(policy, "script-src") == ["'self'", digest(whole), "'unsafe-eval'"]
    assert rule(policy, "frame-ancestors") == ["'self'"]
    assert rule(policy, "connect-src") == ["'self'"]


def test_the_installed_pages_get_policies_without_inline_freedom():
    made = installed_policy("var map_div;")
    assert [word for word in rule(made.page, "script-src") if not word.startswith("'sha256-")] == ["'self'"]
    assert len(rule(made.page, "script-src")) >= 2
    for policy in (made.page, made.frame, made.inert):
        assert "'unsafe-inline'" not in policy.split("style-src")[0]
        assert "*" not in policy
        policy.encode("ascii")


def test_an_unknown_map_component_stops_the_start(tmp_path, monkeypatch):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").write_text("<p>", encoding="utf-8")
    (tmp_path / "frontend" / "build").mkdir(parents=True)
    (tmp_path / "frontend" / "build" / "index.html").write_text("<p>", encoding="utf-8")
    monkeypatch.setattr(policies, "_package", lambda _: tmp_path)
    with pytest.raises(UnsafeOption, match=r"streamlit-folium 0\.27\.4"):
        installed_policy("var map_div;")


def test_the_frame_allows_exactly_what_the_installed_component_runs():
    program = """
from unittest.mock import patch
import streamlit_folium
from layers.render.live import Show, live_map, map_script
sent = {}
with patch.object(streamlit_folium, "_component_func", lambda **given: sent.update(given)):
    streamlit_folium.st_folium(live_map(), key="live", returned_objects=[], feature_group_to_add=Show("last=24h", "room"))
print([sent["script"] == map_script(), sent["return_on_hover"], "<script" in sent["html"]])
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[True, False, False]", done.stderr


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/", "page"),
        ("/Import", "page"),
        ("/static/js/a.js", "page"),
        ("/component/streamlit_folium.st_folium/index.html", "frame"),
        ("/component/other/index.html", "page"),
        ("/data/tiles/incidents/0/0/0", "bare"),
        ("/media/a.html", "inert"),
        ("/lib/own/a.js", "bare"),
    ],
)
def test_each_path_has_its_policy(path, part):
    assert POLICY.of(path) == getattr(POLICY, part)


def test_tile_hosts_are_for_images_of_the_map_only():
    made = installed_policy("var map_div;", ["https://{s}.tile.example.org/{z}/{x}/{y}.png", "https://10.0.0.9:8443/{z}/{x}/{y}"])
    assert rule(made.frame, "img-src")[-2:] == ["https://*.tile.example.org", "https://10.0.0.9:8443"]
    assert made.frame.count("example.org") == 1
    assert "example.org" not in made.page + made.inert


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/{z}",
        "https://a.example; script-src */x",
        "https://*/{z}",
        "https://user@a.example/",
        "https://{s}.org/{z}",
        "https://a.example\n/x",
        "https:///x",
        "https://a .example/",
        "https://{z}.a.example/",
        "data:image/png,",
        "https://bücher.example/",
        "",
    ],
)
def test_a_tile_address_cannot_write_a_rule_of_its_own(url):
    with pytest.raises(MissionUnusable, match="names no plain host"):
        tile_origin(url)


@given(st.text(alphabet="aZ0.-{}s:/;*' \n@%", max_size=30))
def test_no_tile_address_widens_a_policy(rest):
    try:
        origin = tile_origin(f"https://{rest}")
    except MissionUnusable:
        return
    assert not set(origin.removeprefix("https://").removeprefix("*.")) & set(";*' \n@%{}/,")
