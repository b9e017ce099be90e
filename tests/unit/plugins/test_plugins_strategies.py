"""Strategies that plugins provide: by whatever way they are named, and whatever they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent

import pytest
from plugin_site import good, status

import threadbench
from threadbench.errors import PluginError, ScenarioError, UsageError
from threadbench.plugins import Registry
from threadbench.scenario import load_cases

MINE = """
    import random
    from threadbench import hookimpl

    class Mine:
        '''Draws who goes on, and sees how often it was asked.'''

        def __init__(self, seed):
            self.random = random.Random(seed)
            self.begun = self.ended = 0

        def begin(self, scheduler):
            self.begun += 1
            return self.begun <= 40

        def choose(self, options):
            {choose}

        def end(self, execution):
            self.ended += 1
            assert self.begun == self.ended and execution.points >= len(execution.choices)

    @hookimpl
    def threadbench_strategies():
        yield "mine", Mine
"""


def mine(choose: str = "return self.random.choice(options)", name: str = "mine") -> str:
    """Source of a plugin with one strategy, which chooses by these words."""
    return dedent(MINE).replace("{choose}", choose).replace('"mine"', f'"{name}"')


class Box:
    """What threads share."""

    def __init__(self) -> None:
        self.value = 0


def add(box: Box) -> None:
    box.value += 1


def once(box: Box) -> None:
    assert box.value >= 1


SCENARIO = (
    "kind: race\nparams: {workers: 2}\nexplore: {strategy: mine, max_schedules: 30}\nexpect: {explore: violated}\n"
)


def command(site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that finds the site's distributions."""
    return subprocess.run(
        [sys.executable, "-m", "threadbench", *arguments],
        cwd=site.folder.parent,
        env={**os.environ, "PYTHONPATH": str(site.folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )


def test_a_strategy_is_known_by_its_name(site):
    """The registry makes it from a seed, lists it after the built-in ones, and shows it in the plugin's row."""
    site.install("acme", {"a": mine()})
    registry = Registry()
    assert registry.strategies()[-1] == "mine"
    assert registry.strategies()[0] == "auto"
    provided = registry.strategy("mine")
    assert type(provided.factory(3)).__name__ == "Mine"
    assert provided.owner == "strategy 'mine' of plugin 'a' of acme 1.0"
    assert status(registry, "a").extensions == (("strategy", "mine"),)
    assert status(registry, "a").status == "ok"


def test_a_strategy_explores_what_python_hands_over(site):
    """By name; that it has no schedule left ends the search, and proves nothing."""
    site.install("acme", {"a": mine()})
    found = threadbench.explore(Box, [add, add], once, strategy="mine")
    assert (found.verdict, found.strategy, found.schedules) == ("holds", "mine", 40)
    assert not found.exhaustive


def test_a_strategy_may_be_an_object():
    """It is used as it is, for all schedules."""

    class Last:
        def __init__(self) -> None:
            self.asked = 0

        def begin(self, scheduler: object) -> bool:
            return True

        def choose(self, options: list[object]) -> object:
            self.asked += 1
            return options[-1]

        def end(self, execution: object) -> None:
            pass

    last = Last()
    found = threadbench.explore(Box, [add, add], once, strategy=last, max_schedules=5)
    assert (found.verdict, found.strategy, found.schedules) == ("holds", "Last", 5)
    assert last.asked >= 5
    with pytest.raises(UsageError, match="is one object"):
        threadbench.explore(Box, [add, add], once, strategy=last, jobs=2)
    for wrong in (Last, 3, None):
        with pytest.raises(UsageError, match="neither a name nor an object"):
            threadbench.explore(Box, [add, add], once, strategy=wrong)


def test_jobs_make_a_strategy_for_each_batch(site):
    """Two processes come to as many schedules as were asked for."""
    site.install("acme", {"a": mine().replace("self.begun <= 40", "True")})
    found = threadbench.explore(Box, [add, add], once, strategy="mine", jobs=2, max_schedules=600)
    assert (found.verdict, found.schedules) == ("holds", 600)


def test_a_scenario_names_a_strategy(site, tmp_path):
    """In the file and on the command line; the document says who chose."""
    site.install("acme", {"a": mine()})
    (tmp_path / "s.yaml").write_text(SCENARIO)
    done = command(site, "explore", "s.yaml", "--json", "--seed", "1")
    (search,) = json.loads(done.stdout)["searches"]
    assert (done.returncode, search["strategy"], search["verdict"]) == (0, "mine", "violated"), done.stderr
    (tmp_path / "t.yaml").write_text(SCENARIO.replace("strategy: mine", "strategy: dpor"))
    done = command(site, "explore", "t.yaml", "--json", "--seed", "1", "--strategy", "mine")
    (search,) = json.loads(done.stdout)["searches"]
    assert (done.returncode, search["strategy"]) == (0, "mine")


def test_an_unknown_strategy_is_located(site, tmp_path):
    """In a file by line and column, with what was meant; on the command line with the same hint."""
    site.install("acme", {"a": mine()})
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("mine", "mime"))
    with pytest.raises(ScenarioError) as caught:
        load_cases([str(tmp_path / "s.yaml")], Registry())
    (found,) = caught.value.diagnostics
    assert (found.position.line, found.position.column) == (3, 21)
    assert found.message.startswith("unknown strategy 'mime'")
    assert found.hint.startswith("did you mean 'mine'? strategies: auto, dpor")
    (tmp_path / "s.yaml").write_text(SCENARIO)
    done = command(site, "explore", "s.yaml", "--strategy", "dpro")
    assert done.returncode == 2
    assert "strategy 'dpro' is unknown" in done.stderr
    assert "did you mean 'dpor'?" in done.stderr


def test_two_claims_of_one_strategy_name_both(site, tmp_path):
    """Nobody wins; the kinds of both go on working, and leaving one out decides."""
    site.install("acme", {"a": mine() + good("gate")}, "1.1")
    site.install("bolt", {"b": mine()}, "2.2")
    registry = Registry()
    with pytest.raises(
        PluginError, match=r"strategy 'mine' is claimed by plugin 'a' of acme 1\.1 and plugin 'b' of bolt"
    ):
        registry.strategy("mine")
    assert registry.workload("gate").kind == "gate"
    assert "mine" not in registry.strategies()
    assert Registry.from_switches(["no:b"]).strategy("mine").owner.endswith("acme 1.1")
    (tmp_path / "s.yaml").write_text(SCENARIO)
    done = command(site, "explore", "s.yaml")
    assert done.returncode == 3
    assert "acme 1.1 and plugin 'b' of bolt 2.2" in done.stderr


def test_a_built_in_strategy_is_reserved(site):
    """A plugin that claims `dpor` is in conflict, and `dpor` stays what it is."""
    site.install("acme", {"a": mine(name="dpor")})
    row = status(Registry(), "a")
    assert (row.status, row.reason) == ("conflict", "strategy 'dpor' is built in, and its name reserved")
    assert Registry().strategies().count("dpor") == 1


@pytest.mark.parametrize(
    ("gives", "reason"),
    [
        ("return 3", "gives 3: it has to return a mapping"),
        ("return ['mine']", "gives 'mine', which is no pair"),
        ("return {'My Own': print}", "'My Own' is not a valid name"),
        ("return {'mine': 3}", "the factory of strategy 'mine' cannot be called: 3"),
        ("return [('mine', print), ('mine', print)]", "gives strategy 'mine' twice"),
        ("return None", "gives nothing"),
        ("raise RuntimeError('no')", "RuntimeError: no"),
    ],
)
def test_a_hook_that_gives_something_else_breaks_its_plugin(site, gives, reason):
    """The plugin's row says what is wrong with it."""
    site.install(
        "acme", {"a": f"from threadbench import hookimpl\n@hookimpl\ndef threadbench_strategies():\n    {gives}\n"}
    )
    row = status(Registry(), "a")
    assert row.status == "broken"
    assert reason in row.reason


@pytest.mark.parametrize(
    ("choose", "said"),
    [
        ("raise ValueError('oh')", "raised ValueError: oh"),
        ("raise SystemExit(5)", "raised SystemExit: 5"),
        ("return 'nobody'", "chose 'nobody', which is none of the options"),
        ("return self.nothing", "raised AttributeError"),
    ],
)
def test_a_strategy_that_fails_is_named(site, tmp_path, choose, said):
    """From the command: exit code 3, whose it is and where, no traceback. From Python: a PluginError with its cause."""
    site.install("acme", {"a": mine(choose)}, "1.1")
    (tmp_path / "s.yaml").write_text(SCENARIO)
    done = command(site, "explore", "s.yaml")
    assert done.returncode == 3, done.stderr
    assert f"strategy 'mine' of plugin 'a' of acme 1.1 {said}" in done.stderr
    assert "Traceback" not in done.stderr
    with pytest.raises(PluginError, match="strategy 'mine' of plugin 'a'") as caught:
        threadbench.explore(Box, [add, add], once, strategy="mine")
    if said.startswith("raised"):
        assert "acme_a.py:" in str(caught.value)
        assert caught.value.__cause__ is not None
    assert threadbench.explore(Box, [add, add], once).verdict == "holds"  # nothing of it is left behind


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("return self.begun <= 40", "return None", "answers None to `begin`"),
        ("self.ended += 1", "raise KeyError('x')", "raised KeyError"),
        ("self.random = random.Random(seed)", "raise OSError('seedless')", "raised OSError: seedless"),
        ("def end(", "def stop(", "has no method 'end'"),
    ],
)
def test_each_method_is_held_to_what_it_promises(site, before, after, said):
    """What another method, or the factory, does wrong is told like what `choose` does."""
    site.install("acme", {"a": mine().replace(before, after)})
    with pytest.raises(PluginError, match="strategy 'mine' of plugin 'a'") as caught:
        threadbench.explore(Box, [add, add], once, strategy="mine")
    assert said in str(caught.value)


def test_a_strategy_that_gives_every_schedule_up_has_shown_nothing(site):
    """No schedule came to its end: inconclusive, and not that it holds."""
    site.install("acme", {"a": mine("return None")})
    found = threadbench.explore(Box, [add, add], once, strategy="mine")
    assert (found.verdict, found.schedules, found.cut) == ("inconclusive", 0, 40)
