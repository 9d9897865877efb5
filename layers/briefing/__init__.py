"""What is seen, made into files that are marked and traceable."""

from layers.briefing.about import About
from layers.briefing.content import Content
from layers.briefing.files import SUFFIXES, laid, unwritable, written

__all__ = ["SUFFIXES", "About", "Content", "laid", "unwritable", "written"]
