"""What goes on from call to call and is older than the schedules: counts, generators, random generators, buffers.

None of them is put back by storing what it held. A count, the common way to number things, gives way to another one in
each place where it was found; a random generator and a buffer in memory are set to what they were; what cannot be put
back is told of once a schedule has moved it.
"""

from __future__ import annotations

import contextvars
import io
import itertools
import random
import re
import types
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from .points.containers import ITERATORS
from .points.current import current

if TYPE_CHECKING:
    from .undoing import Undo

Put = Callable[[Any], None]
"""Stores something in a place."""

COUNT_TYPE: Final = itertools.count
_CALCULATING: Final = frozenset(
    ["_hashlib", "_sha1", "_sha2", "_sha3", "_md5", "_blake2", "zlib", "_bz2", "_lzma", "_csv"]
)
"""Modules in C of objects that each call moves on."""
_NUMBER: Final = re.compile(r"count\((-?[0-9.]+)(?:, (-?[0-9.]+))?\)")


class Count:
    """Counts that stand for one that is older than the schedules, one after the other.

    Attributes:
        now: the one that stands for it.
    """

    def __init__(self, start: tuple[Any, ...]) -> None:
        self._start = start
        self._places: list[tuple[str | None, Put]] = []
        self.now = itertools.count(*start)

    @classmethod
    def of(cls, count: Any) -> Count | None:
        """What stands for a count; None where it counts something unusual."""
        shown = _NUMBER.fullmatch(repr(count))  # to copy one is deprecated
        if shown is None:
            return None
        return cls(tuple(float(text) if "." in text else int(text) for text in shown.groups() if text))

    def found(self, twin: Any, put: Put) -> None:
        """It was found in a place, or a method of it."""
        self._places.append((twin.__name__ if type(twin) is types.MethodWrapperType else None, put))

    def renew(self) -> None:
        """Another one, from the start, is in each place."""
        self.now = itertools.count(*self._start)
        for name, put in self._places:
            put(self.now if name is None else getattr(self.now, name))


def counted(value: Any) -> Any:
    """The count that a value is, or a method of; None for anything else."""
    if type(value) is COUNT_TYPE:
        return value
    if type(value) is types.MethodWrapperType and type(value.__self__) is COUNT_TYPE:
        return value.__self__
    return None


def undo_of(value: Any) -> Undo | None:
    """What puts back something that goes on; None where nothing goes on."""
    if isinstance(value, random.Random):
        with suppress(NotImplementedError):  # the system's has no state
            return partial(value.setstate, value.getstate())
    elif isinstance(value, io.StringIO | io.BytesIO):
        if not value.closed:
            return partial(_fill, value, value.getvalue(), value.tell())
    elif type(value) in ITERATORS or type(value).__module__ in _CALCULATING:
        return partial(_told, _name(value))
    return None


def default_of(variable: contextvars.ContextVar[Any]) -> tuple[Any, ...]:
    """What a context variable gives where it was not set."""
    try:
        return (contextvars.Context().run(variable.get),)
    except LookupError:
        return ()


def _fill(buffer: Any, content: str | bytes, place: int) -> None:
    if buffer.closed:
        buffer.__init__(content)
    else:
        buffer.seek(0)
        buffer.truncate()
        buffer.write(content)
    buffer.seek(place)


def _name(iterator: Any) -> str:
    if isinstance(iterator, types.GeneratorType):
        return f"the generator {iterator.__qualname__}"
    kind = type(iterator)
    return f"an object ({kind.__name__ if kind.__module__ == 'builtins' else f'{kind.__module__}.{kind.__name__}'})"


def _told(name: str) -> None:
    current.unseen = f"{name} is older than the schedules, and goes on from one to the next"
