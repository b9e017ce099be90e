"""`threadbench explore` and `threadbench replay` as a user runs them: lines, documents, witness files, exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

BANK = """
import threading


class Account:
    def __init__(self):
        self.balance = 0
        self.lock = threading.Lock()


def deposit(account, amount=100):
    account.balance += amount


def deposit_locked(account, amount=100):
    with account.lock:
        account.balance += amount


def books_balance(account):
    return account.balance == 200


def balance(account):
    return account.balance


class Pair:
    def __init__(self):
        self.a, self.b = threading.Lock(), threading.Lock()


def forth(pair):
    with pair.a, pair.b:
        pass


def back(pair):
    with pair.b, pair.a:
        pass
"""
RACE = """
kind: code
params:
  setup: bank:Account
  threads:
    - {call: bank:deposit, count: 2}
  check: bank:books_balance
  outcome: bank:balance
"""
SAFE = RACE.replace("bank:deposit", "bank:deposit_locked")
DEADLOCK = """
kind: code
params:
  setup: bank:Pair
  threads:
    - call: bank:forth
    - call: bank:back
"""
STUCK = """
import socket
import _thread

ours, theirs = socket.socketpair()
held = _thread.allocate_lock


def receive():
    ours.recv(1)


def spin():
    while True:
        pass
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a module and scenarios; the environment says nothing of colours or CI."""
    for name in ("CI", "FORCE_COLOR", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "THREADBENCH_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    files = {"bank.py": BANK, "race.yaml": RACE, "safe.yaml": SAFE, "deadlock.yaml": DEADLOCK, "stuck.py": STUCK}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "threadbench", *arguments]


def tb(*arguments: str, **settings) -> subprocess.CompletedProcess[str]:
    """Run threadbench to its end."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    return subprocess.run(command(*arguments), text=True, encoding="utf-8", check=False, timeout=120, **streams)


def witness_of(folder: Path, name: str) -> str:
    return str((folder / ".threadbench" / "witnesses" / name).relative_to(folder))


def test_a_safe_case_holds_exhaustively(folder: Path) -> None:
    """A header, a line with its verdict and strength, its table, totals; nothing on standard error, exit 0."""
    done = tb("explore", "safe.yaml")
    lines = done.stdout.splitlines()
    assert re.match(r"threadbench \S+ · CPython 3\.\S+, GIL o(n|ff) · \d+ CPUs? · .+ · seed \d+$", lines[0])
    assert re.match(r"holds +exhaustive +\d+ schedules? +safe\.yaml::safe +free-threaded +\S+$", lines[1])
    assert re.match(r"1 search in \S+: 1 holds; \d+ schedules?$", lines[-1])
    assert (done.stderr, done.returncode) == ("", 0)
    assert not (folder / ".threadbench").exists()


def test_a_race_is_told_and_its_witness_replays(folder: Path) -> None:
    """Exit 1; the failure comes last with the schedule step by step and the command that replays it."""
    done = tb("explore", "race.yaml")
    assert done.returncode == 1
    assert "VIOLATED race.yaml::race  free-threaded" in done.stdout
    assert "account.balance += amount" in done.stdout
    (again,) = re.findall(r"replay: (threadbench replay .+)$", done.stdout, re.MULTILINE)
    path = again.split()[-1]
    assert path == witness_of(folder, "race.free-threaded.json")
    replayed = tb("replay", path, "--times", "100")
    assert "100 times, always the same" in replayed.stdout
    assert "account.balance += amount" in replayed.stdout
    assert replayed.returncode == 1


def test_an_expected_violation_is_as_expected(folder: Path) -> None:
    """With `explore: violated` the exit code is 0, the whole table is shown, and outcomes are judged."""
    (folder / "race.yaml").write_text(
        RACE + "expect:\n  explore: violated\n  outcomes: {in: [100, 200]}\n", encoding="utf-8"
    )
    done = tb("explore", "race.yaml", "--json")
    document = json.loads(done.stdout)
    (search,) = document["searches"]
    assert (done.returncode, document["exit_code"], search["verdict"]) == (0, 0, "violated")
    assert {each["value"]: each["expected"] for each in search["outcomes"]} == {100: False, 200: True}


