"""What every traced primitive uses: the calling thread's `emit`, and numbers for places, objects, events and names.

A process records one run at a time. The state is module-level because it is looked up once an event: `local.put` and
`places` are the hot path, spelled out in the primitives as

    frame = _getframe(1)
    code, lasti, at = self._site
    if frame.f_code is not code or frame.f_lasti != lasti:
        _, _, at = self._site = site(frame)
    try:
        put = local.put
    except AttributeError:
        put = adopt_to_put()
    put(self._acquired, at)

The last place of an object is kept with it, as one tuple because other threads read it: looking it up in `places` costs
twice as much. `id(code) + f_lasti` is one number for one place: the bytecode lies inside its code object, so no two
places share it, and the code objects are kept alive.
"""

from __future__ import annotations

import itertools
import os
import sys
import sysconfig
import threading
from collections.abc import Callable
from pathlib import Path
from sys import _getframe
from types import CodeType, FrameType
from typing import Any, Final

from ....events.buffer import PAYLOAD, Emit, Segments
from ....events.log import encode_json
from ....events.vocabulary import EVENT_IDS, FIRST_OWN_ID
from ... import naming
from . import originals

local: Any = originals.ThreadLocal()
"""`local.emit`, `local.put`, `local.put_data`: the calling thread's `Pen`, made by `adopt` when first missing; a
mute thread has no `put_data`, so that `run.emit`, which may give it a voice, notices. `local.name`: its unique name.
"""


class _Places(dict[int, int]):
    """A subscript costs less than a call of `get`."""

    def __missing__(self, key: int) -> int:
        return 0


places = _Places()
"""`id(code) + f_lasti` to the number of the place in the strings file; 0 for library code, and for one not met yet."""

Site = tuple[CodeType | None, int, int]
"""Code, instruction in it, and the number of that place."""
NO_SITE: Final[Site] = (None, 0, 0)

_PACKAGE: Final = str(Path(__file__).parents[3]) + os.sep
_KINDS: Final = _PACKAGE + "kinds" + os.sep
_STANDARD: Final = {path for name, path in sysconfig.get_paths().items() if name in {"stdlib", "platstdlib"}}
_LIBRARIES: Final = tuple({path + os.sep for each in _STANDARD for path in (each, os.path.realpath(each))})
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class _State:
    """The recording that is under way."""

    def __init__(self) -> None:
        self.segments: Segments | None = None
        self.everyone = False  # threads that nobody traced in the act of starting belong to the run
        self.forget()

    def forget(self) -> None:
        self.numbers = itertools.count(1)
        self.strings: list[bytes] = []  # kept where a later run of this process may meet the objects again
        self.object_names: dict[int, str] = {}
        self.object_counts: dict[str, int] = {}
        self.thread_counts: dict[str, int] = {}
        self.own_events: dict[str, int] = {}
        self.own_ids = itertools.count(FIRST_OWN_ID)
        self.kept: list[CodeType] = []
        self.enders: dict[int, Callable[[], None]] = {}
        self.naming = originals.allocate_lock()


_state = _State()


def begin(segments: Segments, *, everyone: bool) -> None:
    """Start recording into `segments`; names given before in this process stay valid."""
    _state.segments = segments
    _state.everyone = everyone
    _state.thread_counts = {}
    for line in _state.strings:
        segments.announce(line)


def end() -> None:
    """Stop recording; what still emits writes nowhere."""
    _state.segments = None
    _state.everyone = False


def mute_child() -> None:
    """After a fork in the worker: the segments belong to the parent, so this process writes none of them."""
    end()
    _be_mute()


def is_open() -> bool:
    """Whether this process records a run."""
    return _state.segments is not None


def owns_process() -> bool:
    """Whether the process exists for the run: a worker."""
    return _state.everyone


def is_recording() -> bool:
    """Whether the calling thread's events go anywhere."""
    return is_open() and getattr(local, "emit", None) is not nowhere


def is_member() -> bool:
    """Whether the calling thread belongs to the run."""
    return is_open() and (_state.everyone or getattr(local, "emit", nowhere) is not nowhere)


def nowhere(*_: object) -> None:
    """The emit of a thread that is not recorded."""


def _be_mute() -> None:
    local.emit = local.put = nowhere
    local.__dict__.pop("put_data", None)


def adopt(name: str | None = None, started: dict[str, Any] | None = None, at: int = 0) -> Emit:
    """Give the calling thread a writer, and log `thread.started`; a thread that is not of the run gets one that is
    mute.
    """
    segments = _state.segments
    if segments is None or (name is None and not _state.everyone):
        _be_mute()
        return nowhere
    ident = threading.get_ident()
    if name is None:
        # threading.current_thread() would make a _DummyThread, which is cached for an ident that is used again.
        known = threading._active.get(ident)  # type: ignore[attr-defined] # private to the library, and not in its stubs
        name = known.name if known else "thread"
    local.name = unique(name, _state.thread_counts, first=name)
    pen = segments.pen(number_of("thread", local.name))
    _state.enders[ident] = pen.end
    local.put, local.put_data, local.emit = pen.put, pen.put_data, pen.emit
    data = {"ident": ident, "native_id": threading.get_native_id(), "daemon": False, **(started or {})}
    pen.emit(EVENT_IDS["thread.started"], 0, at, 2, 0, encode_json(data))
    return pen.emit


def adopt_to_put() -> Callable[[int, int], None]:
    """As `adopt`; returns the thread's `put`."""
    adopt()
    put: Callable[[int, int], None] = local.put
    return put


