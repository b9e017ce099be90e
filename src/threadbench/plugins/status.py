"""The records of one plugin: where it comes from, what came of loading it, and the row that people and machines read.

`Source` enters loading, `Plugin` leaves it; the registry compares all of them and hands out `PluginStatus` rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from ..extensions import Extension, What
    from .workload import Workload

Origin = Literal["builtin", "distribution", "module", "file"]
Status = Literal["ok", "broken", "conflict", "duplicate", "incompatible", "blocked"]

DOCTOR = "threadbench plugins doctor"


class Source(msgspec.Struct, frozen=True):
    """One place that says it has a plugin; nothing of it is imported yet.

    Attributes:
        name: what `-p` and `-p no:` call it: built-in kind, entry point, module, or file as given.
        origin: how it was found; a `module` was named with `-p` and is not installed as a plugin.
        target: `module`, `module:attribute`, or the absolute path of a file.
        distribution: the installed distribution that declares it.
        version: that distribution's version.
        problem: why it cannot even be tried, if so.
    """

    name: str
    origin: Origin
    target: str
    distribution: str | None = None
    version: str | None = None
    problem: str | None = None

    @property
    def owner(self) -> str:
        """Who to blame, as short as is unambiguous: distribution and version, or the file or module."""
        if self.distribution:
            return f"{self.distribution} {self.version}" if self.version else self.distribution
        return f"{self.origin} {self.name}" if self.origin in {"file", "module"} else "a distribution without a name"

    def __str__(self) -> str:
        if self.origin in {"file", "module"}:
            return f"plugin {self.owner}"
        return f"plugin '{self.name}' of {self.owner}"


class Plugin(msgspec.Struct, frozen=True):
    """What came of one source.

    Attributes:
        kinds: what it provides; where it is not usable, what it would provide as far as could be seen.
        workloads: the kinds themselves; empty unless it loaded.
        extensions: what else it provides, but for names that others claim too.
        claimed: all that it would provide besides kinds.
        observers: what it has to be told of.
        reason: why `status` is not ok, one line.
        cure: how to mend that, one line.
        api: the API range that it states.
        load_ms: wall time of import and registration; None where nothing was imported.
        traceback: of the failure, for who wrote the plugin.
    """

    source: Source
    status: Status
    kinds: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()
    extensions: tuple[Extension, ...] = ()
    claimed: tuple[tuple[What, str], ...] = ()
    observers: tuple[Any, ...] = ()
    reason: str | None = None
    cure: str | None = None
    api: str | None = None
    load_ms: float | None = None
    module: str | None = None
    location: str | None = None
    summary: str = ""
    hooks: tuple[str, ...] = ()
    traceback: str | None = None

    @property
    def loaded(self) -> bool:
        """Whether it was imported and accepted; of its kinds, another plugin may still claim some."""
        return self.status == "ok" or (self.status == "conflict" and self.load_ms is not None)

    @property
    def state(self) -> str:
        """The status as a sentence continues after "which is"."""
        return {"conflict": "in conflict", "duplicate": "a duplicate"}.get(self.status, self.status)

    @property
    def row(self) -> PluginStatus:
        """The plugin as a row of `threadbench plugins list`."""
        source = self.source
        return PluginStatus(
            name=source.name,
            kinds=self.kinds,
            usable=tuple(workload.kind for workload in self.workloads),
            extensions=tuple((each.what, each.name) for each in self.extensions),
            observers=len(self.observers),
            distribution=source.distribution,
            version=source.version,
            origin=source.origin,
            api=self.api,
            status=self.status,
            reason=self.reason,
            cure=self.cure,
            load_ms=self.load_ms,
        )

    @property
    def info(self) -> PluginInfo:
        """The row, and all else that is known."""
        return PluginInfo(
            status=self.row,
            module=self.module,
            location=self.location,
            summary=self.summary,
            hooks=self.hooks,
            kinds=tuple((workload.kind, workload.summary) for workload in self.workloads),
            traceback=self.traceback,
        )


class PluginStatus(msgspec.Struct, frozen=True):
    """One row of `threadbench plugins list`; times in milliseconds.

    Attributes:
        kinds: what it claims to provide.
        usable: those that it does provide: no other plugin claims them, and it loaded.
        extensions: what it provides besides: `strategy`, `exporter` or `executor`, and the name of each.
        observers: how many it has.
    """

    name: str
    kinds: tuple[str, ...]
    usable: tuple[str, ...]
    extensions: tuple[tuple[What, str], ...]
    observers: int
    distribution: str | None
    version: str | None
    origin: Origin
    api: str | None
    status: Status
    reason: str | None
    cure: str | None
    load_ms: float | None

    @property
    def ill(self) -> bool:
        """Whether the plugin needs a doctor; being blocked was somebody's wish."""
        return self.status not in {"ok", "blocked"}

    def to_json(self) -> dict[str, Any]:
        """The row as a JSON object; extensions as lists of names, `strategies`, `exporters` and `executors`."""
        row: dict[str, Any] = {}
        for name in self.__struct_fields__:
            if name == "extensions":
                row.update(strategies=self.provides("strategy"), exporters=self.provides("exporter"))
                row.update(executors=self.provides("executor"))
            else:
                row[name] = _plain(getattr(self, name))
        return row

    def provides(self, what: What) -> list[str]:
        """Names of its extensions of a sort."""
        return [name for each, name in self.extensions if each == what]


class PluginInfo(msgspec.Struct, frozen=True):
    """All there is to say about one plugin.

    Attributes:
        kinds: name of each usable kind, and the first line of what it says about itself.
        location: the file that was imported.
        traceback: of what broke it.
    """

    status: PluginStatus
    module: str | None
    location: str | None
    summary: str
    hooks: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    traceback: str | None

    def to_json(self) -> dict[str, Any]:
        """The row's keys and these, as one JSON object."""
        return {
            **self.status.to_json(),
            "module": self.module,
            "location": self.location,
            "summary": self.summary,
            "hooks": list(self.hooks),
            "summaries": dict(self.kinds),
            "traceback": self.traceback,
        }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
