"""Every kind as a plain function on real threads: its outcome, its checks, its params."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from threadbench.kinds.prodcons import Item

from .conftest import workload_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = ("thread", "race", "lock", "daemon", "pool", "prodcons", "code")
NO_LOSS = "no update lost"


@pytest.mark.parametrize("kind", KINDS)
def test_every_param_has_a_default_and_a_description(kind):
    """A kind alone is a valid scenario, and an editor can say what each of its params means."""
    params = workload_of(kind).params
    params.model_validate({})
    for name, field in params.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name


@pytest.mark.parametrize("kind", KINDS)
def test_docstrings_teach(kind):
    """A kind's module says what the behaviour is at length, its workload in one line."""
    workload = workload_of(kind)
    assert workload.summary.endswith(".")
    module = __import__(workload.function.__module__, fromlist=["*"])
    assert len((module.__doc__ or "").splitlines()) >= 10


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("race", {"workers": 0}),
        ("race", {"workers": True}),
        ("race", {"updates": "3"}),
        ("race", {"pause": "soon"}),
        ("race", {"pauze": "1ms"}),
        ("lock", {"lock": "mutex"}),
        ("lock", {"style": "try"}),
        ("thread", {"unit": "coroutine"}),
        ("daemon", {"rounds": 0}),
        ("pool", {"executor": "interpreter"}),
        ("prodcons", {"stop": "never"}),
        ("prodcons", {"items": -1}),
        ("code", {"setup": "bank"}),
        ("code", {"setup": "bank:Account"}),
        ("code", {"threads": []}),
        ("code", {"threads": [{"call": "bank.deposit"}]}),
        ("code", {"threads": [{"call": "bank:deposit", "count": 0}]}),
    ],
)
def test_params_that_make_no_sense_are_refused(kind, params):
    """A param out of its range, of another type or unknown is refused before anything runs."""
    with pytest.raises(ValidationError):
        workload_of(kind).params.model_validate(params)


def test_race_loses_an_update(run, play):
    """Three updates by two workers that all read before they write end at two."""
    assert play("race") == {"value": 2, "updates": 3, "lost": 1}
    assert run.checks == {NO_LOSS: False}
    assert [data["value"] for _, name, data in run.emitted if name == "read"] == [0, 0, 1]


def test_race_of_one_worker_is_no_race(run, play):
    """A single worker loses nothing, however long it pauses."""
    assert play("race", workers=1, pause="1ms")["lost"] == 0
    assert run.checks == {NO_LOSS: True}


def test_race_without_updates(run, play):
    """No update, no loss."""
    assert play("race", updates=0) == {"value": 0, "updates": 0, "lost": 0}


@pytest.mark.parametrize("style", ["with", "acquire"])
@pytest.mark.parametrize("lock", ["lock", "rlock"])
def test_lock_loses_nothing(run, play, style, lock):
    """Under a lock of either sort, taken in either style, every update counts and none overlaps another."""
    assert play("lock", style=style, lock=lock, workers=3, updates=6, pause="2ms") == {
        "value": 6,
        "updates": 6,
        "lost": 0,
    }
    assert run.checks == {NO_LOSS: True}
    assert [name for _, name, _ in run.emitted] == ["read", "written"] * 6
    assert "guard" in run.names


@pytest.mark.parametrize("style", ["with", "acquire"])
def test_lock_none_is_the_race(run, play, style):
    """With the lock taken away, the same updates are lost as in kind race."""
    assert play("lock", lock="none", style=style)["lost"] == 1
    assert run.checks == {NO_LOSS: False}


def test_thread_joined_is_done_before_main_goes_on(run, play):
    """After join nobody is at work, and main sees what the threads wrote."""
    outcome = play("thread", count=2, pause="1ms")
    assert outcome == {"at_work": [], "done": ["sub-1", "sub-2"], "died": [], "seen_by_main": ["sub-1", "sub-2"]}
    assert run.checks == {"nobody at work after join": True}


