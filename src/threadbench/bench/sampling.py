"""Variants of a group are timed in rounds: in each a process for each of them, which take turns value by value.

    round 1   A ▪   ▪   ▪           round 2   A   ▪ ▪     ▪
              B   ▪   ▪   ▪                   B ▪     ▪ ▪
              time ──────────▶                time ──────────▶

Who goes first is drawn anew for each turn. What the machine does for longer than a turn meets all variants alike and
cancels in their differences; what a process brings along for its life (addresses, hashes) is drawn anew in each round,
which is therefore what intervals count. One process at a time measures: the others wait in a read.
"""

from __future__ import annotations

import contextlib
import math
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from .order import PREFIX, Order
from .process import Measuring
from .yardstick import SECOND

if TYPE_CHECKING:
    from ..lookup import Lookup
    from .measuring import Process
    from .plan import Group, Variant

_SLOWER: Final = 10
"""How many times as long as its calibration foretells a value may take, besides the timeout of a run."""

_TURN: Final = 5e-3
"""Seconds of runs between two readings of the yardstick, at least: shorter than what neighbours do at a time."""


_TURNS: Final = 40
"""Turns of a process, of which the middle one is its figure: a busy machine disturbs one in three."""

_ROUNDS: Final = round(0.003 * SECOND)
"""Of the yardstick, at least: what is shorter depends on when the clock ticks."""


class Effort(msgspec.Struct, frozen=True):
    """How much is measured, in pyperf's words; more values than by its default, since a process takes long to start.

    Attributes:
        processes: rounds, each with a process of its own for each variant.
        values: that count, of each process.
        warmups: values before those, that do not.
        min_time: seconds that a value takes at least: so many loops are made one value.
        yardstick: whether a fixed computation is timed between runs, for comparisons with other days.
    """

    processes: int = 20
    values: int = 5
    warmups: int = 1
    min_time: float = 0.1
    yardstick: bool = False


class Sampled(msgspec.Struct, frozen=True):
    """What was measured of a variant: the process that calibrated, then one for each round."""

    variant: Variant
    calibration: Process
    rounds: tuple[Process, ...]


Progress = Callable[[int, int], None]
"""Called with how many rounds of a group are done, and how many there are to be."""


def sample(group: Group, lookup: Lookup, effort: Effort, progress: Progress | None = None) -> list[Sampled]:
    """Measure a group.

    Raises:
        FailedError: a variant crashed, or took longer than its timeout.
        ThreadbenchError: an interpreter cannot have a case: its plugin is missing there, say.
        KeyboardInterrupt: Ctrl-C; every process has been ended.
    """
    with tempfile.TemporaryDirectory(prefix="threadbench-bench-") as name:
        folder = Path(name)
        if progress:
            progress(0, effort.processes)
        plans = [_plan(variant, lookup, effort, folder, number) for number, variant in enumerate(group.variants)]
        done: list[list[Process]] = [[] for _ in plans]
        for number in range(effort.processes):
            for processes, process in zip(done, _round(plans, folder, number), strict=True):
                processes.append(process)
            if progress:
                progress(number + 1, effort.processes)
    return [
        Sampled(plan.variant, plan.calibration, tuple(processes)) for plan, processes in zip(plans, done, strict=True)
    ]


class _Plan(msgspec.Struct, frozen=True):
    """How a variant is measured, as its calibration found it."""

    variant: Variant
    calibration: Process
    order: Order
    options: tuple[str, ...]
    turns: int
    patience: float


def _plan(variant: Variant, lookup: Lookup, effort: Effort, folder: Path, number: int) -> _Plan:
    # What its first value costs is mostly what is done once in a process, and foretells no other.
    order = Order(lookup, variant.case.id, variant.name, metadata=_metadata(variant), skipped=1)
    if effort.yardstick:
        order = msgspec.structs.replace(order, yardstick=_ROUNDS, turn=sys.maxsize)
    options = ["--calibrate-loops", f"--min-time={effort.min_time}", "--warmups=1", "--values=1"]
    python = variant.interpreter.path if variant.interpreter else None
    process = Measuring(python, order, options, folder, f"calibration-{number}", turns=False)
    with contextlib.closing(process):
        calibration = process.finish(120 + 3 * variant.case.timeout)
    loops, run = calibration.warmups[-1]
    warmups, values = effort.warmups, effort.values
    if calibration.number("left_behind"):
        # Daemons that go on after their main would share the CPU with whatever is timed next in their process.
        loops, warmups, values = 1, 0, 1
    turn = max(1, min(loops, math.ceil(_TURN / run)))
    own = calibration.number("cpu_time") or run
    yard = max(_ROUNDS, round(SECOND * min(0.2 * turn * own, 0.01))) if effort.yardstick else 0
    if yard and not calibration.number("left_behind"):
        loops = max(loops, _for_turns(own, run, calibration.number("yard_share"), values) * turn)
    return _Plan(
        variant,
        calibration,
        msgspec.structs.replace(order, skipped=warmups, yardstick=yard, turn=turn),
        (f"--loops={loops}", f"--warmups={warmups}", f"--values={values}"),
        warmups + values,
        10 + variant.case.timeout + _SLOWER * loops * run,
    )


def _for_turns(own: float, run: float, share: float, values: int) -> int:
    """How many turns each value needs where a machine is so busy that its time holds few runs; 1 for what waits.

    As many as take half a second of CPU time in all, at most. `own` is the CPU time of a run that takes `run`, and
    `share` the part of its time for which the yardstick had a CPU.
    """
    if own < 0.5 * run * share:
        return 1
    return max(1, math.ceil(min(_TURNS, 0.5 / own) / values))


def _round(plans: Sequence[_Plan], folder: Path, number: int) -> list[Process]:
    """A process of each plan, taking turns; those with fewer values than others sit the last turns out."""
    draw = random.Random(number)  # who goes first is to be balanced, and not to be secret
    with contextlib.ExitStack() as stack:
        running = []
        for at, plan in enumerate(plans):
            python = plan.variant.interpreter.path if plan.variant.interpreter else None
            process = Measuring(python, plan.order, plan.options, folder, f"{number}-{at}", turns=True)
            running.append(stack.enter_context(contextlib.closing(process)))
        for process in running:
            process.await_turn()
        ended: dict[int, Process] = {}
        for turn in range(max(plan.turns for plan in plans)):
            order = [at for at, plan in enumerate(plans) if turn < plan.turns]
            draw.shuffle(order)
            for at in order:
                running[at].go()
                if turn + 1 < plans[at].turns:
                    running[at].await_turn(plans[at].patience)
                else:
                    ended[at] = running[at].finish(plans[at].patience)
        return [ended[at] for at in range(len(plans))]


def _metadata(variant: Variant) -> dict[str, str | int | float]:
    """What is known before, and belongs into the file."""
    told: dict[str, str | int | float] = {PREFIX + "case": variant.case.id, PREFIX + "kind": variant.case.workload.kind}
    if variant.label:
        told[PREFIX + "variant"] = variant.label
    if variant.interpreter:
        told[PREFIX + "gil"] = "on" if variant.interpreter.gil else "off"
    return told
