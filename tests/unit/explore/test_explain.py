"""What is said of a schedule, to the letter."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent
from typing import Any

import cash
import pytest

from threadbench.explore.columns import Cell
from threadbench.explore.explain import MOST_LINES, explain
from threadbench.explore.explorer import Limits, explore
from threadbench.explore.found import Found
from threadbench.explore.program import Threads
from threadbench.explore.steps import Recording, Step


def found(
    threads: list[Callable[..., Any]],
    setup: Callable[[], Any] = cash.Account,
    check: Callable[..., Any] | None = None,
    **limits: Any,
) -> Found:
    program = Threads(threads, setup, check)
    return explore(program, program.code, Limits(**limits))


def explanation(*args: Any, **kwargs: Any) -> str:
    text = found(*args, **kwargs).explanation
    assert text is not None
    text = re.sub(r"\Acash.py is .*\n\n", "", text)  # where the tests lie is not what is tested
    return re.sub(r"\S*/cash.py", "cash.py", text)


def expected(text: str) -> str:
    return dedent(text).strip("\n")


def test_lost_update() -> None:
    """Lines stand in the order of execution; the stale read, the write between and the loss are marked."""
    assert explanation([cash.deposit] * 2, check=lambda account: account.balance == 200) == expected("""
        deposit                                     deposit#2
        -------                                     ---------
        cash.py:15  value = account.balance
                    account.balance is 0  <-- read here
                    (interrupted)
                                                    cash.py:15  value = account.balance
                                                                account.balance is 0
                                                    cash.py:16  account.balance = value + 100
                                                                account.balance = 100  <-- written meanwhile
                                                    (ends)
        cash.py:16  account.balance = value + 100
                    account.balance = 100  <-- overwrites that
    """)


def test_deadlock() -> None:
    """Each waiter tells what it holds and awaits, with the places."""
    assert explanation([cash.transfer, cash.audit]) == expected("""
        transfer                                audit
        --------                                -----
        cash.py:25  with account.lock:
                    takes account.lock
                    (interrupted)
                                                cash.py:31  with account.log_lock:
                                                            takes account.log_lock
                                                cash.py:32  with account.lock:
                                                            waits for account.lock
        cash.py:26  with account.log_lock:
                    waits for account.log_lock

        a cycle, in which each waits for the next:
        transfer holds account.lock (cash.py:25), waits for account.log_lock (cash.py:26)
        audit holds account.log_lock (cash.py:31), waits for account.lock (cash.py:32)
    """)


def test_module_level_names_are_what_objects_are_called() -> None:
    """What a function calls its arguments differs from call to call, and tells no object from another."""
    assert explanation([cash.move_there, cash.move_back]) == expected("""
        move_there                         move_back
        ----------                         ---------
        cash.py:101  with source.lock:
                     takes here.lock
                     (interrupted)
                                           cash.py:101  with source.lock:
                                                        takes there.lock
                                           cash.py:102  with target.lock:
                                                        waits for here.lock
        cash.py:102  with target.lock:
                     waits for there.lock

        a cycle, in which each waits for the next:
        move_there holds here.lock (cash.py:101), waits for there.lock (cash.py:102)
        move_back holds there.lock (cash.py:101), waits for here.lock (cash.py:102)
    """)


def test_crash() -> None:
    """An exception is told with its places in the code under test, and with what led to it."""
    assert explanation([cash.open_book, cash.write_book]) == expected("""
        open_book           write_book
        ---------           ----------
        cash.py:37  account.history = None
                    account.history = None  <-- written here
        (ends)
                            cash.py:41  account.history["today"] = 1
                                        account.history is None  <-- read here
                                        raises TypeError: 'NoneType' object does not support item assignment

        write_book raised TypeError: 'NoneType' object does not support item assignment
          cash.py:41 in write_book: account.history["today"] = 1
    """)


def test_lost_wakeup() -> None:
    """Who is never woken went by what it had read before it was changed."""
    assert explanation([cash.receive, cash.send], cash.Mailbox) == expected("""
        receive                                      send
        -------                                      ----
        cash.py:51  if not mailbox.full:
                    mailbox.full is False  <-- read here
                    (interrupted)
                                                     cash.py:57  mailbox.full = True
                                                                 mailbox.full = True  <-- written afterwards
                                                     cash.py:58  with mailbox.changed:
                                                     cash.py:59  mailbox.changed.notify()
                                                     cash.py:58  with mailbox.changed:
                                                     (ends)
        cash.py:52  with mailbox.changed:
        cash.py:53  mailbox.changed.wait()
                    waits  <-- is never woken

        receive waits for mailbox.changed in Condition.wait (cash.py:53); nobody is left who could end that
    """)


def test_library_that_changes_nothing() -> None:
    """What a call of a library might have written and has not, such as what it keeps for itself, is not shown."""
    text = explanation([cash.deposit_unguarded] * 2, cash.Unguarded, check=lambda account: account.balance == 200)
    assert text == expected("""
        deposit_unguarded                          deposit_unguarded#2
        -----------------                          -------------------
        cash.py:138  with account.guard:
                     account.guard is nullcontext
        cash.py:139  value = account.balance
                     account.balance is 0  <-- read here
                     (interrupted)
                                                   cash.py:138  with account.guard:
                                                                account.guard is nullcontext
                                                   cash.py:139  value = account.balance
                                                                account.balance is 0
                                                   cash.py:140  account.balance = value + 100
                                                                account.balance = 100  <-- written meanwhile
                                                   cash.py:138  with account.guard:
                                                   (ends)
        cash.py:140  account.balance = value + 100
                     account.balance = 100  <-- overwrites that
    """)


def test_futures_that_wait_for_each_other() -> None:
    """Who waits for which result is told, and not what the pool's worker waited for before."""
    text = explanation([cash.report_twice], lambda: ThreadPoolExecutor(1))
    assert text.endswith(
        expected("""
        report_twice waits for report in Future.result (cash.py:149); nobody is left who could end that
        ThreadPoolExecutor-0_0 waits for entry in Future.result (cash.py:146); nobody is left who could end that
        """)
    )
    assert text.count("waits\n") == 2


