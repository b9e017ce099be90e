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
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from . import locals as thread_locals
from . import originals
from .kept import KeptLock, KeptQueue, KeptRLock
from .points.looked import MOST_SEEN, Look
from .reachable import ATOMS, CLASS_OWN, CONTAINERS, FOREIGN, IMPORTED_BY, LIBRARY, MOST, REAL, put_back, slots_of
from .seen import tell
from .undoing import Undo, Undoing

if TYPE_CHECKING:
    from .scheduler import Scheduler

Way = Callable[[Any, Any], Sequence[Any]]
"""Remembers what is mutable in an object, and gives what can be reached from it."""


class State(Undoing):
    """What there was before the first schedule.

    Args:
        roots: modules, classes and callables under test.
        look: at the namespaces of the modules that these stand in; `sys.modules` may have others by their names.
        scheduler: whose schedules must not change it.
    """

    def __init__(self, roots: Iterable[Any], look: Look, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._modules = {scope.get("__name__") for scope in look.scopes.values()}
        self._held: list[Any] = []  # an id must not be given to another object
        self._replaced: list[Undo] = []
        self._twins: dict[int, Any] = {}
        self._seen: set[int] = {id(vars(builtins))}  # each module's globals have them, and nobody writes to them
        self.locals: list[Any] = []
        self._look: Look | None = look
        ways = _EXACTLY.copy()  # not to keep the classes of others
        todo: collections.deque[Any] = collections.deque()  # what is near comes first
        known: tuple[dict[int, Undo], list[Undo], set[int], list[Any]] | None = look.answers.get("state")
        if known is not None:
            self._undo, self._always, self._seen = known[0].copy(), known[1].copy(), known[2].copy()
            self._held.append(known[3])
        else:
            for scope in look.scopes.values():
                self._seen.add(id(scope))
                self._held.append(scope)
                todo.extend(self._mapping(scope, library=False))
                # Who imported a module is no state of it; and pytest's loader leads to the session with all its tests.
                self._seen.update(id(scope[name]) for name in IMPORTED_BY if name in scope)
            self._walk(todo, ways, MOST_SEEN)
            if not todo and not self._twins and not self.locals and look.close(len(self._seen)):
                look.answers["state"] = self._undo.copy(), self._always.copy(), self._seen.copy(), self._held.copy()
        self._look = None  # what follows is of this search alone
        todo.extendleft(roots)
        self._walk(todo, ways, MOST)

    def _walk(self, todo: collections.deque[Any], ways: dict[type, Way | None], most: int) -> None:
        """Look into what is to be looked into, and what that leads to, until so many objects have been seen."""
        seen, hold = self._seen, self._held.append
        while todo and len(seen) < most:
            value = todo.popleft()
            number = id(value)
            if number in seen:
                continue
            try:
                way = ways[type(value)]
            except KeyError:
                way = ways[type(value)] = self._way_into(type(value))
            if way is not None:
                seen.add(number)
                hold(value)
                found = way(self, value)
                if found:
                    todo.extend(found)
            if self._look is not None:
                tell(self._look, value, self._modules)

    # -- what there is ------------------------------------------------------------------------------------------------

    def _way_into(self, kind: type) -> Way | None:
        """How to look into objects of a type; None where there is nothing in them."""
        for general, way in _WAYS.items():
            if issubclass(kind, general):
                return way
        if kind.__module__.partition(".")[0] in FOREIGN and kind.__module__ not in self._modules:
            return None
        return State._instance

    def _function(self, value: types.FunctionType) -> Sequence[Any]:
        closure = value.__closure__
        keywords = value.__kwdefaults__
        own = value.__module__ in self._modules
        if own:
            self._remember(value, functools.partial(put_back, vars(value), vars(value).copy()), library=False)
            if not (closure or keywords or value.__defaults__ or value.__dict__):
                return ()
        return (
            *(() if own else (sys.modules.get(value.__module__),)),
            *(value.__defaults__ or ()),
            *(keywords.values() if keywords else ()),
            *value.__dict__.values(),
            *(closure or ()),
        )

    def _module(self, value: types.ModuleType) -> Sequence[Any]:
        """One that is not under test: its own names are put back, and what they hold is its own affair."""
        names = value.__dict__
        self._remember(names, functools.partial(put_back, names, names.copy()), library=False)
        return ()

    def _cached(self, value: Any) -> Sequence[Any]:
        self._always.append(value.cache_clear)
        return (value.__wrapped__,)

    def _type(self, value: type) -> Sequence[Any]:
        return self._class(value) if value.__module__ in self._modules else ()

    def _local(self, value: Any) -> Sequence[Any]:
        self.locals.append(value)
        return ()

    def _instance(self, value: Any) -> Sequence[Any]:
        library = type(value).__module__ in LIBRARY
        found: list[Any] = []
        if isinstance(value, CONTAINERS):
            found += self._container(value, library=library)
        attributes = getattr(value, "__dict__", None)
        if type(attributes) is dict:
            found += self._mapping(attributes, library=library, owner=value)
        slots = slots_of(type(value))
        if slots:
            found += self._slots(value, slots)
        return found

    def _container(self, value: Any, *, library: bool) -> Sequence[Any]:
        if isinstance(value, dict):
            return self._mapping(value, library=library)
        if isinstance(value, (list, collections.deque)):
            for index, item in enumerate(value):
                if type(item) not in _ALONE and (twin := self._twin(item)) is not None:
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
        if isinstance(value, (bytearray, array.array)):
            return ()
        if library:
            for item in saved:
                self._always_contents(item)
        return [item for item in saved if type(item) not in _ATOMS]

    def _mapping(self, value: dict[Any, Any], *, library: bool, owner: Any = None) -> Sequence[Any]:
        saved = dict(value)
        for key, item in saved.items():
            if type(item) not in _ALONE and (twin := self._twin(item)) is not None:
                value[key] = saved[key] = twin
                self._replaced.append(functools.partial(value.__setitem__, key, item))

        def undo() -> None:
            value.clear()
            value.update(saved)

        self._remember(value, undo, library=library)
        if owner is not None:
            self._remember(owner, undo, library=False)
        if library:
            for item in saved.values():
                if isinstance(item, CONTAINERS):
                    self._always_contents(item)
        found = [item for item in saved.values() if type(item) not in _ATOMS]
        if owner is None or not library:
            found += [key for key in saved if type(key) not in _ATOMS]
        return found

    def _always_contents(self, item: Any) -> None:
        """A container of a library object: the library writes to it too."""
        if isinstance(item, (list, collections.deque, set)) and id(item) not in self._seen:
            self._seen.add(id(item))
            self._held.append(item)
            self._container(item, library=True)

    def _cell(self, cell: Any) -> Sequence[Any]:
        try:
            value = cell.cell_contents
        except ValueError:
            return ()

        def put(content: Any) -> None:
            cell.cell_contents = content

        twin = self._twin(value)
        if twin is not None:
            cell.cell_contents = twin
            self._replaced.append(functools.partial(put, value))
            value = twin
        self._remember(cell, functools.partial(put, value), library=False)
        self._held.append(cell)
        return (value,)

    def _class(self, value: type) -> Sequence[Any]:
        saved = {name: item for name, item in vars(value).items() if name not in CLASS_OWN}
        for name, item in saved.items():
            if type(item) not in _ALONE and (twin := self._twin(item)) is not None:
                setattr(value, name, twin)
                saved[name] = vars(value)[name]
                self._replaced.append(functools.partial(setattr, value, name, item))

        def undo() -> None:
            for name in [name for name in vars(value) if name not in saved and name not in CLASS_OWN]:
                type.__delattr__(value, name)
            for name, item in saved.items():
                if vars(value).get(name, saved) is not item:
                    type.__setattr__(value, name, item)

        self._remember(value, undo, library=False)
        return [item for item in saved.values() if type(item) not in _ATOMS]

    def _slots(self, value: Any, slots: dict[str, Any]) -> Sequence[Any]:
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
        return list(saved.values())

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

    def restore(self) -> None:
        """No more schedules: real locks and queues are back in their places."""
        self.put_back()
        while self._replaced:
            self._replaced.pop()()


_WAYS: dict[type, Way | None] = {
    types.ModuleType: State._module,  # those under test have been looked into
    types.FunctionType: State._function,
    types.MethodType: lambda _, method: (method.__self__, method.__func__),
    functools.partial: lambda _, partial: (partial.func, *partial.args, *partial.keywords.values()),
    staticmethod: lambda _, wrapper: (wrapper.__func__,),
    classmethod: lambda _, wrapper: (wrapper.__func__,),
    property: lambda _, computed: (computed.fget, computed.fset, computed.fdel),
    functools._lru_cache_wrapper: State._cached,
    type: State._type,
    tuple: lambda _, items: tuple(items),
    frozenset: lambda _, items: tuple(items),
    originals.LOCAL_TYPE: State._local,
    types.CellType: State._cell,
}
"""What can be reached from objects of a type; all others are looked into as instances."""

_EXACTLY: dict[type, Way | None] = {
    **_WAYS,
    **dict.fromkeys(ATOMS),
    **dict.fromkeys(CONTAINERS, lambda state, value: state._container(value, library=False)),
}
"""The same for objects of exactly these types, which there are most of."""
_ATOMS = frozenset(ATOMS)
_ALONE = frozenset(_EXACTLY) - {types.BuiltinMethodType}
"""Types of what nothing stands for; a method may be one of a lock."""


def _both(first: Undo, second: Undo) -> None:
    first()
    second()


@contextmanager
def kept(roots: Iterable[Any], look: Look, scheduler: Scheduler) -> Iterator[State]:
    """Within it, schedules leave no trace in what instrumented code writes to."""
    state = State(list(roots), look, scheduler)
    scheduler.at_begin.append(state.begin)
    scheduler.at_end.append(state.put_back)
    with thread_locals.registered(scheduler, state.locals):
        try:
            yield state
        finally:
            state.restore()
