"""How fast a million reports come in from a CSV of the own template, and what that takes in memory, beside pyogrio.

Ours begins with the file and an empty mission that is open, and ends when every row is in the record, durably, and on the
map. pyogrio's ``write_dataframe`` begins with the same rows in memory, where pandas has read them before its clock starts, and
ends with a GeoPackage. Each runs in a process of its own, whose peak of resident memory is told (Linux). They take turns.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import reports
from common import MILLION, ROOT, arguments, empty, median, said

_TURNS = 3

Answers = list[dict[str, float]]


def main() -> None:
    rows: int = arguments(__doc__, rows=MILLION).rows
    files = {who: reports.file(rows, notation="field" if who == "field" else "plain") for who in ("field", "plain", "pyogrio")}
    told: dict[str, Answers] = {who: [] for who in files}
    for turn in range(_TURNS):
        for who in sorted(files, reverse=bool(turn % 2)):
            told[who].append(beside(who, files[who]))
    plain, field, pyogrio = told["plain"], told["field"], told["pyogrio"]
    what = f"a CSV of {rows:,} rows"
    said(f"{what}: read, checked, stored durably, on the map", "≤ 15 s", figure(plain))
    said("the same: peak of resident memory", "≤ 1.2 GB", memory(plain))
    said("the same ÷ pyogrio.write_dataframe alone", "≤ 1", ratio(plain, pyogrio))
    said(f"{what}, MGRS and DTG ÷ degrees and ISO", "≤ 1.6", ratio(field, plain))
    said(f"{what}, MGRS and DTG", "", f"{figure(field)}; {memory(field)}")


def figure(told: Answers) -> str:
    """Return in words how long it took; the processor's seconds tell more than the clock's where others work too."""
    took = [one["took"] for one in told]
    words = f"{median(took):.1f} s ({min(took):.1f}–{max(took):.1f}), {middle(told, 'used'):.1f} of processor"
    return f"{words}; {told[0]['rows'] / median(took):,.0f} rows/s; {told[0]['size']:.0f} MB"


def memory(told: Answers) -> str:
    """Return in words the most memory that was held."""
    return f"peak {max(one['peak'] for one in told):.0f} MB, of these {max(one['before'] for one in told):.0f} before it began"


def ratio(ours: Answers, others: Answers) -> str:
    """Return in words how many times longer one took than the other."""
    took, used = (middle(ours, name) / middle(others, name) for name in ("took", "used"))
    words = f"{took:.2f}× the time ({middle(ours, 'took'):.1f} s ÷ {middle(others, 'took'):.1f} s, medians of {len(ours)})"
    return f"{words}, {used:.2f}× the processor ({middle(ours, 'used'):.1f} s ÷ {middle(others, 'used'):.1f} s)"


def middle(told: Answers, name: str) -> float:
    """Return the median of one figure."""
    return median([one[name] for one in told])


def beside(who: str, file: Path) -> dict[str, float]:
    """Take one file in, in a process of its own; return what it says."""
    with tempfile.TemporaryDirectory() as out:
        into = Path(out) / "out.gpkg" if who == "pyogrio" else empty(Path(out) / "mission")
        command = [sys.executable, __file__, "alone", who, str(file), str(into)]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def alone(who: str, file: Path, into: Path) -> None:
    """Take one file in and say how long it took."""
    answer = written(file, into) if who == "pyogrio" else submitted(file, into)
    print(json.dumps(answer | {"peak": peak()}))


def submitted(file: Path, folder: Path) -> dict[str, float]:
    """Submit a file to a mission; return what it took."""
    sys.path.insert(0, str(ROOT))
    from layers.desk import open_mission
    from layers.model import parse

    opened = open_mission(folder)
    desk = opened.desk()
    desk.sheet(parse("last=all")).count(desk.layer("incidents"))  # the map of the empty mission is drawn already
    before, began, used = peak(), time.perf_counter(), time.process_time()
    receipt = desk.submit("incidents", file)
    shown = desk.sheet(parse("last=all")).count(desk.layer("incidents"))
    took, used = time.perf_counter() - began, time.process_time() - used
    opened.close()
    if receipt.refused_rows or shown != receipt.new:
        raise SystemExit(f"{receipt.refused_rows} rows were refused, {receipt.new} stored, {shown} are on the map")
    size = sum(of.stat().st_size for of in folder.glob("record.gpkg*")) / 1e6
    return {"took": took, "used": used, "rows": shown, "before": before, "size": size}


def written(file: Path, out: Path) -> dict[str, float]:
    """Write a file's rows to a GeoPackage as geopandas' users do; return what that took."""
    import geopandas
    import pandas
    import pyogrio

    read = pandas.read_csv(file)
    places = geopandas.points_from_xy(read.pop("longitude"), read.pop("latitude"), crs=4326)
    table = geopandas.GeoDataFrame(read, geometry=places)
    before, began, used = peak(), time.perf_counter(), time.process_time()
    pyogrio.write_dataframe(table, out, driver="GPKG")
    took, used = time.perf_counter() - began, time.process_time() - used
    return {"took": took, "used": used, "rows": len(table), "before": before, "size": out.stat().st_size / 1e6}


def peak() -> float:
    """Return the most memory this program has held, in MB, as Linux tells it.

    ``getrusage`` would tell the peak of the process that started this one where that was higher.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        alone(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
