"""Litmus programs over plain shared memory: what two or three threads can see of each other.

In the comments `R` reads and `W` writes, the thread's number behind. Python reads and writes in program order, so that
what weak hardware shows beyond that is in no set. In model `sync` nothing here is a point: one thread runs after the
other. In model `gil` the same, but where CPython looks for other threads: at function entry, after calls, at loops.
"""

from __future__ import annotations

from litmus import Litmus, State


def identity(value):
    return value


# -- lost update
# R0 W0 and R1 W1 interleave in 6 ways; both reads before both writes (4 ways) leaves 1, else 2.
# Classes: W0<R1; W1<R0; both reads first, and then either write last: 4.


def zero():
    return State(x=0)


def add_one(s):
    s.x += 1


def x_of(s):
    return s.x


lost_update = Litmus(
    "lost update",
    (add_one, add_one),
    zero,
    x_of,
    {"sync": {2}, "gil": {2}, "free-threaded": {1, 2}},
    {"sync": 2, "gil": 2, "free-threaded": 4},
)
# Three: the last write is of 1, 2 or 3, as its thread read 0, 1 or 2.
# Classes: each final order of 3 writes (6) times what each thread read. With the writes in the order a b c, a
# read 0 for
# sure; b read before or after W a (2); c read before W a, between W a and W b, or after W b (3): 6 * 2 * 3 = 36, all
# of them possible, and a class each.
lost_update_of_three = Litmus(
    "lost update of three",
    (add_one, add_one, add_one),
    zero,
    x_of,
    {"sync": {3}, "gil": {3}, "free-threaded": {1, 2, 3}},
    {"sync": 6, "gil": 6, "free-threaded": 36},
)


def add_one_by_call(s):
    s.x = identity(s.x) + 1


# With a GIL the entry of `identity` is a place to switch, after s.x has been read: an update is lost there too.
lost_update_in_call = Litmus(
    "lost update around a call",
    (add_one_by_call, add_one_by_call),
    zero,
    x_of,
    {"sync": {2}, "gil": {1, 2}, "free-threaded": {1, 2}},
    {"sync": 2, "gil": 4, "free-threaded": 4},
)


def add_one_by_int(s):
    s.x = int(s.x) + 1


# A class is called in C: CPython looks after the call, before the store.
lost_update_in_int = Litmus(
    "lost update around int()",
    (add_one_by_int, add_one_by_int),
    zero,
    x_of,
    {"sync": {2}, "gil": {1, 2}, "free-threaded": {1, 2}},
    {"sync": 2, "gil": 4, "free-threaded": 4},
)


def add_in_loop(s):
    for _ in range(2):
        s.x += 1


# Twice each. Two threads of two increments: the end is 2, 3 or 4, never 1, free-threaded: 1 asks that the last
# write be
# of 1, so its thread read 0; its own first write came before that read, as did then nothing but a write of
# 0... there is
# none: it is its second round that reads 0, after its own write of 1, which the other's write of a stale value
# may have
# overwritten with 1 or 2 only. With a GIL, rounds of a loop interleave, increments do not.
lost_update_in_loop = Litmus(
    "lost update in a loop",
    (add_in_loop, add_in_loop),
    zero,
    x_of,
    {"sync": {4}, "gil": {4}, "free-threaded": {2, 3, 4}},
)

# -- store buffering
# T0: Wx Ry   T1: Wy Rx. Whoever is second reads what the first wrote: 0 0 would need hardware that delays writes.
# 0 1: T0 whole before Wy. 1 0: T1 whole before Wx. 1 1: both writes before both reads. Classes: these 3.


def two_zeros():
    return State(x=0, y=0, a=None, b=None)


def store_x_load_y(s):
    s.x = 1
    s.a = s.y


def store_y_load_x(s):
    s.y = 1
    s.b = s.x


def a_and_b(s):
    return f"{s.a} {s.b}"


store_buffering = Litmus(
    "store buffering",
    (store_x_load_y, store_y_load_x),
    two_zeros,
    a_and_b,
    {"sync": {"0 1", "1 0"}, "gil": {"0 1", "1 0"}, "free-threaded": {"0 1", "1 0", "1 1"}},
    {"sync": 2, "gil": 2, "free-threaded": 3},
)

# -- load buffering
# T0: Rx Wy   T1: Ry Wx. 1 1 would need a read to see a write that comes after it.


def load_x_store_y(s):
    s.a = s.x
    s.y = 1


def load_y_store_x(s):
    s.b = s.y
    s.x = 1


load_buffering = Litmus(
    "load buffering",
    (load_x_store_y, load_y_store_x),
    two_zeros,
    a_and_b,
    {"sync": {"0 1", "1 0"}, "gil": {"0 1", "1 0"}, "free-threaded": {"0 0", "0 1", "1 0"}},
    {"sync": 2, "gil": 2, "free-threaded": 3},
)

