"""Incident reports: what happened, where, when, how bad, and how sure we are.

The severe stand out by hue, the kind by shape; a party is never a hue.
"""

from layers.catalogue._common import ID, MARKING, QUIET, SOURCE, TEXT
from layers.model import Choice, Colour, Field, Glyph, Hue, Layer, Portrayal

KIND = Field(
    "kind",
    "Kind",
    "code",
    required=True,
    open=True,
    filterable=True,
    choices=(
        Choice("armed_clash", "Armed clash"),
        Choice("firing", "Firing"),
        Choice("shelling", "Shelling"),
        Choice("small_arms", "Small-arms fire"),
        Choice("mine_or_ied", "Mine or IED", ("mine", "ied")),
        Choice("overflight", "Overflight"),
        Choice("incursion", "Incursion or crossing", ("crossing",)),
        Choice("move_forward", "Move forward"),
        Choice("unauthorised_weapon", "Unauthorised weapon or personnel"),
        Choice("overmanning", "Overmanning"),
        Choice("weapon_pointed", "Weapon pointed"),
        Choice("construction", "Construction or fortification", ("fortification",)),
        Choice("new_position", "New position"),
        Choice("laser", "Laser"),
        Choice("jamming", "Jamming"),
        Choice("restriction_of_movement", "Restriction of freedom of movement", ("denial_of_access",)),
        Choice("abduction", "Hijack or abduction", ("hijack",)),
        Choice("attack_on_civilians", "Attack on civilians"),
        Choice("child_recruitment", "Recruitment of children"),
        Choice("sexual_violence", "Sexual violence"),
        Choice("looting", "Looting"),
        Choice("displacement", "Displacement"),
        Choice("protest", "Protest"),
        Choice("criminality", "Criminality"),
        Choice("accident", "Accident"),
        Choice("thermal_anomaly", "Thermal anomaly"),
        Choice("other", "Other"),
    ),
)
#: The kinds by which civilians come to harm, and those of them whose victims are told of by coarse place and week only.
HARM = ("attack_on_civilians", "abduction", "child_recruitment", "sexual_violence", "looting", "displacement")
COARSE = ("child_recruitment", "sexual_violence")
DENIED = "restriction_of_movement"
#: The kinds that leave marks on the ground which imagery may show.
MARKING_GROUND = (
    "shelling", "armed_clash", "mine_or_ied", "move_forward", "construction", "new_position", "attack_on_civilians", "looting",
    "displacement", "accident", "other",
)  # fmt: skip
PARTY = Field(
    "party",
    "Party",
    "code",
    open=True,
    filterable=True,
    choices=(Choice("A", "Party A"), Choice("B", "Party B"), Choice("unknown", "Not determined", ("n/k", "nk", "undetermined"))),
)
SEVERITY = Field(
    "severity",
    "Severity",
    "code",
    default="low",
    filterable=True,
    choices=(
        Choice("low", "Low", ("1", "minor")),
        Choice("medium", "Medium", ("2", "moderate", "serious")),
        Choice("high", "High", ("3", "severe", "grave", "critical")),
    ),
)
STATUS = Field(
    "status",
    "Status",
    "code",
    default="alleged",
    filterable=True,
    open=True,
    choices=(
        Choice("alleged", "Alleged"),
        Choice("investigated", "Investigated"),
        Choice("verified", "Verified"),
        Choice("attributed", "Attributed"),
        Choice("not_attributed", "Could not be attributed"),
        Choice("endorsed", "Endorsed"),
    ),
)
FOLLOW_UP = Field(
    "follow_up",
    "Follow-up",
    "code",
    filterable=True,
    open=True,
    choices=(
        Choice("protest", "Protest lodged", ("protest_lodged",)),
        Choice("liaison", "Liaison"),
        Choice("response", "Response"),
    ),
    beside=True,
)
RELIABILITY = Field(
    "reliability",
    "Reliability of the source",
    "code",
    default="F",
    filterable=True,
    choices=(
        Choice("A", "A, completely reliable"),
        Choice("B", "B, usually reliable"),
        Choice("C", "C, fairly reliable"),
        Choice("D", "D, not usually reliable"),
        Choice("E", "E, unreliable"),
        Choice("F", "F, cannot be judged"),
    ),
)
CREDIBILITY = Field(
    "credibility",
    "Credibility of the report",
    "code",
    default="6",
    filterable=True,
    choices=(
        Choice("1", "1, confirmed"),
        Choice("2", "2, probably true"),
        Choice("3", "3, possibly true"),
        Choice("4", "4, doubtful"),
        Choice("5", "5, improbable"),
        Choice("6", "6, cannot be judged"),
    ),
)

LAYER = Layer(
    id="incidents",
    title="Incidents",
    one="incident",
    geometry="point",
    coarse=COARSE,
    fields=(
        ID,
        KIND,
        Field("occurred_at", "Occurred", "time", required=True),
        Field("reported_at", "Reported", "time"),
        Field("precision_m", "Precision", "number", "m", low=0, high=20_000_000),
        Field("place", "Place"),
        PARTY,
        Field("target", "Target"),
        SEVERITY,
        Field("casualties_low", "Casualties, low", "integer", "people", low=0),
        Field("casualties_best", "Casualties, best estimate", "integer", "people", low=0),
        Field("casualties_high", "Casualties, high", "integer", "people", low=0),
        SOURCE,
        RELIABILITY,
        CREDIBILITY,
        MARKING,
        STATUS,
        TEXT,
        FOLLOW_UP,
    ),
    portrayal=Portrayal(
        hue_field="severity",
        hues=(
            Hue(("high",), "High", Colour("#C23B00", "#FF7F50")),
            Hue(("medium",), "Medium", Colour("#A65800", "#E69F00")),
            Hue((), "Low", QUIET),
        ),
        glyph_field="kind",
        glyphs=(
            Glyph(("armed_clash", "firing", "small_arms"), "Firing", "M0-7L7 0L0 7L-7 0Z"),
            Glyph(("shelling",), "Shelling", "M0-7L2-2L7 0L2 2L0 7L-2 2L-7 0L-2-2Z"),
            Glyph(("mine_or_ied",), "Mine or IED", "M-5 4A5.5 5.5 0 1 1 5 4ZM0-5V-8"),
            Glyph(("overflight", "jamming", "laser"), "Air and electronic", "M0-7L2 0L8 3L2 3L0 7L-2 3L-8 3L-2 0Z"),
            Glyph(
                (
                    "incursion",
                    "move_forward",
                    "unauthorised_weapon",
                    "overmanning",
                    "weapon_pointed",
                    "construction",
                    "new_position",
                ),
                "Forces and works",
                "M-6-6H6V6H-6Z",
            ),
            Glyph(("restriction_of_movement",), "Movement denied", "M-6 0A6 6 0 1 0 6 0A6 6 0 1 0-6 0ZM-4 0H4"),
            Glyph(
                HARM,
                "Harm to civilians",
                "M-6-6L6 6M6-6L-6 6",
            ),
            Glyph((), "Other", "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0-4.5 0Z"),
        ),
        width_px=1.2,
    ),
    time_rule="instant",
    time_field="occurred_at",
    sectored=True,
    name_field="place",
    mistaken=(
        ("armed_clash", "firing", "small_arms"),
        ("shelling", "mine_or_ied"),
        ("incursion", "move_forward"),
        ("construction", "new_position"),
        ("unauthorised_weapon", "overmanning"),
        ("attack_on_civilians", "abduction", "looting"),
    ),
    order=90,
)
