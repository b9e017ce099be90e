"""Loading one plugin in isolation: a `Source` enters, a `Plugin` leaves, whatever the plugin's code does.

pluggy's own `load_setuptools_entrypoints` stops at the first plugin that fails (simonw/llm#1280: one is broken, and no
command runs), and skips the second of two distributions that use one entry-point name without a word
(PyCQA/flake8#1090); hence this loader. Imported by the registry only.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from pluggy import PluginValidationError

from .._version import API_VERSION
from ..extensions import ONE_FILE
from .compatibility import supports
from .extensions import extensions_of, observers_of
from .failures import UnusableError, history, reason
from .hookspecs import PROJECT
from .models import unobserved
from .status import Plugin, Source
from .verification import hooks_of, workloads_of
from .workload import Workload

if TYPE_CHECKING:
    from pluggy import PluginManager


def load(source: Source, manager: PluginManager) -> Plugin:
    """Import a plugin, register it and ask it for its kinds; a failure is a result, and leaves nothing registered.

    Raises:
        KeyboardInterrupt: only that: a plugin that raises anything else, `SystemExit` included, is `broken`.
    """
    if source.problem:
        return Plugin(source, "broken", reason=source.problem, cure=_cure(source))
    began = time.perf_counter()
    plugin = Plugin(source, "ok")
    module: Any = None
    try:
        # What a plugin prints while it is imported must not get into the one JSON document on stdout.
        with contextlib.redirect_stdout(sys.stderr):
            with unobserved() if source.origin == "builtin" else contextlib.nullcontext():
                module, provider = _import(source)
            plugin = _described(plugin, module, provider)
            plugin = _misfit(plugin, provider, manager) or _registered(plugin, provider, manager)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a plugin that calls sys.exit() must not end the bench
        plugin = replace(plugin, status="broken", reason=reason(error), cure=_cure(source), traceback=history(error))
    if module is not None and plugin.status != "ok":
        plugin = replace(plugin, kinds=_visible_kinds(module))
    return replace(plugin, load_ms=round((time.perf_counter() - began) * 1e3, 3))


def _import(source: Source) -> tuple[Any, Any]:
    """The module, and the object in it that holds the hooks: mostly the same."""
    if source.origin == "file":
        module = import_file(source.target)
        return module, module
    name, _, attribute = source.target.partition("[")[0].partition(":")
    try:
        module = importlib.import_module(name.strip())
    except ModuleNotFoundError as error:
        if source.origin == "module" and error.name and f"{name}.".startswith(f"{error.name}."):
            raise UnusableError("there is neither an installed plugin nor a module of that name") from None
        raise
    provider: Any = module
    for part in filter(None, attribute.strip().split(".")):
        provider = getattr(provider, part)
    return module, provider


def import_file(path: str) -> Any:
    """Import a file under a name that is the same in every process: pickle looks in `sys.modules` for its functions."""
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_file_location

    stem = "".join(char if char.isalnum() else "_" for char in Path(path).stem)
    name = f"{ONE_FILE}{stem}_{hashlib.sha256(path.encode(errors='surrogateescape')).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path, loader=SourceFileLoader(name, path))
    assert spec is not None, "a spec is made for any path when its loader is given"
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _described(plugin: Plugin, module: Any, provider: Any) -> Plugin:
    """The plugin with what its module says about itself."""
    plugin = replace(
        plugin,
        module=module.__name__,
        location=getattr(module, "__file__", None) and str(module.__file__),
        summary=str(module.__doc__ or "").strip().partition("\n")[0],
    )
    api = getattr(provider, "THREADBENCH_API", None) or getattr(module, "THREADBENCH_API", None)
    if api is None:
        return plugin
    try:
        supports(api, API_VERSION)
    except ValueError as error:
        raise UnusableError(f"THREADBENCH_API {error}") from None
    return replace(plugin, api=api)


def _misfit(plugin: Plugin, provider: Any, manager: PluginManager) -> Plugin | None:
    """The plugin as refused, where it works but not here."""
    source = plugin.source
    if plugin.api and not supports(plugin.api, API_VERSION):
        text = f"it needs plugin API {plugin.api}, this threadbench has {API_VERSION}"
        if source.origin == "distribution":
            cure = f"pip install --upgrade {PROJECT} {source.distribution}, or leave it out with -p no:{source.name}"
        else:
            cure = f"upgrade {PROJECT}, or widen THREADBENCH_API in {plugin.location}"
        return replace(plugin, status="incompatible", reason=text, cure=cure)
    if manager.is_registered(provider):
        text = f"its module {plugin.module} is already loaded as {manager.get_name(provider)}"
        return replace(plugin, status="duplicate", reason=text, cure=_cure(source))
    return None


def _registered(plugin: Plugin, provider: Any, manager: PluginManager) -> Plugin:
    """The plugin with its hooks and kinds."""
    name = str(plugin.source)
    usable = False
    try:
        manager.register(provider, name)
        hooks, workloads = hooks_of(provider, manager), workloads_of(provider, manager)
        extensions, observers = extensions_of(provider, manager, plugin.source), observers_of(provider, manager)
        usable = True
    except PluginValidationError as error:
        raise UnusableError(str(error)) from None
    finally:
        if not usable and manager.has_plugin(name):  # also where pluggy 1.5 refused it: it keeps the name
            manager.unregister(name=name)
    return replace(
        plugin,
        hooks=hooks,
        workloads=workloads,
        kinds=tuple(workload.kind for workload in workloads),
        extensions=extensions,
        claimed=tuple((each.what, each.name) for each in extensions),
        observers=observers,
    )


def _visible_kinds(module: Any) -> tuple[str, ...]:
    """Kinds of a module that is not asked for them, so that who needs one hears of this plugin."""
    values = list(getattr(module, "__dict__", {}).values())
    kinds = (value.kind for value in values if type(value) is Workload)
    return tuple(dict.fromkeys(kind for kind in kinds if isinstance(kind, str)))


def _cure(source: Source) -> str:
    if source.origin == "distribution":
        who = source.distribution or "its distribution"
        return f"upgrade or uninstall {who}, or leave it out with -p no:{source.name}"
    if source.origin == "builtin":
        return f"reinstall {PROJECT}; or a module of yours has the name of one that it imports"
    if source.origin == "module":
        return f"install or correct it, or run without -p {source.name}, and without it in THREADBENCH_PLUGINS"
    return f"correct the file, or run without --plugin {source.name}"
