"""How a text table is written: its encoding, its separator, and that it is text to its end."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.config import Limits
from layers.errors import UnreadableFile
from layers.ingest.encoding import Told, told, words_of
from layers.ingest.head import Head, consistency, found, passed_over
from layers.ingest.packed import Opened

_SAMPLE = 1 << 20
_RECORDS = 100
_SEPARATORS = ",;\t|"
_NAMES = {";": "semicolons", "\t": "tabs", "|": "bars"}
#: So many different words tell an encoding; so many letters of UTF-8 to one that is none make it a damaged UTF-8.
_WORDS, _MOSTLY = 3_000, 10
_OTHER = re.compile("[^\x00-\x7f\ufffd]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: A row may hold as many characters as this many of the longest cells.
_CELLS_A_ROW = 16

# What a cell may hold is bounded by the mission's limits; the reader's own bound would come first, and unsaid.
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, slots=True)
class Writing:
    """How a text table is written.

    Attributes
    ----------
    encoding : str
        Of what follows the byte order mark.
    mark : int
        Bytes of the byte order mark.
    separator : str
    head : Head
    begin : int
        Bytes from the mark to the first row of data, once it is UTF-8.
    end : str
        The last character that is no line break.
    said : tuple of str
        In sentences, all of this that is not as usual.
    """

    encoding: str
    mark: int
    separator: str
    head: Head
    begin: int
    end: str
    said: tuple[str, ...] = ()


def longest_row(limits: Limits) -> int:
    """Return how many bytes a line may have."""
    return _CELLS_A_ROW * limits.cell


def surveyed(path: Path, limits: Limits) -> Writing:
    """Return how a text table is written, once all of it is known to be text with lines of a bearable length.

    Raises
    ------
    UnreadableFile
        It is empty, no text to its end, or has a line longer than any row may be.
    """
    with Opened(path, limits) as file:
        start = _filled(file, _SAMPLE)
        encoding = _encoding(start)
        _read(path.name, start, encoding)
        lines = _Lines(path.name, longest_row(limits))
        decoder, end, utf8 = codecs.getincrementaldecoder(encoding)(), "", encoding == "utf-8"
        part = start[_mark(start) :]
        whole = len(start) < _SAMPLE
        try:
            while part:
                lines.met(part, wide=encoding.startswith("utf-16"))
                utf8 = utf8 and _decodes(decoder, part)
                text = decoder.decode(part) if encoding.startswith("utf-16") else ""
                if b"\x00" in part and (not encoding.startswith("utf-16") or "\x00" in text):
                    raise UnreadableFile(f"{path.name} holds NUL bytes, so it is no text; export it as CSV again")
                end = (text or part[-64:].decode("utf-8", "ignore")).rstrip("\r\n ")[-1:] or end
                part = file.part(_SAMPLE)
            if encoding.startswith("utf-16"):
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise UnreadableFile(f"{path.name} is not {encoding.upper()} to its end; save it as UTF-8") from None
        utf8 = utf8 and _decodes(decoder, b"", final=True)
    likely = None if utf8 or encoding != "utf-8" else _told(path, limits)
    return _written(path.name, start, likely.encoding if likely else encoding, whole=whole, end=end, likely=likely)


def _told(path: Path, limits: Limits) -> Told:
    """Return the encoding of a text that is not UTF-8, by the words of its first megabytes and all of its bytes."""
    high, words, good, bad = set[int](), dict[bytes, None](), 0, 0
    with Opened(path, limits) as file:
        while part := file.part(_SAMPLE):
            high.update(part)
            if len(words) < _WORDS:
                words |= dict.fromkeys(words_of(part))
                text = part.decode("utf-8", errors="replace")
                bad += text.count("\ufffd")
                good += len(_OTHER.findall(text))
    likely = told(words, bytes(byte for byte in high if byte > 0x7F))
    if likely is None or good > _MOSTLY * bad:
        much = "UTF-8 but for some damaged characters" if good > _MOSTLY * bad else "written in no encoding that is known"
        raise UnreadableFile(f"{path.name} is {much}; save it as UTF-8")
    return likely


class _Lines:
    """Watches how long lines are, so that none is ever held whole that no row could be."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most, self._run = name, most, 0

    def met(self, part: bytes, *, wide: bool) -> None:
        """Count on."""
        last = max(part.rfind(b"\n"), part.rfind(b"\r"))
        self._run = self._run + len(part) if last < 0 else len(part) - last
        if self._run > self._most * (1 + wide):
            raise UnreadableFile(
                f"{self._name} has a line of more than {self._most:,} characters; export it as CSV with line breaks"
            )


