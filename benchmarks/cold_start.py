"""What it costs to start: CPU time of whole commands, as ratios within one run.

    python benchmarks/cold_start.py [--rounds N] [--quick] [--scripts FOLDER] [--json FILE]

Builds a virtual environment, installs threadbench and pytest into it as a user does, and calls their console scripts in
turn. CPU time is user + system of the command and of all processes that it waited for.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from figures import Target, figure, headline, table, targets_table, write_json

REPOSITORY = Path(__file__).resolve().parents[1]
SMALLEST = "kind: race\nparams: {pause: 0, updates: 1, workers: 1}\nexpect: {outcome: {lost: 0}}\n"
"""The smallest run there is: one thread updates once, and nobody waits."""


def install(folder: Path) -> Path:
    """A new environment with threadbench and pytest; returns the folder of its scripts."""
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(scripts / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    # The newest pip, because the console scripts of older ones import `re` before anything of ours.
    subprocess.run([*pip, "--upgrade", "pip"], check=True, stderr=subprocess.DEVNULL)
    subprocess.run([*pip, str(REPOSITORY), "pytest"], check=True, stderr=subprocess.DEVNULL)
    return scripts


def cpu_ms(command: list[str], cwd: Path) -> float:
    """User and system time of a command and what it waited for, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=environment()
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command} left with {done.returncode}:\n{done.stdout.decode()}")
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def environment() -> dict[str, str]:
    """The caller's, but for what would change which modules are found."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def main() -> int:
    """Install, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="5 rounds")
    parser.add_argument("--json", metavar="FILE", help="write samples, figures and targets")
    parser.add_argument("--scripts", metavar="FOLDER", type=Path, help="an environment's scripts, instead of a new one")
    options = parser.parse_args()
    rounds = 5 if options.quick else options.rounds
    print(headline())
    with tempfile.TemporaryDirectory(prefix="threadbench-") as name:
        folder = Path(name)
        scripts = options.scripts.resolve() if options.scripts else install(folder / "venv")
        (folder / "smallest.yaml").write_text(SMALLEST)
        commands = {
            "python -c pass": [str(scripts / "python"), "-c", "pass"],
            "threadbench --version": [str(scripts / "threadbench"), "--version"],
            "threadbench --help": [str(scripts / "threadbench"), "--help"],
            "pytest --version": [str(scripts / "pytest"), "--version"],
            "threadbench run smallest.yaml": [str(scripts / "threadbench"), "run", "smallest.yaml"],
        }
        samples: dict[str, list[float]] = {name: [] for name in commands}
        for round_number in range(-2, rounds):  # the first two only warm the caches, of bytecode too
            order = list(commands)
            random.shuffle(order)
            for name in order:
                spent = cpu_ms(commands[name], folder)
                if round_number >= 0:
                    samples[name].append(spent)
    median = {name: figure(values).median for name, values in samples.items()}
    rows = []
    for name, values in samples.items():
        ms = figure(values)
        ratios = (ms.median / median["python -c pass"], ms.median / median["pytest --version"])
        rows.append(
            [name, f"{ms.median:.1f}", f"{ms.least:.1f}", f"{ms.spread:.1f}", *(f"{ratio:.2f}" for ratio in ratios)]
        )
    table("CPU ms of a command", ["", "median", "min", "spread", "x python", "x pytest"], rows)
    bare, pytest = median["python -c pass"], median["pytest --version"]
    targets = [
        Target("threadbench --version / python -c pass", median["threadbench --version"] / bare, 1.5),
        Target("threadbench --help / python -c pass", median["threadbench --help"] / bare, 6),
        Target("threadbench run / pytest --version", median["threadbench run smallest.yaml"] / pytest, 2),
    ]
    targets_table(targets)
    write_json(options.json, {"samples": samples}, targets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
