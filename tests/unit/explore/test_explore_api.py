"""`threadbench.explore`: callables go in, a verdict over their interleavings comes out."""

from __future__ import annotations

import functools
import gc
import math
import threading
import types
import weakref
from pathlib import Path

import pytest

import threadbench
from threadbench.explore.schedule import load


class Account:
    """A state that threads share."""

    def __init__(self) -> None:
        self.balance = 0
        self.lock = threading.Lock()


def deposit(account: Account) -> None:
    account.balance += 100


def deposit_locked(account: Account) -> None:
    with account.lock:
        account.balance += 100


def balanced(account: Account) -> bool:
    return account.balance == 200


def balance(account: Account) -> int:
    return account.balance


def test_a_lost_update_is_found_with_its_shortest_schedule() -> None:
    """Two unprotected updates are violated, by a schedule with one preemption that replays."""
    found = threadbench.explore(Account, [deposit, deposit], balanced, balance)
    assert (found.verdict, found.witness.preemptions) == ("violated", 1)
    assert found.schedules_to_first <= found.schedules
    assert {found.witness.replay().outcomes[0].value for _ in range(10)} == {100}


def test_the_table_has_every_outcome() -> None:
    """With `stop_on_first=False` the search goes on, and tells which outcomes are as they should be."""
    found = threadbench.explore(Account, [deposit, deposit], balanced, balance, stop_on_first=False)
    assert found.exhaustive
    assert {outcome.value: outcome.expected for outcome in found.outcomes} == {200: True, 100: False}
    assert all(isinstance(outcome, threadbench.Outcome) for outcome in found.outcomes)


def test_an_outcome_that_is_no_json_value_is_a_crash() -> None:
    """As of a run: where that is said, what it was, and a schedule that shows it."""
    found = threadbench.explore(Account, [deposit, deposit], outcome=lambda account: account)
    line = found.reason.rpartition(":")[2].rstrip(")")
    assert found.verdict == found.witness.replay().verdict == "crashed"
    assert found.reason.startswith("the outcome is not a JSON value: Encoding objects of type Account is unsupported; ")
    assert "outcome=lambda account: account" in Path(__file__).read_text(encoding="utf-8").splitlines()[int(line) - 1]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((math.nan, None), ("NaN", None)),
        ((math.inf, -math.inf), ("Infinity", "-Infinity")),
        (({"x": [math.nan]}, {"x": [None]}), ({"x": ["NaN"]}, {"x": [None]})),
        (({1: 2}, {2: 1}), ({"1": 2}, {"2": 1})),
        (("\ud800", {"\ud800": "\ud801"}), ("\\ud800", {"\\ud800": "\\ud801"})),
    ],
    ids=repr,
)
def test_what_json_has_no_word_for_is_spelled(values, told, tmp_path) -> None:
    """NaN is no null, two infinities are two outcomes, and each comes back from its schedule, stored or not."""
    found = threadbench.explore(
        list,
        [lambda seen: seen.append(0), lambda seen: seen.append(1)],
        outcome=lambda seen: values[seen[0]],
        stop_on_first=False,
    )
    assert sorted((outcome.value for outcome in found.outcomes), key=repr) == sorted(told, key=repr)
    for outcome in found.outcomes:
        assert outcome.witness.replay().outcomes[0].value == outcome.value
        assert load(outcome.witness.save(tmp_path / "kept.json")) == outcome.witness


def test_outcomes_that_are_equal_in_python_alone_are_two() -> None:
    """`1`, `1.0` and `true` are three JSON values."""
    found = threadbench.explore(
        Account,
        [deposit, deposit],
        outcome=lambda account: {100: 1, 200: True}[account.balance],
        stop_on_first=False,
    )
    assert sorted(map(repr, (outcome.value for outcome in found.outcomes))) == ["1", "True"]


def test_a_lock_holds_in_every_interleaving() -> None:
    """Protected updates hold, exhaustively."""
    found = threadbench.explore(setup=Account, threads=[deposit_locked, deposit_locked], check=balanced)
    assert (found.verdict, found.exhaustive) == ("holds", True)


