"""A scenario to begin with: a kind enters, a YAML text leaves in which every param stands with what it means.

What it expects is what the kind came to when it was run once: a race is expected to lose its update.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from ..durations import duration_text, is_seconds
from ..engine import Options, run_cases
from ..scenario import Scenario, cases_of
from ..scenario.params import Param, params_of
from ..scenario.resolved import escaped
from .texts import filled

if TYPE_CHECKING:
    from pathlib import Path

    from ..plugins import Registry, Workload
    from ..results import Result

WIDTH = 100
"""Columns of a comment."""


class Draft(msgspec.Struct, frozen=True):
    """A scenario's text, and the run that it expects the like of; None where it was not run."""

    text: str
    result: Result | None


def drafted(workload: Workload, registry: Registry, file: str, logs: Path | None) -> Draft:
    """The scenario of a kind, for a file of this name.

    Args:
        workload: of the kind.
        registry: what it was found in.
        file: how the text calls its file.
        logs: a folder for the log of the one run; None: it is not run.

    Raises:
        ScenarioError: the params that the kind gives as an example do not fit it.
    """
    schema = workload.params.model_json_schema()
    example: Mapping[str, Any] = (schema.get("examples") or [{}])[0]
    result = _tried(workload, example, registry, logs) if logs is not None else None
    params = params_of(schema)
    words = {
        "kind": workload.kind,
        "file": file,
        "summary": " ".join(workload.summary.split()) or f"Kind {workload.kind}.",
        "params": "\n".join(_params(params, example)),
        "matrix": _matrix(params),
        "expect": "\n".join(_expect(result)),
    }
    return Draft(filled("scenario.yaml", words), result)


def _tried(workload: Workload, params: Mapping[str, Any], registry: Registry, logs: Path) -> Result:
    scenario = Scenario.model_validate({"kind": workload.kind, "params": dict(params), "seed": 0})
    summary = run_cases(cases_of(scenario, registry), Options(events=str(logs / "tried.jsonl")))
    if summary.interrupted:
        raise KeyboardInterrupt
    return summary.cases[0].results[0]


def _params(params: tuple[Param, ...], example: Mapping[str, Any]) -> Iterator[str]:
    if not params:
        yield "# It has no params."
        return
    given = any(param.name in example or param.default is not None for param in params)
    yield "params:" if given else "# params:"
    for param in params:
        facts = ", ".join(filter(None, (param.type, param.bounds)))
        yield from _comment(f"{param.description} ({facts})" if param.description else facts)
        value = example.get(param.name, param.default)
        span = param.type == "duration" and is_seconds(value)
        line = f"{_flow(param.name)}: {duration_text(value) if span else _flow(value)}"
        yield f"  # {line}" if value is None else f"  {line}"


def _comment(text: str) -> Iterator[str]:
    line = "  #"
    for word in text.split():
        if len(line) + len(word) >= WIDTH and line != "  #":
            yield line
            line = "  #"
        line += f" {word}"
    yield line


def _matrix(params: tuple[Param, ...]) -> str:
    for param in params:
        if param.type in {"integer", "boolean"} and isinstance(param.default, int):
            other = not param.default if isinstance(param.default, bool) else param.default + 1
            axes = _flow({param.name: [param.default, other]})
            return f"{f'# matrix: {axes}':37} # each combination is a case of its own"
    return f"{'# matrix: {}':37} # params to lists of values: each combination is a case of its own"


def _expect(result: Result | None) -> Iterator[str]:
    if result is None or result.closing["cause"] not in {"returned", "deadlock", "livelock"}:
        yield from ("# expect:", "#   verdict: passed", "#   checks: all")
        return
    yield "expect:  # as it came to when this file was written"
    if result.closing["cause"] != "returned":
        yield f"  verdict: {result.closing['cause']}"
    elif all(result.checks.values()):
        yield "  checks: all"
    else:
        yield "  checks:"
        for name, ok in result.checks.items():
            yield f"    {_flow(name)}: {_flow(ok)}"
    if isinstance(result.outcome, Mapping):
        yield from (
            f"  # {line}" for line in ("outcome:", *(f"  {_flow(k)}: {_flow(v)}" for k, v in result.outcome.items()))
        )
    yield "  # explore: holds                    # what a search has to come to, or violated, deadlock, …"


def _flow(value: Any) -> str:
    """A value in one line of YAML."""
    text: str = yaml.safe_dump(
        escaped(value), default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")
