"""Who provides a kind when several claim it: nobody. Loaded plugins enter, the same leave without contested workloads.

Also the rules by which a word on the command line names a plugin. Imported by the registry only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from .hookspecs import PROJECT
from .sources import BUILTIN_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .status import Plugin, Source


def compared(plugins: Sequence[Plugin]) -> list[Plugin]:
    """The plugins again, in order, without the workloads that another one, or threadbench itself, claims too."""
    claims: dict[str, list[Source]] = defaultdict(list)
    for plugin in plugins:
        for workload in plugin.workloads:
            claims[workload.kind].append(plugin.source)
    return [_without_contested(plugin, claims) for plugin in plugins]


def _without_contested(plugin: Plugin, claims: Mapping[str, list[Source]]) -> Plugin:
    kinds = [workload.kind for workload in plugin.workloads]
    reserved = [kind for kind in kinds if kind in BUILTIN_KINDS]
    contested = [kind for kind in kinds if kind not in reserved and len(claims[kind]) > 1]
    if not reserved and not contested:
        return plugin
    reasons = [f"kind '{kind}' is built in, and its name reserved" for kind in reserved]
    reasons += [f"kind '{kind}' is claimed by {listed(map(str, claims[kind]), 'and')}" for kind in contested]
    rivals = [rival for kind in contested for rival in claims[kind]]
    droppable = [f"-p no:{rival.name}" for rival in rivals if rival.origin == "distribution"]
    return replace(
        plugin,
        status="conflict",
        workloads=tuple(workload for workload in plugin.workloads if workload.kind not in {*reserved, *contested}),
        reason="; ".join(reasons),
        cure=f"decide with {listed(droppable, 'or')}" if droppable else f"rename the kind in {plugin.source.owner}",
    )


def named(source: Source, name: str) -> bool:
    """Whether a name means this plugin: its own or its distribution's, `-` and `_` alike."""
    own = [source.name] if source.origin == "builtin" else [source.name, source.distribution or source.name]
    return normal(name) in map(normal, own)


def resembles(source: Source, kind: str) -> bool:
    """Whether a plugin that could not be looked into is probably the one that provides a kind."""
    own = [source.name, source.distribution or source.name, source.target.partition(":")[0]]
    return normal(kind) in [normal(name).removeprefix(f"{PROJECT}-") for name in own]


def normal(name: str) -> str:
    """A name as package indexes compare them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def listed(names: Iterable[str], word: str) -> str:
    """Names as part of a sentence, each once."""
    return f" {word} ".join(dict.fromkeys(names))
