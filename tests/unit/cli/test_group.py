"""The tree of commands: its static table, its help, what it says of words it does not know."""

from __future__ import annotations

from importlib import import_module

import click
import pytest

from threadbench.cli import main
from threadbench.cli.group import VERBS, group
from threadbench.verdicts import EXIT_CODES


def tree(command: click.Command, path: tuple[str, ...] = ()):
    """Every command with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from tree(below, (*path, name))


@pytest.mark.parametrize("verb", VERBS)
def test_the_table_says_of_a_verb_what_the_verb_says_itself(verb: str) -> None:
    """The static help of each verb is its own."""
    command = import_module(f"threadbench.cli.{verb}").command
    assert command.name == verb
    assert command.get_short_help_str(200) == VERBS[verb]


def test_help_lists_verbs_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Who looks for help finds every verb and what a script may rely on."""
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)
    assert all(f"  {code} " in shown for code in EXIT_CODES)


def test_no_arguments_show_the_help_and_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A bare `threadbench` has done nothing, which no script may take for success."""
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("Usage: threadbench ")


@pytest.mark.parametrize("option", [["--version"], ["-V"]])
def test_the_version_is_told_without_a_verb(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Also where `__main__` did not answer itself."""
    assert main(option) == 0
    assert capsys.readouterr().out.startswith("threadbench ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "error: no such command 'rnu'\n  hint: did you mean 'run'?\n"),
        (["zzz"], "error: no such command 'zzz'\n  hint: one of run, explore, bench, replay, report, "),
        (["run", "--sed", "3", "x"], "error: no such option '--sed'\n  hint: did you mean '--seed'?\n"),
        (["run"], "error: missing argument 'PATH[::CASE]…'\n  hint: threadbench run --help\n"),
        (["run", "x", "--timeout", "3x"], "error: invalid value for '--timeout': expected a duration such as 250us"),
        (["run", "x", "--timeout", "0s"], "error: invalid value for '--timeout': must be longer than 0\n"),
        (["run", "x", "--seed", "many"], "error: invalid value for '--seed': 'many' is not a valid integer range"),
        (["run", "x", "-q", "-v"], "error: -q and -v exclude each other\n"),
        (["run", "x", "--json", "--events", "-"], "error: --json and '--events -' both want standard output\n"),
        (["completion", "tcsh"], "error: invalid value for 'SHELL': 'tcsh' is not one of"),
    ],
)
def test_usage_that_makes_no_sense_says_what_would(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, the mistake, and a hint."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(said)


def test_every_option_is_explained() -> None:
    """No option of any verb is without help."""
    silent = [
        (path, param.name)
        for path, command in tree(group)
        for param in command.params
        if isinstance(param, click.Option) and not param.help
    ]
    assert silent == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_helps(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` of each verb ends well, and begins with how to use it."""
    assert main([verb, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: threadbench {verb} ")
