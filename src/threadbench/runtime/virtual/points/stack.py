"""What lies where on the value stack when a call is made: whether a callable came with NULL or with its first
argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bytecode import Bytecode, Instr, Label
from bytecode.instr import UNSET, TryBegin

NULL: Final = "null"
VALUE: Final = "value"

GROUP: Final = ("KW_NAMES", "PRECALL", "CALL", "CALL_KW")
"""The instructions of one call, in their order; which of them there are differs by version."""


def pushes_null(instruction: Instr) -> bool:
    """Whether an instruction pushes NULL beside a callable; method look-ups do, once they are made plain."""
    name, argument = instruction.name, instruction.arg
    if name in ("LOAD_GLOBAL", "LOAD_ATTR", "LOAD_SUPER_ATTR"):
        return isinstance(argument, tuple) and bool(argument[0])
    return name in ("LOAD_METHOD", "PUSH_NULL")


def layouts(code: Bytecode, *, null_first: bool) -> dict[int, bool]:
    """For the index of each call's first instruction: whether the call has a NULL, which is no argument.

    A walk over the control flow that remembers for each slot whether NULL was put there; each instruction is visited
    once, since CPython guarantees one depth and shape for each.
    """
    labels: dict[Any, int] = {item: index for index, item in enumerate(code) if isinstance(item, Label)}
    found: dict[int, bool] = {}
    seen: set[int] = set()
    waiting: list[tuple[int, list[str]]] = [(0, [])]
    items: Sequence[Any] = list(code)
    while waiting:
        index, stack = waiting.pop()
        while index < len(items) and index not in seen:
            seen.add(index)
            item = items[index]
            if isinstance(item, TryBegin):
                depth = 0 if item.stack_depth is UNSET else int(item.stack_depth)
                handler = [*stack[:depth], *[VALUE] * (2 if item.push_lasti else 1)]
                waiting.append((labels[item.target], handler))
            elif isinstance(item, Instr):
                if item.name in GROUP and index not in found and not _continues(items, index):
                    found[index] = _has_null(items, index, stack, null_first=null_first)
                if item.has_jump():
                    jumped = _after(item, stack, null_first=null_first, jump=True)
                    waiting.append((labels[item.arg], jumped))
                if item.is_final():
                    break
                stack = _after(item, stack, null_first=null_first, jump=False)
            index += 1
    return found


def _continues(items: Sequence[Any], index: int) -> bool:
    before = items[index - 1] if index else None
    return isinstance(before, Instr) and before.name in ("KW_NAMES", "PRECALL")


def _has_null(items: Sequence[Any], index: int, stack: list[str], *, null_first: bool) -> bool:
    end = index
    while items[end].name in ("KW_NAMES", "PRECALL"):
        end += 1
    count: int = items[end].arg + (items[end].name == "CALL_KW")
    depth = count + 2 if null_first else count + 1
    return len(stack) >= depth and stack[-depth] == NULL


def _after(item: Instr, stack: list[str], *, null_first: bool, jump: bool) -> list[str]:
    if item.name == "SWAP":
        stack = stack[:]
        stack[-1], stack[-item.arg] = stack[-item.arg], stack[-1]  # type: ignore[operator] # of this type for this instruction
        return stack
    if item.name == "COPY":
        return [*stack, stack[-item.arg]]  # type: ignore[operator] # of this type for this instruction
    if item.name == "PUSH_NULL":
        return [*stack, NULL]
    if pushes_null(item):
        taken = {"LOAD_GLOBAL": 0, "LOAD_SUPER_ATTR": 3}.get(item.name, 1)
        return [*stack[: len(stack) - taken], *([NULL, VALUE] if null_first else [VALUE, NULL])]
    before, after = item.pre_and_post_stack_effect(jump if item.has_jump() else None)
    kept = [*stack, *[VALUE] * before] if before >= 0 else stack[:before]
    return [*kept, *[VALUE] * after]
