"""The programs that explorers are compared on, and how each explorer is asked; runs one measurement and prints JSON.

    python explore_programs.py threadbench lost-update random 1000

is started by `explore.py` once for each measurement, in the explorer's own environment.
"""

import json
import queue
import sys
import threading
import time


class Account:
    """What the threads of a lost update share."""

    def __init__(self):
        self.balance = 0


class LockedAccount(Account):
    """The same, with a lock."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


class Belt:
    """A queue for one item, and what was taken from it."""

    def __init__(self):
        self.queue = queue.Queue(1)
        self.got = []


def update(account):
    """A read and a write that another thread may come between."""
    read = account.balance
    account.balance = read + 1


def fifty(account):
    """Fifty of them."""
    for _ in range(50):
        account.balance += 1


def locked(account):
    """The same under a lock."""
    with account.lock:
        account.balance += 1


def put(belt):
    """One item in."""
    belt.queue.put(1)


def get(belt):
    """One item out."""
    belt.got.append(belt.queue.get())


PROGRAMS = {
    "lost-update": (Account, [update, update]),
    "two-by-fifty": (Account, [fifty, fifty]),
    "three-locked": (LockedAccount, [locked, locked, locked]),
    "queue": (Belt, [put, put, get, get]),
}
"""What makes the state that threads share, and the threads."""


def threadbench_rate(setup, threads, strategy, schedules, seconds):
    """Schedules a second of whole searches, one after the other, for so long."""
    import threadbench

    def search(seed):
        found = threadbench.explore(
            setup=setup,
            threads=threads,
            check=lambda _: True,
            strategy=strategy,
            max_schedules=schedules,
            stop_on_first=False,
            seed=seed,
        )
        return found.schedules, found.points

    return rate(search, seconds)


def frontrun_rate(setup, threads, strategy, schedules, seconds):
    """The same, as fast as it goes: without looking for I/O, without reproducing what it finds."""
    import frontrun

    def search(seed):
        if strategy == "dpor":
            options = {"max_executions": schedules, "stop_on_first": False, "preemption_bound": None}
        else:
            options = {"max_attempts": schedules, "seed": seed}
        found = frontrun.explore(
            setup,
            threads,
            lambda _: True,
            strategy=strategy,
            detect_io=False,
            reproduce_on_failure=0,
            **options,
        )
        return found.num_explored, 0

    return rate(search, seconds)


def rate(search, seconds):
    """Repeat a search; the first one, which imports and rewrites, is not counted."""
    search(0)
    schedules = points = seed = 0
    started = time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        seed += 1
        done, passed = search(seed)
        schedules += done
        points += passed
    return {"schedules": schedules / spent, "points": points / spent}


def floor_rate(seconds):
    """Two bare greenlets that switch as often as a lost update must: what no explorer on greenlets can beat."""
    from greenlet import getcurrent, greenlet

    def schedule():
        hub = getcurrent()

        def body():
            hub.switch()
            hub.switch()

        one, other = greenlet(body), greenlet(body)
        for _ in range(3):
            one.switch()
            other.switch()

    def search(_seed):
        for _ in range(1000):
            schedule()
        return 1000, 0

    return rate(search, seconds)


class Turns:
    """A strategy: whoever runs goes on, or each point is a switch."""

    name = "turns"
    footprint = False

    def __init__(self, *, switching):
        self.switching = switching

    def begin(self, scheduler):
        """Another schedule."""
        self.scheduler = scheduler
        return True

    def choose(self, options):
        """Who goes on."""
        me = self.scheduler.current
        if me not in options:
            return options[0]
        return next((other for other in options if other is not me), me) if self.switching else me

    def end(self, execution):
        """There is nothing to learn."""


def switch_cost(seconds):
    """Nanoseconds of a point at which a thread goes on, and what it costs more where another does."""
    import threadbench

    def point(switching):
        def search(_seed):
            found = threadbench.explore(
                setup=Account, threads=[fifty, fifty], strategy=Turns(switching=switching), max_schedules=200
            )
            return found.schedules, found.points

        return 1e9 / rate(search, seconds / 2)["points"]

    staying = point(switching=False)
    return {"point": staying, "switch": point(switching=True) - staying}


def first_witness(explorer):
    """Seconds from the start of this script to the first verdict."""
    started = time.perf_counter()
    if explorer == "threadbench":
        import threadbench

        found = threadbench.explore(setup=Account, threads=[update, update], check=lambda a: a.balance == 2)
        assert found.verdict == "violated"
    else:
        import frontrun

        result = frontrun.explore(Account, [update, update], lambda a: a.balance == 2, detect_io=False)
        assert not result.property_holds
    return {"seconds": time.perf_counter() - started}


if __name__ == "__main__":
    explorer, program, strategy, schedules, seconds = sys.argv[1:]
    if program == "first-witness":
        measured = first_witness(explorer)
    elif program == "switch":
        measured = switch_cost(float(seconds))
    elif program == "floor":
        measured = floor_rate(float(seconds))
    else:
        measure = threadbench_rate if explorer == "threadbench" else frontrun_rate
        measured = measure(*PROGRAMS[program], strategy, int(schedules), float(seconds))
    print(json.dumps(measured))
