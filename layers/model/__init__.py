"""The values every floor speaks in. All frozen, none with an effect."""

from layers.model.chainage import Chainage, chainage
from layers.model.cut import Cut, Played
from layers.model.layer import COARSE_M, Choice, Colour, Field, Geometry, Glyph, Hue, Layer, Portrayal, Role
from layers.model.record import NO_TIME, AuditEvent, Draft, Fault, Receipt, Rows, Verification, Versions
from layers.model.relation import Relation, relation
from layers.model.times import from_micros, to_micros
from layers.model.view import Box, By, View, Window, parse

__all__ = [
    "COARSE_M",
    "NO_TIME",
    "AuditEvent",
    "Box",
    "By",
    "Chainage",
    "Choice",
    "Colour",
    "Cut",
    "Draft",
    "Fault",
    "Field",
    "Geometry",
    "Glyph",
    "Hue",
    "Layer",
    "Played",
    "Portrayal",
    "Receipt",
    "Relation",
    "Role",
    "Rows",
    "Verification",
    "Versions",
    "View",
    "Window",
    "chainage",
    "from_micros",
    "parse",
    "relation",
    "to_micros",
]
