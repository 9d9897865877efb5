"""Who may do and see what. Pure rules; the desk is the only caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from layers.errors import NotAllowed
from layers.model import Layer, Role

Action = Literal[
    "read",
    "submit",
    "undo",
    "export",
    "verify",
    "backup",
    "clock",
    "edit",
    "set the status",
    "grade",
    "link",
    "withdraw",
    "acknowledge",
    "keep the watch",
    "keep",
    "compare",
    "brief",
    "release",
]

_RANK: dict[Role, int] = {"viewer": 0, "patrol": 1, "briefer": 2, "officer": 3, "analyst": 4, "administrator": 5}
_MAY: dict[Action, frozenset[Role]] = {
    "read": frozenset(_RANK),
    "submit": frozenset({"patrol", "officer", "analyst"}),
    "undo": frozenset({"analyst"}),
    "export": frozenset({"briefer", "officer", "analyst"}),
    "verify": frozenset({"administrator", "analyst"}),
    "backup": frozenset({"administrator"}),
    "edit": frozenset({"analyst"}),
    "set the status": frozenset({"officer", "analyst"}),
    "grade": frozenset({"analyst"}),
    "link": frozenset({"analyst"}),
    "withdraw": frozenset({"analyst"}),
    "acknowledge": frozenset({"officer", "analyst"}),
    "keep the watch": frozenset({"officer", "analyst"}),
    "keep": frozenset({"briefer", "officer", "analyst"}),
    "compare": frozenset({"officer", "analyst"}),
    "brief": frozenset({"briefer", "officer", "analyst"}),
    "release": frozenset({"officer", "analyst"}),
    "clock": frozenset({"officer", "analyst", "administrator"}),
}

#: The rank of a ceiling that sees everything, unknown markings included.
UNLIMITED = 255


@dataclass(frozen=True, slots=True)
class User:
    """Someone at a desk.

    ``ceiling`` is the highest marking code they may see, None for all. ``sectors`` are the codes of
    the sectors they are bound to, None for the whole mission.
    """

    name: str
    roles: frozenset[Role]
    ceiling: str | None
    sectors: frozenset[str] | None = None


#: Whoever sits at the machine the mission lies on, as long as there are no accounts.
OWNER = User("owner", frozenset(_RANK), None)


def may(user: User, action: Action) -> bool:
    """Say whether any of the user's roles may do it."""
    return bool(user.roles & _MAY[action])


def asked_of(action: Action) -> str:
    """Return whose roles may do it, in words.

    Examples
    --------
    >>> asked_of("release")
    'analyst or officer'
    """
    return " or ".join(sorted(_MAY[action]))


def require(user: User, action: Action) -> None:
    """Let the user's roles pass, or raise.

    Raises
    ------
    NotAllowed
        None of the roles may do it; the message names those that may.
    """
    if not may(user, action):
        raise NotAllowed(f"{user.name} may not {action}; ask someone who is {asked_of(action)}")


def sees(user: User, layer: Layer) -> bool:
    """Say whether any role of the user is at least the layer's lowest."""
    return any(_RANK[role] >= _RANK[layer.role] for role in user.roles)


def ceiling(user: User, markings: Sequence[str]) -> int:
    """Return the rank of the highest marking the user may see.

    Raises
    ------
    NotAllowed
        The user's ceiling is not a marking of this mission: nothing is shown rather than too much.
    """
    if user.ceiling is None:
        return UNLIMITED
    if user.ceiling not in markings:
        raise NotAllowed(
            f"{user.name}'s ceiling {user.ceiling!r} is not a marking of this mission; there are: {', '.join(markings)}"
        )
    return markings.index(user.ceiling)


def rank(marking: str, markings: Sequence[str]) -> int:
    """Return a marking's rank; one the mission does not know ranks above every known one."""
    return markings.index(marking) if marking in markings else len(markings)


def named(rank: int, markings: Sequence[str]) -> str:
    """Return the marking of a rank; one above all that the mission knows counts as its highest.

    Examples
    --------
    >>> [named(rank, ("OPEN", "CLOSED")) for rank in (0, 1, 2)]
    ['OPEN', 'CLOSED', 'CLOSED']
    """
    return markings[min(rank, len(markings) - 1)]


def highest(given: Iterable[str], markings: Sequence[str]) -> str:
    """Return the highest of some markings, of which there is at least one.

    Examples
    --------
    >>> highest(["OPEN", "CLOSED", "OPEN"], ("OPEN", "CLOSED"))
    'CLOSED'
    """
    return max(given, key=lambda marking: rank(marking, markings))
