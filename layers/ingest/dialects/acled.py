"""Armed Conflict Location & Event Data: files without sub-events, of before and after 2023, and the lists of deleted events.

Kinds come from the sub-event where it names one of ours, else from the event type; what "remote violence" was, the oldest
files do not say, so it is asked. ``geo_precision`` 1 is an exact
place, 2 near it, 3 a region; the metres are ours. Severity is ours: by fatalities, none is low, up to nine medium,
ten and more high. The actors stand in the columns that are kept beside the record.
"""

from layers.ingest.dialect import Dialect

ACLED = Dialect(
    name="acled",
    title="ACLED",
    layers=("incidents",),
    signature=(
        frozenset({"event_date", "event_type", "sub_event_type", "latitude", "longitude", "fatalities"}),
        frozenset({"event_id_cnty", "event_date", "event_type", "latitude", "longitude", "fatalities"}),
        frozenset({"event_id_cnty", "deleted_timestamp"}),
    ),
    fields={
        "id": ("event_id_cnty", "data_id"),
        "kind": ("sub_event_type", "event_type"),
        "occurred_at": ("event_date",),
        "precision_m": ("geo_precision",),
        "place": ("location", "admin3", "admin2", "admin1"),
        "casualties_best": ("fatalities",),
        "source": ("source",),
        "text": ("notes",),
        "longitude": ("longitude",),
        "latitude": ("latitude",),
    },
    tried=frozenset({"id", "kind", "place"}),
    constants={"party": "unknown", "source": "ACLED"},
    whole_numbers=frozenset({"precision_m", "casualties_best"}),
    codes={
        "kind": {
            "armed clash": "armed_clash",
            "government regains territory": "armed_clash",
            "non-state actor overtakes territory": "armed_clash",
            "shelling/artillery/missile attack": "shelling",
            "air/drone strike": "shelling",
            "remote explosive/landmine/ied": "mine_or_ied",
            "suicide bomb": "mine_or_ied",
            "grenade": "firing",
            "attack": "attack_on_civilians",
            "sexual violence": "sexual_violence",
            "abduction/forced disappearance": "abduction",
            "looting/property destruction": "looting",
            "peaceful protest": "protest",
            "protest with intervention": "protest",
            "excessive force against protesters": "attack_on_civilians",
            "violent demonstration": "protest",
            "mob violence": "criminality",
            "battles": "armed_clash",
            "battle-no change of territory": "armed_clash",
            "battle-government regains territory": "armed_clash",
            "battle-non-state actor overtakes territory": "armed_clash",
            "riots/protests": "protest",
            "strategic development": "other",
            "violence against civilians": "attack_on_civilians",
            "protests": "protest",
            "agreement": "other",
            "arrests": "other",
            "change to group/activity": "other",
            "headquarters or base established": "new_position",
            "non-violent transfer of territory": "other",
            "disrupted weapons use": "other",
        },
        "precision_m": {"1": "1000", "2": "25000", "3": "100000"},
    },
    steps={"severity": ("fatalities", (1, 10), ("low", "medium", "high"))},
    retracts="deleted_timestamp",
)
