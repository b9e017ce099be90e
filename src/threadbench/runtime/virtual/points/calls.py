"""Hooks of calls: they see the callable and its arguments right before the call, and give back what is to be called."""

from __future__ import annotations

import functools
import operator
import sys
import types
import weakref
from collections.abc import Mapping
from typing import Any, Final

from threadbench.runtime.virtual.points import effects, foreign, hidden, logs, opened
from threadbench.runtime.virtual.points.attributes import alias, everything
from threadbench.runtime.virtual.points.borrowed import globals_of
from threadbench.runtime.virtual.points.containers import DICT, SET, kind_of, kinds, whole
from threadbench.runtime.virtual.points.contents import among, copied, lent, nested, touched, used
from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.functions import CACHE
from threadbench.runtime.virtual.points.items import alone, announce
from threadbench.runtime.virtual.points.methods import bound
from threadbench.runtime.virtual.points.natives import EFFECTS, native
from threadbench.runtime.virtual.points.passed import passing
from threadbench.runtime.virtual.points.replacements import CACHING, attributes_of, cached
from threadbench.runtime.virtual.points.sites import KEYED_READ, READ, WRITE, Access, Site

_FUNCTION: Final = types.FunctionType
_METHOD: Final = types.MethodType
_BUILTIN: Final = types.BuiltinFunctionType
_C_METHOD: Final = effects.C_METHOD
_WRAPPER: Final = types.MethodWrapperType
_DESCRIPTOR: Final = (types.MethodDescriptorType, types.WrapperDescriptorType)
_NOTHING: Final[dict[str, Any]] = {}
_HEAP: Final = 1 << 9
_UNKNOWN: Final[Any] = object()
_LEN: Final = len


def call0(function: Any, site: Site) -> Any:
    """Announce a call without arguments."""
    if get_ident() == current.ident:
        kind = type(function)
        if kind is _FUNCTION:
            if function.__globals__ is site.scope:
                return function
        elif kind is _METHOD:
            inner = function.__func__
            if (type(inner) is _FUNCTION and inner.__globals__ is site.scope) or id(inner) in current.free:
                return function
        return called(function, (), _NOTHING, site)
    return function


def call1(function: Any, first: Any, site: Site) -> Any:
    """Announce a call with one argument."""
    if get_ident() == current.ident:
        kind = type(function)
        if kind is _FUNCTION:
            if function.__globals__ is site.scope:
                return function
        elif kind is _METHOD:
            inner = function.__func__
            if (type(inner) is _FUNCTION and inner.__globals__ is site.scope) or id(inner) in current.free:
                return function
        elif function is _LEN and not current.aliases and DICT <= kinds.get(type(first), 0) <= SET:
            current.access(first, None, READ, site)
            return function
        return called(function, (first,), _NOTHING, site)
    return function


def call2(function: Any, first: Any, second: Any, site: Site) -> Any:
    """Announce a call with two arguments."""
    if get_ident() == current.ident:
        kind = type(function)
        if kind is _FUNCTION:
            if function.__globals__ is site.scope:
                return function
        elif kind is _METHOD:
            inner = function.__func__
            if (type(inner) is _FUNCTION and inner.__globals__ is site.scope) or id(inner) in current.free:
                return function
        return called(function, (first, second), _NOTHING, site)
    return function


def call(function: Any, arguments: tuple[Any, ...], site: Site) -> Any:
    """Announce a call whose last arguments may have names."""
    if get_ident() == current.ident and not (type(function) is _FUNCTION and function.__globals__ is site.scope):
        if type(function) is _METHOD and id(function.__func__) in current.free:
            return function
        if not site.keywords:
            return called(function, arguments, _NOTHING, site)
        count = len(arguments) - len(site.keywords)
        keywords = dict(zip(site.keywords, arguments[count:], strict=True))
        return called(function, arguments[:count], keywords, site)
    return function


def call_unpacked(function: Any, arguments: Any, keywords: Mapping[str, Any] | None, site: Site) -> Any:
    """Announce a call with `*arguments` or `**keywords`."""
    if get_ident() != current.ident:
        return function
    if type(arguments) is tuple:
        return called(function, arguments, keywords or _NOTHING, site)
    if not (kind := kind_of(arguments)):
        return called(function, (), keywords or _NOTHING, site)
    announce(((whole(arguments, kind), None, READ),), site)
    if under_test(function):
        return function
    # Read once, here: what the call does to the items is announced later, and other threads may come in between.
    frozen = tuple(arguments)
    return functools.partial(_spread, called(function, frozen, keywords or _NOTHING, site), frozen)


def _spread(function: Any, frozen: tuple[Any, ...], *_arguments: Any, **keywords: Any) -> Any:
    return function(*frozen, **keywords)


