"""What every test may rely on, whoever started it."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Undo that Ctrl-C is ignored: a shell's `&` and some CI start commands so, and every child would inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
