"""What an access is: the record of an instrumented instruction, the four modes, and who is told.

Two accesses of different threads conflict when one of them writes and they meet. READ and WRITE meet at one object and
one key: the name of an attribute or global, or None for all of a container. KEYED_READ and KEYED_WRITE are of one item,
and meet at their key and with every access of all of the container. Where code under test reaches attributes and
globals as items of a namespace too (`vars`, `globals`, `__dict__`), all of them are keyed, so that both ways meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

READ: Final = 0
WRITE: Final = 1
KEYED_READ: Final = 2
KEYED_WRITE: Final = 3

Access = tuple[object, object, int]
"""An object, a key or None, a mode."""


class Site:
    """One instrumented instruction: where it stands and what it names.

    The public slots never change. The private ones are caches of the hooks: a site is asked a million times about
    objects of one type.
    """

    __slots__ = ("file", "function", "keywords", "kind", "line", "name", "plain", "scope")

    def __init__(
        self,
        file: str,
        line: int,
        function: str,
        name: str,
        kind: str,
        scope: dict[str, Any],
        keywords: tuple[str, ...] = (),
    ) -> None:
        self.file = file
        self.line = line
        self.function = function
        self.name = name
        self.kind = kind
        self.scope = scope
        """The module namespace that globals of this instruction live in."""
        self.keywords = keywords
        """Of a call: the names of its last arguments."""
        self.plain: type | None = None
        """The type last seen whose attribute of this name lives in the instance alone."""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name} at {self.file}:{self.line} in {self.function}>"


class Observer(Protocol):
    """Who is told what the thread under observation is about to do."""

    @property
    def ident(self) -> int:
        """`get_ident()` of the OS thread whose accesses count; code that other OS threads run is left alone."""
        ...

    def access(self, obj: object, key: object, mode: int, site: Site, /) -> None:
        """Hear of an access right before it; it is made as soon as this returns."""
        ...

    def together(self, accesses: Sequence[Access], site: Site, /) -> None:
        """Hear of several accesses that are one step: all of them are made as soon as this returns.

        They must not be split into several points: what another thread writes in between would be read, though the
        record said that the read came first.
        """
        ...

    def switch(self, site: Site, /) -> None:
        """Hear that CPython with a GIL may let another thread run here."""
        ...
