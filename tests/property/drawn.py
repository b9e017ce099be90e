"""Small programs as Hypothesis draws them: two or three threads, each a few statements of `statements`.

Every statement is a function of one module, which is instrumented once: a program only says which of them its threads
call, so that to draw another costs next to nothing.
"""

from __future__ import annotations

import collections
import functools
import queue
import sys
import textwrap
import threading
import time
import types
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from statements import BLOCKS, PRIMITIVES, SHARED, SYNCHRONISATION

from threadbench.explore.program import Came

Body = Callable[["State", int, list[Any]], None]


# -- the module -------------------------------------------------------------------------------------------------------

PROLOGUE = """
import queue
import threading
import time

G = 0
TABLE = {}


class Base:
    shared = 0


def start(s, thread):
    thread.start()
    s.W.append(thread)


def ended(s, name, seen):
    s.ended.append(name)
"""


@functools.cache
def module() -> types.ModuleType:
    """The functions that programs call: the code under test."""
    made = types.ModuleType("drawn_statements")
    sys.modules[made.__name__] = made
    lines = [PROLOGUE]
    for number, text in enumerate(STATEMENTS):
        lines.append(f"def f{number}(s, t):\n    global G\n{textwrap.indent(text, '    ')}\n")
    for number, text in enumerate(AROUND):
        lines.append(f"def b{number}(s, t, body):\n{textwrap.indent(text, '    ')}\n")
    exec(compile("\n\n".join(lines), "<drawn statements>", "exec"), vars(made))
    return made


STATEMENTS = sorted({text for texts in (*SHARED.values(), *SYNCHRONISATION.values()) for text in texts})
AROUND = sorted({text for texts in BLOCKS.values() for text in texts})
_NUMBERS = {text: f"f{number}" for number, text in enumerate(STATEMENTS)} | {
    text: f"b{number}" for number, text in enumerate(AROUND)
}


def code() -> list[Any]:
    """What is under test, for `prepared`."""
    return [value for value in vars(module()).values() if isinstance(value, types.FunctionType)]


class State:
    """What the threads share. Its attributes that statements do not assign are no points."""

    def __init__(self, mentioned: Sequence[str], choose: Callable[[int], int]) -> None:
        self.x = self.y = 0
        self.d: dict[str, int] = {}
        self.e = {"a": 1, "b": 2}
        self.l = [0]
        self.q: collections.deque[int] = collections.deque()
        self.t: set[int] = set()
        self.base = module().Base()
        self.later = 0.0
        self.W: list[Any] = []
        self.choose = choose
        self.seen: dict[str, list[Any]] = {}
        if "A" in mentioned or "K" in mentioned:
            self.A = threading.Lock()
        for name in mentioned:
            if name != "A":
                setattr(self, name, _MAKE[name](self))

    def summary(self) -> str:
        """All that threads have left and observed."""
        scope = vars(module())
        items = list(self.d.items()), list(self.e.items()), list(scope["TABLE"].items())
        base = scope["Base"].shared, vars(self.base)
        left = self.x, self.y, items, self.l, list(self.q), sorted(self.t), scope["G"], base
        return repr((left, sorted(self.seen.items())))


_MAKE = {
    name: eval(f"lambda self: {how}", {"threading": threading, "queue": queue}) for name, how in PRIMITIVES.items()
}


# -- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Do:
    """One function called."""

    text: str

    def body(self, name: str) -> Body:
        function = getattr(module(), _NUMBERS[self.text])

        def do(s: State, t: int, seen: list[Any]) -> None:
            value = function(s, t)
            if value is not None:
                seen.append(value)

        return do

    def lines(self) -> list[str]:
        return self.text.split("\n")


@dataclass(frozen=True)
class Around:
    """Statements within another."""

    text: str
    inside: tuple[Any, ...]

    def body(self, name: str) -> Body:
        function, inside = getattr(module(), _NUMBERS[self.text]), block(self.inside, name)

        def do(s: State, t: int, seen: list[Any]) -> None:
            function(s, t, lambda: inside(s, t, seen))

        return do

    def lines(self) -> list[str]:
        found = []
        for line in self.text.split("\n"):
            if line.strip() == "body()":
                found += [line[:4] + inner for inner in indented(self.inside)]
            else:
                found.append(line)
        return found


