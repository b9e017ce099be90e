"""`threadbench new`: a kind enters, a commented scenario leaves; a name enters, a plugin's project leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from ..errors import UsageError, did_you_mean
from ..report.line import line
from ..verdicts import OK
from .explain import workload_of
from .group import NoSuchVerbError
from .options import output_options, registry_options, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from ..lookup import Switches
    from ..plugins import Registry
    from .console import Console

SCHEMA: Final = "threadbench.new/1"
EDITORS: Final = ".threadbench.schema.json"
"""The file that scenarios name in their first line."""


class NewGroup(click.Group):
    """`new scenario` and `new plugin`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begin with."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.commands) or f"new scenario {args[0]}, or new plugin {args[0]}"
            raise NoSuchVerbError(f"no such command 'new {args[0]}'", ctx=ctx, hint=hint)
        return super().resolve_command(ctx, args)


@click.group("new", cls=NewGroup, help="Write a scenario or a plugin to begin with.")
def command() -> None:
    """Hold the two commands together."""


@command.command("scenario", help="Write a scenario of a kind, with every param and what it means.")
@click.argument("kind")
@click.option(
    "-o", "--output", metavar="FILE", help="The file to write, by default KIND.yaml; - writes to standard output."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--no-run", is_flag=True, help="Do not run the kind once to see what it comes to, which the file then expects."
)
@registry_options
@output_options
def scenario(console: Console, kind: str, output: str | None, force: bool, no_run: bool, switches: Switches) -> int:
    """Write a scenario that is valid and meets its expectations as it stands."""
    import tempfile
    from pathlib import Path

    from ..scaffold.scenario import drafted

    if output == "-" and console.json:
        raise UsageError("--json and '-o -' both want standard output", hint="give -o a file")
    registry = switches.registry()
    workload = workload_of(registry, kind)
    path = Path(f"{kind}.yaml" if output in {None, "-"} else str(output))
    if output != "-" and path.is_dir():
        raise UsageError(f"'{path}' is a folder", hint=f"-o takes a file: {path / f'{kind}.yaml'}")
    if output != "-" and not path.parent.is_dir():
        raise UsageError(f"cannot write '{path}': there is no folder '{path.parent}'")
    if output != "-" and path.exists() and not force:
        raise UsageError(f"'{path}' is there already, and nothing is written over it", hint="--force writes over it")
    with tempfile.TemporaryDirectory(prefix="threadbench-") as logs:
        draft = drafted(workload, registry, path.name, None if no_run else Path(logs))
    if output == "-":
        console.text(draft.text)
        return OK
    written = [path, *_for_editors(registry, path.parent)]
    write_file(str(path), draft.text)
    verdict = draft.result.verdict if draft.result else None
    if console.json:
        _document(console, {"kind": kind, "written": [str(each) for each in written], "verdict": verdict})
        return OK
    for each in written:
        console.line(line(("wrote ", "good"), str(each)))
    if draft.result and draft.result.closing["cause"] not in {"returned", "deadlock", "livelock"}:
        console.line(line((f"it does not run like that: {draft.result.verdict}: {draft.result.reason}", "warn")))
    console.line(line(f"next: threadbench run {path}"))
    return OK


@command.command(
    "plugin",
    short_help="Write a plugin's project, which runs as it is.",
    help="Write a plugin's project, which installs, tests and runs as it is.",
)
@click.argument("name")
@click.option("-o", "--output", metavar="FOLDER", help="The folder to write, by default threadbench-NAME.")
@output_options
def plugin(console: Console, name: str, output: str | None) -> int:
    """Write a distribution with one kind, its scenario and its tests."""
    from pathlib import Path

    from ..scaffold.project import commands, names_of, project_files, write_project

    names = names_of(name)
    folder = Path(output or names.distribution)
    files = project_files(names)
    write_project(folder, files)
    steps = commands(folder)
    if console.json:
        written = [str(folder / each) for each in files]
        _document(console, {"kind": names.kind, "written": written, "commands": steps})
        return OK
    for each in files if not console.quiet else ():
        console.line(line(("wrote ", "good"), str(folder / each)))
    console.line(line("next:"))
    for step in steps:
        console.line(line(f"  {step}"))
    return OK


def _for_editors(registry: Registry, folder: Path) -> list[Path]:
    """The schema beside the scenario, written unless it is there."""
    from ..report import json
    from ..scenario.schema import schema_document

    path = folder / EDITORS
    if path.exists():
        return []
    write_file(str(path), json.dump(schema_document(registry.workloads())))
    return [path]


def _document(console: Console, content: dict[str, Any]) -> None:
    from ..report import json

    console.text(json.dump({"schema": SCHEMA, **content, "exit_code": OK}))
