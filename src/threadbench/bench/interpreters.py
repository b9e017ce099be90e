"""What a Python that was given is: a path enters; version, GIL and who it is leave, or why it will not do."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from ..errors import UsageError

_PROBE: Final = """
import json, platform, sys, sysconfig
def version(name):
    try:
        return getattr(__import__(name), "__version__", "?")
    except Exception as error:
        return {"missing": "%s: %s" % (type(error).__name__, error)}
gil = getattr(sys, "_is_gil_enabled", lambda: True)
old = sys.version_info < OLDEST
print(json.dumps({
    "version": platform.python_version(),
    "implementation": platform.python_implementation(),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "old": old,
    "threadbench": None if old else version("threadbench"),
    "pyperf": None if old else version("pyperf"),
    "gil": gil(),
}))
"""
"""Runs on any Python, 2.7 as well; the GIL is asked for last, since an import may have switched it on."""

_OLDEST: Final = (3, 11)
"""What threadbench runs on, as its distribution says: `requires-python`."""

_PATIENCE: Final = 60.0
"""Seconds in which an interpreter says what it is."""


class Interpreter(msgspec.Struct, frozen=True):
    """A Python that can measure.

    Attributes:
        path: of its executable.
        given: that as it was typed.
        version: such as `3.13.0`.
        implementation: such as `CPython`.
        free_threaded: whether it was built to do without a GIL.
        gil: whether it has one on, with threadbench imported.
        threadbench: version of the threadbench that is installed there.
        label: what tells it from the others, for tables and names.
    """

    path: str
    given: str
    version: str
    implementation: str
    free_threaded: bool
    gil: bool
    threadbench: str
    label: str

    @property
    def about(self) -> str:
        """What it is, in a line."""
        built = " (free-threaded build)" if self.free_threaded and self.gil else ""
        gil = "GIL on" if self.gil else "GIL off"
        return f"{self.implementation} {self.version}, {gil}{built}, threadbench {self.threadbench}"


def probe_all(paths: Sequence[str]) -> list[Interpreter]:
    """Ask each what it is, in the order given; labels are told apart by number where they are the same.

    Raises:
        UsageError: one is no Python, or lacks what measuring needs.
    """
    found = [_probe(path) for path in paths]
    labels = [each.label for each in found]
    return [
        msgspec.structs.replace(each, label=f"{each.label}#{labels[:at].count(each.label) + 1}")
        if labels.count(each.label) > 1
        else each
        for at, each in enumerate(found)
    ]


def _probe(path: str) -> Interpreter:
    executable = shutil.which(path)
    if executable is None:
        raise UsageError(f"--interpreter {path}: {_no_program(path)}")
    # The path is left as it is, and no link followed: where a link to an interpreter lies says which environment it is.
    executable = str(Path(executable).absolute())
    try:
        done = subprocess.run(
            [executable, "-c", _PROBE.replace("OLDEST", str(_OLDEST))],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--interpreter {path}: it does not answer as a Python does: {error}") from error
    try:
        said = json.loads(done.stdout.splitlines()[-1])
        version, implementation, _ = said["version"], said["implementation"], said["old"]
    except (ValueError, IndexError, KeyError, TypeError):
        told = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}, and said nothing of itself"]
        raise UsageError(f"--interpreter {path}: it does not answer as a Python does: {told[-1]}") from None
    if said["old"]:
        oldest = ".".join(map(str, _OLDEST))
        raise UsageError(
            f"--interpreter {path}: {implementation} {version} is too old: threadbench needs {oldest} or later",
            hint=f"name a Python from {oldest} on that has 'threadbench[bench]'",
        )
    for package in ("threadbench", "pyperf"):
        if not isinstance(said[package], str):
            raise UsageError(
                f"--interpreter {path}: {implementation} {version} cannot import {package}"
                f" ({said[package]['missing']}), which cases need to be measured there",
                hint=f"{shlex.quote(executable)} -m pip install 'threadbench[bench]'",
            )
    label = f"{implementation} {version}" + ("" if said["gil"] else " without GIL")
    return Interpreter(
        executable, path, version, implementation, said["free_threaded"], said["gil"], said["threadbench"], label
    )


def _no_program(path: str) -> str:
    """Why nothing of that name can be executed."""
    place = Path(path)
    if place.is_dir():
        return f"is a folder; a Python in it would be {place / 'bin' / 'python'}"
    if place.is_symlink() and not place.exists():
        return f"is a link to {place.readlink()}, which does not exist"
    if place.exists():
        return "is no program: it may not be executed"
    return "there is no such program" + ("" if "/" in path else " on PATH")
