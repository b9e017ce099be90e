"""The traced pass: each case is run once as `threadbench run` runs it, and its log read for waits and holds.

Timed passes trace nothing. So this is also where a case that cannot be timed is found: one that does not end by itself,
or not as its scenario expects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ..engine import Options, run_cases
from ..events import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..results import Result
    from ..scenario import Case


class Traced(msgspec.Struct, frozen=True):
    """What a traced run of a case came to.

    Attributes:
        result: the run, judged.
        time: seconds from the first to the last event of its threads: what the timed passes time, with tracing, in a
            process that runs it for the first time.
        waits: metrics of waits and holds, in seconds (`lock.wait.p95`).
    """

    result: Result
    time: float
    waits: Mapping[str, float]

    @property
    def unfit(self) -> str | None:
        """Why it cannot be timed, None where it can."""
        if self.result.closing["cause"] != "returned":
            expected = ", as expected" if self.result.as_expected else ""
            why = f" ({self.result.reason})" if self.result.reason and not expected else ""
            return f"{self.result.verdict}{expected}{why}: only what ends by itself can be timed"
        if not self.result.as_expected:
            told = self.result.failures
            return f"{self.result.verdict}, and that is not expected" + (f" ({told[0].path})" if told else "")
        return None


def trace(cases: Sequence[Case], seed: int | None) -> dict[str, Traced]:
    """Run each case once and traced, on native threads; by id. The calling process is single-threaded, as for `run`.

    Raises:
        UsageError: a case cannot be run.
        LogError: a log cannot be written.
        KeyboardInterrupt: Ctrl-C.
    """
    natively = [
        msgspec.structs.replace(case, repeat=1, scenario=case.scenario.model_copy(update={"runtime": "native"}))
        for case in cases
    ]
    summary = run_cases(natively, Options(seed, fork_here=True))
    if summary.interrupted:
        raise KeyboardInterrupt
    return {done.case_id: _traced(done.results[0]) for done in summary.cases}


def _traced(result: Result) -> Traced:
    times = [event.t for event in read_log(result.log_path) if not event.event.startswith("run.")]
    metrics: dict[str, Any] = dict(result.metrics)
    waits = {name: value for name, value in metrics.items() if ".wait." in name or ".hold." in name}
    return Traced(result, (max(times) - min(times)) / 1e9 if times else 0.0, waits)
