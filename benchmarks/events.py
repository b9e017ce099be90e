"""What an event costs its thread, what logging does to threads that hand over, and to a race; one run of one worker.

    python benchmarks/events.py [--quick] [--json FILE]

Everything is measured within a workload of threadbench, with the supervisor draining in its process as in any run; all
contestants take turns within each round. See README.md.

What an event may cost is said as a multiple of the floor. That multiple is taken turn by turn: in a turn the floor, the
primitive without and with its events are measured right after each other, in random order, and what counts is the
median of their quotients ("paired"). A neighbour on the same cores slows down alike what is measured in one moment,
but not what is measured in two: the quotient of two medians may set a quiet moment of one beside a busy moment of the
other, either way. It asks no less: each turn has its whole cost in it, no turn is left out, and the floor of a turn is
that with the short list, which pays for no new memory; where the machine is quiet, "paired" comes to "x short list".
The quotients of the medians and of the least are printed beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import cost
import race
import slowdown
from figures import Figure, Target, figure, headline, machine, table, targets_table, write_json

import threadbench
from threadbench import Params, Run, workload


class EventsParams(Params):
    """How much to measure."""

    folder: str = ""
    rounds: int = 25
    crowd_rounds: int = 7
    slowdown_rounds: int = 9
    race_rounds: int = 7
    hand_overs: int = 2_000
    milliseconds: int = 400


@workload("bench-events", params=EventsParams)
def bench_events(run: Run, params: EventsParams) -> dict[str, Any]:
    """All three parts, one after the other."""
    folder = Path(params.folder)
    return {
        "machine": machine(),
        "cost": cost.measure(
            run, folder, rounds=params.rounds, crowd_rounds=params.crowd_rounds, paired=tuple(REQUIRED)
        ),
        "slowdown": slowdown.measure(folder, rounds=params.slowdown_rounds, times=params.hand_overs),
        "race": race.measure(run, folder, rounds=params.race_rounds, milliseconds=params.milliseconds),
    }


QUICK = EventsParams(rounds=5, crowd_rounds=1, slowdown_rounds=3, race_rounds=3, hand_overs=500, milliseconds=150)


def per_event(part: dict[str, Any], threads: str, row: str) -> Figure:
    """CPU nanoseconds of one event: what the row takes beyond the same without events, by the number of its events."""
    samples = part["samples"][threads]
    taken_off = figure(samples[part["without"][row]]).median
    taken_off_least = figure(samples[part["without"][row]]).least
    whole, events = figure(samples[row]), part["events"][row]
    return Figure((whole.median - taken_off) / events, (whole.least - taken_off_least) / events, whole.spread / events)


def by_floor(part: dict[str, Any], row: str) -> Figure:
    """What an event of a row costs, as a multiple of the floor of the same turn."""
    events, loop = part["events"][row], figure(part["samples"]["1"]["loop"]).median
    return figure([(whole - without) / events / (floor - loop) for whole, without, floor in part["turns"][row]])


def untraced(part: dict[str, Any], threads: str, row: str) -> str:
    """What was taken off, by the same number: CPU nanoseconds of the operations themselves, where there are any."""
    samples, without = part["samples"][threads], part["without"][row]
    if not without.startswith("plain"):
        return "-"
    alone = figure(samples[without]).median - figure(samples["loop"]).median
    return f"{alone / part['events'][row]:,.0f}"


REQUIRED = {
    "lock": ("event of a traced lock", 4, 1 / 4),
    "with": ("event of a traced lock, with", 4, 1 / 4),
    "rlock": ("event of a traced RLock, with", 4, 1 / 4),
    "semaphore": ("event of a traced Semaphore, with", 4, 1 / 4),
    "condition": ("event of a traced Condition and its lock", 4, 1 / 4),
    "event": ("event of a traced Event", 4, 1 / 4),
    "queue": ("event of a traced Queue", 4, 1 / 4),
    "simplequeue": ("event of a traced SimpleQueue", 4, 1 / 4),
    "emit": ("run.emit with a small payload", 5, 1 / 3),
}
"""By row: what an event of it may cost, as a multiple of the floor and of structlog's."""


