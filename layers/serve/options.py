"""The options Streamlit is served with, and the check that they are in force."""

from __future__ import annotations

from collections.abc import Callable

from layers.errors import UnsafeOption
from layers.serve.gate import USER_HEADER, is_this_machine

Option = bool | int | str | list[str] | dict[str, str]

#: Largest file a page takes, in megabytes. Larger ones go in by the command line.
UPLOAD_MB = 200

_SAFE: dict[str, Option] = {
    "browser.gatherUsageStats": False,
    "client.allowedOrigins": [],
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "viewer",
    "global.developmentMode": False,
    "runner.magicEnabled": False,
    "server.allowRunOnSave": False,
    "server.allowedHosts": ["127.0.0.1", "localhost", "::1"],
    "server.baseUrlPath": "",
    "server.corsAllowedOrigins": [],
    "server.customComponentBaseUrlPath": "",
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxUploadSize": UPLOAD_MB,
    "server.runOnSave": False,
    "server.scriptHealthCheckEnabled": False,
    "server.showEmailPrompt": False,
    "server.trustedUserHeaders": {USER_HEADER: "name"},
    "server.unsafeMetricsUserAttributes": [],
    "server.xsrfCookieSameSite": "strict",
}

_THEME: dict[str, Option] = {
    "theme.light.primaryColor": "#0072B2",
    "theme.light.backgroundColor": "#F3F1EA",
    "theme.light.secondaryBackgroundColor": "#E8E5DB",
    "theme.light.textColor": "#1B1F24",
    "theme.light.linkColor": "#005A8F",
    "theme.light.borderColor": "#B9B5A8",
    "theme.dark.primaryColor": "#56B4E9",
    "theme.dark.backgroundColor": "#10171C",
    "theme.dark.secondaryBackgroundColor": "#1A242B",
    "theme.dark.textColor": "#C9D1D6",
    "theme.dark.linkColor": "#56B4E9",
    "theme.dark.borderColor": "#3A4851",
}


def serve_options(host: str = "127.0.0.1", port: int = 8501) -> dict[str, Option]:
    """Return every Streamlit option that is set, by its dotted name.

    Parameters
    ----------
    host : str
        Address the server listens on. One of this machine's own is also what browsers are told; for
        any other they are told 127.0.0.1, since the gate lets only this machine in.
    port : int
        Port the server listens on.

    Examples
    --------
    >>> serve_options(port=9000)["browser.serverPort"]
    9000
    """
    address = host if host == "localhost" or is_this_machine(host) else "127.0.0.1"
    places: dict[str, Option] = {
        "browser.serverAddress": address,
        "browser.serverPort": port,
        "server.address": host,
        "server.port": port,
    }
    return {**places, **_SAFE, **_THEME}


def check_options(effective: Callable[[str], object]) -> None:
    """Let a server start only with the options it is meant to have.

    A file in the user's home or a variable of the environment can change any of them.

    Parameters
    ----------
    effective : callable
        Returns the value in force of an option named; ``streamlit.config.get_option`` does.

    Raises
    ------
    UnsafeOption
        Options are weaker than they must be; the message names each, what it is and what it must be.
    """
    found = {name: _said(effective, name) for name in _SAFE}
    weak = [f"{name} is {got!r} and must be {_SAFE[name]!r}" for name, got in found.items() if not _holds(name, got)]
    if weak:
        raise UnsafeOption("; ".join(weak) + ". Change them in .streamlit/config.toml, ~/.streamlit or STREAMLIT_ variables")


def _holds(name: str, got: object) -> bool:
    want = _SAFE[name]
    if name == "server.maxUploadSize":
        return isinstance(got, int) and not isinstance(got, bool) and 0 < got <= UPLOAD_MB
    if name == "client.showErrorLinks":
        return str(got).lower() == want
    if isinstance(want, list):
        return isinstance(got, list | tuple) and all(value in want for value in got) and bool(got) == bool(want)
    return type(got) is type(want) and got == want


def _said(effective: Callable[[str], object], name: str) -> object:
    try:
        return effective(name)
    except (KeyError, RuntimeError):
        return "unknown to this Streamlit"
