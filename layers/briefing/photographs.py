"""Scenes in a PDF, compressed as photographs are: a sheet over imagery is then a third of the size or less."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject

Pixels = npt.NDArray[np.uint8]

_QUALITY = 82


def embed(writer: PdfWriter, scenes: Sequence[Pixels]) -> None:
    """Put scenes, (rows, columns, 4), where the first page has their stand-ins ``I1``, ``I2`` and so on."""
    if not scenes:
        return
    resources = cast(DictionaryObject, writer.pages[0]["/Resources"])
    named = cast(DictionaryObject, resources["/XObject"])
    for number, pixels in enumerate(scenes, 1):
        named[NameObject(f"/I{number}")] = writer._add_object(_photograph(writer, pixels))


def _photograph(writer: PdfWriter, pixels: Pixels) -> StreamObject:
    into = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(into, "jpeg", quality=_QUALITY, subsampling=0)
    found = _stream(pixels, "/DeviceRGB", "/DCTDecode", into.getvalue())
    if (pixels[..., 3] < 255).any():
        clear = _stream(pixels, "/DeviceGray", "/FlateDecode", zlib.compress(pixels[..., 3].tobytes(), 6))
        found[NameObject("/SMask")] = writer._add_object(clear)
    return found


def _stream(pixels: Pixels, colours: str, coded: str, content: bytes) -> StreamObject:
    found = StreamObject()
    found.set_data(content)
    found.update(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Image"),
                NameObject("/Width"): NumberObject(pixels.shape[1]),
                NameObject("/Height"): NumberObject(pixels.shape[0]),
                NameObject("/ColorSpace"): NameObject(colours),
                NameObject("/BitsPerComponent"): NumberObject(8),
                NameObject("/Filter"): NameObject(coded),
            }
        )
    )
    return found