def test_an_instance_is_called_the_same_as_a_value() -> None:
    """Two objects of a class are told apart by one number each, where they are accessed and where they are stored."""
    text = explanation([cash.open_till] * 2, cash.Desk, check=lambda desk: len(desk.opened) == 1)
    first, second = re.findall(r"^ *(Till\S*)\.coins = 0$", text, re.MULTILINE)
    stored = re.findall(r"desk\.till = (Till[#0-9]*)  ", text)
    assert {first, second} == {"Till", "Till#2"}
    assert stored == [second, first]  # who began first stores last


def test_a_narrow_column_shows_values() -> None:
    """A note that has no room is cut where the place is spelled, and not where it says what was read or written."""
    cell = Cell(0, "bank.py:1", "code", [("state.another_attribute_name['some-key']: 100 -> 20", None)], 1)
    (_, note) = cell.lines(40)
    assert len(note) == 40
    assert note.endswith("…y']: 100 -> 20")
    assert note.lstrip().startswith("state.another")


def test_loop_is_folded() -> None:
    """Of what a thread repeats, the first time and the last are shown, and how often it was in between."""
    text = explanation([cash.deposit_often] * 2, check=lambda account: account.balance == 40)
    assert "more times ..." in text
    assert text.count("read here") == text.count("written meanwhile") == text.count("overwrites that") == 1
    assert len(text.splitlines()) < 30


def test_polling_for_what_never_comes() -> None:
    """Of a livelock the loop is shown, once."""
    text = explanation([cash.poll], cash.Mailbox)
    assert text.endswith(
        expected("""
        over and over:
        cash.py:63  while not mailbox.full:
                    mailbox.full is False
        """)
    )
    assert len(text.splitlines()) < 12


def test_retrying_for_what_never_comes() -> None:
    """The loop is shown once, however often it came before the steps that are left out, in between, and at the end."""
    text = explanation([cash.retry], cash.Mailbox, max_points=50_000)
    assert text == expected("""
        retry
        -----
        over and over:
        cash.py:120  if mailbox.full:
                     mailbox.full is False
        cash.py:122  sleep(0.1)
    """)


def test_what_comes_before_a_loop_stays() -> None:
    """Where another thread comes between, what it did is shown, and the rounds before that are folded."""
    text = explanation([cash.retry, cash.touch], cash.Mailbox, max_points=50_000)
    lines = text.splitlines()
    assert any("touch" in line for line in lines[:1])
    assert sum("mailbox.changed = None" in line for line in lines) == 2  # its source, and what it did
    assert sum("sleep(0.1)" in line for line in lines) <= 3
    assert len(lines) < 25, text


def test_lock_of_module() -> None:
    """A lock that the code reaches by a name nobody ever binds again is called by that name."""
    text = explanation([cash.take] * 2, cash.Mailbox)
    assert text.endswith("take#2 waits for guard (cash.py:71); take took that (cash.py:71) and never released it")


