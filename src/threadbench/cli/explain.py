"""`threadbench explain`: a kind, or one of its params, enters; types, defaults, bounds and descriptions leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError, did_you_mean
from .options import output_options, registry_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..lookup import Switches
    from ..plugins import Registry, Workload
    from ..report.line import Line
    from ..scenario.params import Param
    from .console import Console

SCHEMA = "threadbench.explain/1"


@click.command("explain", short_help="Tell what a kind does, and what its params mean.")
@click.argument("name", metavar="KIND[.PARAM]")
@registry_options
@output_options
def command(name: str, switches: Switches, console: Console) -> int:
    """Tell what a kind does, and what its params mean."""
    from dataclasses import asdict

    from ..report import json
    from ..scenario.params import params_of

    registry = switches.registry()
    kind, *path = name.split(".")
    workload = workload_of(registry, kind)
    params = params_of(workload.params.model_json_schema())
    param = _param(kind, path, params)
    if console.json:
        about: dict[str, Any] = {"schema": SCHEMA, "kind": kind, "summary": workload.summary, "exit_code": 0}
        shown = params if param is None else (param,)
        console.text(json.dump({**about, "params": [asdict(each) for each in shown]}))
    elif param is None:
        console.lines(_kind_lines(workload, params))
    else:
        console.lines(_param_lines(name, param))
    return 0


def workload_of(registry: Registry, kind: str) -> Workload:
    """The workload of a kind that somebody typed.

    Raises:
        UsageError: there is none; the hint has the one that was probably meant.
        PluginError: its provider cannot be used.
    """
    try:
        return registry.workload(kind)
    except LookupError as error:
        names = registry.names()
        hint = did_you_mean(kind, names) or f"installed kinds: {', '.join(names)}"
        raise UsageError(f"unknown kind '{kind}': {error.args[0]}", hint=hint) from None


def _param(kind: str, path: list[str], params: tuple[Param, ...]) -> Param | None:
    param = None
    for depth, word in enumerate(path):
        param = next((each for each in params if each.name == word), None)
        if param is None:
            above = ".".join([kind, *path[:depth]])
            known = [each.name for each in params]
            hint = did_you_mean(word, known) or (f"it has: {', '.join(known)}" if known else "it has none")
            raise UsageError(f"'{above}' has no param '{word}'", hint=hint)
        params = param.params
    return param


def _kind_lines(workload: Workload, params: tuple[Param, ...]) -> Iterator[Line]:
    import inspect

    from ..report.line import line

    about = inspect.cleandoc(workload.function.__doc__ or "").splitlines()
    yield line((workload.kind, "strong"), f": {workload.summary}")
    for text in about[1:]:
        yield line(text)
    yield line("")
    if params:
        yield from _table(params)
    else:
        yield line("It has no params.")


def _param_lines(name: str, param: Param) -> Iterator[Line]:
    from ..report.line import line

    yield line((name, "strong"), f": {param.description}" if param.description else "")
    yield line(("  type     ", "dim"), param.type)
    yield line(("  default  ", "dim"), param.default_text)
    if param.bounds:
        yield line(("  bounds   ", "dim"), param.bounds)
    if param.params:
        yield line("")
        yield from _table(param.params)


def _table(params: tuple[Param, ...]) -> Iterator[Line]:
    from ..report.line import shorten
    from ..report.tables import columns_of

    rows = [
        (each.name, each.type, each.default_text, shorten(each.bounds or "-", 40), each.description) for each in params
    ]
    return columns_of(("param", "type", "default", "bounds", "description"), rows)
