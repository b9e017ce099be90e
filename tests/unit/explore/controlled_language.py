"""Programs for the rows of `docs/controlled.md` on constructs of the language; as those of `controlled_library`."""

from __future__ import annotations

import collections
import configparser
import contextlib
import csv
import dataclasses
import functools
import hashlib
import heapq
import io
import itertools
import json
import operator
import random
import types
import typing
from typing import Any, ClassVar, NamedTuple

from controlled_library import Program, programs

LOST: list[Any] = [1, 2]
"""Two updates, of which one may be lost."""


class Pair(NamedTuple):
    """Immutable, but for what it holds."""

    items: list[int]
    number: int


class Attribute(Program):
    row = "attributes of instances, `__dict__`, `vars`"
    ends: ClassVar = LOST

    def __init__(self):
        super().__init__()
        self.value = 0

    def one(self):
        self.value += 1

    two = one

    def outcome(self):
        return self.value


class AttributeAsItem(Attribute):
    row = "attributes of instances, `__dict__`, `vars`"

    def two(self):
        vars(self)["value"] = self.__dict__["value"] + 1


class AttributeGone(Program):
    row = "attributes of instances, `__dict__`, `vars`"
    ends: ClassVar = ["crashed", [1]]

    def __init__(self):
        super().__init__()
        self.value = 1

    def one(self):
        del self.value

    def two(self):
        self.seen.append(self.value)


class Dynamic(Attribute):
    row = "`getattr`, `setattr`, `hasattr`, `delattr`, `operator.attrgetter`"

    def one(self):
        self.value = self.value + 1

    def two(self):
        self.value = operator.attrgetter("value")(self) + 1


class ClassAttribute(Program):
    row = "class attributes, also read through an instance"
    ends: ClassVar = LOST
    value = 0

    def one(self):
        ClassAttribute.value = self.value + 1

    two = one

    def outcome(self):
        return self.value


class Slots(Program):
    row = "`__slots__`"
    ends: ClassVar = LOST

    class Cell:
        __slots__ = ("value",)

    def __init__(self):
        super().__init__()
        self.cell = self.Cell()
        self.cell.value = 0

    def one(self):
        self.cell.value += 1

    two = one

    def outcome(self):
        return self.cell.value


class Property(Attribute):
    row = "properties, descriptors, `__getattr__`, operators of your own classes"

    @property
    def twice(self):
        return self.value * 2

    @twice.setter
    def twice(self, twice):
        self.value = twice // 2

    def one(self):
        self.twice += 2

    two = one


class Operator(Attribute):
    row = "properties, descriptors, `__getattr__`, operators of your own classes"

    def __getattr__(self, name):
        if name != "absent":
            raise AttributeError(name)
        return self.value

    def __iadd__(self, other):
        self.value = self.absent + other
        return self

    def one(self):
        self += 1

    two = one


class Data(Program):
    row = "data classes, named tuples, enums"
    ends: ClassVar = LOST

    @dataclasses.dataclass
    class Record:
        """A value."""

        value: int = 0

    def __init__(self):
        super().__init__()
        self.record = self.Record()

    def one(self):
        self.record.value += 1

    def two(self):
        self.record = dataclasses.replace(self.record, value=self.record.value + 1)

    def outcome(self):
        return self.record.value


class Global(Program):
    row = "globals, also as attributes of their module"
    ends: ClassVar = LOST

    def one(self):
        global total
        total += 1

    def two(self):
        globals()["total"] += 1

    def outcome(self):
        return total


total = 0


class Closure(Program):
    row = "variables of closures (`nonlocal`)"
    ends: ClassVar = LOST

    def __init__(self):
        super().__init__()
        count = 0

        def bump():
            nonlocal count
            count += 1

        self.bump, self.read = bump, lambda: count

    def one(self):
        self.bump()

    two = one

    def outcome(self):
        return self.read()


