"""What stands for objects that are older than the schedules: virtual locks and queues, and counts that begin anew."""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any

from . import originals
from .kept import KeptLock, KeptQueue, KeptRLock
from .moving import Count, counted
from .reachable import REAL
from .undoing import Undoing

if TYPE_CHECKING:
    from .moving import Put
    from .scheduler import Scheduler
    from .undoing import Undo


class StandIns(Undoing):
    """Puts them where the others were found, and these back when there are no more schedules.

    Args:
        scheduler: whose locks they are.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._held: list[Any] = []
        """What must not go: an id must not be given to another object."""
        self._replaced: list[Undo] = []
        self.twins: dict[int, Any] = {}
        self._tuples: dict[int, Any] = {}
        self._counts: dict[int, Count | None] = {}

    def _stand_in(self, item: Any, put: Put) -> None:
        """Put what stands for something where it was found."""
        twin = self._twin(item)
        if twin is not None:
            put(twin)
            self._replaced.append(functools.partial(put, item))
            count = self._counts.get(id(counted(item)))
            if count is not None:
                count.found(twin, put)

    def _count(self, value: Any) -> Count | None:
        """What stands for a count."""
        if id(value) not in self._counts:
            self._held.append(value)
            count = self._counts[id(value)] = Count.of(value)
            if count is not None:
                self._remember(count.now, functools.partial(self._renew, count), library=False)
        return self._counts[id(value)]

    def _renew(self, count: Count) -> None:
        del self._undo[id(count.now)]
        count.renew()
        self._remember(count.now, functools.partial(self._renew, count), library=False)

    def _twin(self, value: Any) -> Any:
        """What stands for a real lock or queue, a method of one, or a tuple with one; None for anything else."""
        if isinstance(value, types.BuiltinMethodType):
            twin = self._twin(value.__self__) if isinstance(value.__self__, REAL) else None
            return None if twin is None else getattr(twin, value.__name__, None)
        if isinstance(value, tuple):
            return self._tuple(value)
        if (moving := counted(value)) is not None:
            count = self._count(moving)
            return None if count is None else count.now if value is moving else getattr(count.now, value.__name__)
        if not isinstance(value, REAL):
            return None
        twin = self.twins.get(id(value))
        if twin is None:
            kept: type[Any]
            if isinstance(value, originals.LOCK_TYPE):
                kept = KeptLock
            else:
                kept = KeptQueue if isinstance(value, originals.SimpleQueue) else KeptRLock
            twin = self.twins[id(value)] = kept(self._scheduler, value)
            self._held.append(value)
        return twin

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        """The same with what stands for locks and queues in it; None where there are none."""
        if id(value) not in self._tuples:
            # A count is another one in each schedule, and a tuple is not.
            twins = [None if counted(item) is not None else self._twin(item) for item in value]
            if all(twin is None for twin in twins) or (type(value) is not tuple and not hasattr(value, "_fields")):
                return None
            items = [item if twin is None else twin for item, twin in zip(value, twins, strict=True)]
            self._tuples[id(value)] = tuple.__new__(type(value), items)
            self._held.append(value)
        return self._tuples[id(value)]

    def _partial(self, value: Any) -> tuple[Any, ...]:
        """What a partial function calls, with what stands for methods of locks."""
        _, _, (function, args, keywords, attributes) = value.__reduce__()
        twins = self._twin(function), self._tuple(args), self._tuple(tuple(keywords.values()))
        if any(twin is not None for twin in twins):
            self._replaced.append(functools.partial(value.__setstate__, (function, args, keywords, attributes)))
            named = keywords if twins[2] is None else dict(zip(keywords, twins[2], strict=True))
            value.__setstate__((twins[0] or function, twins[1] or args, named, attributes))
        return (value.func, *value.args, *value.keywords.values())

    def begin(self) -> None:
        """A schedule begins."""
        for twin in self.twins.values():
            twin.reset()

    def restore(self) -> None:
        """No more schedules: real locks and queues are back in their places."""
        self.put_back()
        while self._replaced:
            self._replaced.pop()()


def put_both(first: Any, second: Any, key: Any, item: Any) -> None:
    """Store an item in a container, and in what is remembered of it."""
    first[key] = second[key] = item


def put_slot(slot: Any, owner: Any, saved: dict[str, Any], name: str, item: Any) -> None:
    """Store an attribute in a slot, and in what is remembered of it."""
    slot.__set__(owner, item)
    saved[name] = item


def put_default(function: types.FunctionType, index: int, item: Any) -> None:
    """Store a default of a function."""
    defaults = list(function.__defaults__ or ())
    defaults[index] = item
    function.__defaults__ = tuple(defaults)
