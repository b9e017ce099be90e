"""How fast interleavings are explored, beside frontrun 0.7.0 and beside two bare greenlets, in one run.

    python benchmarks/explore.py [--rounds 3] [--seconds 2] [--peer PYTHON] [--json PATH]

The peer gets an environment of its own, made for the run unless `--peer` names its interpreter. Each measurement is a
process of its own; ours and the peer's take turns, and medians over the rounds are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
PEER = "frontrun==0.7.0"

# program, strategy, schedules a search, times the peer's rate that are asked for
RATES = [
    ("lost-update", "random", 1000, 50),
    ("lost-update", "dpor", 1000, 20),
    ("two-by-fifty", "random", 200, 40),
    ("two-by-fifty", "dpor", 200, 15),
    ("three-locked", "random", 1000, 40),
    ("three-locked", "dpor", 1000, 40),
    ("queue", "random", 200, 30),
]


def main() -> None:
    """Measure, print a table, and say which figures miss what is asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--peer", help="Python that has frontrun; none: an environment is made")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peer = options.peer or environment(Path(folder))
        results = measure_all(peer, options.rounds, options.seconds)
        costs = [
            measure(sys.executable, "threadbench", "switch", "-", 0, options.seconds) for _ in range(options.rounds)
        ]
    print(table(results))
    point, switch = (statistics.median(cost[key] for cost in costs) for key in ("point", "switch"))
    print(f"\na point at which the thread goes on takes {point:,.0f} ns; a switch there {switch:,.0f} ns more")
    results.append({"row": "ns of a point, and of a switch", "point": point, "switch": switch})
    if options.json:
        options.json.write_text(json.dumps(results, indent=2))


def environment(folder: Path) -> str:
    """A virtual environment with the peer in it; returns its Python."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PEER], check=True)
    return python


def measure_all(peer: str, rounds: int, seconds: float) -> list[dict]:
    """Every row, ours and the peer's in turns."""
    results = []
    for program, strategy, schedules, asked in RATES:
        ours, theirs, points = [], [], []
        for _ in range(rounds):
            mine = measure(sys.executable, "threadbench", program, strategy, schedules, seconds)
            ours.append(mine["schedules"])
            points.append(mine["points"])
            theirs.append(measure(peer, "frontrun", program, strategy, schedules, seconds)["schedules"])
        results.append(
            {
                "row": f"{program} {strategy}",
                "ours": statistics.median(ours),
                "points": statistics.median(points),
                "peer": statistics.median(theirs),
                "ratio": statistics.median(ours) / statistics.median(theirs),
                "asked": asked,
            }
        )
    ours, floor = [], []
    for _ in range(rounds):
        ours.append(measure(sys.executable, "threadbench", "lost-update", "random", 1000, seconds)["schedules"])
        floor.append(measure(sys.executable, "threadbench", "floor", "-", 0, seconds)["schedules"])
    results.append(
        {
            "row": "lost-update random / two bare greenlets",
            "ours": statistics.median(ours),
            "peer": statistics.median(floor),
            "ratio": statistics.median(ours) / statistics.median(floor),
            "asked": 0.35,
        }
    )
    ours, theirs = [], []
    for _ in range(rounds * 10):  # a tenth of a second each, of which noise is a tenth
        ours.append(measure(sys.executable, "threadbench", "first-witness", "-", 0, 0)["seconds"])
        theirs.append(measure(peer, "frontrun", "first-witness", "-", 0, 0)["seconds"])
    results.append(
        {
            "row": "seconds to the first witness",
            "ours": statistics.median(ours),
            "peer": statistics.median(theirs),
            "ratio": statistics.median(ours) / statistics.median(theirs),
            "asked": 0.7,
            "less": True,
        }
    )
    return results


def measure(python: str, explorer: str, program: str, strategy: str, schedules: int, seconds: float) -> dict:
    """One measurement in a process of its own."""
    command = [python, str(HERE / "explore_programs.py"), explorer, program, strategy, str(schedules), str(seconds)]
    # pip compiles what it installs; a source tree is compiled at its first start, unless the environment forbids it.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**environ, "FRONTRUN_ACTIVE": "1"})
    return json.loads(done.stdout.splitlines()[-1])


def table(results: list[dict]) -> str:
    """The results, aligned."""
    lines = [f"{'':42} {'ours':>12} {'peer':>10} {'ratio':>8} {'asked':>7}   points/s"]
    for row in results:
        met = row["ratio"] <= row["asked"] if row.get("less") else row["ratio"] >= row["asked"]
        sign = "<=" if row.get("less") else ">="
        points = f"{row['points']:,.0f}" if "points" in row else ""
        lines.append(
            f"{row['row']:42} {row['ours']:12,.3g} {row['peer']:10,.3g} {row['ratio']:8.2f} {sign}{row['asked']:>5}"
            f"   {points:>10} {'' if met else 'MISSED'}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
