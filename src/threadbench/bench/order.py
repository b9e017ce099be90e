"""What a process that measures is told: which case, how to find it again, and whom to ask for its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ..plugins import Registry
    from ..scenario import Case


class Source(msgspec.Struct, frozen=True):
    """How cases are found again in another process, perhaps of another interpreter: the options that were typed.

    Attributes:
        overrides: of scenarios, as `--set` has them.
        plugin_switches: as `-p` has them.
        plugin_files: as `--plugin` has them.
        no_plugins: only the built-in kinds.
        seed: of every run.
        timeout: seconds, instead of the scenario's.
    """

    overrides: tuple[str, ...] = ()
    plugin_switches: tuple[str, ...] = ()
    plugin_files: tuple[str, ...] = ()
    no_plugins: bool = False
    seed: int | None = None
    timeout: float | None = None

    def registry(self) -> Registry:
        """Who provides kinds."""
        from ..plugins import Registry

        return Registry.from_switches(self.plugin_switches, self.no_plugins, self.plugin_files)

    def case(self, case_id: str) -> Case:
        """The case of an id.

        Raises:
            ScenarioError: its file is not valid (any more).
            PluginError: its kind's plugin cannot be used.
            NothingSelectedError: there is none of this id.
        """
        from ..scenario import load_cases

        (case,) = load_cases([case_id], self.registry(), overrides=self.overrides, seed=self.seed, timeout=self.timeout)
        return case


class Order(msgspec.Struct, frozen=True):
    """One process's work.

    Attributes:
        source: how its case is found.
        case: the id.
        name: of the benchmark in pyperf's files.
        skipped: how many of the first values warm up, and are not counted.
        ready: file descriptor to write a byte to when a value could begin; None begins by itself.
        go: file descriptor to read a byte from before a value begins.
        yardstick: rounds of a fixed computation to time before and after each value; 0 times none.
        metadata: what is written into the result besides.
    """

    source: Source
    case: str
    name: str
    skipped: int = 0
    ready: int | None = None
    go: int | None = None
    yardstick: int = 0
    metadata: dict[str, str | int | float] = {}


PREFIX = "threadbench_"
"""What keys of ours begin with among pyperf's metadata."""