@pytest.mark.parametrize("model", ["sync", "gil"])
def test_models_differ(model: str) -> None:
    """What is broken free-threaded is safe where the interpreter does not switch."""
    assert threadbench.explore(Account, [deposit, deposit], balanced, model=model).verdict == "holds"


def test_closures_lambdas_and_methods_are_explored() -> None:
    """What is handed over need not be importable, and is as it was afterwards."""

    class Counter:
        def __init__(self) -> None:
            self.n = 0

        def up(self) -> None:
            self.n += 1

    code = Counter.up.__code__
    found = threadbench.explore(Counter, [Counter.up, lambda c: c.up()], lambda c: c.n == 2)
    assert found.verdict == "violated"
    assert Counter.up.__code__ is code


def test_without_setup_there_is_no_state() -> None:
    """Callables are called without arguments where nothing makes a state; what they share is put back."""
    shared = {"n": 0}

    def up() -> None:
        shared["n"] = shared["n"] + 1

    found = threadbench.explore(threads=[up, up], check=lambda: shared["n"] == 2, instrument=[up])
    assert found.verdict == "violated"
    assert shared == {"n": 0}


def test_code_is_found_wherever_the_collector_has_put_it() -> None:
    """Functions made since the last search, and made old in a way that the collector does not count."""

    def verdict() -> str:
        shared = {"n": 0}

        def up() -> None:
            shared["n"] = shared["n"] + 1

        gc.freeze()
        gc.unfreeze()
        return threadbench.explore(threads=[up, up], check=lambda: shared["n"] == 2, instrument=[up]).verdict

    assert [verdict(), verdict(), verdict()] == ["violated"] * 3


def test_a_deadlock_is_a_verdict() -> None:
    """Two locks in two orders."""

    def setup() -> tuple[threading.Lock, threading.Lock]:
        return threading.Lock(), threading.Lock()

    def one(locks: tuple[threading.Lock, threading.Lock]) -> None:
        with locks[0], locks[1]:
            pass

    def other(locks: tuple[threading.Lock, threading.Lock]) -> None:
        with locks[1], locks[0]:
            pass

    assert threadbench.explore(setup, [one, other]).verdict == "deadlock"


def test_other_threads_of_the_process_go_on() -> None:
    """A real thread beside the search is neither stopped nor scheduled."""
    stop, rounds = threading.Event(), []

    def beside() -> None:
        while not stop.wait(0.001):
            rounds.append(threading.current_thread().name)

    thread = threading.Thread(target=beside, name="beside")
    thread.start()
    try:
        threadbench.explore(Account, [deposit, deposit], balanced, stop_on_first=False)
    finally:
        stop.set()
        thread.join()
    assert set(rounds) <= {"beside"}


def test_who_imported_the_code_is_no_state_of_it(monkeypatch) -> None:
    """What a loader leads to, as pytest's does to its session with all tests, is neither replaced nor put back."""
    loader = types.SimpleNamespace(lock=threading.Lock())
    monkeypatch.setitem(globals(), "__loader__", loader)
    before = id(loader.lock)
    found = threadbench.explore(threads=[lambda: None], outcome=lambda: id(__loader__.lock) == before)
    assert [outcome.value for outcome in found.outcomes] == [True]


def test_a_witness_is_a_file(tmp_path) -> None:
    """It can be saved, and is one JSON document."""
    found = threadbench.explore(Account, [deposit, deposit], balanced)
    path = found.witness.save(tmp_path / "witness.json")
    assert path.read_text(encoding="utf-8").startswith("{")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threads": []}, "threads is empty"),
        ({"threads": deposit}, "threads is one callable"),
        ({"threads": 3}, "threads takes a list of callables"),
        ({"threads": [deposit, 3]}, r"threads\[1\] cannot be called"),
        ({"threads": [deposit], "setup": "bank"}, "setup cannot be called"),
        ({"threads": [deposit], "strategy": "dpoor"}, "strategy 'dpoor' is unknown"),
        ({"threads": [deposit], "model": "GIL"}, "model 'GIL' is unknown"),
        ({"threads": [deposit], "time": "fast"}, "time 'fast' is unknown"),
        ({"threads": [deposit], "max_schedules": 0}, "max_schedules must be"),
        ({"threads": [deposit], "time_limit": 0}, "time_limit must be"),
        ({"threads": [deposit], "seed": -1}, "seed must be a whole number from 0 to 18446744073709551615, not -1"),
        ({"threads": [deposit], "seed": 2**64}, "seed must be"),
        ({"threads": [deposit], "seed": True}, "seed must be"),
        ({"threads": [deposit], "timeout": True}, "timeout must be seconds, more than 0, not True"),
        ({"threads": [deposit], "timeout": math.nan}, "timeout must be seconds"),
        ({"threads": [deposit], "time_limit": "1s"}, "time_limit must be seconds, more than 0, not '1s'"),
        ({"threads": [deposit], "preemptions": 2}, "preemptions bounds strategy 'dfs'"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, message) -> None:
    """Each with a sentence that says what would."""
    with pytest.raises(threadbench.UsageError, match=message):
        threadbench.explore(**arguments)


