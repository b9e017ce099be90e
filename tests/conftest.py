"""What every test may rely on, whoever started it."""

from __future__ import annotations

import signal

import pytest


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Where pytest-xdist is missing, what pyproject.toml says to it is heard by nobody: tests run one by one."""
    if not pluginmanager.hasplugin("xdist"):
        for option in ("--numprocesses", "--maxprocesses", "--dist"):
            parser.addoption(option)


def pytest_configure() -> None:
    """Undo that Ctrl-C is ignored: a shell's `&` and some CI start commands so, and every child would inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
