"""Kind `code` through the engine, on both runtimes: a user's folder with a scenario and the functions it names."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

import threadbench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from threadbench import Result

BANK = """
import threading

class Account:
    def __init__(self):
        self.balance = 0
        self.lock = threading.Lock()

    def withdraw(self, amount):
        deposit(self, -amount)

def deposit(account, amount):
    with account.lock:
        account.balance += amount

def ledger(account):
    assert account.balance == 150, f"balance is {account.balance}"

def balance(account):
    return account.balance
"""


@pytest.fixture(params=["native", "virtual"])
def run_file(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Result]:
    """Run params of kind code from a folder `project`, whose module `bank` lies in `project/src`."""
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "project" / "src" / "bank.py").write_text(BANK)
    monkeypatch.chdir(tmp_path)

    def run_file(params: str) -> Result:
        scenario = tmp_path / "project" / "bank.yaml"
        scenario.write_text(
            f"runtime: {request.param}\nkind: code\nparams:\n"
            + textwrap.indent(textwrap.dedent(params).strip(), "  ")
            + "\n"
        )
        return threadbench.run(scenario)

    return run_file


def test_functions_of_the_users_folder_are_run_side_by_side(run_file):
    """Functions and methods found below the scenario's folder share a state, which is checked and told."""
    result = run_file("""
        path: [src]
        setup: bank:Account
        threads:
          - {call: "bank:deposit", args: [100], count: 2}
          - {call: "bank:Account.withdraw", args: [50]}
        check: bank:ledger
        outcome: bank:balance
    """)
    assert result.as_expected, result
    assert result.outcome == 150
    acquired = [event for event in result.events if event.event == "lock.acquired"]
    assert sorted(str(event.thread) for event in acquired) == ["Account.withdraw", "deposit", "deposit#2"]
    assert all("bank.py:" in str(event.at) for event in acquired)


def test_threads_of_one_function_have_names_of_their_own(run_file):
    """No two are called the same in the log, on either runtime."""
    result = run_file("""
        path: [src]
        setup: bank:Account
        threads:
          - {call: "bank:deposit", args: [10], count: 3}
    """)
    started = [str(event.thread) for event in result.events if event.event == "thread.started"]
    assert sorted(started) == ["MainThread", "deposit", "deposit#2", "deposit#3"]


def test_check_that_asserts_fails_with_its_message(run_file):
    """An assertion of the user's check is a failed check with the assertion's message."""
    result = run_file("""
        path: [src]
        setup: bank:Account
        threads: [{call: "bank:deposit", args: [1]}]
        check: bank:ledger
    """)
    assert result.verdict == "failed"
    (check,) = [event for event in result.events if event.event == "check"]
    assert "balance is 1" in str(check.data)


def test_exception_in_a_users_thread_is_a_crash_of_that_thread(run_file):
    """An exception in one of the threads surfaces as that thread's crash."""
    result = run_file("""
        path: [src]
        setup: bank:Account
        threads:
          - {call: "bank:deposit", args: [much]}
          - {call: "bank:Account.withdraw", args: [50]}
    """)
    assert result.verdict == "crashed"
    (crash,) = [event for event in result.events if event.event == "thread.crashed"]
    assert crash.thread == "deposit"
    assert crash.data["type"] == "TypeError"


def test_function_that_is_not_there_is_an_error_of_the_file(run_file):
    """A misspelt function is told with its place in the file, where was looked, and what comes close."""
    with pytest.raises(threadbench.ScenarioError) as caught:
        run_file("""
            path: [src]
            threads: [{call: "bank:depsoit"}]
        """)
    (wrong,) = caught.value.diagnostics
    assert (wrong.position.line, wrong.position.column, wrong.width) == (5, 20, len('"bank:depsoit"'))
    assert wrong.message == "module 'bank' (project/src/bank.py) has no 'depsoit'"
    assert wrong.hint == "did you mean 'deposit'?"


def test_function_that_only_an_import_could_find_is_named_by_the_run(run_file, tmp_path):
    """What a module makes of itself is not read from its text; the run says what was looked for, and where."""
    (tmp_path / "project" / "made.py").write_text("globals().update(deposit=print)\n")
    assert run_file('threads: [{call: "made:deposit"}]').verdict == "passed"
    result = run_file('threads: [{call: "made:depsoit"}]')
    assert result.verdict == "crashed"
    text = str(result.events[-1].data)
    assert "no 'depsoit' in module 'made'" in text
    assert "did you mean 'deposit'?" in text