@dataclass(frozen=True)
class Start:
    """A thread that does statements, started within another."""

    how: str
    inside: tuple[Any, ...]
    end: str

    def body(self, name: str) -> Body:
        own = f"{name}.w"
        inside = block(self.inside, own)
        number = 4 + len(own)

        def run(s: State) -> None:
            inside(s, number, s.seen.setdefault(own, []))

        def do(s: State, t: int, seen: list[Any]) -> None:
            if self.how == "pool":
                with ThreadPoolExecutor(1, thread_name_prefix=own) as pool:
                    future = pool.submit(run, s)
                    if self.end == "join":
                        future.result()
                    elif self.end == "late":
                        seen.append(future.cancel())
                return
            w: Any
            if self.how == "timer":
                w = threading.Timer(1, run, (s,))
            else:
                w = threading.Thread(target=run, args=(s,), daemon=self.how == "daemon")
            w.name = own
            module().start(s, w)
            if self.end == "join":
                w.join()
            elif self.end == "late":
                w.join(timeout=1)
            elif self.end == "alive":
                seen.append(w.is_alive())
            elif self.end == "cancel" and self.how == "timer":
                w.cancel()

        return do

    def lines(self) -> list[str]:
        return [f"start {self.how}:", *("    " + line for line in indented(self.inside)), self.end]


def block(statements: Sequence[Any], name: str) -> Body:
    """One after the other."""
    bodies = [statement.body(f"{name}.{place}") for place, statement in enumerate(statements)]

    def do(s: State, t: int, seen: list[Any]) -> None:
        for body in bodies:
            body(s, t, seen)

    return do


def indented(statements: Sequence[Any]) -> list[str]:
    """As a person reads them."""
    return [line for statement in statements for line in statement.lines()]


# -- programs ---------------------------------------------------------------------------------------------------------


@dataclass
class Drawn:
    """A program, one tuple of statements a thread; runs as `explore.program.Program` does."""

    threads: tuple[tuple[Any, ...], ...]
    daemons: frozenset[int] = frozenset()
    name: str = "drawn"
    place: None = None
    state: State | None = field(default=None, repr=False)
    """Of the schedule under way."""

    def __post_init__(self) -> None:
        self._bodies = [self._thread(number, statements) for number, statements in enumerate(self.threads)]
        text = repr(self.threads)
        self._mentioned = [name for name in PRIMITIVES if f"s.{name}." in text or f"s.{name}:" in text]
        self.timed = "time.monotonic" in text or "perf_counter" in text
        """Whether it looks at a clock."""

    def _thread(self, number: int, statements: Sequence[Any]) -> Callable[[State], None]:
        name = f"t{number}"
        body = block(statements, name)

        def run(s: State) -> None:
            body(s, number + 1, s.seen.setdefault(name, []))

        return run

    def run(self, scheduler: Any) -> Came:
        state = self.state = State(self._mentioned, scheduler.choose_number)
        threads = [
            scheduler.spawn(body, (state,), f"t{number}", daemon=number in self.daemons)
            for number, body in enumerate(self._bodies)
        ]
        awaited = [thread for thread in threads if not thread.daemon]
        if awaited:
            scheduler.wait_for(awaited)
        scheduler.await_all()
        scheduler.quiet += 1
        summary = state.summary()
        scheduler.quiet -= 1
        return Came(summary, None)

    def __repr__(self) -> str:
        shown = []
        for number, statements in enumerate(self.threads):
            shown.append(f"thread {number + 1}{' (daemon)' * (number in self.daemons)}:")
            shown += ["    " + line for line in indented(statements)]
        return "\n" + "\n".join(shown)


NAMES = (*SHARED, *SYNCHRONISATION)


def _statements(names: Sequence[str]) -> st.SearchStrategy[Any]:
    texts = [text for name in names for text in (SHARED | SYNCHRONISATION).get(name, ())]
    simple = st.sampled_from(texts).map(Do)
    around = [text for name in names for text in BLOCKS.get(name, ())]
    choices = [simple] * 8
    if around:
        choices.append(st.builds(Around, st.sampled_from(around), st.lists(simple, min_size=1, max_size=2).map(tuple)))
    choices.append(
        st.builds(
            Start,
            st.sampled_from(("thread", "thread", "thread", "daemon", "timer", "pool")),
            st.lists(simple, min_size=1, max_size=1).map(tuple),
            st.sampled_from(("join", "alive", "late", "cancel", "")),
        )
    )
    return st.one_of(choices)


@st.composite
def programs(draw: Any, most: int = 3) -> Drawn:
    """Two or three threads of a few statements each, all about the same few things.

    Args:
        most: statements of each of two threads.
    """
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    if draw(st.booleans()) and "x" not in names:
        names.append("x")
    statements = _statements(names)
    threads = draw(st.sampled_from((2, 2, 3)))
    longest = most if threads == 2 else max(1, most - 1)
    bodies = tuple(tuple(draw(st.lists(statements, min_size=1, max_size=longest))) for _ in range(threads))
    daemons = draw(st.sampled_from((frozenset(), frozenset(), frozenset(), frozenset({threads - 1}))))
    return Drawn(bodies, daemons)


__all__ = ["Drawn", "State", "code", "module", "programs", "time"]
