"""Files become checked rows: good ones go in, bad ones come back with row, field and reason."""

from layers.ingest.own import template, write_csv
from layers.ingest.reading import dialects, read

__all__ = ["dialects", "read", "template", "write_csv"]
