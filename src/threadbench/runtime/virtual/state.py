"""State that is older than the schedules: what code under test does to it is undone after each.

In come the modules and callables under test; whatever mutable can be reached from them is remembered as it is. Objects
that instrumented code writes to are put back as they were; objects of `threading`, `queue` and `concurrent.futures`
always are, because the library that writes to them is not instrumented. Real locks and queues among what is found give
way to virtual ones while schedules run: a virtual thread that waited for a real one would hang them all.
"""

from __future__ import annotations

import array
import builtins
import collections
import functools
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from . import locals as thread_locals
from . import originals
from .accesses import READ
from .kept import KeptLock, KeptQueue, KeptRLock
from .reachable import ATOMS, CLASS_OWN, CONTAINERS, FOREIGN, IMPORTED_BY, LIBRARY, MOST, REAL, slots_of

if TYPE_CHECKING:
    from .scheduler import Scheduler

Undo = Callable[[], None]
Way = Callable[[Any, Any], Iterable[Any]]
"""Remembers what is mutable in an object, and gives what can be reached from it."""


class State:
    """What there was before the first schedule.

    Args:
        roots: modules, classes and callables under test.
        scopes: the namespaces of the modules that these stand in; `sys.modules` may have others by their names.
        scheduler: whose schedules must not change it.
    """

    def __init__(self, roots: Iterable[Any], scopes: Iterable[dict[str, Any]], scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        scopes = list(scopes)
        self._modules = {scope.get("__name__") for scope in scopes}
        self._undo: dict[int, Undo] = {}
        """By the object's id: what puts it back."""
        self._always: list[Undo] = []
        self._held: list[Any] = []  # an id must not be given to another object
        self._replaced: list[Undo] = []
        self._twins: dict[int, Any] = {}
        self._dirty: set[int] = set()
        self._seen: set[int] = {id(vars(builtins))}  # each module's globals have them, and nobody writes to them
        self.locals: list[Any] = []
        ways = self._ways = {type: State._type, **dict.fromkeys(ATOMS)}
        todo: collections.deque[Any] = collections.deque()  # what is near comes first
        for scope in scopes:
            self._seen.add(id(scope))
            self._held.append(scope)
            todo.extend(self._mapping(scope, library=False))
            # Who imported a module is no state of it; and pytest's loader leads to the session with all its tests.
            self._seen.update(id(scope[name]) for name in IMPORTED_BY if name in scope)
        todo.extend(roots)
        seen, hold = self._seen, self._held.append
        while todo and len(seen) < MOST:
            value = todo.popleft()
            try:
                way = ways[type(value)]
            except KeyError:
                way = ways[type(value)] = self._way_into(type(value))
            if way is not None and id(value) not in seen:
                seen.add(id(value))
                hold(value)
                todo.extend(way(self, value))

    # -- what there is ------------------------------------------------------------------------------------------------

    def _way_into(self, kind: type) -> Way | None:
        """How to look into objects of a type; None where there is nothing in them."""
        for general, way in _WAYS.items():
            if issubclass(kind, general):
                return way
        if kind.__module__.partition(".")[0] in FOREIGN and kind.__module__ not in self._modules:
            return None
        return State._instance

    def _function(self, value: types.FunctionType) -> Iterable[Any]:
        closure = value.__closure__
        keywords = value.__kwdefaults__
        return (
            *(value.__defaults__ or ()),
            *(keywords.values() if keywords else ()),
            *value.__dict__.values(),
            *(closure or ()),
        )

    def _cached(self, value: Any) -> Iterable[Any]:
        self._always.append(value.cache_clear)
        return (value.__wrapped__,)

    def _type(self, value: type) -> Iterable[Any]:
        return self._class(value) if value.__module__ in self._modules else ()

    def _local(self, value: Any) -> Iterable[Any]:
        self.locals.append(value)
        return ()

    def _instance(self, value: Any) -> Iterator[Any]:
        library = type(value).__module__ in LIBRARY
        if isinstance(value, CONTAINERS):
            yield from self._container(value, library=library)
        attributes = getattr(value, "__dict__", None)
        if type(attributes) is dict:
            yield from self._mapping(attributes, library=library, owner=value)
        slots = slots_of(type(value))
        if slots:
            yield from self._slots(value, slots)

    def _container(self, value: Any, *, library: bool) -> Iterator[Any]:
        if isinstance(value, dict):
            yield from self._mapping(value, library=library)
            return
        if isinstance(value, (list, collections.deque)):
            for index, item in enumerate(value):
                twin = self._twin(item)
                if twin is not None:
                    value[index] = twin
                    self._replaced.append(functools.partial(value.__setitem__, index, item))
        saved: Any = value[:] if isinstance(value, (bytearray, array.array)) else list(value)
        if isinstance(value, (bytearray, array.array, list)):

            def undo() -> None:
                value[:] = saved
        else:

            def undo() -> None:
                value.clear()
                (value.update if isinstance(value, set) else value.extend)(saved)

        self._remember(value, undo, library=library)
        if not isinstance(value, (bytearray, array.array)):
            for item in list(value):
                if library:
                    self._always_contents(item)
                yield item

    def _mapping(self, value: dict[Any, Any], *, library: bool, owner: Any = None) -> Iterator[Any]:
        for key, item in list(value.items()):
            twin = self._twin(item)
            if twin is not None:
                value[key] = twin
                self._replaced.append(functools.partial(value.__setitem__, key, item))
        saved = dict(value)

        def undo() -> None:
            value.clear()
            value.update(saved)

        self._remember(value, undo, library=library)
        if owner is not None:
            self._remember(owner, undo, library=False)
        for key, item in saved.items():
            if library and isinstance(item, CONTAINERS):
                self._always_contents(item)
            if owner is None or not library:
                yield key
            yield item

    def _always_contents(self, item: Any) -> None:
        """A container of a library object: the library writes to it too."""
        if isinstance(item, (list, collections.deque, set)) and id(item) not in self._seen:
            self._seen.add(id(item))
            self._held.append(item)
            for _ in self._container(item, library=True):
                pass

    def _cell(self, cell: Any) -> Iterator[Any]:
        try:
            value = cell.cell_contents
        except ValueError:
            return

        def put(content: Any) -> None:
            cell.cell_contents = content

        twin = self._twin(value)
        if twin is not None:
            cell.cell_contents = twin
            self._replaced.append(functools.partial(put, value))
            value = twin
        self._remember(cell, functools.partial(put, value), library=False)
        self._held.append(cell)
        yield value

    def _class(self, value: type) -> Iterator[Any]:
        for name, item in list(vars(value).items()):
            twin = self._twin(item)
            if twin is not None:
                setattr(value, name, twin)
                self._replaced.append(functools.partial(setattr, value, name, item))
        saved = {name: item for name, item in vars(value).items() if name not in CLASS_OWN}

        def undo() -> None:
            for name in [name for name in vars(value) if name not in saved and name not in CLASS_OWN]:
                type.__delattr__(value, name)
            for name, item in saved.items():
                if vars(value).get(name, saved) is not item:
                    type.__setattr__(value, name, item)

        self._remember(value, undo, library=False)
        yield from saved.values()

    def _slots(self, value: Any, slots: dict[str, Any]) -> Iterator[Any]:
        saved: dict[str, Any] = {}
        for name, slot in slots.items():
            try:
                saved[name] = slot.__get__(value)
            except AttributeError:
                continue
            twin = self._twin(saved[name])
            if twin is not None:
                self._replaced.append(functools.partial(slot.__set__, value, saved[name]))
                slot.__set__(value, twin)
                saved[name] = twin

        def undo() -> None:
            for name, slot in slots.items():
                if name in saved:
                    slot.__set__(value, saved[name])
                else:
                    with suppress(AttributeError):  # it is not there, as before
                        slot.__delete__(value)

        before = self._undo.get(id(value))
        self._remember(value, undo if before is None else functools.partial(_both, before, undo), library=False)
        yield from saved.values()

    def _remember(self, value: Any, undo: Undo, *, library: bool) -> None:
        if library:
            self._always.append(undo)
        self._undo[id(value)] = undo

    def _twin(self, value: Any) -> Any:
        """What stands for a real lock or queue, or a method of one; None for anything else."""
        if isinstance(value, types.BuiltinMethodType):
            twin = self._twin(value.__self__) if isinstance(value.__self__, REAL) else None
            return None if twin is None else getattr(twin, value.__name__, None)
        if not isinstance(value, REAL):
            return None
        twin = self._twins.get(id(value))
        if twin is None:
            kept: type[Any]
            if isinstance(value, originals.LOCK_TYPE):
                kept = KeptLock
            else:
                kept = KeptQueue if isinstance(value, originals.SimpleQueue) else KeptRLock
            twin = self._twins[id(value)] = kept(self._scheduler, value)
            self._held.append(value)
        return twin

    # -- putting it back ----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A schedule begins."""
        for twin in self._twins.values():
            twin.reset()

    def put_back(self) -> None:
        """A schedule has ended."""
        for undo in self._always:
            undo()
        if self._dirty:
            for number in self._dirty:
                self._undo[number]()
            self._dirty.clear()

    def tracked(self, access: Callable[..., None]) -> Callable[..., None]:
        """`Scheduler.access`, which also marks what of the old state is written to."""
        known, mark = self._undo, self._dirty.add

        def access_and_mark(obj: object, key: object, mode: int, site: Any) -> None:
            if mode & 1 and id(obj) in known:
                mark(id(obj))
            access(obj, key, mode, site)

        return access_and_mark

    def tracked_together(self, together: Callable[..., None]) -> Callable[..., None]:
        """`Scheduler.together`, likewise."""
        known, mark = self._undo, self._dirty.add

        def together_and_mark(accesses: Any, site: Any) -> None:
            for obj, _, mode in accesses:
                if mode != READ and mode & 1 and id(obj) in known:
                    mark(id(obj))
            together(accesses, site)

        return together_and_mark

    def restore(self) -> None:
        """No more schedules: real locks and queues are back in their places."""
        self.put_back()
        while self._replaced:
            self._replaced.pop()()


_WAYS: dict[type, Way | None] = {
    types.ModuleType: None,  # those under test have been looked into
    types.FunctionType: State._function,
    types.MethodType: lambda _, method: (method.__self__, method.__func__),
    functools.partial: lambda _, partial: (partial.func, *partial.args, *partial.keywords.values()),
    staticmethod: lambda _, wrapper: (wrapper.__func__,),
    classmethod: lambda _, wrapper: (wrapper.__func__,),
    property: lambda _, computed: (computed.fget, computed.fset, computed.fdel),
    functools._lru_cache_wrapper: State._cached,
    type: State._type,
    tuple: lambda _, items: items,
    frozenset: lambda _, items: items,
    originals.LOCAL_TYPE: State._local,
    types.CellType: State._cell,
}
"""What can be reached from objects of a type; all others are looked into as instances."""


def _both(first: Undo, second: Undo) -> None:
    first()
    second()


@contextmanager
def kept(roots: Iterable[Any], scopes: Iterable[dict[str, Any]], scheduler: Scheduler) -> Iterator[State]:
    """Within it, schedules leave no trace in what instrumented code writes to."""
    state = State(list(roots), scopes, scheduler)
    scheduler.at_begin.append(state.begin)
    scheduler.at_end.append(state.put_back)
    with thread_locals.registered(scheduler, state.locals):
        try:
            yield state
        finally:
            state.restore()
