"""Uppsala Conflict Data Program, Georeferenced Event Dataset.

Precision by where_prec: 1 exact place, 2 within about 25 km, 3 second-order and 4 first-order division, 5 feature or
fuzzy area, 6 country, 7 air or sea (codebook of version 23.1; the metres are ours: half a typical width). Severity is
ours: by the best estimate of deaths, none is low, up to nine medium, ten and more high.
"""

from layers.ingest.dialect import Dialect

_COLUMNS = (
    "id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id conflict_name dyad_dset_id "
    "dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id side_b_new_id side_b number_of_sources "
    "source_article source_office source_date source_headline source_original where_prec where_coordinates "
    "where_description adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country country_id region event_clarity "
    "date_prec date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob"
)

UCDP = Dialect(
    name="ucdp",
    title="UCDP GED",
    layers=("incidents",),
    signature=(
        frozenset({"type_of_violence", "where_prec", "date_start", "date_prec", "latitude", "longitude", "best", "high", "low"}),
    ),
    fields={
        "id": ("id",),
        "kind": ("type_of_violence",),
        "occurred_at": ("date_start",),
        "precision_m": ("where_prec",),
        "place": ("where_description", "where_coordinates", "adm_2", "adm_1"),
        "casualties_low": ("low",),
        "casualties_best": ("best",),
        "casualties_high": ("high",),
        "text": ("source_headline", "dyad_name", "conflict_name"),
        "longitude": ("longitude",),
        "latitude": ("latitude",),
    },
    tried=frozenset({"place", "text"}),
    constants={"source": "UCDP GED", "party": "unknown"},
    whole_numbers=frozenset({"id", "kind", "precision_m", "casualties_low", "casualties_best", "casualties_high"}),
    codes={
        "kind": {"1": "armed_clash", "2": "armed_clash", "3": "attack_on_civilians"},
        "precision_m": {"1": "1000", "2": "25000", "3": "50000", "4": "100000", "5": "50000", "6": "500000", "7": "500000"},
    },
    steps={"severity": ("best", (1, 10), ("low", "medium", "high"))},
    headerless=tuple(_COLUMNS.split()),
)
