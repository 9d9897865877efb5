"""A drawing as one web page that opens from disk: it asks nobody for anything, and can be moved, enlarged and asked.

What it may run and how it may look are bound by hash; every text is text, on the page and in what its program reads.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

import numpy as np

from layers.briefing import legends, lettering, margin, printed
from layers.briefing.drawing import Drawing
from layers.briefing.mapped import CELLS, INK
from layers.briefing.picture import Floats, Ink, Item, Marks, Part, Picture, Raster, Rect, Rows, Strokes, Words
from layers.briefing.plate import MOST_TOLD, Details, Told
from layers.briefing.svg import svg

Json = dict[str, object]

#: A text is so long at most, and all together so many characters.
_LONGEST, _IN_ALL = 500, 1_500_000
#: Corners are whole hundredths of a millimetre.
_PER_MM = 100
_DPI = 120
#: What cannot be hidden: the edge of a map, and what one of two shows.
_SHOWN_ALWAYS = ("frame", "caption")
#: How it is printed: on paper of the sheet's own size.
_PAPER = (
    ":root {{ --letter: calc({of.letter:g}pt - 0.5pt); --title: {ink}; }}\n"
    "@page {{ size: {of.width:g}mm {of.height:g}mm; margin: 7mm; }}\n"
)


def told_of(drawing: Drawing) -> dict[str, Rows]:
    """Return the features of each layer that a page can tell of, by their places in its ``Drawn``: those seen one by one.

    The worst come first, and no more than ``MOST_TOLD`` of a layer.
    """
    found: dict[str, Rows] = {}
    for layer in (of.layer.id for of in drawing.layers):
        items = [item for part in drawing.picture.parts if part.name == layer for item in part.items]
        marks = [item.rows for item in reversed(items) if isinstance(item, Marks)]
        lines = [np.array([item.row]) for item in items if isinstance(item, Strokes) and item.row >= 0]
        if marks or lines:
            rows, first = np.unique(np.concatenate([*marks, *lines]), return_index=True)
            found[layer] = rows[np.argsort(first)][:MOST_TOLD].astype(np.int64)
    return found


def html(drawing: Drawing, told: Told, details: Mapping[str, Details]) -> bytes:
    """Return a drawing as a web page of its own.

    Parameters
    ----------
    drawing : Drawing
    told : Told
        Its words.
    details : mapping of layer id to Details
        What is told of a feature that is clicked. What goes beyond the limits is left out, and the page says so of that feature.
    """
    style = _client("sheet.css") + _PAPER.format(of=drawing.layout, ink=told.colour or INK)
    program = _client("sheet.js")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(program)}; img-src data:; base-uri 'none'; form-action 'none'"
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(f'{told.number} {told.title}')}</title>\n<style>{style}</style>\n</head>\n<body>\n{_body(drawing, told)}"
        f'<script type="application/json" id="sheet">{_inert(_described(drawing, details))}</script>\n'
        f"<script>{program}</script>\n</body>\n</html>\n"
    )
    return page.encode("utf-8")


def _client(name: str) -> str:
    return (files("layers.briefing") / "client" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(value: Json) -> str:
    """Return JSON in which nothing can end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _text(text: str) -> str:
    """Return text as it may stand between tags and in an attribute: on one line, without signs that steer."""
    return escape(lettering.plain(text))


def _body(drawing: Drawing, told: Told) -> str:
    """Return what stands around the map, as text that is there without the program."""
    band = _text(told.band)
    notes = [*told.notes, ("Projection", drawing.frame.called), ("Scale on paper", f"1:{drawing.frame.scale:,.0f}")]
    listed = "".join(f'<dt>{_text(label)}</dt><dd dir="auto">{_text(text)}</dd>' for label, text in notes if text)
    said = [*told.disclaimer.split("\n"), drawing.lacking, f"Sources: {told.sources}" if told.sources else ""]
    upright = " upright" if drawing.layout.low else ""
    stamp = f'<p class="stamp" dir="auto">{_text(told.stamp)}</p>' if told.stamp else ""
    return (
        f'<div class="band" dir="auto">{band}</div>\n<div class="sheet{upright}">\n<header>{_logo(told)}<h1 dir="auto">{_text(told.title)}</h1>'
        f'<p class="number">{_text(told.number)}</p><p dir="auto">{_text(told.subtitle)}</p></header>\n{_MAP}'
        f'<aside aria-label="About this map"><div class="about" tabindex="0" role="group" aria-label="Legend and sources">'
        f'<h2>Legend</h2><ul class="legend">{"".join(_legend(drawing))}</ul>\n'
        f'<div class="small">{"".join(_small(drawing))}</div>\n<h2>About this sheet</h2><dl>{listed}</dl>{stamp}\n'
        f"{_paragraphs(said)}{_paragraphs(told.trace, ' class=quiet')}</div>\n"
        f'<section class="details" tabindex="0" aria-label="Details" aria-live="polite"><h2>Details</h2>'
        f'<div id="told"><p class="hint">{_HINT}</p></div></section></aside>\n</div>\n'
        f'<div class="band low" dir="auto">{band}</div>\n'
    )