class Items(Program):
    row = "items: `d[k]`, `a[i]`, slices, `del`"
    ends: ClassVar = LOST

    def __init__(self):
        super().__init__()
        self.count = {"k": 0}

    def one(self):
        self.count["k"] += 1

    two = one

    def outcome(self):
        return self.count["k"]


class Sliced(Program):
    row = "items: `d[k]`, `a[i]`, slices, `del`"
    # From where on, and the item: each as it was or as it has been stored, whatever is true of the other.
    ends: ClassVar = [[1, 2, 3], [1, 9, 3], [2, 3], [9, 3]]

    def __init__(self):
        super().__init__()
        self.items = [1, 2, 3]
        self.first = 0

    def __index__(self):
        first = self.first
        self.asked = True
        return first

    def one(self):
        self.first = 1
        self.items[1] = 9

    def two(self):
        self.part = self.items[self:]

    def outcome(self):
        return self.part


class OtherItems(Program):
    row = "items: `d[k]`, `a[i]`, slices, `del`"
    ends: ClassVar = [[[1, 1], 2]]

    def __init__(self):
        super().__init__()
        self.list = [0, 0]

    def one(self):
        self.list[0] += 1

    def two(self):
        self.list[1] += 1

    def outcome(self):
        return [self.list, len(self.list)]


class CheckThenAct(Program):
    row = "membership: `in`, `not in`"
    ends: ClassVar = [1, 2]

    def __init__(self):
        super().__init__()
        self.made, self.known = 0, set()
        self.seen = []

    def one(self):
        if "k" not in self.known:
            self.known.add("k")
            self.seen.append(1)

    two = one

    def outcome(self):
        return len(self.seen)


class Methods(Program):
    row = "methods of `list`, `dict`, `set`, `deque`, `bytearray`, `Counter`, `defaultdict`, `OrderedDict`"
    ends: ClassVar = [[1, 2], [2, 1]]

    def one(self):
        self.seen.append(1)

    def two(self):
        self.seen.append(2)


class MethodsGet(Items):
    row = "methods of `list`, `dict`, `set`, `deque`, `bytearray`, `Counter`, `defaultdict`, `OrderedDict`"

    def one(self):
        self.count.update(k=self.count.get("k", 0) + 1)

    two = one


class MethodsPop(Program):
    row = "methods of `list`, `dict`, `set`, `deque`, `bytearray`, `Counter`, `defaultdict`, `OrderedDict`"
    ends: ClassVar = ["crashed", [1]]

    def __init__(self):
        super().__init__()
        self.queue = collections.deque([1])

    def one(self):
        if self.queue:
            self.seen.append(self.queue.popleft())

    two = one


class Bound(Program):
    row = "the same methods, bound to a name, or as a thread's target"
    ends: ClassVar = [[1, 2], [2, 1]]

    def one(self):
        append = self.seen.append
        append(1)

    def two(self):
        functools.partial(list.append, self.seen)(2)


class Iteration(Program):
    row = "iteration: `for`, comprehensions, `zip`, `map`, `enumerate`, `sorted`"
    ends: ClassVar = ["crashed", 3, 1]

    def __init__(self):
        super().__init__()
        self.items = {1: 1}
        self.sum = 0

    def one(self):
        for key in self.items:
            self.sum += key

    def two(self):
        self.items[2] = 2

    def outcome(self):
        return self.sum


class Comprehension(Program):
    row = "iteration: `for`, comprehensions, `zip`, `map`, `enumerate`, `sorted`"
    ends: ClassVar = [[1], [1, 2]]

    def __init__(self):
        super().__init__()
        self.items = [1]

    def one(self):
        self.seen = [item for item in self.items]  # noqa: C416 - what is looked at

    def two(self):
        self.items.append(2)


class SharedIterator(Program):
    row = "generators that threads share"
    ends: ClassVar = ["crashed", [0], [1], [0, 1]]

    def __init__(self):
        super().__init__()
        self.numbers = self.count()

    def count(self):
        for number in range(2):
            self.last = number
            yield number

    def one(self):
        self.seen = sorted([*self.seen, next(self.numbers)])

    two = one


