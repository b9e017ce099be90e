"""Writes what is made from the code: reference pages, the event table, the JSON Schema of the event log.

`python tools/generate.py` after a model, a verb, an option or an event has changed; a test says when.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from threadbench.cli.group import VERBS, group
from threadbench.events import event_schema
from threadbench.events.vocabulary import VOCABULARY
from threadbench.plugins import Registry
from threadbench.scenario.reference import reference_markdown
from threadbench.verdicts import EXIT_CODES

ROOT = Path(__file__).parents[1]

ENVIRONMENT = {
    "THREADBENCH_DISABLE_PLUGINS": "Plugins or distributions that are left out, as with `-p no:NAME`; commas between.",
    "THREADBENCH_PLUGINS": "Plugins that are loaded, and whose observers are told, as with `-p NAME`; commas between.",
    "THREADBENCH_TRACE_PLUGINS": "Set to anything, each call of a plugin's hooks and extensions is told.",
    "THREADBENCH_DEBUG": "Set to anything, a bug of threadbench shows its traceback, as with `-v`.",
    "NO_COLOR, FORCE_COLOR": "No colour, or colour even where the output is no terminal.",
    "CI": "Set to anything, there is no live line.",
    "TERM": "Set to `dumb`, there is neither colour nor a live line.",
    "GITHUB_ACTIONS, GITHUB_STEP_SUMMARY": "Set by GitHub: failures become annotations, and a page for the step.",
}

SEVERAL = """\
Of several cases the gravest counts: 130, 70, 2, 3, 4, 1, 6. SIGTERM ends a command as Ctrl-C does, with whole logs
and a partial summary; the process then ends by that signal (143 in a shell), and a document of `--json` says 130.
"""


def pages() -> dict[Path, str]:
    """Every generated file with the text it should have."""
    docs = ROOT / "docs"
    return {
        docs / "scenario-reference.md": reference_markdown(Registry(third_party=False).workloads()),
        docs / "command-line.md": command_line(),
        docs / "events.md": with_table((docs / "events.md").read_text(encoding="utf-8"), events()),
        ROOT / "src" / "threadbench" / "events" / "schema.json": json.dumps(event_schema(), indent=1) + "\n",
    }


def with_table(page: str, table: str) -> str:
    """The page with what stands between its two markers replaced."""
    return re.sub(r"(?<=<!-- events -->\n).*(?=<!-- /events -->)", lambda _: f"\n{table}\n", page, flags=re.DOTALL)


def events() -> str:
    """A row for each event that threadbench itself writes."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in VOCABULARY.items() if not name.startswith("~")]
    return "\n".join(["| event | meaning (names in `data`) |", "|---|---|", *rows, ""])


def command_line() -> str:
    """A section for each verb, with a row for each of its options."""
    parts = ["# Command line\n", "Made from the commands themselves; `threadbench COMMAND --help` says the same.\n"]
    for verb in VERBS:
        with click.Context(group, info_name="threadbench") as above:
            command = group.get_command(above, verb)
            assert command is not None
            with click.Context(command, info_name=verb, parent=above) as context:
                parts += section(verb, command, context)
    variables = [f"| `{name.replace(', ', '`, `')}` | {meaning} |" for name, meaning in ENVIRONMENT.items()]
    parts += ["## Environment\n", "\n".join(["| variable | |", "|---|---|", *variables, ""])]
    rows = [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    parts += ["## Exit codes\n", "\n".join(["| code | when |", "|---|---|", *rows, ""]), SEVERAL]
    return "\n".join(parts)


def section(verb: str, command: click.Command, context: click.Context) -> Iterator[str]:
    """One verb: how it is called, what it does, its options; and the verbs below it."""
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    yield f"## `{' '.join([verb, *(param.make_metavar(context) for param in arguments)])}`\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    options = [param for param in command.params if isinstance(param, click.Option)]
    if options:
        yield "\n".join(["| option | |", "|---|---|", *map(row, options), ""])
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            for part in section(f"{verb} {name}", inner, context):
                yield re.sub("^## ", "### ", part)


def row(option: click.Option) -> str:
    """One option: its names, what it takes, what it does."""
    takes = option.metavar or (
        "|".join(map(str, option.type.choices)) if isinstance(option.type, click.Choice) else "N"
    )
    names = ", ".join(option.opts)
    shown = f"`{names}`" if option.is_flag else f"`{names} {takes}`"
    escaped = shown.replace("|", r"\|")
    return f"| {escaped} | {option.help} |"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