_HINT = (
    "Click a sign, a line or an area. On the keyboard: Tab to the map, move it by the arrow keys, enlarge it by + and -, "
    "and press Enter to ask what lies under the cross."
)
_MAP = (
    '<div class="map" role="group" aria-label="Map"><canvas tabindex="0" role="application" '
    'aria-label="Map. Arrow keys move it, plus and minus enlarge it, Enter tells what lies under the cross in its middle."></canvas>'
    '<svg class="cross" viewBox="-12 -12 24 24" aria-hidden="true"><path d="M-12 0H-3M3 0H12M0-12V-3M0 3V12" fill="none" '
    'stroke="#0057B8" stroke-width="2"/></svg><div class="zoom"><button type="button" id="nearer" aria-label="Zoom in">+</button>'
    '<button type="button" id="farther" aria-label="Zoom out">−</button>'
    '<button type="button" id="whole" aria-label="Show the whole map">⌂</button></div>'
    '<div class="bar" role="img" aria-label="Scale bar"></div></div>\n'
    "<noscript><p>The map of this file is drawn by a program in it, which is turned off here.</p></noscript>\n"
)


def _logo(told: Told) -> str:
    """Return the logo as a picture of the page; blank for none."""
    source = base64.b64encode(told.logo).decode()
    return f'<img class="logo" alt="" src="data:image/png;base64,{source}">' if source else ""


def _paragraphs(lines: Iterable[str], look: str = "") -> str:
    return "".join(f'<p{look} dir="auto">{_text(line)}</p>' for line in lines if line)


def _legend(drawing: Drawing) -> Iterator[str]:
    """Yield the rows of the legend; the first of each layer has the box by which it is shown or not."""
    sign = Rect(0, 0, 8.2, 4.1)
    begun: set[str] = set()
    for entry in drawing.legend:
        text, layer = _text(entry.text), escape(entry.layer)
        drawn = list(legends.swatch(entry, sign, 3.0))
        row = (svg(drawn, sign) if drawn else "") + f'<span dir="auto">{text}</span><data>{entry.count}</data>'
        if entry.layer and entry.layer not in begun:
            begun.add(entry.layer)
            box = f'<input type="checkbox" checked autocomplete="off" data-layer="{layer}">'
            row = f"<label>{box}{row}</label>"
        yield f'<li data-layer="{layer}"{"" if drawn else " class=named" if entry.heading else ""}>{row}</li>'


def _small(drawing: Drawing) -> Iterator[str]:
    """Yield the small map and the arrow to north."""
    for part in drawing.picture.parts:
        if part.clip is None and part.title in (margin.LOCATOR, margin.NORTH):
            described = f"{part.title}: " + ", ".join(words.text for words in Picture(0, 0, (part,)).words())
            yield svg(part.items, _extent(part), described.rstrip(": "))


def _extent(part: Part) -> Rect:
    """Return the box that the marks of a part take."""
    corners = [ring for item in part.items if isinstance(item, Strokes) for piece in item.parts for ring in piece]
    words = [item for item in part.items if isinstance(item, Words)]
    boxes = [
        (one.x - share * wide, one.y - 2.5 + 5.0 * up)
        for one in words
        for wide in (lettering.width(one.text, one.size, bold=one.bold),)
        for share, up in zip({"left": (0, -1), "center": (0.5, -0.5), "right": (1, 0)}[one.across], (0, 1), strict=True)
    ]
    at = np.concatenate([*corners, *([np.array(boxes)] if boxes else [])])
    (left, low), (right, high) = at.min(axis=0), at.max(axis=0)
    return Rect(float(left), float(low), float(right - left), float(high - low))


