"""Who in the workload's code holds a factory by a name of its own: in come the substitutes, out come patches."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from types import CellType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from ...patches import Patch
from .recorder import is_library


def references(substitutes: dict[Any, Any], older: Collection[str] = ()) -> Iterable[Patch]:
    """Rows for workload code that already holds a factory: `from threading import Lock` in a module or class, a closure
    (a dataclass's `field(default_factory=Lock)` is one), a default argument.

    Args:
        substitutes: originals, and what stands in for each.
        older: modules that were imported before any workload's, and frozen (`gc.freeze`): they hold nothing of a
            workload's, and a pass over the heap leaves them out.
    """
    # One pass over the heap for all. The last one is there to tell the tuple of these arguments from others.
    holders = gc.get_referrers(*substitutes, substitutes)
    by_id = {id(original): (original, substitute) for original, substitute in substitutes.items()}
    looked_into = _worth_a_look(holders, substitutes, frozen=not older and gc.get_freeze_count() > 0)

    def found(value: Any) -> bool:
        entry = by_id.get(id(value))
        return entry is not None and entry[0] is value

    for imported, module in list(sys.modules.items()):
        if (
            imported in older
            or not isinstance(module, ModuleType)
            or is_library(getattr(module, "__file__", None) or "<frozen ")
        ):
            continue
        for owner in (module, *(value for value in vars(module).values() if isinstance(value, type))):
            if getattr(owner, "__module__", module.__name__) != module.__name__ or not looked_into(owner):
                continue
            for name, value in list(vars(owner).items()):
                if found(value):
                    yield Patch(owner, name, by_id[id(value)][1])
                elif isinstance(value, FunctionType) and value.__defaults__ and any(map(found, value.__defaults__)):
                    defaults = tuple(by_id[id(d)][1] if found(d) else d for d in value.__defaults__)
                    yield Patch(value, "__defaults__", defaults)
    for holder in holders:
        if isinstance(holder, CellType) and found(holder.cell_contents):
            yield Patch(holder, "cell_contents", by_id[id(holder.cell_contents)][1])


def _worth_a_look(holders: Sequence[Any], substitutes: dict[Any, Any], *, frozen: bool) -> Callable[[Any], bool]:
    """Whether a module or class may lead to an original; to look through all of them costs as much as the heap does.

    An attribute is held by the namespace's dict, so that it suffices to see whether that is a holder. A default
    argument is held by a tuple, which does not say whose it is; what was frozen is not asked whom it holds.
    """
    known = {id(original.__mro__) for original in substitutes if isinstance(original, type)}
    tuples = (holder for holder in holders if isinstance(holder, tuple) and id(holder) not in known)
    if frozen or any(each[-1] is not substitutes for each in tuples):
        return lambda _: True
    dicts = {id(holder) for holder in holders if isinstance(holder, dict)}

    def look(owner: Any) -> bool:
        namespace = vars(owner)
        if type(namespace) is MappingProxyType:  # of a class: a view of the dict
            (namespace,) = gc.get_referents(namespace)
        return type(namespace) is not dict or id(namespace) in dicts

    return look
