"""Tells whether code under test is what it was when a schedule was stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any


def fingerprint_of(code: Sequence[Any]) -> str:
    """Of the source of the code under test: what a stored schedule belongs to."""
    digest = hashlib.blake2b(digest_size=12)
    for text in sorted(_texts(code)):
        digest.update(text)
    return digest.hexdigest()


def _texts(code: Sequence[Any]) -> set[bytes]:
    texts: set[bytes] = set()

    def of_code(code: CodeType) -> None:
        texts.add(repr((code.co_name, code.co_names, code.co_varnames, code.co_code.hex())).encode())
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                of_code(constant)
            else:
                texts.add(repr((code.co_qualname, type(constant).__name__, _shown(constant))).encode())

    def of_owner(owner: Any) -> None:
        if isinstance(owner, ModuleType):
            for value in vars(owner).values():
                if getattr(value, "__module__", None) == owner.__name__:
                    of_owner(value)
        elif isinstance(owner, type):
            for value in vars(owner).values():
                of_owner(value)
        else:
            function = getattr(owner, "__func__", owner)
            function = getattr(function, "func", function)
            if isinstance(function, FunctionType):
                of_code(function.__code__)

    for owner in code:
        of_owner(owner)
    return texts


def _shown(constant: object) -> str:
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)
