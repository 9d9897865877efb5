"""What mission.toml may say, and who may do what."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import access, config
from layers.access import OWNER, User
from layers.catalogue import LAYERS
from layers.config import LEVELS, Configuration, Limits
from layers.errors import MissionUnusable, NotAllowed
from layers.model import Role
from tests import missions

TITLE = 'title = "T"\n'
ROLES: tuple[Role, ...] = ("viewer", "patrol", "briefer", "officer", "analyst", "administrator")


def said(folder: Path, text: str) -> Configuration:
    folder.mkdir(exist_ok=True)
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    return config.read(folder)


def test_a_title_is_enough_and_the_rest_has_safe_defaults(tmp_path: Path) -> None:
    found = said(tmp_path, 'title = "  North  "')
    assert found == Configuration("North")
    assert (found.markings, found.default_marking, found.exercise, found.tile_sources) == (LEVELS, LEVELS[0], False, ())


def test_every_setting_is_read(tmp_path: Path) -> None:
    found = said(
        tmp_path,
        """title = "T"
bbox = [1, 2.5, 3, 4]
timezone = "Asia/Nicosia"
markings = ["LOW", "HIGH"]
default_marking = "HIGH"
watch_hours = [18, 0, 6]
[exercise]
seed = 7
clock_running = true
[parties]
N = "North"
S-1 = "South"
[[tiles]]
name = "Own"
url = "https://tiles.example/{z}/{x}/{y}.png"
attribution = "us"
[limits]
rows = 5
cell = 20_000_000
[scene_limits]
side = 5_000
bands = 13
[[alerts]]
id = "near"
title = " Firing near a post "
priority = 1
kinds = ["firing", "shelling"]
severities = ["high"]
zones = ["Buffer zone"]
clauses = ["3.1"]
within_m = 750
of = "positions"
hours = 48
together_h = 2
[[alerts]]
id = "any"
title = "High"
severities = ["high"]
""",
    )
    near = config.AlertRule(
        "near", "Firing near a post", 1, ("firing", "shelling"), ("high",), ("Buffer zone",), ("3.1",), 750.0, "positions", 48, 2
    )
    source = config.TileSource("Own", "https://tiles.example/{z}/{x}/{y}.png", "us")
    assert found == Configuration(
        "T",
        (1, 2.5, 3, 4),
        "Asia/Nicosia",
        ("LOW", "HIGH"),
        "HIGH",
        (("N", "North"), ("S-1", "South")),
        exercise=True,
        clock_running=True,
        seed=7,
        watch_hours=(0, 6, 18),
        tile_sources=(source,),
        limits=Limits(rows=5, cell=20_000_000),
        scene_limits=config.SceneLimits(side=5_000, bands=13),
        alerts=(near, config.AlertRule("any", "High", severities=("high",))),
    )


def alert(**said: str) -> str:
    """Return a configuration with one alert rule that says these values, in TOML."""
    given = {"id": '"one"', "title": '"One"', "kinds": '["firing"]'} | said
    return 'title = "T"\n[[alerts]]\n' + "\n".join(f"{name} = {value}" for name, value in given.items() if value)


WRONG = [
    ("", "title"),
    ("title = 5", "title"),
    ('title = " "', "title"),
    ('title = "T"\ndefault_markng = "CONFIDENTIAL"', "default_markng"),
    ('title = "T"\nBbox = [1, 2, 3, 4]', "Bbox"),
    *(
        (f'title = "T"\nbbox = {box}', "bbox")
        for box in ("5", "[1, 2, 3]", '["1", 2, 3, 4]', "[nan, 0, 1, 1]", "[0, -inf, 1, 1]", "[true, 0, 5, 1]")
    ),
    *((f'title = "T"\nbbox = {box}', "bbox") for box in ("[3, 0, 1, 1]", "[0, 5, 1, 1]", "[0, 0, 0, 1]", "[0, -91, 1, 1]")),
    *((f'title = "T"\ntimezone = {zone}', "timezone") for zone in ('"Mars/Base"', '"../../etc/passwd"', '"Europe"', '""', "5")),
    *((f'title = "T"\nmarkings = {m}', "markings") for m in ("[]", "5", '["A", 1]', '[""]', '["A", "A"]', '["A", "B", "a"]')),
    ('title = "T"\ndefault_marking = "COSMIC"', "default_marking"),
    ('title = "T"\ndefault_marking = ["UNCLASSIFIED"]', "default_marking"),
    ('title = "T"\nmarkings = ["A"]\ndefault_marking = "UNCLASSIFIED"', "default_marking"),
    *((f'title = "T"\nwatch_hours = {hours}', "watch_hours") for hours in ("[]", "6", "[24]", "[-1]", "[6.5]", "[true]")),
    ('title = "T"\nexercise = true', "exercise"),
    ('title = "T"\n[exercise]\nseed = "one"', "exercise"),
    ('title = "T"\n[exercise]\nclock_running = "no"', "exercise"),
    ('title = "T"\n[parties]', "parties"),
    ('title = "T"\n[parties]\n"a b" = "x"', "parties"),
    ('title = "T"\n[parties]\n"<i>" = "x"', "parties"),
    ('title = "T"\n[parties]\nA = 5', "parties"),
    ('title = "T"\ntiles = 5', "tiles"),
    ('title = "T"\ntiles = ["https://x"]', "tiles"),
    *(
        (f'title = "T"\n[[tiles]]\nurl = "{url}"', "tiles")
        for url in ("http://x/", "file:///etc/passwd", "javascript:alert(1)", "//x", "")
    ),
    ('title = "T"\nlimits = 5', "limits"),
    ('title = "T"\n[limits]\nsize = 5', "'size'; the limits are bytes, rows, columns, ratio, cell"),
    *(
        (f'title = "T"\n[limits]\n{name} = {most}', f"limits {name} is")
        for name, most in (("rows", 0), ("rows", -1), ("bytes", '"5"'), ("columns", "true"), ("ratio", 1.5), ("cell", 20_000_001))
    ),
    ('title = "T"\nscene_limits = 5', "[scene_limits]"),
    ('title = "T"\n[scene_limits]\nsize = 5', "'size' of scene_limits; they are bytes, side, pixels, bands"),
    *(
        (f'title = "T"\n[scene_limits]\n{name} = {most}', f"scene_limits {name} is")
        for name, most in (("side", 0), ("bands", "true"), ("pixels", 1.5), ("block_bytes", 256_000_001))
    ),
    ('title = "T"\nalerts = 5', "write each alert rule as [[alerts]] with id, title"),
    ('title = "T"\nalerts = ["firing"]', "write each alert rule as [[alerts]]"),
    (alert(id=""), "id of [[alerts]] number 1"),
    *((alert(id=name), "id of [[alerts]]") for name in ("5", '""', '"A b"', '"a:b"', f'"{"a" * 41}"')),
    (alert() + alert()[len('title = "T"') :], "two [[alerts]] have the id 'one'"),
    *((alert(title=name), "title of [[alerts]] 'one'") for name in ("", "5", '" "', f'"{"a" * 121}"')),
    *((alert(priority=n), "priority of [[alerts]] 'one'") for n in ("0", "4", "true", "1.0", '"high"')),
    *((alert(kinds=codes), "kinds of [[alerts]] 'one'") for codes in ("[]", '"firing"', "[5]", '[" "]', f"{['a'] * 51}")),
    *((alert(severities=codes), "severities of [[alerts]] 'one'") for codes in ("[]", '"high"')),
    *((alert(zones=codes), "zones of [[alerts]] 'one'") for codes in ("[]", "true", f'["{"z" * 121}"]')),
    (alert(clauses="3"), "clauses of [[alerts]] 'one'"),
    *((alert(within_m=n), "within_m of [[alerts]] 'one'") for n in ("0", "-1", "nan", "inf", "true", '"500"', "500_001")),
    (alert(of='"zones"'), "of of [[alerts]] 'one'"),
    *((alert(within_m="5", of=name), "of of [[alerts]] 'one'") for name in ("5", '""', '"../x"')),
    *((alert(hours=n), "hours of [[alerts]] 'one'") for n in ("0", "169", "1.5", "true", '"24"')),
    *((alert(together_h=n), "together_h of [[alerts]] 'one'") for n in ("0", "169")),
    (alert(kind='"firing"'), "'one' has no setting 'kind'; the settings are id, title"),
    (alert(kinds=""), "'one' would alert of every incident; give one of kinds, severities, zones, clauses or within_m"),
    ("".join(alert(id=f'"r{n}"').removeprefix('title = "T"' if n else "") + "\n" for n in range(51)), "write 50 at most"),
    ("title = ", "not valid TOML"),
    ('title = "T"\ntitle = "U"', "not valid TOML"),
]


@pytest.mark.parametrize(("text", "named"), WRONG)
def test_a_value_that_cannot_be_used_is_refused_by_name_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(MissionUnusable) as told:
        said(tmp_path, text)
    assert named in str(told.value)
    assert str(tmp_path / "mission.toml") in str(told.value)
    assert "\n" not in str(told.value)


SETTINGS = [
    *((name, f'{"" if name == "title" else TITLE}{name} = {{}}') for name in (
        "title", "bbox", "timezone", "markings", "default_marking", "watch_hours", "parties", "tiles", "limits", "scene_limits", "alerts",
    )),
    ("bbox", f"{TITLE}bbox = [0, 0, {{}}, 1]"),
    ("markings", f'{TITLE}markings = ["A", {{}}]'),
    ("watch_hours", f"{TITLE}watch_hours = [6, {{}}]"),
    ("exercise", f"{TITLE}exercise = [{{}}]"),
    *(("exercise", f"{TITLE}[exercise]\n{name} = {{}}") for name in ("seed", "clock_running")),
    ("parties", f"{TITLE}[parties]\nA = {{}}"),
    *(("tiles", f'{TITLE}[[tiles]]\nurl = "https://x"\n{name} = {{}}') for name in ("name", "attribution")),
    ("tiles", f"{TITLE}[[tiles]]\nurl = {{}}"),
    *((f"limits {name}", f"{TITLE}[limits]\n{name} = {{}}") for name in ("bytes", "rows", "columns", "ratio", "cell")),
    *((f"{name} of [[alerts]]", alert(**{name: "{}"})) for name in (
        "id", "title", "priority", "kinds", "severities", "zones", "clauses", "within_m", "hours", "together_h",
    )),
    ("of of [[alerts]]", alert(within_m="5", of="{}")),
    ("kinds of [[alerts]]", alert(kinds='["firing", {}]')),
]  # fmt: skip
HUGE = {
    "400 digits": "9" * 400,
    "5,000 digits": "9" * 5_000,
    "5,000 digits below nothing": "-" + "9" * 5_000,
    "20,000 digits in sixteens": "0x" + "f" * 20_000,
    "an exponent of four digits": "1e9999",
    "lists 90 deep": "[" * 90 + "9" * 400 + "]" * 90,
    "lists 5,000 deep": "[" * 5_000 + "1" + "]" * 5_000,
    "tables 5,000 deep": "{a=" * 5_000 + "1" + "}" * 5_000,
    "a name of 5,000 parts": "{" + ".".join("a" * 5_000) + " = 1}",
    "a list of 5,000": f"[{'true, ' * 5_000}]",
}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
def test_a_number_or_a_list_beyond_all_bounds_is_refused_in_one_short_line(tmp_path: Path, value: str) -> None:
    for named, text in SETTINGS:
        with pytest.raises(MissionUnusable) as told:
            said(tmp_path, text.replace("{}", value))
        line = str(told.value).removeprefix(str(tmp_path / "mission.toml"))
        assert named in line or " nested too deep" in line or " thousands of digits" in line
        assert "\n" not in line
        assert len(line) < 300


@pytest.mark.parametrize("number", [10**400, 1 << 80_000, -(10**400)], ids=["400 digits", "24,000 digits", "below nothing"])
def test_a_number_beyond_all_bounds_is_never_written(tmp_path: Path, number: int) -> None:
    for broken in (
        Configuration("T", exercise=True, seed=number),
        Configuration("T", box=(0, 0, number, 1)),
        Configuration("T", watch_hours=(number,)),
        Configuration("T", limits=Limits(rows=number)),
        Configuration("T", alerts=(config.AlertRule("a", "A", within_m=number),)),
        Configuration("T", alerts=(config.AlertRule("a", "A", number, kinds=("firing",)),)),
    ):
        with pytest.raises(MissionUnusable):
            config.write(tmp_path / "new", broken)
        assert not (tmp_path / "new").exists()


def test_the_seed_of_an_exercise_is_one_that_an_exercise_can_be_made_of(tmp_path: Path) -> None:
    assert said(tmp_path, f"{TITLE}[exercise]\nseed = {2**63 - 1}").seed == 2**63 - 1
    for seed in ("-1", f"{2**63}", "true"):
        with pytest.raises(MissionUnusable, match="seed = a whole number from 0"):
            said(tmp_path, f"{TITLE}[exercise]\nseed = {seed}")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mission.toml").write_bytes(b"title = '\xff\xfe'")
    with pytest.raises(MissionUnusable, match="not valid TOML"):
        config.read(tmp_path)


def test_a_folder_without_one_says_how_to_make_a_mission(tmp_path: Path) -> None:
    with pytest.raises(MissionUnusable, match="greenline init"):
        config.read(tmp_path / "nowhere")


def test_a_mission_is_never_made_over_another(tmp_path: Path) -> None:
    config.write(tmp_path, Configuration("First"))
    with pytest.raises(MissionUnusable, match="already is a mission"):
        config.write(tmp_path, Configuration("Second"))
    assert config.read(tmp_path).title == "First"


@pytest.mark.parametrize(
    "broken",
    [
        Configuration(" "),
        Configuration("T", limits=Limits(rows=0)),
        Configuration("T", box=(3, 0, 1, 1)),
        Configuration("T", box=(float("nan"), 0, 1, 1)),
        Configuration("T", default_marking="COSMIC"),
        Configuration("T", timezone='UTC"\nmarkings = ["A"]'),
        Configuration("T", parties=(('A = "x"\ntitle', "y"),)),
        Configuration("T", parties=(("A B", "y"),)),
    ],
)
def test_what_could_not_be_read_back_is_never_written(tmp_path: Path, broken: Configuration) -> None:
    with pytest.raises(MissionUnusable):
        config.write(tmp_path / "new", broken)
    assert not (tmp_path / "new").exists()


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(lambda text: text.strip() == text)
HOSTILE = ['"', "\\", '"""', "a\nb = 1", "\x7f", "\x00", "😀", "[parties]", "${x}", "<script>", "\\u0041", "#", "é\u2028x"]


