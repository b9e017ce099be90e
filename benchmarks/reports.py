"""(g) Millions of events through `report`, in each of its forms: memory, and CPU time an event.

    python benchmarks/reports.py [--events N] [--quick] [--json FILE]

A log is generated: four threads that take two locks, wait for each other, and hand items through a queue. Each form
of report reads it in a process of its own, whose CPU time and most memory the kernel counts (`wait4`). A tenth of the
log is reported as well: what a log of any length needs does not grow tenfold.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from figures import Target, headline, table, targets_table, write_json

FORMS = {
    "text": [],
    "json": ["--json"],
    "trace": ["--quiet", "--trace", "trace.json"],
    "junit": ["--quiet", "--junit", "junit.xml"],
    "html": ["--quiet", "--html", "page.html"],
}
WRITTEN = {"trace.json", "junit.xml", "page.html"}
MEMORY = 100.0
"""MB that a report may take, however long the log is; an HTML page is made in memory, and has twice that."""
STEP = 700
"""Nanoseconds between two events."""

ROUND = (
    '"event":"lock.acquired","thread":"%(a)s","object":"books","at":"bank.py:14"',
    '"event":"lock.waiting","thread":"%(b)s","object":"books","at":"bank.py:14"',
    '"event":"bank.counted","thread":"%(a)s","at":"bank.py:15","data":{"balance":%(n)d}',
    '"event":"lock.released","thread":"%(a)s","object":"books","at":"bank.py:14"',
    '"event":"lock.acquired","thread":"%(b)s","object":"books","at":"bank.py:14"',
    '"event":"queue.put","thread":"%(a)s","object":"orders","at":"bank.py:20","data":{"size":1}',
    '"event":"lock.acquired","thread":"%(a)s","object":"vault","at":"bank.py:31"',
    '"event":"lock.released","thread":"%(b)s","object":"books","at":"bank.py:14"',
    '"event":"lock.released","thread":"%(a)s","object":"vault","at":"bank.py:31"',
    '"event":"queue.got","thread":"%(b)s","object":"orders","at":"bank.py:24","data":{"size":0}',
)
"""What threads `a` and `b` do: `b` waits for a lock of `a`'s, and takes the item that `a` puts."""


PAGE = 10.0
"""MB that a page may have, however long the log is."""


class Cost(NamedTuple):
    """What one report took: CPU seconds and megabytes at most; megabytes of what it wrote."""

    cpu: float
    memory: float
    written: float


def lines(events: int) -> Iterator[bytes]:
    """The lines of a log, in pieces."""
    first = {"schema": "threadbench.events/1", "case": "bank.yaml::bank", "kind": "code", "seed": 1}
    started = [f'"event":"thread.started","thread":"T{at}","data":{{"ident":{at}}}' for at in range(4)]
    yield (json.dumps({"seq": 0, "t": 0, "event": "run.started", "data": first}) + "\n").encode()
    seq = 1
    for body in started:
        yield b'{"seq":%d,"t":%d,%b}\n' % (seq, seq * STEP, body.encode())
        seq += 1
    bodies = []
    for number in range(12):  # every thread with every other
        a, b = number % 4, (number + 1 + number // 4) % 4
        bodies += [body % {"a": f"T{a}", "b": f"T{b}", "n": number} for body in ROUND]
    template = "".join('{"seq":%d,"t":%d,' + body + "}\n" for body in bodies)
    while seq < events - 1 - len(bodies):
        numbers = [number for at in range(seq, seq + len(bodies)) for number in (at, at * STEP)]
        yield (template % tuple(numbers)).encode()
        seq += len(bodies)
    closing = {"verdict": "passed", "as_expected": True, "cause": "returned", "counts": {"events": seq + 1}}
    yield (json.dumps({"seq": seq, "t": seq * STEP, "event": "run.finished", "data": closing}) + "\n").encode()


def write_log(path: Path, events: int) -> None:
    """Write a log of about so many events."""
    with path.open("wb") as file:
        file.writelines(lines(events))


def report(log: Path, words: list[str]) -> Cost:
    """Report a log in one form."""
    command = [sys.executable, "-m", "threadbench", "report", str(log), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=log.parent) as process:
        assert process.stdout is not None
        written = len(process.stdout.read())
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} exited with {process.returncode}")
    files = [log.parent / word for word in words if word in WRITTEN]
    written += sum(file.stat().st_size for file in files)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, written / 1e6)


def main() -> int:
    """Generate, report, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--quick", action="store_true", help="200,000 events")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=[*FORMS], help="all of them by default")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    events = 200_000 if options.quick else options.events
    print(headline())
    with tempfile.TemporaryDirectory() as folder:
        long, short = Path(folder, "long.jsonl"), Path(folder, "short.jsonl")
        write_log(long, events)
        write_log(short, events // 10)
        costs = {
            form: (report(short, words), report(long, words)) for form, words in FORMS.items() if form in options.forms
        }
        size = long.stat().st_size
    table(
        f"(g) reports of {events:,} events, {size / 1e6:,.0f} MB of log",
        ["", "CPU s", "us an event", "MB at most", "MB for a tenth", "MB written"],
        [
            [
                *(form, f"{whole.cpu:.1f}", f"{(whole.cpu - part.cpu) / (events * 0.9) * 1e6:.2f}"),
                *(f"{whole.memory:.0f}", f"{part.memory:.0f}", f"{whole.written:.2f}"),
            ]
            for form, (part, whole) in costs.items()
        ],
    )
    targets = [
        Target(f"{form}: MB", whole.memory, 2 * MEMORY if form == "html" else MEMORY)
        for form, (_, whole) in costs.items()
    ]
    targets += [Target("html: MB of page", costs["html"][1].written, PAGE)] if "html" in costs else []
    targets_table(targets)
    forms = {form: {"tenth": part._asdict(), "whole": whole._asdict()} for form, (part, whole) in costs.items()}
    write_json(options.json, {"events": events, "bytes": size, "forms": forms}, targets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
