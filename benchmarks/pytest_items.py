"""What pytest's plugin costs: an item over its own run or search, and everybody's `pytest --version`.

    python benchmarks/pytest_items.py [--items N] [--rounds N] [--quick] [--json FILE]

Runs pytest on a project of scenario files with the interpreter that this is called with, which must have threadbench
and pytest installed. What an item takes is what JUnit XML says of it, and what its run or search took by itself, too.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from figures import Target, figure, headline, table, targets_table, write_json

SCENARIO = "kind: lock\nparams: {{pause: 0s}}\nmatrix: {{updates: [{numbers}]}}\n"
SEARCHED = SCENARIO + "explore: {{max_schedules: 20, strategy: random}}\nmodel: sync\n"
IMPORTING = """
import pytest, time
before = time.process_time_ns()
import threadbench.pytest_plugin
print(time.process_time_ns() - before)
"""


def items(folder: Path, count: int) -> dict[str, list[tuple[float, float]]]:
    """Of runs and of searches: milliseconds of each item, and of what it did by itself."""
    numbers = ", ".join(str(number) for number in range(1, count + 1))
    (folder / "run.threadbench.yaml").write_text(SCENARIO.format(numbers=numbers))
    (folder / "search.threadbench.yaml").write_text(SEARCHED.format(numbers=numbers))
    (folder / "pytest.ini").write_text("[pytest]\n")
    found: dict[str, list[tuple[float, float]]] = {}
    for what in ("run", "search"):
        mode = {"run": "run", "search": "explore"}[what]
        command = [sys.executable, "-m", "pytest", "-q", "--threadbench-mode", mode, "--junitxml", "report.xml"]
        done = subprocess.run([*command, f"{what}.threadbench.yaml"], cwd=folder, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"pytest left with {done.returncode}:\n{done.stdout.decode()}")
        found[what] = []
        for case in ET.parse(folder / "report.xml").getroot().iter("testcase"):
            told = {each.get("name"): each.get("value") for each in case.iter("property")}
            own = float(told["threadbench.duration"] or 0)
            found[what].append((1000 * float(case.get("time") or 0), 1000 * own))
    return found


def version(folder: Path, rounds: int) -> dict[str, list[float]]:
    """CPU milliseconds of `pytest --version` with and without the plugin, in turns; and of the import alone."""
    commands = {
        "pytest --version": ["-m", "pytest", "--version"],
        "pytest -p no:threadbench --version": ["-m", "pytest", "-p", "no:threadbench", "--version"],
        "import threadbench.pytest_plugin": ["-c", IMPORTING],
    }
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(-2, rounds):
        order = list(commands)
        random.shuffle(order)
        for name in order:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([sys.executable, *commands[name]], cwd=folder, capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            if name.startswith("import"):
                spent = int(done.stdout) / 1e6
            if number >= 0:
                samples[name].append(spent)
    return samples


def main() -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="20 items, 5 rounds")
    parser.add_argument("--json", metavar="FILE", help="write samples, figures and targets")
    options = parser.parse_args()
    count, rounds = (20, 5) if options.quick else (options.items, options.rounds)
    for name in [name for name in os.environ if name.startswith(("PYTEST_", "PYTHON"))]:
        del os.environ[name]  # one of them keeps bytecode from being written, and all is compiled each time
    print(headline())
    with tempfile.TemporaryDirectory(prefix="threadbench-") as name:
        measured = items(Path(name), count)
        started = version(Path(name), rounds)
    rows, targets = [], []
    for what, pairs in measured.items():
        whole, own = figure([pair[0] for pair in pairs]), figure([pair[1] for pair in pairs])
        extra = figure([pair[0] - pair[1] for pair in pairs])
        cells = [whole.median, own.median, extra.median, extra.least, extra.spread]
        rows.append([what, str(len(pairs)), *(f"{cell:.2f}" for cell in cells)])
        targets.append(Target(f"ms that an item adds to its {what}", extra.median, 20))
    table("wall ms of an item", ["", "items", "item", "own", "adds: median", "min", "spread"], rows)
    figures = {name: figure(values) for name, values in started.items()}
    table(
        "CPU ms",
        ["", "median", "min", "spread"],
        [[name, f"{ms.median:.2f}", f"{ms.least:.2f}", f"{ms.spread:.2f}"] for name, ms in figures.items()],
    )
    imported = figures["import threadbench.pytest_plugin"]
    targets.append(Target("CPU ms of the import, behind pytest", imported.median, 2))
    targets_table(targets)
    write_json(options.json, {"items": measured, "started": started}, targets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
