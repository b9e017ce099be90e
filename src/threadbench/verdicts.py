"""The words for how a run or a search ended, and the exit code each leads to when nobody asked for it.

A leaf: scenario files are checked against these words, runtimes and the engine speak them, reports print them.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

RunVerdict = Literal["passed", "failed", "deadlock", "livelock", "timeout", "crashed", "error", "interrupted"]
SearchVerdict = Literal["holds", "violated", "deadlock", "livelock", "crashed", "inconclusive"]

RUN_VERDICTS: Final[tuple[RunVerdict, ...]] = get_args(RunVerdict)
SEARCH_VERDICTS: Final[tuple[SearchVerdict, ...]] = get_args(SearchVerdict)

OK, FAILED, INVALID, PLUGIN, UNEXPECTED_END, NOTHING_SELECTED, INCONCLUSIVE = 0, 1, 2, 3, 4, 5, 6
INTERNAL, INTERRUPTED, BROKEN_PIPE = 70, 130, 141

EXIT_CODES: Final[dict[int, str]] = {
    OK: "all as expected",
    FAILED: "an expectation failed",
    INVALID: "invalid file or usage",
    PLUGIN: "a plugin is missing or broken",
    UNEXPECTED_END: "unexpected deadlock, livelock, timeout or crash",
    NOTHING_SELECTED: "nothing selected",
    INCONCLUSIVE: "inconclusive",
    INTERNAL: "a bug of threadbench",
    INTERRUPTED: "Ctrl-C",
    BROKEN_PIPE: "broken pipe",
}

_GRAVITY: Final = (INTERRUPTED, INTERNAL, INVALID, PLUGIN, UNEXPECTED_END, FAILED, INCONCLUSIVE, OK)

_UNEXPECTED: Final[dict[RunVerdict, int]] = {
    "passed": FAILED,  # something else was asked for, and the run simply went well
    "failed": FAILED,
    "deadlock": UNEXPECTED_END,
    "livelock": UNEXPECTED_END,
    "timeout": UNEXPECTED_END,
    "crashed": UNEXPECTED_END,
    "error": INVALID,  # the log could not be written: as with a LogError, the surroundings are at fault
    "interrupted": INTERRUPTED,
}

_UNEXPECTED_SEARCH: Final[dict[SearchVerdict, int]] = {
    "holds": FAILED,  # something else was asked for, and was not found
    "violated": FAILED,
    "deadlock": UNEXPECTED_END,
    "livelock": UNEXPECTED_END,
    "crashed": UNEXPECTED_END,
    "inconclusive": INCONCLUSIVE,
}


def exit_code(verdict: RunVerdict, *, as_expected: bool) -> int:
    """The exit code of one run: 0 where it came to what was asked for."""
    return OK if as_expected else _UNEXPECTED[verdict]


def search_exit_code(verdict: SearchVerdict, *, as_expected: bool) -> int:
    """The exit code of one search: 0 where it came to what was asked for."""
    return OK if as_expected else _UNEXPECTED_SEARCH[verdict]


def gravest(codes: list[int]) -> int:
    """Of several exit codes the one that counts: 130 > 70 > 2 > 3 > 4 > 1 > 6 > 0."""
    return min(codes, key=_GRAVITY.index, default=OK)