@given(title=names | st.sampled_from(HOSTILE), party=names | st.sampled_from(HOSTILE), level=names | st.sampled_from(HOSTILE))
def test_any_name_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, title: str, party: str, level: str
) -> None:
    folder = tmp_path_factory.mktemp("mission")
    made = Configuration(title, markings=(level, f"{level}2"), default_marking=level, parties=(("A", party), ("_-9", "B")))
    config.write(folder, made)
    assert config.read(folder) == made


codes = st.lists(names | st.sampled_from(HOSTILE), max_size=3).map(tuple)
rules = st.builds(
    config.AlertRule,
    st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True),
    names | st.sampled_from(HOSTILE),
    st.integers(1, 3),
    codes,
    codes,
    codes,
    st.lists(names, min_size=1, max_size=3).map(tuple),
    st.just(0.0) | st.floats(1e-3, 500_000),
    hours=st.integers(1, 168),
    together_h=st.integers(1, 168),
)


@given(made=st.lists(rules, max_size=3, unique_by=lambda rule: rule.id))
def test_alert_rules_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, made: list[config.AlertRule]
) -> None:
    folder = tmp_path_factory.mktemp("mission")
    config.write(folder, Configuration("T", alerts=tuple(made)))
    assert config.read(folder).alerts == tuple(made)


