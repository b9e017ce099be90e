"""How the process of a command ends: at once, and yet no exit handler, thread or profiler is cheated."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = "import sys; sys.argv = ['threadbench', 'schema']; from threadbench.cli import main\n"


def left(program: str) -> subprocess.CompletedProcess[str]:
    """An interpreter that runs the program and then the command, as the console script does."""
    command = [sys.executable, "-c", f"{BEGIN}{program}\ncode = main()\nprint('came back')\nsys.exit(code)"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_process_ends_in_the_command() -> None:
    """Where nobody counts on it, the interpreter's own end is left out."""
    done = left("")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "}")


def test_exit_handlers_run_and_what_they_write_is_seen() -> None:
    """What was registered with `atexit` runs before the process ends."""
    done = left("import atexit; atexit.register(print, 'bye')")
    assert (done.returncode, done.stdout.splitlines()[-2:]) == (0, ["}", "bye"])


@pytest.mark.parametrize(
    "somebody",
    [
        "import threading; threading.Thread(target=threading.main_thread().join).start()",
        "sys.setprofile(lambda *_: None)",
        "sys.settrace(lambda *_: None)",
    ],
    ids=["a thread", "a profiler", "a debugger"],
)
def test_who_counts_on_the_end_gets_it(somebody: str) -> None:
    """Where a thread is to be waited for, or a profiler or a debugger looks on, the interpreter ends as it does."""
    done = left(somebody)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "came back")


def test_a_profile_is_written() -> None:
    """`cProfile`, which uses `sys.monitoring` since Python 3.12, still prints its table."""
    command = [sys.executable, "-m", "cProfile", "-m", "threadbench", "kinds"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert "function calls" in done.stdout
