"""A piece of code with a hook before each instruction that is a point."""

from __future__ import annotations

import inspect
import types
from sys import version_info
from typing import TYPE_CHECKING, Any, Final

import msgspec
from bytecode import Bytecode, Instr, Label
from bytecode.instr import BinaryOp
from msgspec.structs import replace

from threadbench.runtime.virtual import gil
from threadbench.runtime.virtual.points import callbacks, calls, guards, items, iteration, reaching, switches
from threadbench.runtime.virtual.points.assembly import (
    NULL_FIRST,
    gathered,
    hooked,
    hooked_cell,
    plain_method,
    replaced,
)
from threadbench.runtime.virtual.points.instructions import BOOLEAN, CELLS, ITEM_GLOBALS, NAMES, SLOTS, WHOLE
from threadbench.runtime.virtual.points.sites import Site
from threadbench.runtime.virtual.points.stack import GROUP, layouts

if TYPE_CHECKING:
    from threadbench.runtime.virtual.points.instructions import Hook
    from threadbench.runtime.virtual.points.names import Names


class Plan(msgspec.Struct, frozen=True):
    """What of a piece of code is to be a point."""

    accesses: bool
    switches: bool
    names: Names
    cached: bool = False
    """Whether a cache stores what the code returns."""


def rewrite(code: types.CodeType, plan: Plan, scope: dict[str, Any]) -> types.CodeType:
    """The same code with hooks, and so the code nested in it."""
    return _Rewriting(code, plan, scope).done()


