"""A drawing as PDF, vectors at true scale, and as PNG: the same bytes for the same drawing."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Corners
from matplotlib.patheffects import Stroke
from matplotlib.transforms import Affine2D
from PIL import Image

from layers.briefing import lettering
from layers.briefing.frame import Frame
from layers.briefing.located import Document, located
from layers.briefing.picture import Floats, Item, Marks, Part, Picture, Raster, Rect, Strokes, Words
from layers.render import symbols

#: The kinds of picture that a part of a drawing may become.
Form = Literal["png", "jpeg", "webp"]
_COMPRESSED: dict[Form, dict[str, object]] = {
    "png": {"compress_level": 6},
    "jpeg": {"quality": 85},
    "webp": {"quality": 80, "method": 2},
}
_MM = 1 / 25.4
_POINT_PER_MM = 72 / 25.4
#: Fonts are embedded as outlines that can be searched; nothing of the machine's own settings is used.
_SETTINGS: dict[Any, Any] = {
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "path.simplify": False,
    "text.parse_math": False,
    "text.hinting": "no_hinting",
}


#: What a PDF would say of itself by the drawing library; it says its own.
_UNSAID: dict[str, None] = dict.fromkeys(("Creator", "Producer", "CreationDate"))


def pdf(picture: Picture, of: Document, frame: Frame | None = None) -> bytes:
    """Return a drawing as one page of PDF; ``frame`` is the ground of its map, by which others can place it."""
    into = io.BytesIO()
    with _figure(picture) as figure:
        FigureCanvasPdf(figure)
        figure.savefig(into, format="pdf", dpi=200, metadata=_UNSAID)
    return located(into.getvalue(), of, frame, _scenes(picture))


def pages(pictures: Sequence[Picture], of: Document) -> bytes:
    """Return drawings as the pages of one PDF."""
    into = io.BytesIO()
    with mpl.rc_context(_SETTINGS), PdfPages(into, metadata=_UNSAID) as book:
        for picture in pictures:
            with _figure(picture) as figure:
                FigureCanvasPdf(figure)
                book.savefig(figure, dpi=200)
    return located(into.getvalue(), of, scenes=[pixels for picture in pictures for pixels in _scenes(picture)])


def _scenes(picture: Picture) -> list[npt.NDArray[np.uint8]]:
    """Return the pictures laid into a drawing, in the order in which they are drawn."""
    return [item.pixels for part in picture.parts for item in part.items if isinstance(item, Raster)]


def png(picture: Picture, dpi: int = 300) -> bytes:
    """Return a drawing as PNG of so many dots per inch."""
    with _figure(picture) as figure:
        FigureCanvasAgg(figure)
        into = io.BytesIO()
        figure.savefig(into, format="png", dpi=dpi, metadata={"Software": "Greenline"}, pil_kwargs={"compress_level": 4})
    return into.getvalue()


def cutout(parts: Sequence[Part], box: Rect, form: Form, dpi: int = 150) -> bytes:
    """Return what parts of a drawing show in a box, as a picture of its own, clear where nothing is; a JPEG is white there."""
    with _figure(Picture(box.right, box.top, tuple(parts)), box) as figure:
        FigureCanvasAgg(figure)
        into = io.BytesIO()
        clear = {} if form == "jpeg" else {"transparent": True}
        figure.savefig(into, format=form, dpi=dpi, pil_kwargs=_COMPRESSED[form], **clear)
    return into.getvalue()


@contextmanager
def _figure(picture: Picture, box: Rect | None = None) -> Iterator[Figure]:
    box = box or Rect(0, 0, picture.width, picture.height)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        figure = Figure(figsize=(box.width * _MM, box.height * _MM))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(box.x, box.right)
        axes.set_ylim(box.y, box.top)
        for order, part in enumerate(picture.parts):
            _part(axes, part, order)
        yield figure


def _part(axes: mpl.axes.Axes, part: Part, order: int) -> None:
    clip = None
    if part.clip:
        clip = Rectangle((part.clip.x, part.clip.y), part.clip.width, part.clip.height, transform=axes.transData)
    for number, item in enumerate(part.items):
        for artist in _artists(axes, item):
            artist.set_zorder(order * 100_000 + number)
            if clip is not None:
                artist.set_clip_path(clip)
            else:
                artist.set_clip_on(False)


def _artists(axes: mpl.axes.Axes, item: Item) -> Iterator[mpl.artist.Artist]:
    if isinstance(item, Strokes):
        yield from _strokes(axes, item)
    elif isinstance(item, Marks):
        yield from _marks(axes, item)
    elif isinstance(item, Words):
        yield from _words(axes, item)
    else:
        yield axes.add_artist(_Scene(item, axes))


def _strokes(axes: mpl.axes.Axes, item: Strokes) -> Iterator[mpl.artist.Artist]:
    paths = [path for path in (_path(part, item.closed) for part in item.parts) if path is not None]
    if not paths:
        return
    ink = item.ink
    found = PathCollection(
        paths,
        facecolors=ink.fill or "none",
        edgecolors=ink.line or "none",
        linewidths=ink.width if ink.line else 0,
        linestyles=[(0, tuple(one / max(ink.width, 0.1) for one in ink.dash))] if ink.dash else "solid",
        alpha=ink.opacity,
        capstyle="butt" if ink.dash else "round",
        joinstyle="round",
        transform=axes.transData,
    )
    axes.add_collection(found, autolim=False)
    yield found


def _path(part: tuple[Floats, ...], closed: bool) -> Corners | None:
    """Return a line, or an area with its holes, which run the other way round."""
    runs = [ring for ring in part if len(ring) > 1]
    if not runs:
        return None
    if not closed:
        return Corners.make_compound_path(*(Corners(run) for run in runs))
    return Corners.make_compound_path(*(Corners(_turned(ring, hole=n > 0), closed=True) for n, ring in enumerate(runs)))


def _turned(ring: Floats, *, hole: bool) -> Floats:
    """Return a ring that ends where it begins, the area to its left or, of a hole, to its right."""
    whole = np.concatenate([ring, ring[:1]]) if (ring[0] != ring[-1]).any() else ring
    x, y = (whole - whole[0]).T
    left = float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) > 0
    return whole[::-1] if left == hole else whole


def _marks(axes: mpl.axes.Axes, item: Marks) -> Iterator[mpl.artist.Artist]:
    runs = symbols.corners(item.path)
    shape = Corners.make_compound_path(
        *(Corners(np.concatenate([run, run[:1]]) if closed else run, closed=closed) for run, closed in runs)
    )
    # A sign's box is 16 wide with y down; a marker is scaled by its own greatest reach.
    vertices = np.asarray(shape.vertices) * np.array([1.0, -1.0])
    size = item.size * float(np.abs(vertices).max()) / 8 * _POINT_PER_MM
    inks = [(item.casing, item.casing, 2 * item.ink.width + 0.9)] if item.casing else []
    for line, fill, width in (
        *inks,
        (item.ink.line, (item.ink.fill, item.ink.opacity) if item.ink.fill else "none", item.ink.width),
    ):
        (marks,) = axes.plot(item.x, item.y, linestyle="none", marker=Corners(vertices, shape.codes), markersize=size)
        marks.set(markeredgecolor=line, markerfacecolor=fill, markeredgewidth=width)
        yield marks


def _words(axes: mpl.axes.Axes, item: Words) -> Iterator[mpl.artist.Artist]:
    """Yield a line of text over its halo, which is an outline: text with an effect would no longer be text in a PDF."""
    heavy = lettering.emboldened(item.text, bold=item.bold)
    for halo in (True, False) if item.halo else (False,):
        found = axes.text(
            item.x,
            item.y,
            item.text,
            fontsize=item.size,
            color=item.colour,
            fontweight="bold" if heavy else "normal",
            ha=item.across,
            va={"bottom": "baseline", "center": "center_baseline", "top": "top"}[item.up],
            rotation=item.turned,
            rotation_mode="anchor",
            fontfamily=lettering.families(item.text, bold=heavy),
            parse_math=False,
        )
        if halo:
            found.set_path_effects([Stroke(linewidth=1.8, foreground=item.halo)])
        yield found


class _Scene(Artist):
    """A picture laid into a box of the sheet: in an image as its own pixels, in a PDF one that stands in for it."""

    def __init__(self, item: Raster, axes: mpl.axes.Axes) -> None:
        super().__init__()
        self._item = item
        self._sheet = axes.transData

    def draw(self, renderer: RendererBase) -> None:
        """Draw it, within what it is cut at."""
        box = self._item.box
        (left, low), (right, high) = self._sheet.transform([(box.x, box.y), (box.right, box.top)])
        gc = renderer.new_gc()
        self._set_gc_clip(gc)  # type: ignore[attr-defined]
        if renderer.option_scale_image():
            stands_in = np.full((1, 1, 4), 255, np.uint8)
            renderer.draw_image(gc, left, low, stands_in, Affine2D().scale(right - left, high - low))
        else:
            size = round(right) - round(left), round(high) - round(low)
            by = Image.Resampling.LANCZOS if self._item.smooth else Image.Resampling.NEAREST
            sized = Image.fromarray(self._item.pixels).resize(size, by)
            renderer.draw_image(gc, round(left), round(low), np.asarray(sized)[::-1])
        gc.restore()
