"""Options of verbs that hand their work to an executor: what is typed enters, an extension and its argument leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


F = TypeVar("F", bound="Callable[..., Any]")


def executor_named(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    """Read an executor: its name, and what stands behind it."""
    if value is None:
        return None
    from ..executors import parsed

    try:
        return parsed(value)
    except UsageError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def executor_option(function: F) -> F:
    """`--executor NAME[:…]`."""
    return click.option(
        "--executor",
        callback=executor_named,
        metavar="NAME[:…]",
        help="What runs them: processes, or processes:N for N; dask://HOST:PORT (extra 'dask'); or a plugin's."
        " As many at a time as there are CPUs, in a cluster all of its, unless --jobs says it.",
    )(function)


def typed(executor: tuple[str, str]) -> str:
    """An executor as it can be typed again."""
    name, argument = executor
    return f"{name}:{'//' * (name == 'dask')}{argument}" if argument else name
