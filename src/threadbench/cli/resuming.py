"""How a sweep or search goes on: options enter, the command leaves that is typed to go on; and why it stands still."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .executing import typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .console import Console


def valued(*options: tuple[str, object]) -> list[str]:
    """Options with their values, but for those that have none."""
    return [word for option, value in options if value is not None for word in (option, str(value))]


def flagged(*options: tuple[str, bool]) -> list[str]:
    """Options without values that are on."""
    return [option for option, on in options if on]


def shared(
    console: Console,
    jobs: int | None,
    executor: tuple[str, str] | None,
    seed: int | None,
    junit: str | None,
    *,
    fail_fast: bool,
) -> list[str]:
    """The options of `run` and `explore` alike that say how cases are done, and what is told of them."""
    named = typed(executor) if executor else None
    return [
        *valued(("--executor", named), ("--jobs", jobs), ("--seed", seed), ("--junit", junit)),
        *flagged(("--fail-fast", fail_fast), ("--json", console.json), ("-q", console.quiet), ("-v", console.verbose)),
    ]


def command_again(verb: str, words: Sequence[str]) -> str:
    """What is typed to go on."""
    return shlex.join(["threadbench", verb, *words, "--resume"])


class Standing:
    """Says on standard error that nothing comes back, once, and that something does again.

    Args:
        console: where.
        again: the command that goes on later; "" where there is none.
    """

    def __init__(self, console: Console, again: str) -> None:
        self.again = again
        self._console = console
        self._said = False

    def tell(self, trouble: str | None, done: str) -> None:
        """What is the matter now, and what is done so far."""
        if trouble is not None and not self._said:
            later = f"; Ctrl-C, and later: {self.again}" if self.again else ""
            self._console.warn(f"{trouble}; {done}; this goes on when that is over{later}")
        elif trouble is None and self._said:
            self._console.warn("that is over: this goes on")
        self._said = trouble is not None