def _written(name: str, start: bytes, encoding: str, *, whole: bool, end: str = "", likely: Told | None = None) -> Writing:
    mark = _mark(start)
    text = _read(name, start, encoding)
    split = {separator: list(_records(text, separator, whole=whole)) for separator in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda one: consistency([cells for cells, _ in split[one]]))
    records = split[separator]
    head = found([cells for cells, _ in records])
    if head is None and whole:
        raise UnreadableFile(f"{name} holds only blank rows; its first line must name the columns, its rows follow")
    if head is None:
        raise UnreadableFile(f"{name} has no first line that ends within {_SAMPLE:,} bytes; close its quotes")
    begin = records[head.first - 1][1] if head.first else 0
    rows = [cells for cells, _ in records]
    said = (*_said(encoding, likely, separator, wide=max(map(len, rows)) > 1), *passed_over(rows, head))
    return Writing(encoding, mark, separator, head, len(text[:begin].encode("utf-8")), end, said)


def _said(encoding: str, likely: Told | None, separator: str, *, wide: bool) -> tuple[str, ...]:
    """Return, in sentences, the encoding where it is not UTF-8 and the separator where it is not a comma."""
    read = []
    if likely and likely.certain:
        read.append(
            f"The text is read as {likely.title}, as {likely.word!r}; if that reads wrong, save the file as UTF-8 and send it again."
        )
    elif likely:
        read.append(
            f"The text is not UTF-8 and may be {likely.title}: a word of it reads {likely.word!r}. "
            "If that is wrong, save the file as UTF-8 and send it again."
        )
    elif encoding != "utf-8":
        read.append("The text is read as UTF-16.")
    if separator != "," and wide:
        read.append(f"Cells are taken to end at {_NAMES[separator]}.")
    return tuple(read)


def _read(name: str, start: bytes, encoding: str) -> str:
    text = start[_mark(start) :].decode(encoding, errors="replace")
    if not text.strip(' \t\r\n,;|"'):
        raise UnreadableFile(f"{name} is empty; its first line must name the columns, its rows follow")
    if _binary(text):
        raise UnreadableFile(f"{name} is not text; export it as CSV")
    return text


def _records(text: str, separator: str, *, whole: bool) -> Iterator[tuple[Sequence[str], int]]:
    """Return the first records and the position after each; the last one only where it is known to be whole."""
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in io.StringIO(text, newline=""):
            read += len(line)
            yield line

    for number, cells in enumerate(csv.reader(lines(), delimiter=separator)):
        if number >= _RECORDS or (read >= len(text) and not whole):
            return
        yield [cell.strip() for cell in cells], read


def _encoding(start: bytes) -> str:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if wide := _wide(start):
        return wide
    return "utf-8"


def _wide(start: bytes) -> str:
    """Return UTF-16's name where every other byte is often 0, as of letters and line breaks, and the rest hardly ever."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) < len(start) / 40 or min(even, odd) > max(even, odd) / 20:
        return ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    return encoding if max(even, odd) > len(start) / 4 or "\n" in start.decode(encoding, errors="replace") else ""


def _mark(start: bytes) -> int:
    return next((len(mark) for mark, _ in _MARKS if start.startswith(mark)), 0)


def _decodes(decoder: codecs.IncrementalDecoder, part: bytes, *, final: bool = False) -> bool:
    if not final and part.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(part, final)
    except UnicodeDecodeError:
        return False
    return True


def _binary(text: str) -> bool:
    """Say whether a text is none: it holds a NUL, or more control characters than a slip of the keyboard leaves."""
    head = text[:4096]
    odd = sum(character < " " and character not in "\t\n\r\f\v\x1a" for character in head)
    return "\x00" in text or odd > len(head) / 20


def _filled(file: Opened, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size and (part := file.part(size - len(parts))):
        parts += part
    return bytes(parts)
