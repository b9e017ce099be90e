"""The process that runs scenarios, from pytest's side."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from threadbench.suite.handle import Desk
from threadbench.suite.orders import Refused, Report, Rows, Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where there is a scenario."""
    (tmp_path / "quick.yaml").write_text("kind: lock\nparams: {pause: 0s, workers: 1}\ntags: [a]\n")
    (tmp_path / "print.py").write_text(
        "import threadbench\n"
        "@threadbench.workload('print')\ndef work(run, params):\n    '''Prints.'''\n    print('something')\n"
        "@threadbench.hookimpl\ndef threadbench_workloads():\n    yield work\n"
        "class Watching:\n"
        "    def started(self, session): print('the desk has no output'); self.begun = True\n"
        "    def finished(self, result): raise ValueError('on purpose')\n"
        "@threadbench.hookimpl\ndef threadbench_observers():\n    yield Watching()\n"
    )
    (tmp_path / "print.yaml").write_text("kind: print\n")
    return tmp_path


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    """A desk there."""
    made = Desk(Settings(plugins=("print.py",)), folder)
    yield made
    made.close()


def test_orders_are_answered(desk: Desk, folder: Path) -> None:
    """A file's cases, then what one came to, with its log below the folder."""
    answer = desk.collect("quick.yaml")
    assert isinstance(answer, Rows)
    (row,) = answer.rows
    assert (row.name, row.kind, row.tags, row.line, row.run, row.searched) == ("quick", "lock", ("a",), 1, True, False)
    report = desk.execute("quick.yaml", "quick", search=False)
    assert isinstance(report, Report)
    facts = dict(report.facts)
    assert (report.passed, report.text, facts["threadbench.verdict"]) == (True, "", "passed")
    assert (folder / facts["threadbench.log"]).exists()
    report = desk.execute("quick.yaml", "quick", search=True)
    assert isinstance(report, Report)
    assert (report.passed, dict(report.facts)["threadbench.exhaustive"]) == (True, "yes")


def test_what_is_not_there_is_told(desk: Desk) -> None:
    """A file that does not exist is an answer, and the desk stays."""
    answer = desk.collect("nowhere.yaml")
    assert isinstance(answer, Refused)
    assert "nowhere.yaml" in answer.text
    assert isinstance(desk.collect("quick.yaml"), Rows)


def test_output_and_failing_observers_have_their_sections(desk: Desk) -> None:
    """What a run prints comes with its report; an observer that fails is named, and nothing else is changed."""
    assert isinstance(desk.collect("print.yaml"), Rows)
    report = desk.execute("print.yaml", "print", search=False)
    assert isinstance(report, Report)
    sections = dict(report.sections)
    assert (report.passed, sections["stdout"]) == (True, "something\n")
    assert "on purpose" in sections["threadbench"]


def test_a_desk_that_is_gone_is_told(desk: Desk) -> None:
    """Killed, it leaves an answer that says so, to each order."""
    desk.collect("quick.yaml")
    os.kill(desk._process.pid, signal.SIGKILL)
    for _ in range(2):
        answer = desk.execute("quick.yaml", "quick", search=False)
        assert isinstance(answer, Refused)
        assert "has ended with status -9" in answer.text


def test_a_desk_ends_with_its_handle(folder: Path) -> None:
    """Closed before and after it was asked, it leaves with 0."""
    for asked in (False, True):
        desk = Desk(Settings(), folder)
        if asked:
            desk.collect("quick.yaml")
        desk.close()
        assert desk._process.returncode == 0
