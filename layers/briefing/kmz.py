"""KMZ: one ``doc.kml``, zipped here, for the globe viewers. It refers to no other file and no address.

Viewers read a description as HTML, so a text is escaped for that too; in the data it stands as it is.

References
----------
OGC 12-007r2 (2015). OGC KML 2.3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape as html
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import shapely

from layers.briefing import zipped
from layers.briefing.about import About
from layers.briefing.content import Content
from layers.briefing.markup import plain
from layers.model import Layer, Versions

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'
_QUOTED = {'"': "&quot;"}

Row = Mapping[str, object]


def write(path: Path, content: Content, about: About) -> None:
    """Write features as placemarks, WGS 84, with their times, coloured as on the map by day."""
    zipped.write(path, "doc.kml", lambda: _parts(content, about), {})


def _parts(content: Content, about: About) -> Iterator[bytes]:
    yield (_HEAD + _document(content.layer, about)).encode()
    for versions in content.chunks:
        yield "".join(_placemarks(content, versions)).encode()
    yield b"</Document>\n</kml>\n"


def _document(layer: Layer, about: About) -> str:
    styles = "".join(_style(n, layer, hue.colour.day) for n, hue in enumerate(layer.portrayal.hues))
    told = "".join(_datum(f"greenline_{name}", value) for name, value in about.members.items())
    words = "<br>".join(html(f"{label}: {text}") for label, text in about.lines)
    return (
        f"<name>{_text(f'{about.layer}, {about.mission}')}</name>\n<description>{_text(words)}</description>\n{styles}"
        f"<ExtendedData>{told}</ExtendedData>\n"
    )


def _style(number: int, layer: Layer, colour: str) -> str:
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    solid, fill = f"ff{blue}{green}{red}".lower(), f"{int(255 * layer.portrayal.fill_opacity):02x}{blue}{green}{red}".lower()
    return (
        f'<Style id="hue{number}"><IconStyle><color>{solid}</color><scale>0.7</scale></IconStyle><LabelStyle><scale>0.7</scale>'
        f"</LabelStyle><LineStyle><color>{solid}</color><width>{layer.portrayal.width_px:g}</width></LineStyle>"
        f"<PolyStyle><color>{fill}</color></PolyStyle></Style>\n"
    )


def _placemarks(content: Content, versions: Versions) -> Iterator[str]:
    layer = content.layer
    rows = pa.Table.from_pydict(content.columns(versions)).to_pylist()
    for row, geometry in zip(rows, _geometry(versions), strict=True):
        told = "".join(_datum(name, value) for name, value in row.items() if value is not None)
        text = html(str(row.get("text") or ""))
        yield (
            f"<Placemark><name>{_text(content.named(row))}</name><description>{_text(text)}</description>{_time(layer, row)}"
            f"<styleUrl>#hue{_hue(layer, row)}</styleUrl><ExtendedData>{told}</ExtendedData>{geometry}</Placemark>\n"
        )


def _datum(name: str, value: object) -> str:
    shown = repr(value) if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
    return f'<Data name="{escape(name, _QUOTED)}"><value>{_text(str(shown))}</value></Data>'


def _time(layer: Layer, row: Row) -> str:
    begin, end = (_text(str(row.get(name) or "")) for name in (layer.time_field, layer.until_field))
    if layer.time_rule == "instant":
        return f"<TimeStamp><when>{begin}</when></TimeStamp>" if begin else ""
    first = f"<begin>{begin}</begin>" if begin else ""
    last = f"<end>{end}</end>" if end else ""
    return f"<TimeSpan>{first}{last}</TimeSpan>" if first or last else ""


def _hue(layer: Layer, row: Row) -> int:
    code = row.get(layer.portrayal.hue_field)
    hues = layer.portrayal.hues
    return next((n for n, hue in enumerate(hues) if code in hue.codes), len(hues) - 1)


def _geometry(versions: Versions) -> Iterator[str]:
    if versions.wkb is None:
        places = zip(versions.lon.tolist(), versions.lat.tolist(), strict=True)
        return (f"<Point><coordinates>{lon!r},{lat!r}</coordinates></Point>" for lon, lat in places)
    return (_shape(geometry) for geometry in shapely.from_wkb(list(versions.wkb)))


def _shape(geometry: shapely.Geometry) -> str:
    parts = shapely.get_parts(geometry)
    made = [_area(part) if part.geom_type == "Polygon" else _line(part, "LineString") for part in parts]
    return made[0] if len(made) == 1 else f"<MultiGeometry>{''.join(made)}</MultiGeometry>"


def _area(part: shapely.Polygon) -> str:
    inner = "".join(f"<innerBoundaryIs>{_line(ring, 'LinearRing')}</innerBoundaryIs>" for ring in part.interiors)
    return f"<Polygon><outerBoundaryIs>{_line(part.exterior, 'LinearRing')}</outerBoundaryIs>{inner}</Polygon>"


def _line(part: shapely.Geometry, tag: str) -> str:
    at = " ".join(f"{lon!r},{lat!r}" for lon, lat in shapely.get_coordinates(part).tolist())
    return f"<{tag}><tessellate>1</tessellate><coordinates>{at}</coordinates></{tag}>"


def _text(text: str) -> str:
    return escape(plain(text), {"\r": "&#13;"})
