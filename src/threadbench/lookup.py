"""How cases are found: the options that were typed, which go along to other processes, and are typed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .durations import typed_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .plugins import Registry
    from .scenario import Case


class Switches(msgspec.Struct, frozen=True):
    """Whose kinds there are.

    Attributes:
        plugins: `NAME` or `no:NAME`, as `-p` has them.
        none: no plugins but the built-in ones and those that are named.
        files: as `--plugin` has them.
    """

    plugins: tuple[str, ...] = ()
    none: bool = False
    files: tuple[str, ...] = ()

    def registry(self) -> Registry:
        """Who provides kinds; imports pluggy, so it is called by those who need kinds.

        Raises:
            UsageError: a `-p` without a name.
        """
        from .plugins import Registry

        return Registry.from_switches(self.plugins, self.none, self.files)

    def words(self) -> list[str]:
        """The options, to be typed again."""
        return [*each("-p", self.plugins), *each("--plugin", self.files), *(["--no-plugins"] if self.none else [])]


class Lookup(msgspec.Struct, frozen=True):
    """Which cases there are, and what overrides their own words.

    Attributes:
        overrides: `KEY=VALUE`, as `--set` has them.
        seed: of every run.
        timeout: seconds, instead of the scenario's.
        keyword: an expression that ids match, as `-k` has it.
        tags: a case has one of them, as `-t` has them.
        switches: whose kinds there are.
    """

    overrides: tuple[str, ...] = ()
    seed: int | None = None
    timeout: float | None = None
    keyword: str | None = None
    tags: tuple[str, ...] = ()
    switches: Switches = Switches()

    def cases(self, paths: Sequence[str], registry: Registry) -> list[Case]:
        """The cases of scenario files, folders and globs.

        Raises:
            ScenarioError: a file is not valid.
            PluginError: a kind's plugin cannot be used.
            UsageError: the expression is not one.
            NothingSelectedError: no case is left.
        """
        from .scenario import load_cases
        from .scenario.selection import select

        cases = load_cases(paths, registry, overrides=self.overrides, seed=self.seed, timeout=self.timeout)
        return select(cases, keyword=self.keyword, tags=self.tags) if self.keyword or self.tags else cases

    def case(self, case_id: str) -> Case:
        """The case of an id, whatever was selected.

        Raises:
            ScenarioError: its file is not valid (any more).
            PluginError: its kind's plugin cannot be used.
            NothingSelectedError: there is none of this id.
        """
        everything = msgspec.structs.replace(self, keyword=None, tags=())
        (case,) = everything.cases([case_id], self.switches.registry())
        return case

    def settings(self) -> tuple[str, ...]:
        """The options that change what a case is, but for the seed: whoever runs it again needs them too."""
        timeout = [] if self.timeout is None else ["--timeout", typed_duration(self.timeout)]
        return (*each("--set", self.overrides), *timeout, *self.switches.words())

    def selection(self) -> list[str]:
        """The options that pick cases."""
        return [*(["-k", self.keyword] if self.keyword else []), *each("-t", self.tags)]


def each(option: str, values: Sequence[str]) -> list[str]:
    """An option that is repeated for each of its values."""
    return [word for value in values for word in (option, value)]