def test_an_outcome_that_is_not_allowed_is_named_with_its_place(folder: Path) -> None:
    """`expect.outcomes` is judged on every schedule; the reason has file:line, and the caret its place."""
    text = RACE.replace("  check: bank:books_balance\n", "") + "expect:\n  outcomes: {eq: 200}\n"
    (folder / "race.yaml").write_text(text, encoding="utf-8")
    done = tb("explore", "race.yaml")
    line = text.splitlines().index("  outcomes: {eq: 200}") + 1
    assert f"outcomes: expected == 200, got 100 (race.yaml:{line})" in done.stdout
    assert f"race.yaml:{line}:18: outcomes: expected == 200, got 100" in done.stdout
    assert done.returncode == 1


def test_a_deadlock_is_gravest(folder: Path) -> None:
    """An unexpected deadlock leaves with 4, also beside a violation."""
    done = tb("explore", "deadlock.yaml", "race.yaml")
    assert "DEADLOCK" in done.stdout
    assert done.returncode == 4


def test_all_models_say_what_is_safe(folder: Path) -> None:
    """A line for each model, and one sentence that puts them together."""
    done = tb("explore", "race.yaml", "--model", "all")
    models = re.findall(r"^(?:holds|VIOLATED) .* (sync|gil|free-threaded) ", done.stdout, re.MULTILINE)
    assert models == ["sync", "gil", "free-threaded"]
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"race.yaml::race: safe with the GIL on CPython {python}, broken free-threaded" in done.stdout


def test_json_is_one_document(folder: Path) -> None:
    """Standard output holds the document, standard error what people read."""
    done = tb("explore", "race.yaml", "safe.yaml", "--json", "--seed", "7")
    document = json.loads(done.stdout)
    assert document["schema"] == "threadbench.explore/1"
    race, safe = document["searches"]
    assert (race["case"], race["model"], race["seed"]) == ("race.yaml::race", "free-threaded", 7)
    assert (race["verdict"], safe["verdict"], safe["exhaustive"]) == ("violated", "holds", True)
    assert race["replay"] == f"threadbench replay {race['witness']}"
    assert (document["interrupted"], document["exit_code"]) == (False, 1)
    assert "VIOLATED" in done.stderr


