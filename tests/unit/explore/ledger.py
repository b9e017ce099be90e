"""A library, as far as tests are concerned: its classes and functions are not under test."""

from __future__ import annotations

from dataclasses import dataclass


class Ledger:
    def __init__(self, total=0):
        self.total = total
        self.items = []
        self.callback = None

    def add(self):
        self.total = self.total + 1

    def put(self, item):
        self.items.append(item)

    def tell(self):
        self.callback(1)

    @property
    def shown(self):
        return self.total

    def __eq__(self, other):
        return self.total == other.total

    __hash__ = None

    def __iadd__(self, other):
        self.total += other
        return self

    def __add__(self, other):
        return self.total + other

    def __neg__(self):
        return -self.total

    def __enter__(self):
        self.total += 1

    def __exit__(self, *_):
        pass

    def __call__(self):
        self.total += 1

    def __repr__(self):
        return f"Ledger({self.total})"


class Bag(Ledger):
    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


@dataclass
class Entry:
    amount: int = 0


class Field:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, owner):
        return getattr(obj, self.name, 0)

    def __set__(self, obj, value):
        setattr(obj, self.name, value)


COUNT = 0


def count():
    return COUNT


def count_on():
    global COUNT
    COUNT += 1


def counter():
    value = 0

    def get():
        return value

    def advance():
        nonlocal value
        value += 1

    return get, advance


def raise_amount(entry):
    entry.amount = entry.amount + 1


def raise_all(entries):
    for entry in entries:
        entry.amount += 1


def amount_of(entry):
    return entry.amount
