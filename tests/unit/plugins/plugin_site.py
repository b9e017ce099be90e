"""A site of fake installed distributions, and the source of a plugin that works."""

from __future__ import annotations

import importlib
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from threadbench.plugins import PluginStatus, Registry

GOOD = """
    from threadbench import hookimpl, workload

    @workload("{kind}")
    def function(run, params):
        '''What {kind} shows.'''

    @hookimpl
    def threadbench_workloads():
        yield function
"""


def good(kind: str, *, api: str | None = None) -> str:
    """Source of a plugin module that provides one kind."""
    head = "" if api is None else f"THREADBENCH_API = {api!r}\n"
    return head + dedent(GOOD).format(kind=kind)


def status(registry: Registry, name: str) -> PluginStatus:
    """The only row of that name that is not built in."""
    (row,) = [row for row in registry.plugins() if row.name == name and row.origin != "builtin"]
    return row


class Site:
    """Writes distributions; `imported` tells which of their modules were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: set[str] = set()

    def install(self, distribution: str, points: dict[str, str], version: str = "1.0") -> None:
        """A distribution whose entry points are name → source of a module, or name → `=module` that exists."""
        lines = ["[threadbench]"]
        for name, source in points.items():
            module = source[1:] if source.startswith("=") else f"{distribution}_{name}".replace("-", "_")
            lines.append(f"{name} = {module}")
            if not source.startswith("="):
                self.module(module, source)
        self.metadata(distribution, "\n".join(lines), version)

    def metadata(self, distribution: str, entry_points: str, version: str = "1.0") -> Path:
        """A distribution with the given text of entry points."""
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(entry_points)
        return info

    def module(self, name: str, source: str) -> Path:
        """An importable module."""
        path = self.folder / f"{name}.py"
        path.write_text(dedent(source))
        self.modules.add(name)
        importlib.invalidate_caches()
        return path

    @property
    def imported(self) -> set[str]:
        return self.modules & set(sys.modules)
