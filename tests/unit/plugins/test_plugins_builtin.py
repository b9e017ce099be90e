"""Kinds that are built in: through the same hooks, without a look at what is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from threadbench.errors import PluginError
from threadbench.plugins import Registry
from threadbench.plugins.sources import BUILTIN_KINDS


def test_a_built_in_kind_reads_no_entry_points_and_imports_no_other_kind():
    """Resolving `race` imports threadbench.kinds.race alone, and asks for no installed distribution."""
    program = """
import importlib.metadata, sys
from threadbench.plugins import Registry  # pydantic looks for plugins of its own meanwhile
importlib.metadata.distributions = importlib.metadata.entry_points = None
assert Registry().workload("race").kind == "race"
print(*sorted(name for name in sys.modules if name.startswith("threadbench.kinds.")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["threadbench.kinds.race"]


def test_importing_the_package_imports_no_kind_and_no_entry_points():
    """`import threadbench.plugins` is what each plugin pays: pluggy and pydantic, nothing that can be put off."""
    program = """
import sys, threadbench.plugins
late = ("threadbench.kinds", "threadbench.runtime", "threadbench.scenario", "yaml", "rich", "click")
print(*sorted(name for name in sys.modules if name.startswith(late)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_built_in_kind_is_there(site):
    """The table of built-in kinds and the modules agree: each provides the kind of its name, through the same hook."""
    rows = Registry().plugins()
    assert [(row.name, row.kinds, row.status, row.origin) for row in rows] == [
        (kind, (kind,), "ok", "builtin") for kind in BUILTIN_KINDS
    ]
    assert [workload.kind for workload in Registry().workloads()] == list(BUILTIN_KINDS) == list(Registry().names())


def test_a_built_in_kind_can_be_blocked(site):
    """`-p no:race` holds for what is built in too."""
    registry = Registry(blocked=["race"])
    with pytest.raises(PluginError, match=r"kind 'race' .* which is blocked: -p no:race"):
        registry.workload("race")
    assert "race" not in registry.names()
    assert registry.workload("lock").kind == "lock"