def retire() -> None:
    """The calling thread ends: its segment can be used by others."""
    ender = _state.enders.pop(threading.get_ident(), None)
    if ender:
        ender()
    _be_mute()


def emit(event: int, obj: int, at: int, data: dict[str, Any] | None = None) -> None:
    """Write one event of the calling thread; for the events that are not on a hot path."""
    write = getattr(local, "emit", None) or adopt()
    if data:
        write_payload(write, event, obj, at, encode_json(data))
    else:
        write(event, obj, at)


def write_payload(write: Emit, event: int, obj: int, at: int, payload: bytes) -> None:
    """Write one event with its `data` as JSON bytes, of any size."""
    write(event, obj, at, PAYLOAD, 0, payload)


def number_of(table: str, text: str) -> int:
    """A number for a string of the table `thread`, `object`, `at` or `event`, announced before it is used."""
    number = next(_state.numbers) if table != "event" else next(_state.own_ids)
    _announce(table, number, text)
    return number


def _announce(table: str, number: int, text: str) -> None:
    line = encode_json([table, number, text]) + b"\n"
    if not _state.everyone:
        _state.strings.append(line)
    if _state.segments:
        _state.segments.announce(line)


def own_event(name: str) -> int:
    """The number of a plugin's own event name."""
    number = _state.own_events.get(name)
    if number is None:
        number = _state.own_events[name] = number_of("event", name)
    return number


def unique(base: str, counts: dict[str, int], *, first: str | None = None) -> str:
    """A name nobody has: `Lock#1`, `Lock#2`; with `first`, that one goes without a number."""
    with _state.naming:
        return naming.unique(base, counts, first=first)


def new_object(kind: str) -> int:
    """The number of a new traced object, named `<kind>#n`."""
    name = unique(kind, _state.object_counts)
    number = number_of("object", name)
    _state.object_names[number] = name
    return number


def rename(number: int, name: str) -> int:
    """A new number for an object that is called by another name from now on; logged, so that readers can follow."""
    was = _state.object_names[number]
    name = unique(name, _state.object_counts, first=name)
    number = number_of("object", name)
    _state.object_names[number] = name
    emit(EVENT_IDS["object.named"], number, where(_getframe(2)), {"was": was})
    return number


def renumber(obj: Any, number: int) -> None:
    """Give a traced object its number, also in the words that were made for its events."""
    if hasattr(obj, "_number"):
        obj._number = number  # the classes that are ours see to it themselves
        return
    obj._threadbench_words = tuple(word & 0xFFFFFFFF | number << 32 for word in obj._threadbench_words)
    obj._threadbench = number


def object_name(number: int) -> str:
    """What a traced object is called."""
    return _state.object_names[number]


def where(frame: FrameType | None) -> int:
    """The number of the innermost place in workload code at or above a frame; 0 where there is none."""
    while frame is not None:
        code = frame.f_code
        key = id(code) + frame.f_lasti
        place = places.get(key)
        if place is None:
            place = 0
            if not is_library(code.co_filename) and not is_generated(code):
                place = number_of("at", f"{shown_path(code.co_filename)}:{frame.f_lineno}")
            _state.kept.append(code)
            places[key] = place
        if place:
            return place
        frame = frame.f_back
    return 0


def site(frame: FrameType) -> Site:
    """Where a frame is, in a form that is good for as long as the same code stands at the same instruction."""
    code, lasti = frame.f_code, frame.f_lasti
    key = id(code) + lasti
    if key not in places:
        where(frame)
    at = places[key]
    # Above library code the place is that of some caller, which may be another one next time.
    return (code, lasti, at) if at else (None, 0, where(frame.f_back))


def made_by_workload(frame: FrameType | None) -> bool:
    """Whether the code that creates an object is the workload's (or code generated for it, such as a dataclass's
    `__init__`).
    """
    while frame is not None and is_generated(frame.f_code):
        frame = frame.f_back
    return frame is not None and not is_library(frame.f_code.co_filename) and is_member()


def is_generated(code: CodeType) -> bool:
    """Whether code has no place of its own: methods that dataclasses and their like write (`<string>`, `<attrs …>`)."""
    return code.co_filename[:1] == "<" and code.co_name[:2] == "__"


_verdicts: dict[str, bool] = {}


def is_own(filename: str) -> bool:
    """Whether a file is threadbench's own; the built-in kinds are workloads."""
    return filename.startswith(_PACKAGE) and not filename.startswith(_KINDS)


def is_library(filename: str) -> bool:
    """Whether a file is the standard library's or threadbench's own; the built-in kinds are workloads."""
    verdict = _verdicts.get(filename)
    if verdict is None:
        verdict = _verdicts[filename] = (
            filename.startswith("<frozen ")
            or is_own(filename)
            or (filename.startswith(_LIBRARIES) and not any(part in filename for part in _INSTALLED))
        )
    return verdict


def shown_path(filename: str) -> str:
    """The shortest honest path of a source file: below the working directory, else below an entry of `sys.path`."""
    candidates = [filename]
    for root in (os.getcwd(), *sys.path):  # noqa: PTH109 - a string is wanted
        if root and filename.startswith(root.rstrip(os.sep) + os.sep):
            candidates.append(filename[len(root.rstrip(os.sep)) + 1 :])
            if root == os.getcwd():  # noqa: PTH109
                break
    return min(candidates, key=len)
