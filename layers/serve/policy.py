"""What a browser may load and run, path by path: the content policies the gate sends."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

from layers.errors import MissionUnusable, UnsafeOption

FRAME = "/component/streamlit_folium"
_INERT_PATHS = ("/media/", "/_stcore/")
_BARE_PATHS = ("/data/", "/lib/", "/reports", "/positions", "/issued/")
_BARE = "default-src 'none'; frame-ancestors 'self'"
_INERT = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
_TAIL = "window.map = map_div; window.initComponent(map_div, "
_TILE_HOST = re.compile(
    r"https://(?:[a-z0-9-]*\{s\}[a-z0-9-]*\.(?=[a-z0-9-]+\.))?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[1-9][0-9]{0,4})?"
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The content policy of each kind of path.

    Attributes
    ----------
    page : str
        Streamlit's own page, its scripts and all that is not named below.
    frame : str
        The frame the map runs in.
    inert : str
        Answers that are never pages: uploads, Streamlit's endpoints. Opened as one, they run nothing.
    bare : str
        Our own tiles, features and scripts. Opened as a page, they run nothing and show nothing.
    """

    page: str
    frame: str
    inert: str = _INERT
    bare: str = _BARE

    def of(self, path: str) -> str:
        """Return the policy of one request path."""
        if path.startswith(FRAME):
            return self.frame
        if path.startswith(_BARE_PATHS):
            return self.bare
        return self.inert if path.startswith(_INERT_PATHS) else self.page


#: What holds until a policy is made: nothing runs anywhere.
LOCKED = Policy(page=_INERT, frame=_INERT)


def installed_policy(map_script: str, tile_urls: Sequence[str] = ()) -> Policy:
    """Make the policies for the Streamlit and the map component that are installed.

    Their files are read, never imported, so this may run before a server is built.

    Parameters
    ----------
    map_script : str
        The script of the constant map, as ``frame_policy`` wants it.
    tile_urls : sequence of str
        URL templates of the online base maps the mission names.

    Raises
    ------
    UnsafeOption
        Streamlit or the map component is not the one this program knows.
    MissionUnusable
        A tile URL names no host a policy can express.
    """
    page = (_package("streamlit") / "static" / "index.html").read_text(encoding="utf-8")
    build = _package("streamlit_folium") / "frontend" / "build"
    html = (build / "index.html").read_text(encoding="utf-8")
    bundle = "".join(file.read_text(encoding="utf-8") for file in sorted((build / "static" / "js").glob("*.js")))
    if _TAIL not in bundle:
        raise UnsafeOption("the map component does not start its map as expected; install streamlit-folium 0.27.4")
    return Policy(page=app_policy(page), frame=frame_policy(html, map_script, tile_urls=tile_urls))


def app_policy(index_html: str) -> str:
    """Write the policy of Streamlit's page: its own files, and the inline scripts it came with.

    Styles are written inline by Streamlit's widgets, so ``style-src`` cannot be strict.
    """
    return (
        _joined(
            default=["'self'"],
            script=["'self'", *_hashes(_inline_scripts(index_html))],
            style=["'self'", "'unsafe-inline'"],
            img=["'self'", "data:", "blob:"],
            font=["'self'", "data:"],
            connect=["'self'"],
            frame=["'self'"],
            object=["'none'"],
        )
        + "; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    )


def frame_policy(index_html: str, map_script: str, *, hover: bool = False, tile_urls: Iterable[str] = ()) -> str:
    """Write the policy of the map's frame.

    The component writes the map's script into its page as an inline script. The map is the same for
    every view and user, so the script is one text and its hash is known beforehand; nothing else inline
    runs. The component also evaluates the feature group that carries the view, hence ``unsafe-eval``.

    Parameters
    ----------
    index_html : str
        The component's own page.
    map_script : str
        The map's script as the component receives it.
    hover : bool
        The ``return_on_hover`` given to the component; its value is part of the script.
    tile_urls : iterable of str
        URL templates of online base maps. Their hosts are allowed for images and for nothing else.
    """
    whole = f"{map_script}{_TAIL}{str(hover).lower()});"
    return (
        _joined(
            default=["'self'"],
            script=["'self'", *_hashes([*_inline_scripts(index_html), whole]), "'unsafe-eval'"],
            style=["'self'", "'unsafe-inline'"],
            img=["'self'", "data:", "blob:", *dict.fromkeys(tile_origin(url) for url in tile_urls)],
            connect=["'self'"],
            object=["'none'"],
        )
        + "; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def tile_origin(url: str) -> str:
    """Return the origin of a tile URL template as a policy writes it.

    >>> tile_origin("https://{s}.tile.example.org/{z}/{x}/{y}.png")
    'https://*.tile.example.org'

    Raises
    ------
    MissionUnusable
        The host is not a plain name. Only so can no part of the text become a rule of its own.
    """
    origin = "/".join(url.split("/", 3)[:3]).lower()
    if not _TILE_HOST.fullmatch(origin):
        advice = "write it as https://tiles.example.org/{z}/{x}/{y}.png"
        raise MissionUnusable(f"the tile address {url!r} names no plain host; {advice}")
    return re.sub(r"//[^.]*\{s\}[^.]*\.", "//*.", origin)


class _Inline(HTMLParser):
    """Gathers the text of every script that is not a file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a script that has no address."""
        self._open = tag == "script" and all(name != "src" for name, _ in attrs)
        if self._open:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        self._open = self._open and tag != "script"

    def handle_data(self, data: str) -> None:
        """Take its text."""
        if self._open:
            self.scripts[-1] += data


def _inline_scripts(html: str) -> list[str]:
    parser = _Inline()
    parser.feed(html)
    parser.close()
    return parser.scripts


def _hashes(scripts: Iterable[str]) -> list[str]:
    """Hash scripts as a browser does: UTF-8, after its parser made every line end a line feed."""
    texts = (script.replace("\r\n", "\n").replace("\r", "\n").encode() for script in scripts)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in texts]


def _joined(**sources: list[str]) -> str:
    return "; ".join(f"{name}-src {' '.join(values)}" for name, values in sources.items())


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise UnsafeOption(f"{name} is not installed; install it with: pip install -e .")
    return Path(next(iter(spec.submodule_search_locations)))
