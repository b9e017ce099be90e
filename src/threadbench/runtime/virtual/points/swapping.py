"""The context in which code under test is instrumented, and after which it is as it was."""

from __future__ import annotations

import types
import weakref
from _thread import RLock
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from threadbench.runtime.virtual.points import attributes, containers, contents, reaching
from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.functions import Subject, subject
from threadbench.runtime.virtual.points.names import Names, stored
from threadbench.runtime.virtual.points.rewriting import Plan, rewrite
from threadbench.runtime.virtual.points.stubs import stub

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.sites import Observer

_turn = RLock()
"""Hooks know one observer: a second OS thread that explores waits for its turn."""

_rewritten: dict[tuple[int, int, Plan], tuple[types.CodeType, dict[str, Any], types.CodeType]] = {}
"""By identity of code and of globals, and by plan; both are held, so that no other object takes their identity."""

MOST_KEPT = 10_000
"""Functions kept rewritten: a process that explores generated programs must not grow for ever."""

_originals: dict[int, types.CodeType] = {}
"""What each function that is instrumented now had for code, by the function's id: contexts may nest."""

_own_plans: dict[int, tuple[types.CodeType, tuple[Plan, bool], Plan]] = {}
"""By the code's id, which is held: what of the last plan it can meet."""

_stubs: weakref.WeakKeyDictionary[types.FunctionType, tuple[tuple[types.CodeType, Plan], types.CodeType]]
_stubs = weakref.WeakKeyDictionary()
"""What stood in for functions that were not called, and the code and plan it was made for."""

Substitute = Callable[[Any], Any]


@contextmanager
def instrumented(
    code_owners: Iterable[object],
    observer: Observer,
    *,
    accesses: bool,
    switches: bool,
    substitutes: Mapping[Any, Any] | Substitute | None = None,
) -> Iterator[Subject]:
    """Let the code of the owners, and of their modules, tell the observer what it does; afterwards it is as before.

    `substitutes` maps callables, or their ids, to what is to be called in their stead, or is a function of a
    callable that returns such or None. It is asked for callables that are not under test, and for context managers
    of C types.
    """
    with _turn:
        found = subject(code_owners)
        names = stored(_originals.get(id(function), function.__code__) for function in found.functions)
        if found.cached:
            names = replace(names, stored=names.stored | found.cached)
        plan = Plan(accesses, switches, names)
        before = current.state()
        swapped: list[tuple[types.FunctionType, types.CodeType, bool]] = []
        try:
            for function in found.functions:
                held, outer = function.__code__, id(function) not in _originals
                _originals.setdefault(id(function), held)
                swapped.append((function, held, outer))
                function.__code__ = _instrumented(function, plan, found)
            attributes.cache_names(set(found.cached))
            _observe(observer, found, names, substitutes)
            yield found
        finally:
            current.restore(before)
            for function, held, outer in swapped:
                function.__code__ = held
                if outer:
                    del _originals[id(function)]
            containers.forget()
            contents.forget()
            attributes.forget()
            reaching.forget()


def _observe(
    observer: Observer, found: Subject, names: Names, substitutes: Mapping[Any, Any] | Substitute | None
) -> None:
    current.access = observer.access
    current.together = observer.together
    current.switch = observer.switch
    current.substitute = _substitute(substitutes)
    current.scopes = found.scopes
    current.aliases = {}
    current.unseen = current.late = None
    current.caches = found.caches
    current.free = {}
    current.keyed = names.everything
    current.stored = names.stored
    current.reentrant = names.reentrant
    current.names_matter = names.named
    containers.forget()
    contents.forget()
    attributes.forget()
    reaching.forget()
    current.ident = observer.ident


def _substitute(substitutes: Mapping[Any, Any] | Substitute | None) -> Substitute:
    if callable(substitutes):
        return substitutes
    by_id = {key if isinstance(key, int) else id(key): value for key, value in (substitutes or {}).items()}
    return lambda function: by_id.get(id(function))


def _instrumented(function: types.FunctionType, plan: Plan, found: Subject) -> types.CodeType:
    """The function's rewritten code where there is one already, or a stub that makes it."""
    code = _originals[id(function)]
    scope = function.__globals__
    cached = plan.accesses and (code.co_filename, code.co_qualname) in found.caches
    own = _own_plan(code, plan, cached)
    known = _rewritten.get((id(code), id(scope), own))
    if known is not None:
        return known[2]
    made_for, stand_in = _stubs.get(function, (None, code))
    if made_for != (code, own):
        stand_in = stub(function, partial(_make, code, scope, own))
        _stubs[function] = (code, own), stand_in
    return stand_in


def _own_plan(code: types.CodeType, plan: Plan, cached: bool) -> Plan:
    """What of a plan a piece of code can meet."""
    known = _own_plans.get(id(code))
    if known is None or known[1] != (plan, cached):
        while len(_own_plans) >= MOST_KEPT:
            del _own_plans[next(iter(_own_plans))]
        own = Plan(plan.accesses, plan.switches, plan.names.within(code), cached)
        known = _own_plans[id(code)] = code, (plan, cached), own
    return known[2]


def _make(code: types.CodeType, scope: dict[str, Any], plan: Plan) -> types.CodeType:
    key = (id(code), id(scope), plan)
    known = _rewritten.get(key)
    if known is None:
        while len(_rewritten) >= MOST_KEPT:
            del _rewritten[next(iter(_rewritten))]
        known = _rewritten[key] = (code, scope, rewrite(code, plan, scope))
    return known[2]
