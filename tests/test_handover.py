"""The hand-over of a watch: what happened, what is open, overdue, quiet and written, made again to the byte whatever came after."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from layers.access import OWNER, User
from layers.briefing.report import Paragraph, Report, Table
from layers.desk import Draft
from layers.desk.responses import Saying
from layers.model import parse
from tests.frame import HOSTILE
from tests.missions import ALL
from tests.patrolled import PLAN, drove, planned
from tests.watch import LEVELS, LOW, Watch, with_sectors

SINCE = parse("last=watch")
DRAFT = Draft("handover")


def drafted(watch: Watch, user: User = OWNER) -> Report:
    return watch.mission.desk(user).drafted(SINCE, DRAFT)


def under(report: Report, title: str) -> list[str]:
    """Return what stands under a head: paragraphs, and the cells of each row."""
    (head,) = [head for head in report.heads if head.title == title]
    found = []
    for block in head.shown:
        if isinstance(block, Paragraph):
            found.append(block.text)
        elif isinstance(block, Table):
            found += [" | ".join(row) for row in block.rows]
    return found


def item(watch: Watch) -> int:
    return int(watch.mission.desk().feed(ALL)["items"][0]["id"])  # type: ignore[index]


def test_what_is_open_is_what_nobody_acknowledged_and_what_is_not_closed(watch: Watch) -> None:
    watch.report(place="Mill town")
    desk, seq = watch.mission.desk(), item(watch)
    assert under(drafted(watch), "What is open") == [
        "Shelling | Urgent |  | 1 | 011100Z JAN 26", "No incident is tasked and not closed.",
    ]  # fmt: skip
    watch.acknowledge()
    told = desk.respond("incidents", seq, Saying("tasked", watch.now - timedelta(minutes=5), "Patrol 1", 0))
    first, second = under(drafted(watch), "What is open")
    assert first == "Every alert is acknowledged."
    assert "Mill town" in second
    assert second.endswith("| Shelling | 011155Z JAN 26 | Patrol 1 | –")
    desk.respond("incidents", seq, Saying("closed", None, "", int(str(told["upto"]))))
    assert under(drafted(watch), "What is open")[1] == "No incident is tasked and not closed."


def test_the_log_of_the_watch_is_on_it_and_that_of_the_watch_before_is_not(watch: Watch) -> None:
    desk = watch.mission.desk()
    desk.write_log("yesterday's", LEVELS[0])
    watch.now += timedelta(hours=1)
    desk.start_watch()
    desk.write_log(HOSTILE, LEVELS[0])
    assert under(drafted(watch), "Watch log") == [f"011300Z JAN 26 | owner | {HOSTILE}"]


def test_overdue_patrols_and_reports_and_what_is_planned_next_stand_on_it(watch: Watch, tmp_path: Path) -> None:
    planned(watch.mission, tmp_path, PLAN, [drove(2.5, "06:05", minutes=30)])
    assert under(drafted(watch), "What is overdue")[0].startswith("Patrol 1 | S1 | 3 | ")


def test_a_report_that_was_overdue_before_the_watch_began_stands_on_it_and_marks_it(watch: Watch, tmp_path: Path) -> None:
    secret = drove(1, "06:00", marking=LEVELS[1])
    planned(watch.mission, tmp_path, [], [secret])
    watch.now += timedelta(days=3)
    watch.mission.desk().start_watch()
    watch.now += timedelta(hours=1)
    report = drafted(watch)
    assert under(report, "What is overdue") == ["Patrol 1 | S1 | 010620Z JAN 26 | 010820Z JAN 26 | overdue by 3 d 4 h"]
    assert report.band == LEVELS[1]
    assert under(drafted(watch, LOW), "What is overdue") == ["Nothing is overdue."]
    watch.now += timedelta(days=30)
    assert under(drafted(watch), "What is overdue") == ["Nothing is overdue."]


def test_an_alert_about_a_patrol_tells_its_sector(watch: Watch, tmp_path: Path) -> None:
    planned(watch.mission, tmp_path, [], [drove(1, "06:00")])
    assert under(drafted(watch), "What is open")[0].startswith(
        "Patrol report overdue: Patrol 1, due 010820Z JAN 26 | High | S1 | "
    )


def test_it_is_marked_as_the_highest_of_all_it_tells(watch: Watch) -> None:
    assert drafted(watch).band == LEVELS[0]
    watch.mission.desk().write_log("held close", LEVELS[1])
    assert drafted(watch).band == LEVELS[1]
    assert (drafted(watch, LOW).band, under(drafted(watch, LOW), "Watch log")) == (
        LEVELS[0],
        ["Nothing is written in the log of the watch."],
    )
    watch.report(hours_ago=20, marking=LEVELS[2])
    assert drafted(watch).band == LEVELS[2]  # its alert is open


def test_of_a_protected_incident_it_tells_neither_times_nor_names(watch: Watch) -> None:
    watch.report(kind="sexual_violence", place="Mill town")
    watch.mission.desk().respond("incidents", item(watch), Saying("tasked", None, "Patrol to the mill", 0))
    (row,) = [row for row in under(drafted(watch), "What is open") if "Week of" in row]
    assert row.endswith("| Yes |  | –")
    assert "ill" not in row.replace("Sexual violence", "")


def test_it_is_issued_and_made_again_to_the_byte_whatever_came_after(watch: Watch, tmp_path: Path) -> None:
    with_sectors(watch, tmp_path)
    for hours in (1, 2, 30):
        watch.report(hours_ago=hours, longitude="61.0")
    desk, seq = watch.mission.desk(), item(watch)
    desk.write_log("OP 4 relieved", LEVELS[0])
    desk.respond("incidents", seq, Saying("tasked", None, "Patrol 1", 0))
    made = {one.form: one.body for one in desk.issue_report(SINCE, DRAFT)}
    assert set(made) == {"docx", "pdf"}
    number = desk.register()[0].number
    # At the same moment, and later, all that it tells of goes on.
    for _ in range(2):
        watch.acknowledge()
        upto = int(str(desk.card("incidents", seq)["response"]["upto"]))  # type: ignore[index, call-overload]
        desk.respond("incidents", seq, Saying("on scene", None, "", upto))
        desk.write_log("after", LEVELS[0])
        assert desk.repeated(number, "docx").body == made["docx"]
        assert desk.repeated(number, "pdf").body == made["pdf"]
        watch.now += timedelta(hours=1)
        watch.report(hours_ago=0, longitude="61.0")
    feature = str(desk.card("incidents", seq)["feature"])
    desk.withdraw("incidents", {feature: int(str(desk.card("incidents", seq)["id"]))}, "not so")
    assert desk.repeated(number, "docx").body == made["docx"]
