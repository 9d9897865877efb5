"""The letterhead of a mission: what may be said of it, what is drawn of it, and that a sheet made again looks as it did."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pptx
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from layers import config
from layers.briefing.logo import NoLogo, logo
from layers.config import Configuration, Letterhead
from layers.config.letterhead import REPORTS
from layers.desk import Brief, Desk, Draft, Mission, open_mission
from layers.desk.backup import unpacked
from layers.desk.issued import KINDS
from layers.errors import MissionUnusable
from layers.model import parse
from tests.missions import NOW, csv_file, row

ALL = parse("last=all")
HEAD = Letterhead(
    unit="Joint operations branch",
    colour="#1F4E79",
    disclaimer="Invented, every line of it.",
    clearance="For the staff only",
    logo="logo.png",
    heads=(("sitrep", ("Period", "Logistics", "significant incidents")),),
)


def picture(path: Path, *, form: str = "png", size: tuple[int, int] = (900, 300), mode: str = "RGB") -> Path:
    Image.new(mode, size, "#AA3300" if mode == "RGB" else None).save(path, form)
    return path


def opened(folder: Path, head: Letterhead = HEAD) -> Mission:
    """Make a mission under a letterhead, with a logo and nine incidents."""
    config.write(folder, Configuration(title="Test mission", box=(60.0, -23.0, 66.0, -17.0), letterhead=head))
    picture(folder / "logo.png")
    made = open_mission(folder, clock=lambda: NOW)
    made.desk().submit("incidents", csv_file(folder.parent / "rows.csv", [row(n, severity="high") for n in range(9)]))
    return made


@pytest.fixture
def mission(tmp_path: Path) -> Iterator[Mission]:
    made = opened(tmp_path / "m")
    yield made
    made.close()


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def read(folder: Path, text: str) -> Configuration:
    folder.mkdir(exist_ok=True)
    (folder / "mission.toml").write_text(f'title = "T"\n{text}', encoding="utf-8")
    return config.read(folder)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("letterhead = 5", "write the letterhead as [letterhead]"),
        ("[letterhead]\nfont = 'Arial'", "no setting 'font'"),
        ("[letterhead]\nunit = 5", "unit of [letterhead] is 5"),
        (f"[letterhead]\ndisclaimer = '{'x' * 601}'", "disclaimer of [letterhead]"),
        *(
            (f"[letterhead]\ncolour = {one}", "colour of [letterhead]")
            for one in ("'red'", "'#FFF'", "'#FFFF00'", "5", "'#1F4E79;'")
        ),
        *(
            (f"[letterhead]\nlogo = {one}", "logo of [letterhead]")
            for one in ("'../x.png'", "'/etc/x.png'", "'x.svg'", "'a/b.png'", "5")
        ),
        ("[letterhead.heads]\nsheet = ['a']", "heads of reports as [letterhead.heads]"),
        *(
            (f"[letterhead.heads]\nsitrep = {one}", "the heads of sitrep are")
            for one in ("[]", "'Period'", "['']", "[5]", "['a', 'A']", f"{['x' * 121]}", f"{[str(n) for n in range(31)]}")
        ),
    ],
)
def test_a_letterhead_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(MissionUnusable) as fault:
        read(tmp_path / "m", text)
    assert named in str(fault.value)
    assert "\n" not in str(fault.value)


said = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(str.strip)
titles = st.lists(said.filter(bool), min_size=1, max_size=4, unique_by=str.casefold).map(tuple)


@given(unit=said, disclaimer=said, heads=st.dictionaries(st.sampled_from(REPORTS), titles))
def test_a_letterhead_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, unit: str, disclaimer: str, heads: dict[str, tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("mission")
    made = Configuration("T", letterhead=Letterhead(unit, "#003366", disclaimer, heads=tuple(heads.items())))
    config.write(folder, made)
    assert config.read(folder) == made


def test_reports_are_those_that_are_issued() -> None:
    assert (*REPORTS,) == KINDS[1:]


@pytest.mark.parametrize(
    ("form", "mode"), [("png", "RGB"), ("png", "RGBA"), ("png", "P"), ("jpeg", "RGB"), ("jpeg", "CMYK"), ("jpeg", "L")]
)
def test_a_logo_becomes_a_small_png_of_ours(tmp_path: Path, form: str, mode: str) -> None:
    made = logo(tmp_path, picture(tmp_path / "logo.png", form=form, mode=mode).name)
    with Image.open(io.BytesIO(made), formats=("PNG",)) as found:
        assert (found.mode, found.size) == ("RGBA", (400, 133))


def test_what_is_no_logo_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    picture(tmp_path / "outside.png")
    (folder / "away.png").symlink_to(tmp_path / "outside.png")
    (folder / "folder.png").mkdir()
    (folder / "text.png").write_text("<svg/>", encoding="utf-8")
    (folder / "cut.png").write_bytes(picture(tmp_path / "whole.png").read_bytes()[:-40])
    (folder / "large.png").write_bytes(b"\\x89PNG" * 600_000)
    picture(folder / "gif.png", form="gif")
    picture(folder / "wide.png", size=(30_000, 1_000))
    for name in ("away", "folder", "text", "cut", "large", "gif", "wide", "none"):
        with pytest.raises(NoLogo) as fault:
            logo(folder, f"{name}.png")
        assert f"{name}.png" in str(fault.value)
        assert "\n" not in str(fault.value)


def test_a_sheet_stands_under_the_letterhead_in_every_form(mission: Mission) -> None:
    desk = mission.desk()
    made = {form: desk.issue(ALL, Brief(), form).body for form in ("pdf", "png", "pptx", "html")}
    for text in ("Joint operations branch", "Invented, every line of it.", "For the staff only"):
        assert text in words(made["pdf"])
        assert text in made["html"].decode()
    assert b"data:image/png;base64," in made["html"]
    slide = pptx.Presentation(io.BytesIO(made["pptx"])).slides[0]
    assert "Logo" in {shape.name for shape in slide.shapes}
    with Image.open(io.BytesIO(made["png"])) as found:
        pixels = found.convert("RGB").getcolors(1 << 24) or []
    assert max(count for count, colour in pixels if colour == (0xAA, 0x33, 0x00)) > 1_000


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_a_sheet_made_again_looks_as_it_did_whatever_became_of_the_letterhead(tmp_path: Path, form: str) -> None:
    made = opened(tmp_path / "m")
    issued = made.desk().issue(ALL, Brief(), form)  # type: ignore[arg-type]
    made.close()
    (tmp_path / "m" / "logo.png").unlink()
    text = (tmp_path / "m" / "mission.toml").read_text(encoding="utf-8")
    (tmp_path / "m" / "mission.toml").write_text(text.replace("Invented, every", "Other, every"), encoding="utf-8")
    again = open_mission(tmp_path / "m", clock=lambda: NOW)
    assert again.desk().repeated(issued.entry.number, form).body == issued.body  # type: ignore[arg-type]
    assert "Other, every line" in again.desk().issue(ALL, Brief(), "html").body.decode()
    assert again.desk().verify().ok
    again.close()


def test_without_its_logo_a_sheet_is_made_and_the_briefer_told(mission: Mission, tmp_path: Path) -> None:
    desk = mission.desk()
    assert desk.lettered().fault == ""
    (tmp_path / "m" / "logo.png").write_bytes(b"no picture")
    assert "logo.png is no PNG or JPEG picture" in desk.lettered().fault
    (tmp_path / "m" / "logo.png").unlink()
    assert "The logo logo.png is not in the mission folder" in desk.lettered().fault
    assert b"data:image/png" not in desk.issue(ALL, Brief(), "html").body


def test_a_report_has_the_heads_that_are_chosen_and_says_which_are_left_out(mission: Mission) -> None:
    report = mission.desk().drafted(ALL, Draft("sitrep"))
    assert [head.title for head in report.heads] == ["Period", "Logistics", "Significant incidents", "Prepared by, approved by"]
    assert report.heads[0].blocks
    assert report.heads[2].blocks
    assert not report.heads[1].blocks
    assert "Heads that the mission leaves out: Places visited, Action taken" in report.trace[-1]
    pdf, word = (one.body for one in mission.desk().issue_report(ALL, Draft("sitrep"), ("pdf", "docx")))
    assert "Invented, every line of it." in words(pdf)
    document = docx.Document(io.BytesIO(word))
    assert len(document.inline_shapes) == 2
    assert str(document.styles["Title"].font.color.rgb) == "1F4E79"
    assert mission.desk().repeated(1, "docx").body == word


def test_a_backup_holds_the_logo(mission: Mission, tmp_path: Path) -> None:
    desk: Desk = mission.desk()
    desk.backup(tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        assert "logo.png" in archive.namelist()
    assert (unpacked(tmp_path / "kept.zip", tmp_path / "back") / "logo.png").read_bytes() == (
        tmp_path / "m" / "logo.png"
    ).read_bytes()
