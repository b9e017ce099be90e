"""Options that find cases: what is read of them is typed again."""

from __future__ import annotations

import click
import pytest

from threadbench.cli.options import case_options, registry_options
from threadbench.lookup import Lookup, Switches


@click.command()
@case_options
def found(lookup: Lookup) -> Lookup:
    return lookup


@click.command()
@registry_options
def switched(switches: Switches) -> Switches:
    return switches


def read(words: list[str]) -> Lookup:
    lookup = found.main(words, standalone_mode=False)
    assert isinstance(lookup, Lookup)
    return lookup


SWITCHES = Switches(("no:a", "b"), none=True, files=("my plugin.py",))
EVERYTHING = Lookup(("params.n=1", "x-y={a: [1, 2]}"), None, 0.25, "race and not (a or b)", ("quick", "slow"), SWITCHES)


@pytest.mark.parametrize("lookup", [Lookup(), EVERYTHING, Lookup(timeout=1e-6), Lookup(timeout=123456.75)])
def test_what_was_read_is_typed_again(lookup: Lookup) -> None:
    """Whoever goes on, or runs a witness again, finds the same cases."""
    assert read([*lookup.settings(), *lookup.selection()]) == lookup


def test_switches_are_read_by_themselves() -> None:
    """Verbs that need kinds alone have no other options."""
    assert switched.main(SWITCHES.words(), standalone_mode=False) == SWITCHES
    assert switched.main([], standalone_mode=False) == Switches()


def test_the_seed_is_none_of_the_settings() -> None:
    """A search draws its own, and says which."""
    assert read(["--seed", "7"]) == Lookup(seed=7)
    assert Lookup(seed=7).settings() == ()
