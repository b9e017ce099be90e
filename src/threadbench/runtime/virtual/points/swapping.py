"""The context in which code under test is instrumented, and after which it is as it was."""

from __future__ import annotations

import types
import weakref
from _thread import RLock
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from threadbench.runtime.virtual.points import attributes, chains, containers, contents, reaching
from threadbench.runtime.virtual.points.borrowed import borrowed
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

_own_plans: dict[int, tuple[types.CodeType, Plan, bool, Plan]] = {}
"""By the code's id, which is held: what of the last plan it can meet; one object for as long as that is equal."""

_ready: dict[int, tuple[types.CodeType, dict[str, Any], Plan, types.CodeType]] = {}
"""By the code's id: the code that was last made of it, with the globals and the plan it was made for. What is compared
there by identity is held, and takes a tenth of the time that it takes to hash a plan."""

_stubs: dict[int, tuple[weakref.ref[types.FunctionType], types.CodeType, Plan, types.CodeType]] = {}
"""By the function's id: what stood in for a function that was not called, and the code and plan it was made for."""

_plans: list[Plan] = []
"""The last plan."""

Substitute = Callable[[Any], Any]


@contextmanager
def instrumented(
    code_owners: Iterable[object],
    observer: Observer,
    *,
    accesses: bool,
    switches: bool,
    substitutes: Mapping[Any, Any] | Substitute | None = None,
    unspelled: bool = False,
) -> Iterator[Subject]:
    """Let the code of the owners, and of their modules, tell the observer what it does; afterwards it is as before.

    `substitutes` maps callables, or their ids, to what is to be called in their stead, or is a function of a
    callable that returns such or None. It is asked for callables that are not under test, and for context managers
    of C types. With `unspelled`, libraries are taken to store attributes by other names than they spell, where they
    could.
    """
    with _turn:
        found = subject(code_owners)
        functions = found.functions
        held = [function.__code__ for function in functions]
        numbers = list(map(id, functions))
        codes = [_originals.get(*each) for each in zip(numbers, held, strict=True)] if _originals else held
        names, lent = stored(codes), borrowed(found.look, codes, unspelled=unspelled)
        if found.cached or lent is not None:
            both = names.stored | found.cached | (lent or frozenset())
            names = replace(names, stored=both, libraries=lent is not None)
        plan = _plan(accesses, switches, names)
        before = current.state()
        stand_ins = _stand_ins(codes, plan, found)
        outer = [number for number in numbers if number not in _originals] if _originals else None
        try:
            _originals.update(zip(numbers, codes, strict=True))
            for function, code in zip(functions, stand_ins, strict=True):
                function.__code__ = code
            attributes.cache_names(found.cached)
            _observe(observer, found, names, substitutes)
            current.lent = tuple(sorted(lent or ()))
            _forget_chains(found, plan, unspelled)
            yield found
        finally:
            chains.keep(found.look.classes if found.look.kept else frozenset())
            current.restore(before)
            for function, code in zip(functions, held, strict=True):
                function.__code__ = code
            if outer is None:  # no context is around this one
                _originals.clear()
            else:
                for number in outer:
                    _originals.pop(number, None)
            containers.forget()
            contents.forget()
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
    current.keyed = names.everything
    current.stored = names.stored
    current.reentrant = names.reentrant
    current.names_matter = names.named
    containers.forget()
    contents.forget()
    contents.begin()
    reaching.forget()
    current.ident = observer.ident


def _forget_chains(found: Subject, plan: Plan, unspelled: bool) -> None:
    """Forget what instances read, unless that is what the last search asked, of the same code, in the same way."""
    now = plan, current.lent, unspelled
    if found.look.answers.get("chains") != now:
        chains.forget()
        found.look.answers["chains"] = now


def _substitute(substitutes: Mapping[Any, Any] | Substitute | None) -> Substitute:
    if callable(substitutes):
        return substitutes
    by_id = {key if isinstance(key, int) else id(key): value for key, value in (substitutes or {}).items()}
    return lambda function: by_id.get(id(function))


