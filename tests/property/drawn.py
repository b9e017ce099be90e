"""Small programs as Hypothesis draws them: real Python source over every primitive and container, two or three threads.

A program is a list of threads, a thread a list of statements, a statement a few lines of source; what a thread observes
it keeps in the local tuple `o`, which is in the outcome.
"""

from __future__ import annotations

import itertools
import sys
import textwrap
import types
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from hypothesis import strategies as st
from recording import record, recorded

PROLOGUE = """
import collections
import queue
import threading
import time

from recording import record, recorded

G = 0
TABLE = {}


class State:
    shared = 0

    def __init__(self):
        self.x = self.y = 0
        self.d = {}
        self.l = [0]
        self.q = collections.deque()
        self.t = set()
        self.observed = {}
        # primitives


def outcome(s):
    return repr((s.x, s.y, list(s.d.items()), s.l, list(s.q), sorted(s.t), G, State.shared, list(TABLE), recorded(s)))
"""

PRIMITIVES = {
    "A": "threading.Lock()",
    "B": "threading.Lock()",
    "R": "threading.RLock()",
    "C": "threading.Condition()",
    "S": "threading.Semaphore(1)",
    "Z": "threading.Semaphore(0)",
    "U": "threading.BoundedSemaphore(1)",
    "E": "threading.Event()",
    "Q": "queue.Queue()",
    "Q1": "queue.Queue(1)",
    "P": "queue.SimpleQueue()",
    "H": "threading.Barrier(2)",
}
"""Made for each schedule, where the program mentions them."""

PLAIN = (
    "o += (s.x,)",
    "o += (s.y,)",
    "s.x = 1",
    "s.x = 2",
    "s.y = 1",
    "s.x += 1",
    "s.y += s.x",
    "o += (G,)",
    "G += 1",
    "s.shared += 1",
    "State.shared += 1",
    "o += (s.shared,)",
)
CONTAINERS = (
    "s.d['k'] = 1",
    "s.d['j'] = 2",
    "o += (s.d.get('k'),)",
    "o += ('k' in s.d,)",
    "o += (s.d.pop('k', None),)",
    "o += (len(s.d),)",
    "o += (s.d.setdefault('k', {t}),)",
    "s.d.update(j={t})",
    "o += (tuple(s.d),)",
    "s.d.clear()",
    "for k in s.d:\n    o += (k,)",
    "if 'k' in s.d:\n    del s.d['k']",
    "TABLE['g'] = 1",
    "o += (len(TABLE),)",
    "s.l.append({t})",
    "s.l[0] = {t}",
    "o += (s.l[-1],)",
    "o += (len(s.l),)",
    "if s.l:\n    o += (s.l.pop(),)",
    "s.l.insert(0, 5)",
    "s.l += [6]",
    "o += (tuple(s.l),)",
    "for v in s.l:\n    o += (v,)",
    "s.q.append({t})",
    "if s.q:\n    o += (s.q.popleft(),)",
    "s.t.add(1)",
    "o += (1 in s.t,)",
    "s.t.discard(1)",
    "a, *b = s.l\no += (a,)",
)
SYNCHRONISATION = (
    "s.A.acquire()",
    "s.A.release()",
    "o += (s.A.acquire(False),)",
    "o += (s.A.acquire(timeout=1),)",
    "o += (s.A.locked(),)",
    "try:\n    s.A.release()\nexcept RuntimeError:\n    o += ('free',)",
    "o += (s.R.acquire(False),)",
    "with s.C:\n    s.C.notify()",
    "with s.C:\n    s.C.notify_all()",
    "with s.C:\n    s.C.wait()",
    "with s.C:\n    o += (s.C.wait(timeout=1),)",
    "with s.C:\n    while not s.x:\n        s.C.wait()",
    "with s.C:\n    s.x = 1\n    s.C.notify()",
    "s.S.acquire()",
    "s.S.release()",
    "o += (s.S.acquire(False),)",
    "o += (s.S.acquire(timeout=1),)",
    "s.Z.acquire()",
    "s.Z.release()",
    "o += (s.Z.acquire(False),)",
    "try:\n    s.U.release()\nexcept ValueError:\n    o += ('full',)",
    "s.U.acquire()",
    "s.E.set()",
    "s.E.wait()",
    "s.E.clear()",
    "o += (s.E.is_set(),)",
    "o += (s.E.wait(timeout=1),)",
    "s.Q.put({t})",
    "o += (s.Q.get(),)",
    "try:\n    o += (s.Q.get_nowait(),)\nexcept queue.Empty:\n    o += ('empty',)",
    "try:\n    o += (s.Q.get(timeout=1),)\nexcept queue.Empty:\n    o += ('empty',)",
    "o += (s.Q.qsize(),)",
    "o += (s.Q.empty(),)",
    "s.Q1.put({t})",
    "o += (s.Q1.get(),)",
    "try:\n    s.Q1.put_nowait({t})\nexcept queue.Full:\n    o += ('full',)",
    "o += (s.Q1.full(),)",
    "s.P.put({t})",
    "o += (s.P.get(),)",
    "try:\n    o += (s.P.get_nowait(),)\nexcept queue.Empty:\n    o += ('empty',)",
    "try:\n    o += (s.P.get(timeout=1),)\nexcept queue.Empty:\n    o += ('empty',)",
    "o += (s.P.qsize(),)",
    "try:\n    s.H.wait()\nexcept threading.BrokenBarrierError:\n    o += ('broken',)",
    "try:\n    s.H.wait(timeout=1)\nexcept threading.BrokenBarrierError:\n    o += ('broken',)",
    "o += (s.H.n_waiting,)",
    "s.H.abort()",
    "o += (s.H.broken,)",
    "time.sleep(1)",
)
BLOCKS = (
    "with s.A:",
    "with s.B:",
    "with s.R:",
    "with s.C:",
    "with s.S:",
    "if s.x:",
    "if s.A.acquire(False):",
    "if s.A.acquire(timeout=1):",
    "for _ in range(2):",
    "while s.A.locked():",
)
CLOSED = {"if s.A.acquire(False):": "s.A.release()", "if s.A.acquire(timeout=1):": "s.A.release()",
          "while s.A.locked():": "break"}  # fmt: skip

