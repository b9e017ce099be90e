"""How often `bench --baseline` calls a planted slow-down, and how often no change: `python benchmarks/regressions.py`.

Each pair of runs is what a user types: a baseline is saved, then the same case is compared with it, once as it was and
once with a tenth more to compute. Several pairs are under way at a time, and are each other's load.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SCENARIO = """
kind: pool
params: {{workers: 2, task: cpu, upto: {upto}}}
"""
BASE = 40_000
PLANTED = 44_000


def bench(folder: Path, upto: int, options: list[str], effort: list[str]) -> dict:
    """One command of threadbench, as its JSON document."""
    # The same name each time, or there would be nothing to compare; where it lies is another matter.
    place = folder / str(upto)
    place.mkdir(exist_ok=True)
    (place / "case.yaml").write_text(SCENARIO.format(upto=upto), encoding="utf-8")
    command = [sys.executable, "-m", "threadbench", "bench", "case.yaml", "--json", *effort, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


@contextlib.contextmanager
def folder_of(number: int, kept: Path | None) -> Iterator[Path]:
    """Where a pair works: what it measured is left there where that is wanted."""
    if kept is None:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)
        return
    folder = (kept / f"pair-{number}").absolute()
    folder.mkdir(parents=True)
    yield folder


def pair(number: int, effort: list[str], kept: Path | None) -> tuple[dict, dict]:
    """A baseline, and what is called of no change and of the planted one."""
    with folder_of(number, kept) as folder:
        saved = str(folder / "before.json")
        bench(folder, BASE, ["--save", saved], effort)
        told = []
        for what, upto in (("same", BASE), ("planted", PLANTED)):
            after = ["--baseline", saved, "--save", str(folder / f"{what}.json")]
            told.append(bench(folder, upto, after, effort)["groups"][0]["variants"][0]["baseline"])
    same, slower = told
    for what, each in (("same", same), ("planted", slower)):
        ratio = each["times_as_long"]
        print(
            f"pair {number:2} {what:8} {each['judgement']:10} x {ratio['centre']:.3f}"
            f" [{ratio['low'] or 0:.3f}, {ratio['high'] or 0:.3f}]  p {each['p']:.4f}"
            f"  by {each['by']}, machine x {each['machine']:.2f}, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return same, slower


def main() -> int:
    """Run the pairs, and say how often each was called; 1 where that is short of the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--beside", type=int, default=os.cpu_count() or 1, help="pairs at a time")
    parser.add_argument("--processes", default="10")
    parser.add_argument("--values", default="10")
    parser.add_argument("--min-time", default="50ms")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where pyperf's files of all pairs are left")
    arguments = parser.parse_args()
    effort = ["--processes", arguments.processes, "--values", arguments.values, "--min-time", arguments.min_time]
    load = os.getloadavg()[0]
    print(f"{arguments.pairs} pairs, {arguments.beside} at a time, {' '.join(effort)}, load before it {load:.1f}")
    with ThreadPoolExecutor(arguments.beside) as pool:
        numbers = range(1, arguments.pairs + 1)
        done = list(pool.map(lambda number: pair(number, effort, arguments.keep), numbers))
    false = sum(same["judgement"] == "slower" for same, _ in done)
    found = sum(slower["judgement"] == "slower" for _, slower in done)
    most, least = arguments.pairs // 20, arguments.pairs - arguments.pairs // 20
    print(f"no change called slower: {false} of {arguments.pairs} (target: at most {most})")
    print(f"10 % slower called slower: {found} of {arguments.pairs} (target: at least {least})")
    missed = sum(slower["judgement"] == "no change" for _, slower in done)
    unclear = sum(each["judgement"] == "unclear" for both in done for each in both)
    print(f"10 % slower called no change: {missed} of {arguments.pairs}; could not be told: {unclear} of both")
    print(f"load after it {os.getloadavg()[0]:.1f}")
    print("PASS" if false <= most and found >= least else "short")
    return 0 if false <= most and found >= least else 1


if __name__ == "__main__":
    sys.exit(main())
