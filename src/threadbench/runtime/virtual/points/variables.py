"""Hooks of globals and closures."""

from __future__ import annotations

from typing import Any

from threadbench.runtime.virtual.points.current import current, get_ident
from threadbench.runtime.virtual.points.sites import KEYED_READ, KEYED_WRITE, READ, WRITE, Site


def global_read(site: Site) -> None:
    """Announce LOAD_GLOBAL and LOAD_NAME."""
    if get_ident() == current.ident:
        current.access(site.scope, site.name, READ, site)


def global_write(site: Site) -> None:
    """Announce STORE_GLOBAL."""
    if get_ident() == current.ident:
        current.access(site.scope, site.name, WRITE, site)


def global_delete(site: Site) -> None:
    """Announce DELETE_GLOBAL."""
    if get_ident() == current.ident:
        current.access(site.scope, site.name, WRITE, site)


def item_global_read(site: Site) -> None:
    """The same where globals are reached as items of their namespace too."""
    if get_ident() == current.ident:
        current.access(site.scope, site.name, KEYED_READ, site)


def item_global_write(site: Site) -> None:
    """The same where globals are reached as items of their namespace too."""
    if get_ident() == current.ident:
        if site.name in site.scope:
            current.access(site.scope, site.name, KEYED_WRITE, site)
            if site.name in site.scope:
                return
        current.access(site.scope, None, WRITE, site)


def item_global_delete(site: Site) -> None:
    """The same where globals are reached as items of their namespace too."""
    if get_ident() == current.ident:
        current.access(site.scope, None, WRITE, site)


def cell_read(cell: Any, site: Site) -> None:
    """Announce LOAD_DEREF and its kin."""
    if get_ident() == current.ident:
        current.access(cell, None, READ, site)


def cell_write(cell: Any, site: Site) -> None:
    """Announce STORE_DEREF and DELETE_DEREF."""
    if get_ident() == current.ident:
        current.access(cell, None, WRITE, site)
