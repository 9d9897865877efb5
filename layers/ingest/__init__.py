"""Files become checked rows: good ones go in, bad ones come back with row, field and reason."""

from layers.ingest.own import EXTRA, HEADING, guarded, template
from layers.ingest.reading import dialects, read

__all__ = ["EXTRA", "HEADING", "dialects", "guarded", "read", "template"]