def test_thread_not_joined_is_still_at_work(run, play):
    """Without join main goes on while the thread works, and sees nothing yet."""
    outcome = play("thread", join=False, pause="500ms")
    assert outcome == {"at_work": ["sub-1"], "done": [], "died": [], "seen_by_main": []}
    assert run.checks == {}
    for thread in threading.enumerate():
        if thread.name == "sub-1":
            thread.join()


def test_thread_as_process_has_a_memory_of_its_own(play):
    """What processes write on the board, main does not see; one that dies spares the others."""
    assert play("thread", unit="process", count=2, dies=True, pause="1ms") == {
        "at_work": [],
        "done": ["sub-2"],
        "died": ["sub-1"],
        "seen_by_main": [],
    }


@pytest.mark.parametrize("daemon", [True, False])
def test_daemon_is_at_work_when_main_returns(run, play, daemon):
    """Main returns while its background thread is at work, daemon or not."""
    assert play("daemon", daemon=daemon, rounds=10, main_for="1ms") == {"daemon": daemon, "background_at_work": True}
    (background,) = [thread for thread in threading.enumerate() if thread.name == "background"]
    assert background.daemon is daemon
    background.join()
    assert [data for _, name, data in run.emitted if name == "saved"] == [{"number": n} for n in range(1, 11)]


@pytest.mark.parametrize("executor", ["thread", "process"])
@pytest.mark.parametrize("method", ["submit", "map"])
@pytest.mark.parametrize("task", ["cpu", "wait"])
def test_pool(run, play, executor, method, task):
    """Whoever does the tasks and however they are handed over, the results are the same and in order."""
    outcome = play("pool", executor=executor, method=method, task=task, pause="1ms")
    assert outcome["results"] == [50005000] * 4
    assert list(outcome["workers"]) == ["First", "Second", "Third", "Fourth"]
    assert len(set(outcome["workers"].values())) <= 3
    assert outcome["in_main_process"] is (executor == "thread")
    assert all(run.checks.values())
    assert len(run.checks) == 2


@pytest.mark.parametrize(("producers", "consumers", "capacity"), [(1, 1, 10), (3, 2, 1), (2, 3, 0)])
def test_prodcons_bounded(run, play, producers, consumers, capacity):
    """With sentinels everything that a bounded number of items makes is consumed, in order per producer."""
    assert play("prodcons", producers=producers, consumers=consumers, capacity=capacity, items=50) == {
        "produced": 50 * producers,
        "consumed": 50 * producers,
        "lost": 0,
    }
    assert run.checks == {"everything produced was consumed": True, "in order per producer": True}


def test_prodcons_until_the_event(run, play):
    """Producers go on until the event is set, and nothing is left behind."""
    outcome = play("prodcons", producers=2, consumers=2, run_for="30ms")
    assert outcome["produced"] == outcome["consumed"] > 0
    assert run.names["stop"].is_set()
    assert run.names["pipeline"].empty()
    assert all(run.checks.values())


def test_prodcons_naive_stop_leaves_a_consumer_waiting(run, play):
    """With the event alone a consumer that is inside get when the event is set waits for ever."""
    finished = threading.Event()

    def bench():
        play("prodcons", stop="event", items=2)
        finished.set()

    threading.Thread(target=bench, daemon=True).start()
    # Both endings are right ones: wait until main has returned, or a consumer is stuck behind the event.
    while not finished.wait(0.05):
        if "stop" in run.names and run.names["stop"].is_set() and run.names["pipeline"].not_empty._waiters:
            break
    if not finished.is_set():
        run.names["pipeline"].put(Item("rescue", 1, 1))
        assert finished.wait(30)
        assert run.names["pipeline"].empty()
    assert run.checks == {"in order per producer": True}


BANK = """
import threading

class Account:
    def __init__(self):
        self.balance, self.log, self.lock = 0, [], threading.Lock()

    def withdraw(self, amount, *, fee=0):
        with self.lock:
            self.balance -= amount + fee
            self.log.append(-amount - fee)

def deposit(account, amount):
    with account.lock:
        account.balance += amount
        account.log.append(amount)

def books_balance(account):
    return account.balance == sum(account.log)

def asserts(account):
    assert account.balance == 0, f"balance is {account.balance}"

def balance(account):
    return account.balance

def alone():
    return None

class Empty:
    pass

number = 3
"""


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module `bank`, first on the path as the runtime puts a scenario's folder."""
    (tmp_path / "bank.py").write_text(BANK)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name in ("bank", "vault"):
        sys.modules.pop(name, None)