# -- message passing
# T0: Wx Wy   T1: Ry Rx. Who sees the flag y sees the message x: 1 0 is in no interleaving.


def send(s):
    s.x = 1
    s.y = 1


def receive(s):
    s.a = s.y
    s.b = s.x


message_passing = Litmus(
    "message passing",
    (send, receive),
    two_zeros,
    a_and_b,
    {"sync": {"0 0", "1 1"}, "gil": {"0 0", "1 1"}, "free-threaded": {"0 0", "0 1", "1 1"}},
    {"sync": 2, "gil": 2, "free-threaded": 3},
)

# -- independent reads of independent writes
# T0: Wx   T1: Wy   T2: Rx Ry   T3: Ry Rx. One order of the writes is seen by all: T2 = 10 and T3 = 10 (x before y for
# the one, y before x for the other) is the one of 16 that cannot be.


def four_reads():
    return State(x=0, y=0, r=[None] * 4)


def write_x(s):
    s.x = 1


def write_y(s):
    s.y = 1


def read_x_y(s):
    s.r[0] = s.x
    s.r[1] = s.y


def read_y_x(s):
    s.r[2] = s.y
    s.r[3] = s.x


def reads_of(s):
    return "".join(map(str, s.r))


_iriw = {f"{number:04b}" for number in range(16)} - {"1010"}
# In order, each reader all at once: a reader after one of the writers only sees 10 (or 01); after both, 11.
# The two cannot
# come to disagree about which writer was first.
_iriw_in_order = {
    (f"{int(pos[0] < pos[2])}{int(pos[1] < pos[2])}{int(pos[1] < pos[3])}{int(pos[0] < pos[3])}")
    for pos in __import__("itertools").permutations(range(4))
}
# Classes: x is read twice and y is read twice, each read before or after its write: 16 less the impossible one.
iriw = Litmus(
    "independent reads of independent writes",
    (write_x, write_y, read_x_y, read_y_x),
    four_reads,
    reads_of,
    {"sync": _iriw_in_order, "gil": _iriw_in_order, "free-threaded": _iriw},
    {"free-threaded": 15},
    dfs=("sync",),
)

# -- coherence: two writes are seen in one order
# T0: W1 W2   T1: R R. 1 then 0, 2 then 0, 2 then 1 cannot be.


def write_twice(s):
    s.x = 1
    s.x = 2


def read_twice(s):
    s.a = s.x
    s.b = s.x


coherence = Litmus(
    "coherence",
    (write_twice, read_twice),
    two_zeros,
    a_and_b,
    {"sync": {"0 0", "2 2"}, "gil": {"0 0", "2 2"}, "free-threaded": {"0 0", "0 1", "0 2", "1 1", "1 2", "2 2"}},
    {"sync": 2, "gil": 2, "free-threaded": 6},
)

# -- check, then act
# T0: k? W0   T1: k? W1. Both may find nothing; the later write stays, and both have made one.


def empty_table():
    return State(table={}, made=[None, None])


def make_first(s):
    if "k" not in s.table:
        s.table["k"] = 0
        s.made[0] = True


def make_second(s):
    if "k" not in s.table:
        s.table["k"] = 1
        s.made[1] = True


def table_and_made(s):
    return f"{s.table['k']} {s.made.count(True)}"


check_then_act = Litmus(
    "check, then act",
    (make_first, make_second),
    empty_table,
    table_and_made,
    {"sync": {"0 1", "1 1"}, "gil": {"0 1", "1 1"}, "free-threaded": {"0 1", "1 1", "0 2", "1 2"}},
    {"sync": 2, "gil": 2, "free-threaded": 4},
)


def make_first_slowly(s):
    if s.table.get("k") is None:
        s.table["k"] = 0
        s.made[0] = True


def make_second_slowly(s):
    if s.table.get("k") is None:
        s.table["k"] = 1
        s.made[1] = True


# `get` is called in C, and CPython looks after it.
check_then_act_by_get = Litmus(
    "check by get, then act",
    (make_first_slowly, make_second_slowly),
    empty_table,
    table_and_made,
    {"sync": {"0 1", "1 1"}, "gil": {"0 1", "1 1", "0 2", "1 2"}, "free-threaded": {"0 1", "1 1", "0 2", "1 2"}},
    {"sync": 2, "gil": 4, "free-threaded": 4},
)


def default_first(s):
    s.made[0] = s.table.setdefault("k", 0)


def default_second(s):
    s.made[1] = s.table.setdefault("k", 1)


def made_of(s):
    return f"{s.made[0]} {s.made[1]}"


# One operation: both get what the first put there.
set_default = Litmus(
    "setdefault", (default_first, default_second), empty_table, made_of, {"0 0", "1 1"}, dict.fromkeys(
        ("sync", "gil", "free-threaded"), 2
    )
)  # fmt: skip

