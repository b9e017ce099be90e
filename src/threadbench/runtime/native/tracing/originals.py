"""The real primitives, captured before anything is patched; a leaf that everything here may use safely."""

from __future__ import annotations

import _thread
import concurrent.futures
import queue
import threading

Lock = threading.Lock
RLock = threading.RLock
SimpleQueue = queue.SimpleQueue
ThreadPoolExecutor = concurrent.futures.ThreadPoolExecutor

allocate_lock = _thread.allocate_lock
new_rlock = _thread.RLock
ThreadLocal = _thread._local  # the C class: an attribute costs half of what a subclass's does
LOCK_TYPE = type(allocate_lock())
