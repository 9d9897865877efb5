"""Text formats written anew where GDAL would lose something of them: their encoding, their times. Only for the child.

GDAL takes a time in KML and GPX for seconds since an epoch: one without seconds loses its zone, a bare date becomes
midnight, anything else is dropped. So each text is kept here, GDAL gets a moment in its place that stands for it, and
what it hands on is changed back.
"""

from __future__ import annotations

import codecs
import datetime as dt
import json
import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.parsers import expat

#: A time that GDAL hands on as it stands.
_WHOLE = re.compile(rb"\d{4}-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{3})?(Z|[+-](?!00:00)\d\d:(00|15|30|45))?")
#: Comments and unparsed text are passed over whole.
_TIMES = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?:[\w.-]+:)?(?:when|begin|end|time)(?:\s[^<>]*)?>\s*([^<&\s][^<&]*)</",
    re.DOTALL,
)
_EPOCH = dt.datetime(9000, 1, 1)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.-]+)[\"'][^>]*>")
#: Encodings whose letters below 128 are ASCII, so that what was seen before this stays as it was seen.
_PLAIN = re.compile(r"(iso-?8859-\d+|windows-125\d|cp125\d|koi8-[ru]|latin-?1)", re.IGNORECASE)
#: What only our own export says of itself, near its beginning; and what it says a second time for the globe viewers.
_OWN = b'<Data name="greenline_data_version">'
_HEAD = 1 << 16
_SHOWN = re.compile(
    rb"<Placemark>(<name>[^<]*</name><description>[^<]*</description>(?:<Time(Stamp|Span)>.*?</Time\2>)?<styleUrl>[^<]*</styleUrl>)"
)
_RECORD = b"\x1e"
#: What JSON is nested in, and its texts, in which brackets mean nothing.
_NESTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_COLON = re.compile(rb"\s*:\s*")
#: A coordinate system is stated in fewer bytes than these.
_STATED = 1 << 12
_LINE = 1 << 24


class Broken(Exception):
    """A file that cannot be read, in words that follow its name."""


def prepared(path: str, kind: str, room: Path) -> tuple[str, list[str], bool]:
    """Return the path of a file as GDAL is to read it, and the texts that its moments stand for, and whether we wrote it.

    There are no texts where its times are plain.

    Raises
    ------
    Broken
        Its markup is no whole.
    """
    if kind == "geojson":
        return str(_collected(Path(path), room)), [], False
    plain = _utf8(Path(path), room)
    _checked(plain)
    own = kind == "kml" and _OWN in _held(plain)[:_HEAD]
    return *_masked(_bared(plain, room) if own else plain, room), own


def stated(path: str) -> list[Any]:
    """Return what a GeoJSON file states of its coordinates, None for what cannot be read; an empty list where it states nothing.

    GDAL says WGS 84 also of what it does not understand.
    """
    held, depth = _held(Path(path)), 0
    if held.find(b'"crs"') < 0:
        return []
    for found in _NESTED.finditer(held):
        depth += (found[0] in (b"{", b"[")) - (found[0] in (b"}", b"]"))
        if depth == 1 and found[0] == b'"crs"' and (begin := _COLON.match(held, found.end())):
            try:
                return [json.JSONDecoder().raw_decode(held[begin.end() : begin.end() + _STATED].decode("utf-8", "replace"))[0]]
            except (ValueError, RecursionError):
                return [None]
    return []


