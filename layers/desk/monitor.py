"""What a user asks of a mission beyond looking: how its layers stand to each other."""

from __future__ import annotations

from layers.desk import clauses, within
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

    def agreement(self) -> Json:
        """Return the mission's agreement as this user may see it; see ``layers.desk.clauses.told``."""
        return clauses.told(self._record, self.user)

    def ceilings(self, view: View) -> list[Json]:
        """Return what the parties hold under the agreement's ceilings; see ``layers.desk.clauses.ceilings``."""
        return clauses.ceilings(self.sheet(view))
