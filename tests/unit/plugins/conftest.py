"""A folder on `sys.path` is the only one in which plugins are looked for."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TYPE_CHECKING

import pytest
from plugin_site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delenv("THREADBENCH_DISABLE_PLUGINS", raising=False)
    distributions = importlib.metadata.distributions
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: distributions(path=[str(folder)]))
    before = set(sys.modules)
    site = Site(folder)
    yield site
    for name in set(sys.modules) - before:
        if name in site.modules or str(folder.parent) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]
