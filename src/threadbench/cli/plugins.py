"""`threadbench plugins`: who provides what, and what is wrong with whom; a registry enters, rows leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from .._version import API_VERSION
from ..errors import columns, did_you_mean
from ..report.line import indent, line, pad
from ..verdicts import FAILED, OK
from .group import NoSuchVerbError
from .options import output_options, registry_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..lookup import Switches
    from ..plugins import PluginInfo, PluginStatus
    from ..report.line import Line, Role
    from .console import Console

SCHEMA: Final = "threadbench.plugins/1"

_ROLES: Final[dict[str, Role]] = {"ok": "good", "blocked": "dim"}


class PluginsGroup(click.Group):
    """`plugins` alone, or with options only, is `plugins list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` in front where no other word stands there."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begin with."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.commands) or f"one of {', '.join(self.commands)}"
            raise NoSuchVerbError(f"no such command 'plugins {args[0]}'", ctx=ctx, hint=hint)
        return super().resolve_command(ctx, args)


@click.group("plugins", cls=PluginsGroup, help="List plugins, and tell what is wrong with one.")
def command() -> None:
    """Hold the three commands together."""


@command.command("list", help="List every plugin with its kinds and status (the default).")
@registry_options
@output_options
def list_plugins(console: Console, switches: Switches) -> int:
    """Show a line for each plugin, and why those that cannot be used cannot."""
    rows = switches.registry().plugins()
    if console.json:
        _document(console, {"plugins": [row.to_json() for row in rows]})
    else:
        console.lines(_table(rows))
    return OK


@command.command("info", help="Tell all that is known about one plugin.")
@click.argument("name")
@registry_options
@output_options
def info(console: Console, name: str, switches: Switches) -> int:
    """Show the plugins of one name: of duplicates there are several."""
    found = switches.registry().info(name)
    if console.json:
        _document(console, {"plugins": [each.to_json() for each in found]})
    for number, each in enumerate(found if not console.json else ()):
        console.lines([line("")] if number else [])
        console.lines(_account(each, verbose=console.verbose))
    return OK


@command.command("doctor", help="Tell what is wrong with plugins and how to mend it; exit 1 if anything is.")
@registry_options
@output_options
def doctor(console: Console, switches: Switches) -> int:
    """Show every plugin that is broken, in conflict, duplicate or incompatible, each with its cure."""
    registry = switches.registry()
    ill = [row for row in registry.plugins() if row.ill]
    if console.json:
        _document(console, {"healthy": not ill, "plugins": [row.to_json() for row in ill]})
        return FAILED if ill else OK
    for row in ill:
        console.line(line((f"{row.name}: {row.status}", "bad"), f"  {_provider(row)}"))
        console.lines(indent([line(f"why:  {row.reason}"), line(f"cure: {row.cure}")]))
        if console.verbose:
            console.lines(_history(registry.info(row.name), row))
    total = len(registry.plugins())
    console.line(
        line((f"{len(ill)} of {total} plugins cannot be used as they are", "bad") if ill else f"all {total} well")
    )
    return FAILED if ill else OK


def _document(console: Console, content: dict[str, Any]) -> None:
    console.text(json.dumps({"schema": SCHEMA, "api": API_VERSION, **content}, indent=2) + "\n")


def _table(rows: Sequence[PluginStatus]) -> list[Line]:
    cells = [("plugin", "provides", "provider", "api", "status", "load")]
    cells += [(row.name, _provides(row), _provider(row), row.api or "", row.status, _load(row)) for row in rows]
    widths = [max(columns(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [_cells(cells[0], widths, "strong", "strong")]
    for row, texts in zip(rows, cells[1:], strict=True):
        lines.append(_cells(texts, widths, "", _ROLES.get(row.status, "bad")))
        if row.ill:
            lines += indent([line((f"{row.reason}", "dim"))])
    return lines


def _cells(texts: Sequence[str], widths: Sequence[int], role: Role, status_role: Role) -> Line:
    padded = [pad(text, width) + "  " for text, width in zip(texts, widths, strict=True)]
    return line(("".join(padded[:4]), role), (padded[4], status_role), (padded[5], "dim"))


def _account(found: PluginInfo, *, verbose: bool) -> list[Line]:
    row = found.status
    lines = [line((row.name, "strong"), f"  {found.summary}"), *indent([line("status    ", _state(row))])]
    facts = {
        "why": row.reason,
        "cure": row.cure,
        "provider": _provider(row),
        "origin": row.origin,
        "module": found.module,
        "file": found.location,
        "api": f"{row.api or 'any'} (this threadbench has {API_VERSION})",
        "hooks": ", ".join(found.hooks),
        "load": _load(row),
    }
    lines += indent([line(f"{name:10}{value}") for name, value in facts.items() if value])
    summaries = dict(found.kinds)
    lines += indent([line(f"kind      {kind}  {summaries.get(kind, '(not usable)')}") for kind in row.kinds])
    lines += indent([line(f"{what:8}  {name}") for what, name in row.extensions])
    lines += indent([line(f"observers {row.observers}, told where the plugin is named")] if row.observers else [])
    if verbose and found.traceback:
        lines += indent([line((text, "dim")) for text in found.traceback.splitlines()])
    return lines


def _history(found: Sequence[PluginInfo], row: PluginStatus) -> list[Line]:
    texts = [each.traceback or "" for each in found if each.status == row]
    return indent([line((text, "dim")) for text in "".join(texts).splitlines()])


def _state(row: PluginStatus) -> tuple[str, Role]:
    return row.status, _ROLES.get(row.status, "bad")


def _provider(row: PluginStatus) -> str:
    if row.origin == "builtin":
        return "built in"
    return f"{row.distribution} {row.version or ''}".rstrip() if row.distribution else row.origin


def _provides(row: PluginStatus) -> str:
    observers = [f"{row.observers} observer{'s' * (row.observers > 1)}"] if row.observers else []
    return ", ".join([*row.kinds, *(f"{what} {name}" for what, name in row.extensions), *observers])


def _load(row: PluginStatus) -> str:
    return f"{row.load_ms:.1f} ms" if row.load_ms is not None else ""
