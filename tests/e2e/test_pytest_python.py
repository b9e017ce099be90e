"""Python tests that explore, by the fixture and by the marker, as a project that has installed threadbench does."""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from suites import Suite, counts

BANK = """\
class Account:
    def __init__(self):
        self.balance = 0


def deposit(account):
    account.balance += 100


def loudly(account):
    print("depositing")
    deposit(account)


def books_balance(account):
    return account.balance == 200
"""
TESTS = """\
import pytest
from bank import Account, books_balance, deposit, loudly


def test_books_balance(explore):
    explore(setup=Account, threads=[deposit, loudly], check=books_balance)


def test_with_the_gil(explore):
    found = explore(setup=Account, threads=[deposit, deposit], check=books_balance, model="gil")
    assert (found.verdict, found.exhaustive) == ("holds", True)


def test_the_bug(explore):
    def both_count(account):
        assert account.balance == 200

    found = explore(setup=Account, threads=[deposit, deposit], check=both_count, expect=["violated", "crashed"])
    assert found.witness.preemptions == 1


@pytest.mark.parametrize("first", [1, 2])
def test_closures(explore, first):
    seen = []
    explore(threads=[lambda: seen.append(first)] * 2, check=lambda: seen == [first, first], model="sync")
    explore(threads=[lambda: seen.append(len(seen))] * 2, check=lambda: sorted(seen) == [0, 1])
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """A project with a module to test."""
    suite = Suite(tmp_path)
    suite.write("tests/bank.py", BANK)
    return suite


def replays(output: str) -> list[str]:
    """Witnesses of the replay commands that a run printed."""
    return [shlex.split(words)[0] for words in re.findall(r"^replay: threadbench replay (.+)$", output, re.MULTILINE)]


def test_the_fixture_fails_with_the_explanation(suite: Suite) -> None:
    """Verdict, columns and replay command; the line of the call; output once; nothing of threadbench's frames."""
    suite.write("tests/test_bank.py", TESTS)
    code, output = suite.pytest("--junitxml", "report.xml")
    assert (code, counts(output)) == (1, {"passed": 2, "failed": 3})
    assert "violated (free-threaded, 2 schedules): books_balance returned False\n" in output
    assert re.search(r"^deposit +loudly$", output, re.MULTILINE)
    assert "account.balance: 0 -> 100  <-- written meanwhile" in output
    assert "\ntests/test_bank.py:6\n" in output
    assert "FAILED tests/test_bank.py::test_books_balance - VIOLATED: books_balance returned False\n" in output
    assert "\ntests/test_bank.py:26\n" in output
    assert "Traceback" not in output
    assert not re.search(r"threadbench/[\w/]+\.py", output)
    assert output.count("\ndepositing\n") == 1
    failure = ET.parse(suite.folder / "report.xml").getroot().find(".//testcase[@name='test_books_balance']/failure")
    assert failure is not None
    assert failure.get("message") == "VIOLATED: books_balance returned False"
    assert "written meanwhile" in (failure.text or "")


def test_the_replay_command_works(suite: Suite) -> None:
    """For functions, closures and each parameter alike the test runs again, with the stored schedule and its end."""
    suite.write("tests/test_bank.py", TESTS)
    _, output = suite.pytest()
    witnesses = replays(output)
    assert len(set(witnesses)) == 3
    for witness, test in zip(witnesses, ("books_balance", "closures[1]", "closures[2]"), strict=True):
        code, output = suite.run("threadbench", "replay", witness)
        assert (code, counts(output)) == (1, {"failed": 1})
        assert f"test_{test}" in output
        assert "violated (free-threaded, 1 schedule)" in output

    suite.write("tests/bank.py", BANK.replace("+= 100", "+= 50 + 50 * len(vars(account))"))
    code, output = suite.run("threadbench", "replay", witnesses[0])
    assert code == 2
    assert "the code under test has changed since: tests/bank.py: function deposit changed" in output
    assert "explore it again: pytest tests/test_bank.py::test_books_balance" in output
    code, output = suite.run("threadbench", "replay", "--json", witnesses[0])
    assert (code, "belongs to a test, which pytest runs" in output) == (2, True)
    suite.write("tests/test_bank.py", "")
    code, output = suite.run("threadbench", "replay", witnesses[0])
    assert (code, "pytest has not found the test tests/test_bank.py::test_books_balance" in output) == (2, True)


def test_a_witness_that_is_not_replayed_is_no_success(suite: Suite) -> None:
    """Where the search it belongs to has gone, or there is no witness, nobody says that all is well."""
    suite.write("tests/test_bank.py", TESTS)
    _, output = suite.pytest("-k", "closures")
    witness = replays(output)[0]
    last = TESTS.splitlines()[-1]
    suite.write("tests/test_bank.py", TESTS.replace(last, "    assert seen == []"))
    code, output = suite.run("threadbench", "replay", witness)
    assert code == 2
    assert f"nothing was replayed: {witness} belongs to search 2 of tests/test_bank.py::test_closures[1]\n" in output
    code, output = suite.pytest("--threadbench-replay", "nowhere.json")
    assert (code, "nowhere.json: No such file" in output) == (4, True)


