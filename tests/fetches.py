"""What a page offers to be fetched: read from an AppTest."""

from __future__ import annotations

import re
from html import unescape

from streamlit.testing.v1 import AppTest

_LINK = re.compile(r'<a class="gl-fetch" href="([^"]*)"[^>]*>([^<]*)</a>')


def fetches(shown: AppTest) -> list[str]:
    """Return what the links to files are called."""
    return [unescape(label) for _, label in _links(shown)]


def addresses(shown: AppTest) -> list[str]:
    """Return where the links to files lead."""
    return [unescape(address) for address, _ in _links(shown)]


def begun(shown: AppTest) -> list[str]:
    """Return the addresses that the page has the browser fetch at once."""
    return [str(one.proto.src) for one in shown.get("iframe")]


def _links(shown: AppTest) -> list[tuple[str, str]]:
    return [found for one in shown.markdown for found in _LINK.findall(one.value)]
