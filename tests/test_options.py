"""The options Streamlit is served with: one list, in force, and refused when weakened."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import UnsafeOption
from layers.serve.options import UPLOAD_MB, check_options, serve_options

ROOT = Path(__file__).parent.parent
PLACES = {"browser.serverAddress", "browser.serverPort", "server.address", "server.port"}
CHECKED = sorted(name for name in serve_options() if name not in PLACES and not name.startswith("theme."))


def flat(table: dict[str, object], prefix: str = "") -> dict[str, object]:
    rows: dict[str, object] = {}
    for name, value in table.items():
        rows |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return rows


def changed(name: str, value: object):
    return lambda asked: value if asked == name else serve_options()[asked]


def test_the_file_says_the_same_as_the_program():
    written = flat(tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")))
    own = serve_options()
    own["server.trustedUserHeaders"] = '{"x-greenline-user": "name"}'
    assert written == own


def test_the_served_options_pass_the_check():
    check_options(serve_options("127.0.0.1", 9000).__getitem__)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_browsers_are_told_of_this_machine_whatever_is_listened_on(host):
    options = serve_options(host, 8600)
    assert (options["server.address"], options["browser.serverAddress"]) == (host, "127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost"])
def test_browsers_are_told_this_machines_address_as_it_was_given(host):
    assert serve_options(host)["browser.serverAddress"] == host


@pytest.mark.parametrize("name", CHECKED)
@given(value=st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9), st.lists(st.text(max_size=9), min_size=1)))
def test_a_changed_option_is_refused_by_name(name, value):
    want = serve_options()[name]
    if type(value) is type(want) and (value == want or name == "server.maxUploadSize"):
        return
    if name == "client.showErrorLinks" and value is False:
        return
    with pytest.raises(UnsafeOption, match=name):
        check_options(changed(name, value))


@pytest.mark.parametrize(("size", "safe"), [(1, True), (UPLOAD_MB, True), (UPLOAD_MB + 1, False), (0, False), (True, False)])
def test_an_upload_limit_may_be_lower_but_not_higher(size, safe):
    if safe:
        check_options(changed("server.maxUploadSize", size))
    else:
        with pytest.raises(UnsafeOption, match=r"server\.maxUploadSize"):
            check_options(changed("server.maxUploadSize", size))


def test_fewer_hosts_are_safe_and_a_wildcard_is_not():
    check_options(changed("server.allowedHosts", ["127.0.0.1"]))
    for hosts in ([], ["*"], ["127.0.0.1", "evil.example"]):
        with pytest.raises(UnsafeOption, match=r"server\.allowedHosts"):
            check_options(changed("server.allowedHosts", hosts))


def test_an_option_this_streamlit_does_not_know_is_named():
    def effective(name: str) -> object:
        if name == "server.enableAgentApi":
            raise RuntimeError(f'Config key "{name}" not defined.')
        return serve_options()[name]

    with pytest.raises(UnsafeOption, match=r"server\.enableAgentApi is 'unknown to this Streamlit'"):
        check_options(effective)


def test_all_weak_options_are_named_at_once():
    with pytest.raises(UnsafeOption) as caught:
        check_options({}.__getitem__)
    assert all(name in str(caught.value) for name in CHECKED)


def streamlit(program: str, folder: Path, home: Path) -> str:
    environment = {**os.environ, "HOME": str(home), "USERPROFILE": str(home), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def weak_home(tmp_path):
    (tmp_path / ".streamlit").mkdir()
    weak = "[server]\nenableAgentApi = true\nenableCORS = false\n[browser]\ngatherUsageStats = true\n"
    (tmp_path / ".streamlit" / "config.toml").write_text(weak, encoding="utf-8")
    return tmp_path


def test_streamlit_takes_every_option_against_a_weak_home(weak_home, tmp_path):
    program = """
from starlette.datastructures import Headers
from streamlit import config
from streamlit.web import bootstrap
from streamlit.web.server.starlette.starlette_websocket import gather_user_info
from layers.serve.options import check_options, serve_options
bootstrap.load_config_options(serve_options("127.0.0.1", 9000))
check_options(config.get_option)
print([name for name, value in serve_options("127.0.0.1", 9000).items() if config.get_option(name) != value])
print(gather_user_info(Headers({"x-greenline-user": "owner"})))
"""
    assert streamlit(program, tmp_path, weak_home).splitlines() == ["[]", "{'name': 'owner'}"]


def test_the_check_sees_what_a_weak_home_left_in_force(weak_home, tmp_path):
    program = """
from streamlit import config
from layers.errors import UnsafeOption
from layers.serve.options import check_options
try:
    check_options(config.get_option)
except UnsafeOption as fault:
    print(fault)
"""
    said = streamlit(program, tmp_path, weak_home)
    assert "server.enableAgentApi is True" in said
    assert "server.enableCORS is False" in said


def test_the_file_alone_is_enough_for_streamlit_run(weak_home):
    program = "from streamlit import config; from layers.serve.options import check_options; check_options(config.get_option)"
    assert streamlit(program, ROOT, weak_home) == ""


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("ink", ["textColor", "linkColor"])
def test_text_stands_out_from_its_ground_by_day_and_night(theme, ground, ink):
    options = serve_options()
    low, high = sorted(luminance(str(options[f"theme.{theme}.{part}"])) for part in (ground, ink))
    assert (high + 0.05) / (low + 0.05) >= 4.5
