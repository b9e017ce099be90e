"""Whether importing a plugin changes anything but what can be imported: tried in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .targets import Target

TIMEOUT: Final = 60.0
"""Seconds that an import may take."""

_PROGRAM: Final = """
import contextlib, io, json, os, signal, sys, threading, time
sys.path[:] = json.loads(sys.argv[2])
import threadbench.plugins, threadbench.testing.targets, concurrent.futures.thread, multiprocessing
from threadbench.plugins.loading import import_file

def state():
    children = set()
    with contextlib.suppress(OSError):
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/children") as file:
                children.update(file.read().split())
    signals = {name: signal.getsignal(name) for name in signal.valid_signals()}
    return {
        "the working directory": os.getcwd(),
        "handlers of signals": signals,
        "the switch interval": sys.getswitchinterval(),
        "the recursion limit": sys.getrecursionlimit(),
        "threading.excepthook": threading.excepthook,
        "sys.settrace": sys.gettrace(),
        "sys.setprofile": sys.getprofile(),
        "the environment": dict(os.environ),
    }, set(threading.enumerate()), children

before, threads, children = state()
said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
    import_file(sys.argv[1]) if sys.argv[1].endswith(".py") else __import__(sys.argv[1])
after, threads_now, children_now = state()
print(json.dumps({
    "prints": said.getvalue(),
    "threads": [thread.name for thread in threads_now - threads],
    "processes": len(children_now - children),
    "changes": [name for name in before if before[name] != after[name]],
}), file=sys.__stdout__, flush=True)
os._exit(0)
"""


def of_the_import(target: Target) -> None:
    """Note what importing the plugin does besides; nothing where no other process could import it."""
    if target.path is None or target.module is None:
        return
    command = [sys.executable, "-c", _PROGRAM, target.path, json.dumps(sys.path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        target.found("imports", f"importing it takes more than {TIMEOUT:g} s", "import no more than the kind needs")
        return
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        target.found("imports", f"a new process cannot import it: {last}", "install what it needs beside it")
        return
    told = json.loads(lines[-1])
    said = (told["prints"] + "\n".join(lines[:-1]) + done.stderr).strip()
    cure = "do that in the workload, or not at all: whoever lists the kinds imports every plugin"
    if said:
        target.found("import-quiet", f"importing it prints {said.splitlines()[0]!r}", cure)
    if told["threads"]:
        target.found("import-quiet", f"importing it starts threads: {', '.join(told['threads'])}", cure)
    if told["processes"]:
        target.found("import-quiet", f"importing it starts {told['processes']} processes", cure)
    for name in told["changes"]:
        target.found("import-quiet", f"importing it changes {name}", cure)
