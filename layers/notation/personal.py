"""Signs of personal data in free text, a title before a name, a telephone number, an e-mail address, and of exact places.

A sign is a hint for whoever writes, never a judgement: names without a title pass, and some that are no names do not.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from layers.notation.letters import Texts, texts_of

Bools = npt.NDArray[np.bool_]
Strings = npt.NDArray[np.object_]

_RANKS = (
    "Mr|Mrs|Ms|Mx|Dr|Prof|Professor|Doctor|Rev|Mullah|Ustaz|Pte|Pvt|L?Cpl|S?Sgt|Corporal|Sergeant|Lt|Lieutenant|Capt|Cpt|"
    "Captain|Maj|Major|Col|Colonel|Brig|Brigadier|Gen|General|Adm|Admiral|Cdr|Commander|Insp|Inspector|"
    r"MR\.|MRS|DR\.|SGT|CPL|CAPT|COL"
)
#: Words of address with which names of places begin as well: they count in a text, not in a place.
_OF_PLACES = "Sheikh|Shaykh|Sheik|SHEIKH|Abu|Abou|Umm|Imam|Sayyid|Hajj|Hajji|Haji|Mukhtar"
_NAME = r"\.?\s+(?:\p{Lu}\.\s?){0,2}(?:(?:al|el|bin|bint|ibn|de|van|von)[\s-])?\p{Lu}(?:\p{Ll}|[\p{L}’'-]{2})"
#: Capitalised words that follow a rank and are no name.
_NO_NAMES = (
    r"\b(?:General|Gen\.?|Major|Maj\.?|Commander|Captain|Inspector|Col)\s+(?:Staff|Assembly|Command|Headquarters|Secretar\p{L}*|"
    r"Security|Areas?|Roads?|Incidents?|Events?|Hospital|Elections?|Directorate|Intelligence|Commanding|Sector|Party|Situation|"
    r"Assessment|Report|Post|Population|Union|Federation|Company|Organi[sz]ation|Mobili[sz]ation|Strike|Hostilities)\b"
)
_MAIL = r"[\p{L}\p{N}._%+-]+@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}"
_CALLED = (
    r"(?i:(?:^|[^\p{L}])(?:tel|telephone|phone|mobile|mob|cell|whatsapp|viber|fax)[\s.:#]*(?:no|nr|number)?[\s.:#]*)"
    r"[0-9][0-9 ()/.-]{4,}[0-9]"
)
#: Figures enough for a telephone number: only a text that has them is looked at closely.
_FIGURES = r"(?:\+|\b0)[0-9][0-9 ()/.-]{5,}[0-9]"
#: What counts as well in a text that is to leave: figures in one run or two, titles in small letters and what persons are told behind, and
#: an address whose signs are written out.
_RUN = r"(?:^|[^\p{L}0-9.,:+-])(?:\+?[0-9]{9,15}|0[0-9]{2,4}[ /-][0-9]{5,8})\b"
_AFTER = (
    r"\b(?:mr|mrs|ms|sgt|cpl|capt|lt|col|maj|gen)\.?\s+\p{L}{3,}|"
    r"(?i:\b(?:by|named|called|victims?|witness(?:es)?|suspects?|arrested|detained|killed|wounded|injured|abducted|driver|mayor|chief|elder))"
    r"[\s:]+\p{Lu}\p{Ll}+\s+(?:(?:al|el|bin|bint|ibn|de|van|von)[\s-])?\p{Lu}\p{Ll}+"
)
_ROUND = r"(?i:[\p{L}\p{N}._%+-]+\s?[(\[]\s?at\s?[)\]]\s?[\p{L}\p{N}-]+\s?(?:\.|[(\[]\s?dot\s?[)\]])\s?\p{L}{2,})"
#: Grids, coordinates, times and ids, which are figures and no telephone numbers.
_NO_NUMBERS = "|".join(
    (
        r"(?i:\b(?:[0-9]{1,2}[C-X]|[ABYZ])\s?[A-Z]{2}\s?[0-9]{1,5}\s?[0-9]{1,5}\b)",
        r"[+-]?[0-9]{1,3}[.,][0-9]{3,}(?:\b|°)",
        r"[+-]?[0-9]{1,3}\s?[°ºd:]\s?[0-9]{1,2}(?:[.,][0-9]+)?\s?(?:['’′:]\s?[0-9]{1,2}(?:[.,][0-9]+)?)?",
        r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]+)?(?:[+-][0-9]{2}:?[0-9]{2}\b)?",
        r"(?i:\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)",
    )
)
#: Grids finer than 10 km, with or without their zone, two coordinates, and degrees with minutes.
_PLACES = "|".join(
    (
        r"(?i:\b[0-9]{1,2}[C-X]\s?[A-HJ-NP-Z]{2}\s?[0-9]{2,5}\s?[0-9]{2,5}\b)",
        r"\b[ABYZ]\s?[A-HJ-NP-Z]{2}\s?[0-9]{2,5}\s?[0-9]{2,5}\b",
        r"\b[A-HJ-NP-Z]{2}\s?[0-9]{3,5}\s[0-9]{3,5}\b|\b[A-HJ-NP-Z]{2}\s?(?:[0-9]{6}|[0-9]{8}|[0-9]{10})\b",
        r"(?i:\b(?:grid|gr|mgrs|utm)\b[^\p{L}0-9]{1,3}[0-9]{3,7}\s?[0-9]{3,7}\b)",
        r"[0-9]{1,3}[.,][0-9]{2,}\s?[°º]?\s?[NSEWnsew]?\s?[,;/ ]\s?[+-]?[0-9]{1,3}[.,][0-9]{2,}",
        r"[0-9]{1,3}\s?[°º]\s?[0-9]{1,2}",
    )
)
_DATE = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{2}|[0-9]{4})(?: [0-9]{4})?")
_NUMBER = re.compile(r"(?<![\w.,+-])(\+|00|0)([1-9(][0-9 ()/.-]*[0-9])(?![\w°'’′])")
_SIGNS = ("a name", "a telephone number", "an e-mail address")
_WORDS = np.array([" and ".join(sign for n, sign in enumerate(_SIGNS) if which >> n & 1) for which in range(8)], object)


def personal_signs(texts: Texts | pa.Array, *, place: bool = False, strict: bool = False) -> Strings:
    """Return what personal data each text seems to hold, in words; blank where there is no sign of any.

    Parameters
    ----------
    texts : sequence of str, or Arrow array of them
        In a sequence None counts as blank.
    place : bool
        The texts are names of places, many of which begin as a person's may.
    strict : bool
        The texts are to leave: figures in one run, titles in small letters, names behind words that persons follow, and addresses
        that are written around count as well, though many of them are none.

    Returns
    -------
    array of str
        ``a name``, ``a telephone number``, ``an e-mail address``, joined by "and".

    Examples
    --------
    >>> personal_signs(["Sgt. Miller called from +44 7700 900123", "two bangs at 41K MU 6482 1013, Sector 3"]).tolist()
    ['a name and a telephone number', '']
    """
    given = texts if isinstance(texts, pa.Array) else pa.array(texts_of(texts), pa.string())
    titled = rf"(?:^|[^\p{{L}}\p{{N}}])(?:{_RANKS if place else f'{_RANKS}|{_OF_PLACES}'}){_NAME}"
    signs = np.full(len(given), "", object)
    more = f"|{_RUN}|{_AFTER}|{_ROUND}" if strict else ""
    at = np.flatnonzero(_holds(given, f"@|{_FIGURES}|{_CALLED}|{titled}{more}"))  # in one pass; few are looked at closely
    few = given.take(pa.array(at))
    found = [_names(few, titled), _holds(few, _CALLED) | _numbers(few), _holds(few, _MAIL)]
    if strict:
        found = [held | _holds(few, also) for held, also in zip(found, (_AFTER, _RUN, _ROUND), strict=True)]
    signs[at] = _WORDS[np.sum([held.astype(np.int64) << n for n, held in enumerate(found)], axis=0, dtype=np.int64)]
    return signs


def place_signs(texts: Texts | pa.Array) -> Bools:
    """Say of each text whether it seems to hold a place finer than a cell of 10 km: a grid or coordinates.

    Examples
    --------
    >>> place_signs(["two bangs at 41K MU 6482 1013", "MU 6482 1013", "-20.15, 62.31", "20° 15' S", "7 DEC 25, 1017Z, 81 mm"]).tolist()
    [True, True, True, True, False]
    """
    return _holds(texts if isinstance(texts, pa.Array) else pa.array(texts_of(texts), pa.string()), _PLACES)


def _holds(texts: pa.Array, pattern: str) -> Bools:
    held: Bools = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return held


def _names(texts: pa.Array, titled: str) -> Bools:
    named = _holds(texts, titled)
    at = np.flatnonzero(named)
    named[at] = _holds(pc.replace_substring_regex(texts.take(pa.array(at)), _NO_NAMES, "-"), titled)
    return named


def _numbers(texts: pa.Array) -> Bools:
    numbered = _holds(texts, _FIGURES)
    at = np.flatnonzero(numbered)
    rest = pc.replace_substring_regex(texts.take(pa.array(at)), _NO_NUMBERS, "|").to_pylist()
    numbered[at] = [any(map(_dialled, _NUMBER.finditer(text))) for text in rest]
    return numbered


def _dialled(run: re.Match[str]) -> bool:
    """Say whether a run of figures has the length and the parts of a telephone number."""
    groups = re.findall("[0-9]+", run[0])
    count = sum(map(len, groups))
    if run[1] == "+":
        return 8 <= count <= 15
    if _DATE.fullmatch(run[0]):
        return False
    if run[1] == "00":
        return count >= 10 and (len(groups) > 2 or (count >= 13 and len(groups) == 1))
    return 9 <= count <= 11 and len(groups) > 2
