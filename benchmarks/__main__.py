"""`python -m benchmarks`: every system at the same work in one run, and one table of ratios.

A quick pass takes a minute or two: `--scale 0.05 --systems cordee,sinks,trackio`. The figures of
`docs/performance.md` are of the full scale. Rounds alternate between the systems, so that other
work on the machine meets all of them; the median round of each counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import uvloop

from benchmarks import reads, table
from benchmarks.systems.aim import Aim
from benchmarks.systems.cordee import Cordee
from benchmarks.systems.mlflow import MLflow
from benchmarks.systems.sinks import DurableSink, Sink
from benchmarks.systems.system import System
from benchmarks.systems.trackio import Trackio
from benchmarks.systems.venvs import NotInstalled
from benchmarks.works import WORKS, Row, Work, measure

SYSTEMS: dict[str, tuple[type[System], ...]] = {
    "cordee": (Cordee,),
    "sinks": (Sink, DurableSink),
    "trackio": (Trackio,),
    "mlflow": (MLflow,),
    "aim": (Aim,),
}


def said(text: str) -> None:
    """Progress goes to stderr; the table is all that is printed."""
    print(f"  {text}", file=sys.stderr, flush=True)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What can be chosen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of the work, 1 is all of it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="some of: %(default)s")
    parser.add_argument("--works", default="W1,W2,W3,R1", help="some of: %(default)s")
    parser.add_argument("--json", type=Path, help="write all rounds there, too")
    return parser.parse_args(argv)


def started(names: Sequence[str], folder: Path) -> list[System]:
    """Those that can be had, each with its server running; without Cordée nothing is compared."""
    found: list[System] = []
    for kind in [kind for name in names for kind in SYSTEMS[name]]:
        system = kind(folder / kind.__name__.lower())
        said(f"{system.name} starts")
        try:
            system.start()
            found.append(system)
        except (NotInstalled, AssertionError) as reason:
            said(f"{system.name} is left out: {reason}")
            system.stop()
            if kind is Cordee:
                stopped(found)
                raise SystemExit("Cordée did not start.") from reason
        except BaseException:
            stopped([*found, system])
            raise
    return found


def stopped(systems: Sequence[System]) -> None:
    """None of them runs on."""
    for system in systems:
        system.stop()


def rounds(systems: Sequence[System], works: Sequence[Work], scale: float, count: int) -> list[Row]:
    """In turns: one after the other does the same, then all do it again."""
    rows = []
    for work in works:
        for writers in work.writers:
            for number in range(count):
                for system in systems:
                    row = uvloop.run(measure(system, work, writers, scale, number, said))
                    rows.append(row)
                    said(f"{work.name} C={writers} {system.name}: {row.rate:,.0f} points/s "
                         f"{row.cpu_per_million:.2f} CPU s/M {row.refused or ''}")  # fmt: skip
    return rows


def medians(rows: Sequence[Row]) -> list[Row]:
    """Of each work on each system the round in the middle."""
    groups: dict[tuple[str, int, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.work, row.writers, row.system), []).append(row)
    return [
        min(group, key=lambda row: abs(row.rate - statistics.median(r.rate for r in group)))
        for group in groups.values()
    ]


def main(argv: Sequence[str]) -> int:
    """0 if everything that was acknowledged could be read back."""
    asked = arguments(argv)
    names = asked.works.split(",")
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    systems = started(asked.systems.split(","), folder)
    try:
        works = [work for work in WORKS if work.name in names]
        rows = rounds(systems, works, asked.scale, asked.rounds)
        read = reads.measure(systems, asked.scale, said) if "R1" in names else []
    finally:
        stopped(systems)
        shutil.rmtree(folder, ignore_errors=True)
    versions = ", ".join(f"{s.name} {s.version}".strip() for s in systems)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"`python -m benchmarks {' '.join(argv)}` · {os.cpu_count()} cores, load {load} at the "
          f"end, Python {platform.python_version()} · {versions}\n")  # fmt: skip
    print(table.markdown(medians(rows)))
    if read:
        print("\n" + reads.markdown(read))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0 if all(row.points == row.sent for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