def show_cost(part: dict[str, Any]) -> list[Target]:
    """Print part (a); returns what is required of it."""
    for threads, samples in part["samples"].items():
        floor, peer = per_event(part, threads, "floor").median, per_event(part, threads, "structlog").median
        least = per_event(part, threads, "floor").least
        short = per_event(part, threads, "floor, short list").median if "floor, short list" in samples else None
        rows = []
        for row in samples:
            if not part["events"][row]:
                continue
            ns = per_event(part, threads, row)
            cells = [row, untraced(part, threads, row), *(f"{value:,.0f}" for value in ns)]
            cells += [f"{ns.median / floor:.2f}", f"{ns.least / least:.2f}"]
            if threads == "1":
                of_floor = by_floor(part, row) if row in part["turns"] else None
                cells += [f"{of_floor.median:.2f}", f"{of_floor.spread:.2f}"] if of_floor else ["-", "-"]
            if short:
                cells.append(f"{ns.median / short:.2f}")
            rows.append([*cells, f"{ns.median / peer:.3f}"])
        shorter = ["x short list"] if short else []
        pairs = ["paired", "spread"] if threads == "1" else []
        header = [
            "",
            "untraced",
            "adds: median",
            "min",
            "spread",
            "x floor",
            "min x min",
            *pairs,
            *shorter,
            "x structlog",
        ]
        table(f"(a) CPU ns an event costs its thread, {threads} thread{'s' * (threads != '1')}", header, rows)
    peer = per_event(part, "1", "structlog").median
    targets = []
    for row, (what, floors, peers) in REQUIRED.items():
        ns = per_event(part, "1", row).median
        targets += [
            Target(f"{what} / floor", by_floor(part, row).median, floors),
            Target(f"{what} / structlog", ns / peer, peers),
        ]
    return [*targets, Target("back-pressure while this was measured", part["back_pressure"], 0)]


def show_slowdown(part: dict[str, Any]) -> list[Target]:
    """Print part (b); returns what is required of it."""
    rows = []
    for what, samples in part["samples"].items():
        alone = figure(samples["no log"]).median
        for name, values in samples.items():
            ns = figure(values)
            rows.append(
                [
                    f"{what}: {name}",
                    f"{ns.median:,.0f}",
                    f"{ns.least:,.0f}",
                    f"{ns.spread:,.0f}",
                    f"{ns.median / alone:.2f}",
                ]
            )
    table("(b) wall ns a hand-over takes", ["", "median", "min", "spread", "x no log"], rows)
    return [Target("back-pressure while this was measured", part["back_pressure"], 0)]


def show_race(part: dict[str, Any]) -> list[Target]:
    """Print part (c); returns what is required of it."""
    rows, targets = [], []
    for what, samples in part["samples"].items():
        alone = figure(samples["no log"]).median
        for name, values in samples.items():
            lost = figure(values)
            rows.append(
                [
                    f"{what}: {name}",
                    f"{part['updates'][what][name]:,}",
                    *(f"{100 * share:.1f}" for share in lost),
                    f"{lost.median / alone:.2f}",
                ]
            )
            if name == "threadbench":
                targets.append(Target(f"lost updates kept, {what}", lost.median / alone, 0.5, at_most=False))
    title = f"(c) percent of updates lost by two threads (switch interval {1000 * part['switch_interval']:g} ms)"
    table(title, ["", "updates", "median", "min", "spread", "kept"], rows)
    return [*targets, Target("back-pressure while this was measured", part["back_pressure"], 0)]


def main() -> int:
    """Measure, print, and leave with 1 when the run failed or events are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: does it work, not what does it cost")
    parser.add_argument("--json", metavar="FILE", help="write samples, figures and targets")
    options = parser.parse_args()
    params = QUICK if options.quick else EventsParams()
    print(headline())
    with tempfile.TemporaryDirectory(prefix="threadbench-") as folder:
        # By its own module's name and not as __main__, which no other process can import.
        import events

        result = threadbench.run(
            events.bench_events,
            params.model_dump() | {"folder": folder},
            timeout=3600,
            events=Path(folder) / "log.jsonl",
        )
    if result.verdict != "passed":
        print(f"the run is {result.verdict}: {result.reason}", file=sys.stderr)
        return 1
    outcome: dict[str, Any] = result.outcome
    counts = result.closing["counts"]
    targets = [*show_cost(outcome["cost"]), *show_slowdown(outcome["slowdown"]), *show_race(outcome["race"])]
    missing = {
        event: count - counts["by_event"].get(event, 0)
        for event, count in outcome["cost"]["logged"].items()
        if counts["by_event"].get(event, 0) < count
    }
    print(f"\n{counts['events']:,} events in the log, {len(missing)} kinds with fewer than were measured: {missing}")
    targets_table(targets)
    write_json(options.json, {"outcome": outcome, "counts": counts}, targets)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
