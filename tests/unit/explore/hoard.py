"""A library, as far as tests are concerned, that keeps what it knows where its callers cannot see it."""

from __future__ import annotations

import contextlib
import functools


class Registry:
    known: list[str] = []  # noqa: RUF012 - what all share is the point

    def register(self, name):
        Registry.known.append(name)

    def names(self):
        return tuple(self.known)


class Meter:
    __readings = 0

    @property
    def reading(self):
        Meter.__readings += 1
        return Meter.__readings

    def peek(self):
        return Meter.__readings


class Visits:
    def __init__(self):
        self._visits = 0

    @property
    def visit(self):
        self._visits += 1
        return self._visits

    def count(self):
        return self._visits


class Lazy:
    def __init__(self):
        self._made = {}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._made.get(name, 0)

    def make(self, name, value):
        self._made[name] = value


class Kept:
    """Keeps attributes elsewhere."""

    store: dict[str, int] = {}  # noqa: RUF012 - what all share is the point

    def __setattr__(self, name, value):
        Kept.store[name] = value

    def __getattribute__(self, name):
        return Kept.store.get(name, 0)


class Options:
    def fill(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class Node:
    def __init__(self, value=0, child=None):
        self.value = value
        self.child = child


def fill(target, **values):
    for name, value in values.items():
        setattr(target, name, value)


def push_down(parent, value):
    parent.child.value = value


def depth_of(parent):
    return parent.child.value


class Stepper:
    def __init__(self):
        self._at = 0

    def __iter__(self):
        return self

    def __next__(self):
        self._at += 1
        return self._at


class Keeper:
    def __init__(self):
        self._held = []

    def hold(self, value):
        self._held.append(value)

    def change(self, value):
        for held in self._held:
            held.value = value


class Key:
    def __init__(self):
        self.name = 1

    def __eq__(self, other):
        return self.name == other.name

    def __hash__(self):
        return self.name


_held: list[object] = []
total = 0


def hold(value):
    _held.append(value)


def change_held(value):
    for held in _held:
        held.value = value


def raise_total():
    _raise()


def _raise():
    global total
    total += 1


def set_below(parent, value):
    parent.v.v = value


def remembering(count):
    for number in range(count):
        remember(number)
        yield len(remember.__defaults__[1])


@contextlib.contextmanager
def remembered():
    remember(1)
    yield


@contextlib.contextmanager
def remembered_later():
    yield
    remember(1)


@functools.cache
def cached(value):
    configure(value)


_settings: dict[str, int] = {}


def configure(value):
    _store(value)


def _store(value):
    _settings["value"] = value


def configured():
    return _load()


def _load():
    return _settings.get("value", 0)


def remember(value=None, seen=[]):  # noqa: B006 - what is kept in a default is the point
    if value is not None:
        seen.append(value)
    return len(seen)


class Level:
    current = 0

    @classmethod
    def up(cls):
        cls.current += 1

    @staticmethod
    def shown():
        return Level.current

    def __enter__(self):
        Level.current += 1

    def __exit__(self, *_):
        pass

    def __eq__(self, other):
        return Level.current == other

    __hash__ = None

    def __len__(self):
        return Level.current

    def __repr__(self):
        return f"Level {Level.current}"

    def __iter__(self):
        Level.current += 1
        return iter(())

    def __call__(self):
        return Level.current


class _Checking(type):
    """Keeps which classes an object is to be taken for."""

    allowed: set[type] = set()  # noqa: RUF012 - what all share is the point

    def __instancecheck__(cls, value):
        return type(value) in _Checking.allowed

    def __subclasscheck__(cls, kind):
        return kind in _Checking.allowed


class Checked(metaclass=_Checking):
    pass


def allow(kind):
    _Checking.allowed.add(kind)


made: list[str] = []


def made_so_far():
    return len(made)


class Noting:
    def __init_subclass__(cls):
        made.append(cls.__name__)


class NotingMeta(type):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        made.append(name)


class Field:
    def __set_name__(self, owner, name):
        made.append(name)


class Numbered:
    def __hash__(self):
        return len(made)

    def __eq__(self, other):
        return isinstance(other, Numbered)


def note():
    made.append("noted")


def reset():
    global total
    total = 0
    made.clear()
    _Checking.allowed.clear()
    _held.clear()
    Registry.known.clear()
    Meter._Meter__readings = 0
    Kept.store.clear()
    _settings.clear()
    remember.__defaults__[1].clear()
    Level.current = 0