def added(total, number):
    """In Python, and with a point where it begins and ends, as far as an iterator in C is concerned."""
    return total + number


class Accumulated(Program):
    row = "iterators that threads share: `itertools.count`, `iter(x)`"
    # Whoever gets the 2 makes a 3 of it. The 4 is added to that, or to the 1 where the 3 has not been kept yet.
    ends: ClassVar = [[3, 7], [3, 5]]

    def __init__(self):
        super().__init__()
        self.sums = itertools.accumulate([1, 2, 4], added)
        next(self.sums)

    def one(self):
        self.seen.append(next(self.sums))

    two = one

    def outcome(self):
        return sorted(self.seen)


class TakenWhile(Program):
    row = "iterators that threads share: `itertools.count`, `iter(x)`"
    # Whoever gets the 9 stops; the other has the 2 where it had begun before that was remembered.
    ends: ClassVar = [["end", "end"], [2, "end"]]

    def __init__(self):
        super().__init__()
        self.low = itertools.takewhile(self.is_low, [9, 2])

    def is_low(self, number):
        return number < 5

    def one(self):
        self.seen.append(next(self.low, "end"))

    two = one

    def outcome(self):
        return sorted(self.seen, key=str)


class Forked(Program):
    row = "iterators that threads share: `itertools.count`, `iter(x)`"
    ends: ClassVar = [[1, 1], "crashed"]

    def __init__(self):
        super().__init__()
        self.forks = itertools.tee(iter([1, 2]))

    def one(self):
        self.seen.append(next(self.forks[0]))

    def two(self):
        self.seen.append(next(self.forks[1]))


class DelegatedIterator(SharedIterator):
    row = "generators that threads share"
    ends: ClassVar = ["crashed", [0, 1]]

    def one(self):
        for number in self.numbers:
            self.seen.append(number)

    def two(self):
        self.seen += list(self.numbers)

    def outcome(self):
        return sorted(self.seen)


class DroppedGenerator(Program):
    row = "generators that threads share"
    ends: ClassVar = [["gone", "last"], ["last", "gone"]]

    def numbers(self):
        try:
            yield 1
        finally:
            self.seen.append("gone")

    def one(self):
        numbers = self.numbers()
        next(numbers)
        del numbers

    def two(self):
        self.seen.append("last")


class ClosedGenerator(Program):
    row = "generators that threads share"
    # Closed before it is asked, while it is, or after; or asked while it is being closed.
    ends: ClassVar = [["closed", "end"], ["refused", 2], ["closed", 2], ["closed", "refused"]]

    def __init__(self):
        super().__init__()
        self.generator = self.numbers()
        next(self.generator)

    def numbers(self):
        try:
            yield 1
            yield 2
        finally:
            self.last = True

    def one(self):
        try:
            self.generator.close()
            self.first = "closed"
        except ValueError:
            self.first = "refused"

    def two(self):
        try:
            self.second = next(self.generator, "end")
        except ValueError:
            self.second = "refused"

    def outcome(self):
        return [self.first, self.second]


class Ticket(Program):
    row = "iterators that threads share: `itertools.count`, `iter(x)`"
    ends: ClassVar = [["one", "two"], ["two", "one"]]

    def __init__(self):
        super().__init__()
        self.tickets = itertools.count()
        self.order = {}

    def one(self):
        self.order[next(self.tickets)] = "one"

    def two(self):
        self.order[next(self.tickets)] = "two"

    def outcome(self):
        return [self.order[0], self.order[1]]


class Unpacking(Program):
    row = "unpacking: `a, b = x`, `*x`, `**x`, star arguments"
    ends: ClassVar = ["crashed", [1, 2]]

    def __init__(self):
        super().__init__()
        self.pair = [1, 2]

    def one(self):
        first, second = self.pair
        self.seen += [first, second]

    def two(self):
        self.pair.append(3)