def _plan(accesses: bool, switches: bool, names: Names) -> Plan:
    """A plan; where it is equal to the last one, that one: most searches are of what the one before was of."""
    plan = Plan(accesses, switches, names)
    if not _plans or _plans[0] != plan:
        _plans[:] = [plan]
    return _plans[0]


def _stand_ins(codes: list[types.CodeType], plan: Plan, found: Subject) -> list[types.CodeType]:
    """What the functions under test are to have for code, in their order."""
    pairs = list(zip(found.functions, codes, strict=True))
    if found.caches:
        return [_instrumented(*pair, plan, found) for pair in pairs]
    answers, named = found.look.answers, found.named_first
    known: _StandIns | None = answers.get("stand-ins")
    if known is None or not known.holds(plan, codes[:named]):
        first = [_instrumented(*pair, plan, found) for pair in pairs[:named]]
        known = answers["stand-ins"] = _StandIns(plan, _made[0], codes[:named], first)
    return known.stand_ins + [_instrumented(*pair, plan, found) for pair in pairs[named:]]


class _StandIns(NamedTuple):
    """What the functions that names lead to were given."""

    plan: Plan
    made: object
    """What `_made` was: whatever is rewritten later is no stub any more."""
    codes: list[types.CodeType]
    stand_ins: list[types.CodeType]

    def holds(self, plan: Plan, codes: list[types.CodeType]) -> bool:
        """Whether they are given the same under this plan, where they have this code."""
        if self.plan is not plan or self.made is not _made[0] or len(self.codes) != len(codes):
            return False
        return all(map(is_, self.codes, codes))


_made: list[object] = [object()]
"""Another object for each piece of code that was rewritten."""


def _instrumented(function: types.FunctionType, code: types.CodeType, plan: Plan, found: Subject) -> types.CodeType:
    """The function's code rewritten, where that has been done already, or a stub that does it.

    Args:
        function: whose code it is.
        code: its own, not instrumented.
        plan: what is to be a point.
        found: all code under test.
    """
    scope = function.__globals__
    cached = bool(found.caches) and plan.accesses and (code.co_filename, code.co_qualname) in found.caches
    number = id(code)
    _, for_plan, for_cached, own = _own_plans.get(number, _NO_PLAN)
    if for_plan is not plan or for_cached != cached:
        own = _own_plan(code, plan, cached)
    ready = _ready.get(number)
    if ready is not None and ready[1] is scope and ready[2] is own:
        return ready[3]
    rewritten = _rewritten.get((number, id(scope), own))
    if rewritten is not None:
        _room(_ready)
        _ready[number] = code, scope, own, rewritten[2]
        return rewritten[2]
    stubbed = _stubs.get(id(function))
    if stubbed is not None and stubbed[0]() is function and stubbed[1] is code and stubbed[2] is own:
        return stubbed[3]
    stand_in = stub(function, partial(_make, code, scope, own))
    number = id(function)
    _stubs[number] = weakref.ref(function, partial(_forget_stub, number)), code, own, stand_in
    return stand_in


def _forget_stub(number: int, gone: weakref.ref[types.FunctionType]) -> None:
    known = _stubs.get(number)
    if known is not None and known[0] is gone:  # else another function has that id by now
        del _stubs[number]


def _own_plan(code: types.CodeType, plan: Plan, cached: bool) -> Plan:
    """What of a plan a piece of code can meet: one object as long as it is equal."""
    known = _own_plans.get(id(code))
    own = Plan(plan.accesses, plan.switches, plan.names.within(code), cached)
    if known is None:
        _room(_own_plans)
    elif known[3] == own:
        own = known[3]
    _own_plans[id(code)] = code, plan, cached, own
    return own


_NO_PLAN: Any = (None, None, False, None)


def _room(kept: dict[Any, Any]) -> None:
    """Make room for one more, where there are too many."""
    while len(kept) >= MOST_KEPT:
        del kept[next(iter(kept))]


def _make(code: types.CodeType, scope: dict[str, Any], plan: Plan) -> types.CodeType:
    key = (id(code), id(scope), plan)
    known = _rewritten.get(key)
    if known is None:
        _room(_rewritten)
        _made[0] = object()
        known = _rewritten[key] = (code, scope, rewrite(code, plan, scope))
    return known[2]
