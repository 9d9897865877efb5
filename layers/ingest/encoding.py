"""Which single-byte encoding a text is written in, told by its letters.

Such a text is any of them to a decoder. So the words with other letters than ASCII's are read in each, and the one in
which they are likeliest as words wins: by how frequent each letter is in the languages of that script, by its words
being of one script, and by small and capital letters standing where they stand in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

#: Letters of each encoding's languages beyond ASCII, the most frequent first.
_LATIN = "éèáàóüäöíñçãêâôúîßõåøûëùïìòæœšžÿýðþ"
_LETTERS = {
    "cp1252": ("Windows-1252", _LATIN),
    "cp1251": ("Windows-1251", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґјљњћђџўќѓѕ"),
    "cp1256": ("Windows-1256", "اليمنرتوبةعدفهسكقحجشطصخأىذضغئءإزثآؤظپچژگ"),
    "cp1250": ("Windows-1250", "áíéčšžćłóąęýřěűőśöżńđůüńźťďňţăâîşßäëô"),
    "cp1253": ("Windows-1253", "αοιετσνηυρπκμλςωδγχθφβάίόέήύώξζψϊϋΐΰ"),
    "cp1254": ("Windows-1254", "ıüşğçöİéâîûäàèêëñáíóúôßãõåøæ"),
    "cp1255": ("Windows-1255", "יוהלארתבמשנעדקחפםןצגכזטסךףץ"),
    "koi8-r": ("KOI8-R", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"),
}
_SIGNS = frozenset("–—‘’‚“”„«»…•°€№·§©®™ \u200c\u200d\u200e\u200f،؛؟ـ")
_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MOST_WORDS = 3_000
#: What it costs, as a logarithm: a sign within a word or beside it, what no word holds, what few words do.
_SIGN, _NEVER, _SELDOM = -4.0, -12.0, -5.0
#: Letters of the longest word; beyond so many letters, what each costs on average where they are none.
_LONGEST, _ENOUGH, _WORDLESS = 100, 30, -6.5
#: So much likelier than any other reading it must be to be called certain.
_CERTAIN = 7.0
#: How much less likely, as a logarithm, encodings are that few files have.
_RARE = {"cp1250": -2.0, "cp1253": -3.0, "cp1254": -3.0, "cp1255": -3.0, "koi8-r": -6.0}


@dataclass(frozen=True, slots=True)
class Told:
    """An encoding: as Python calls it and as people do, whether it is certain, and a word as it reads it."""

    encoding: str
    title: str
    certain: bool
    word: str


def words_of(part: bytes) -> Iterator[bytes]:
    """Yield the words of a part of a text that hold other letters than ASCII's."""
    return (found[0] for found in _WORD.finditer(part))


def told(words: dict[bytes, None], high: bytes) -> Told | None:
    """Return the likeliest encoding of a text; None where none of them has all of its bytes, or none makes words of them.

    Parameters
    ----------
    words : dict of bytes to None
        The different words that hold other bytes than ASCII's.
    high : bytes
        Every byte of the text that is not ASCII's.

    Examples
    --------
    >>> told(dict.fromkeys("Место Дамаск".encode("cp1251").split()), b"")
    Told(encoding='cp1251', title='Windows-1251', certain=True, word='Дамаск')
    """
    few = list(words)[:_MOST_WORDS]
    read = {name: [word.decode(name) for word in few] for name in _LETTERS if _holds(name, high + b"".join(few))}
    if not read or max(map(len, few)) > _LONGEST:
        return None
    scores = {name: _RARE.get(name, 0.0) + sum(map(_Likely(name), texts)) for name, texts in read.items()}
    best = max(scores, key=scores.__getitem__)
    letters = sum(letter > "\x7f" for word in read[best] for letter in word)
    if letters > _ENOUGH and scores[best] < _WORDLESS * letters:
        return None
    others = [scores[name] for name, texts in read.items() if texts != read[best]]
    certain = scores[best] - max(others, default=scores[best] - 2 * _CERTAIN) >= _CERTAIN
    return Told(best, _LETTERS[best][0], certain, max(read[best], key=len)[:40])


def _holds(name: str, high: bytes) -> bool:
    try:
        high.decode(name)
    except UnicodeDecodeError:
        return False
    return True


class _Likely:
    """How likely words are in one encoding, as the logarithm of a probability."""

    def __init__(self, name: str) -> None:
        letters = _LETTERS[name][1]
        whole = sum(1 / (n + 3) for n in range(len(letters)))
        self._letters = {letter: log(1 / (n + 3) / whole) for n, letter in enumerate(letters)}
        self._latin = letters[0].isalpha() and letters[0] < "ʰ"

    def __call__(self, word: str) -> float:
        other = [letter for letter in word if letter > "\x7f"]
        total = sum(self._of(letter) for letter in other)
        plain = len(word) - len(other)
        if self._latin:
            total += _SELDOM * max(0, len(other) - plain - 1)
        elif plain:
            total += _SELDOM * min(plain, 3)
        cased = "".join(letter for letter in word if letter.isalpha())
        if not (cased in (cased.lower(), cased.upper()) or cased[1:] == cased[1:].lower()):
            total += _SELDOM
        return total

    def _of(self, letter: str) -> float:
        likely = self._letters.get(letter, self._letters.get(letter.lower()))
        if likely is not None:
            return likely
        return _SIGN if letter in _SIGNS else _SELDOM * 2 if letter.isalpha() else _NEVER
