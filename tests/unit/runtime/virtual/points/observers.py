"""Observers for tests: one that counts, and one that writes down what it hears."""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Sequence
from typing import Any

from threadbench.runtime.virtual.points import Access, Site

MODES = ("read", "write", "keyed read", "keyed write")


class Silent:
    """Hears, and does nothing about it."""

    def __init__(self) -> None:
        self.ident = get_ident()
        self.count = 0

    def access(self, obj: object, key: object, mode: int, site: Site, /) -> None:
        self.count += 1

    def together(self, accesses: Sequence[Access], site: Site, /) -> None:
        self.count += 1

    def switch(self, site: Site, /) -> None:
        self.count += 1


class Recording:
    """Writes down each access as (object, key, mode, line), several of one step in one list, and each switch as its
    kind."""

    def __init__(self) -> None:
        self.ident = get_ident()
        self.heard: list[Any] = []
        self.sites: list[Site] = []
        self.switched: list[tuple[int, str]] = []

    def access(self, obj: object, key: object, mode: int, site: Site, /) -> None:
        self.heard.append((obj, key, MODES[mode]))
        self.sites.append(site)

    def together(self, accesses: Sequence[Access], site: Site, /) -> None:
        self.heard.append([(obj, key, MODES[mode]) for obj, key, mode in accesses])
        self.sites.append(site)

    def switch(self, site: Site, /) -> None:
        self.switched.append((site.line, site.kind))
