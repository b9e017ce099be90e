"""Your own functions, side by side: does the code that you wrote survive being called by several threads?

Nothing has to be written for it but what you would test anyway. `setup` makes a state that all share, `threads` call
functions on it at the same time, and when all have returned `check` looks whether the state is still sound:

    kind: code
    params:
      setup: bank:Account                        # module:attribute; called once, without arguments
      threads:
        - {call: bank:deposit, args: [100], count: 2}
        - {call: bank:Account.withdraw, args: [50]}
      check: bank:books_balance                  # state -> bool, or raises AssertionError
      outcome: bank:balance                      # state -> JSON value

The state is the first argument of everything but `setup`: of a function as of a method, which is a function that
takes its object first. Without `setup` there is no state, and functions get their own `args` alone.

The scenario's folder and the folders in `path` lead `sys.path`; modules are imported in the process of the run, not
before. A name that cannot be there, by the text of its module, is an error of the file all the same. An exception in
one of the threads ends that thread, and the run crashed; the others and the check go on.
"""

import difflib
import importlib
import pkgutil
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic.config import JsonDict

from threadbench import Params, Run, Workload, hookimpl, workload

NOBODY = "kind 'code' runs your functions: name at least one under 'threads', as '- {call: module:function}'"
REFERENCE = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"


def _reference(text: str) -> str:
    if not re.match(REFERENCE, text):
        raise ValueError("expected module:attribute, such as bank:deposit")
    return text


# The pattern is for editors; pydantic's own message about one shows it to people.
Reference = Annotated[str, AfterValidator(_reference), Field(json_schema_extra={"pattern": REFERENCE})]


class ThreadSpec(Params, use_attribute_docstrings=False):
    """One function, called by one or more threads."""

    call: Reference = Field(description="module:attribute of the function; it gets the state, args and kwargs")
    args: list[Any] = Field([], description="further positional arguments")
    kwargs: dict[str, Any] = Field({}, description="keyword arguments")
    count: int = Field(1, ge=1, le=1000, description="how many threads call it")


EXAMPLE: JsonDict = {
    "setup": "collections:Counter",
    "threads": [{"call": "collections:Counter.update", "args": [["apple"]], "count": 2}],
    "outcome": "builtins:dict",
}
"""Without functions there is nothing to run: who starts a file gets these, which are everywhere."""


class CodeParams(Params, use_attribute_docstrings=False, json_schema_extra={"examples": [EXAMPLE]}):
    """What is called, on what, and how the result is judged."""

    setup: Reference | None = Field(None, description="module:attribute that is called once and makes the shared state")
    threads: list[ThreadSpec] = Field([], description="the functions that are called side by side; at least one")
    check: Reference | None = Field(None, description="module:attribute, state -> bool or raises AssertionError")
    outcome: Reference | None = Field(None, description="module:attribute, state -> JSON value: the outcome of the run")
    instrument: list[str] = Field([], description="modules whose accesses are points; none: those named above")
    path: list[str] = Field([], description="folders to import from, relative to the scenario's file")

    @model_validator(mode="after")
    def _somebody_runs(self) -> Self:
        # Every kind's params accept their own defaults; here those alone mean that there is nothing to run.
        if self.model_fields_set and not self.threads:
            raise ValueError(NOBODY)
        return self


def find(reference: str) -> Callable[..., Any]:
    """The callable that `module:attribute` names.

    Raises:
        LookupError: there is no such module or attribute; the message says where was looked and what comes close.
        TypeError: there is one, and it cannot be called.
    """
    module_name, _, path = reference.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the module is there, and misses another one
        roots = [str(Path(root).resolve()) for root in sys.path[:3]]
        near = _close(module_name, [module.name for module in pkgutil.iter_modules(roots)])
        raise LookupError(f"{reference}: no module '{error.name}' in {', '.join(roots)}, …{near}") from None
    where = f"module '{module_name}' ({getattr(found, '__file__', None) or 'built in'})"
    for name in path.split("."):
        if not hasattr(found, name):
            raise LookupError(f"{reference}: no '{name}' in {where}{_close(name, dir(found))}")
        found, where = getattr(found, name), f"'{name}' of {where}"
    if not callable(found):
        raise TypeError(f"{reference}: {type(found).__name__} objects cannot be called")
    return found  # type: ignore[no-any-return]  # callable() leaves Any as it was


def _close(word: str, known: list[str]) -> str:
    return "".join(f"; did you mean '{near}'?" for near in difflib.get_close_matches(word, known, n=1))


def _lead_path(params: CodeParams) -> None:
    """Let `path` lead `sys.path`: the runtime has put the scenario's folder first, and these follow, relative to it."""
    roots = [str(Path(sys.path[0], entry)) for entry in params.path]
    if sys.path[1 : 1 + len(roots)] != roots:
        sys.path[1:1] = roots
        importlib.invalidate_caches()


def under_test(params: CodeParams) -> list[str]:
    """The modules whose accesses are points: those in `instrument`, else those that the functions stand in."""
    _lead_path(params)
    named = [spec.call for spec in params.threads] + [params.setup, params.check, params.outcome]
    return params.instrument or list(dict.fromkeys(name.partition(":")[0] for name in named if name))


def references(params: CodeParams) -> tuple[list[str], dict[tuple[str | int, ...], str]]:
    """What is named, and where it is imported from: what is not there is an error of the file, with its line."""
    named: dict[tuple[str | int, ...], str | None] = {
        ("setup",): params.setup,
        ("check",): params.check,
        ("outcome",): params.outcome,
    }
    named |= {("threads", number, "call"): spec.call for number, spec in enumerate(params.threads)}
    named |= {("instrument", number): name for number, name in enumerate(params.instrument)}
    return params.path, {place: name for place, name in named.items() if name}


@workload("code", params=CodeParams, code=under_test, references=references)
def code(run: Run, params: CodeParams) -> Any:
    """Your own functions are called side by side on a shared state, which is then checked."""
    if not params.threads:
        raise ValueError(NOBODY)
    _lead_path(params)
    calls = [(find(spec.call), spec) for spec in params.threads for _ in range(spec.count)]
    check, outcome = (find(name) if name else None for name in (params.check, params.outcome))
    state = (find(params.setup)(),) if params.setup else ()

    # Everybody starts at once: otherwise the first may be done before the last has been created. On virtual threads
    # every order of starting is visited, and a gate would multiply them by its own steps.
    gate = run.name(threading.Barrier(len(calls)), "gate") if run.runtime == "native" else None

    def call(function: Callable[..., Any], spec: ThreadSpec) -> None:
        if gate:
            gate.wait()
        function(*state, *spec.args, **spec.kwargs)

    threads = [threading.Thread(target=call, name=one[1].call.partition(":")[2], args=one) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    if check and params.check:
        try:
            held = check(*state)
            run.check(params.check, held is None or held)  # a check made of asserts returns nothing when they hold
        except AssertionError as error:
            run.check(params.check, False, message=str(error))
    return outcome(*state) if outcome else None


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `code`."""
    yield code