def test_a_misspelt_strategy_is_recognised() -> None:
    """The hint names the one that was meant."""
    with pytest.raises(threadbench.UsageError) as caught:
        threadbench.explore(threads=[deposit], strategy="dppr")
    assert caught.value.hint == "did you mean 'dpor'?"


def test_a_coroutine_is_no_thread() -> None:
    """To call it would run nothing of it."""

    async def work() -> None:
        pass

    with pytest.raises(threadbench.UsageError, match="coroutine function"):
        threadbench.explore(threads=[work])


def test_explore_is_the_function_whatever_was_imported() -> None:
    """The package of that name does not take its place."""
    import threadbench.explore.explorer

    assert threadbench.explore.__module__ == "threadbench.api"


def test_a_search_lets_go_of_the_callers_functions() -> None:
    """Without a look of the garbage collector: who explores a thousand closures does not keep them."""
    gc.disable()
    try:
        kept = []
        for strategy in ("dpor", "random", "auto"):
            box: list[int] = []
            last = functools.partial(box.append, 1)

            def check(_last: object = last) -> bool:
                return True

            threadbench.explore(threads=[last, box.clear], check=check, strategy=strategy, max_schedules=50)
            kept.append(weakref.ref(check))
            del check
        assert [reference() for reference in kept] == [None] * 3
    finally:
        gc.enable()


def test_a_lock_that_outlives_its_schedule_is_free() -> None:
    """A library may make one in a schedule and keep it, as a module does that is imported there."""
    library = types.ModuleType("library")
    exec("import threading\nkept = []\ndef keep(): kept.append(threading.Lock())", vars(library))
    found = threadbench.explore(threads=[lambda: library.keep(), lambda: None])
    assert found.verdict == "holds"
    (lock, *_) = library.kept
    assert type(lock) is not type(threading.Lock())
    with lock:
        pass
    assert lock.acquire()
    lock.release()


def raise_in_a_thread() -> None:
    thread = threading.Thread(target=int, args=("no number",))
    thread.start()
    thread.join()


heard: list[str] = []


def hear(prefix: str, args: threading.ExceptHookArgs) -> None:
    heard.append(f"{prefix}{args.exc_type.__name__}")


def test_a_hook_of_the_surroundings_hides_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest's own hook hears of no exception in a thread, nor does anybody's; one of a module under test does."""
    assert threading.excepthook is not threading.__excepthook__
    for hook in (threading.excepthook, lambda args, *, _log=print: _log(args)):
        if isinstance(hook, types.FunctionType):
            hook = types.FunctionType(hook.__code__, {"__builtins__": __builtins__}, "elsewhere", None, None)
        monkeypatch.setattr(threading, "excepthook", hook)
        found = threadbench.explore(threads=[raise_in_a_thread])
        assert (found.verdict, "raised ValueError" in found.reason) == ("crashed", True)
        assert threading.excepthook is hook
    monkeypatch.setattr(threading, "excepthook", functools.partial(hear, "heard "))
    found = threadbench.explore(threads=[raise_in_a_thread], outcome=lambda: list(heard))
    assert (found.verdict, [outcome.value for outcome in found.outcomes]) == ("holds", [["heard ValueError"]])
