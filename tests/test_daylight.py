"""The sun rises and sets when the almanacs say, also beyond the polar circles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from layers.analysis.daylight import elevation, is_day
from layers.model import to_micros


@pytest.mark.parametrize(
    ("lon", "lat", "rises", "sets"),
    [
        (-0.1278, 51.5074, datetime(2024, 6, 20, 3, 43, tzinfo=UTC), datetime(2024, 6, 20, 20, 21, tzinfo=UTC)),
        (33.36, 35.17, datetime(2024, 12, 21, 4, 51, tzinfo=UTC), datetime(2024, 12, 21, 14, 38, tzinfo=UTC)),
        (0.0, 0.0, datetime(2024, 3, 20, 6, 4, tzinfo=UTC), datetime(2024, 3, 20, 18, 10, tzinfo=UTC)),
    ],
)
def test_the_sun_rises_and_sets_when_the_almanacs_say(lon: float, lat: float, rises: datetime, sets: datetime) -> None:
    minute = timedelta(minutes=1)
    moments = np.array([to_micros(at + step) for at in (rises, sets) for step in (-minute, minute)])
    assert is_day(np.full(4, lon), np.full(4, lat), moments).tolist() == [False, True, True, False]


def test_beyond_the_circles_there_is_a_day_and_a_night_of_months() -> None:
    hours = np.array([to_micros(datetime(2026, month, 21, hour, tzinfo=UTC)) for month in (6, 12) for hour in range(24)])
    day = is_day(np.full(48, 25.0), np.full(48, 71.0), hours)
    assert (day[:24].all(), day[24:].any()) == (True, False)
    noon = elevation(np.zeros(1), np.array([23.44]), np.array([to_micros(datetime(2026, 6, 21, 12, 2, tzinfo=UTC))]))
    assert noon[0] == pytest.approx(90, abs=0.1)
