"""Which modules are under test where a test says nothing of it: those of the project that it leads to.

A test's module and the project's root folder go in; modules come out. An access in a module that is not under test is
no point, and a race there is not seen: so this takes too many of the project's modules rather than too few, and none
that is installed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def modules_of(start: Iterable[object], root: Path) -> list[ModuleType]:
    """The project's modules that are reached from the names in these objects' modules, and from those in theirs."""
    found: dict[str, ModuleType] = {}
    todo = [module for value in start for module in _home(value)]
    while todo:
        module = todo.pop()
        if module.__name__ in found or not _is_of_project(module, root):
            continue
        found[module.__name__] = module
        todo += [home for value in list(vars(module).values()) for home in _home(value)]
    return [found[name] for name in sorted(found)]


def _home(value: Any) -> Iterator[ModuleType]:
    """The module of a value of a module's namespace; of an instance, that of its class."""
    if isinstance(value, ModuleType):
        yield value
        return
    for each in (value, type(value)):
        name = getattr(each, "__module__", None) if isinstance(each, type) or each is value else None
        module = sys.modules.get(name) if isinstance(name, str) else None
        if module is not None:
            yield module


def _is_of_project(module: ModuleType, root: Path) -> bool:
    name = module.__name__
    file = getattr(module, "__file__", None)
    if not file or name.partition(".")[0] == "threadbench" or name.rpartition(".")[2] == "conftest":
        return False
    path = Path(file)
    return path.is_relative_to(root) and _INSTALLED.isdisjoint(path.relative_to(root).parts)
