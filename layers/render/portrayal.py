"""How layers are drawn, as the client reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layers.model import Field, Layer

Json = dict[str, object]


def described(layer: Layer) -> Json:
    """Return one layer's portrayal for the canvas and the legend."""
    drawn = layer.portrayal
    field = layer.field(drawn.hue_field)
    return {
        "id": layer.id,
        "title": layer.title,
        "geometry": layer.geometry,
        "tiled": layer.tiled,
        "kept": bool(layer.base),
        "order": layer.order,
        "hue_label": field.label if field else "",
        "hues": [
            {"label": hue.label, "day": hue.colour.day, "night": hue.colour.night, "hatch": hue.hatch_px} for hue in drawn.hues
        ],
        "glyphs": [{"label": glyph.label, "path": glyph.path} for glyph in drawn.glyphs],
        "width": drawn.width_px,
        "casing": drawn.casing,
        "dash": list(drawn.dash),
        "dash_always": bool(drawn.dash) and drawn.dashed_when is None,
        "fill": drawn.fill_opacity,
        "asked": bool(layer.reckoned),
        "basis": layer.basis,
        "label_zoom": drawn.label_zoom if drawn.label_field else None,
    }


#: What a report gets by itself: from the form, the clock, the position's figures, or the first version's rule.
_UNASKED = frozenset({"id", "reported_at", "precision_m", "status", "follow_up"})
_PARTIES = frozenset({"A", "B"})


def form(layer: Layer, markings: Sequence[str], default_marking: str, parties: Sequence[tuple[str, str]]) -> list[Json]:
    """Return what is asked of one who reports a feature of a point layer, in order, with every choice there is.

    ``markings`` are those the reporter may give, ``parties`` the sides as the mission calls them.
    """
    asked: list[Json] = []
    for field in layer.fields:
        if field.name in _UNASKED:
            continue
        listed = [(choice.code, choice.label) for choice in field.choices]
        default = field.default
        if field.name == "marking":
            listed, default = [(code, code) for code in markings], default_marking
        elif field.name == "party":
            listed = [*parties, *(pair for pair in listed if pair[0] not in _PARTIES)]
        kind = "prose" if field.name == "text" else field.kind
        asked.append(
            {"name": field.name, "label": field.label, "kind": kind, "required": field.required}
            | {"choices": listed, "default": default}
        )
        if field.name == layer.time_field:
            asked.append({"name": "grid", "label": "Position", "kind": "place", "required": True, "choices": [], "default": ""})
    return asked


def choices(fields: Sequence[Field], met: Mapping[str, Sequence[str]]) -> list[Json]:
    """Return the filters: of each field the declared choices, then the codes met in the record beside them."""
    filters: list[Json] = []
    for field in fields:
        listed = [[choice.code, choice.label] for choice in field.choices]
        known = {choice.code for choice in field.choices}
        listed += [[code, code] for code in sorted(met.get(field.name, ())) if code and code not in known]
        filters.append({"name": field.name, "label": field.label, "choices": listed})
    return filters
