"""Who observes now: the one mutable place that hooks in cached code look at.

Rewritten code outlives explorations, so that it cannot hold an observer; it holds hooks, which find the observer here.
"""

from __future__ import annotations

from _thread import get_ident
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.sites import Access, Site

__all__ = ["Current", "current", "get_ident"]

NOBODY = -1
"""No OS thread has this ident."""


def _access(_obj: object, _key: object, _mode: int, _site: Site, /) -> None:
    return None


def _together(_accesses: Sequence[Access], _site: Site, /) -> None:
    return None


def _switch(_site: Site, /) -> None:
    return None


def _substitute(_function: Any, /) -> Any:
    return None


def _never() -> bool:
    return False


def _discover(_part: str, /) -> None:
    return None


def _called(function: Any, _arguments: Any, _keywords: Any, _site: Site, /) -> Any:
    return function


class Current:
    """The observer's methods, bound, and what belongs to its exploration."""

    __slots__ = (
        "access",
        "aliases",
        "caches",
        "called",
        "discover",
        "free",
        "ident",
        "keyed",
        "late",
        "lent",
        "looks",
        "names_matter",
        "opened",
        "reentrant",
        "scopes",
        "stored",
        "substitute",
        "switch",
        "together",
        "unseen",
    )

    def __init__(self) -> None:
        self.ident: int = NOBODY
        self.access: Callable[[object, object, int, Site], None] = _access
        self.together: Callable[[Sequence[Access], Site], None] = _together
        self.switch: Callable[[Site], None] = _switch
        self.substitute: Callable[[Any], Any] = _substitute
        self.called: Callable[[Any, tuple[Any, ...], Mapping[str, Any], Site], Any] = _called
        """What a call does, and what to call in its stead: `calls.called`, for the modules below it."""
        self.opened: frozenset[str] = frozenset()
        """Parts of the standard library that tell what they do; see `opened`."""
        self.discover: Callable[[str], None] = _discover
        """Hears of a part that code under test looks into."""
        self.looks: Callable[[], bool] = _never
        """Whether a thread is running, or may yet, and not what only looks at the end of the schedule."""
        self.unseen: str | None = None
        """A place where code ran that has no points."""
        self.late: str | None = None
        """A place that is told when an object goes: a search with footprints keeps what it has seen to the end of the
        schedule, so that it goes later."""
        self.scopes: dict[int, dict[str, Any]] = {}
        """The module namespaces of the code under test, by id."""
        self.aliases: dict[int, tuple[Any, Any]] = {}
        """Instance dictionaries that code under test got hold of: id of the dictionary to (dictionary, instance)."""

        self.caches: dict[tuple[str, str], list[Any]] = {}
        """Caches of functions under test, by file and qualified name of the function."""

        self.free: dict[int, Any] = {}
        """Functions of ours whose methods are called without more ado, and classes of ours that are made and entered
        so, by id: the same for all searches."""
        self.keyed = False
        """Whether attributes and globals are reached as items of namespaces too."""
        self.names_matter = False
        """Whether code under test asks for the name of something, which may be a thread."""
        self.reentrant = False
        """Whether C code may call code under test in the middle of an access."""
        self.lent: tuple[str, ...] = ()
        """Those of them that libraries store, and code under test spells."""
        self.stored: frozenset[str] = frozenset()
        """The names of attributes and globals that code under test stores."""

    def state(self) -> tuple[Any, ...]:
        """Everything, to be put back by `restore`."""
        return _state_of(self)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Put back what `state` gave; the ident last, so that no hook meets half of it."""
        self.ident = NOBODY
        deque(map(setattr, repeat(self), _NAMES, state), maxlen=0)  # in their order, without a loop in Python


_NAMES = (*sorted(name for name in Current.__slots__ if name != "ident"), "ident")
_state_of = attrgetter(*_NAMES)

current = Current()
