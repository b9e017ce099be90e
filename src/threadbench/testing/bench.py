"""Kinds and YAML texts to look at: what is to run enters, a `Result` or a `Found` leaves, files stay in one folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..api import Only
from ..engine import Options, run_cases, session_of
from ..errors import UsageError
from ..exploring import explore_here
from ..plugins import Registry, Workload
from ..scenario import Scenario, cases_of, load_cases
from ..searches import SearchOptions, limits_for
from ..strategies import STRATEGIES
from .only import importable

if TYPE_CHECKING:
    from ..explore.found import Found
    from ..results import Result
    from ..scenario import Case


class Bench:
    """Runs and explores one case at a time.

    Args:
        folder: where files and event logs go.
        plugins: plugins that are not installed: names of modules, or paths of files.
        seed: of whatever names none.
    """

    def __init__(self, folder: str | os.PathLike[str], plugins: Sequence[str] = (), *, seed: int = 0) -> None:
        self.folder = Path(folder)
        self._seed = seed
        self._runs = 0
        names = [str(name) for name in plugins]
        self._registry = Registry(
            required=[name for name in names if not name.endswith(".py")],
            files=[name for name in names if name.endswith(".py")],
        )

    def run(
        self,
        target: str | os.PathLike[str] | Workload,
        params: Mapping[str, Any] | None = None,
        *,
        runtime: str | None = None,
        seed: int | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run one case; of several repeats, the first that was not as expected, or the last.

        Args:
            target: a kind, a workload, a YAML text (of more than one word), or the path of a file, perhaps `::case`.
            params: of a kind or workload, as they would stand in YAML.
            runtime: `native` or `virtual`, instead of the scenario's.
            seed: instead of the scenario's.
            timeout: seconds, instead of the scenario's.

        Raises:
            ScenarioError: it is not valid.
            PluginError: its kind's plugin cannot be used.
            UsageError: there is not exactly one case.
        """
        case = self._case(target, params, runtime, seed, timeout)
        self._runs += 1
        log = self.folder / f"log-{self._runs}.jsonl"
        events = log if case.repeat == 1 else log.with_suffix("")
        summary = run_cases([case], Options(events=str(events), isolate=importable(case.workload)))
        if summary.interrupted:
            raise KeyboardInterrupt
        results = summary.cases[0].results
        return next((result for result in results if not result.as_expected), results[-1])

    def explore(
        self,
        target: str | os.PathLike[str] | Workload,
        params: Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        strategy: str | None = None,
        max_schedules: int | None = None,
        time_limit: float | None = None,
        all_outcomes: bool = False,
        seed: int | None = None,
    ) -> Found:
        """Search the interleavings of one case, in this process; checks and `expect.outcomes` are judged.

        Args:
            target: as for `run`.
            params: as for `run`.
            model: `sync`, `gil` or `free-threaded`, instead of the scenario's.
            strategy: the name of one, instead of the scenario's.
            max_schedules: instead of the scenario's.
            time_limit: seconds, instead of the scenario's.
            all_outcomes: go on behind the first end that is not as it should be.
            seed: instead of the scenario's.

        Raises:
            As `run`.
        """
        case = self._case(target, params, None, seed, None)
        options = SearchOptions(
            strategy=strategy,
            provided=self._registry.strategy(strategy) if strategy and strategy not in STRATEGIES else None,
            max_schedules=max_schedules,
            time_limit=time_limit,
            all_outcomes=all_outcomes,
        )
        limits = limits_for(case, session_of([case], Options()), options, model or case.scenario.model)
        return explore_here(case, limits, provided=options.provided or case.strategy)

    def _case(
        self,
        target: str | os.PathLike[str] | Workload,
        params: Mapping[str, Any] | None,
        runtime: str | None,
        seed: int | None,
        timeout: float | None,
    ) -> Case:
        if isinstance(target, str) and _is_text(target):
            file = self.folder / "scenario.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(target, encoding="utf-8")
            target = file
        if not isinstance(target, Workload) and (isinstance(target, os.PathLike) or ".y" in target):
            if params is not None:
                raise UsageError("params go with a kind or a workload; a file or text has its own")
            overrides = [f"runtime={runtime}"] if runtime else []
            cases = load_cases([os.fspath(target)], self._registry, overrides=overrides, seed=seed, timeout=timeout)
        else:
            said = {"runtime": runtime, "seed": seed, "timeout": timeout}
            kind = target.kind if isinstance(target, Workload) else target
            given = {name: value for name, value in said.items() if value is not None}
            scenario = Scenario.model_validate({"kind": kind, "params": dict(params or {}), **given})
            cases = cases_of(scenario, Only(target) if isinstance(target, Workload) else self._registry)
        if len(cases) != 1:
            names = ", ".join(case.id for case in cases[:5])
            raise UsageError(f"there is to be exactly one case, and there are {len(cases)}: {names}")
        from msgspec.structs import replace

        return replace(cases[0], seed=self._seed if cases[0].seed is None else cases[0].seed)


def _is_text(target: str) -> bool:
    """Whether it is YAML, and no name of a kind or file."""
    return "\n" in target or ": " in target
