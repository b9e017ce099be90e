"""The way through pyperf: what times in a process, what reads and writes its files; nobody else imports it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from .order import PREFIX, Order

if TYPE_CHECKING:
    from pathlib import Path

    from .worker import Timer

Value = str | int | float


class Process(NamedTuple):
    """What one process measured.

    Attributes:
        values: seconds of one run each; none where the process only calibrated.
        warmups: loops and seconds of a run, of values that do not count.
        metadata: as pyperf has it; ours begins with `threadbench_`.
    """

    values: tuple[float, ...]
    warmups: tuple[tuple[int, float], ...]
    metadata: Mapping[str, Value]

    def fact(self, name: str) -> Value | None:
        """A figure of ours."""
        return self.metadata.get(PREFIX + name)

    def number(self, name: str) -> float:
        """A figure of ours that is a number; 0.0 where there is none."""
        value = self.fact(name)
        return float(value) if isinstance(value, int | float) else 0.0

    @property
    def loops(self) -> int:
        """How many runs each of its values took."""
        return int(self.metadata["loops"])


def require_pyperf() -> None:
    """See that something can be measured, before anything long is begun.

    Raises:
        UsageError: pyperf is not installed.
    """
    try:
        import pyperf  # noqa: F401 - only whether it is here
    except ImportError:
        raise UsageError(
            "threadbench bench needs pyperf, which is not installed", hint="pip install 'threadbench[bench]'"
        ) from None


def time_in_this_process(order: Order, timer: Timer, options: Sequence[str]) -> None:
    """Be pyperf's worker: time values by its options, the last of which is the file for the result."""
    import pyperf

    *options, target = options
    runner = pyperf.Runner(metadata=order.metadata)
    runner.parse_args(["--worker", "--quiet", *options])
    timed = runner.bench_time_func(order.name, timer)
    (run,) = timed.get_runs()
    metadata = {**run.get_metadata(), **timer.facts()}
    whole = pyperf.Run(run.values, warmups=run.warmups, metadata=metadata, collect_metadata=False)
    pyperf.Benchmark([whole]).dump(target)


def read_process(path: str | Path) -> Process:
    """The one process of a file that `time_in_this_process` has written."""
    import pyperf

    (run,) = pyperf.Benchmark.load(os.fspath(path)).get_runs()
    return _process(run)


def _process(run: Any) -> Process:
    return Process(tuple(run.values), tuple(run.warmups), run.get_metadata())


def write_file(path: str, benchmarks: Iterable[Sequence[Process]]) -> None:
    """Write benchmarks, each a sequence of processes, as pyperf's JSON; a file that is there is replaced.

    Raises:
        UsageError: it cannot be written.
    """
    import pyperf

    made = []
    for processes in benchmarks:
        runs = [
            pyperf.Run(each.values, warmups=each.warmups, metadata=dict(each.metadata), collect_metadata=False)
            for each in processes
        ]
        made.append(pyperf.Benchmark(runs))
    try:
        pyperf.BenchmarkSuite(made).dump(path, replace=True)
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror}") from error


def read_file(path: str) -> dict[str, list[Process]]:
    """The benchmarks of a file by name, without processes that only calibrated.

    Raises:
        UsageError: it cannot be read, or is none of pyperf's.
    """
    import pyperf

    try:
        suite = pyperf.BenchmarkSuite.load(path)
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"'{path}' is no file of pyperf's: {error}") from error
    return {
        bench.get_name(): [_process(run) for run in bench.get_runs() if run.values] for bench in suite.get_benchmarks()
    }


def command(python: str | None, order: str, options: Sequence[str], target: str) -> list[str]:
    """The command of a process that measures."""
    return [python or sys.executable, "-m", "threadbench.bench.worker", order, *options, target]
