"""A table of ceasefire violations as monitors post it: where they stood, what they saw or heard, of which weapon.

The weapon decides the kind where it is named, else the observation. What is named by neither is asked.
"""

from layers.ingest.dialect import Dialect

OSCE = Dialect(
    name="osce",
    title="Table of ceasefire violations",
    layers=("incidents",),
    signature=(frozenset({"*position", "*location", "means", "observation", "description", "weapon*", "date", "time"}),),
    fields={
        "kind": ("weapon*", "observation", "description"),
        "occurred_at": ("date", "time"),
        "place": ("*location",),
        "grid": ("grid", "mgrs", "coordinates", "*position"),
        "longitude": ("longitude", "lon"),
        "latitude": ("latitude", "lat"),
        "text": ("no.", "number", "observation", "description", "weapon*", "means"),
        "source": ("source",),
        "marking": ("marking",),
        "id": ("id",),
    },
    tried=frozenset({"kind"}),
    joined=frozenset({"occurred_at", "text"}),
    constants={"party": "unknown", "source": "Violation table"},
    codes={
        "kind": {
            "small arms": "small_arms",
            "salw": "small_arms",
            "hmg": "small_arms",
            "heavy machine gun": "small_arms",
            "heavy machine-gun": "small_arms",
            "agl": "firing",
            "rpg": "firing",
            "ifv": "firing",
            "ifv (bmp-2) cannon": "firing",
            "mortar": "shelling",
            "artillery": "shelling",
            "howitzer": "shelling",
            "mlrs": "shelling",
            "tank": "shelling",
            "recoilless gun": "shelling",
            "atgm": "shelling",
            "mine": "mine_or_ied",
            "ied": "mine_or_ied",
            "uav": "overflight",
            "shot": "firing",
            "burst": "firing",
        },
    },
)
