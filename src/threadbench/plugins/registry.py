"""Who provides which kind: a `Registry` is made of switches, and answers with workloads, rows or a located error.

The rule of loading, in full:

* A built-in kind imports its own module and nothing else; entry points are not even read.
* Any other kind loads every third-party plugin. An entry point's name does not say which kinds it provides, and that
  two of them claim one kind is only seen by looking at all.
* What was named on the command line (`-p PLUGIN`, `--plugin FILE.py`) is loaded before anything else, and has to load.

And of who wins: built-in names, of kinds and of plugins, are reserved; otherwise nobody does. Two plugins that claim a
kind are in conflict about that kind alone; two distributions that use one entry-point name are duplicates, and neither
is loaded, since `-p no:NAME` could not tell them apart (`-p no:DISTRIBUTION` does).

Imported by engine and cli.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pluggy

from ..attribution import TRACE_VARIABLE
from ..errors import PluginError, UsageError, did_you_mean
from ..extensions import BUILTIN, Extension
from ..strategies import Provided
from . import hookspecs, sources
from .conflicts import compared, listed, named, resembles
from .loading import load
from .sources import BUILTIN_KINDS
from .status import DOCTOR, Plugin, PluginInfo, PluginStatus, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..extensions import What
    from .workload import Workload

DISABLE_VARIABLE: Final = "THREADBENCH_DISABLE_PLUGINS"
ENABLE_VARIABLE: Final = "THREADBENCH_PLUGINS"


class Recipe(msgspec.Struct, frozen=True):
    """What a registry was made of: small and picklable, so that another process can make the same one.

    Attributes:
        blocked: names of plugins or distributions that are not imported.
        required: plugins that have to load: names of entry points, distributions or modules.
        third_party: whether installed plugins are used at all; required ones are even so.
        files: absolute paths of one-file plugins.
    """

    blocked: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    third_party: bool = True
    files: tuple[str, ...] = ()

    def build(self) -> Registry:
        """A new registry of the same switches; nothing is imported yet."""
        return Registry(**msgspec.structs.asdict(self))


class Registry:
    """All plugins of this process, loaded as they are needed.

    Args:
        blocked: see `Recipe`; names in the environment's `THREADBENCH_DISABLE_PLUGINS=a,b` are added.
        required: see `Recipe`; names in the environment's `THREADBENCH_PLUGINS=a,b` are added.
        third_party: see `Recipe`.
        files: paths of one-file plugins.

    Making one imports no plugin and never fails: what is wrong with a plugin is told when it is needed.
    """

    def __init__(
        self,
        *,
        blocked: Sequence[str] = (),
        required: Sequence[str] = (),
        third_party: bool = True,
        files: Sequence[str] = (),
    ) -> None:
        disabled = [name.strip() for name in os.environ.get(DISABLE_VARIABLE, "").split(",")]
        self._blocked = {name: DISABLE_VARIABLE for name in disabled if name}
        self._blocked.update({name: f"-p no:{name}" for name in blocked})
        enabled = [name.strip() for name in os.environ.get(ENABLE_VARIABLE, "").split(",")]
        self._required = tuple(dict.fromkeys([*(name for name in enabled if name), *required]))
        self._no_third_party = not third_party
        self._files = list({source.target: source for source in map(sources.file, reversed(files))}.values())[::-1]
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        if os.environ.get(TRACE_VARIABLE):
            from .trace import trace

            trace(self._manager)
        self._loaded: dict[Source, Plugin] = {}
        self._installed: list[Source] | None = None
        self._third_party: list[Plugin] | None = None
        self.recipe: Final = Recipe(
            blocked=tuple(dict.fromkeys([*(name for name in disabled if name), *blocked])),
            required=self._required,
            third_party=third_party,
            files=tuple(source.target for source in self._files),
        )

    @classmethod
    def from_switches(
        cls, plugin_switches: Iterable[str] = (), no_plugins: bool = False, plugin_files: Iterable[str] = ()
    ) -> Registry:
        """The registry that the command line asks for: values of `-p` (`NAME`, `no:NAME`), `--no-plugins`, `--plugin`.

        Raises:
            UsageError: a `-p` without a name.
        """
        blocked: list[str] = []
        required: list[str] = []
        for switch in plugin_switches:
            name = switch.removeprefix("no:").strip()
            if not name:
                raise UsageError(f"-p {switch!r} names no plugin", hint="write -p NAME, or -p no:NAME to leave one out")
            (blocked if switch.startswith("no:") else required).append(name)
        return cls(blocked=blocked, required=required, third_party=not no_plugins, files=tuple(plugin_files))

    def names(self) -> Sequence[str]:
        """Usable kinds, the built-in ones as the table has them, then the others sorted; loads all third-party plugins.

        Raises:
            PluginError: a plugin named with `-p` or `--plugin` cannot be loaded.
        """
        self._demand()
        own = [kind for kind in BUILTIN_KINDS if self._why_blocked(sources.builtin(kind)) is None]
        return [*own, *sorted(workload.kind for plugin in self._others() for workload in plugin.workloads)]

    def workload(self, kind: str) -> Workload:
        """The workload of a kind.

        Raises:
            LookupError: nobody provides it, as far as can be seen; the message names plugins that could not be loaded.
            PluginError: its provider is broken, blocked, incompatible or in conflict, or one named with `-p` or
                `--plugin` cannot be loaded.
        """
        self._demand()
        providers = [self._load(sources.builtin(kind))] if kind in BUILTIN_KINDS else self._others()
        for plugin in providers:
            for workload in plugin.workloads:
                if workload.kind == kind:
                    return workload
        raise self._missing("kind", kind, providers)

    def workloads(self) -> list[Workload]:
        """The workloads of all usable kinds, in the order of `names`; loads every plugin.

        Raises:
            PluginError: a plugin named with `-p` or `--plugin` cannot be loaded.
        """
        self._demand()
        own = [workload for plugin in self._builtin() for workload in plugin.workloads]
        others = [workload for plugin in self._others() for workload in plugin.workloads]
        return own + sorted(others, key=lambda workload: workload.kind)

    def offered(self, what: What) -> Sequence[str]:
        """Names of usable extensions of a sort, the built-in ones first; loads all third-party plugins.

        Raises:
            PluginError: a plugin named with `-p` or `--plugin` cannot be loaded.
        """
        self._demand()
        others = (each for plugin in self._others() for each in plugin.extensions)
        return [*BUILTIN[what], *sorted(each.name for each in others if each.what == what)]

    def extension(self, what: What, name: str) -> Extension:
        """What a plugin provides by a name; loads all third-party plugins.

        Raises:
            As `workload`.
        """
        self._demand()
        providers = self._others()
        for plugin in providers:
            for each in plugin.extensions:
                if (each.what, each.name) == (what, name):
                    return each
        raise self._missing(what, name, providers)

    def strategies(self) -> Sequence[str]:
        """Names of usable strategies; see `offered`."""
        return self.offered("strategy")

    def strategy(self, name: str) -> Provided:
        """A plugin's strategy; see `extension`."""
        found = self.extension("strategy", name)
        return Provided(found.name, found.owner, found.given)

    def observers(self) -> list[tuple[str, Any]]:
        """Observers of the plugins that somebody named, each with whose it is; imports nothing where nobody did.

        Raises:
            PluginError: one of those cannot be loaded.
        """
        self._demand()
        asked = [self._load(source) for source in self._explicit()]
        return [(f"observer of {plugin.source}", each) for plugin in asked for each in plugin.observers]

    def plugins(self) -> list[PluginStatus]:
        """A row for each plugin, usable or not: built in, asked for, installed; loads all that are not blocked."""
        return [plugin.row for plugin in [*self._builtin(), *self._others()]]

    def info(self, name: str) -> list[PluginInfo]:
        """All that is known of the plugins of that name, or of the distribution of that name: duplicates make several.

        Raises:
            PluginError: there is none; the hint says which was meant.
        """
        plugins = [*self._builtin(), *self._others()]
        found = [plugin for plugin in plugins if name == plugin.source.name]
        found = found or [plugin for plugin in plugins if named(plugin.source, name)]
        if not found:
            known = sorted({plugin.source.name for plugin in plugins})
            raise PluginError(
                f"there is no plugin '{name}'", hint=did_you_mean(name, known) or f"there are: {', '.join(known)}"
            )
        return [plugin.info for plugin in found]

    def _builtin(self) -> list[Plugin]:
        return [self._load(sources.builtin(kind)) for kind in BUILTIN_KINDS]

    def _explicit(self) -> list[Source]:
        """Sources of the plugins that the user named, and which therefore have to load."""
        wanted: list[Source] = []
        for name in self._required:
            found = [sources.builtin(name)] if name in BUILTIN_KINDS else []
            found = found or [source for source in self._entry_points() if source.name == name]
            found = found or [source for source in self._entry_points() if named(source, name)]
            wanted += found or [sources.module(name)]
        return list(dict.fromkeys([*wanted, *self._files]))

    def _demand(self) -> None:
        for source in self._explicit():
            plugin = self._load(source)
            if not plugin.loaded:
                known = [point.name for point in self._entry_points()]
                guess = did_you_mean(source.name, known) if source.origin == "module" else None
                message = f"{source} was asked for, but is {plugin.state}: {plugin.reason} ({DOCTOR})"
                raise PluginError(message, hint=guess or plugin.cure)

    def _entry_points(self) -> list[Source]:
        if self._installed is None:
            self._installed = sources.installed()
        return self._installed

    def _others(self) -> list[Plugin]:
        """Every plugin that is not built in, its kinds compared with everybody's."""
        if self._third_party is None:
            explicit = [source for source in self._explicit() if source.origin != "builtin"]
            plugins = [self._load(source) for source in dict.fromkeys([*explicit, *self._entry_points()])]
            self._third_party = compared(plugins)
        return self._third_party

    def _load(self, source: Source) -> Plugin:
        """What comes of a source: decided without an import where that is possible, else loaded, once."""
        if source not in self._loaded:
            self._loaded[source] = self._refused(source) or load(source, self._manager)
        return self._loaded[source]

    def _refused(self, source: Source) -> Plugin | None:
        switch = self._why_blocked(source)
        if switch:
            return Plugin(source, "blocked", reason=switch, cure=f"run without {switch}")
        if source.origin != "distribution":
            return None
        if source.name in BUILTIN_KINDS:
            reason = f"the name '{source.name}' is reserved for the built-in plugin"
            cure = f"rename the entry point of {source.distribution}, or uninstall it"
            return Plugin(source, "conflict", reason=reason, cure=cure)
        twins = [twin for twin in self._entry_points() if twin.name == source.name and not self._why_blocked(twin)]
        if len(twins) > 1:
            reason = f"{listed((twin.owner for twin in twins), 'and')} both provide a plugin '{source.name}'"
            switches = listed((f"-p no:{twin.distribution}" for twin in twins), "or")
            return Plugin(source, "duplicate", reason=reason, cure=f"uninstall one of them, or use {switches}")
        return None

    def _why_blocked(self, source: Source) -> str | None:
        """The switch that leaves a plugin out, if one does."""
        for name, switch in self._blocked.items():
            if named(source, name):
                return switch
        if source.origin == "distribution" and self._no_third_party:
            return None if any(named(source, name) for name in self._required) else "--no-plugins"
        return None

    def _missing(self, what: str, name: str, plugins: list[Plugin]) -> PluginError | LookupError:
        """The error for a kind or extension that has no usable provider."""
        claims = [
            plugin for plugin in plugins if (name in plugin.kinds if what == "kind" else (what, name) in plugin.claimed)
        ]
        rivals = [plugin for plugin in claims if plugin.loaded]
        if rivals:
            parties = listed((str(plugin.source) for plugin in rivals), "and")
            return PluginError(f"{what} '{name}' is claimed by {parties} ({DOCTOR})", hint=rivals[0].cure)
        unseen = [plugin for plugin in plugins if plugin.status != "ok" and not plugin.kinds and not plugin.claimed]
        for plugin in claims or [plugin for plugin in unseen if resembles(plugin.source, name)]:
            return PluginError(
                f"{what} '{name}' is provided by {plugin.source}, which is {plugin.state}: {plugin.reason} ({DOCTOR})",
                hint=plugin.cure,
            )
        text = "no plugin provides it"
        if unseen:
            suspects = listed((f"'{plugin.source.name}' ({plugin.state})" for plugin in unseen), "or")
            text += f", unless {suspects} does: see {DOCTOR}"
        return LookupError(text)
