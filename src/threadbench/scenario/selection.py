"""Which cases are meant by `-k` and `-t`: cases and an expression go in, fewer cases come out.

The grammar of `-k` is pytest's: words joined by `and`, `or`, `not` and parentheses; a word matches where it is part
of the id, name, kind or a tag, whatever its case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ..errors import NothingSelectedError, UsageError

if TYPE_CHECKING:
    from .cases import Case

Matcher = Callable[[str], bool]
"""Whether a word is found in a case."""

_PART: Final = r"\s*(?:([()])|([^\s()]+))"
_MAX_NESTING: Final = 50


def select(cases: Iterable[Case], *, keyword: str | None, tags: Sequence[str]) -> list[Case]:
    """The cases that match the expression and have any of the tags; without either, all.

    Raises:
        UsageError: the expression is not one.
        NothingSelectedError: no case is left.
    """
    cases = list(cases)
    matches = _Expression(keyword).parse() if keyword and keyword.strip() else None
    left = [
        case
        for case in cases
        if (matches is None or matches(_finder(case))) and (not tags or not set(tags).isdisjoint(case.scenario.tags))
    ]
    if not left:
        raise NothingSelectedError(*_nothing(cases, keyword, tags))
    return left


def _nothing(cases: Sequence[Case], keyword: str | None, tags: Sequence[str]) -> tuple[str]:
    asked = [*([f"-k '{keyword}'"] if keyword else []), *(f"-t {tag}" for tag in tags)]
    if not asked:
        return ("there are no cases",)
    known = sorted({tag for case in cases for tag in case.scenario.tags})
    has = f"; tags: {', '.join(known) or 'none'}" if tags else ""
    return (f"none of {len(cases)} cases matches {' '.join(asked)}{has}",)


def _finder(case: Case) -> Matcher:
    words = [word.lower() for word in (case.id, case.name, case.workload.kind, *case.scenario.tags)]
    return lambda word: any(word in text for text in words)


class _Expression:
    """A recursive descent over `or`, `and`, `not`, from the loosest to the tightest."""

    def __init__(self, text: str) -> None:
        self._text = text
        matches = re.finditer(_PART, text)
        self._tokens = [(match[1] or match[2], match.start(match.lastindex or 0)) for match in matches]
        self._next = 0
        self._nesting = 0

    def parse(self) -> Callable[[Matcher], bool]:
        whole = self._any()
        if self._next < len(self._tokens):
            raise self._error("expected 'and' or 'or'")
        return whole

    def _any(self) -> Callable[[Matcher], bool]:
        options = [self._all()]
        while self._accept("or"):
            options.append(self._all())
        return lambda matcher: any(option(matcher) for option in options)

    def _all(self) -> Callable[[Matcher], bool]:
        parts = [self._one()]
        while self._accept("and"):
            parts.append(self._one())
        return lambda matcher: all(part(matcher) for part in parts)

    def _one(self) -> Callable[[Matcher], bool]:
        wanted = True
        while self._accept("not"):
            wanted = not wanted
        if self._accept("("):
            self._nesting += 1
            if self._nesting > _MAX_NESTING:
                raise self._error("too many parentheses")
            inside = self._any()
            if not self._accept(")"):
                raise self._error("expected ')'")
            self._nesting -= 1
            return lambda matcher: inside(matcher) is wanted
        if self._next == len(self._tokens) or self._tokens[self._next][0].lower() in {")", "and", "or"}:
            raise self._error("expected a word")
        word = self._tokens[self._next][0].lower()
        self._next += 1
        return lambda matcher: matcher(word) is wanted

    def _accept(self, token: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][0] == token:
            self._next += 1
            return True
        return False

    def _error(self, message: str) -> UsageError:
        column = self._tokens[self._next][1] + 1 if self._next < len(self._tokens) else len(self._text) + 1
        return UsageError(
            f"-k '{self._text}': {message} at column {column}", hint="words joined by and, or, not and parentheses"
        )