def test_junit_and_annotations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI reads them as those of `run`."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    done = tb("explore", "race.yaml", "safe.yaml", "--junit", "report.xml")
    root = ElementTree.parse(folder / "report.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert "::error file=race.yaml,title=race.yaml%3A%3Arace (free-threaded)::" in done.stdout
    assert "race.yaml::race" in (folder / "summary.md").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_search(folder: Path) -> None:
    """Whatever the hash seed: same schedules, same witness."""
    found = []
    for number in ("0", "1"):
        done = tb(
            "explore", "race.yaml", "--json", "--seed", "3", "--strategy", "random",
            env={**os.environ, "PYTHONHASHSEED": number},
        )  # fmt: skip
        search = json.loads(done.stdout)["searches"][0]
        witness = json.loads((folder / search["witness"]).read_text(encoding="utf-8"))
        found.append((search["schedules"], search["outcomes"], witness["choices"]))
    assert found[0] == found[1]


def test_changed_code_is_refused(folder: Path) -> None:
    """The choices of a witness mean nothing for other code: exit 2, with what changed and how to explore it again."""
    tb("explore", "race.yaml")
    changed = BANK.replace("+= amount", "+= 1 * amount", 1).replace("def forth(", "def onward(")
    (folder / "bank.py").write_text(changed, encoding="utf-8")
    done = tb("replay", witness_of(folder, "race.free-threaded.json"))
    assert done.returncode == 2
    assert (
        "the code under test has changed since: bank.py: function deposit changed, function forth is gone, "
        "function onward is new" in done.stderr
    )
    (again,) = re.findall(r"explore it again: threadbench (.*)", done.stderr)
    (folder / "bank.py").write_text(BANK, encoding="utf-8")
    assert tb(*shlex.split(again)).returncode == 1


def test_a_witness_replays_from_any_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a witness belongs to is found beside the folder that it is kept in; a copy elsewhere says what it misses."""
    tb("explore", "race.yaml")
    kept = folder / witness_of(folder, "race.free-threaded.json")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = tb("replay", str(kept), "--html", "page.html", "-q", cwd=elsewhere)
    assert (done.returncode, done.stderr) == (1, "")
    assert "race.yaml::race" in (elsewhere / "page.html").read_text(encoding="utf-8")
    assert tb("replay", kept.name, "-q", cwd=kept.parent).returncode == 1
    copy = elsewhere / "copy.json"
    copy.write_bytes(kept.read_bytes())
    done = tb("replay", "copy.json", cwd=elsewhere)
    assert (done.returncode, done.stderr) == (
        2,
        "error: copy.json belongs to race.yaml::race, and there is no race.yaml here\n"
        "  hint: call it in the folder where it was found\n",
    )


def test_what_was_found_is_told_where_it_cannot_be_kept(folder: Path) -> None:
    """A disk that takes no witness loses the witness, and not the search."""
    (folder / ".threadbench").write_text("in the way", encoding="utf-8")
    done = tb("explore", "race.yaml")
    assert done.returncode == 2
    assert "VIOLATED race.yaml::race  free-threaded" in done.stdout
    assert "not kept: cannot write the witness .threadbench/witnesses/race.free-threaded.json: " in done.stdout
    assert "replay:" not in done.stdout
    done = tb("explore", "race.yaml", "-q", "--json")
    assert done.stderr.startswith("warning: cannot write the witness ")
    document = json.loads(done.stdout)
    assert (document["exit_code"], document["searches"][0]["verdict"]) == (2, "violated")


def test_changed_params_are_refused(folder: Path) -> None:
    """A witness of other params is no sign that the code is non-deterministic, and is not taken for one."""
    tb("explore", "race.yaml")
    kept = witness_of(folder, "race.free-threaded.json")
    scenario = folder / "race.yaml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("  setup:", "  instrument: [bank]\n  setup:"), encoding="utf-8")
    done = tb("replay", kept)
    assert done.stderr.startswith(
        "error: the scenario's params have changed since: instrument\n  hint: explore it again: "
    )
    assert done.returncode == 2


def test_an_outcome_that_is_no_json_is_the_result_of_its_case(folder: Path) -> None:
    """It is told with the line that asks for it and how to mend it, as in a run; the other cases go on."""
    text = RACE.replace("bank:balance", "builtins:type").replace("  check: bank:books_balance\n", "")
    (folder / "odd.yaml").write_text(text, encoding="utf-8")
    line = text.splitlines().index("  outcome: builtins:type") + 1
    said = (
        "the outcome is not a JSON value: Encoding objects of type type is unsupported; "
        f"return numbers, texts, lists, dicts (odd.yaml:{line}:12)"
    )
    done = tb("explore", "odd.yaml", "safe.yaml")
    assert done.returncode == 4
    assert f"  {said}\n" in done.stdout
    assert re.search(r"^holds .* safe\.yaml::safe ", done.stdout, re.MULTILINE)
    assert re.search(r"2 searches in .*: 1 CRASHED, 1 holds; ", done.stdout)
    again = tb("replay", witness_of(folder, "odd.free-threaded.json"))
    assert again.stdout.endswith(f"CRASHED  odd.yaml::odd  free-threaded: {said}\n")
    run = tb("run", "odd.yaml", "safe.yaml")
    assert run.returncode == 4
    assert f"TypeError in MainThread: {said} " in run.stdout


def test_an_outcome_that_is_no_number_is_told_as_such(folder: Path) -> None:
    """In tables, documents, witnesses and logs NaN is a text, and no null."""
    (folder / "ratio.py").write_text("def of(account):\n    return {'ratio': float('nan'), 'known': None}\n")
    text = RACE.replace("bank:balance", "ratio:of")
    (folder / "ratio.yaml").write_text(text, encoding="utf-8")
    done = tb("explore", "ratio.yaml")
    assert done.returncode == 1
    assert '    {"ratio": "NaN", "known": null} ' in done.stdout
    kept = witness_of(folder, "ratio.free-threaded.json")
    assert tb("replay", kept, "--times", "2").returncode == 1
    outcome = {"ratio": "NaN", "known": None}
    assert json.loads(Path(kept).read_text(encoding="utf-8"))["outcome"] == outcome
    assert json.loads(tb("explore", "ratio.yaml", "--json").stdout)["searches"][0]["outcomes"][0]["value"] == outcome
    (case,) = json.loads(tb("run", "ratio.yaml", "--json").stdout)["cases"]
    assert case["runs"][0]["outcome"] == outcome


def test_moved_code_is_the_same(folder: Path) -> None:
    """Lines and comments above a function are none of its schedules' business."""
    tb("explore", "race.yaml")
    (folder / "bank.py").write_text(f"# the bank\n\n{BANK}", encoding="utf-8")
    assert tb("replay", witness_of(folder, "race.free-threaded.json")).returncode == 1


def test_another_python_is_refused(folder: Path) -> None:
    """A witness belongs to the minor version it was found on."""
    tb("explore", "race.yaml")
    path = folder / witness_of(folder, "race.free-threaded.json")
    stored = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**stored, "python": "CPython 3.9.1"}), encoding="utf-8")
    done = tb("replay", str(path))
    assert done.returncode == 2
    assert "was found on CPython 3.9.1" in done.stderr


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json", '{"format": "other"}'])
def test_what_is_no_witness_is_refused(folder: Path, text: str) -> None:
    """With a sentence, not a traceback."""
    (folder / "w.json").write_text(text, encoding="utf-8")
    done = tb("replay", "w.json")
    assert done.returncode == 2
    assert done.stderr.startswith("error: w.json")