class StarCall(Program):
    row = "unpacking: `a, b = x`, `*x`, `**x`, star arguments"
    ends: ClassVar = [[1], [1, 2]]

    def __init__(self):
        super().__init__()
        self.pair = [1]

    def take(self, *numbers):
        self.seen.extend(numbers)

    def one(self):
        self.take(*self.pair)

    def two(self):
        self.pair.append(2)


class Builtins(Program):
    row = "builtins on containers: `len`, `sum`, `max`, `list`, `sorted`, `repr`, `==`"
    ends: ClassVar = [[0, 0], [1, 5], [0, 5]]

    def __init__(self):
        super().__init__()
        self.items = []

    def one(self):
        self.seen += [len(self.items), sum(self.items)]

    def two(self):
        self.items.append(5)


class Library(Program):
    row = "C callables given a container: `json.dumps`, `heapq`, `bisect`, `itertools`, `operator`"
    ends: ClassVar = ["[]", "[5]"]

    def __init__(self):
        super().__init__()
        self.items = []

    def one(self):
        self.seen = json.dumps(self.items)

    def two(self):
        operator.iadd(self.items, [5])


class Merged(Program):
    row = "Python code that is not under test: the standard library, other packages"
    # The first item is read before it is stored or after, the second likewise.
    ends: ClassVar = [[1], [1, 2], [5], [5, 2]]

    def __init__(self):
        super().__init__()
        self.items = [1]

    def one(self):
        for item in heapq.merge(self.items):
            self.seen.append(item)

    def two(self):
        self.items[0] = 5
        self.items.append(2)


class CalledBack(Program):
    row = "Python code that is not under test: the standard library, other packages"
    # The first and the last item are read before they are stored or after, whatever is true of the other.
    ends: ClassVar = [[0, 1], [0, 2], [1, 2], [2, 3]]

    def __init__(self):
        super().__init__()
        self.items = [1, 2, 3]
        self.sign = 1

    def one(self):
        self.sign = 1
        self.seen = heapq.nsmallest(2, self.items, key=lambda item: self.sign * item)

    def two(self):
        self.items[0] = 9
        self.items[2] = 0


class CallableObject(Program):
    row = "builtins on containers: `len`, `sum`, `max`, `list`, `sorted`, `repr`, `==`"
    # Of 1 and 2, 1 and 0, or 5 and either.
    ends: ClassVar = [1, 2, 5]

    def __init__(self):
        super().__init__()
        self.items = [1, 2]
        self.calls = 0

    def __call__(self, item):
        self.calls += 1
        return item

    def one(self):
        self.most = max(self.items, key=self)

    def two(self):
        self.items[0] = 5
        self.items[1] = 0

    def outcome(self):
        return self.most


class Shown(Program):
    row = "`with`, `try`, `match`, `lambda`, decorators, f-strings"
    ends: ClassVar = ["1 1", "1 2", "2 2"]
    pattern = "{0} {0.value}"

    def __init__(self):
        super().__init__()
        self.value = 1

    def __format__(self, spec):
        return str(self.value)

    def one(self):
        self.value = 2

    def two(self):
        self.text = self.pattern.format(self)

    def outcome(self):
        return self.text


class ShownOf(Shown):
    row = "`with`, `try`, `match`, `lambda`, decorators, f-strings"
    ends: ClassVar = ["1", "2"]

    def two(self):
        self.text = "{of.value}".format_map({"of": self})


class With(Program):
    row = "`with`, `try`, `match`, `lambda`, decorators, f-strings"
    ends: ClassVar = LOST

    def __init__(self):
        super().__init__()
        self.value = 0

    def __enter__(self):
        self.before = self.value
        return self

    def __exit__(self, *_):
        pass

    def one(self):
        with self:
            match self.value:
                case 0 | 1 as now:
                    self.value = (lambda: int(f"{now}") + 1)()

    two = one

    def outcome(self):
        return self.value


