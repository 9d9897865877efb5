"""How a mission's sheets and reports look, and what stands on all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from layers.config.text import listed, quoted, shown
from layers.errors import MissionUnusable

#: The reports whose heads a mission may choose.
REPORTS = ("sitrep", "flash", "violations", "handover")
#: How long each text may be, in characters.
_TEXTS = {"unit": 120, "disclaimer": 600, "clearance": 120}
_KEYS = (*_TEXTS, "colour", "logo", "heads")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
#: What a logo's file may be called.
LOGO = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}\.(png|jpg|jpeg)", re.IGNORECASE)
_MOST_HEADS, _LONGEST_HEAD = 30, 120
#: What the World Wide Web Consortium (2018) asks between letters and their ground, WCAG 2.1, 1.4.3.
_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a mission's file says of its sheets and reports; blank for the usual.

    Attributes
    ----------
    unit : str
        Whose sheets they are, where the briefer says nothing else.
    colour : str
        ``#RRGGBB`` of titles and heads, dark enough to be read on white.
    disclaimer, clearance : str
        What stands in place of the usual disclaimer and clearance stamp.
    logo : str
        The name of a PNG or JPEG file in the mission folder.
    heads : tuple of (report, titles)
        By report the heads it has, in order. One that the record fills has its usual name; any other is left to be completed.
    """

    unit: str = ""
    colour: str = ""
    disclaimer: str = ""
    clearance: str = ""
    logo: str = ""
    heads: tuple[tuple[str, tuple[str, ...]], ...] = ()


USUAL_LETTERHEAD = Letterhead()


def letterhead(path: Path, found: object) -> Letterhead:
    """Read the letterhead from a mission's file.

    Raises
    ------
    MissionUnusable
        A setting is unknown or cannot be used; the message says what to write.
    """
    if not isinstance(found, dict):
        raise MissionUnusable(f"{path}: write the letterhead as [letterhead] with {', '.join(_KEYS)}")
    if more := sorted(found.keys() - set(_KEYS)):
        raise MissionUnusable(f"{path}: [letterhead] has no setting {shown(more[0])}; the settings are {', '.join(_KEYS)}")

    def wrong(name: str, want: str) -> MissionUnusable:
        return MissionUnusable(f"{path}: {name} of [letterhead] is {shown(found.get(name))}; write {want}")

    for name, most in _TEXTS.items():
        if not isinstance(found.get(name, ""), str) or len(found.get(name, "")) > most:
            raise wrong(name, f"a text in quotes, {most} characters at most")
    colour, logo = found.get("colour", ""), found.get("logo", "")
    if colour != "" and not (isinstance(colour, str) and _COLOUR.fullmatch(colour) and _contrast(colour) >= _CONTRAST):
        raise wrong("colour", 'a colour that can be read on white, such as "#1F4E79"')
    if logo != "" and not (isinstance(logo, str) and LOGO.fullmatch(logo)):
        raise wrong("logo", 'the name of a PNG or JPEG file in this folder, such as "logo.png"')
    texts = {name: str(found.get(name, "")).strip() for name in _TEXTS}
    return Letterhead(**texts, colour=str(colour), logo=str(logo), heads=_heads(path, found.get("heads", {})))


def letterhead_lines(of: Letterhead) -> list[str]:
    """Write a letterhead as a mission's file has it; nothing where it is the usual one."""
    said = [f"{name} = {quoted(getattr(of, name))}" for name in (*_TEXTS, "colour", "logo") if getattr(of, name)]
    heads = [f"{report} = {listed(titles)}" for report, titles in of.heads]
    lines = ["", "[letterhead]", *said] if said or heads else []
    return lines + (["", "[letterhead.heads]", *heads] if heads else [])


def _heads(path: Path, found: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(found, dict) or found.keys() - set(REPORTS):
        raise MissionUnusable(f"{path}: write the heads of reports as [letterhead.heads] with {', '.join(REPORTS)}")
    for report, titles in found.items():
        sound = isinstance(titles, list) and 1 <= len(titles) <= _MOST_HEADS and all(_titled(one) for one in titles)
        if not sound or len({one.strip().casefold() for one in titles}) < len(titles):
            raise MissionUnusable(
                f"{path}: the heads of {report} are {shown(titles)}; write 1 to {_MOST_HEADS} titles in quotes, each once, "
                f"of {_LONGEST_HEAD} characters at most"
            )
    return tuple((report, tuple(one.strip() for one in titles)) for report, titles in found.items())


def _titled(title: object) -> bool:
    return isinstance(title, str) and len(title.strip()) > 0 and len(title) <= _LONGEST_HEAD


def _contrast(colour: str) -> float:
    """Return by how much white is lighter than a colour, as WCAG 2.1 reckons it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