def test_workers_of_xdist_tell_the_same(suite: Suite) -> None:
    """With `-n 2` failures, witnesses and places come through; `--lf` selects what failed."""
    suite.write("tests/test_bank.py", TESTS)
    code, output = suite.pytest("-n", "2")
    assert (code, counts(output)) == (1, {"passed": 2, "failed": 3})
    assert len(set(replays(output))) == 3
    assert "account.balance: 0 -> 100  <-- written meanwhile" in output
    assert "\ntests/test_bank.py:6\n" in output
    code, output = suite.pytest("--lf", "-k", "not closures")
    assert (code, counts(output)["failed"]) == (1, 1)


def test_options_go_before_what_a_test_says(suite: Suite) -> None:
    """Model, budget and seed of the command line are those of every search."""
    suite.write(
        "tests/test_bank.py",
        "from bank import Account, deposit\n"
        "def test_settings(explore):\n"
        "    found = explore(setup=Account, threads=[deposit] * 3, model='sync', strategy='random', max_schedules=3)\n"
        "    assert (found.model, found.schedules, found.seed) == ('free-threaded', 7, 5)\n",
    )
    options = ("--threadbench-model", "free-threaded", "--threadbench-budget", "7,20s", "--threadbench-seed", "5")
    code, output = suite.pytest(*options)
    assert (code, counts(output)) == (0, {"passed": 1})
    assert "threadbench: model free-threaded, budget 7,20s, seed 5\n" in output
    code, output = suite.pytest()
    assert (code, "threadbench: " in output) == (1, False)


def test_the_marker_explores_the_body(suite: Suite) -> None:
    """Each schedule has the fixtures' values as they were; an assert that fails in any thread has a witness.

    The fixtures `request` and `monkeypatch`, which lead to the whole session, are no part of the program.
    """
    suite.write(
        "tests/test_marked.py",
        "import threading\n"
        "import pytest\n"
        "from bank import Account, deposit\n"
        "\n"
        "lock = threading.Lock()\n"
        "\n"
        "@pytest.fixture\n"
        "def account():\n"
        "    made = Account()\n"
        "    yield made\n"
        "    assert made.balance == 0\n"
        "\n"
        "@pytest.mark.threadbench(threads=3, model='gil')\n"
        "def test_safe(account, request, monkeypatch):\n"
        "    deposit(account)\n"
        "    assert account.balance in (100, 200, 300)\n"
        "\n"
        "@pytest.mark.threadbench\n"
        "def test_racing(account):\n"
        "    before = account.balance\n"
        "    deposit(account)\n"
        "    assert account.balance == before + 100\n"
        "\n"
        "@pytest.mark.threadbench(expect='holds')\n"
        "class TestLocked:\n"
        "    @pytest.mark.parametrize('amount', [1, 2])\n"
        "    def test_locked(self, account, amount):\n"
        "        with lock:\n"
        "            before = account.balance\n"
        "            account.balance += amount\n"
        "            assert account.balance == before + amount\n",
    )
    code, output = suite.pytest()
    assert (code, counts(output)) == (1, {"passed": 3, "failed": 1})
    assert "crashed (free-threaded, " in output
    assert re.search(r"^test_racing +test_racing#2$", output, re.MULTILINE)
    assert "account.balance: 100 -> 200  <-- written here" in output
    assert "raised AssertionError: assert 200 == (0 + 100)\n" in output
    (witness,) = replays(output)
    code, output = suite.run("threadbench", "replay", witness)
    assert (code, counts(output)) == (4, {"failed": 1})


def test_a_body_leaves_as_it_asks(suite: Suite) -> None:
    """`pytest.skip`, `xfail` and `fail` within the threads, and an exception in a thread that they start."""
    suite.write(
        "tests/test_leaving.py",
        "import threading\n"
        "import pytest\n"
        "pytestmark = pytest.mark.threadbench\n"
        "def test_skip(): pytest.skip('not here')\n"
        "def test_xfail(): pytest.xfail('known')\n"
        "def test_fail(): pytest.fail('told so')\n"
        "def test_pass():\n"
        "    with pytest.raises(ValueError):\n"
        "        int('x')\n"
        "def test_below():\n"
        "    thread = threading.Thread(target=int, args=('x',))\n"
        "    thread.start()\n"
        "    thread.join()\n",
    )
    code, output = suite.pytest("-rs")
    assert (code, counts(output)) == (1, {"skipped": 1, "xfailed": 1, "failed": 2, "passed": 1})
    assert "not here\n" in output
    assert "crashed (free-threaded, 1 schedule): test_fail raised Failed: told so\n" in output
    assert "raised ValueError: invalid literal for int()" in output


