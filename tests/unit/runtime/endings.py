"""Workloads that end in every way there is."""

from __future__ import annotations

import atexit
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any


def returns(run: Any, params: Any) -> Any:
    return params


def returns_no_json(run: Any, params: Any) -> Any:
    return {"lock": object()}


def raises(run: Any, params: Any) -> None:
    run.check("got there", True)
    raise ValueError("no such account")


def raises_in_a_thread(run: Any, params: Any) -> None:
    threading.excepthook = lambda args: None  # replacing the hook hides nothing
    thread = threading.Thread(target=lambda: {}["account"], name="teller")
    thread.start()
    thread.join()


def leaves_by_sys_exit(run: Any, params: Any) -> None:
    sys.exit(3)


def thread_leaves_by_sys_exit(run: Any, params: Any) -> str:
    thread = threading.Thread(target=sys.exit, args=(3,))
    thread.start()
    thread.join()
    return "still here"


def exits(run: Any, params: Any) -> None:
    os._exit(params)


def exits_after_return(run: Any, params: Any) -> str:
    atexit.register(os._exit, 9)
    return "returned"


def segfaults(run: Any, params: Any) -> None:
    run.emit("before")
    ctypes.string_at(0)


def aborts(run: Any, params: Any) -> None:
    os.abort()


def sleeps(run: Any, params: Any) -> None:
    run.emit("tired")
    time.sleep(60)


def ignores_everything(run: Any, params: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        ctypes.PyDLL(None).sleep(60)  # holds the GIL


def background_goes_on(run: Any, params: Any) -> str:
    def late() -> None:
        time.sleep(0.2)
        run.emit("late")

    threading.Thread(target=late, name="background", daemon=params).start()
    return "main is done"


def prints(run: Any, params: Any) -> None:
    print("one", "line")
    print("to stderr", file=sys.stderr)
    print("two\nlines", end="")
    sys.stdout.flush()
    os.write(1, b"past the log\n")
    subprocess.run([sys.executable, "-S", "-c", "print('from a child')"], check=True)
    threading.Thread(target=lambda: print("half a line", end=""), name="printer").start()


def prints_and_dies(run: Any, params: Any) -> None:
    print("whole")
    print("half", end="")
    os.kill(os.getpid(), signal.SIGKILL)


def hostile_text(run: Any, params: Any) -> str:
    print("lone \udc80 surrogate, nul \0, bell \a, right-to-left \u202e")
    run.emit("text", text="\ud800", nul="\0", big=2**80, long="x" * 300_000)
    run.check("name with \udc80", True)
    threading.Thread(target=run.emit, args=("named",), name="thread \udc80 \n\"'").start()
    return "\udc80"


def pool_children(run: Any, params: Any) -> list[int]:
    pool = ProcessPoolExecutor(2)
    pids = list({pool.submit(os.getpid).result() for _ in range(20)})
    Path(params).write_text(" ".join(map(str, pids)))
    os._exit(0)


def _stubborn() -> None:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def stubborn_grandchild(run: Any, params: Any) -> None:
    child = multiprocessing.get_context("fork").Process(target=_stubborn)
    child.start()
    Path(params).write_text(str(child.pid))
    time.sleep(600)


def process_pool(run: Any, params: Any) -> list[int]:
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(abs, [-1, -2, -3]))


def emits_in_a_child(run: Any, params: Any) -> int:
    def child() -> None:
        try:
            run.emit("from_child")
        except RuntimeError as error:
            os._exit(7 if "parent" in str(error) else 8)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    return process.exitcode or 0


def checks_twice(run: Any, params: Any) -> None:
    run.check("steady", True)
    run.check("steady", False, seen=3)
    run.check("steady", True)
    run.check("fine", 1)


def wrong_uses(run: Any, params: Any) -> list[str]:
    found = []
    uses = [
        lambda: run.emit("Not A Name"),
        lambda: run.emit("ok", value=object()),
        lambda: run.name(object(), "thing"),
        lambda: run.check("named", True, ok="twice"),
        lambda: threading.Lock().release(),
        lambda: threading.Lock().acquire(timeout=-2),
        lambda: threading.Lock().acquire(False, 1),
        lambda: threading.RLock().release(),
        lambda: threading.Condition().wait(),
        lambda: threading.Condition().notify(),
        lambda: ThreadPoolExecutor(0),
    ]
    for use in uses:
        try:
            use()
            found.append("nothing")
        except Exception as error:
            found.append(type(error).__name__)
    return found


def random_numbers(run: Any, params: Any) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}

    def draw(name: str) -> None:
        numbers[name] = [run.rng.randint(1, 10**9) for _ in range(3)] + [run.choose(1000)]

    threads = [threading.Thread(target=draw, args=(name,), name=name) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    draw("main")
    return numbers


def signal_storm(run: Any, params: Any) -> dict[str, int]:
    """A signal handler emits in the middle of what main emits, thousands of times."""
    counts = {"main": 0, "handled": 0}

    def emit(name: str) -> None:
        counts[name] += 1
        number = counts[name]
        run.emit(name, n=number, text="x" * (number % 70))

    signal.signal(signal.SIGALRM, lambda *_: emit("handled"))
    while counts["handled"] < 2000:
        # One shot at a time, a few microseconds ahead: it comes within one of the next emits.
        signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + counts["main"] % 13))
        for _ in range(20):
            emit("main")
    signal.setitimer(signal.ITIMER_REAL, 0)
    return counts


def interrupted_cleanup(run: Any, params: Any) -> None:
    try:
        run.emit("began")
        time.sleep(60)
    finally:
        run.emit("cleaned_up")