class Coroutine(Program):
    row = "`async def`, driven by hand"
    ends: ClassVar = LOST

    def __init__(self):
        super().__init__()
        self.value = 0

    async def bump(self):
        self.value += 1

    def one(self):
        with contextlib.suppress(StopIteration):
            self.bump().send(None)

    two = one

    def outcome(self):
        return self.value


class Spin(Program):
    row = "loops that wait: `while not ready: pass`"
    ends: ClassVar = [[True], "livelock"]

    def __init__(self):
        super().__init__()
        self.ready = self.skipped = False

    def one(self):
        while not self.ready:
            pass
        self.seen.append(self.ready)

    def two(self):
        if not self.skipped:
            self.ready = True

    def three(self):
        self.skipped = True


class Finalizer(Program):
    row = "`__del__` of your own classes"
    ends: ClassVar = [["gone", "last"], ["last", "gone"]]
    missed = "what a search with footprints has seen lives to the end of the schedule"

    class Thing:
        """Tells when it goes."""

        def __init__(self, seen):
            self.seen = seen

        def __del__(self):
            self.seen.append("gone")

    def __init__(self):
        super().__init__()
        self.thing = self.Thing(self.seen)

    def one(self):
        self.thing = None

    def two(self):
        self.seen.append("last")


class Gil(Program):
    row = "the `gil` model"
    ends: ClassVar = [2]
    model = "gil"

    def __init__(self):
        super().__init__()
        self.value = 0

    def one(self):
        self.value += 1

    two = one

    def outcome(self):
        return self.value


class GilCalls(Gil):
    row = "the `gil` model"
    ends: ClassVar = LOST

    def one(self):
        self.value = int(self.value) + 1

    two = one


class Exec(Program):
    row = "`exec`, `eval`, code made at run time"
    ends: ClassVar = LOST
    missed = "code that is compiled at run time has no hooks"

    def __init__(self):
        super().__init__()
        self.value = 0

    def one(self):
        exec("self.value += 1")

    two = one

    def outcome(self):
        return self.value


class View(Program):
    row = "`memoryview` of a buffer"
    ends: ClassVar = LOST

    def __init__(self):
        super().__init__()
        self.buffer = bytearray(1)

    def one(self):
        memoryview(self.buffer)[0] += 1

    two = one

    def outcome(self):
        return self.buffer[0]


class NewClassAttribute(Program):
    row = "class attributes, also read through an instance"
    ends: ClassVar = [[None], [1]]

    def __init__(self):
        super().__init__()
        self.made = type("Made", (), {})

    def one(self):
        self.made.added = 1

    def two(self):
        self.seen = [getattr(self.made(), "added", None)]


class CacheMadeLater(Program):
    row = "`functools.lru_cache`, `cached_property`"
    # One computes and the other finds it, or both compute: the second to begin is the first or the second to end.
    ends: ClassVar = [[1, 1], [1, 2], [2, 1], [2, 2]]

    def __init__(self):
        super().__init__()
        self.calls = []

        @functools.lru_cache
        def count(key):
            self.calls.append(key)
            return len(self.calls)

        self.count = count

    def one(self):
        self.first = self.count("k")

    def two(self):
        self.second = self.count("k")

    def outcome(self):
        return [self.first, self.second]


class NamedTupleEquality(Program):
    row = "data classes, named tuples, enums"
    ends: ClassVar = [[True], [False]]

    def __init__(self):
        super().__init__()
        self.pair = Pair([0], 0)

    def one(self):
        self.pair.items.append(1)

    def two(self):
        self.seen = [self.pair == Pair([0], 0)]


class Behind(Program):
    row = "Python code that is not under test: the standard library, other packages"
    ends: ClassVar = [["1"], ["2"]]

    def __init__(self):
        super().__init__()
        self.settings = configparser.ConfigParser()
        self.settings.read_dict({"a": {"b": "1"}})

    def one(self):
        self.settings["a"]["b"] = "2"

    def two(self):
        self.seen = [self.settings.get("a", "b")]


