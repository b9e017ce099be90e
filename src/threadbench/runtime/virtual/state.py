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
import contextvars
import functools
import gc
import io
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from . import locals as thread_locals
from . import originals, stand_ins
from .chance import generator
from .moving import default_of, undo_of
from .points.looked import MOST_SEEN, Look, is_standard
from .reachable import ATOMS, CLASS_OWN, CONTAINERS, FOREIGN, IMPORTED_BY, LIBRARY, MOST, put_back, slots_of
from .seen import tell
from .stand_ins import StandIns

if TYPE_CHECKING:
    from .scheduler import Scheduler
    from .undoing import Remembered

Way = Callable[[Any, Any], Sequence[Any]]
"""Remembers what is mutable in an object, and gives what can be reached from it."""


class State(StandIns):
    """What there was before the first schedule.

    Args:
        roots: modules, classes and callables under test.
        look: at the namespaces of the modules that these stand in; `sys.modules` may have others by their names.
        scheduler: whose schedules must not change it.
    """

    def __init__(self, roots: Iterable[Any], look: Look, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._modules = {scope.get("__name__") for scope in look.scopes.values()}
        # Each module's globals have the builtins, and nobody writes to them; the generator begins anew by itself.
        self._seen: set[int] = {id(vars(builtins)), id(generator)}
        self.locals: list[Any] = []
        self._look: Look | None = look
        ways = _EXACTLY.copy()  # not to keep the classes of others
        todo: collections.deque[Any] = collections.deque()  # what is near comes first
        known: tuple[Remembered, set[int], list[Any]] | None = look.answers.get("state")
        if known is not None:
            self._remember_again(known[0])
            self._seen, self._held = known[1].copy(), [known[2]]
        else:
            for scope in look.scopes.values():
                self._seen.add(id(scope))
                self._held.append(scope)
                todo.extend(self._mapping(scope, library=False))
                # Who imported a module is no state of it; and pytest's loader leads to the session with all its tests.
                self._seen.update(id(scope[name]) for name in IMPORTED_BY if name in scope)
            self._walk(todo, ways, MOST_SEEN)
            replaced = self.twins or self._counts
            if not todo and not replaced and not self.locals and look.close(len(self._seen)):
                look.answers["state"] = self._remembered(), self._seen.copy(), self._held.copy()
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
        if issubclass(kind, (io.StringIO, io.BytesIO)):
            return State._instance
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
            for index, item in enumerate(value.__defaults__ or ()):
                self._stand_in(item, functools.partial(stand_ins.put_default, value, index))
            if keywords:
                self._mapping(keywords, library=False)
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
        if is_standard(value):  # it has hundreds, and nobody writes to them
            self._remember_late(names)
        else:
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
        if (moved := undo_of(value)) is not None and id(value) not in self._undo:
            self._remember(value, moved, library=False)
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
            if isinstance(value, collections.defaultdict):
                self._stand_in(value.default_factory, functools.partial(setattr, value, "default_factory"))
            return self._mapping(value, library=library)
        saved: Any = value[:] if isinstance(value, (bytearray, array.array)) else list(value)
        if isinstance(value, (list, collections.deque)):
            for index, item in enumerate(saved):
                self._stand_in(item, functools.partial(stand_ins.put_both, value, saved, index))
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
            if type(item) not in _ALONE:
                self._stand_in(item, functools.partial(stand_ins.put_both, value, saved, key))

        def undo() -> None:
            value.clear()
            value.update(saved)

        self._remember(value, undo, library=library)
        if owner is not None:
            self._remember_besides(owner, undo)
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
            saved = [cell.cell_contents]
        except ValueError:
            return ()

        def put(content: Any) -> None:
            cell.cell_contents = saved[0] = content

        self._stand_in(saved[0], put)
        self._remember(cell, lambda: put(saved[0]), library=False)
        self._held.append(cell)
        return saved

    def _class(self, value: type) -> Sequence[Any]:
        saved = {name: item for name, item in vars(value).items() if name not in CLASS_OWN}

        def put(name: str, content: Any) -> None:
            setattr(value, name, content)
            saved[name] = vars(value)[name]

        for name, item in saved.items():
            if type(item) not in _ALONE:
                self._stand_in(item, functools.partial(put, name))

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
            self._stand_in(saved[name], functools.partial(stand_ins.put_slot, slot, value, saved, name))

        def undo() -> None:
            for name, slot in slots.items():
                if name in saved:
                    slot.__set__(value, saved[name])
                else:
                    with suppress(AttributeError):  # it is not there, as before
                        slot.__delete__(value)

        self._remember_besides(value, undo)
        return list(saved.values())


_WAYS: dict[type, Way | None] = {
    types.ModuleType: State._module,  # those under test have been looked into
    types.FunctionType: State._function,
    types.MethodType: lambda _, method: (method.__self__, method.__func__),
    functools.partial: StandIns._partial,
    staticmethod: lambda _, wrapper: (wrapper.__func__,),
    classmethod: lambda _, wrapper: (wrapper.__func__,),
    property: lambda _, computed: (computed.fget, computed.fset, computed.fdel),
    functools._lru_cache_wrapper: State._cached,
    type: State._type,
    tuple: lambda _, items: tuple(items),
    frozenset: lambda _, items: tuple(items),
    originals.LOCAL_TYPE: State._local,
    types.MappingProxyType: lambda _, view: [held for held in gc.get_referents(view) if type(held) is dict],
    contextvars.ContextVar: lambda _, variable: default_of(variable),
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
_ALONE = frozenset(_EXACTLY) - {types.BuiltinMethodType, tuple}
"""Types of what nothing stands for; a method may be one of a lock."""


@contextmanager
def kept(roots: Iterable[Any], look: Look, scheduler: Scheduler) -> Iterator[State]:
    """Within it, schedules leave no trace in what instrumented code writes to."""
    state = State(list(roots), look, scheduler)
    scheduler.at_begin += [state.begin] if state.twins else []
    scheduler.at_end.append(state.put_back)
    if state.locals:
        thread_locals.register(scheduler, state.locals)
    try:
        yield state
    finally:
        state.restore()
