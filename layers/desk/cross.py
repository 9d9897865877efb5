"""Counts of a view by two things at once, each with the view that holds exactly what it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layers.analysis.trends import by_group
from layers.desk.groups import Group, Grouping, Parts
from layers.model import View


@dataclass(frozen=True, slots=True)
class Number:
    """How many, and the view that holds exactly these; None where there is none."""

    count: int
    view: View | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: what it is called, a number for each column, and the number of all."""

    label: str
    cells: tuple[Number, ...]
    total: Number


@dataclass(frozen=True, slots=True)
class Cross:
    """A table of numbers: what its columns are called, its rows, and the row of all."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row


def cross(view: View, parts: Parts, down: Grouping, across: Grouping) -> Cross:
    """Return how many rows of some selections, those of a view, are in each group of two groupings."""
    rows, columns = len(down.every), len(across.every)
    counts = by_group(down.numbers(parts), across.numbers(parts), rows, columns)

    def row(label: str, held: View | None, cells: list[int]) -> Row:
        numbers = tuple(Number(cells[n], _only(held, across, group)) for n, group in enumerate(across.every))
        return Row(label, numbers, Number(sum(cells), held))

    made = [row(group.label, down.only(view, group), counts[n].tolist()) for n, group in enumerate(down.every)]
    whole: list[int] = counts.sum(axis=0).tolist()
    return Cross(tuple(group.label for group in across.every), tuple(made), row("All", view, whole))


def bare(row: Row) -> Row:
    """Return a row whose numbers lead to no record."""
    return replace(row, cells=tuple(Number(one.count, None) for one in row.cells), total=Number(row.total.count, None))


def _only(view: View | None, by: Grouping, group: Group) -> View | None:
    return by.only(view, group) if view is not None else None
