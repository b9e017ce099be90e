"""Your own coroutines, side by side: does what you wrote survive that others go on while it awaits?

As kind `code` of threadbench, with tasks in the place of threads. `setup` makes a state that all share, `tasks` are
coroutine functions that get it as their first argument, and when all have ended `check` looks whether it is sound:

    kind: async-code
    params:
      setup: tickets:Shop                         # module:attribute; called once, without arguments
      tasks:
        - {call: tickets:buy, count: 2}
      check: tickets:not_oversold                 # state -> bool, or raises AssertionError
      outcome: tickets:sold                       # state -> JSON value

`setup`, `check` and `outcome` may be functions or coroutine functions. What the coroutines await should be of asyncio
alone (locks, queues, events, timeouts, `asyncio.sleep` for whatever takes its time outside): the loop has no sockets.
The scenario's folder and the folders in `path` lead `sys.path`. An exception in one of the tasks ends the run: it
crashed.
"""

import asyncio
import importlib
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic.config import JsonDict

from threadbench import Params, Run, workload

from .loop import Order, run_tasks

NOBODY = "kind 'async-code' runs your coroutines: name at least one under 'tasks', as '- {call: module:coroutine}'"
REFERENCE = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"


def _reference(text: str) -> str:
    if not re.match(REFERENCE, text):
        raise ValueError("expected module:attribute, such as tickets:buy")
    return text


Reference = Annotated[str, AfterValidator(_reference), Field(json_schema_extra={"pattern": REFERENCE})]


class TaskSpec(Params):
    """One coroutine function, run by one or more tasks."""

    call: Reference = Field(
        description="module:attribute of the coroutine function; it gets the state, args and kwargs"
    )
    args: list[Any] = Field([], description="further positional arguments")
    kwargs: dict[str, Any] = Field({}, description="keyword arguments")
    count: int = Field(1, ge=1, le=1000, description="how many tasks run it")


EXAMPLE: JsonDict = {"tasks": [{"call": "asyncio:sleep", "args": [0], "count": 2}]}
"""Without coroutines there is nothing to run: who starts a file gets this one, which is everywhere."""


class CodeParams(Params, json_schema_extra={"examples": [EXAMPLE]}):
    """What is run, on what, and how the result is judged."""

    setup: Reference | None = Field(None, description="module:attribute that is called once and makes the shared state")
    tasks: list[TaskSpec] = Field([], description="the coroutine functions that run side by side; at least one")
    check: Reference | None = Field(None, description="module:attribute, state -> bool or raises AssertionError")
    outcome: Reference | None = Field(None, description="module:attribute, state -> JSON value: the outcome of the run")
    instrument: list[str] = Field([], description="modules that a search looks into; none: those named above")
    path: list[str] = Field([], description="folders to import from, relative to the scenario's file")
    order: Order = Field("fifo", description="which task that is ready goes on: asyncio's order, or any")

    @model_validator(mode="after")
    def _somebody_runs(self) -> Self:
        # Every kind's params accept their own defaults; here those alone mean that there is nothing to run.
        if self.model_fields_set and not self.tasks:
            raise ValueError(NOBODY)
        return self


def find(reference: str) -> Callable[..., Any]:
    """The callable that `module:attribute` names.

    Raises:
        ImportError: there is no such module.
        LookupError: it has no such attribute.
        TypeError: that cannot be called.
    """
    module, _, path = reference.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        if not hasattr(found, name):
            raise LookupError(f"{reference}: no '{name}' in {getattr(found, '__name__', found)!r}")
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{reference}: {type(found).__name__} objects cannot be called")
    return found  # type: ignore[no-any-return]  # callable() leaves Any as it was


def _lead_path(params: CodeParams) -> None:
    """Let `path` lead `sys.path`: the runtime has put the scenario's folder first, and these follow, relative to it."""
    roots = [str(Path(sys.path[0], entry)) for entry in params.path]
    if sys.path[1 : 1 + len(roots)] != roots:
        sys.path[1:1] = roots
        importlib.invalidate_caches()


def under_test(params: CodeParams) -> list[str]:
    """The modules that a search looks into: those in `instrument`, else those that are named."""
    _lead_path(params)
    named = [spec.call for spec in params.tasks] + [params.setup, params.check, params.outcome]
    modules = list(dict.fromkeys(name.partition(":")[0] for name in named if name))
    return params.instrument or modules or [__name__]


def references(params: CodeParams) -> tuple[list[str], dict[tuple[str | int, ...], str]]:
    """What is named, and where it is imported from: what is not there is an error of the file, with its line."""
    named: dict[tuple[str | int, ...], str | None] = {
        ("setup",): params.setup,
        ("check",): params.check,
        ("outcome",): params.outcome,
    }
    named |= {("tasks", number, "call"): spec.call for number, spec in enumerate(params.tasks)}
    named |= {("instrument", number): name for number, name in enumerate(params.instrument)}
    return params.path, {place: name for place, name in named.items() if name}


@workload("async-code", params=CodeParams, code=under_test, references=references)
def code(run: Run, params: CodeParams) -> Any:
    """Your own coroutines run side by side on a shared state, which is then checked."""
    _lead_path(params)
    calls = [(find(spec.call), spec) for spec in params.tasks for _ in range(spec.count)]
    setup, check, outcome = (find(name) if name else None for name in (params.setup, params.check, params.outcome))

    async def finished(value: Any) -> Any:
        return await value if inspect.isawaitable(value) else value

    async def main() -> Any:
        state = (await finished(setup()),) if setup else ()
        works = [(spec.call.partition(":")[2], one(*state, *spec.args, **spec.kwargs)) for one, spec in calls]
        await asyncio.gather(*(asyncio.create_task(work, name=name) for name, work in works))
        if check:
            try:
                run.check(str(params.check), await finished(check(*state)) is not False)
            except AssertionError as error:
                run.check(str(params.check), False, message=str(error))
        return await finished(outcome(*state)) if outcome else None

    run.check("somebody runs", bool(calls))
    return run_tasks(run, main(), params.order)