def test_replay_steps_and_is_a_document(folder: Path) -> None:
    """Without a terminal `--step` prints everything; `--json` has schedule and explanation."""
    tb("explore", "race.yaml")
    path = witness_of(folder, "race.free-threaded.json")
    assert "account.balance" in tb("replay", path, "--step", stdin=subprocess.DEVNULL).stdout
    document = json.loads(tb("replay", path, "--json").stdout)
    assert document["schema"] == "threadbench.replay/1"
    assert document["search"]["verdict"] == document["schedule"]["cause"] == "violated"


@pytest.mark.parametrize("last", [b"q", b"\x04"], ids=["q", "ctrl-d"])
def test_steps_wait_for_enter_and_end_with_q(folder: Path, last: bytes) -> None:
    """On a terminal a line comes with each Enter; `q`, or the end of the input, leaves the rest out."""
    tb("explore", "race.yaml")
    ours, theirs = pty.openpty()
    words = command("replay", witness_of(folder, "race.free-threaded.json"), "--step", "--color", "never")
    with subprocess.Popen(words, stdin=theirs, stdout=subprocess.PIPE) as process:
        os.close(theirs)
        shown = []
        for key in (b"\r", b"\r", last):
            while not (line := process.stdout.readline().decode()).strip():
                assert process.poll() is None
            shown.append(line)
            while termios.tcgetattr(ours)[3] & termios.ICANON:  # what is typed before the question is discarded
                assert process.poll() is None
                time.sleep(0.01)
            os.write(ours, key)
        rest = process.stdout.read().decode()
    os.close(ours)
    whole = tb("replay", witness_of(folder, "race.free-threaded.json")).stdout.splitlines()
    assert [line.rstrip() for line in shown] == [line for line in whole if line.strip()][:3]
    assert [line for line in rest.splitlines() if line.strip()] == whole[-1:]


def test_settings_travel_with_the_witness(folder: Path) -> None:
    """What was set on the command line is set again by replay."""
    done = tb("explore", "safe.yaml", "--set", "params.threads.0.call=bank:deposit", "--seed", "5")
    assert done.returncode == 1
    replayed = tb("replay", witness_of(folder, "safe.free-threaded.json"))
    assert "VIOLATED" in replayed.stdout


