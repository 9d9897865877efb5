"""Whole columns checked at once, against pydantic one row after the other: the same rules, and the same payloads come out.

Needs ``pip install -e ".[bench]"``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import reports
from common import arguments, median, said
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, ValidationError, model_validator

from layers.catalogue import layer
from layers.config import LEVELS
from layers.ingest import values
from layers.ingest.checks import Checking, Rules, Table
from layers.model import Draft, from_micros
from layers.notation import parse_times

#: As many as are checked at a time when a file is stored.
_ROWS = 50_000
_TURNS = 9
_INCIDENTS = layer("incidents")
_RULES = Rules(LEVELS, LEVELS[0], reports.BOX, reports.ENDS)
_LATEST = reports.ENDS + timedelta(days=1)


def none_if_blank(text: object) -> object:
    return None if text == "" else text


def coded(name: str) -> BeforeValidator:
    """Return the check of a coded field: code, label or alias, whatever the case; a blank becomes the default."""
    field = next(field for field in _INCIDENTS.fields if field.name == name)
    known = {word.casefold(): c.code for c in field.choices for word in (c.label, *c.aliases, c.code)}

    def check(text: str) -> str | None:
        code = known.get(text.casefold()) if text else field.default or None
        if code is None and (field.required if not text else not field.open):
            raise ValueError("is required" if not text else "is not one of the choices")
        return code or text or None

    return BeforeValidator(check)


def marked(text: str) -> str:
    known = {marking.casefold(): marking for marking in LEVELS}
    return known[text.casefold()] if text else LEVELS[0]


def when(text: str) -> object:
    """Return ISO 8601 as it is for pydantic to read, and what a date-time group means."""
    if not text:
        return None
    return text if text[4:5] == "-" else from_micros(int(parse_times([text], reference=reports.ENDS).micros[0]))


Text = Annotated[str | None, BeforeValidator(none_if_blank)]
Time = Annotated[AwareDatetime | None, BeforeValidator(when)]
People = Annotated[int | None, BeforeValidator(none_if_blank), Field(ge=0, le=2**53)]


class Report(BaseModel):
    """A row of the own template; its fields stand in the order of the payload."""

    casualties_best: People
    casualties_high: People
    casualties_low: People
    credibility: Annotated[str, coded("credibility")]
    flags: list[str] | None = None
    id: Text
    kind: Annotated[str, coded("kind")]
    occurred_at: Annotated[AwareDatetime, BeforeValidator(when)]
    party: Annotated[str | None, coded("party")]
    place: Text
    precision_m: Annotated[float | None, BeforeValidator(none_if_blank), Field(ge=0, le=20_000_000)]
    reliability: Annotated[str, coded("reliability")]
    reported_at: Time
    severity: Annotated[str, coded("severity")]
    source: Text
    status: Annotated[str, coded("status")]
    target: Text
    text: Text
    longitude: Annotated[float, Field(ge=-360, le=360, exclude=True)]
    latitude: Annotated[float, Field(ge=-90, le=90, exclude=True)]
    marking: Annotated[str, BeforeValidator(marked), Field(exclude=True)]

    @model_validator(mode="after")
    def together(self) -> Report:
        estimates = [n for n in (self.casualties_low, self.casualties_best, self.casualties_high) if n is not None]
        if estimates != sorted(estimates):
            raise ValueError("the estimates must rise")
        west, south, east, north = reports.BOX
        lon, lat = self.longitude, self.latitude
        inside, null = west <= lon <= east and south <= lat <= north, lon == 0 == lat
        swapped = not inside and not null and west <= lat <= east and south <= lon <= north
        flags = {
            "in_the_future": self.occurred_at > _LATEST or (self.reported_at is not None and self.reported_at > _LATEST),
            "null_island": null,
            "outside_area": not (inside or swapped or null),
            "reported_early": self.reported_at is not None and self.reported_at < self.occurred_at,
            "swapped_axes": swapped,
            "unknown_kind": self.kind not in _KNOWN["kind"],
            "unknown_party": self.party is not None and self.party not in _KNOWN["party"],
            "unknown_status": self.status not in _KNOWN["status"],
        }
        self.flags = [name for name, on in flags.items() if on] or None
        return self


_KNOWN = {field.name: {choice.code for choice in field.choices} for field in _INCIDENTS.fields}


def by_row(rows: list[dict[str, str]]) -> list[Report | None]:
    """Return each row's report, None where the row is refused."""
    found: list[Report | None] = []
    for row in rows:
        try:
            found.append(Report.model_validate(row))
        except ValidationError:
            found.append(None)
    return found