def poll() -> None:
    while True:
        time.sleep(0.01)


def wait_for_polling() -> None:
    thread = threading.Thread(target=poll)
    thread.start()
    thread.join()


def test_a_join_of_what_goes_on_holds_nothing() -> None:
    """Who waits for the end of a thread waits for no lock that somebody forgot to release."""
    text = explanation([wait_for_polling], setup=None)
    assert re.search(r"^wait_for_polling waits for the end of \S+ \(.+\), which goes on$", text, re.MULTILINE), text


def fail() -> None:
    raise LookupError


def test_an_exception_without_a_message_has_no_colon() -> None:
    """The reason ends with its name."""
    assert found([fail], setup=None).reason == "fail raised LookupError"


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_text_keeps_to_width(width: int) -> None:
    """No line of the columns is wider than what was asked for."""
    steps = tuple(
        Step(choice=n, thread=n % 5, what="write", thing=0, object="account", key=f".value{n}", value="x" * 30)
        for n in range(20)
    )
    recording = Recording(
        cause="violated", reason=None, threads=("a", "b" * 30, "c", "d", "e"), choices=(), steps=steps
    )
    assert all(len(line) <= width for line in explain(recording, width).splitlines())


def test_long_schedule_is_cut() -> None:
    """However long the schedule, the text can be pasted, keeps what is marked, and tells what was left out."""

    def busy(account: Any) -> None:
        for n in range(30):
            account.history[n] = n
            account.log_lock.acquire()
            account.log_lock.release()
            account.history.get(n)
        value = account.balance
        account.balance = value + 1

    result = found([busy, busy], check=lambda account: account.balance == 2, strategy="random", seed=3)
    assert result.explanation is not None
    lines = result.explanation.splitlines()
    assert len(lines) <= MOST_LINES
    assert any("left out" in line or "more times" in line for line in lines)
    assert any("<-- overwrites that" in line for line in lines)


def test_explanation_is_part_of_text() -> None:
    """`str(found)` is the verdict, then the explanation."""
    result = found([cash.deposit] * 2, check=lambda account: account.balance == 200)
    assert str(result).startswith("violated (free-threaded, ")
    assert result.explanation is not None
    assert result.explanation in str(result)


def test_state_may_be_a_container() -> None:
    """Items of a dictionary that the threads are handed are called as the code does."""

    def count(seen: dict[str, int]) -> None:
        seen["n"] = seen["n"] + 1

    program = Threads([count, count], lambda: {"n": 0}, lambda seen: seen["n"] == 2)
    text = explore(program, program.code, Limits()).explanation
    assert text is not None
    assert "seen['n'] is 0  <-- read here" in text


def test_subthreads_have_columns() -> None:
    """Threads that a thread starts stand beside it."""

    def parent(account: Any) -> None:
        threads = [threading.Thread(target=cash.deposit, args=(account,), name=f"child-{n}") for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    result = found([parent], check=lambda account: account.balance == 200)
    assert result.explanation is not None
    assert "child-0" in result.explanation
    assert "starts child-1" in result.explanation


class Nameless:
    """Something whose `repr` has its address."""


def fail_with_an_address(state: Nameless) -> None:
    kept.append(Nameless())  # so that the next one lies elsewhere
    raise AssertionError(f"assert 1 == 2\n +  where 1 = {kept[-1]!r}.value")


kept: list[Nameless] = []


def test_addresses_are_no_difference() -> None:
    """What is said with an address is the same each time, has a line in its column, and stands whole below."""
    search = found([fail_with_an_address], Nameless)
    assert search.verdict == "crashed"
    assert search.reason.endswith("Nameless object at 0x…>.value")
    column, _, below = (search.explanation or "").partition("\n\nfail_with_an_address raised ")
    assert column.splitlines()[-1].strip().endswith("raises AssertionError: assert 1 == 2")
    assert "\n +  where 1 = <test_explain.Nameless object at 0x…>.value\n" in below
    assert len(search.outcomes) == 1

    def check(state: Nameless) -> None:
        fail_with_an_address(state)

    assert found([lambda _: None] * 2, Nameless, check).verdict == "violated"


def test_what_pytest_makes_of_an_assert_is_no_access() -> None:
    """The assert of a rewritten test reads its local variables: no line of the source does."""

    def racing(account: Any) -> None:
        before = account.balance
        cash.deposit(account)
        assert account.balance == before + 100

    text = explanation([racing] * 2)
    assert "['" not in text
    assert "account.balance is 200  <-- read here" in text
