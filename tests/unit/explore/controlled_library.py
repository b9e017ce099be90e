"""Programs for the rows of `docs/controlled.md` on the standard library: each has ends that only control can tell.

A program's class makes the state; its methods `one`, `two`, `three` are the threads, `outcome` is asked in the end, and
`ends` are all that it may come to: outcomes, or the cause of an end that has none.
"""

from __future__ import annotations

import _thread
import concurrent.futures
import contextlib
import contextvars
import functools
import io
import itertools
import logging
import queue
import random
import sys
import threading
import time
import weakref
from typing import Any, ClassVar


class Program:
    """A state with threads; the row's name stands in `row`."""

    row: ClassVar[str]
    ends: ClassVar[list[Any]]
    model: ClassVar[str] = "free-threaded"
    missed: ClassVar[str | None] = None
    """Why a search does not come to all of these ends: the row says that it is not controlled, or partly."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def outcome(self) -> Any:
        return self.seen


class Lock(Program):
    row = "`Lock`"
    ends: ClassVar = ["deadlock", ["one", "two"], ["two", "one"]]

    def __init__(self):
        super().__init__()
        self.left, self.right = threading.Lock(), threading.Lock()

    def one(self):
        with self.left, self.right:
            self.seen.append("one")

    def two(self):
        with self.right, self.left:
            self.seen.append("two")


class LockTimeout(Program):
    row = "`Lock.acquire` with a timeout, or not blocking; `locked`"
    ends: ClassVar = [[True], [False]]

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def one(self):
        self.lock.acquire()
        self.lock.release()

    def two(self):
        got = self.lock.acquire(timeout=3600)
        self.seen.append(got)
        if got:
            self.lock.release()


class RLock(Program):
    row = "`RLock`"
    ends: ClassVar = ["deadlock", ["one", "two"], ["two", "one"]]

    def __init__(self):
        super().__init__()
        self.left, self.right = threading.RLock(), threading.RLock()

    def one(self):
        with self.left, self.left, self.right:
            self.seen.append("one")

    def two(self):
        with self.right, self.right, self.left:
            self.seen.append("two")


class Condition(Program):
    row = "`Condition`"
    ends: ClassVar = ["deadlock", ["woke"]]

    def __init__(self):
        super().__init__()
        self.changed = threading.Condition()

    def one(self):
        with self.changed:
            self.changed.wait()
        self.seen.append("woke")

    def two(self):
        with self.changed:
            self.changed.notify()


class Semaphore(Program):
    row = "`Semaphore`"
    ends: ClassVar = [1, 2]

    def __init__(self):
        super().__init__()
        self.permits, self.value = threading.Semaphore(2), 0

    def one(self):
        with self.permits:
            self.value += 1

    two = one

    def outcome(self):
        return self.value


class SemaphoreGuards(Semaphore):
    row = "`Semaphore`"
    ends: ClassVar = [2]

    def __init__(self):
        super().__init__()
        self.permits = threading.Semaphore(1)


class BoundedSemaphore(Program):
    row = "`BoundedSemaphore`"
    ends: ClassVar = ["crashed", []]

    def __init__(self):
        super().__init__()
        self.permits = threading.BoundedSemaphore(1)

    def one(self):
        self.permits.acquire()

    def two(self):
        self.permits.release()


class Event(Program):
    row = "`Event`"
    ends: ClassVar = ["deadlock", ["woke"]]

    def __init__(self):
        super().__init__()
        self.ready = threading.Event()

    def one(self):
        self.ready.wait()
        self.seen.append("woke")

    def two(self):
        self.ready.set()
        self.ready.clear()


class Barrier(Program):
    row = "`Barrier`"
    ends: ClassVar = ["deadlock", ["one", "two"], ["two", "one"]]

    def __init__(self):
        super().__init__()
        self.barrier, self.closed = threading.Barrier(2), False

    def one(self):
        self.barrier.wait()
        self.seen.append("one")

    def two(self):
        if not self.closed:
            self.barrier.wait()
            self.seen.append("two")

    def three(self):
        self.closed = True


class BarrierTimeout(Program):
    row = "`Barrier`"
    ends: ClassVar = [["broken", "broken"], ["passed", "passed"]]

    def __init__(self):
        super().__init__()
        self.barrier = threading.Barrier(2)

    def one(self):
        try:
            self.barrier.wait(timeout=1)
        except threading.BrokenBarrierError:
            self.seen.append("broken")
        else:
            self.seen.append("passed")

    two = one


class Timer(Program):
    row = "`Timer`"
    ends: ClassVar = [["fired"], []]

    def one(self):
        timer = threading.Timer(3600, self.seen.append, ["fired"])
        timer.start()
        timer.cancel()


class StartJoin(Program):
    row = "`Thread.start`, `join`"
    ends: ClassVar = [0, 1]

    def __init__(self):
        super().__init__()
        self.value = self.read = 0

    def write(self):
        self.value = 1

    def one(self):
        thread = threading.Thread(target=self.write)
        thread.start()
        self.read = self.value
        thread.join()
        assert self.value == 1

    def outcome(self):
        return self.read


class JoinTimeout(Program):
    row = "`Thread.join` with a timeout, `is_alive`"
    ends: ClassVar = [[True], [False]]

    def nothing(self):
        pass

    def one(self):
        thread = threading.Thread(target=self.nothing)
        thread.start()
        thread.join(3600)
        self.seen.append(thread.is_alive())


class Daemon(Program):
    row = "`Thread(daemon=True)`"
    ends: ClassVar = [[], [1], [1, 2]]

    def work(self):
        self.seen.append(1)
        self.seen.append(2)

    def one(self):
        threading.Thread(target=self.work, daemon=True).start()


class Excepthook(Program):
    row = "an exception in a thread, `threading.excepthook`"
    ends: ClassVar = ["crashed"]

    def one(self):
        raise LookupError("nobody catches it")


class OwnExcepthook(Program):
    row = "an exception in a thread, `threading.excepthook`"
    ends: ClassVar = [["LookupError"]]

    def one(self):
        before, threading.excepthook = threading.excepthook, lambda args: self.seen.append(args.exc_type.__name__)
        thread = threading.Thread(target=self.fail)
        thread.start()
        thread.join()
        threading.excepthook = before

    def fail(self):
        raise LookupError


class Local(Program):
    row = "`threading.local`"
    ends: ClassVar = [[["one", 0]], [["one", 1]]]

    def __init__(self):
        super().__init__()
        self.local, self.common = threading.local(), 0

    def one(self):
        self.local.name = "one"
        common = self.common
        self.seen.append([self.local.name, common])

    def two(self):
        self.local.name = "two"
        self.common = 1


class Identity(Program):
    row = "`threading.current_thread`, `get_ident`, names, `Thread.ident`"
    ends: ClassVar = [[2, "own", "noted"]]

    def note(self):
        self.ident = threading.get_ident()

    def one(self):
        thread = threading.Thread(target=self.note, name="noted")
        me = threading.current_thread()
        thread.start()
        thread.join()
        self.seen += [
            len({self.ident, threading.get_ident()}),
            "own" if thread.ident == self.ident and threading.current_thread() is me else "another's",
            thread.name,
        ]


class Count(Program):
    row = "`threading.enumerate`, `active_count`"
    ends: ClassVar = [[3, 2], [2, 2]]

    def nothing(self):
        pass

    def one(self):
        thread = threading.Thread(target=self.nothing)
        thread.start()
        now = threading.active_count()
        thread.join()
        self.seen = [now, threading.active_count()]


class CountFromOutside(Program):
    row = "`threading.enumerate`, `active_count`"
    # The main thread and the one that looks; besides them the first, until it has ended, and the one that it starts.
    ends: ClassVar = [[2], [3], [4]]

    def nothing(self):
        pass

    def one(self):
        threading.Thread(target=self.nothing).start()
        self.started = True

    def two(self):
        self.seen = [len(threading.enumerate())]


class Idents(Program):
    row = "`threading.current_thread`, `get_ident`, names, `Thread.ident`"
    ends: ClassVar = [[True], [False]]

    def __init__(self):
        super().__init__()
        self.thread = threading.Thread(target=list)

    def one(self):
        self.thread.start()

    def two(self):
        self.seen = [self.thread.ident is None]


class Names(Program):
    row = "`threading.current_thread`, `get_ident`, names, `Thread.ident`"
    # Who makes a thread first has the first number.
    ends: ClassVar = [["Thread-1", "Thread-2"], ["Thread-2", "Thread-1"]]

    def one(self):
        self.first = threading.Thread().name

    def two(self):
        self.second = threading.Thread().name

    def outcome(self):
        return [self.first, self.second]


class LowCallback(Program):
    row = "`_thread`"
    ends: ClassVar = [["new", "last"], ["last", "new"], ["last"]]

    def one(self):
        _thread.start_new_thread(self.seen.append, ("new",))

    def two(self):
        self.seen.append("last")


class LibraryCallbacks(Program):
    row = "C callables as what a thread, timer or pool is to call, and as a callback"
    # What the second says is cleared away, or comes between, or last.
    ends: ClassVar = [["cleared"], ["last", "cleared"], ["cleared", "last"]]

    def __init__(self):
        super().__init__()
        self.barrier = threading.Barrier(1, self.seen.clear)

    def one(self):
        self.barrier.wait()
        with contextlib.ExitStack() as stack:
            stack.callback(self.seen.append, "cleared")

    def two(self):
        self.seen.append("last")


class LibraryCalls(Program):
    row = "C callables as what a thread, timer or pool is to call, and as a callback"
    ends: ClassVar = [[1, 2], [2, 1]]

    def one(self):
        threads = [threading.Thread(target=self.seen.append, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class Queue(Program):
    row = "`queue.Queue`, `LifoQueue`, `PriorityQueue`"
    ends: ClassVar = ["deadlock", ["a", "b"], ["b", "a"]]

    def __init__(self):
        super().__init__()
        self.queue = queue.Queue(1)

    def one(self):
        self.queue.put("a")

    def two(self):
        if not self.queue.full():
            self.queue.put("b")

    def three(self):
        for _ in range(2):
            self.seen.append(self.queue.get())
            self.queue.task_done()
        self.queue.join()


class LifoQueue(Program):
    row = "`queue.Queue`, `LifoQueue`, `PriorityQueue`"
    ends: ClassVar = [[1, 2], [2, 1], [1, "empty"], ["empty", 1], ["empty", 2], ["empty", "empty"]]

    def __init__(self):
        super().__init__()
        self.queue = queue.LifoQueue()

    def one(self):
        self.queue.put(1)
        self.queue.put(2)

    def two(self):
        for _ in range(2):
            try:
                self.seen.append(self.queue.get(timeout=1))
            except queue.Empty:
                self.seen.append("empty")


class PriorityQueue(LifoQueue):
    row = "`queue.Queue`, `LifoQueue`, `PriorityQueue`"
    ends: ClassVar = [[1, 2], [1, "empty"], ["empty", 1], ["empty", "empty"]]

    def __init__(self):
        super().__init__()
        self.queue = queue.PriorityQueue()


class SimpleQueue(Program):
    row = "`queue.SimpleQueue`"
    ends: ClassVar = ["deadlock", ["a"], ["b"]]

    def __init__(self):
        super().__init__()
        self.queue = queue.SimpleQueue()

    def one(self):
        self.queue.put("a")

    def two(self):
        if self.queue.empty():
            self.queue.put("b")
        else:
            self.queue.get()
            self.queue.get_nowait() if not self.queue.empty() else None

    def three(self):
        self.seen.append(self.queue.get())


class Pool(Program):
    row = "`ThreadPoolExecutor`: `submit`, `map`, `shutdown`"
    ends: ClassVar = ["deadlock", "alone", "done"]

    def __init__(self):
        super().__init__()
        self.workers = 1
        self.nested = False

    def inner(self):
        return "done"

    def outer(self):
        return self.pool.submit(self.inner).result() if self.nested else "alone"

    def one(self):
        self.nested = self.workers == 1
        self.pool = concurrent.futures.ThreadPoolExecutor(self.workers)
        with self.pool as pool:
            self.seen = pool.submit(self.outer).result()

    def two(self):
        self.workers = 2


class Futures(Program):
    row = "futures: `result`, `cancel`, `wait`, `as_completed`, callbacks"
    ends: ClassVar = [["a", "b"], ["b", "a"]]

    def __init__(self):
        super().__init__()
        self.a, self.b = concurrent.futures.Future(), concurrent.futures.Future()

    def one(self):
        self.a.set_result("a")

    def two(self):
        self.b.set_result("b")

    def three(self):
        self.seen = [done.result() for done in concurrent.futures.as_completed([self.a, self.b])]


class PoolMap(Program):
    row = "`ThreadPoolExecutor`: `submit`, `map`, `shutdown`"
    ends: ClassVar = [1, 2]

    def __init__(self):
        super().__init__()
        self.value = 0

    def bump(self, _):
        self.value += 1

    def one(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(self.bump, range(2)))

    def outcome(self):
        return self.value


class PoolCancel(Program):
    row = "`ThreadPoolExecutor`: `submit`, `map`, `shutdown`"
    ends: ClassVar = [[False, False], [False, True], [True, False], [True, True]]

    def one(self):
        pool = concurrent.futures.ThreadPoolExecutor(1)
        futures = [pool.submit(abs, number) for number in range(2)]
        pool.shutdown(cancel_futures=True)
        self.seen = [future.cancelled() for future in futures]

    def two(self):
        pass


class FutureCancel(Program):
    row = "futures: `result`, `cancel`, `wait`, `as_completed`, callbacks"
    ends: ClassVar = [True, False]

    def one(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            self.seen = pool.submit(int).cancel()


class FutureTimeout(Program):
    row = "futures: `result`, `cancel`, `wait`, `as_completed`, callbacks"
    ends: ClassVar = ["late", 0]

    def one(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            try:
                self.seen = pool.submit(int).result(timeout=60)
            except TimeoutError:
                self.seen = "late"


class Sleep(Program):
    row = "`time.sleep`"
    ends: ClassVar = [["short", "long"], ["long", "short"]]

    def one(self):
        time.sleep(0.001)
        self.seen.append("short")

    def two(self):
        time.sleep(3600)
        self.seen.append("long")


class Clocks(Program):
    row = "`time.monotonic`, `perf_counter`, `time`, and their `_ns`"
    ends: ClassVar = [[True, True, True]]

    def one(self):
        before = time.monotonic(), time.perf_counter_ns(), time.time()
        time.sleep(3600)
        after = time.monotonic(), time.perf_counter_ns(), time.time()
        self.seen = [after[0] - before[0] >= 3600, after[1] - before[1] >= 3600e9, after[2] - before[2] >= 3600]


class ContextVars(Program):
    row = "`contextvars`"
    ends: ClassVar = [["one", 0], ["one", 1]]
    variable: ClassVar = contextvars.ContextVar("variable", default="nobody")

    def __init__(self):
        super().__init__()
        self.common = 0

    def one(self):
        self.variable.set("one")
        common = self.common
        self.seen = [self.variable.get(), common]

    def two(self):
        assert self.variable.get() == "nobody"
        self.variable.set("two")
        self.common = 1


class LowLevel(Program):
    row = "`_thread`"
    ends: ClassVar = [["started"], ["before", "started"]]

    def start(self):
        self.seen.append("started")
        self.lock.release()

    def one(self):
        self.lock = _thread.allocate_lock()
        self.lock.acquire()
        _thread.start_new_thread(self.start, ())
        if not self.seen:
            self.seen.append("before")
        with self.lock:
            pass
        self.seen.sort()


class Chance(Program):
    row = "`random.Random(seed)`"
    ends: ClassVar = [[True]]

    def one(self):
        draw = random.Random(7)
        self.seen.append(draw.random() == random.Random(7).random())


class ModuleChance(Program):
    row = "`random.random` of the module"
    ends: ClassVar = [[True]]

    def one(self):
        self.seen.append(random.random() == random.Random(0).random())


class SeededChance(Program):
    row = "`random.random` of the module"
    ends: ClassVar = [[True]]

    def one(self):
        draw = random.Random(0)
        self.seen.append(random.random() == draw.random())


class Weak(Program):
    row = "weak references, `weakref.finalize`"
    ends: ClassVar = [["gone", "last"], ["last", "gone"]]
    missed = "what a search with footprints has seen lives to the end of the schedule"

    class Thing:
        """Something that can be referred to."""

    def __init__(self):
        super().__init__()
        self.thing = self.Thing()
        weakref.finalize(self.thing, self.seen.append, "gone")

    def one(self):
        self.thing = None

    def two(self):
        self.seen.append("last")


class LogAndPrint(Program):
    row = "`logging`, `print`"
    ends: ClassVar = [["one", "two"], ["two", "one"]]

    class Handler(logging.Handler):
        """Keeps messages."""

        def emit(self, record):
            self.kept.append(record.getMessage())

    def __init__(self):
        super().__init__()
        self.logger = logging.Logger("shown")
        handler = self.Handler()
        handler.kept = self.seen
        self.logger.addHandler(handler)

    def one(self):
        print("one", file=sys.stderr, end="")
        self.logger.warning("one")

    def two(self):
        self.logger.warning("two")


class OldLock(Program):
    row = "locks, queues and events older than the schedules"
    ends: ClassVar = ["deadlock", ["one", "two"], ["two", "one"]]

    def one(self):
        with OLD, OLDER:
            self.seen.append("one")

    def two(self):
        with OLDER, OLD:
            self.seen.append("two")


class OldState(Program):
    row = "module globals, class attributes, caches older than the schedules"
    ends: ClassVar = [[1, 2], [1, 1], [2, 1], [2, 2]]

    def one(self):
        OldState.count += 1
        self.seen.append(OldState.count)

    two = one
    count = 0


class CachedMethod(Program):
    row = "`functools.lru_cache`, `cached_property`"
    ends: ClassVar = [1, 2]

    def __init__(self):
        super().__init__()
        self.times = 0

    @functools.lru_cache  # noqa: B019 - what it keeps is the point
    def costly(self, number):
        self.times += 1
        return number

    def one(self):
        self.costly(7)

    two = one

    def outcome(self):
        return self.times


class Entered(Program):
    row = "`contextvars`"
    ends: ClassVar = [["in", "in"], ["in", "busy"], ["busy", "in"]]

    def __init__(self):
        super().__init__()
        self.context = contextvars.copy_context()

    def note(self):
        self.seen.append("in")

    def one(self):
        try:
            self.context.run(self.note)
        except RuntimeError:
            self.seen.append("busy")

    two = one


class Older(Program):
    row = "`itertools.count`, `random.Random`, `io.StringIO` and `BytesIO` older than the schedules"
    ends: ClassVar = [[1, 2, "ol"]]
    numbers = itertools.count(1)
    text = io.StringIO("old")

    def one(self):
        number = next(self.numbers)
        self.seen.append(number)
        self.text.read(1)

    two = one

    def outcome(self):
        return [*sorted(self.seen), self.text.getvalue()[: self.text.tell()]]


class Cached(Program):
    row = "`functools.lru_cache`, `cached_property`"
    ends: ClassVar = [1, 2]

    def __init__(self):
        super().__init__()
        self.made = itertools.count(1)
        self.lock = threading.Lock()
        self.times = 0

    @functools.cached_property
    def costly(self):
        with self.lock:
            self.times += 1

    def one(self):
        assert self.costly is None

    two = one

    def outcome(self):
        return self.times


class QueueItems(Program):
    row = "fields of queues, semaphores, conditions, events and barriers (`Queue.queue`, `_value`), and their `repr`"
    ends: ClassVar = [[0, 0], [0, 1], [1, 0], [1, 1]]

    def __init__(self):
        super().__init__()
        self.tasks = queue.Queue()

    def one(self):
        self.tasks.put("it")  # it is appended, and then counted

    def two(self):
        self.seen = [len(self.tasks.queue), self.tasks.unfinished_tasks]


class QueueDrained(QueueItems):
    ends: ClassVar = [0, 1]

    def two(self):
        self.tasks.queue.clear()

    def outcome(self):
        return self.tasks.qsize()


class QueueUnderLock(QueueItems):
    ends: ClassVar = [[0, 0], [1, 1]]

    def two(self):
        with self.tasks.mutex:
            self.seen = [len(self.tasks.queue), self.tasks.unfinished_tasks]


class QueueFields(QueueItems):
    ends: ClassVar = [[0], [1]]

    def two(self):
        self.seen.append(vars(self.tasks)["unfinished_tasks"])


class SemaphoreValue(Program):
    row = QueueItems.row
    ends: ClassVar = [[0], [1]]

    def __init__(self):
        super().__init__()
        self.permits = threading.Semaphore(1)

    def one(self):
        self.permits.acquire()

    def two(self):
        self.seen.append(self.permits._value)


class ConditionWaiters(Program):
    row = QueueItems.row
    ends: ClassVar = [[0], [1]]

    def __init__(self):
        super().__init__()
        self.changed = threading.Condition()

    def one(self):
        with self.changed:
            self.changed.wait(1)

    def two(self):
        self.seen.append(len(self.changed._waiters))


class EventFlag(Program):
    row = QueueItems.row
    ends: ClassVar = [[False], [True]]

    def __init__(self):
        super().__init__()
        self.ready = threading.Event()

    def one(self):
        self.ready.set()

    def two(self):
        self.seen.append(self.ready._flag)


class EventShown(EventFlag):
    def two(self):
        self.seen.append(not repr(self.ready).endswith("unset>"))


class BarrierCount(Program):
    row = QueueItems.row
    ends: ClassVar = [[0], [1]]

    def __init__(self):
        super().__init__()
        self.barrier = threading.Barrier(2)

    def one(self):
        with contextlib.suppress(threading.BrokenBarrierError):
            self.barrier.wait(1)

    def two(self):
        self.seen.append(self.barrier._count)


class LockShown(Program):
    row = "`repr` of locks and threads"
    ends: ClassVar = [[False], [True]]

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def one(self):
        self.lock.acquire()

    def two(self):
        self.seen.append("unlocked" in f"{self.lock}")


class ThreadShown(Program):
    row = "`repr` of locks and threads"
    ends: ClassVar = [["initial"], ["started"], ["stopped"]]

    def __init__(self):
        super().__init__()
        self.thread = threading.Thread(target=self.nothing)

    def nothing(self):
        pass

    def one(self):
        self.thread.start()

    def two(self):
        shown = repr(self.thread)
        self.seen += [word for word in ("initial", "started", "stopped") if word in shown]


class PartialKeywords(Program):
    row = "`functools.partial.keywords`"
    ends: ClassVar = [[3], [9]]

    def __init__(self):
        super().__init__()
        self.number = functools.partial(int, base=2)

    def one(self):
        self.number.keywords["base"] = 8

    def two(self):
        self.seen.append(self.number("11"))


class PartialPassedOn(PartialKeywords):
    def __init__(self):
        super().__init__()
        self.number = functools.partial(self.based, base=2)

    def based(self, digits, base):
        return int(digits, base)

    def two(self):
        self.seen += map(self.number, ["11"])


class LoggingLevel(Program):
    row = "levels, handlers and filters of `logging`"
    ends: ClassVar = [[], ["one"]]

    def __init__(self):
        super().__init__()
        self.logger = logging.Logger("set")
        handler = LogAndPrint.Handler()
        handler.kept = self.seen
        self.logger.addHandler(handler)

    def one(self):
        self.logger.warning("one")

    def two(self):
        self.logger.setLevel(logging.ERROR)


class LoggingHandlers(LoggingLevel):
    def two(self):
        self.logger.handlers.clear()


class LoggingDisabled(LoggingLevel):
    def two(self):
        self.logger.disabled = True


OLD, OLDER = threading.Lock(), threading.RLock()


def programs(scope: dict[str, Any]) -> list[type[Program]]:
    """The programs of a module."""
    return [
        value
        for value in scope.values()
        if isinstance(value, type) and issubclass(value, Program) and value.__module__ == scope["__name__"]
        if value is not Program
    ]


PROGRAMS = programs(dict(globals()))
