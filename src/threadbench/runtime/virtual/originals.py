"""The real things, captured before anything is replaced; a leaf."""

from __future__ import annotations

import _thread
import queue
import sys
import threading
import time
from concurrent.futures import _base, thread
from typing import Any

get_ident = _thread.get_ident
allocate_lock = _thread.allocate_lock
new_rlock = _thread.RLock
start_new_thread = _thread.start_new_thread
SimpleQueue = queue.SimpleQueue
LOCK_TYPE = type(allocate_lock())

start = threading.Thread.start
join = threading.Thread.join
is_alive = threading.Thread.is_alive
current_thread = threading.current_thread
enumerate_threads = threading.enumerate
active_count = threading.active_count
new_name = threading._newname  # type: ignore[attr-defined] # private to the library, and not in its stubs

sleep = time.sleep
monotonic = time.monotonic
monotonic_ns = time.monotonic_ns
perf_counter = time.perf_counter
perf_counter_ns = time.perf_counter_ns
wall = time.time
wall_ns = time.time_ns

_SHOWN = (threading.Semaphore, threading.BoundedSemaphore, threading.Event, threading.Condition, threading.Barrier)
shown = {primitive: primitive.__repr__ for primitive in _SHOWN}
thread_shown = threading.Thread.__repr__

future_hash = _base.Future.__hash__
thread_hash = threading.Thread.__hash__
pool_counter = thread.ThreadPoolExecutor._counter  # type: ignore[attr-defined] # private to the library, and not in its stubs
LOCAL_TYPE = _thread._local

ENDED: Any = None
"""The handle of an OS thread that has ended; None on Pythons whose `Thread` has a flag for that (below 3.13)."""
if sys.version_info >= (3, 13):
    ENDED = _thread._make_thread_handle(get_ident())
    ENDED._set_done()
