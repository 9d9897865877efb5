"""What is said of a scene before it is added: what the file tells stands in the form already, each with how it is known."""

from __future__ import annotations

from typing import Any

import streamlit as st

from layers.catalogue.scenes import SENSOR
from layers.desk import Desk
from layers.imagery.header import Found, Guess, missing
from layers.imagery.scene import ROLES, SHOWN
from layers.notation import dtg
from pages.plain import plain

_SENSORS = {choice.code: choice.label for choice in SENSOR.choices}
_UNKNOWN = "Say what it is"
_WRITTEN = {None: _UNKNOWN, False: "No, linear", True: "Yes"}
_USUAL = "As the mission marks what is not marked"
_FOUR = 4

Told = dict[str, Any]


def form(desk: Desk, key: str, found: Found) -> Told | None:
    """Draw the form of a file; return what was said once it is sent."""
    st.text(
        f"{found.name}: {found.width:,} × {found.height:,} pixels of {found.resolution_m:,.3g} m, {_bands(found)}, {found.crs}"
    )
    if lacks := missing(found):
        st.info(plain(f"The file does not tell {', '.join(lacks)}. Say it below."))
    told: Told = {}
    with st.form(f"scene-{key}"):
        first, second = st.columns(2)
        when = dtg(found.acquired_at.value) if found.acquired_at.value else ""
        told["name"] = first.text_input("Name", placeholder="Such as the place it shows")
        told["acquired"] = second.text_input("Acquired", when, placeholder="200818Z NOV 26", help=_known(found.acquired_at))
        told["sensor"] = _choice(first, "Sensor", _SENSORS, found.sensor)
        told["marking"] = second.selectbox("Marking", ["", *desk.markings()], format_func=lambda code: code or _USUAL)
        told["scale"] = _number(first, "Scale of stored numbers", found.scale)
        told["offset"] = _number(second, "Offset of stored numbers", found.offset)
        told["decibels"] = first.selectbox(
            "Numbers are decibels",
            list(_WRITTEN),
            list(_WRITTEN).index(found.decibels.value),
            format_func=_WRITTEN.__getitem__,
            help=_known(found.decibels),
        )
        told["source"] = second.text_input("Source", placeholder="Who took it, or where it comes from")
        st.caption(plain(f"What each band shows. {_known(found.roles)}"))
        told["bands"] = [_band(found, n) for n in range(found.bands)]
        sent = st.form_submit_button("Add scene", type="primary")
    return told if sent else None


def _bands(found: Found) -> str:
    return f"{found.bands} {'band' if found.bands == 1 else 'bands'} of {found.dtype}"


def _known(guess: Guess[Any]) -> str:
    return guess.reason[:1].upper() + guess.reason[1:]


def _number(place: Any, label: str, guess: Guess[float]) -> float | None:
    value: float | None = place.number_input(label, value=guess.value, format="%.10g", help=_known(guess))
    return value


def _choice(place: Any, label: str, labels: dict[str, str], guess: Guess[Any]) -> str | None:
    options = list(labels)
    index = options.index(guess.value) if guess.value in options else None
    picked: str | None = place.selectbox(
        label, options, index, format_func=labels.__getitem__, placeholder=_UNKNOWN, help=_known(guess)
    )
    return picked


def _band(found: Found, n: int) -> str | None:
    guess = found.roles.value[n] if found.roles.value else None
    called = found.descriptions[n] if n < len(found.descriptions) else ""
    if n % _FOUR == 0:
        st.session_state["scene-row"] = st.columns(_FOUR)
    place = st.session_state["scene-row"][n % _FOUR]
    index = ROLES.index(guess) if guess else None
    label = plain(f"Band {n + 1}{f', {called[:30]}' if called else ''}")
    picked: str | None = place.selectbox(
        label, ROLES, index, format_func=SHOWN.__getitem__, placeholder=_UNKNOWN, key=f"band-{n}-{found.name}"
    )
    return picked