def test_what_cannot_be_marked_is_refused_where_it_stands(suite: Suite) -> None:
    """Unknown arguments, wrong values, coroutines and methods of unittest; with what was probably meant."""
    for name, test, why in (
        ("typo", "@mark(thread=8)\ndef test_it(): pass", "has no argument 'thread'; did you mean 'threads'?"),
        ("model", "@mark(model='gill')\ndef test_it(): pass", "model 'gill' is unknown; did you mean 'gil'?"),
        ("count", "@mark(threads='8')\ndef test_it(): pass", "threads must be a whole number from 1 to 1000, not '8'"),
        ("place", "@mark(8)\ndef test_it(): pass", "takes no 8: its arguments have names, such as threads=8"),
        ("coroutine", "@mark()\nasync def test_it(): pass", "a coroutine function cannot be marked"),
        ("both", "@mark()\ndef test_it(explore): pass", "cannot use the fixture explore"),
    ):
        suite.write(f"tests/test_{name}.py", f"import pytest\nmark = pytest.mark.threadbench\n{test}\n")
        suite.write("expected/" + name, why)
    suite.write(
        "tests/test_case.py",
        "import pytest, unittest\n"
        "class TestIt(unittest.TestCase):\n"
        "    @pytest.mark.threadbench\n"
        "    def test_it(self): pass\n",
    )
    code, output = suite.pytest("--continue-on-collection-errors")
    assert (code, counts(output)) == (1, {"errors": 7})
    for path in (suite.folder / "expected").iterdir():
        (line,) = [line for line in output.splitlines() if line.startswith(f"tests/test_{path.name}.py:3: test_it: ")]
        assert path.read_text() in line
    assert "tests/test_case.py:3: test_it: a method of unittest.TestCase cannot be marked with threadbench" in output
    assert "Traceback" not in output


def test_wrong_arguments_are_told_at_the_call(suite: Suite) -> None:
    """What `threadbench.explore` would refuse fails the test with its message, at the line of the test."""
    suite.write(
        "tests/test_wrong.py",
        "def test_model(explore):\n    explore(threads=[print], model='gill')\n"
        "def test_expect(explore):\n    explore(threads=[print], expect='hold')\n",
    )
    code, output = suite.pytest()
    assert (code, counts(output)) == (1, {"failed": 2})
    assert "error: model 'gill' is unknown\n  hint: did you mean 'gil'?\n\ntests/test_wrong.py:2\n" in output
    assert "expect: 'hold' is none of holds, violated, " in output
    assert "\ntests/test_wrong.py:4\n" in output


def test_the_projects_modules_are_under_test(suite: Suite) -> None:
    """A race in a module that the test reaches through another one is found without naming it, unless others are."""
    suite.write(
        "src/shop/__init__.py",
        "from shop.counter import Counter\n\nclass Shop:\n    def __init__(self):\n        self.sold = Counter()\n\n"
        "    def sell(self):\n        self.sold.add()\n",
    )
    suite.write(
        "src/shop/counter.py",
        "class Counter:\n    def __init__(self):\n        self.value = 0\n\n"
        "    def add(self):\n        self.value = self.value + 1\n",
    )
    suite.write("pytest.ini", "[pytest]\npythonpath = src\n")
    suite.write(
        "tests/test_shop.py",
        "import shop\n\n"
        "def test_sales(explore):\n"
        "    explore(shop.Shop, [lambda s: s.sell()] * 2, lambda s: s.sold.value == 2)\n\n"
        "def test_that_nothing_else_is(explore):\n"
        "    explore(shop.Shop, [lambda s: s.sell()] * 2, lambda s: s.sold.value == 2, instrument=[shop])\n",
    )
    code, output = suite.pytest()
    assert (code, counts(output)) == (1, {"failed": 1, "passed": 1})
    assert "counter.py:6  self.value = self.value + 1" in output


def test_asserts_of_threadbench_are_left_alone(suite: Suite) -> None:
    """pytest would rewrite all of a distribution that has a plugin; code under test is to be what `replay` sees."""
    suite.write("conftest.py", "import pytest\npytest.register_assert_rewrite('threadbench')\n")
    suite.write(
        "tests/test_it.py",
        "def test_it(explore):\n"
        "    explore(threads=[int], model='sync')\n"
        "    import sys, threadbench.kinds.race\n"
        "    for name in ('threadbench.kinds.race', 'threadbench.explore.search'):\n"
        "        assert 'AssertionRewritingHook' not in type(sys.modules[name].__loader__).__name__\n",
    )
    code, output = suite.pytest()
    assert (code, counts(output)) == (0, {"passed": 1}), output