def test_limits_are_written_only_where_they_are_not_the_usual_ones(tmp_path: Path) -> None:
    config.write(tmp_path / "a", Configuration("T"))
    assert "limits" not in (tmp_path / "a" / "mission.toml").read_text(encoding="utf-8")
    made = Configuration("T", limits=Limits(bytes=10, ratio=3))
    config.write(tmp_path / "b", made)
    assert "[limits]\nbytes = 10\nratio = 3\n" in (tmp_path / "b" / "mission.toml").read_text(encoding="utf-8")
    assert config.read(tmp_path / "b") == made


def test_the_environment_moves_the_users_own_exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENLINE_HOME", str(tmp_path / "elsewhere"))
    assert config.private_exercise() == tmp_path / "elsewhere" / "exercise"
    monkeypatch.delenv("GREENLINE_HOME")
    assert config.private_exercise().name == "exercise"
    assert tmp_path not in config.private_exercise().parents


MAY: dict[access.Action, set[Role]] = {
    "read": set(ROLES),
    "submit": {"patrol", "officer", "analyst"},
    "undo": {"analyst"},
    "export": {"briefer", "officer", "analyst"},
    "verify": {"administrator", "analyst"},
    "backup": {"administrator"},
    "clock": {"officer", "analyst", "administrator"},
    "acknowledge": {"officer", "analyst"},
    "release": {"officer", "analyst"},
}


