"""Files become checked rows: good ones go in, bad ones come back with row, field and reason."""

from layers.ingest.answers import Answers, answered
from layers.ingest.by_hand import said_by_hand
from layers.ingest.checks import Rules
from layers.ingest.conventions import Conventions, from_words
from layers.ingest.dialects import NAMES as DIALECTS
from layers.ingest.fixes import FIX, Trace, pieces, sifted, traces, track
from layers.ingest.given import Given, Unread, given
from layers.ingest.mapping import ColumnMapping, from_text, key, to_text
from layers.ingest.mends import Mend, mends
from layers.ingest.observations import OBSERVED, Observation, Observing
from layers.ingest.own import EXTRA, HEADING, PLACED, guarded, kept, template
from layers.ingest.reading import Proposal, proposed, read
from layers.ingest.refused import refused_rows

__all__ = [
    "DIALECTS",
    "EXTRA",
    "FIX",
    "HEADING",
    "OBSERVED",
    "PLACED",
    "Answers",
    "ColumnMapping",
    "Conventions",
    "Given",
    "Mend",
    "Observation",
    "Observing",
    "Proposal",
    "Rules",
    "Trace",
    "Unread",
    "answered",
    "from_text",
    "from_words",
    "given",
    "guarded",
    "kept",
    "key",
    "mends",
    "pieces",
    "proposed",
    "read",
    "refused_rows",
    "said_by_hand",
    "sifted",
    "template",
    "to_text",
    "traces",
    "track",
]
