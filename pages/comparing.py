"""Two scenes and a method are chosen to be compared; what each method does, and how well it did, stands beside it."""

from __future__ import annotations

import streamlit as st

from layers.desk import Comparison, Desk
from layers.desk.comparing import LEAST_AREA_M2
from layers.desk.scenes import Held
from layers.errors import UnsuitableScenes
from layers.imagery.change import METHODS
from layers.imagery.change.method import Method
from layers.model import View
from layers.notation import dtg
from pages import said, seeking
from pages.plain import plain

_FEW = "A comparison needs two scenes of one place from two dates. Add them under Scenes."
_SHIFT = "Scenes more than half a pixel out of step are refused, unless you accept that change along edges may then be false."


def shown(desk: Desk, view: View) -> None:
    """Draw what is asked of a comparison, and make it when asked."""
    scenes = [one for one in desk.scene_list(view) if one.scene.sensor not in ("statistic", "elevation")]
    if len(scenes) < 2:
        st.info(_FEW)
        return
    asked = _asked(view, scenes)
    if st.button("Find what changed", type="primary", disabled=asked is None or view.known_at is not None) and asked is not None:
        seeking.sought(desk, asked)


def _asked(view: View, scenes: list[Held]) -> Comparison | None:
    """Ask for two scenes and a method that both have the bands for; None where there is none."""
    by = {one.digest: one for one in scenes}
    usual = view.scenes if len(view.scenes) == 2 and set(view.scenes) <= by.keys() else _usual(scenes)
    first, second = (
        place.selectbox(
            label,
            list(by),
            list(by).index(of),
            format_func=lambda of: f"{dtg(by[of].scene.acquired_at)} · {by[of].title}",
            key=f"compare-{label}",
        )
        for place, label, of in zip(st.columns(2), ("Before", "After"), usual, strict=True)
    )
    may, why = _fitting(by[first], by[second])
    method = _method(may)
    for one, reason in why:
        st.caption(plain(f"{one.title} cannot be used: {reason}"))
    if method is None:
        return None
    least, shifted = st.columns(2)
    area = least.number_input("Least area to report, m²", 0.0, 1e9, LEAST_AREA_M2, step=100.0, format="%.0f", key="compare-least")
    accepted = shifted.checkbox("Accept a shift", help=_SHIFT, key="compare-shift")
    return Comparison(first, second, method.id, area, accepted)


def _usual(scenes: list[Held]) -> tuple[str, str]:
    """Return the newest two scenes of one sensor that share ground, the earlier first; where there are none, the newest two."""
    for after in scenes:
        for before in scenes:
            earlier = before.scene.acquired_at < after.scene.acquired_at and before.scene.sensor == after.scene.sensor
            if earlier and before.footprint.intersects(after.footprint):
                return before.digest, after.digest
    return scenes[1].digest, scenes[0].digest


def _method(may: list[Method]) -> Method | None:
    """Ask for one of the methods that may be used; None where there is none."""
    if not may:
        return None
    captions = [plain(f"{one.says} How well it did: {one.accuracy}") for one in may]
    labels = [plain(one.title) for one in may]
    label = st.radio("Method", labels, captions=captions, key="compare-method")
    return may[labels.index(label)] if label in labels else may[0]


def _fitting(before: Held, after: Held) -> tuple[list[Method], list[tuple[Method, str]]]:
    """Return the methods for which both scenes have the bands, and the others with the reason."""
    may, why = [], []
    for method in METHODS:
        try:
            method.roles(before.scene.bands, after.scene.bands)
            may.append(method)
        except UnsuitableScenes as fault:
            why.append((method, said.sentence(fault)))
    return may, why
