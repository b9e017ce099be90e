"""Code under test, whose lines the explanations quote: keep it as it is, or correct them."""

import threading


class Account:
    def __init__(self):
        self.balance = 0
        self.lock = threading.Lock()
        self.log_lock = threading.Lock()
        self.history = {}


def deposit(account):
    value = account.balance
    account.balance = value + 100


def deposit_often(account):
    for _ in range(20):
        account.balance += 1


def transfer(account):
    with account.lock:  # noqa: SIM117 - two statements, as the text shows them
        with account.log_lock:
            account.balance += 1


def audit(account):
    with account.log_lock:  # noqa: SIM117 - two statements, as the text shows them
        with account.lock:
            account.balance += 1


def open_book(account):
    account.history = None


def write_book(account):
    account.history["today"] = 1


class Mailbox:
    def __init__(self):
        self.full = False
        self.changed = threading.Condition()


def receive(mailbox):
    if not mailbox.full:
        with mailbox.changed:
            mailbox.changed.wait()


def send(mailbox):
    mailbox.full = True
    with mailbox.changed:
        mailbox.changed.notify()


def poll(mailbox):
    while not mailbox.full:
        pass


guard = threading.Lock()


def take(mailbox):
    guard.acquire()


class Loud:
    """Tells of each look at it."""

    looks = 0

    def __repr__(self):
        Loud.looks += 1
        return "Loud"

    def __eq__(self, other):
        Loud.looks += 1
        return self is other

    def __hash__(self):
        Loud.looks += 1
        return 1


def put_loud(account):
    account.balance = Loud()
    account.history = {"a": Loud()}


here, there = Account(), Account()


def move(source, target):
    with source.lock:  # noqa: SIM117 - two statements, as the text shows them
        with target.lock:
            source.balance -= 1


def move_there(_):
    move(here, there)


def move_back(_):
    move(there, here)


def retry(mailbox):
    from time import sleep

    tries = 0
    while True:
        tries += 1
        if mailbox.full:
            return
        sleep(0.1)


def touch(mailbox):
    mailbox.changed = None


class Unguarded:
    def __init__(self):
        from contextlib import nullcontext

        self.balance = 0
        self.guard = nullcontext()


def deposit_unguarded(account):
    with account.guard:
        value = account.balance
        account.balance = value + 100


def report_twice(pool):
    def inner():
        entry = pool.submit(int, 1)
        return entry.result()

    report = pool.submit(inner)
    report.result()


class Till:
    def __init__(self):
        self.coins = 0


class Desk:
    def __init__(self):
        self.till = None
        self.opened = []


def open_till(desk):
    if desk.till is None:
        desk.till = Till()
        desk.opened.append(1)