def managed(manager: Any, site: Site) -> Any:
    """What a `with` statement is to enter: BEFORE_WITH."""
    if get_ident() == current.ident:
        kind = type(manager)
        if id(kind) in current.free or under_test(getattr(kind, "__enter__", None)) or foreign.tells_itself(kind):
            return manager
        replacement = current.substitute(manager)
        if replacement is not None:
            return replacement
        if kind_of(manager):
            announce(touched(manager, WRITE), site, calls=True)
        elif entered := hidden.by_manager(manager):
            announce([*entered, *used(manager)], site, calls=True)
        else:
            alone(manager, site)
    return manager


def stored_result(site: Site) -> None:
    """Announce what `functools.lru_cache` does with the result of a function that is about to return."""
    if get_ident() == current.ident:
        announce([(cache, None, WRITE) for cache in current.caches.get((site.file, site.function), ())], site)


def under_test(function: Any) -> bool:
    """Whether a callable's own code has points."""
    if type(function) is _METHOD:
        function = function.__func__
    return type(function) is _FUNCTION and id(function.__globals__) in current.scopes


def framed(function: Any) -> bool:
    """Whether a callable looks at the frame that calls it."""
    return type(function) in (_BUILTIN, type) and function in effects.FRAME


def called(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """Announce what a call does to containers, and say what to call in its stead."""
    kind = type(function)
    if kind is _METHOD and id(function.__func__) in current.free:
        return function
    if not arguments and not keywords and id(function) in current.free:
        return function
    if kind is _METHOD or kind is _FUNCTION:
        if under_test(function):
            return function
        if kind is _METHOD and type(function.__func__) is CACHE:  # `functools.lru_cache` on a method
            called(function.__func__, (function.__self__, *arguments), keywords, site)
            return function
        return _foreign(function, arguments, keywords, site)
    if kind is _BUILTIN or kind is _WRAPPER or kind is _C_METHOD:
        owner = function.__self__
        try:
            known = kinds[type(owner)]
        except KeyError:
            known = kind_of(owner)
        if known:
            name = function.__name__
            if current.aliases:
                return bound(function, owner, known, name, arguments, keywords, site)
            if name in effects.METHODS_ALONE:
                current.access(owner, None, WRITE, site)
                return function
            if name == "get" and arguments and known == DICT and type(arguments[0]) is str:
                current.access(owner, arguments[0], KEYED_READ, site)
                return function
            return bound(function, owner, known, name, arguments, keywords, site)
    if kind is _BUILTIN or kind is type:
        effect = EFFECTS.get(function, _UNKNOWN)
        if effect is None:
            return function
        if effect is not _UNKNOWN:
            return effect(function, arguments, keywords, site)
        if function in effects.FRAME:
            if function in effects.COMPILES:
                name = site.name or function.__name__
                current.unseen = f"{site.file}:{site.line} calls {name}(), and what that runs has no points"
            return _framed(function, arguments, site)
    replacement = current.substitute(function)
    if replacement is not None:
        return _standing_in(replacement, arguments, keywords, site)
    return _other(function, arguments, keywords, site)


def _standing_in(replacement: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """What stands for a function, and mostly tells itself what it does; what stands for a method is told of as any."""
    return _foreign(replacement, arguments, keywords, site) if type(replacement) is _METHOD else replacement


def _other(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    kind = type(function)
    if kind is _BUILTIN or kind is _WRAPPER or kind is _C_METHOD:
        owner = function.__self__
        if owner is None or type(owner) is types.ModuleType:
            return native(function, arguments, keywords, site)
        return bound(function, owner, kind_of(owner), function.__name__, arguments, keywords, site)
    if isinstance(function, _DESCRIPTOR):
        if (effect := EFFECTS.get(function)) is not None:
            return effect(function, arguments, keywords, site)
        if not arguments:
            return function
        owner = arguments[0]
        return bound(function, owner, kind_of(owner), function.__name__, arguments[1:], keywords, site)
    if isinstance(function, type):
        return _class(function, arguments, keywords, site)
    if kind is functools.partial:
        inner = called(function.func, (*function.args, *arguments), {**function.keywords, **keywords}, site)
        if opened.PARTIAL in current.opened:
            announce(((function.keywords, None, READ),), site)
        return function if inner is function.func else functools.partial(inner, *function.args, **function.keywords)
    if kind is operator.attrgetter and len(arguments) == 1:
        return functools.partial(attributes_of, function.__reduce__()[1], site)
    if kind is operator.itemgetter:
        announce(among(arguments, keywords, READ), site)
        return function
    if kind is CACHE:
        # It looks its entry up now, and stores one when its function has returned: `stored_result`.
        announce(((function, None, WRITE), *hidden.by_cached(function)), site)
        return function
    method = getattr(kind, "__call__", None)  # noqa: B004 - the method is wanted, not whether there is one
    if isinstance(method, _FUNCTION):
        if id(method.__globals__) in current.scopes:
            return function
        alone(function, site)
        return _foreign(function, arguments, keywords, site)
    announce(among(arguments, keywords, WRITE), site, calls=True)
    return function


def _framed(function: Any, arguments: tuple[Any, ...], site: Site) -> Any:
    if function is vars and arguments:
        alias(arguments[0])
    elif function is dir and arguments:
        announce(everything(arguments[0]), site)
    return function


def _foreign(function: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    """Python code that is not under test: what it does to the containers it is given is not to be seen."""
    replacement = current.substitute(function)
    if replacement is not None:
        return _standing_in(replacement, arguments, keywords, site)
    accesses: list[Access] = []
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None) or ""
    if module.partition(".")[0] == opened.LOGGING:
        accesses += (*opened.logged(function), *logs.written(function, arguments, keywords))
    if module == "dataclasses" and function.__qualname__.startswith(("dataclass", "make_dataclass")):
        current.unseen = f"{site.file}:{site.line} makes a data class, whose methods have no points"
    if type(function) is _FUNCTION and function in effects.COPYING:
        for value in arguments[:1]:
            if function in effects.SHALLOW:
                accesses += [*everything(value), *nested(value, READ), *touched(value, READ)]
            else:
                accesses += copied(value)
        for value in arguments[1:]:
            accesses += used(value)  # the file of `pickle.dump`
    elif type(function) is _FUNCTION and function in effects.DEEP:
        effect = EFFECTS[function]
        assert effect is not None
        return effect(function, arguments, keywords, site)
    elif owner is not None and kind_of(owner):
        accesses += touched(owner, READ if function.__name__ in effects.METHODS_READ else WRITE)
        accesses += among(arguments, keywords, READ)
    elif not effects.carries(module):
        if owner is not None:
            accesses += used(owner)
        accesses += among(arguments, keywords, WRITE)
        accesses += lent((*arguments, *keywords.values()))
        accesses += globals_of(function)
    elif owner is not None and type(owner).__module__ in effects.HOLDERS:
        accesses += used(owner)
    elif type(function) is _METHOD and module.startswith("threadbench."):
        if function.__func__.__closure__ is None:  # what was made for one run holds it
            current.free[id(function.__func__)] = function.__func__
        return function
    accesses += hidden.by_function(function, owner)
    single = owner.dispatcher if type(owner) is functools.singledispatchmethod else function
    accesses += [access for cell in getattr(single, "__closure__", None) or () for access in _closed_over(cell)]
    announce(accesses, site, calls=True)
    if module == "functools" and arguments and type(arguments[0]) is _FUNCTION and function.__qualname__ in CACHING:
        return functools.partial(cached, function, site)
    called_back = accesses if module.partition(".")[0] in sys.stdlib_module_names else ()
    return passing(function, arguments, keywords, site, called_back)


def _closed_over(cell: Any, deep: int = 2) -> list[Access]:
    """What a function of a library shares with others that were made with it: `functools.singledispatch`."""
    try:
        value = cell.cell_contents
    except ValueError:
        return []
    if type(value) is functools.singledispatchmethod:  # before 3.13
        value = value.dispatcher
    if type(value) is not _FUNCTION:
        return touched(value, WRITE) if kind_of(value) else []
    cells = () if under_test(value) or not deep else value.__closure__ or ()
    return [access for inner in cells for access in _closed_over(inner, deep - 1)]


def _tells_of_ends(place: str) -> None:
    if current.late is None:
        current.late = place


def _class(function: type, arguments: tuple[Any, ...], keywords: Mapping[str, Any], site: Site) -> Any:
    if issubclass(function, BaseException):
        return function
    if not function.__flags__ & _HEAP:
        if issubclass(function, weakref.ref):
            _tells_of_ends(f"{site.file}:{site.line} makes a weak reference")
        return passing(native(function, arguments, keywords, site), arguments, keywords, site)
    if function.__module__ in ("weakref", "_weakrefset"):
        _tells_of_ends(f"{site.file}:{site.line} makes a weakref.{function.__name__}")
    elif isinstance(getattr(function, "__del__", None), _FUNCTION):
        _tells_of_ends(f"{site.file}:{site.line} makes a {function.__name__}, which has a __del__")
    if not effects.carries(function.__module__):
        initial: Any = (function.__init__, function.__new__)
        if not any(under_test(method) for method in initial):
            copied = issubclass(function, dict | list | set | tuple | frozenset)
            accesses = among(arguments, keywords, READ if copied else WRITE)
            announce([*accesses, *hidden.by_class(function)], site)
    elif not foreign.tells_itself(function) and any(map(under_test, (function.__init__, function.__new__))):
        return function
    return passing(function, arguments, keywords, site)


current.called = called
