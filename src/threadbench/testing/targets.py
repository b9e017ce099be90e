"""What is held to the rules: a module, its name, a workload or an object with hooks enters; what it provides leaves."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec
import pluggy

from ..attribution import shown
from ..extensions import ONE_FILE
from ..plugins import Workload, hookspecs
from ..plugins.extensions import SEAMS, extensions_of, observers_of
from ..plugins.failures import UnusableError, reason
from ..plugins.loading import import_file
from ..plugins.sources import module as source_of
from ..plugins.verification import hooks_of
from .rules import Finding

if TYPE_CHECKING:
    from ..extensions import Extension


class Target(msgspec.Struct):
    """A plugin as far as it could be looked into.

    Attributes:
        name: what it is called in messages.
        module: where it stands, if that is known.
        provider: the object with the hooks; None for a workload alone.
        path: what a new process imports: a module's name, or a file.
        workloads: what its hook gives, workloads or not.
        findings: what was wrong on the way here.
    """

    name: str
    module: ModuleType | None = None
    provider: Any = None
    path: str | None = None
    workloads: list[Any] = []
    extensions: tuple[Extension, ...] = ()
    findings: list[Finding] = []

    def found(self, rule: str, message: str, cure: str, place: str | None = None) -> None:
        """Note something about the plugin as a whole."""
        self.findings.append(Finding(rule, "plugin", message, cure, place or self.place))

    @property
    def place(self) -> str | None:
        """The plugin's file."""
        return str(getattr(self.module, "__file__", None) or "") or None


def target_of(plugin: object) -> Target:
    """Look into a plugin; what goes wrong is a finding, not an error."""
    if isinstance(plugin, Workload):
        module = importlib.import_module(plugin.function.__module__)
        return Target(f"workload '{shown_kind(plugin)}'", module, None, None, [plugin])
    if isinstance(plugin, str | Path):
        target = _imported(str(plugin))
    elif isinstance(plugin, ModuleType):
        target = Target(f"plugin {plugin.__name__}", plugin, plugin, _importable(plugin))
    else:
        home = inspect.getmodule(type(plugin) if not isinstance(plugin, type) else plugin)
        target = Target(f"plugin {shown(plugin)}", home, plugin)
    if target.provider is not None:
        _ask(target)
    return target


def shown_kind(workload: Workload) -> str:
    """A kind's name as part of a sentence, whatever it is."""
    return workload.kind if isinstance(workload.kind, str) else shown(workload.kind)


def place_of(thing: Any, module: ModuleType | None = None) -> str | None:
    """`file:line` of a function, class or module."""
    try:
        return f"{inspect.getsourcefile(thing)}:{inspect.getsourcelines(thing)[1] or 1}"
    except (OSError, TypeError):
        return getattr(module, "__file__", None)


def place_of_param(model: type, name: str) -> str | None:
    """`file:line` of a param in its model, or of the model."""
    for owner in model.__mro__:
        if name in vars(owner).get("__annotations__", {}):
            model = owner
            break
    try:
        lines, first = inspect.getsourcelines(model)
    except (OSError, TypeError):
        return None
    offset = next((at for at, line in enumerate(lines) if re.match(rf"\s+{re.escape(name)}\s*:", line)), 0)
    return f"{inspect.getsourcefile(model)}:{first + offset}"


def _imported(name: str) -> Target:
    target = Target(f"plugin {name}", path=name)
    try:
        if name.endswith(".py"):
            target.path = str(Path(name).resolve())
            target.module = target.provider = import_file(target.path)
            return target
        module, _, attribute = name.partition(":")
        target.path = module
        target.module = target.provider = importlib.import_module(module)
        for part in filter(None, attribute.split(".")):
            target.provider = getattr(target.provider, part)
    except Exception as error:
        target.provider = None
        target.found("imports", f"it cannot be imported: {reason(error)}", "mend it; all else is looked at then")
    return target


def _importable(module: ModuleType) -> str | None:
    """What a new process imports to have the module too."""
    spec = module.__spec__
    if spec is None or not spec.origin:
        return None
    return spec.origin if module.__name__.startswith(ONE_FILE) else module.__name__


@contextmanager
def _noting(target: Target, rule: str, cure: str) -> Iterator[None]:
    try:
        yield
    except UnusableError as error:
        target.found(rule, str(error), cure)
    except Exception as error:
        cure = "let a hook give what is made already, and do nothing else"
        target.found("hooks-answer", f"a hook raises {reason(error)}", cure)


def _ask(target: Target) -> None:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(target.provider, "plugin")
    except pluggy.PluginValidationError as error:
        said = str(error).splitlines()[-1].strip()
        target.found("hooks", said, "give the hook the arguments that it is documented with")
        return
    with _noting(target, "hooks", "mark a function with the name of a hook with @threadbench.hookimpl"):
        hooks_of(target.provider, manager)
    with _noting(target, "provides", "yield what @threadbench.workload made of a function"):
        for workload in _workloads(manager):
            target.workloads.append(workload)
    with _noting(target, "provides", "yield pairs of a name and what a seam needs: " + _needs()):
        target.extensions = extensions_of(target.provider, manager, source_of(target.name))
    with _noting(target, "provides", "yield objects with methods of threadbench.Observer"):
        observers_of(target.provider, manager)


def _needs() -> str:
    return ", ".join(f"the {seam.needs} of a {seam.what}" for seam in SEAMS)


def _workloads(manager: pluggy.PluginManager) -> Iterator[Any]:
    answers = manager.hook.threadbench_workloads()
    if not answers and manager.hook.threadbench_workloads.get_hookimpls():
        raise UnusableError("threadbench_workloads gives nothing: it has to return or yield workloads")
    for given in answers:
        if isinstance(given, Workload) or not hasattr(given, "__iter__"):
            raise UnusableError(f"threadbench_workloads gives {shown(given)}: it has to return or yield workloads")
        yield from given
