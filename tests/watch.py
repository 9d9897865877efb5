"""A mission whose clock is set by hand, what is reported into it and what alerts follow."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from layers import config
from layers.access import OWNER, User
from layers.config import AlertRule, Configuration
from layers.desk import Mission, open_mission
from layers.ingest import Unread
from tests.missions import NOW, geojson_file, row, square

SHELLING = AlertRule("shelling", "Shelling", 1, kinds=("shelling",), hours=24, together_h=6)
LEVELS = ("UNCLASSIFIED", "CONFIDENTIAL", "STRICTLY CONFIDENTIAL")
LOW = User("low", frozenset({"analyst"}), LEVELS[0])
IN_ONE = User("one", frozenset({"analyst"}), None, frozenset({"S1"}))


class Watch:
    """A mission whose clock is set by hand, and reports into it."""

    def __init__(self, folder: Path, *rules: AlertRule) -> None:
        config.write(folder, Configuration("Test mission", box=(60.0, -23.0, 66.0, -17.0), alerts=rules))
        self.now, self.number = NOW, 0
        self.mission: Mission = open_mission(folder, clock=lambda: self.now)

    def report(self, hours_ago: float = 1, **fields: str) -> str:
        """Report one incident that occurred so long ago; return its id."""
        self.number += 1
        said = row(self.number, **({"kind": "shelling", "occurred_at": iso(self.now - timedelta(hours=hours_ago))} | fields))
        said["reported_at"] = iso(self.now)
        given: list[dict[str, str] | Unread] = [said]
        assert not self.mission.desk().submit("incidents", given).refused
        return said["id"]

    def alerts(self, user: User = OWNER) -> list[dict[str, object]]:
        """Return the list as a user sees it."""
        return list(self.mission.desk(user).alerts()["alerts"])  # type: ignore[call-overload]

    def acknowledge(self, at: int = 0, user: User = OWNER, reason: str = "told the commander") -> None:
        """Acknowledge one of the list as it stands."""
        told = self.mission.desk(user).alerts()
        self.mission.desk(user).acknowledge(told["alerts"][at]["key"], told["version"], reason)  # type: ignore[index, arg-type]


def iso(moment: datetime) -> str:
    """Return a time as a report writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def with_sectors(watch: Watch, folder: Path) -> Watch:
    """Give a mission two sectors, S1 up to 63° east and S2 beyond."""
    areas = [("Polygon", square(60 + 3 * n, -22, 3), {"id": f"s{n}", "name": f"Sector {n}", "code": f"S{n + 1}"}) for n in (0, 1)]
    watch.mission.desk().submit("sectors", geojson_file(folder / "sectors.geojson", areas))
    return watch


def told(found: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """Return of each alert how many incidents it has and how many of them nobody acknowledged."""
    return [(one["count"], one["fresh"]) for one in found]
