"""Programs that do what no schedule controls."""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import types
from typing import Any


class State:
    """What threads share."""

    def __init__(self):
        self.value = self.other = 0
        self.said = ""

    def two(self):
        self.value += 1

    def outcome(self):
        return self.said


class Socket(State):
    def __init__(self):
        super().__init__()
        self.here, self.there = socket.socketpair()

    def one(self):
        self.said = self.here.recv(1).decode()


class Pipe(State):
    def __init__(self):
        super().__init__()
        self.end, self.other_end = os.pipe()

    def one(self):
        self.said = os.read(self.end, 1).decode()


class ProcessLock(State):
    def __init__(self):
        super().__init__()
        self.lock = multiprocessing.Lock()

    def one(self):
        with self.lock:
            self.value += 1

    two = one


class Asyncio(State):
    async def work(self):
        await asyncio.sleep(0.01)

    def one(self):
        asyncio.run(self.work())


class Endless(State):
    def spin(self):
        number = 0
        while True:
            number += 1

    def one(self):
        self.spin()


class Foreign(State):
    def pause(self):
        lock = ctypes.create_string_buffer(256)  # of POSIX: unlike a sleep, it does not end with a signal
        for _ in range(2):
            ctypes.CDLL(None).pthread_mutex_lock(lock)

    def one(self):
        self.pause()


class Child(State):
    def one(self):
        child = multiprocessing.get_context("spawn").Process(target=int)
        child.start()
        child.join()
        self.said = "done" if child.exitcode == 0 else "failed"


class Command(State):
    def one(self):
        self.said = subprocess.run(
            [sys.executable, "-c", "print('done')"], capture_output=True, text=True
        ).stdout.strip()


class Signal(State):
    def note(self, *_):
        self.said = "done"

    def one(self):
        before = signal.signal(signal.SIGUSR1, self.note)
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, before)


class Disk(State):
    def one(self):
        with tempfile.TemporaryFile("w+") as file:
            file.write("done")
            file.seek(0)
            self.said = file.read()


class Twofold(State):
    """Does one thing or another, as `odd` has it."""

    def one(self):
        for _ in range(24):  # so often that two schedules are not alike by chance
            if self.odd():
                self.value += 1
            else:
                self.other += 1


class Chance(Twofold):
    def odd(self):
        return os.urandom(1)[0] & 1


class Leak(Twofold):
    """What is left from earlier schedules where no code under test writes: memory is not handed out as before."""

    def odd(self):
        return next(ELSEWHERE.numbers) % 5 == 0  # 48 in a schedule, so that the next one begins elsewhere


ELSEWHERE: Any = types.ModuleType("elsewhere")
ELSEWHERE.numbers = itertools.count()
