"""`threadbench completion`: the tree of commands enters, a script for a shell leaves; no Python runs at TAB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shells import Option, Verb

INSTALL = {
    "bash": "threadbench completion bash > ~/.local/share/bash-completion/completions/threadbench",
    "zsh": "threadbench completion zsh > a folder in $fpath, as _threadbench",
    "fish": "threadbench completion fish > ~/.config/fish/completions/threadbench.fish",
}


@click.command("completion", short_help="Print a completion script for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(list(INSTALL)), metavar="SHELL")
def command(shell: str) -> int:
    """Print a completion script for bash, zsh or fish.

    The script is static: save it where the shell looks for completions, and again after an update.
    """
    from .console import Console
    from .group import group
    from .shells import SHELLS

    Console().text(SHELLS[shell](list(_verbs(group, ())), INSTALL[shell]))
    return 0


def _verbs(command: click.Command, path: tuple[str, ...], parent: click.Context | None = None) -> Iterator[Verb]:
    """Every command of the tree, the root first."""
    from .shells import Verb

    settings = command.context_settings
    context = click.Context(command, info_name=path[-1] if path else "threadbench", parent=parent, **settings)
    below: dict[str, click.Command] = {}
    if isinstance(command, click.Group):
        found = {name: command.get_command(context, name) for name in command.list_commands(context)}
        below = {name: each for name, each in found.items() if each is not None}
    params = command.get_params(context)
    yield Verb(
        path,
        tuple(_option(param) for param in params if isinstance(param, click.Option)),
        tuple((name, each.get_short_help_str(200)) for name, each in below.items()),
        tuple(word for param in params if isinstance(param, click.Argument) for word in _choices(param)),
    )
    for name, each in below.items():
        yield from _verbs(each, (*path, name), context)


def _option(option: click.Option) -> Option:
    from .shells import Option

    names = (*option.opts, *option.secondary_opts)
    return Option(names, option.help or "", not option.is_flag, tuple(_choices(option)))


def _choices(param: click.Parameter) -> list[str]:
    return [str(choice) for choice in param.type.choices] if isinstance(param.type, click.Choice) else []