@pytest.mark.parametrize(("call", "where"), [("receive", "stuck.py:10"), ("spin", "stuck.py:1[45]")])
def test_what_cannot_be_controlled_is_a_statement_and_no_hang(folder: Path, call: str, where: str) -> None:
    """A thread that waits in C, or loops over nothing, is named with its place: inconclusive, exit 6."""
    scenario = f"kind: code\nparams:\n  threads: [{{call: 'stuck:{call}'}}]\n"
    (folder / "stuck.yaml").write_text(scenario, encoding="utf-8")
    started = time.monotonic()
    done = tb("explore", "stuck.yaml", "--timeout", "1s")
    assert time.monotonic() - started < 20
    assert done.returncode == 6
    assert re.search(rf"{call} has not come to a point for \S+ in {where}", done.stdout)
    assert "cannot be controlled" in done.stdout


def test_a_crash_of_the_process_is_a_verdict(folder: Path) -> None:
    """The command survives what kills the process of the search."""
    (folder / "die.py").write_text("import os\n\n\ndef die():\n    os.abort()\n", encoding="utf-8")
    (folder / "die.yaml").write_text("kind: code\nparams:\n  threads: [{call: 'die:die'}]\n", encoding="utf-8")
    done = tb("explore", "die.yaml", "safe.yaml")
    assert "killed by SIGABRT" in done.stdout
    assert "holds" in done.stdout
    assert done.returncode == 4


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import os; os._exit(3)", "the process was left with status 3, in one of its first schedules"),
        ("import os; os.kill(os.getpid(), 9)", "the process was killed by SIGKILL, in one of its first schedules"),
        ("import ctypes; ctypes.string_at(0)", "the process was killed by SIGSEGV, in one of its first schedules"),
    ],
)
def test_a_search_that_dies_is_made_again_by_its_command(folder: Path, body: str, said: str) -> None:
    """There is no witness: the command has the case, how it was searched, and the seed, and comes to the same."""
    (folder / "die.py").write_text(f"def die(account): {body}\n", encoding="utf-8")
    scenario = "kind: code\nparams:\n  setup: bank:Account\n  threads: [{call: 'die:die'}]\n"
    (folder / "die.yaml").write_text(scenario, encoding="utf-8")
    done = tb("explore", "die.yaml", "--strategy", "random", "--model", "all", "--max-schedules", "70", "--seed", "5")
    assert done.returncode == 4
    assert done.stdout.count(f"  {said}\n") == 3
    again = re.findall(r"^  again: threadbench (explore die\.yaml::die .*)$", done.stdout, re.MULTILINE)
    assert [words.partition(" --model ")[2] for words in again] == [
        "sync --seed 5",
        "gil --seed 5",
        "free-threaded --seed 5",
    ]
    assert all(" --strategy random --max-schedules 70 " in words for words in again)
    assert "threadbench/runtime/" not in done.stdout
    same = tb(*shlex.split(again[1]))
    assert same.returncode == 4
    assert f"  {said}\n" in same.stdout


def test_a_search_whose_jobs_die_is_the_result_of_its_case(folder: Path) -> None:
    """Whoever runs its schedules, what is explored ended them; the other cases go on."""
    (folder / "die.py").write_text("def die(account): import os; os._exit(3)\n", encoding="utf-8")
    scenario = "kind: code\nparams:\n  setup: bank:Account\n  threads: [{call: 'die:die'}]\n"
    (folder / "die.yaml").write_text(scenario, encoding="utf-8")
    done = tb("explore", "die.yaml", "safe.yaml", "--strategy", "random", "--jobs", "2", "--max-schedules", "50")
    assert done.returncode == 4, done.stderr
    assert (
        "  processes that run its schedules die, one after the other, after 0 schedules that did not\n" in done.stdout
    )
    assert re.search(r"^  again: threadbench explore die\.yaml::die .* --jobs 2 --model ", done.stdout, re.MULTILINE)
    assert re.search(r"^holds .* safe\.yaml::safe ", done.stdout, re.MULTILINE)


