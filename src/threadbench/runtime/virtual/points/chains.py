"""Which classes an instance may read an attribute from, by its type and the name, and which sites met which types."""

from __future__ import annotations

import types
import weakref
from collections.abc import Set
from typing import TYPE_CHECKING, Any, Final

from threadbench.runtime.virtual.points import hidden, opened
from threadbench.runtime.virtual.points.current import current
from threadbench.runtime.virtual.points.effects import CARRIERS
from threadbench.runtime.virtual.points.foreign import OWN, whose

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.sites import Site

_SLOT: Final = (types.MemberDescriptorType, types.GetSetDescriptorType)
_HEAP: Final = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: classes that a class statement made; attributes of others cannot be written."""
_FIXED: Final = 1 << 8
"""Py_TPFLAGS_IMMUTABLETYPE: classes that C code made."""
_NO_STATE: Final = frozenset({"__dict__", "__class__", "__weakref__", "__doc__"})
_PROXIES: Final = (weakref.ProxyType, weakref.CallableProxyType)

Chain = tuple[type, ...]

WHOLE: Final[Chain] = (types.GetSetDescriptorType,)
"""The chain of an attribute that C code computes from the object's state: it is of all of the object."""
BY_OTHERS: Final[Chain] = (property,)
"""The chain of an attribute that a library's Python code computes: from whatever the object has."""
ALTERING: Final[Chain] = (classmethod,)
"""The same, where that code may change something."""
ASKED: Final[Chain] = (staticmethod,)
"""The chain of an attribute that the object has, or else a library's `__getattr__` is asked for."""


class _Met:
    """The types met in a search, and what of them the next one need not ask again."""

    def __init__(self) -> None:
        self.chains: dict[tuple[type, str], Chain | None] = {}
        """For a type and a name: the classes whose attribute an instance may read, or None where a descriptor computes
        the value."""
        self.sites: list[Site] = []
        """Those that remember a type."""
        self._left: tuple[int, int] = 0, 0
        """How many chains and sites the last `keep` left."""
        self._altered = False
        """Whether a class was not what it is, when some of it was asked."""

    def forget(self) -> None:
        """Let go of all of them."""
        self.chains.clear()
        for site in self.sites:
            site.plain = None
        self.sites.clear()
        self._left = 0, 0

    def alter(self) -> None:
        """A class is about to get an attribute, or to lose one, until the schedule has ended."""
        self.forget()
        self._altered = True

    def keep(self, known: Set[type]) -> None:
        """Let go of all but attributes that no class has, where every class of the object's is among the known ones."""
        if self._altered:
            self._altered = False
            self.forget()
        elif self._left != (len(self.chains), len(self.sites)):
            chains: dict[tuple[type, str], Chain | None] = {
                key: chain for key, chain in self.chains.items() if chain == () and _is_known(key[0], known)
            }
            sites = [site for site in self.sites if (site.plain, site.name) in chains]
            for site in self.sites:
                if (site.plain, site.name) not in chains:
                    site.plain = None
            self.chains, self.sites = chains, sites
            self._left = len(chains), len(sites)


def _is_known(kind: type, known: Set[type]) -> bool:
    return type(kind) is type and all(owner in known or owner is object for owner in kind.__mro__)


_met = _Met()
forget, alter, keep = _met.forget, _met.alter, _met.keep


def remember(site: Site, kind: type) -> None:
    """What this site names lives in instances of this type alone."""
    if (kind, site.name) in _met.chains:  # else it is to be asked again
        if site.plain is None:
            _met.sites.append(site)
        site.plain = kind


def upto(classes: tuple[type, ...], name: str) -> list[type]:
    """Those of the classes that can get the attribute, up to the first that has it."""
    found: list[type] = []
    for owner in classes:
        if owner.__flags__ & _HEAP:
            found.append(owner)
        if name in owner.__dict__:
            break
    return found


def chain_of(kind: type, name: str) -> Chain | None:
    """The chain of an attribute of instances; None where code under test computes it."""
    try:
        return _met.chains[kind, name]
    except KeyError:
        pass
    settled = opened.looked_at(kind, name)
    chain: Chain | None = ()
    if hidden.asks(kind, "__getattribute__"):
        chain = ALTERING
    elif not any(name in owner.__dict__ for owner in kind.__mro__) and hidden.asks(kind, "__getattr__"):
        chain = ASKED
    for owner in kind.__mro__ if not chain else ():
        if name in owner.__dict__:
            value = owner.__dict__[name]
            if isinstance(value, _SLOT):
                # An item of a container is no state of its attributes: `defaultdict.default_factory`.
                if (
                    name not in _NO_STATE
                    and not issubclass(owner, dict | list)
                    and (not owner.__flags__ & _HEAP or owner.__flags__ & _FIXED)
                ):
                    chain = WHOLE
                break
            if hasattr(type(value), "__set__") and hasattr(type(value), "__get__"):
                chain = _computed(value, owner)
            else:
                chain = tuple(upto(kind.__mro__, name))
            break
    else:
        if not chain and _answers_by_itself(kind):
            chain = WHOLE
    if settled:
        _met.chains[kind, name] = chain
    return chain


def _answers_by_itself(kind: type) -> bool:
    """Whether a type in C has attributes that neither it nor a dictionary holds: `decimal.Context.flags`."""
    return bool(
        (not kind.__flags__ & _HEAP or kind.__flags__ & _FIXED)
        and not kind.__dictoffset__
        and "__getattribute__" in vars(kind)
        and not any("__dict__" in vars(owner) for owner in kind.__mro__)
        and not issubclass(kind, _PROXIES)
    )


def _computed(value: Any, owner: type) -> Chain | None:
    """The chain of what a property or another descriptor computes; None where code under test does."""
    parts = [part for part in (value.fget, value.fset) if part is not None] if isinstance(value, property) else []
    if parts and all(isinstance(part, types.FunctionType) and id(part.__globals__) in current.scopes for part in parts):
        return None
    if not isinstance(value, property) and whose(type(value)) == OWN:
        return None
    if owner.__module__ in CARRIERS:
        return ()
    return ALTERING if hidden.alters(value) else BY_OTHERS
