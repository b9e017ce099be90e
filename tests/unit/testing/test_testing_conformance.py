"""`assert_conforms` tells of each rule that is broken, precisely, and passes what keeps them all."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from broken import BROKEN, SOUND, STRATEGY, Broken

from threadbench import UsageError
from threadbench.plugins.sources import BUILTIN_KINDS
from threadbench.testing import RULES, ConformanceError, assert_conforms, conformance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(path.name for path in ROOT.glob("plugins/*/src/*") if path.is_dir() and path.suffix != ".egg-info")

WAIVED = {
    "daemon": {"threads-end": "its daemon is cut off with main: that is what it shows"},
}
"""What built-in kinds and plugins break on purpose."""
SMALL = {"prodcons": {"prodcons": {"producers": 2, "consumers": 2, "items": 5}}}
"""Params for those whose defaults go on for long."""


OF_THE_WHOLE = {"import-quiet", "api-range", "strategy-explores", "exporter-writes"}
"""Rules about plugins of any hook."""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Write a module to import, and forget it afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def write(source: str) -> str:
        names.append(f"turnstile_{len(sys.modules)}_{len(names)}")
        (tmp_path / f"{names[-1]}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        return names[-1]

    yield write
    for name in names:
        sys.modules.pop(name, None)


def name_of(broken: Broken) -> str:
    return f"{broken.rule}-{BROKEN.index(broken)}"


@pytest.mark.parametrize("broken", BROKEN, ids=name_of)
def test_a_broken_rule_is_told_precisely(plugin, tmp_path, broken):
    """A plugin that breaks one rule is told of it alone: with its subject, what was found, where, and the cure."""
    sound = STRATEGY if broken.rule in OF_THE_WHOLE else SOUND
    assert sound.count(broken.old) == 1
    source = sound.replace(broken.old, broken.new)
    name = plugin(source)
    with pytest.raises(ConformanceError) as caught:
        assert_conforms(name, timeout=2 if "timeout" in broken.said else 30)
    findings = caught.value.findings
    assert {finding.rule for finding in findings} == {broken.rule}, str(caught.value)
    (finding,) = [each for each in findings if broken.said in each.message]
    assert finding.subject == broken.subject
    assert finding.cure
    if broken.at is not None:
        line = next(n for n, text in enumerate(source.splitlines(), 1) if broken.at in text)
        assert finding.place is not None
        assert finding.place.endswith(f"{name}.py:{line}")
    assert f"{broken.rule}: {broken.subject}" in str(caught.value)
    assert str(caught.value).startswith(f"plugin {name} breaks 1 rule of {len(RULES)}:")


def test_there_is_a_broken_plugin_for_each_rule():
    """No rule is without a plugin that breaks it."""
    assert {broken.rule for broken in BROKEN} == set(RULES)


def test_a_sound_plugin_conforms(plugin, tmp_path):
    """By its name, as a module, as a file, as an object with hooks and as a workload."""
    name = plugin(SOUND)
    assert_conforms(name)
    module = importlib.import_module(name)
    assert_conforms(module)
    assert_conforms(tmp_path / f"{name}.py")
    assert_conforms(type("Hooks", (), {"threadbench_workloads": staticmethod(module.threadbench_workloads)})())
    assert_conforms(module.turnstile)


def test_all_that_is_broken_is_told_at_once(plugin):
    """Three rules broken are three findings, in one message."""
    source = SOUND.replace(', description="how many pass"', "").replace('"""People pass one at a time."""', "")
    source = source.replace('{"passed": len(passed)}', '{"passed": set(passed)}')
    with pytest.raises(ConformanceError) as caught:
        assert_conforms(plugin(source))
    assert [finding.rule for finding in caught.value.findings] == ["docstring", "param-description", "outcome-json"]
    assert "breaks 3 rules of" in str(caught.value)
    assert str(caught.value).count("    cure: ") == 3


def test_a_waiver_is_for_what_is_broken_and_says_why(plugin):
    """A rule may be broken on purpose; one that is kept is not waived, nor one that is unknown, nor for no reason."""
    name = plugin(SOUND.replace(', description="how many pass"', ""))
    assert_conforms(name, waive={"param-description": "the name says it"})
    with pytest.raises(ConformanceError, match="docstring: plugin: the rule is waived, and is kept"):
        assert_conforms(name, waive={"param-description": "the name says it", "docstring": "none"})
    with pytest.raises(UsageError, match="there is no rule 'docstrings' to waive"):
        assert_conforms(name, waive={"docstrings": "none"})
    with pytest.raises(UsageError, match="for no reason"):
        assert_conforms(name, waive={"param-description": " "})


@pytest.mark.parametrize("kind", BUILTIN_KINDS)
def test_built_in_kinds_conform(kind, tmp_path, monkeypatch):
    """The kinds that ship with threadbench keep every rule that they do not break on purpose."""
    monkeypatch.chdir(tmp_path)
    assert_conforms(f"threadbench.kinds.{kind}", params=SMALL.get(kind), waive=WAIVED.get(kind))


@pytest.mark.parametrize("module", SHIPPED)
def test_shipped_plugins_conform(module, tmp_path, monkeypatch):
    """Each distribution under plugins/ keeps the rules, installed or not."""
    monkeypatch.chdir(tmp_path)
    (source,) = ROOT.glob(f"plugins/*/src/{module}")
    monkeypatch.syspath_prepend(source.parent)
    assert_conforms(module, params=SMALL.get(module), waive=WAIVED.get(module))


def test_findings_can_be_looked_at(plugin):
    """`conformance` gives what `assert_conforms` would say, and says nothing."""
    assert conformance(plugin(SOUND)) == ()
    (finding,) = conformance(plugin(SOUND.replace(', description="how many pass"', "")))
    assert (finding.rule, finding.subject) == ("param-description", "kind 'turnstile', param 'people'")


def test_words_of_everybody_are_no_words_of_a_kind(plugin):
    """A kind that is called as what it uses is not held to whether somebody had to wait for it."""
    waits = """\
    turn = threading.Semaphore(run.runtime == "native")
    waiter = threading.Thread(target=turn.acquire)
    waiter.start()
    time.sleep(0.01)
    turn.release()
    waiter.join()
"""
    text = SOUND.replace('@workload("turnstile"', '@workload("semaphore"')
    found = conformance(plugin(text.replace("    run.check(", waits + "    run.check(")))
    assert [finding for finding in found if finding.rule == "same-words"] == []


def test_a_word_that_is_chance_is_waited_for(plugin):
    """What one native run did not say, and every schedule did, may be said in another run."""
    met = '    (run.runtime == "virtual" or run.seed) and run.emit("met")\n'
    found = conformance(plugin(SOUND.replace("    run.check(", met + "    run.check(")))
    assert [finding for finding in found if finding.rule == "same-words"] == []
