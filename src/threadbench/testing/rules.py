"""The rules that a plugin keeps, by name, and what is found where one is broken. A leaf of the test kit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

RULES: Final[dict[str, str]] = {
    "imports": "the plugin can be imported",
    "import-quiet": "importing it prints nothing, starts nothing, and changes no setting of the process",
    "hooks": "it implements a hook of threadbench, marked with @threadbench.hookimpl, and none that does not exist",
    "hooks-answer": "no hook raises when it is asked",
    "provides": "hooks give what they are for, each name once",
    "api-range": "THREADBENCH_API, which a distribution states, is a range with the version of this threadbench in it",
    "kind-name": "a kind's name is well-formed and not reserved",
    "docstring": "a workload's docstring opens with a line that says what it shows",
    "param-default": "every param has a default, and accepts it",
    "param-description": "every param has a description",
    "param-strict": "params refuse unknown keys and other types, and are frozen",
    "param-schema": "params have a JSON Schema, and their defaults are JSON",
    "param-errors": "a value that a param refuses is refused with an error that is located in the file",
    "runs-native": "with its defaults the kind runs to an end on native threads",
    "runs-virtual": "with its defaults the kind runs to an end on virtual threads",
    "deterministic": "on virtual threads the same seed writes the same log, byte for byte",
    "same-words": "events and checks of the kind are the same on both runtimes",
    "event-names": "names of emitted events are lower-case words joined by dots or underscores",
    "check-names": "a check has a name, which one place in the code states",
    "outcome-json": "the outcome is JSON: mappings from texts, lists, texts, finite numbers, true, false, null",
    "errors-surface": "an exception inside a workload ends the run as crashed, with its place",
    "threads-end": "what the workload starts, threads and processes, has ended when it is over",
    "strategy-explores": "a strategy explores a small program without breaking off",
    "exporter-writes": "an exporter writes a file from a log, also from one that was cut off, and leaves the log alone",
}
"""Names of the rules, each with what holds where it is kept."""


class Finding(msgspec.Struct, frozen=True):
    """One rule that is broken in one place.

    Attributes:
        rule: its name in `RULES`.
        subject: what breaks it: the plugin, a kind, or a param of one.
        message: what was expected, and what was found.
        cure: how to mend it.
        place: `file:line` of the subject, where that is known.
    """

    rule: str
    subject: str
    message: str
    cure: str
    place: str | None = None

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.rule}: {self.subject}{where}: {self.message}\n    cure: {self.cure}"


class ConformanceError(AssertionError):
    """A plugin breaks rules; the message has all of them.

    Attributes:
        plugin: what it is called.
        findings: one for each place.
    """

    def __init__(self, plugin: str, findings: Sequence[Finding]) -> None:
        self.plugin = plugin
        self.findings = tuple(findings)
        broken = len({finding.rule for finding in findings})
        many = f"{broken} rule{'s' if broken != 1 else ''} of {len(RULES)}"
        super().__init__("\n".join([f"{plugin} breaks {many}:", *(f"  {finding}" for finding in findings)]))
