"""What a search of each scenario of the library comes to, under each model: `python benchmarks/library.py`.

Each row is one command, `threadbench explore FILE --model MODEL`; seconds are CPU time of it and its processes, which
neighbours on the machine change little. The library's own settings bound the searches of what has no end.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figures import Target, headline, table, targets_table, write_json

LIBRARY = Path(__file__).parents[1] / "scenarios"
MODELS = ("sync", "gil", "free-threaded")
SMALL = ["--set", "params.producers=1", "--set", "params.consumers=1", "--set", "params.items=2"]
"""With these, `prodcons` has an end: the strategy that reduces reaches it."""
ALSO = {"prodcons, 2 items": ("prodcons", [*SMALL, "--strategy", "auto"])}
LIMIT = 10.0


def explored(stem: str, model: str, options: Sequence[str], folder: str) -> tuple[list[dict[str, Any]], float, int]:
    """The searches of a file, the CPU seconds they took, and the exit code."""
    words = [sys.executable, "-m", "threadbench", "explore", str(LIBRARY / f"{stem}.yaml"), "--model", model, "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*words, "--seed", "1", *options], capture_output=True, text=True, check=False, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout)["searches"], seconds, done.returncode


def strength(searches: Sequence[dict[str, Any]]) -> str:
    """How much was looked at: the least of it."""
    if all(search["exhaustive"] for search in searches):
        return "exhaustive"
    if not any(search["schedules"] for search in searches):
        return "nothing"
    return "partly" if any(search["exhaustive"] for search in searches) else "sampled"


def main(path: str | None) -> int:
    """Explore the library, print a table; 1 where something did not come to what its file says."""
    print(headline())
    rows, found, targets, failed = [], [], [], False
    subjects = {path.stem: (path.stem, list[str]()) for path in sorted(LIBRARY.glob("*.yaml"))}
    with tempfile.TemporaryDirectory() as folder:
        for name, (stem, options) in {**subjects, **ALSO}.items():
            for model in MODELS:
                searches, seconds, code = explored(stem, model, options, folder)
                failed = failed or code != 0
                verdicts = ", ".join(dict.fromkeys(search["verdict"] for search in searches))
                schedules = sum(search["schedules"] for search in searches)
                ends = sum(len(search["outcomes"]) for search in searches)
                row = [name, model, verdicts, strength(searches), f"{schedules:,}", f"{ends}", f"{seconds:.2f}"]
                rows.append(row)
                found.append({"name": name, "model": model, "exit_code": code, "cpu": seconds, "searches": searches})
                print("  ".join(row), file=sys.stderr)
            worst = max(each["cpu"] for each in found[-len(MODELS) :])
            targets.append(Target(f"{name}: CPU seconds, the slowest model", worst, LIMIT))
    header = ["scenario", "model", "verdict", "looked at", "schedules", "ends", "CPU s"]
    table("What a search of each scenario comes to", header, rows)
    targets_table(targets)
    write_json(path, {"library": found}, targets)
    return int(failed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--json", metavar="FILE", help="write every figure there")
    sys.exit(main(parser.parse_args().json))
