"""How module-level names lead to objects: what a person would call what no access in a schedule was reached through."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import Any, Final

from .peeking import ABSENT, UNKNOWN, attribute, shown, stands_for_itself

FURTHEST: Final = 4
"""Steps from a module-level name; a longer way is no name."""
MOST: Final = 20_000
"""Objects looked at."""
_ITEMS: Final = 100
"""Items of a container."""

_NO_STATE: Final = (ModuleType, FunctionType, type)

Step = Callable[[Any, str, Any], bool]
"""Whether an object held another one at a step (`.lock`, `[0]`, or a name) all the time."""


def paths_to(wanted: set[int], namespaces: Iterable[dict[str, Any]], holds: Step) -> dict[int, str]:
    """The shortest way from a module-level name to each of some objects.

    Args:
        wanted: ids of objects.
        namespaces: globals of modules.
        holds: is asked of each step; where it says no, the way ends.

    Returns:
        Ids to paths such as `accounts[0].lock`; objects that are not reached are left out.
    """
    paths: dict[int, str] = {}
    seen: set[int] = set()
    queue: deque[tuple[Any, str, int]] = deque((namespace, "", 0) for namespace in namespaces)
    modules = frozenset(namespace.get("__name__") for namespace, _, _ in queue)
    while queue and len(seen) < MOST and len(paths) < len(wanted):
        held, path, depth = queue.popleft()
        for step, value in _steps(held, modules, namespace=depth == 0):
            if (
                id(value) in seen
                or issubclass(type(value), (ModuleType, FunctionType, type))
                or not holds(held, step, value)
            ):
                continue
            seen.add(id(value))
            way = path + step
            if id(value) in wanted:
                paths[id(value)] = way
            if depth < FURTHEST:
                queue.append((value, way, depth + 1))
    return paths


def _steps(held: Any, modules: Container[str], *, namespace: bool) -> Iterator[tuple[str, Any]]:
    """What a container, or an instance of a class of these modules, holds, read without running code of anybody's."""
    kind = type(held)
    if kind is dict:
        for key, value in list(held.items())[: None if namespace else _ITEMS]:
            if not namespace:
                yield f"[{shown(key, 16)}]", value
            elif isinstance(key, str) and key[:2] != "__":
                yield key, value
    elif kind is list or kind is tuple:
        for index, value in enumerate(held[:_ITEMS]):
            yield f"[{index}]", value
    elif kind.__module__ in modules and stands_for_itself(held):
        try:
            attributes = object.__getattribute__(held, "__dict__")
        except AttributeError:
            attributes = None
        if type(attributes) is dict:
            for name, value in list(attributes.items()):
                yield f".{name}", value
        for owner in kind.__mro__:
            for name, kept in owner.__dict__.items():
                if not isinstance(kept, MemberDescriptorType):
                    continue
                value = attribute(held, name)
                if value is not ABSENT and value is not UNKNOWN:
                    yield f".{name}", value
