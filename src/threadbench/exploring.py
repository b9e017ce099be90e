"""One case, explored in this process: what a search needs to know of it, and how its ends are judged.

Imported by searches, whose workers call `explore_here`; all that is handed to another process is here by name.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .errors import UsageError

if TYPE_CHECKING:
    from .explore.found import Found
    from .explore.journal import Kept
    from .explore.limits import Limits
    from .explore.program import WorkloadProgram
    from .explore.search import Tick
    from .extensions import Extension
    from .scenario import Case, Failure
    from .strategies import Provided


def explore_here(
    case: Case,
    limits: Limits,
    jobs: int = 1,
    tick: Tick | None = None,
    *,
    provided: Provided | None = None,
    executor: tuple[Extension, str] | None = None,
    kept: Kept | None = None,
) -> Found:
    """Explore a case in this process: its own, since modules of the scenario's folder are imported."""
    from .executors import make
    from .explore.explorer import explore

    code = code_of(case)
    program = program_of(case, limits.seed)
    judge = partial(judged_outcome, case)
    maker = None if executor is None else partial(make, executor)
    return explore(
        program,
        code,
        limits,
        judge,
        tick,
        jobs=jobs,
        executor=maker,
        batch_timeout=case.timeout,
        provided=provided,
        kept=kept,
    )


@contextlib.contextmanager
def named(case: Case) -> Iterator[None]:
    """Within it, what makes no sense is told with the case."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{case.id}: {error}", hint=error.hint) from error


def program_of(case: Case, seed: int) -> WorkloadProgram:
    """What is run for each schedule of a case."""
    from .explore.program import WorkloadProgram

    cell = ",".join(f"{key}={value}" for key, value in case.cell.items())
    return WorkloadProgram(
        case.workload,
        case.params,
        kind=case.workload.kind,
        seed=seed,
        salt=f"{case.scenario.name or case.name.partition('[')[0]}/{cell}/1",
        judge=partial(judged_checks, case),
        place=case.outcome_place,
    )


def code_of(case: Case) -> list[Any]:
    """The code under test of a case, imported as its run would import it: the scenario's folder leads `sys.path`."""
    if case.folder is not None and case.folder not in sys.path[:1]:
        sys.path.insert(0, case.folder)
    workload = case.workload
    if workload.code is None:
        module = sys.modules.get(workload.function.__module__)
        return [workload.function, *([module] if module else [])]
    found = []
    names = workload.code(case.params)
    for name in names:
        with contextlib.suppress(Exception):  # the workload will meet it too, and say so in its own words
            found.append(importlib.import_module(name))
    return found if names else [workload.function]


def judged_checks(case: Case, checks: Mapping[str, bool]) -> str | None:
    """What is wrong with the checks of a schedule, by `expect.checks`."""
    return reason_of(case.expect.judge_schedule(checks))


def judged_outcome(case: Case, outcome: Any) -> str | None:
    """What is wrong with an outcome, by `expect.outcomes`."""
    return reason_of(case.expect.judge_outcomes(outcome))


def reason_of(failures: Sequence[Failure]) -> str | None:
    """The first expectation that was not met, and where it stands, in one sentence."""
    if not failures:
        return None
    first = failures[0]
    text = f"{first.path}: expected {first.expected}, got {first.got}"
    return f"{text} ({first.position.path}:{first.position.line})" if first.position else text
