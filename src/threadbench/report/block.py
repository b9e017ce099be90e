"""The block that explains one run: expectations with their place, cycle, crash, threads, output, how to run it again.

An account and its events enter, lines leave; never more than a screen, the rest is in the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..durations import format_duration
from ..errors import columns, printable
from .line import Line, indent, line, plain, shorten
from .timeline import Gist, Timeline, gist
from .values import expected_text, value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..events import Event
    from .account import Account, Closing, Crash, Deadlock, Failure, Last, Running, Stack, Waiter

_LINES = 40
_THREADS = 8
_FRAMES = 3
_TRACEBACK = 10
_CHECKS = 8
_FAILURES = 8
_TEXT = 400
_EVENTS_READ = 1_000_000


def block(
    account: Account, events: Callable[[Account], Iterable[Event]] | None, *, also: str = "", output: bool = True
) -> list[Line]:
    """Everything a person needs to see about a run that is worth a look.

    Args:
        account: the run.
        events: opens the events of its log; None where there is none to read.
        also: what to say behind its name, such as `3 of 10 repeats`.
        output: whether to show what the workload printed.
    """
    closing = account.closing
    name = f" {account.case}" + (f" ({also})" if also else "")
    if closing is None:
        return [line(("UNFINISHED", "bad"), name), line("  its log has no last line, and nobody has closed it")]
    bad = not closing.as_expected
    head = line((closing.verdict.upper() if bad else closing.verdict, "bad" if bad else "good"), name)
    # A log of millions of events takes longer to read than its reader has patience; its last line has the essentials.
    found = gist(events(account)) if events and closing.counts.events <= _EVENTS_READ else Gist((), (), (), 0)
    body = [*_what_happened(closing), *_events(closing, found, bad=bad)]
    foot = [*(_output(found) if output else ()), *_again(account, closing, bad=bad)]
    room = max(1, _LINES - 1 - len(foot))
    if len(body) > room:
        hidden = len(body) - room + 1
        body = [*body[: room - 1], line((f"… {hidden} more lines: threadbench report {account.log}", "dim"))]
    return [head, *indent(body), *indent(foot)]


def failure_text(failure: Failure) -> str:
    """An expectation that was not met, without its place."""
    return f"{failure.path}: expected {expected_text(failure.expected)}, got {expected_text(failure.got)}"


def failure_lines(failure: Failure) -> Iterator[Line]:
    """An expectation that was not met: `file:line:column: path: expected …, got …`, its source line and a caret."""
    if not failure.at:
        yield line(failure_text(failure))
        return
    yield line((f"{failure.at}: ", "strong"), failure_text(failure))
    row, column = _place(failure.at)
    if failure.source and row:
        source = failure.source
        before, marked = source[: column - 1], source[column - 1 : column - 1 + failure.width]
        caret = " " * columns(printable(before)) + "^" * max(1, columns(printable(marked)))
        yield line((f"  {row} | ", "dim"), shorten(source, _TEXT))
        yield line((f"  {' ' * len(row)} | ", "dim"), (caret[:_TEXT], "bad"))


def _place(at: str) -> tuple[str, int]:
    parts = at.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal():
        return parts[1], max(1, int(parts[2]))
    return "", 1


def cycle_text(closing: Closing) -> list[str]:
    """The threads of a deadlock: who holds what and waits for what, those of the cycle first."""
    deadlock = closing.deadlock
    if deadlock is None:
        return []
    named = {waiter.thread for waiter in deadlock.cycle}
    waiters = [*deadlock.cycle, *(waiter for waiter in deadlock.waiting if waiter.thread not in named)]
    return [plain(_waiter(waiter)) for waiter in waiters]


def _what_happened(closing: Closing) -> Iterator[Line]:
    # That nobody asked for a crash needs no line of its own: the head has the verdict.
    failures = [failure for failure in closing.failures if failure.at or failure.path != "verdict"]
    for failure in failures[:_FAILURES]:
        yield from failure_lines(failure)
    if len(failures) > _FAILURES:
        yield line((f"… {len(failures) - _FAILURES} more expectations not met", "dim"))
    if closing.crash:
        yield from _crash(closing.crash, closing.reason)
    elif closing.reason and not (closing.deadlock and closing.deadlock.cycle):
        yield line(shorten(closing.reason, _TEXT))
    if closing.deadlock:
        yield from _deadlock(closing.deadlock)
    if closing.running:
        yield from indent([_running(thread) for thread in closing.running[:_THREADS]])
        yield from _more(len(closing.running))
    if closing.stacks:
        yield line("stacks:")
        yield from indent([row for stack in closing.stacks[:_THREADS] for row in _stack(stack)])
        yield from _more(len(closing.stacks))
    broken = [check for check in closing.checks if not check.ok]
    for check in broken[:_CHECKS]:
        data = " ".join(f"{name}={value_text(value, 60)}" for name, value in check.data.items())
        yield line("check ", (check.name, "strong"), ": no", f"  {data}" if data else "", _at(check.at))


def _deadlock(deadlock: Deadlock) -> Iterator[Line]:
    for waiter in deadlock.cycle[:_THREADS]:
        yield _waiter(waiter)
    yield from _more(len(deadlock.cycle))
    named = {waiter.thread for waiter in deadlock.cycle}
    others = [waiter for waiter in deadlock.waiting if waiter.thread not in named]
    if others and deadlock.cycle:
        yield line("also waiting:")
    elif others:
        yield line("every thread waits for what only another could give:")
    yield from indent([_waiter(waiter) for waiter in others[:_THREADS]])
    yield from _more(len(others))


def _waiter(waiter: Waiter) -> Line:
    held = ", ".join(f"{hold.object}{_at(hold.at)}" for hold in waiter.holds[:4])
    waits = waiter.waits.object or waiter.waits.op
    return line(
        (waiter.thread, "strong"), f" holds {held}" if held else "", f" waits for {waits}{_at(waiter.waits.at)}"
    )


def _crash(crash: Crash, reason: str | None) -> Iterator[Line]:
    thread = f" in {crash.thread}" if crash.thread else ""
    if crash.kind == "exception":
        yield line(
            (crash.type or "exception", "bad"), f"{thread}: {shorten(crash.message or '', _TEXT)}{_at(crash.at)}"
        )
    elif reason:
        yield line(shorten(reason, _TEXT))
    elif crash.kind == "signal":
        yield line(("killed", "bad"), f" by {crash.signal}{thread}{_at(crash.at)}")
    else:
        yield line(("exited", "bad"), f" with status {crash.status}{thread}{_at(crash.at)}")
    rows = [row for part in crash.traceback for row in part.splitlines()]
    if len(rows) > _TRACEBACK:
        yield line((f"  … {len(rows) - _TRACEBACK} lines above", "dim"))
    for row in rows[-_TRACEBACK:]:
        yield line((f"  {shorten(row, _TEXT)}", "dim"))


def _running(thread: Running) -> Line:
    lasting = f" for {format_duration(thread.seconds)}" if thread.seconds is not None else ""
    return line((thread.thread, "strong"), f"  {thread.state}{lasting}{_at(thread.at)}", (_last(thread.last), "dim"))


def _last(last: Last | None) -> str:
    if last is None:
        return ""
    number = f" #{last.seq}" if last.seq is not None else ""
    return f"  last event{number}: {last.event}" + (f" {last.object}" if last.object else "") + _at(last.at)


def _stack(stack: Stack) -> Iterator[Line]:
    yield line((stack.thread, "strong"))
    for frame in stack.frames[:_FRAMES]:
        yield line(f"  {shorten(frame, _TEXT)}")
    if len(stack.frames) > _FRAMES:
        yield line((f"  … {len(stack.frames) - _FRAMES} more", "dim"))


def _more(count: int) -> Iterator[Line]:
    if count > _THREADS:
        yield line((f"  … {count - _THREADS} more", "dim"))


def _at(place: str | None) -> str:
    return f" ({place})" if place else ""


def _events(closing: Closing, found: Gist, *, bad: bool) -> Iterator[Line]:
    if not bad or closing.running or closing.deadlock:  # which name the last events themselves
        return
    check = () if closing.crash else found.check
    shown = check or found.last[-_THREADS:]
    if shown:
        yield line("events up to the first check that said no:" if check else "last event of each thread:")
        timeline = Timeline()
        yield from indent([timeline.row(event) for event in shown])


def _output(found: Gist) -> Iterator[Line]:
    if found.output:
        yield line("output:")
        if found.unseen:
            yield line((f"  … {found.unseen} lines above", "dim"))
        for stream, text in found.output:
            yield line(("  | " if stream == "stdout" else f"  {stream} | ", "dim"), shorten(text, _TEXT))


def _again(account: Account, closing: Closing, *, bad: bool) -> Iterator[Line]:
    if bad and closing.replay:
        yield line(("replay: ", "strong"), closing.replay)
        if not closing.deterministic:
            yield line(("        runs it again with the same seed; the order of OS threads is not replayed", "dim"))
    yield line(("log: ", "dim"), account.log)
