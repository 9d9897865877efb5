"""What a mission says of itself: title, area, clock, parties and base layers."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from layers import access
from layers.access import User
from layers.desk import answers, basemap
from layers.desk.answers import Json
from layers.desk.record import Record
from layers.model import to_micros


def mission(record: Record, user: User) -> Json:
    """Return what the frame must know of a mission before it draws."""
    configuration, now = record.configuration, record.clock()
    began, ends = record.record_began(), record.record_ends()
    offset = now.astimezone(ZoneInfo(configuration.timezone)).utcoffset()
    return {
        "title": configuration.title,
        "exercise": configuration.exercise,
        "marking": {"levels": configuration.markings},
        "box": configuration.box,
        "timezone": configuration.timezone,
        "utc_offset_min": int(offset.total_seconds()) // 60 if offset else 0,
        "now": answers.millis(to_micros(now)),
        "watch_began": answers.millis(to_micros(record.watch_began(now))),
        "watch_started": record.watch_started(now) is not None,
        "may_watch": access.may(user, "keep the watch"),
        "record_began": answers.millis(to_micros(began)) if began else None,
        "record_ends": answers.millis(to_micros(ends)) if ends else None,
        "ended": record.ended(),
        "default_view": record.default_view().text,
        "parties": configuration.parties,
        "tiles": [{"name": t.name, "url": t.url, "attribution": t.attribution} for t in configuration.tile_sources],
        "user": {"name": user.name},
        "basemap": basemap.own(record.folder),
    }
