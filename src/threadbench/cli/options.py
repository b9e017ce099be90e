"""Options that several verbs share, as decorators; each hands its verb one ready value rather than five switches."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ..durations import LONGEST, parse_duration, typed_duration
from ..errors import UsageError
from ..seeds import MAX_SEED
from .console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

F = TypeVar("F", bound="Callable[..., Any]")


def seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Read a time span: `250us`, `100ms`, `3s`, `2m`, or a number of seconds; longer than nothing."""
    if value is None:
        return None
    try:
        span = parse_duration(_number_or_text(value))
    except ValueError as error:
        raise click.BadParameter(f"{error}, not '{value}'", ctx, param) from None
    if span <= 0:
        raise click.BadParameter("must be longer than 0", ctx, param)
    if span > LONGEST:
        raise click.BadParameter(f"must be at most {typed_duration(LONGEST)}, a week", ctx, param)
    return span


def _number_or_text(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def output_options(function: F) -> F:
    """`--json`, `-q`, `-v`, `--color`; the verb gets `console`."""

    @click.option("--json", "json", is_flag=True, help="Write exactly one JSON document to standard output.")
    @click.option("-q", "--quiet", is_flag=True, help="Write the last line only.")
    @click.option("-v", "--verbose", is_flag=True, help="Write events and output as well; tracebacks of our own bugs.")
    @click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colour; NO_COLOR and FORCE_COLOR are honoured.",
    )
    @functools.wraps(function)
    def with_console(*args: Any, json: bool, quiet: bool, verbose: bool, color: Any, **rest: Any) -> Any:
        if quiet and verbose:
            raise UsageError("-q and -v exclude each other")
        data = rest.get("events") == "-"
        if json and data:
            raise UsageError("--json and '--events -' both want standard output", hint="give --events a file")
        console = Console(color=color, json=json, data=data, quiet=quiet, verbose=verbose)
        try:
            return function(*args, console=console, **rest)
        finally:
            console.clear_live()

    return with_console  # type: ignore[return-value] # it adds `console` itself, which F cannot say


_RESOLVE: Final = (
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a value of the scenario, such as params.capacity=1; repeatable.",
    ),
    click.option("--seed", type=click.IntRange(0, MAX_SEED), help="The seed of every run."),
    click.option("--timeout", callback=seconds, metavar="DURATION", help="The timeout of every run: 500ms, 10s, 2m."),
)
_SELECT: Final = (
    click.option(
        "-k", "keyword", metavar="EXPR", help="Only cases whose id matches: words, and, or, not, parentheses."
    ),
    click.option("-t", "--tag", "tags", multiple=True, metavar="TAG", help="Only cases with this tag; repeatable."),
)
_SWITCH: Final = (
    click.option(
        "-p",
        "plugins",
        multiple=True,
        metavar="PLUGIN",
        help="Load this module as a plugin, or with no:NAME leave that plugin out; repeatable.",
    ),
    click.option("--no-plugins", "none", is_flag=True, help="Use the built-in kinds only."),
    click.option("--plugin", "files", multiple=True, metavar="FILE.py", help="Load a plugin from a file."),
)


def registry_options(function: F) -> F:
    """`-p`, `--no-plugins`, `--plugin`; the verb gets `switches`."""

    @functools.wraps(function)
    def with_switches(*args: Any, plugins: Any, none: bool, files: Any, **rest: Any) -> Any:
        from ..lookup import Switches

        return function(*args, switches=Switches(plugins, none, files), **rest)

    return _with_options(with_switches, _SWITCH)  # type: ignore[return-value] # it adds `switches` itself


def resolve_options(function: F) -> F:
    """`--set`, `--seed`, `--timeout` and those of the registry; the verb gets `lookup`."""
    return _with_options(_with_lookup(function), (*_RESOLVE, *_SWITCH))


def case_options(function: F) -> F:
    """As `resolve_options`, and `-k`, `-t`."""
    return _with_options(_with_lookup(function), (*_RESOLVE, *_SELECT, *_SWITCH))


def _with_lookup(function: F) -> F:
    @functools.wraps(function)
    def with_lookup(
        *args: Any,
        overrides: Any,
        seed: int | None,
        timeout: float | None,
        plugins: Any,
        none: bool,
        files: Any,
        keyword: str | None = None,
        tags: Any = (),
        **rest: Any,
    ) -> Any:
        from ..lookup import Lookup, Switches

        lookup = Lookup(overrides, seed, timeout, keyword, tags, Switches(plugins, none, files))
        return function(*args, lookup=lookup, **rest)

    return with_lookup  # type: ignore[return-value] # it adds `lookup` itself, which F cannot say


def _with_options(function: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        function = option(function)
    return function


_KEPT: Final = (".yaml", ".yml", ".py", ".jsonl")
"""How what somebody wrote or ran ends: an option that was forgotten takes such a word for its own."""


class Destination(click.Path):
    """A file that is to be written at the end: what would prevent that is said before anything long begins."""

    name = "file"

    def __init__(self) -> None:
        super().__init__(dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path as it was given."""
        from pathlib import Path

        path = os.fsdecode(super().convert(value, param, ctx))
        file = Path(path)
        if path.endswith(_KEPT) and file.is_file():
            self.fail(f"'{path}' is there already, and nothing is written over what ends like that", param, ctx)
        if not file.parent.is_dir():
            self.fail(f"cannot write '{path}': there is no folder '{file.parent}'", param, ctx)
        if not os.access(file if file.exists() else file.parent, os.W_OK):
            self.fail(f"cannot write '{path}': it may not be written", param, ctx)
        return path


def junit_option(function: F) -> F:
    """`--junit FILE`."""
    return click.option("--junit", type=Destination(), metavar="FILE", help="Write JUnit XML to FILE.")(function)


def write_file(path: str, text: str) -> None:
    """Write a file that the user named.

    Raises:
        UsageError: it cannot be written.
    """
    from pathlib import Path

    try:
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"cannot write '{path}': {error.strerror}") from error