# -- iteration against change
# T0: for k in d   T1: d[new] = …. Whole loop before or after the insertion is well; in between CPython raises
# RuntimeError. With a GIL rounds of the loop interleave.


def one_key():
    return State(table={"a": 1}, seen=0)


def walk(s):
    for _ in s.table:
        s.seen += 1


def insert(s):
    s.table["b"] = 2


def seen_of(s):
    return s.seen


walk_and_insert = Litmus(
    "iteration and insertion",
    (walk, insert),
    one_key,
    seen_of,
    {"sync": {1, 2}, "gil": {1, 2, "crashed"}, "free-threaded": {1, 2, "crashed"}},
)

# -- ABA
# T0: a = R … if R == a: W C   T1: W B, W A. T0 sees A twice though x was B in between: it is none the wiser.
# With R1, R2
# and the two writes: x ends C (T0's write last, or never undone), or A (T1 writes after T0 did, or T0 saw B).


def start_at_a():
    return State(x="A", changed=False)


def swap_if_same(s):
    before = s.x
    if s.x == before:
        s.x = "C"
        s.changed = True


def there_and_back(s):
    s.x = "B"
    s.x = "A"


def x_and_changed(s):
    return f"{s.x} {s.changed}"


# C True: T0 writes last. A True: T0 writes, then T1 writes A (and maybe B) after it. A False: T0's two reads
# differ (A B
# or B A), T1 writes last. C False cannot be; neither can B, which T1 itself overwrites.
aba = Litmus(
    "ABA",
    (swap_if_same, there_and_back),
    start_at_a,
    x_and_changed,
    {"sync": {"C True", "A True"}, "gil": {"C True", "A True"}, "free-threaded": {"C True", "A True", "A False"}},
)

# -- double-checked initialisation without a lock, and publication before the object is whole


def no_instance():
    return State(instance=None, a=None)


def publish_early(s):
    made = State(value=None)
    s.instance = made
    made.value = 7


def use(s):
    found = s.instance
    s.a = "none" if found is None else found.value


def a_of(s):
    return s.a


# None: seen before its value was there; 7; or not seen at all.
early_publication = Litmus(
    "publication before the value",
    (publish_early, use),
    no_instance,
    a_of,
    {"sync": {"none", 7}, "gil": {"none", 7}, "free-threaded": {"none", None, 7}},
    {"free-threaded": 3},
)

# -- independent threads: one class, however many interleavings


def three_slots():
    return State(a=0, b=0, c=0)


def own_a(s):
    s.a = s.a + 1


def own_b(s):
    s.b = s.b + 1


def own_c(s):
    s.c = s.c + 1


def all_slots(s):
    return f"{s.a}{s.b}{s.c}"


independent = Litmus(
    "independent threads",
    (own_a, own_b, own_c),
    three_slots,
    all_slots,
    {"111"},
    {"sync": 1, "gil": 1, "free-threaded": 1},
)

# -- containers: one operation is one, two are two


def empty_list():
    return State(items=[], table={"n": 0}, a=None, b=None)


def append_first(s):
    s.items.append(1)


def append_second(s):
    s.items.append(2)


def items_of(s):
    return "".join(map(str, s.items))


appends = Litmus("list.append", (append_first, append_second), empty_list, items_of, {"12", "21"}, {
    "sync": 2, "gil": 2, "free-threaded": 2,
})  # fmt: skip


def pop_first(s):
    s.a = s.items.pop() if s.items else "none"


def pop_second(s):
    s.b = s.items.pop() if s.items else "none"


def one_item():
    return State(items=[7], a=None, b=None)


# T0: any? pop   T1: any? pop. Both may find the one item, and the second pop raises. With a GIL nothing lets
# the other in
# between the test and the call of `pop` (attribute access and truth of a list are no place to switch).
pops = Litmus(
    "test, then pop",
    (pop_first, pop_second),
    one_item,
    a_and_b,
    {"sync": {"7 none", "none 7"}, "gil": {"7 none", "none 7"}, "free-threaded": {"7 none", "none 7", "crashed"}},
)


def count_up(s):
    s.table["n"] = s.table["n"] + 1


def count_of(s):
    return s.table["n"]


count_in_dict = Litmus(
    "count in a dict",
    (count_up, count_up),
    empty_list,
    count_of,
    {"sync": {2}, "gil": {2}, "free-threaded": {1, 2}},
    {"free-threaded": 4},
)

PROGRAMS = (
    lost_update,
    lost_update_of_three,
    lost_update_in_call,
    lost_update_in_int,
    lost_update_in_loop,
    store_buffering,
    load_buffering,
    message_passing,
    iriw,
    coherence,
    check_then_act,
    check_then_act_by_get,
    set_default,
    walk_and_insert,
    aba,
    early_publication,
    independent,
    appends,
    pops,
    count_in_dict,
)