def written(found: list[Report | None]) -> list[str | None]:
    return [None if report is None else report.model_dump_json(exclude_none=True) for report in found]


def table_of(columns: Mapping[str, pa.Array], count: int) -> Table:
    """Return columns of text as the checks take them, positions read."""
    (lon, _), (lat, _) = values.numbers(columns["longitude"]), values.numbers(columns["latitude"])
    fields = {name: text for name, text in columns.items() if name not in ("longitude", "latitude")}
    return Table(np.arange(1, count + 1), fields, {}, lon, lat, None)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds that something takes, and its answer."""
    began = time.process_time()
    answer = work()
    return time.process_time() - began, answer


class SameRules(Checking):
    """The checks without the search for signs of personal data, which only remarks and which pydantic is not asked for."""

    def _warn(self, *_: object) -> None:
        pass


def main() -> None:
    arguments(__doc__)
    columns = spoiled()
    rows, count = pa.table(columns).to_pylist(), _ROWS
    checking, same = Checking(_INCIDENTS, _RULES), SameRules(_INCIDENTS, _RULES)
    took: dict[str, list[float]] = {"same": [], "judged": [], "written": [], "rows": [], "rows written": []}
    for _ in range(_TURNS):
        seconds, _ = timed(lambda: same.judged(table_of(columns, count)))
        took["same"].append(seconds)
        seconds, _ = timed(lambda: checking.judged(table_of(columns, count)))
        took["judged"].append(seconds)
        seconds, draft = timed(lambda: checking.checked(table_of(columns, count), count, 0))
        took["written"].append(seconds)
        seconds, made = timed(lambda: by_row(rows))
        took["rows"].append(seconds)
        more, payloads = timed(partial(written, made))
        took["rows written"].append(seconds + more)
    agreed(draft, payloads)
    refused = count - len(draft.rows)
    for what, ours, theirs in (
        ("checked by the same rules", "same", "rows"),
        ("the same, ours with the search for signs of personal data", "judged", "rows"),
        ("ours with that search too, and written as JSON", "written", "rows written"),
    ):
        each = [median(took[name]) / count * 1e6 for name in (theirs, ours)]
        figure = (
            f"{each[0] / each[1]:.1f} × ({each[0]:.1f} ÷ {each[1]:.2f} µs a row; both refuse the same {refused:,} of {count:,})"
        )
        said(f"pydantic by the row ÷ whole columns, {what}, CPU", "≥ 20 ×" if ours == "same" else "", figure)


def agreed(draft: Draft, payloads: list[str | None]) -> None:
    """Stop where the two do not take the same rows and make the same of them."""
    kept = dict(zip(draft.rows.row.tolist(), map(json.loads, draft.rows.payload), strict=True))
    wrong = [n for n, text in enumerate(payloads, 1) if kept.get(n) != (None if text is None else json.loads(text))]
    if wrong:
        raise SystemExit(f"the two do not agree on {len(wrong)} rows, the first is {wrong[0]}")


def spoiled() -> dict[str, pa.Array]:
    """Return reports as columns of text, something odd or wrong in every five-hundredth."""
    odd = (("kind", "fracas"), ("severity", "HIGH"), ("severity", "dire"), ("occurred_at", "2026-13-40T00:00:00Z"))
    odd += (("casualties_low", "99"), ("latitude", "95"), ("longitude", "3"), ("precision_m", "-1"), ("reported_at", ""))
    made = reports.columns_of(_ROWS)
    for n, (name, text) in enumerate(odd):
        for row in range(n * 500, _ROWS, 500 * len(odd)):
            made[name][row] = text
    return {name: pa.array(texts, pa.string()) for name, texts in made.items()}


if __name__ == "__main__":
    main()