class Digest(Program):
    row = "objects in C: `hashlib`, `csv`, `sqlite3`, `zlib`, `random.Random`, `decimal` contexts"
    ends: ClassVar = [hashlib.md5(text).hexdigest() for text in (b"ab", b"ba")]

    def __init__(self):
        super().__init__()
        self.digest = hashlib.md5()

    def one(self):
        self.digest.update(b"a")

    def two(self):
        self.digest.update(b"b")

    def outcome(self):
        return self.digest.hexdigest()


class Sheet(Program):
    row = "objects in C: `hashlib`, `csv`, `sqlite3`, `zlib`, `random.Random`, `decimal` contexts"
    ends: ClassVar = ["a\r\n", ""]

    def __init__(self):
        super().__init__()
        self.file = io.StringIO()
        self.writer = csv.writer(self.file)

    def one(self):
        self.writer.writerow(["a"])

    def two(self):
        self.seen = self.file.getvalue()


class Draws(Program):
    row = "objects in C: `hashlib`, `csv`, `sqlite3`, `zlib`, `random.Random`, `decimal` contexts"
    ends: ClassVar = [["one", "two"], ["two", "one"]]

    def __init__(self):
        super().__init__()
        self.source, self.drawn = random.Random(1), {}

    def one(self):
        self.first = self.source.randrange(1000)

    def two(self):
        self.second = self.source.choice(range(1000))

    def outcome(self):
        first = random.Random(1).randrange(1000)
        return ["one", "two"] if self.first == first else ["two", "one"]


class Namespace(Program):
    row = "`types.SimpleNamespace`, `argparse.Namespace`: attributes, `==`, `repr`, formatting"
    ends: ClassVar = [[False, "namespace(v=1)"], [False, "namespace(v=2)"], [True, "namespace(v=2)"]]

    def __init__(self):
        super().__init__()
        self.held = types.SimpleNamespace(v=1)

    def one(self):
        self.held.v = 2

    def two(self):
        same = self.held == types.SimpleNamespace(v=2)
        self.seen = [same, f"{self.held}"]


class Proxy(Program):
    row = "`types.MappingProxyType`, `__dict__` of a class"
    ends: ClassVar = [[0], [1]]

    def __init__(self):
        super().__init__()
        self.items = {"k": 0}
        self.shown = types.MappingProxyType(self.items)

    def one(self):
        self.items["k"] = 1

    def two(self):
        self.seen = [self.shown["k"]]


class ClassNamespace(Program):
    row = "`types.MappingProxyType`, `__dict__` of a class"
    ends: ClassVar = [[False], [True]]

    def __init__(self):
        super().__init__()
        self.made = type("Made", (), {})

    def one(self):
        self.made.added = 1

    def two(self):
        self.seen = ["added" in self.made.__dict__]


class Stream(Program):
    row = "files: `write`, `print(file=…)`"
    ends: ClassVar = ["ab", "ba"]

    def __init__(self):
        super().__init__()
        self.file = io.StringIO()

    def one(self):
        self.file.write("a")

    def two(self):
        print("b", file=self.file, end="")

    def outcome(self):
        return self.file.getvalue()


class StreamWrite(Stream):
    row = "files: `write`, `print(file=…)`"
    missed = None

    def two(self):
        self.file.write("b")


class Uninstrumented(Program):
    row = "Python code that is not under test: the standard library, other packages"
    ends: ClassVar = LOST

    def __init__(self):
        super().__init__()
        self.counts = collections.ChainMap({"k": 0})

    def one(self):
        self.counts["k"] = self.counts["k"] + 1

    two = one

    def outcome(self):
        return self.counts["k"]


@typing.runtime_checkable
class Named(typing.Protocol):
    label: str


class Checked(Program):
    row = "`isinstance`, `issubclass`, `hash`, class statements"
    ends: ClassVar = [[False, False], [False, True], [True, True]]

    def one(self):
        self.seen.append(isinstance(self, Named))
        self.seen.append(isinstance(self, Named))

    def two(self):
        self.label = "named"


PROGRAMS = programs(dict(globals()))
