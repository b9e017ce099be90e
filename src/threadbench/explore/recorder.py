"""Writes down what threads do: what, where, and with which values.

Recording changes no choice: instrumented code and primitives are heard, not stopped, and values are looked at without
running anybody's code. What a read finds is looked up right before it; what a write leaves, as soon as anything else
happens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from sys import _getframe
from typing import TYPE_CHECKING, Any

from ..runtime.virtual.accesses import KEYED_WRITE, WRITE
from ..runtime.virtual.points.current import current
from ..runtime.virtual.thread import VirtualThread
from .ending import without_addresses
from .naming import Names
from .peeking import UNKNOWN, holds_nothing, is_namespace, peek, shown, tells_nothing
from .places import Caller, Place, caller, is_library
from .raw import Raw
from .steps import Hold, Raised, Recording, Step, Stuck

if TYPE_CHECKING:
    from ..runtime.virtual.execution import Execution
    from ..runtime.virtual.points.sites import Site
    from ..runtime.virtual.scheduler import Scheduler

KEPT = 5_000
"""Steps that are kept of a schedule's begin, and of its end."""
NOTHING_TOLD = ""
"""Of a place of which nobody can tell what is there."""
MOST_TOGETHER = 4
"""Accesses of one call that are told one by one."""


class Recorder:
    """Hears what threads do."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._access, self._together, self._switch = current.access, current.together, current.switch
        self._head: list[Raw] = []
        self._tail: deque[Raw] = deque(maxlen=KEPT)
        self._count = 0
        self._unsettled: list[tuple[Raw, str | None]] = []
        """Writes whose values nobody has looked at; with what was there before, where a library may have written."""
        self._held: dict[int, tuple[int, Any, Caller]] = {}
        self._asked: dict[int, Raw] = {}
        """What each thread last said that it might wait for."""
        self._visits: dict[int, tuple[Any, int]] = {}
        self._last: dict[int, Raw] = {}
        """Each thread's last step."""
        self._names: Names | None = None
        self._acts: dict[int, str] = {}
        """For whom each thread acts, where not for itself."""
        self._columns: dict[str, int] = {}
        """The numbers that those have beside the threads, in the order of their first step."""
        self._raised: Raised | None = None
        self._stuck: list[tuple[int, Any, Raw, list[tuple[int, Any, Caller]]]] = []

    # -- what is heard -------------------------------------------------------------------------------------------------

    def access(self, obj: object, key: object, mode: int, site: Site) -> None:
        """See `Observer`."""
        self._settle()
        self._access(obj, key, mode, site)
        self._settle()
        if not self._scheduler.quiet:
            self._note(obj, key, mode, site, self._visit(site))

    def together(self, accesses: Sequence[tuple[object, object, int]], site: Site) -> None:
        """See `Observer`."""
        self._settle()
        self._together(accesses, site)
        self._settle()
        if not self._scheduler.quiet:
            visit = self._visit(site)
            for number, (obj, key, mode) in enumerate(accesses):
                self._note(obj, key, mode, site, visit, may=len(accesses) > 1)
                last = self._last[self._scheduler.current.number]
                if number and isinstance(obj, type) and accesses[0][1] == key:
                    last.dull = True  # the instance has it, or would
                elif number and len(accesses) > MOST_TOGETHER:
                    last.dull = True  # one of many that a library may have changed: what was called tells more

    def switch(self, site: Site) -> None:
        """See `Observer`."""
        self._settle()
        self._switch(site)

    def hear(self, what: str, obj: Any) -> None:
        """See `runtime.virtual.scheduler.Recorder`."""
        self._settle()
        if what == "sleep":
            return  # it was written down when it began
        scheduler = self._scheduler
        me = scheduler.current
        if what == "act":
            if me.number in self._last:
                self._last[me.number].rests = True
            self._acts.pop(me.number, None)
            if obj is not None:
                self._acts[me.number] = obj
            return
        if what == "raise":
            self._raise(me, obj)
        elif what == "stuck":
            self._hear_stuck(obj)
            return
        if scheduler.quiet:
            return
        by = caller(_getframe(1))
        if what == "to await":
            by = Caller(by.place, by.inside or "Future.result", obj.future, by.visit)
        named = obj if by.owner is None or isinstance(obj, VirtualThread) else by.owner
        thing = None if what in ("choose", "raise", "to sleep") else self.names.thing(named)
        if what == "make":
            assert thing is not None
            thing.made = by.place
            return
        raw = Raw(len(scheduler.choices), me.number, what, thing, by, by.visit, self._acts.get(me.number))
        if thing is not None and not isinstance(obj, VirtualThread):
            method = by.inside.rpartition(".")[2] if by.inside else what.rpartition(" ")[2]
            self.names.spell_call(thing, by.place, method)
        if what in ("choose", "to sleep"):
            raw.value = obj if isinstance(obj, str) else shown(obj)
        if what == "to sleep":
            raw.what = "sleep"
        elif what.startswith("to "):
            self._asked[me.number] = raw
            if (obj.holder() is None) if hasattr(obj, "holder") else (what == "to get" and obj._items):  # noqa: SLF001 - to ask it would be a point
                return
            raw.what = "wait"
        elif what == "acquire":
            self._held[id(obj)] = me.number, obj, by
        elif what == "release":
            self._held.pop(id(obj), None)
        self._add(raw)

    @property
    def names(self) -> Names:
        """Made when first needed: the schedule has begun then."""
        if self._names is None:
            self._names = Names(self._scheduler.names)
        return self._names

    def _note(self, obj: Any, key: Any, mode: int, site: Site, visit: int, *, may: bool = False) -> None:
        """Write an access down; one that `may` be none, of a call nobody looks into, is dull if it changes nothing."""
        if type(obj) is dict and any(type(name) is str and name[:4] == "@py_" for name in obj):
            return  # the local variables, looked at by what pytest makes of an assert: no line has that access
        names = self.names
        thing = names.thing(obj)
        me = self._scheduler.current.number
        by = Caller(Place(site.file, site.line, site.function))
        if site.file[:1] == "<":  # methods that data classes are given have no lines to show
            outside = caller(_getframe(1)).place
            by = by if outside is None else Caller(outside)
        raw = Raw(
            len(self._scheduler.choices),
            me,
            "write" if mode in (WRITE, KEYED_WRITE) else "read",
            thing,
            by,
            visit,
            self._acts.get(me),
        )
        raw.key, raw.mode = key, mode
        names.spell(thing, site)
        if key is not None:
            plain = is_namespace(obj)
            raw.key_text = str(key) if plain else f"[{shown(key, 16)}]" if mode > WRITE else f".{key}"
        if raw.what == "write":
            self._unsettled.append((raw, (self._told(raw) or NOTHING_TOLD) if may else None))
        else:
            value = peek(obj, key, mode)
            names.reach(value, thing, key, mode)
            raw.value = None if value is UNKNOWN else names.told(value)
            raw.found = id(value)
            raw.dull = holds_nothing(obj) if value is obj else tells_nothing(value)
        self._add(raw)

    def _visit(self, site: Site) -> int:
        """The number of this execution of the site's line: the same until a site of it is met again."""
        thread = self._scheduler.current.number
        line, seen = self._visits.get(thread, ((None, 0, set()), 0))
        file, number, sites = line
        if (file, number) != (site.file, site.line) or id(site) in sites:
            line = site.file, site.line, set()
            seen += 1
        line[2].add(id(site))
        self._visits[thread] = line, seen
        return seen

    def _settle(self) -> None:
        unsettled, self._unsettled = self._unsettled, []
        for raw, before in unsettled:
            self.names.reach(peek(raw.thing.held, raw.key, raw.mode), raw.thing, raw.key, raw.mode)
            raw.value = self._told(raw)
            if before is not None and before == (raw.value or NOTHING_TOLD) and (before or has_attributes(raw)):
                raw.dull = True

    def _told(self, raw: Raw) -> str | None:
        """What is at a location now; None where that it is what it is says nothing of what is changed there."""
        value = peek(raw.thing.held, raw.key, raw.mode)
        if value is UNKNOWN or (value is raw.thing.held and shown(value) == type(value).__name__):
            return None
        return self.names.told(value)

    def _add(self, raw: Raw) -> None:
        self._count += 1
        before = self._last.get(raw.thread)
        if before is not None and raw.thing is not None and before.found == id(raw.thing.held):
            before.dull = True  # it was but the way to this
        self._last[raw.thread] = raw
        if len(self._head) < KEPT:
            self._head.append(raw)
        else:
            self._tail.append(raw)

    def _raise(self, thread: VirtualThread, error: BaseException) -> None:
        places = []
        traceback = error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if not is_library(code.co_filename):
                places.append(Place(code.co_filename, traceback.tb_lineno, code.co_qualname))
            traceback = traceback.tb_next
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        self._raised = Raised(thread.number, without_addresses(text), tuple(places))

    # -- what comes of it ----------------------------------------------------------------------------------------------

    def recording(self, cause: str, reason: str | None, execution: Execution) -> Recording:
        """What was heard."""
        self._settle()
        heard = (*self._head, *self._tail)
        met: dict[int, set[tuple[int, str | None]]] = {}
        for raw in heard:
            if raw.thing is not None:
                met.setdefault(raw.thing.number, set()).add((raw.thread, raw.column))
            if raw.column is not None:
                self._columns.setdefault(raw.column, len(execution.threads) + len(self._columns))
        shared = {number for number, threads in met.items() if len(threads) > 1}
        return Recording(
            cause=cause,
            reason=reason,
            threads=(*(thread.name for thread in execution.threads), *self._columns),
            choices=tuple(execution.choices),
            steps=tuple(self._step(raw, shared) for raw in heard),
            stuck=tuple(self._waiter(*stuck) for stuck in self._stuck),
            raised=self._raised if cause == "crashed" else None,
            left_out=self._count - len(self._head) - len(self._tail),
            first_after=len(self._head),
        )

    def _step(self, raw: Raw, shared: set[int]) -> Step:
        thing = raw.thing
        # A container that a thread made on the way (`len(set(done))`), and that nothing leads to, is its own business.
        passing = (
            thing is not None
            and raw.what == "read"
            and raw.key is None
            and thing.path is None
            and thing.number not in shared
        )
        place = raw.caller.place
        if raw.what == "raise" and self._raised is not None and self._raised.places:
            place = self._raised.places[-1]  # the frames are gone when it is heard
        return Step(
            choice=raw.choice,
            thread=raw.thread if raw.column is None else self._columns[raw.column],
            what=raw.what,
            thing=None if thing is None else thing.number,
            object=None if thing is None else self._name(thing),
            key=raw.key_text,
            value=raw.value,
            inside=raw.caller.inside,
            place=place,
            visit=raw.visit,
            dull=raw.dull or passing,
            rests=raw.rests,
        )

    def _name(self, thing: Any) -> str:
        held = thing.held
        return held.name if isinstance(held, VirtualThread) else self.names.name(thing.number)

    def _hear_stuck(self, blocked: Sequence[VirtualThread]) -> None:
        """Look at who waits for what, before they are unwound and release what they hold."""
        for thread in blocked:
            asked = self._asked.get(thread.number)
            resource: Any = thread.waiting
            if asked is None or resource is None:
                continue
            if self._last.get(thread.number) is not asked:  # it was about to go on when another took what it wants
                asked.what = "wait"
                self._add(asked)
            self._stuck.append((thread.number, resource, asked, list(self._held.values())))

    def _waiter(self, number: int, resource: Any, asked: Raw, held: list[tuple[int, Any, Caller]]) -> Stuck:
        holder: int | None = None
        taken: Place | None = None
        if isinstance(resource, VirtualThread):
            holder = resource.number
        elif asked.caller.inside is None:
            holder, taken = next(((owner, by.place) for owner, lock, by in held if lock is resource), (None, None))
        holds = []
        for owner, lock, by in held:
            named = lock if by.owner is None else by.owner
            if owner == number and named is not asked.thing.held and (by.inside is None or "__enter__" in by.inside):
                holds.append(Hold(self._name(self.names.thing(named)), by.place))
        awaits = resource.described() if isinstance(resource, VirtualThread) else self._name(asked.thing)
        return Stuck(
            thread=number,
            awaits=awaits,
            inside=asked.caller.inside,
            place=asked.caller.place,
            holder=holder,
            taken=taken,
            holds=tuple(holds),
        )


def has_attributes(raw: Raw) -> bool:
    """Whether what is accessed keeps what it has in attributes, which are accesses of their own."""
    try:
        return raw.key is None and type(object.__getattribute__(raw.thing.held, "__dict__")) is dict
    except AttributeError:
        return False