def restored(table: Any, texts: list[str]) -> Any:
    """Return a table of texts with each moment that stands for a text changed back into it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not texts:
        return table
    masks, kept = pa.array([_mask(n).decode() for n in range(len(texts))]), pa.array(texts, pa.string())
    for n, name in enumerate(table.column_names):
        if pa.types.is_string(table[name].type):
            stands = pc.index_in(table[name], masks)
            if stands.null_count < len(stands):
                table = table.set_column(n, name, pc.coalesce(kept.take(stands.combine_chunks()), table[name].combine_chunks()))
    return table


def zulu(table: Any) -> Any:
    """Return a table whose times without a zone are UTC, as the GPX schema says they are."""
    import pyarrow.compute as pc

    if "time" not in table.column_names:
        return table
    column = pc.replace_substring_regex(table["time"], r"^(\S+T[0-9:.]+)$", r"\1Z")
    return table.set_column(table.column_names.index("time"), "time", column)


def spanned(times: Sequence[dt.datetime | None]) -> tuple[str | None, str | None, str | None]:
    """Return the first and the last of a line's times, and the seconds of each vertex after the first where every one is known.

    They stay in the order of the vertices also where time runs backwards.
    """
    there = [time for time in times if time]
    if not there:
        return None, None, None
    first = min(there)
    seconds = " ".join(f"{(time - first).total_seconds():g}" for time in there) if len(there) == len(times) else None
    return _iso(first), _iso(max(there)), seconds


def moment(text: str) -> dt.datetime | None:
    """Return a time, or nothing where a text is none: a bare date is no moment."""
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None


def _iso(time: dt.datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def _mask(number: int) -> bytes:
    return f"{(_EPOCH + dt.timedelta(seconds=number)).isoformat()}Z".encode()


def _utf8(path: Path, room: Path) -> Path:
    """Return a file of markup in UTF-8, written anew where it is in an encoding that the reader of KML does not know."""
    with path.open("rb") as file:
        start = file.read(400)
    declared = _DECLARED.match(start)
    named = declared[1].decode() if declared else ""
    encoding = "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else named
    if encoding != "utf-16" and not _PLAIN.fullmatch(encoding):
        return path
    try:
        text = path.read_bytes().decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Broken(f"is not written in {encoding[:20]}, as it says; export it again as UTF-8") from None
    out = _anew(path, room, "utf8")
    out.write_bytes(re.sub(r"\A\s*<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL).encode())
    return out


def _checked(path: Path) -> None:
    """Refuse markup that breaks off or that declares what could grow: GDAL would hand on what stands before the break."""

    def declared(*_: object) -> None:
        raise Broken("declares a document type or entities, which could reach elsewhere; export it without them")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    with path.open("rb") as file:
        try:
            parser.ParseFile(file)
        except expat.ExpatError as fault:
            raise Broken(f"breaks off or is damaged at line {fault.lineno:,}; export it again") from None


def _bared(path: Path, room: Path) -> Path:
    """Return our own export with nothing but its data: what else it shows would come in as columns of its own."""
    out, held, done = _anew(path, room, "bared"), _held(path), 0
    with out.open("wb") as target:
        for found in _SHOWN.finditer(held):
            target.write(held[done : found.start(1)])
            done = found.end(1)
        target.write(held[done:])
    return out


def _masked(path: Path, room: Path) -> tuple[str, list[str]]:
    out, numbers = _anew(path, room, "kept"), dict[bytes, int]()
    held = _held(path)
    if all(_WHOLE.fullmatch(found[1]) for found in _TIMES.finditer(held) if found[1]):
        return str(path), []
    with out.open("wb") as target:
        target.writelines(_pieces(held, numbers))
    return str(out), [text.decode("utf-8", "replace").strip() for text in numbers]


def _anew(path: Path, room: Path, folder: str) -> Path:
    """Return where a file is written anew, under its own name: GDAL calls a layer after it."""
    (room / folder).mkdir(exist_ok=True)
    return room / folder / path.name


def _held(path: Path) -> mmap.mmap:
    """Return a file's bytes without reading them; what was found in them may outlive this, so nobody closes them."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _pieces(held: mmap.mmap, numbers: dict[bytes, int]) -> Iterator[bytes]:
    """Yield a file with a moment in place of each time; the same text has the same one."""
    done = 0
    for found in _TIMES.finditer(held):
        if found[1]:
            yield held[done : found.start(1)]
            yield _mask(numbers.setdefault(found[1], len(numbers)))
            done = found.end(1)
    yield held[done:]


def _collected(path: Path, room: Path) -> Path:
    """Return a file of one feature a line as one collection: GDAL guesses at the times of lines, and cannot be told not to."""
    with path.open("rb") as file:
        first = file.readline(_LINE)
        records = first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_RECORD)
        try:
            if not records and json.loads(first).get("type") != "Feature":
                return path
        except (ValueError, RecursionError, AttributeError):
            return path
    out = _anew(path, room, "collected")
    split = re.compile(rb"[^\x1e]+" if records else rb"[^\r\n]+")
    with out.open("wb") as target:
        target.write(b'{"type":"FeatureCollection","features":[')
        comma = b""
        for found in split.finditer(_held(path)):
            if one := found[0].removeprefix(codecs.BOM_UTF8).strip():
                target.write(comma + one)
                comma = b",\n"
        target.write(b"]}")
    return out
