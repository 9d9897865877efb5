"""How fast a million incidents leave as a file, and what that takes in memory, beside geopandas.

Ours reads each row from the store and writes it; geopandas has the whole table in memory before its clock starts.
Each runs in a process of its own, whose peak of resident memory is told. The two take turns.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, arguments, median, mission, said

_TURNS = 3
_DRIVERS = {"csv": "CSV", "gpkg": "GPKG", "geojson": "GeoJSON"}
_OURS_ALONE = ("xlsx", "kmz")

Answers = list[dict[str, float]]


def main() -> None:
    folder = mission(given=arguments(__doc__).mission)
    for suffix in (*_DRIVERS, *_OURS_ALONE):
        told: dict[str, Answers] = {"ours": [], "geopandas": []}
        for turn in range(_TURNS if suffix in _DRIVERS else 1):
            for who in sorted(told, reverse=bool(turn % 2)):
                if who == "ours" or suffix in _DRIVERS:
                    told[who].append(beside(who, suffix, folder))
        said(f"export of {told['ours'][0]['rows']:,.0f} rows, .{suffix}", "", figure(told["ours"], told["geopandas"]))


def figure(ours: Answers, theirs: Answers) -> str:
    """Return in words what both took; the processor's seconds tell more than the clock's where others work too."""
    took, used = (median([one[name] for one in ours]) for name in ("took", "used"))
    peaks = [max(one["peak"] for one in told) for told in (ours, theirs) if told]
    words = f"{took:.1f} s, {used:.1f} of processor; {ours[0]['rows'] / took:,.0f} rows/s; {ours[0]['size']:.0f} MB; "
    words += f"peak {peaks[0]:.0f} MB, of these {ours[0]['before']:.0f} before it began"
    if not theirs:
        return words
    their, spent = (median([one[name] for one in theirs]) for name in ("took", "used"))
    words += f"; geopandas {their:.1f} s, {spent:.1f} of processor, peak {peaks[1]:.0f} MB"
    return f"{words}: {took / their:.2f}× the time, {used / spent:.2f}× the processor"


def beside(who: str, suffix: str, folder: Path) -> dict[str, float]:
    """Write one file in a process of its own; return what it says."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, __file__, "alone", who, suffix, str(folder), str(Path(out) / f"out.{suffix}")]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def alone(who: str, suffix: str, folder: Path, out: Path) -> None:
    """Write one file and say how long it took."""
    sys.path.insert(0, str(ROOT))
    from layers.desk import open_mission
    from layers.model import parse

    desk = open_mission(folder).desk()
    view = parse("last=all")
    rows = desk.sheet(view).count(desk.layer("incidents"))
    table = desk.sheet(view).features("incidents") if who == "geopandas" else None
    before, began, used = peak(), time.perf_counter(), time.process_time()
    if table is None:
        desk.export("incidents", out, view)
    else:
        places = {"GEOMETRY": "AS_WKT"} if suffix == "csv" else {}
        table.to_file(out, driver=_DRIVERS[suffix], engine="pyogrio", index=False, **places)
    took, used = time.perf_counter() - began, time.process_time() - used
    size = out.stat().st_size / 1e6
    print(json.dumps({"took": took, "used": used, "rows": rows, "before": before, "peak": peak(), "size": size}))


def peak() -> float:
    """Return the most memory this process has held, in MB, as Linux counts it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        alone(sys.argv[2], sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]))
    else:
        main()
