"""What the parties hold against the agreement's ceilings, on the page Monitoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from layers.desk import Desk
from layers.model import View
from pages import drawn


def shown(desk: Desk, view: View) -> None:
    """Draw each ceiling with what both parties hold, side by side, and the inspections that say so."""
    held: Sequence[Mapping[str, Any]] = desk.ceilings(view)
    if not held:
        return
    parties = list(dict.fromkeys(one["party"] for one in held))
    for clause in dict.fromkeys(one["clause"] for one in held):
        mine = [one for one in held if one["clause"] == clause]
        rows = [
            _row([one for one in mine if one["weapon"] == weapon], parties) for weapon in dict.fromkeys(o["weapon"] for o in mine)
        ]
        caption = f"Holdings against ceilings: {clause} {mine[0]['title']}"
        table = drawn.table(["Weapon", "At most", *parties], rows, caption, kind="gl-held")
        drawn.drawn(f'{table}<p class="gl-line">{escape(mine[0]["text"])}</p>')


def _row(mine: Sequence[Mapping[str, Any]], parties: Sequence[str]) -> list[str]:
    """Return one ceiling: what each party may hold at most of a weapon, and what it holds."""
    held = {one["party"]: _held(one) for one in mine}
    return [escape(mine[0]["weapon"]), f"{mine[0]['most']:,}", *(held.get(party, "not bound") for party in parties)]


def _held(one: Mapping[str, Any]) -> str:
    """Return what a party holds: the number, the verdict and why, and site by site."""
    verdict = f"<b>{escape(one['verdict'])}</b>" if one["verdict"] == "violation" else escape(one["verdict"])
    why = f", {escape(one['reason'])}" if one["reason"] else ""
    sites = "".join(
        f"<li>{escape(site['name'])}: {site['count']:,}, {'inspected ' + escape(site['inspected']) if site['inspected'] else 'never inspected'}</li>"
        for site in one["sites"]
    )
    many = f"{len(one['sites'])} {'site' if len(one['sites']) == 1 else 'sites'}"
    listed = f"<details><summary>{many}</summary><ul>{sites}</ul></details>" if sites else "<p>no site known</p>"
    return f"{one['counted']:,} <small>{verdict}{why}</small>{listed}"