def _described(drawing: Drawing, details: Mapping[str, Details]) -> Json:
    """Return the map, or both, as its program reads it: the parts within a frame, the frame, and what is written over it."""
    parts = [part for part in drawing.picture.parts if part.clip is not None or part.name in _SHOWN_ALWAYS]
    rect = _around([part.clip for part in parts if part.clip])
    return {
        "width": rect.width,
        "height": rect.height,
        "scale": drawing.frame.scale,
        "titles": {of.layer.id: lettering.plain(of.layer.title) for of in drawing.layers},
        "parts": [
            {
                "layer": part.name.removesuffix(CELLS),
                "clip": _box(part.clip, rect) if part.clip else None,
                "items": [found for item in part.items if (found := _item(item, rect)) is not None],
            }
            for part in parts
        ],
        "details": _bounded(drawing, details),
    }


def _bounded(drawing: Drawing, details: Mapping[str, Details]) -> Json:
    """Return the details of the features that can be told apart, as far as they go into the file."""
    found: Json = {}
    left = _IN_ALL
    for layer, rows in told_of(drawing).items():
        if layer not in details:
            continue
        kept: dict[str, list[str]] = {}
        for row in rows.tolist():
            texts = details[layer].rows.get(row)
            if texts is None:
                continue
            short = [lettering.plain(text)[:_LONGEST] for text in texts[: len(details[layer].labels)]]
            left -= sum(map(len, short)) + 12
            if left < 0:
                break
            kept[str(row)] = short
        found[layer] = {"labels": [lettering.plain(label) for label in details[layer].labels], "rows": kept}
    return found


def _item(item: Item, rect: Rect) -> Json | None:
    if isinstance(item, Strokes):
        parts = [[_corners(ring, rect) for ring in part if len(ring) > 1] for part in item.parts]
        return {"kind": "strokes", "parts": parts, "closed": item.closed, "row": item.row} | _ink(item.ink)
    if isinstance(item, Marks):
        places = np.round((np.stack([item.x, item.y], axis=1) - (rect.x, rect.top)) * (_PER_MM, -_PER_MM)).astype(np.int64)
        look = {"sign": item.path, "size": item.size, "casing": item.casing} | _ink(item.ink)
        return {"kind": "marks", "x": places[:, 0].tolist(), "y": places[:, 1].tolist(), "rows": item.rows.tolist()} | look
    if isinstance(item, Raster):
        whole = (Part("underlay", "", (item,)),)
        image = printed.cutout(whole, item.box, "webp", _DPI)
        return {
            "kind": "raster",
            "box": _box(item.box, rect),
            "source": f"data:image/webp;base64,{base64.b64encode(image).decode()}",
        }
    return _words(item, rect)


def _around(boxes: Sequence[Rect]) -> Rect:
    """Return the box about boxes."""
    left, low = min(box.x for box in boxes), min(box.y for box in boxes)
    return Rect(left, low, max(box.right for box in boxes) - left, max(box.top for box in boxes) - low)


def _box(of: Rect, rect: Rect) -> list[int]:
    """Return a box as its upper left corner, its width and its height."""
    return [*_corners(np.array([[of.x, of.top]]), rect), round(of.width * _PER_MM), round(of.height * _PER_MM)]


def _corners(ring: Floats, rect: Rect) -> list[int]:
    found: list[int] = np.round((ring - (rect.x, rect.top)) * (_PER_MM, -_PER_MM)).astype(np.int64).ravel().tolist()
    return found


def _ink(ink: Ink) -> Json:
    return {"line": ink.line, "width": ink.width, "dash": list(ink.dash), "fill": ink.fill, "opacity": ink.opacity}


def _words(item: Words, rect: Rect) -> Json:
    (x, y) = _corners(np.array([[item.x, item.y]]), rect)
    look = {"size": item.size, "colour": item.colour, "bold": item.bold, "halo": item.halo, "turned": item.turned}
    return {"kind": "words", "x": x, "y": y, "text": item.text, "across": item.across, "up": item.up, "layer": item.layer} | look
