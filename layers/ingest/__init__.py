"""Files become checked rows: good ones go in, bad ones come back with row, field and reason."""

from layers.ingest.checks import Rules
from layers.ingest.given import Given, given
from layers.ingest.own import template, write_csv
from layers.ingest.reading import dialects, read

__all__ = ["Given", "Rules", "dialects", "given", "read", "template", "write_csv"]
