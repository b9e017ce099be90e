"""The group of verbs: a static table for `--help`, a module imported for the verb that is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from .._version import __version__
from ..errors import did_you_mean
from ..verdicts import EXIT_CODES, INVALID, OK

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS: Final[dict[str, str]] = {
    "run": "Run scenarios: a line for each case, an event log for each run.",
    "explore": "Search the interleavings of scenarios, and keep the shortest that goes wrong.",
    "bench": "Measure how fast scenarios run, and compare.",
    "replay": "Run a stored schedule again, and show what happens in it.",
    "report": "Show what an event log says: verdict, threads, waits.",
    "validate": "Check scenario files as run does, and run nothing.",
    "show": "Print scenarios as written, or as they will run.",
    "kinds": "List the kinds of scenario that are installed.",
    "explain": "Tell what a kind does, and what its params mean.",
    "schema": "Print the JSON Schema of scenario files, for editors.",
    "new": "Write a scenario or a plugin to begin with.",
    "plugins": "List plugins, and tell what is wrong with one.",
    "completion": "Print a completion script for bash, zsh or fish.",
}
"""Verbs with their one line of help, so that `--help` imports no verb; a test holds it equal to the verbs' own."""


HELP: Final = frozenset({"-h", "--help"})


class VerbGroup(click.Group):
    """`threadbench` itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All verbs, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a verb; None where there is none of this name."""
        if cmd_name not in VERBS:
            return None
        command = import_module(f".{cmd_name}", __package__).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The table of verbs."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that `args` begin with."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], VERBS) or f"one of {', '.join(VERBS)}"
            raise NoSuchVerbError(f"no such command '{args[0]}'", ctx=ctx, hint=hint)
        return super().resolve_command(ctx, args)


class NoSuchVerbError(click.UsageError):
    """A verb that does not exist, with the one that was probably meant."""

    def __init__(self, message: str, *, ctx: click.Context, hint: str) -> None:
        super().__init__(message, ctx)
        self.hint = hint


@click.command(
    cls=VerbGroup,
    help="Threading behaviours as YAML: run on real threads or through every interleaving, and judged.",
    epilog="threadbench COMMAND --help tells more about a command.",
    context_settings={"help_option_names": sorted(HELP), "max_content_width": 100},
)
@click.version_option(__version__, "--version", "-V", message="threadbench %(version)s")
def group() -> None:
    """Hold the verbs together."""


def ready(arguments: Sequence[str]) -> int:
    """Import what the verb needs, where that takes long and is better done from here; returns OK."""
    if arguments[:1] in (["run"], ["bench"]) and not HELP.intersection(arguments):
        from .running import settle

        settle()
    return OK


def run_command(arguments: Sequence[str]) -> int:
    """Parse the arguments and run the verb; click's own handling of errors is left out, see `failures`."""
    if not arguments:
        with click.Context(group, info_name="threadbench") as context:
            click.echo(group.get_help(context), err=True)
        return INVALID
    with group.make_context("threadbench", list(arguments)) as context:
        code = group.invoke(context)
    return code if isinstance(code, int) else OK