def test_code_runs_functions_and_methods_on_one_state(run, play, bank):
    """Functions and methods are called side by side with the state first, which is then checked and told."""
    outcome = play(
        "code",
        setup="bank:Account",
        threads=[
            {"call": "bank:deposit", "args": [100], "count": 2},
            {"call": "bank:Account.withdraw", "args": [50], "kwargs": {"fee": 1}},
        ],
        check="bank:books_balance",
        outcome="bank:balance",
    )
    assert outcome == 149
    assert run.checks == {"bank:books_balance": True}


def test_code_check_by_assertion(run, play, bank):
    """A check that asserts fails with its message, and holds when it returns nothing."""
    play("code", setup="bank:Account", threads=[{"call": "bank:deposit", "args": [5]}], check="bank:asserts")
    assert run.checks == {"bank:asserts": False}
    assert run.check_data["bank:asserts"] == {"message": "balance is 5"}
    run.checks.clear()
    play("code", setup="bank:Account", threads=[{"call": "bank:deposit", "args": [0]}], check="bank:asserts")
    assert run.checks == {"bank:asserts": True}


def test_code_without_a_state(run, play, bank):
    """Without setup, functions get no state."""
    assert play("code", threads=[{"call": "bank:alone", "count": 2}], outcome="bank:alone") is None


def test_code_path_is_relative_to_the_folder(run, play, bank):
    """Entries of path are import roots beside the scenario's file."""
    (bank / "src").mkdir()
    (bank / "src" / "vault.py").write_text("def opened():\n    return 'open'\n")
    assert play("code", threads=[{"call": "vault:opened"}], outcome="vault:opened", path=["src"]) == "open"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("bnak:deposit", r"bnak:deposit: no module 'bnak' in .*; did you mean 'bank'\?"),
        ("bank.sub:deposit", r"bank.sub:deposit: no module 'bank.sub' in "),
        ("bank:depsoit", r"bank:depsoit: no 'depsoit' in module 'bank' \(.*bank.py\); did you mean 'deposit'\?"),
        ("bank:Account.withdrew", r"no 'withdrew' in 'Account' of module 'bank' .*; did you mean 'withdraw'\?"),
        ("bank:Empty.zzz", r"no 'zzz' in 'Empty' of module 'bank' \(.*bank.py\)$"),
        ("bank:number", r"bank:number: int objects cannot be called"),
    ],
)
def test_code_names_what_it_cannot_find(play, bank, call, message):
    """A module or attribute that is not there is named with the place that was searched and what comes close."""
    with pytest.raises((LookupError, TypeError), match=message):
        play("code", threads=[{"call": call}])


def test_code_passes_on_an_import_error_inside_the_users_module(play, bank):
    """A module that misses another one is not reported as missing itself."""
    (bank / "needy.py").write_text("import surely_not_installed\n")
    with pytest.raises(ModuleNotFoundError, match="surely_not_installed"):
        play("code", threads=[{"call": "needy:f"}])


def test_code_needs_somebody_to_run(play):
    """Kind code without functions says what to write."""
    with pytest.raises(ValueError, match="name at least one under 'threads'"):
        play("code")


def test_code_lets_an_exception_end_its_thread_only(run, play, bank, monkeypatch):
    """An exception surfaces in the thread that raised it; the check is still asked."""
    crashed: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: crashed.append(args.thread.name))
    play(
        "code",
        setup="bank:Account",
        threads=[{"call": "bank:deposit", "args": ["much"]}, {"call": "bank:Account.withdraw", "args": [1]}],
        check="bank:books_balance",
    )
    assert Counter(crashed) == {"deposit": 1}
    assert run.checks == {"bank:books_balance": True}
