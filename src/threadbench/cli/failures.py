"""Where every command ends: errors become text on standard error and an exit code, never a traceback by mistake."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import click

from .._version import __version__
from ..errors import ScenarioError, ThreadbenchError, did_you_mean, printable
from ..verdicts import BROKEN_PIPE, INTERNAL, INTERRUPTED, INVALID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def guarded(command: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Run a command with its arguments; returns the exit code, whatever happens."""
    _complete_streams()
    code = 0
    try:
        try:
            code = command(arguments)
        except click.exceptions.Exit as leaving:
            code = leaving.exit_code
        except click.ClickException as error:
            code = _usage(error, arguments)
        except ThreadbenchError as error:
            code = _known(error, arguments)
        except KeyboardInterrupt:
            code = _say("interrupted", INTERRUPTED)
        except BrokenPipeError:
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _NO_ROOM and error.filename is None:
                raise  # click writes help by itself
            code = _unknown(error, arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:  # a full disk behind standard output is noticed when it is flushed
        if not code:  # else the error that led here has been told
            code = _say(f"error: cannot write to standard output: {error.strerror}", INVALID)
        _drop_output()
    return code


def _usage(error: click.ClickException, arguments: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # which click has since 8.2
        return _say(error.format_message(), INVALID, escape=False)
    hint = getattr(error, "hint", None)
    message = error.format_message()
    if isinstance(error, click.MissingParameter) and error.param is not None:
        choices = getattr(error.param.type, "choices", ())  # click would put each on a line of its own
        hint = f"one of: {', '.join(choices)}" if choices else None
        message = message.partition(". Choose from")[0]
    if isinstance(error, click.NoSuchOption):
        message = f"no such option '{error.option_name}'"
        known = [name for param in context.command.get_params(context) for name in param.opts] if context else []
        hint = _elsewhere(error.option_name) or did_you_mean(error.option_name, known)
    if context is not None and hint is None:
        hint = f"{context.command_path} --help"
    text = f"{message[:1].lower()}{message[1:].rstrip('.')}"
    _json_error(arguments, "UsageError", text, hint, INVALID)
    return _say(f"error: {printable(text)}" + (f"\n  hint: {printable(hint)}" if hint else ""), INVALID, escape=False)


def _elsewhere(option: str) -> str | None:
    """Which verbs have an option that the one at hand has not."""
    from .group import VERBS, group

    with click.Context(group, info_name="threadbench") as context:
        verbs = [verb for verb in VERBS if (command := group.get_command(context, verb)) and _has(command, option)]
    return f"it is an option of {', '.join(verbs)}, behind the verb" if verbs else None


def _has(command: click.Command, option: str) -> bool:
    return any(option in param.opts for param in command.params)


def _known(error: ThreadbenchError, arguments: Sequence[str]) -> int:
    _json_error(arguments, type(error).__name__, str(error.args[0]), error.hint, error.exit_code, error)
    return show_error(error)


def show_error(error: ThreadbenchError) -> int:
    """Write an error to standard error, on GitHub as annotations too; returns its exit code."""
    if isinstance(error, ScenarioError) and os.environ.get("GITHUB_ACTIONS"):
        from ..report.github import diagnostic_annotations

        for annotation in diagnostic_annotations(error.diagnostics):
            _say(annotation, 0, escape=False)
    return _say(error.render(), error.exit_code)


def _unknown(error: Exception, arguments: Sequence[str]) -> int:
    import platform
    import traceback

    versions = f"threadbench {__version__}, Python {platform.python_version()}, {platform.platform()}"
    said = f"{type(error).__name__}: {error}".partition("\n")[0]
    _json_error(arguments, "InternalError", said, None, INTERNAL)
    if _wants_traceback(arguments):
        _say("".join(traceback.format_exception(error)).rstrip(), 0)
        how = "Please report it with the lines above"
    else:
        how = "Please report it with the output of the same command and THREADBENCH_DEBUG=1"
    return _say(f"internal error: {said}\n{how}; this is a bug of threadbench, not yours. {versions}", INTERNAL)


def _wants_traceback(arguments: Sequence[str]) -> bool:
    return bool(os.environ.get("THREADBENCH_DEBUG")) or not {"-v", "--verbose"}.isdisjoint(arguments)


def _json_error(
    arguments: Sequence[str],
    name: str,
    message: str,
    hint: str | None,
    code: int,
    error: ThreadbenchError | None = None,
) -> None:
    """With `--json`, an error is a document too: standard output holds exactly one, whatever happens.

    The arguments are looked at as they stand, because they may be what could not be parsed.
    """
    if "--json" not in arguments:
        return
    import json

    document: dict[str, object] = {
        "schema": "threadbench.error/1",
        "error": name,
        "message": message,
        "hint": hint,
        "exit_code": code,
    }
    if isinstance(error, ScenarioError):
        document["diagnostics"] = diagnostics_json(error)
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def diagnostics_json(error: ScenarioError) -> list[dict[str, object]]:
    """Diagnostics for machines: place, message, hint, source line."""
    return [
        {
            "file": each.position.path,
            "line": each.position.line,
            "column": each.position.column,
            "width": each.width,
            "message": each.message,
            "hint": each.hint,
            "source": each.source,
        }
        for each in error.diagnostics
    ]


def _say(text: str, code: int, *, escape: bool = True) -> int:
    shown = "\n".join(printable(each) for each in text.split("\n")) if escape else text
    sys.stderr.write(shown + "\n")
    sys.stderr.flush()
    return code


def _complete_streams() -> None:
    """Put nothing in the place of a standard stream that is closed: else the next file that is opened would get it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the process's life


def _drop_output() -> None:
    """Nobody reads any more: let what is still buffered go nowhere when the interpreter leaves."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
