"""The live map's frame: one folium Map for everyone, and the small group that tells it what to show.

The Map holds no view, no token and no record text, so the component never remounts it and the frame's
content policy can name its scripts by hash. Everything else the browser fetches by itself.
"""

from __future__ import annotations

from textwrap import dedent
from typing import Any, Literal, cast

import folium
from folium.elements import JSCSSMixin
from folium.template import Template

#: What the panel beside the map may ask above its feed.
Panel = Literal["", "within", "imagery"]
#: From the component's own page to the root of the site.
_ROOT = "../.."


class _Map(folium.Map):
    """A folium Map whose only foreign file is Leaflet, served from this machine."""

    default_js = [("leaflet", f"{_ROOT}/lib/leaflet/leaflet.js")]  # noqa: RUF012
    default_css = [("leaflet_css", f"{_ROOT}/lib/leaflet/leaflet.css")]  # noqa: RUF012


class _Live(JSCSSMixin, folium.map.Layer):
    """Our map code: it takes the Map over and builds the frame around it."""

    default_js = [("greenline", f"{_ROOT}/lib/own/greenline.js")]  # noqa: RUF012
    default_css = [  # noqa: RUF012
        ("greenline_css", f"{_ROOT}/lib/own/greenline.css"),
        ("greenline_panel_css", f"{_ROOT}/lib/own/panel.css"),
    ]
    _template = Template(
        "{% macro script(this, kwargs) %}var {{ this.get_name() }} = greenline({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self) -> None:
        # Not shown: folium then writes no line of its own to add it, since our code adds itself.
        super().__init__(name="greenline", show=False)
        self._name = "Live"


class Show(folium.FeatureGroup):
    """Tell a map that stands already which view to show, by which room to stay in touch, and what to ask beside it.

    Parameters
    ----------
    view : str
        The view's text, as ``View.text`` writes it.
    token : str
        The name of this tab's room, bound by the gate to its user.
    panel : {"", "within", "imagery"}
        What the panel beside the map asks above its feed; blank for nothing.

    Examples
    --------
    >>> Show("last=24h", "room").view
    'last=24h'
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.featureGroup(); show({{ this.view|tojson }}, {{ this.token|tojson }}, {{ this.panel|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, view: str, token: str, panel: Panel = "") -> None:
        super().__init__()
        self.view = view
        self.token = token
        self.panel = panel


def live_map() -> folium.Map:
    """Return a new live map. Every one is equal, whatever the view or the user.

    The component changes the Map it is given, so each run of a page builds its own.
    """
    frame = _Map(
        location=(0.0, 0.0),
        zoom_start=2,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        world_copy_jump=True,
        fade_animation=False,
        keyboard=False,
    )
    # Given by name, folium takes these for a tile layer's and drops them.
    frame.options |= {"min_zoom": 1, "max_zoom": 19}
    _Live().add_to(frame)
    return frame


def map_script() -> str:
    """Return the map's script as the component writes it into the frame: always the same text.

    The component names the map ``map_div`` and numbers what is on it, so that a content policy can
    allow this very script by its hash and nothing else inline.
    """
    frame = live_map()
    parts = [(frame, "div"), *((child, f"div_{n}") for n, child in enumerate(frame._children.values()))]
    for part, name in parts:
        part._id = name
    scripts = (cast(Any, part._template.module).script(part) for part, _ in parts)
    return dedent("\n".join(scripts)) + "\nvar drawnItems = [];"
