"""The kind does on real threads what its scenarios say."""

from pathlib import Path

import pytest

import threadbench

SCENARIOS = Path(__file__).parent.parent / "scenarios"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # event logs go there


def test_opposite_order_ends_in_a_deadlock_of_both_holders():
    """Opposite order is a deadlock, reported with both holders and both locks, long before the timeout."""
    result = threadbench.run(SCENARIOS / "deadlock.yaml")

    assert result.verdict == "deadlock"
    waiting = {(event.thread, event.object) for event in result.events if event.event == "lock.waiting"}
    assert waiting >= {("reporter", "disk"), ("archiver", "printer")}


def test_same_order_passes():
    """In the same order both jobs get done."""
    result = threadbench.run(SCENARIOS / "ordered.yaml")

    assert result.verdict == "passed"
    assert result.outcome == {"done": ["archiver", "reporter"]}


def test_the_deadlock_is_certain_without_a_hold(tmp_path):
    """The deadlock does not depend on the length of the hold: the barrier makes it certain."""
    path = tmp_path / "no-hold.yaml"
    path.write_text("kind: deadlock\nparams: {hold: 0}\nexpect: {verdict: deadlock}\n", encoding="utf-8")

    assert [threadbench.run(path).verdict for _ in range(5)] == ["deadlock"] * 5