class _Rewriting:
    """One pass over the instructions of one piece of code."""

    def __init__(self, code: types.CodeType, plan: Plan, scope: dict[str, Any]) -> None:
        self.code = code
        self.plan = plan
        self.scope = scope
        self.bytecode = Bytecode.from_code(code, conserve_exception_block_stackdepth=True)
        self.items: list[Any] = list(self.bytecode)
        self.layouts = layouts(self.bytecode, null_first=NULL_FIRST)
        self.line = code.co_firstlineno
        self.new: list[Any] = []
        self.before = ""
        self.generator = bool(code.co_flags & inspect.CO_GENERATOR)
        self.called_back = plan.accesses and callbacks.called_back(code)

    def done(self) -> types.CodeType:
        """Rewrite, and assemble."""
        for index, item in enumerate(self.items):
            if not isinstance(item, Instr):
                self.new.append(item)
                if isinstance(item, Label):
                    self.before = ""  # what is on the stack may come from elsewhere
                continue
            if isinstance(item.lineno, int):
                self.line = item.lineno
            if item.name in GROUP:
                self._call(index, item)
            else:
                self._instruction(item)
            if item.name not in ("NOP", "CACHE"):
                self.before = item.name
        self.bytecode[:] = self.new
        return self.bytecode.to_code()

    def site(self, kind: str, name: str = "", keywords: tuple[str, ...] = ()) -> Site:
        """The record of an instruction here."""
        return Site(self.code.co_filename, self.line, self.code.co_qualname, name, kind, self.scope, keywords)

    def _call(self, index: int, item: Any) -> None:
        """Before the first of the instructions of a call: what its callable is replaced with."""
        if index not in self.layouts:
            # The second of a group, or code that nothing reaches.
            self.new.append(item)
            return
        keywords: tuple[str, ...] = ()
        call = item
        for call in self.items[index:]:  # a group holds instructions only
            if call.name == "KW_NAMES":
                keywords = call.arg
            if call.name in ("CALL", "CALL_KW"):
                break
        above = 0
        if call.name == "CALL_KW":
            above = 1
            keywords = self.new[-1].arg
        count: int = call.arg
        slots = count + above
        null = self.layouts[index]
        if null:
            callable_depth = slots + 1 if NULL_FIRST else slots + 2
            depths = list(range(slots, above, -1))
        else:
            callable_depth = slots + 2
            depths = list(range(slots + 1, above, -1))
        site = self.site("call", keywords=keywords)
        place = item.location
        hook: Hook
        if not self.plan.accesses:
            hook = switches.switched if self.plan.switches else switches.substituted
            self.new += hooked(hook, [callable_depth], site, place, kept=True)
        elif self.plan.switches or keywords or len(depths) > 2:
            hook = switches.accessed if self.plan.switches else calls.call
            self.new += gathered(hook, [callable_depth, *depths], site, place)
        else:
            hook = _CALLS[len(depths)]
            self.new += hooked(hook, [callable_depth, *depths], site, place, kept=True)
        self.new += [Instr("SWAP", callable_depth + 1, location=place), Instr("POP_TOP", location=place), item]

    def _instruction(self, item: Any) -> None:
        start = len(self.new)
        if item.name == "LOAD_CONST" and isinstance(item.arg, types.CodeType):
            item.arg = rewrite(item.arg, replace(self.plan, cached=False), self.scope)
        elif item.name == "CALL_FUNCTION_EX":
            self._call_unpacked(item)
        elif item.name in ("RETURN_VALUE", "RETURN_CONST", "YIELD_VALUE"):
            self._leave(item)
        elif item.name in ("RERAISE", "RAISE_VARARGS") and self.called_back and self.generator:
            self.new += hooked(callbacks.failing, (), self.site("end"), item.location)
        elif item.name == "BEFORE_WITH":
            self.new += replaced(calls.managed, self.site("with"), item.location)
        elif self.plan.accesses:
            self._access(item)
        after = self._reach(start, item) if self.plan.switches else []
        if not (self.plan.switches and self._switch(item)):
            self._append(item)
        self.new += after
        if item.name == "RESUME" and self.called_back:
            self.new += hooked(callbacks.entered, (), self.site("entry"), item.location)

    def _leave(self, item: Any) -> None:
        if self.called_back:
            self.new += hooked(callbacks.left, (), self.site("return"), item.location)
        if self.plan.cached and item.name != "YIELD_VALUE":
            self.new += hooked(calls.stored_result, (), self.site("cache"), item.location)

    def _append(self, item: Any) -> None:
        """Keep an instruction, a method's look-up as a plain attribute's."""
        place = item.location
        if item.name == "LOAD_METHOD":
            self.new += [Instr("LOAD_ATTR", item.arg, location=place), *plain_method(place)]
        elif item.name == "LOAD_ATTR" and isinstance(item.arg, tuple) and item.arg[0]:
            self.new += [Instr("LOAD_ATTR", (False, item.arg[1]), location=place), *plain_method(place)]
        elif item.name == "LOAD_SUPER_ATTR" and item.arg[0]:
            arg = (False, *item.arg[1:])
            self.new += [Instr("LOAD_SUPER_ATTR", arg, location=place), *plain_method(place)]
        else:
            self.new.append(item)

    def _call_unpacked(self, item: Any) -> None:
        place = item.location
        named = int(item.arg) & 1
        depth = 2 + named if NULL_FIRST else 3 + named
        if not named:
            self.new.append(Instr("LOAD_CONST", None, location=place))
        extra = 0 if named else 1
        depths = [depth + extra, 2, 1]
        hook: Hook = switches.accessed_unpacked if self.plan.switches else calls.call_unpacked
        if not self.plan.accesses:
            hook = switches.switched if self.plan.switches else switches.substituted
            depths = depths[:1]
        self.new += hooked(hook, depths, self.site("call unpacked"), place, kept=True)
        if not named:
            self.new += [Instr("SWAP", 2, location=place), Instr("POP_TOP", location=place)]
        self.new += [Instr("SWAP", depth + 1, location=place), Instr("POP_TOP", location=place)]

    def _access(self, item: Any) -> None:
        name, place = item.name, item.location
        if name in NAMES:
            self._named(item)
        elif name in CELLS:
            if item.arg.name in self.plan.names.cells:
                self.new += hooked_cell(CELLS[name], item.arg, self.site("closure", item.arg.name), place)
        elif name in SLOTS:
            depths, hook, kind = SLOTS[name]
            self.new += hooked(hook, depths, self.site(kind), place)
        elif name in WHOLE:
            depth, hook, kind = WHOLE[name]
            if kind != "truth" or self.before not in BOOLEAN:
                self.new += hooked(hook, (depth,), self.site(kind), place)
        elif name == "BINARY_OP":
            self._binary(item)
        elif name == "GET_ITER":
            self.new += replaced(iteration.walked, self.site("iteration"), place)
        elif name == "GET_YIELD_FROM_ITER":
            self.new += replaced(iteration.delegated, self.site("iteration"), place)
        elif name == "FORMAT_VALUE":
            depth = 2 if int(item.arg) & 4 else 1
            self.new += hooked(items.deep_read, (depth,), self.site("format"), place)
        elif _tests(name) and self.before not in BOOLEAN:
            self.new += hooked(items.whole_read, (1,), self.site("truth"), place)

    def _named(self, item: Any) -> None:
        hook, kind = NAMES[item.name]
        argument: Any = item.arg
        name: str = argument[-1] if isinstance(argument, tuple) else argument
        names = self.plan.names
        if not names.meets(name, kind):
            return
        if names.everything and kind == "global":
            hook = ITEM_GLOBALS[hook]
        depths = {"global": (), "attribute": (1,)}[kind] if item.name != "LOAD_SUPER_ATTR" else (3, 2, 1)
        self.new += hooked(hook, depths, self.site(kind, name), item.location)

    def _binary(self, item: Any) -> None:
        operation = BinaryOp(item.arg)
        last = self.new[-1] if self.new else None
        number = isinstance(last, Instr) and last.name == "LOAD_CONST" and isinstance(last.arg, int | float)
        if number and not self.plan.names.libraries and operation not in (BinaryOp.MULTIPLY, BinaryOp.INPLACE_MULTIPLY):
            return  # nothing but repetition takes a number and a container
        kind = "in place" if operation >= BinaryOp.INPLACE_ADD else "operation"
        self.new += hooked(items.binary, (2, 1), self.site(kind), item.location)

    def _reach(self, start: int, item: Any) -> list[Any]:
        """Insert before an instruction and its access what asks whether it reaches Python code that is not under test;
        give back what stands after it."""
        name, place = item.name, item.location
        guard = self._guard(item)
        if guard is None:
            if name in guards.ENTRIES:
                hook, depths = guards.ENTRIES[name]
                self.new[start:start] = hooked(hook, depths, self.site("reach"), place)
            elif name in ("BUILD_SET", "BUILD_MAP") and item.arg:
                depths = tuple(range(1, item.arg + 1)) if name == "BUILD_SET" else tuple(range(2, 2 * item.arg + 1, 2))
                hook = guards.operands(*[reaching.HASHED] * item.arg)
                self.new[start:start] = hooked(hook, depths, self.site("reach"), place)
            elif _tests(name) and self.before not in BOOLEAN:
                self.new[start:start] = hooked(guards.TRUTH, (1,), self.site("reach"), place)
            return hooked(guards.stepped, (1 + 1,), self.site("reach"), place) if name == "FOR_ITER" else []
        hook, depths, taken, given, site = guard
        before = hooked(hook, depths, site, place, kept=True)
        before += [Instr("SWAP", depth, location=place) for depth in range(taken + 1, 1, -1)]
        self.new[start:start] = before
        after = [Instr("SWAP", depth, location=place) for depth in range(2, given + 2)]
        return [*after, *replaced(guards.done, site, place), Instr("POP_TOP", location=place)]

    def _guard(self, item: Any) -> tuple[Hook, tuple[int, ...], int, int, Site] | None:
        name = item.name
        if name in ("TO_BOOL", "UNARY_NOT") and self.before in BOOLEAN:
            return None
        if name in guards.GUARDS:
            return (*guards.GUARDS[name], self.site("reach"))
        if name in guards.ATTRIBUTES:
            how, taken, given = guards.ATTRIBUTES[name]
            attribute: str = item.arg[-1] if isinstance(item.arg, tuple) else item.arg
            if name == "LOAD_METHOD" or (isinstance(item.arg, tuple) and item.arg[0]):
                given += 1  # NULL
            return guards.attribute(how), (1,), taken, given, self.site("reach", attribute)
        if name == "BINARY_OP":
            return guards.binary(BinaryOp(item.arg).name), (2, 1), 2, 1, self.site("reach")
        if name == "COMPARE_OP":
            return guards.compared(item.arg.name), (2, 1), 2, 1, self.site("reach")
        if name == "FORMAT_VALUE":
            taken = 2 if int(item.arg) & 4 else 1
            return guards.operands(reaching.TEXT), (taken,), taken, 1, self.site("reach")
        if name == "UNPACK_SEQUENCE":
            return guards.iterated, (1,), 1, int(item.arg), self.site("reach")
        return None

    def _switch(self, item: Any) -> bool:
        """Add what the `gil` model asks for at an instruction; whether the instruction itself is placed."""
        name, place = item.name, item.location
        if name == "RESUME" and gil.resume_checks(int(item.arg)):
            self.new += [item, *hooked(switches.switch, (), self.site("entry"), place)]
            return True
        check = _CHECKS.get(name)
        if check is None or check.place is not gil.Place.LOOP:
            return False
        if not name.startswith("POP_JUMP_BACKWARD_IF_"):
            self.new += hooked(switches.switch, (), self.site("loop"), place)
        else:  # 3.11: it is the jump taken that checks
            past = Label()
            condition = name.removeprefix("POP_JUMP_BACKWARD_IF_")
            self.new += [
                Instr(f"POP_JUMP_FORWARD_IF_{_OPPOSITE[condition]}", past, location=place),
                *hooked(switches.switch, (), self.site("loop"), place),
                Instr("JUMP_BACKWARD", item.arg, location=place),
                past,
            ]
            return True
        return False


_CHECKS: Final = gil.checks()
_CALLS: Final[tuple[Hook, ...]] = (calls.call0, calls.call1, calls.call2)
_OPPOSITE: Final = {"TRUE": "FALSE", "FALSE": "TRUE", "NONE": "NOT_NONE", "NOT_NONE": "NONE"}


def _tests(name: str) -> bool:
    """Whether a jump tests the truth of its operand; since 3.13 TO_BOOL has done it before."""
    return version_info < (3, 13) and "JUMP" in name and ("IF_TRUE" in name or "IF_FALSE" in name)
