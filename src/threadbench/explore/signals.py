"""Signals as searches use them, without the enumerations that `signal` makes of them.

To import these takes half a millisecond, and to look one up at each call as long as to find all functions under test.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # no types are published for it
from _signal import SIGINT, default_int_handler, pthread_kill
from _signal import getsignal as handler_of
from _signal import signal as handle
from typing import Final

__all__ = ["SIGINT", "SIGNAL", "default_int_handler", "handle", "handler_of", "pthread_kill"]

SIGNAL: Final[int] = _signal.SIGRTMAX - 2 if hasattr(_signal, "SIGRTMAX") else _signal.SIGUSR1
"""Makes the interpreter look up, also from most calls that wait."""
