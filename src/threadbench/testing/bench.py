"""Kinds, YAML texts and folders of scenarios to look at: what is to run enters, what it came to leaves.

Files stay in one folder.
"""

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
from .command import Done, by_case, command
from .only import importable

if TYPE_CHECKING:
    from ..explore.found import Found
    from ..results import Result
    from ..scenario import Case


class Bench:
    """Runs and explores one case at a time, and folders of scenarios as the command does.

    Args:
        folder: where files and event logs go.
        plugins: plugins that are not installed: names of modules, or paths of files.
        seed: of whatever names none.
    """

    def __init__(self, folder: str | os.PathLike[str], plugins: Sequence[str] = (), *, seed: int = 0) -> None:
        self.folder = Path(folder)
        self._seed = seed
        self._runs = 0
        names = [str(Path(name).absolute()) if str(name).endswith(".py") else str(name) for name in plugins]
        self._switches = [word for name in names for word in ("--plugin" if name.endswith(".py") else "-p", name)]
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

    def run_all(self, *paths: str | os.PathLike[str], options: Sequence[str] = ()) -> dict[str, Mapping[str, Any]]:
        """Run files and folders of scenarios with the command, and fail unless each case is as expected.

        Args:
            paths: files, folders and globs; behind two colons stands a case.
            options: of `threadbench run`, such as `["--set", "runtime=virtual"]`.

        Returns:
            By the name of a case, its part of the command's document: `as_expected`, `pass_rate`, `runs` and so on.

        Raises:
            AssertionError: a case is not as expected, there is none, or a file is not valid; the command says which.
        """
        return by_case(self._went_well("run", paths, options).document["cases"])

    def explore_all(self, *paths: str | os.PathLike[str], options: Sequence[str] = ()) -> dict[str, Mapping[str, Any]]:
        """Explore files and folders of scenarios with the command, and fail unless each search is as expected.

        Args:
            paths: as for `run_all`.
            options: of `threadbench explore`, such as `["--model", "gil"]`.

        Returns:
            By the name of a case, its part of the command's document: `verdict`, `exhaustive`, `schedules`, `outcomes`,
            `explanation`, `witness` (a path in `folder`) and so on.

        Raises:
            AssertionError: as `run_all`.
        """
        return by_case(self._went_well("explore", paths, options).document["searches"])

    def command(self, *words: str | os.PathLike[str]) -> Done:
        """Type a command, with `--json`: its exit code, its document, and what it tells a person.

        Args:
            words: what stands behind `threadbench`, such as `"replay", witness`. It is run in `folder`, where paths
                that are relative begin; plugins that are not installed are to be named.

        Raises:
            AssertionError: it has printed no document.
        """
        return command(self.folder, words)

    def _went_well(self, verb: str, paths: Sequence[str | os.PathLike[str]], options: Sequence[str]) -> Done:
        # As this process means them: the command lives in another folder.
        meant = [str(Path(path).absolute()) for path in paths]
        done = self.command(verb, *meant, *options, *self._switches)
        assert done.exit_code == 0, f"threadbench {verb} left with {done.exit_code}\n{done.told}"
        return done

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