Statement = Any
"""A line of source, or a pair of what opens a block, or `thread`, and the statements in it."""


class Drawn:
    """A program: the source of its threads, and how many there are."""

    def __init__(self, text: str, threads: int) -> None:
        self.text = text
        self.threads = threads

    @property
    def source(self) -> str:
        """Of the whole module."""
        made = [
            f"self.{name} = {how}"
            for name, how in PRIMITIVES.items()
            if f"s.{name}." in self.text or f"s.{name}:" in self.text
        ]
        return PROLOGUE.replace("# primitives", "\n        ".join(made)) + self.text

    def __repr__(self) -> str:
        return self.text


def _statements() -> st.SearchStrategy[Statement]:
    simple = st.one_of(st.sampled_from(PLAIN), st.sampled_from(CONTAINERS), st.sampled_from(SYNCHRONISATION))
    block = st.tuples(st.sampled_from(BLOCKS), st.lists(simple, min_size=1, max_size=2))
    thread = st.tuples(st.just("thread"), st.lists(simple, min_size=1, max_size=1), st.sampled_from(
        ("w.join()", "o += (w.is_alive(),)", "w.join(timeout=1)", "pass")
    ))  # fmt: skip
    return st.one_of(simple, simple, block, thread)


@st.composite
def programs(draw: Any) -> Drawn:
    """Two or three threads of a few statements each."""
    threads = draw(st.sampled_from((2, 2, 2, 3)))
    most = 3 if threads == 2 else 1
    body = [draw(st.lists(_statements(), min_size=1, max_size=most)) for _ in range(threads)]
    return Drawn("\n".join(_function(number, body[number]) for number in range(threads)), threads)


def _function(number: int, statements: list[Statement]) -> str:
    lines = ["global G", "o = ()", *_lines(statements, number), f"record(s, {number}, o)"]
    return f"\n\ndef thread{number}(s):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def _lines(statements: list[Statement], number: int) -> list[str]:
    lines: list[str] = []
    for serial, statement in enumerate(statements):
        if isinstance(statement, str):
            lines.append(statement.replace("{t}", str(number + 1)))
        elif statement[0] == "thread":
            _, inside, end = statement
            own = f"{number}{serial}"
            lines.append("def inner():\n    global G\n    o = ()")
            lines.append(textwrap.indent("\n".join(_lines(inside, number + 4)), "    "))
            lines.append(f"    record(s, '{own}', o)")
            lines.append("w = threading.Thread(target=inner)\nw.start()")
            lines.append(end)
        else:
            opening, inside = statement
            lines.append(opening)
            block = _lines(inside, number)
            if opening in CLOSED:
                block.append(CLOSED[opening])
            lines.append(textwrap.indent("\n".join(block), "    "))
    return lines


_serial = itertools.count()


@contextmanager
def imported(program: Drawn) -> Any:
    """Its module, threads, setup and outcome, for as long as it is looked at."""
    name = f"drawn_program_{next(_serial)}"
    module = types.ModuleType(name)
    sys.modules[name] = module
    try:
        exec(compile(program.source, f"<{name}>", "exec"), vars(module))
        threads: list[Callable[..., Any]] = [vars(module)[f"thread{number}"] for number in range(program.threads)]
        yield threads, module.State, module.outcome
    finally:
        del sys.modules[name]


__all__ = ["Drawn", "imported", "programs", "record", "recorded"]