@pytest.mark.parametrize("action", MAY)
@given(roles=st.frozensets(st.sampled_from(ROLES)))
def test_an_action_is_open_to_exactly_its_roles(action: access.Action, roles: frozenset[Role]) -> None:
    user = User("someone", roles, None)
    if roles & MAY[action]:
        access.require(user, action)
        return
    with pytest.raises(NotAllowed) as told:
        access.require(user, action)
    assert all(role in str(told.value) for role in MAY[action])


def test_nobody_without_a_role_reaches_a_desk(tmp_path: Path) -> None:
    mission = missions.empty(tmp_path / "m")
    with pytest.raises(NotAllowed):
        mission.desk(User("ghost", frozenset(), None))
    mission.close()


@given(level=st.text(max_size=20) | st.sampled_from(LEVELS))
def test_a_ceiling_lets_through_its_own_rank_and_lower_and_never_an_unknown_marking(level: str) -> None:
    for n, top in enumerate(LEVELS):
        limit = access.ceiling(User("x", frozenset({"viewer"}), top), LEVELS)
        assert (access.rank(level, LEVELS) <= limit) == (level in LEVELS[: n + 1])
    assert access.rank(level, LEVELS) <= access.ceiling(OWNER, LEVELS)


@given(unknown=st.text(max_size=20).filter(lambda text: text not in LEVELS))
def test_a_ceiling_that_is_no_marking_is_refused_and_named(unknown: str) -> None:
    with pytest.raises(NotAllowed, match="UNCLASSIFIED, CONFIDENTIAL"):
        access.ceiling(User("x", frozenset({"viewer"}), unknown), LEVELS)


@given(fewer=st.frozensets(st.sampled_from(ROLES)), more=st.frozensets(st.sampled_from(ROLES)))
def test_another_role_never_takes_a_layer_away(fewer: frozenset[Role], more: frozenset[Role]) -> None:
    few, many = User("a", fewer, None), User("b", fewer | more, None)
    for layer in LAYERS:
        assert access.sees(many, layer) or not access.sees(few, layer)
        assert access.sees(OWNER, layer)
        assert not access.sees(User("c", frozenset(), None), layer)
