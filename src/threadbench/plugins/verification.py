"""Whether an imported plugin keeps the rules: an object with hooks enters, its workloads leave, or the rule it breaks.

Imported by loading only. pluggy itself checks a hook's arguments when the plugin is registered, but accepts any name
and any result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..attribution import one_line, shown
from ..errors import did_you_mean
from .extensions import answers
from .failures import UnusableError
from .hookspecs import HOOKS, PREFIX
from .workload import KIND, Params, Workload

if TYPE_CHECKING:
    from pluggy import PluginManager


def hooks_of(provider: Any, manager: PluginManager) -> tuple[str, ...]:
    """Names of the hooks that a registered plugin implements.

    Raises:
        UnusableError: one is unknown and not marked optional, or there is none.
    """
    callers = manager.get_hookcallers(provider) or []
    for caller in callers:
        optional = all(impl.optionalhook for impl in caller.get_hookimpls() if impl.plugin is provider)
        if not caller.has_spec() and not optional:
            guess = did_you_mean(caller.name, HOOKS) or f"the hooks are: {', '.join(HOOKS)}"
            raise UnusableError(f"there is no hook '{caller.name}'; {guess}")
    known = tuple(caller.name for caller in callers if caller.has_spec())
    if not known:
        _no_hook(provider)
    return known


def workloads_of(provider: Any, manager: PluginManager) -> tuple[Workload, ...]:
    """What a registered plugin's `threadbench_workloads` gives; asked alone: no other plugin's failure is its own.

    Raises:
        UnusableError: something that is no workload, a kind twice, or a kind whose params lack a default.
        BaseException: whatever the hook raises.
    """
    found: dict[str, Workload] = {}
    for given in answers(provider, manager, "threadbench_workloads"):
        if isinstance(given, Workload) or not hasattr(given, "__iter__"):
            raise UnusableError(f"threadbench_workloads gives {shown(given)}: it has to return or yield workloads")
        for workload in given:
            _verify(workload)
            if workload.kind in found:
                raise UnusableError(f"threadbench_workloads gives kind '{workload.kind}' twice")
            found[workload.kind] = workload
    return tuple(found.values())


def _no_hook(provider: Any) -> None:
    for name in dir(provider):
        if name.startswith(PREFIX) and callable(getattr(provider, name)):
            guess = f" ({did_you_mean(name, HOOKS)})" if name not in HOOKS and did_you_mean(name, HOOKS) else ""
            raise UnusableError(f"function '{name}'{guess} is not marked with @threadbench.hookimpl")
    raise UnusableError(f"it implements no hook: mark a function '{HOOKS[0]}' with @threadbench.hookimpl")


def _verify(workload: Any) -> None:
    if not isinstance(workload, Workload):
        raise UnusableError(f"threadbench_workloads gives {shown(workload)}, not made by @threadbench.workload")
    kind, params = workload.kind, workload.params
    if not (isinstance(kind, str) and re.fullmatch(KIND, kind)):
        raise UnusableError(
            f"kind {shown(kind)} is not a valid name: a lower-case letter, then letters, digits, '_', '-'"
        )
    if not (isinstance(params, type) and issubclass(params, Params)):
        raise UnusableError(f"params of kind '{kind}' are not a subclass of threadbench.Params")
    if not callable(workload.function):
        raise UnusableError(f"the workload of kind '{kind}' is not a function")
    required = [field.alias or name for name, field in params.model_fields.items() if field.is_required()]
    if required:
        raise UnusableError(f"params of kind '{kind}' without a default: {', '.join(required)}; every param has one")
    try:
        params.model_validate({})
    except Exception as error:
        raise UnusableError(f"params of kind '{kind}' refuse their own defaults: {one_line(str(error))}") from error
