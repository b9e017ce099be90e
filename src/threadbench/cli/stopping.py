"""SIGTERM, which ends a command as Ctrl-C does: the log is whole, the summary is written, the cursor shown.

It is what `timeout`, containers and CI send to what has to end. A leaf.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stopping:
    """Whether the command was told to stop.

    Attributes:
        told: SIGTERM has come.
    """

    def __init__(self) -> None:
        self.told = False

    def end(self) -> None:
        """End the process by the signal that told it to stop, as whoever sent it expects; returns where none did."""
        if self.told:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def stopped_by_signal() -> Iterator[Stopping]:
    """Within it, SIGTERM does what Ctrl-C would do at the same moment.

    Where Ctrl-C is ignored (a shell's background job), or somebody else answers SIGTERM already, nothing is changed.
    """
    stopping, process = Stopping(), os.getpid()
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield stopping
        return

    def stop(*_: object) -> None:
        if os.getpid() != process:  # a fork has inherited this, and whoever forked it counts on its end
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        stopping.told = True
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
