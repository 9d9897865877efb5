"""What a user asks of a mission beyond looking: how its layers stand to each other."""

from __future__ import annotations

from layers.desk import within
from layers.desk.answers import Json
from layers.desk.reader import Reader
from layers.model import View


class Monitor(Reader):
    """A user's questions. Every answer is within what the user may see."""

    def relations(self) -> Json:
        """Return what may be asked of which layers; see ``layers.desk.within.offered``."""
        return within.offered(self._record, self.user)

    def within(self, view: View) -> Json:
        """Return the answer to a view's relation and how sure it is; see ``layers.desk.within.told``."""
        return within.told(self.sheet(view))

    def reach(self, view: View) -> Json:
        """Return the ground that a view's relation reaches over; see ``layers.desk.within.reach``."""
        return within.reach(self.sheet(view))
