"""What can go wrong, in words a user can act on."""

from __future__ import annotations


class LayersError(Exception):
    """The base of every error of this library: says what, what was got, and what to do."""


class UnreadableFile(LayersError):
    """A file cannot be read as what it claims to be."""


class MissingCRS(LayersError):
    """Features do not say which coordinates they use."""


class UnknownLayer(LayersError):
    """No layer of that name is in the catalogue."""


class MalformedView(LayersError):
    """A view's text cannot be understood."""


class MalformedQuery(LayersError):
    """A number in an address is none."""


class NotAllowed(LayersError):
    """The user's role, ceiling or sector does not allow what was asked."""


class NotFound(LayersError):
    """Nothing of that id is here for this user."""


class MissionUnusable(LayersError):
    """A folder is not a mission, or its configuration is wrong."""


class StoreUnusable(LayersError):
    """The store cannot be opened: damaged, newer than the program, or locked for too long."""


class Unwritable(LayersError):
    """A file cannot be written as asked."""


class UnsuitableScenes(LayersError):
    """Scenes cannot be compared as asked: other ground, other bands, other order, or out of step."""


class Stopped(LayersError):
    """A long piece of work was stopped as asked; nothing of it was kept."""


class UnsafeOption(LayersError):
    """An effective option of the server would weaken it."""
