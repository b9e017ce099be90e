"""Loading one plugin in isolation: a `Source` enters, a `Plugin` leaves, whatever the plugin's code does.

pluggy's own `load_setuptools_entrypoints` stops at the first plugin that fails, and skips the second of two
distributions that use one entry-point name without a word; hence this loader. Imported by the registry only.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pluggy

from .._version import API_VERSION
from ..errors import did_you_mean, printable
from .compatibility import supports
from .hookspecs import HOOKS, PREFIX, PROJECT
from .status import Plugin, Source
from .workload import KIND, Params, Workload

if TYPE_CHECKING:
    from collections.abc import Callable

_MACHINERY: Final = (str(Path(__file__).parent), str(Path(pluggy.__file__).parent), importlib.__path__[0])


class _UnusableError(Exception):
    """The plugin loaded, but what it provides breaks a rule; the message is the reason."""


def load(source: Source, manager: pluggy.PluginManager) -> Plugin:
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
            module, provider = _import(source)
            plugin = _described(plugin, module, provider)
            if not plugin.api or supports(plugin.api, API_VERSION):
                plugin = _registered(plugin, provider, manager)
            else:
                plugin = replace(
                    plugin,
                    status="incompatible",
                    reason=f"it needs plugin API {plugin.api}, this threadbench has {API_VERSION}",
                    cure=_matching_release(source, plugin.api),
                )
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a plugin that calls sys.exit() must not end the bench
        plugin = replace(
            plugin,
            status="broken",
            workloads=(),
            reason=_reason(error),
            cure=_cure(source),
            traceback=None if isinstance(error, _UnusableError) else _traceback(error),
        )
    if module is not None and not plugin.kinds:
        plugin = replace(plugin, kinds=_visible_kinds(module))
    return replace(plugin, load_ms=round((time.perf_counter() - began) * 1e3, 3))


def _import(source: Source) -> tuple[Any, Any]:
    """The module, and the object in it that holds the hooks: mostly the same."""
    if source.origin == "file":
        module = _import_file(source.target)
        return module, module
    name, _, attribute = source.target.partition("[")[0].strip().partition(":")
    module = importlib.import_module(name.strip())
    provider: Any = module
    for part in attribute.strip().split("."):
        provider = getattr(provider, part) if part else provider
    return module, provider


def _import_file(path: str) -> Any:
    """Import a file under a name that is the same in every process: pickle finds its functions in `sys.modules` by it."""
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_file_location

    stem = "".join(char if char.isalnum() else "_" for char in Path(path).stem)
    name = f"threadbench_file_{stem}_{hashlib.sha256(path.encode(errors='surrogateescape')).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path, loader=SourceFileLoader(name, path))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _described(plugin: Plugin, module: Any, provider: Any) -> Plugin:
    api = getattr(provider, "THREADBENCH_API", None)
    if api is None:
        api = getattr(module, "THREADBENCH_API", None)
    plugin = replace(
        plugin,
        module=module.__name__,
        location=getattr(module, "__file__", None),
        summary=(module.__doc__ or "").strip().partition("\n")[0],
    )
    if api is not None:
        try:
            supports(api, API_VERSION)
        except ValueError as error:
            raise _UnusableError(f"THREADBENCH_API {error}") from None
    return replace(plugin, api=api)


def _registered(plugin: Plugin, provider: Any, manager: pluggy.PluginManager) -> Plugin:
    name = f"{plugin.source.owner}/{plugin.source.name}"
    if manager.is_registered(provider):
        raise _UnusableError(f"its module is already loaded as plugin '{manager.get_name(provider)}'")
    done = False
    try:
        try:
            manager.register(provider, name)
        except pluggy.PluginValidationError as error:
            raise _UnusableError(" ".join(str(error).split())) from None
        plugin = replace(plugin, hooks=_hooks(provider, manager))
        workloads = _workloads(provider, manager)
        done = True
        return replace(plugin, workloads=workloads, kinds=tuple(workload.kind for workload in workloads))
    finally:
        if not done and manager.has_plugin(name):  # up to pluggy 1.6 a register() that raises leaves its name behind
            manager.unregister(name=name)


def _hooks(provider: Any, manager: pluggy.PluginManager) -> tuple[str, ...]:
    """Names of the implemented hooks, all of them known."""
    callers = manager.get_hookcallers(provider) or []
    for caller in callers:
        optional = all(impl.optionalhook for impl in caller.get_hookimpls() if impl.plugin is provider)
        if not caller.has_spec() and not optional:
            raise _UnusableError(_with_guess(f"there is no hook '{caller.name}'", caller.name))
    if not callers:
        for name, value in vars(provider).items():
            if name.startswith(PREFIX) and callable(value):
                guess = "" if name in HOOKS else f"; {did_you_mean(name, HOOKS) or 'nor is it a known hook'}"
                raise _UnusableError(f"function '{name}' is not marked with @threadbench.hookimpl{guess}")
        raise _UnusableError(f"it implements no hook: mark a function `{HOOKS[0]}` with @threadbench.hookimpl")
    return tuple(caller.name for caller in callers if caller.has_spec())


def _with_guess(text: str, word: str) -> str:
    guess = did_you_mean(word, HOOKS)
    return f"{text}; {guess}" if guess else f"{text}; known hooks: {', '.join(HOOKS)}"


def _workloads(provider: Any, manager: pluggy.PluginManager) -> tuple[Workload, ...]:
    """What the plugin's `threadbench_workloads` gives; asked alone, so that another plugin's failure is not its own."""
    others = [other for other in manager.get_plugins() if other is not provider]
    ask: Callable[[], list[Any]] = manager.subset_hook_caller("threadbench_workloads", others)
    found: dict[str, Workload] = {}
    for given in ask():
        if isinstance(given, Workload) or not hasattr(given, "__iter__"):
            raise _UnusableError(f"threadbench_workloads gives {_shown(given)}: it has to return or yield workloads")
        for workload in given:
            _verify(workload)
            if workload.kind in found:
                raise _UnusableError(f"threadbench_workloads gives kind '{workload.kind}' twice")
            found[workload.kind] = workload
    return tuple(found.values())


def _verify(workload: Any) -> None:
    if not isinstance(workload, Workload):
        raise _UnusableError(
            f"threadbench_workloads gives {_shown(workload)}, which @threadbench.workload did not make"
        )
    kind, params = workload.kind, workload.params
    if not (isinstance(kind, str) and KIND.fullmatch(kind)):
        raise _UnusableError(
            f"kind {_shown(kind)} is not a valid name: lower-case letters, digits, '_' and '-', a letter first"
        )
    if not (isinstance(params, type) and issubclass(params, Params)):
        raise _UnusableError(f"params of kind '{kind}' are not a subclass of threadbench.Params")
    if not callable(workload.function):
        raise _UnusableError(f"the workload of kind '{kind}' is not a function")
    required = [field.alias or name for name, field in params.model_fields.items() if field.is_required()]
    if required:
        raise _UnusableError(f"params of kind '{kind}' have no default: {', '.join(required)}; every param needs one")
    try:
        params.model_validate({})
    except Exception as error:
        raise _UnusableError(
            f"params of kind '{kind}' do not accept their own defaults: {_one_line(str(error))}"
        ) from error


def _visible_kinds(module: Any) -> tuple[str, ...]:
    """Kinds of a module that will not be asked for them, so that who needs one hears of this plugin."""
    with contextlib.suppress(Exception):
        values = list(vars(module).values())
        return tuple(
            dict.fromkeys(value.kind for value in values if type(value) is Workload and isinstance(value.kind, str))
        )
    return ()


def _reason(error: BaseException) -> str:
    if isinstance(error, _UnusableError):
        return str(error)
    try:
        text = _one_line(str(error.msg if isinstance(error, SyntaxError) else error))
    except Exception:  # a __str__ that raises: the type has to do
        text = ""
    place = _place(error)
    return type(error).__name__ + (f": {text}" if text else "") + (f" ({place})" if place else "")


def _place(error: BaseException) -> str | None:
    """file:line in the plugin where it failed."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(("<", *_MACHINERY)):
            return f"{frame.filename}:{frame.lineno}"
    return None


def _traceback(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception:
        return f"{type(error).__name__}, whose traceback cannot be shown\n"


def _one_line(text: str, limit: int = 300) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _shown(value: object) -> str:
    try:
        return _one_line(repr(value), 80)
    except Exception:
        return f"a {type(value).__name__}"


def _cure(source: Source) -> str:
    if source.origin == "distribution" and source.distribution:
        return f"upgrade or uninstall {source.distribution}, or leave the plugin out with -p no:{source.name}"
    if source.origin == "builtin":
        return f"reinstall {PROJECT}: this is a bug of ours, or a module of yours shadows one of the standard library"
    return f"mend {source.name}, or leave it out"


def _matching_release(source: Source, api: str) -> str:
    if source.origin == "distribution":
        return (
            f"pip install --upgrade {PROJECT} {source.distribution}, or leave the plugin out with -p no:{source.name}"
        )
    return f"upgrade {PROJECT} to one with plugin API {api}, or widen THREADBENCH_API in {source.name}"
