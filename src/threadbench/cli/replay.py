"""`threadbench replay`: a stored schedule enters; it runs again, and what happened, step by step, leaves."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from .. import verdicts
from ..collecting import collecting_nothing
from ..errors import UsageError
from ..places import KEPT
from .options import output_options, resolve_options
from .pages import html_option, write_search_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..lookup import Lookup
    from ..report.line import Line
    from ..report.search import SearchAccount
    from ..scenario import Case
    from ..searches import Schedule
    from .console import Console


@click.command("replay", short_help="Run a stored schedule again, and show what happens in it.")
@click.argument("witness", metavar="WITNESS")
@click.option("--step", is_flag=True, help="Show it line by line: Enter goes on, q ends.")
@click.option("--times", type=click.IntRange(min=1), default=1, help="Run it so many times; all must come to the same.")
@html_option
@output_options
def command(witness: str, step: bool, times: int, html: str | None, console: Console) -> int:
    """Run a stored schedule again, and show what happens in it.

    WITNESS is a file that `threadbench explore` wrote, or pytest, which then runs its test. It is refused where the
    code under test has changed since, or the Python version differs: the choices in it would mean something else.
    """
    with collecting_nothing():
        from pathlib import Path

        from ..searches import load_witness, replay_case
        from .searching import search_account

        schedule = load_witness(witness)
        home = home_of(schedule, witness)
        if schedule.test is not None:
            if step or times > 1 or html or console.json:
                raise UsageError(
                    f"{witness} belongs to a test, which pytest runs: without --step, --times, --html and --json",
                    hint=f"threadbench replay {witness}",
                )
            return replay_test(schedule.test, schedule, witness, home)
        page = str(Path(html).absolute()) if html else None
        with contextlib.chdir(home):
            case = case_of(schedule)
    with contextlib.chdir(home):
        done = replay_case(case, schedule, witness, times)
        search = search_account(case, done)
        if page:
            write_search_page(page, [search], [(case, done)])
    if console.json:
        from ..report import json

        console.text(json.dump(document(search, schedule, witness, times)))
        return done.exit_code
    draw(console, search, times, step=step)
    return done.exit_code


def home_of(schedule: Schedule, witness: str) -> str:
    """The folder that a witness's paths start from: this one, or else the one whose `.threadbench` it lies in.

    Raises:
        UsageError: what it belongs to is in neither.
    """
    from pathlib import Path

    belongs = schedule.test or schedule.scenario or ""
    file = belongs.partition("::")[0]
    if Path(file).exists():
        return os.curdir
    above = Path(witness).absolute().parent
    for folder in (above, *above.parents):
        if folder.name == KEPT and (folder.parent / file).exists():
            return str(folder.parent)
    raise UsageError(
        f"{witness} belongs to {belongs}, and there is no {file} here",
        hint="call it in the folder where it was found",
    )


def replay_test(test: str, schedule: Schedule, witness: str, home: str = os.curdir) -> int:
    """Have pytest run the test again that a schedule belongs to, in a folder; returns the exit code.

    Raises:
        UsageError: pytest does not find the test, or not the schedule's search in it.
    """
    import subprocess
    from pathlib import Path

    kept = witness if home == os.curdir else str(Path(witness).absolute())
    words = [sys.executable, "-m", "pytest", test, "--threadbench-replay", kept, "-p", "no:cacheprovider"]
    code = subprocess.run(words, check=False, cwd=home).returncode
    if code == 1:
        return verdicts.search_exit_code(schedule.verdict, as_expected=False)
    if code in {4, 5}:
        raise UsageError(
            f"pytest has not found the test {test}, or no such search in it", hint="call it where pytest was called"
        )
    return {0: verdicts.OK, 2: verdicts.INVALID}.get(code, verdicts.INTERNAL)


def case_of(schedule: Schedule) -> Case:
    """The case that a schedule belongs to, with the settings it was found with.

    Raises:
        UsageError: its settings are not understood.
        ScenarioError, PluginError, NothingSelectedError: the case cannot be loaded any more.
    """
    try:
        lookup = _remembered.main(list(schedule.settings), "witness", standalone_mode=False)
    except click.ClickException as error:
        raise UsageError(f"the witness has settings that are not understood: {error.format_message()}") from error
    case: Case = lookup.case(schedule.scenario or "")
    return case


@click.command("witness", add_help_option=False)
@resolve_options
def _remembered(lookup: Lookup) -> Lookup:
    """Has the options that a witness remembers."""
    return lookup


def document(search: SearchAccount, schedule: Schedule, witness: str, times: int) -> dict[str, Any]:
    """What `replay --json` prints."""
    return {
        "schema": "threadbench.replay/1",
        "witness": witness,
        "times": times,
        "search": msgspec.to_builtins(search),
        "schedule": msgspec.to_builtins(schedule),
        "exit_code": search.exit_code,
    }


def draw(console: Console, search: SearchAccount, times: int, *, step: bool) -> None:
    """Write what happened, then what it came to."""
    from ..report.line import line
    from ..report.search import counted, label

    console.clear_live()
    text = search.explanation or ""
    if not console.quiet:
        if step:
            for each in _stepped(text):
                console.line(each)  # seen before the key is asked for, through a pipe as well
        else:
            console.lines(line(each) for each in text.splitlines())
        console.line(line(""))
    word, role = label(search)
    same = f" {counted(times, 'time')}, always the same" if times > 1 else ""
    console.line(line((word, role), f"  {search.case}  {search.model}{same}: {search.reason}"))


def _stepped(text: str) -> Iterator[Line]:
    """Line by line, each after Enter or any key but q; all at once where nobody sits at a terminal."""
    from ..report.line import line

    asks = sys.stdin is not None and sys.stdin.isatty()
    for each in text.splitlines():
        yield line(each)
        if asks and each.strip() and _key() in {"q", "Q", ""}:
            return


def _key() -> str:
    """The key that is pressed; nothing where Ctrl-D ends the input."""
    try:
        return click.getchar()
    except EOFError:
        return ""
