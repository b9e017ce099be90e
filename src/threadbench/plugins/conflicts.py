"""Who provides a kind, or what else has a name, when several claim it: nobody. Loaded plugins enter, the same leave
without what is contested.

Also the rules by which a word on the command line names a plugin. Imported by the registry only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..extensions import RESERVED
from .hookspecs import PROJECT
from .sources import BUILTIN_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .status import Plugin, Source


def compared(plugins: Sequence[Plugin]) -> list[Plugin]:
    """The plugins again, in order, without whatever another, or threadbench, claims too."""
    claims: dict[tuple[str, str], list[Source]] = defaultdict(list)
    for plugin in plugins:
        for claim in _claims(plugin):
            claims[claim].append(plugin.source)
    return [_without_contested(plugin, claims) for plugin in plugins]


def _claims(plugin: Plugin) -> list[tuple[str, str]]:
    kinds = [("kind", workload.kind) for workload in plugin.workloads]
    return [*kinds, *((each.what, each.name) for each in plugin.extensions)]


def _without_contested(plugin: Plugin, claims: Mapping[tuple[str, str], list[Source]]) -> Plugin:
    own = _claims(plugin)
    reserved = [(what, name) for what, name in own if name in _RESERVED[what]]
    contested = [claim for claim in own if claim not in reserved and len(claims[claim]) > 1]
    if not reserved and not contested:
        return plugin
    reasons = [f"{what} '{name}' is built in, and its name reserved" for what, name in reserved]
    reasons += [
        f"{claim[0]} '{claim[1]}' is claimed by {listed(map(str, claims[claim]), 'and')}" for claim in contested
    ]
    rivals = [rival for claim in contested for rival in claims[claim]]
    droppable = [f"-p no:{rival.name}" for rival in rivals if rival.origin == "distribution"]
    lost = {*reserved, *contested}
    whats = listed((what for what, _ in [*reserved, *contested]), "and the")
    return replace(
        plugin,
        status="conflict",
        workloads=tuple(workload for workload in plugin.workloads if ("kind", workload.kind) not in lost),
        extensions=tuple(each for each in plugin.extensions if (each.what, each.name) not in lost),
        reason="; ".join(reasons),
        cure=f"decide with {listed(droppable, 'or')}" if droppable else f"rename the {whats} in {plugin.source.owner}",
    )


_RESERVED: dict[str, tuple[str, ...]] = {"kind": BUILTIN_KINDS, **dict(RESERVED.items())}
"""Names that threadbench keeps for itself."""


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
