"""(d) Millions of events through one run, as a user starts it: memory of worker and supervisor while it goes on.

    python benchmarks/memory.py [--events N] [--quick] [--json FILE]

Memory is read from /proc (Linux) many times a second and set against the events that were in the log by then: what the
processes use at a fifth of the run must be what they use at its end. RssFile counts the mapped segments, at most
64 MiB: each is first touched when the writers are that far ahead, which may happen late in a run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from figures import Target, headline, table, targets_table, write_json

FIELDS = ("RssAnon", "RssFile", "RssShmem", "VmRSS", "VmHWM")


def status(pid: int) -> dict[str, float]:
    """Memory of a process in MB, as the kernel counts it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    return {name: int(facts[name].split()[0]) / 1024 for name in FIELDS}


def children(pid: int) -> list[int]:
    """A process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def watch(process: subprocess.Popen[str], log: Path) -> list[dict[str, Any]]:
    """Samples of both processes until the run has ended; the worker is the child of the template, which is ours."""
    samples = []
    while process.poll() is None:
        try:
            (template,) = children(process.pid)
            (worker,) = children(template)
            size = log.stat().st_size
            samples.append({"bytes": size, "supervisor": status(process.pid), "worker": status(worker)})
        except (OSError, ValueError, KeyError):
            pass  # not there yet, or about to end
        time.sleep(0.05)
    return samples


def lines_of(log: Path) -> tuple[int, int, dict[str, Any]]:
    """Lines, events of the workload's own, and the data of the last line."""
    lines = own = 0
    line = b""
    with log.open("rb") as file:
        for line in file:
            lines += 1
            own += b'"event":"bench-flood.item"' in line
    return lines, own, json.loads(line)["data"]


def around(samples: list[dict[str, Any]], low: float, high: float) -> dict[str, dict[str, float]]:
    """The most that each process used while the log had between these shares of its final size."""
    final = samples[-1]["bytes"]
    chosen = [sample for sample in samples if low * final <= sample["bytes"] <= high * final] or samples[-1:]
    return {
        who: {name: max(sample[who][name] for sample in chosen) for name in FIELDS} for who in ("worker", "supervisor")
    }


def main() -> int:
    """Run, watch, count; leaves with 1 when events are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000, help="events of the run (default 10,000,000)")
    parser.add_argument("--quick", action="store_true", help="500,000 events")
    parser.add_argument("--json", metavar="FILE", help="write samples, figures and targets")
    options = parser.parse_args()
    events = 500_000 if options.quick else options.events
    print(headline())
    with tempfile.TemporaryDirectory(prefix="threadbench-") as folder:
        scenario, log = Path(folder, "flood.yaml"), Path(folder, "flood.jsonl")
        scenario.write_text(json.dumps({"kind": "bench-flood", "timeout": "30m", "params": {"events": events}}))
        command = [sys.executable, "-m", "threadbench", "run", str(scenario), "--events", str(log)]
        command += ["--plugin", str(Path(__file__).with_name("flood.py"))]
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            samples = watch(process, log)
            output = process.communicate()[0]
        seconds = time.perf_counter() - start
        if process.returncode or not samples:
            print(output, file=sys.stderr)
            return 1
        lines, own, closing = lines_of(log)
        size = log.stat().st_size
    early, late = around(samples, 0.15, 0.25), around(samples, 0.9, 1.0)
    rows = [
        [f"{who} {name}", f"{early[who][name]:.1f}", f"{late[who][name]:.1f}"]
        for who in ("worker", "supervisor")
        for name in FIELDS
    ]
    table("(d) most memory in MB while the log had", ["", f"about {events // 5:,}", f"{events:,} events"], rows)
    pressure = closing["counts"]["back_pressure"]
    print(
        f"\n{own:,} of {events:,} events in {lines:,} lines, {size / 1e6:,.0f} MB; {seconds:.1f} s, "
        f"{events / seconds:,.0f} events/s end to end; a thread waited for the log {pressure:,} times"
    )
    targets = [
        Target(f"growth of the {who}'s own memory, MB", late[who]["RssAnon"] - early[who]["RssAnon"], 3)
        for who in ("worker", "supervisor")
    ]
    targets += [
        Target(f"growth of the {who}'s memory with mapped segments, MB", late[who]["VmRSS"] - early[who]["VmRSS"], 10)
        for who in ("worker", "supervisor")
    ]
    targets.append(Target("events missing in the log", events - own, 0))
    targets_table(targets)
    write_json(
        options.json,
        {
            "events": events,
            "lines": lines,
            "seconds": seconds,
            "back_pressure": pressure,
            "early": early,
            "late": late,
            "samples": samples[:: max(1, len(samples) // 200)],
        },
        targets,
    )
    return 0 if own == events else 1


if __name__ == "__main__":
    sys.exit(main())
