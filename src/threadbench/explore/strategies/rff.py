"""Feedback from what reads read: schedules that showed something new are changed a little and tried again.

Wolff, Shi, Duck, Mathur & Roychoudhury, Greybox Fuzzing for Concurrency Testing, ASPLOS 2024 (RFF). Two schedules in
which each read reads from the same write come to the same, so what a schedule shows is its set of pairs *(write,
read)*. An abstract schedule is a set of constraints on such pairs: this read is to read from that write, or is not to.
It is executed by holding back threads whose next step would break a constraint; who goes on among the others is drawn
as in `pos`. Abstract schedules whose execution showed a new pair are kept, and changed by putting in, taking out,
turning round or replacing one constraint. Those that show what few schedules show get more tries (the cut-off
exponential power schedule of Böhme, Pham & Roychoudhury, Coverage-based Greybox Fuzzing as Markov Chain, CCS 2016).

Reads and writes are instructions, whichever thread executes them. A lock is a location too: taking it reads from the
release before. What was learned can be handed to another process, and added to there (`learned.py`).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ...hashing import blake2b
from ...runtime.virtual.intents import LEAVES, LOOKS, SPOILS
from .learned import INITIAL, MOST_KEPT, Learned, Sown, name_of
from .pos import PartialOrder

if TYPE_CHECKING:
    from ...runtime.virtual.accesses import Location
    from ...runtime.virtual.execution import Execution
    from ...runtime.virtual.scheduler import Scheduler
    from ...runtime.virtual.thread import VirtualThread

MOST_CONSTRAINTS = 8
MOST_TRIES = 32
"""Of one abstract schedule in a row."""
PATIENCE = 500
"""Choices of a schedule at which somebody is held back: others may wait, without an end, for what that one would do."""
MOST_LOCATIONS = 10_000
"""Locations of one schedule that are looked at."""


class Constraint(NamedTuple):
    """Whether a read is to read from a write; both are instructions, as numbers."""

    write: int
    read: int
    wanted: bool
    lasting: bool
    """Whether it is meant for every time; else for the first, when it is wanted."""


class Seed:
    """An abstract schedule that showed something new.

    Attributes:
        shown: all pairs that its execution showed, as one number.
        tried: how often it was picked.
    """

    __slots__ = ("constraints", "shown", "tried")

    def __init__(self, constraints: tuple[Constraint, ...], shown: int, tried: int = 0) -> None:
        self.constraints = constraints
        self.shown = shown
        self.tried = tried


class ReadsFrom:
    """Samples; finds what needs several reads to read from the right writes, step by step.

    In model `sync` only locks can be held to constraints; in `gil` what a thread does next is what was done there last.

    Args:
        seed: fixes every choice.
        learned: what others have learned before, of the same program.
    """

    name: ClassVar[str] = "rff"
    footprint: ClassVar[bool] = False
    intents: ClassVar[bool] = True

    def __init__(self, seed: int, learned: Learned | None = None) -> None:
        self._random = random.Random(seed)
        self._base = PartialOrder(self._random.getrandbits(32))
        self._numbers: dict[Hashable, int] = {None: INITIAL}
        """Of instructions, in the order in which they were met."""
        self._sites: list[Any] = [None]
        """Instructions by their numbers; the name of one that others have met, until it is met here."""
        self._writers: dict[int, dict[int, None]] = {}
        """For each read of what threads share, the writes that it may read from."""
        self._seen: dict[tuple[int, int], int] = {}
        """Pairs that were shown, each with a number that is the same in all processes."""
        self._counts: dict[int, int] = {}
        """How often each set of pairs was shown."""
        self._elsewhere = 0
        """Sets of pairs that others have counted."""
        self._schedules = 0
        self._seeds = [Seed((), 0)]
        self._at = 0
        self._left = 1
        """Tries that the seed under way has left."""
        self._learned = learned
        self._known: dict[str, int] = {}
        """Numbers of instructions that others have met, by name."""
        if learned is not None:
            self._begin_from(learned)

    def _begin_from(self, learned: Learned) -> None:
        self._known = {name: number for number, name in enumerate(learned.names)}
        self._sites = list(learned.names)
        self._writers = {read: dict.fromkeys(writes) for read, writes in learned.writers.items()}
        self._seen = {pair: self._number_of(pair) for pair in learned.pairs}
        self._schedules = learned.schedules
        self._counts = {seed.shown: seed.count for seed in learned.seeds}
        self._elsewhere = max(0, learned.sets - len(self._counts))
        for seed in learned.seeds:
            self._seeds.append(Seed(tuple(Constraint(*each) for each in seed.constraints), seed.shown, seed.tried))
        self._at = self._random.randrange(len(self._seeds))  # all who begin from the same begin with others

    def learned(self) -> Learned:
        """What this one has added to what it was given."""
        before = self._learned or Learned([], [], [], {}, 0, 0)
        counts = {seed.shown: seed.count for seed in before.seeds}
        tried = {seed.constraints: seed.tried for seed in before.seeds}
        added = []
        for seed in self._seeds[1:]:
            constraints = tuple((each.write, each.read, each.wanted, each.lasting) for each in seed.constraints)
            tries = seed.tried - tried.get(constraints, 0)
            count = self._counts.get(seed.shown, 0) - counts.get(seed.shown, 0)
            if tries or count or constraints not in tried:
                added.append(Sown(constraints, seed.shown, tries, count))
        return Learned(
            names=[site if isinstance(site, str) else name_of(site) for site in self._sites],
            seeds=added,
            pairs=list(self._seen)[len(before.pairs) :],
            writers={read: list(writes) for read, writes in self._writers.items()},
            schedules=self._schedules - before.schedules,
            sets=len(self._counts) - len(counts),
        )

    def _number_of(self, pair: tuple[int, int]) -> int:
        """Of a pair, the same in all processes."""
        names = (site if isinstance(site, str) else name_of(site) for site in map(self._sites.__getitem__, pair))
        return int.from_bytes(blake2b("\n".join(names).encode(), digest_size=7).digest())

    def _meet(self, site: Any) -> int:
        """Give an instruction its number."""
        number = self._known.get(name_of(site)) if self._known else None
        if number is None:
            number = len(self._sites)
            self._sites.append(site)
        self._numbers[site] = number
        return number

    def begin(self, scheduler: Scheduler) -> bool:
        """See `Strategy`."""
        self._scheduler = scheduler
        self._base.begin(scheduler)
        self._last: dict[Location, int] = {}
        """The last write at each location."""
        self._pairs: dict[tuple[int, int], None] = {}
        self._touched: dict[Location, dict[tuple[int, bool], None]] = defaultdict(dict)
        """Instructions at each location, and whether they look."""
        self._threads: dict[Location, int] = {}
        """Who touched a location: a thread's number, or SHARED."""
        self._constraints = self._changed(self._next().constraints)
        self._open = list(self._constraints)
        self._patience = PATIENCE
        return True

    def choose(self, options: Sequence[Any]) -> Any:
        """See `Strategy`."""
        self._hear()
        if isinstance(options, range):
            return self._random.randrange(len(options))
        if self._open:
            able = [option for option in options if not self._held(option)]
            if len(able) < len(options):
                self._patience -= 1
                if not self._patience:
                    self._open.clear()
            return self._base.highest(able or options)
        return self._base.highest(options)

    def _held(self, thread: VirtualThread) -> bool:
        """Whether what a thread would do breaks a constraint."""
        last = self._last
        for intent in thread.intents or ():
            number = self._numbers.get(intent.site)
            if number is None:
                continue
            there = last.get(intent.location, INITIAL)
            for write, read, wanted, _ in self._open:
                if read == number and intent.mode in LOOKS:
                    if (there == write) is not wanted:
                        return True
                elif wanted and there == write and intent.mode in SPOILS and number in self._writers.get(read, ()):
                    return True  # the read has not come yet, and finds now what it is to find
        return False

    def _hear(self) -> None:
        """Take up what has been done since the last choice."""
        done = self._scheduler.intents
        if not done:
            return
        numbers, threads, last, pairs = self._numbers, self._threads, self._last, self._pairs
        for location, mode, site, thread in done:
            number = numbers.get(site)
            if number is None:
                number = self._meet(site)
            before = threads.get(location)
            if before is None:
                if len(threads) == MOST_LOCATIONS:
                    continue
                threads[location] = thread
            elif before != thread:
                threads[location] = SHARED
            if mode in LOOKS:
                pair = last.get(location, INITIAL), number
                pairs[pair] = None
                if self._open:
                    met = Constraint(*pair, wanted=True, lasting=False)
                    self._open = [constraint for constraint in self._open if constraint != met]
            self._touched[location][number, mode in LOOKS] = None
            if mode in LEAVES:
                last[location] = number
        done.clear()

    def end(self, execution: Execution) -> None:
        """See `Strategy`."""
        self._hear()
        self._learn()
        seen = self._seen
        new = [pair for pair in self._pairs if pair not in seen]
        for pair in new:
            seen[pair] = self._number_of(pair)
        shown = hash(frozenset(map(seen.__getitem__, self._pairs)))
        self._counts[shown] = self._counts.get(shown, 0) + 1
        self._schedules += 1
        if new and len(self._seeds) < MOST_KEPT:
            self._seeds.append(Seed(self._constraints, shown))

    def _learn(self) -> None:
        """Which writes could be read from where, at locations that threads share."""
        for location, touched in self._touched.items():
            if self._threads[location] is not SHARED:
                continue
            writes = {number: None for number, looks in touched if not looks}
            if not writes:
                continue
            for number, looks in touched:
                if looks:
                    self._writers.setdefault(number, {INITIAL: None}).update(writes)

    def _next(self) -> Seed:
        """The abstract schedule to be changed now: in turns, leaving out those that show what more than the mean show;
        the first, which is empty, shows nothing and is never left out.
        """
        while not self._left:
            self._at = (self._at + 1) % len(self._seeds)
            seed = self._seeds[self._at]
            often = self._counts.get(seed.shown, 0)
            if often * (len(self._counts) + self._elsewhere) <= self._schedules:
                self._left = max(1, min(MOST_TRIES, 2 ** min(seed.tried, 16) // max(1, often)))
                seed.tried += 1
        self._left -= 1
        return self._seeds[self._at]

    def _changed(self, constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
        """A set of constraints that differs in one."""
        if not self._writers:
            return constraints
        draw = self._random
        kept = list(constraints)
        what = draw.randrange(4) if kept else 0
        if what == 0 and len(kept) < MOST_CONSTRAINTS:
            kept.append(self._drawn())
        else:
            place = draw.randrange(len(kept))
            if what == 1:
                kept[place] = kept[place]._replace(wanted=not kept[place].wanted)
            elif what == 2:
                del kept[place]
            else:
                kept[place] = self._drawn()
        return tuple(dict.fromkeys(kept))

    def _drawn(self) -> Constraint:
        draw = self._random
        read = draw.choice(list(self._writers))
        write = draw.choice(list(self._writers[read]))
        return Constraint(write, read, wanted=draw.random() < 0.75, lasting=draw.random() < 0.5)


SHARED = -1
"""In place of a thread's number: several."""