def test_what_makes_no_sense_is_told_before_anything_is_searched(folder: Path) -> None:
    """With the case, or with its place in the file where that alone is at fault."""
    (folder / "reduce.yaml").write_text(SAFE + "explore: {strategy: dpor}\n", encoding="utf-8")
    done = tb("explore", "safe.yaml", "reduce.yaml", "--jobs", "2")
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr == (
        "error: reduce.yaml::reduce: strategy 'dpor' does not split over jobs\n"
        "  hint: use auto, rff, pct, pos or random with jobs\n"
    )
    done = tb("explore", "safe.yaml", "reduce.yaml", "--time", "ordered")
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr.startswith("error: reduce.yaml::reduce: strategy 'dpor' has nothing to reduce in ordered time")
    (folder / "reduce.yaml").write_text(SAFE + "explore: {strategy: dpor, time: ordered}\n", encoding="utf-8")
    line = SAFE.count("\n") + 1
    for verb in ("validate", "explore"):
        done = tb(verb, "reduce.yaml")
        assert (done.stdout, done.returncode) == ("", 2)
        assert done.stderr.startswith(f"reduce.yaml:{line}:21: error: strategy 'dpor' has nothing to reduce in ordered")


WRONG = """kind: code
params:
  setup: bank:Acount
  threads:
    - {call: bank:deposit, count: 2}
    - {call: nowhere:at_all}
  check: bank:balances
"""


@pytest.mark.parametrize("verb", ["validate", "run", "explore"])
def test_names_that_stand_for_nothing_are_errors_of_the_file(folder: Path, verb: str) -> None:
    """All at once, each with its place and what was meant, before anything is run or imported."""
    (folder / "bank.py").write_text(BANK + "\nraise RuntimeError('imported')\n", encoding="utf-8")
    (folder / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    done = tb(verb, "wrong.yaml", "safe.yaml")
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr == (
        "wrong.yaml:3:10: error: module 'bank' (bank.py) has no 'Acount'\n"
        "  3 |   setup: bank:Acount\n"
        "    |          ^^^^^^^^^^^\n"
        "  hint: did you mean 'Account'?\n"
        "wrong.yaml:6:14: error: there is no module 'nowhere' in ., nor where Python looks\n"
        "  6 |     - {call: nowhere:at_all}\n"
        "    |              ^^^^^^^^^^^^^^\n"
        "  hint: `path` names more folders to import from\n"
        "wrong.yaml:7:10: error: module 'bank' (bank.py) has no 'balances'\n"
        "  7 |   check: bank:balances\n"
        "    |          ^^^^^^^^^^^^^\n"
        "  hint: did you mean 'balance'?\n"
    )


@pytest.mark.parametrize("verb", ["run", "explore"])
def test_a_module_that_raises_is_told_with_its_line(folder: Path, verb: str) -> None:
    """Where the import came to: nothing is wrong with the scenario."""
    (folder / "bank.py").write_text(BANK + "\nLIMIT = int('none')\n", encoding="utf-8")
    line = BANK.count("\n") + 2
    done = tb(verb, "safe.yaml")
    assert done.returncode == 4
    assert re.search(r"ValueError.*: invalid literal for int\(\) with base 10: 'none'", done.stdout)
    assert "kinds/code.py:" not in done.stdout or verb == "run"
    assert re.search(rf"^ +bank\.py:{line} in <module>", done.stdout, re.MULTILINE)


def test_ctrl_c_leaves_what_there_is(folder: Path) -> None:
    """One Ctrl-C ends the search under way; its partial result is printed, exit 130."""
    long = SAFE.replace("count: 2", "count: 6").replace("  check: bank:books_balance\n", "")
    (folder / "long.yaml").write_text(long, encoding="utf-8")
    words = command("explore", "long.yaml", "--strategy", "random", "--max-schedules", "100000000", "--json")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stderr.readline()  # the header
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    document = json.loads(out)
    assert process.returncode == document["exit_code"] == 130
    assert document["interrupted"]
    assert document["searches"][0]["schedules"] > 0
    assert "interrupted after 0 of 1 search" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explore", "safe.yaml", "--strategy", "dppr"), "did you mean 'dpor'"),
        (("explore", "safe.yaml", "--model", "gil2"), "'gil2'"),
        (("explore", "nowhere.yaml"), "nowhere.yaml"),
        (("replay", "nowhere.json"), "nowhere.json"),
    ],
)
def test_usage_errors_say_what_would_do(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    """Exit 2, one sentence, no traceback."""
    done = tb(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
