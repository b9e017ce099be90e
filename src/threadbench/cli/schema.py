"""`threadbench schema`: installed kinds enter, the JSON Schema of scenario files leaves; or that of the event log."""

from __future__ import annotations

import click

from .console import Console
from .options import make_registry, registry_options, write_file


@click.command("schema", short_help="Print the JSON Schema of scenario files, for editors.")
@click.option("--events", is_flag=True, help="Print the schema of event logs instead: one line of them is an instance.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE rather than to standard output.")
@registry_options
def command(
    events: bool,
    output: str | None,
    plugin_switches: tuple[str, ...],
    no_plugins: bool,
    plugin_files: tuple[str, ...],
) -> int:
    """Print the JSON Schema of scenario files, for editors.

    Kinds that are installed are described down to their params. Name the file in a scenario's first line:
    `# yaml-language-server: $schema=./.threadbench.schema.json`.
    """
    from ..report import json

    if events:
        from ..events import event_schema

        text = json.dump(event_schema())
    else:
        from ..scenario.schema import schema_document

        text = json.dump(schema_document(make_registry(plugin_switches, no_plugins, plugin_files).workloads()))
    if output:
        write_file(output, text)
    else:
        Console().text(text)
    return 0
