"""The release profiles of mission.toml: what they mean, what is refused, and that they come back as they were written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layers import config
from layers.config import Configuration, ReleaseProfile
from layers.config.releases import plain, read_back
from layers.errors import MissionUnusable
from layers.exercise.releases import PROFILES

USUAL = {"id": '"one"', "title": '"One"', "marking": '"UNCLASSIFIED"', "keep": '{incidents = ["kind"]}'}
FULL = ReleaseProfile(
    "full", 'Say "all"', "CONFIDENTIAL", (("zones", ("name",)),), (("incidents", ("text", "source")), ("positions", ())),
    ("zones",), 100_000, "month", 1, ("kind", "party"), "scanned",
)  # fmt: skip


def said(folder: Path, **settings: str) -> tuple[ReleaseProfile, ...]:
    given = USUAL | settings
    text = "\n".join(f"{name} = {value}" for name, value in given.items() if value)
    (folder / "mission.toml").write_text(f'title = "T"\n[[release]]\n{text}\n', encoding="utf-8")
    return config.read(folder).releases


def test_what_is_not_said_is_usual(tmp_path: Path) -> None:
    usual = ReleaseProfile("one", "One", "UNCLASSIFIED", (("incidents", ("kind",)),))
    assert said(tmp_path) == (usual,)
    assert (usual.cell_m, usual.dates, usual.fewest, usual.alike, usual.text) == (10_000, "day", 5, ("kind",), "drop")


@pytest.mark.parametrize("made", [(), (FULL,), (FULL, *PROFILES)])
def test_profiles_come_back_as_they_were_written(tmp_path: Path, made: tuple[ReleaseProfile, ...]) -> None:
    config.write(tmp_path / "m", Configuration("T", releases=made))
    assert config.read(tmp_path / "m").releases == made
    assert tuple(read_back(json.loads(json.dumps(plain(of)))) for of in made) == made


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        *(({"id": value}, "id of [[release]]") for value in ("", "5", '"A b"', f'"{"a" * 41}"')),
        *(({"title": value}, "title of [[release]] 'one'") for value in ("", '" "', f'"{"a" * 121}"')),
        *(({"marking": value}, "marking of [[release]] 'one'") for value in ("", "1", '"COSMIC"')),
        *(({"cell_m": value}, "cell_m of [[release]] 'one'") for value in ("0", "500", "1000.0", "true", '"1000"')),
        *(({"fewest": value}, "fewest of [[release]] 'one'") for value in ("0", "-1", "2.5", "true", "1001")),
        *(({"dates": value}, "dates of [[release]] 'one'") for value in ('"year"', "7")),
        *(({"text": value}, "text of [[release]] 'one'") for value in ('"keep"', "true")),
        *(({"keep": value}, "keep of [[release]] 'one'") for value in ("5", '["kind"]', "{incidents = 5}", '{"a b" = ["kind"]}')),
        *(({"exact": value}, "exact of [[release]] 'one'") for value in ('"zones"', "[5]")),
        ({"keep": ""}, "[[release]] 'one' lets no layer out"),
        ({"drop": '{incidents = ["text"]}'}, "names incidents under keep and under drop"),
        ({"jitter": "5"}, "[[release]] 'one' has no setting 'jitter'"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_name_in_one_line(tmp_path: Path, settings: dict[str, str], named: str) -> None:
    with pytest.raises(MissionUnusable) as fault:
        said(tmp_path, **settings)
    assert named in str(fault.value)
    assert "\n" not in str(fault.value)


def test_two_of_one_id_and_what_is_no_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissionUnusable, match="two \\[\\[release\\]\\] have the id 'full'"):
        config.write(tmp_path / "m", Configuration("T", releases=(FULL, FULL)))
    (tmp_path / "mission.toml").write_text('title = "T"\nrelease = "all"\n', encoding="utf-8")
    with pytest.raises(MissionUnusable, match="write each release profile as \\[\\[release\\]\\]"):
        config.read(tmp_path)
