"""The fixtures, the bench behind them, and the fakes: each does what the seam that it stands for does."""

from __future__ import annotations

import gc
import random
import threading
import time
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest

import threadbench
from threadbench.engine import Options, case_results, session_of
from threadbench.events import event_schema
from threadbench.kinds.race import race
from threadbench.runtime.base import Check
from threadbench.testing import Bench, FakeClock, FakeExecutor, FakeRun, FakeRuntime, FakeStrategy, fake_log
from threadbench.testing.fixtures import (  # noqa: F401 - fixtures are found by their names
    explore_scenario,
    explore_scenarios,
    fake_clock,
    fake_run,
    run_scenario,
    run_scenarios,
    threadbench_bench,
    threadbench_plugins,
)
from threadbench.testing.only import case_of

RACE = """\
kind: race
params: {updates: 2, pause: 50ms}
seed: 5
expect:
  checks: {no update lost: false}
"""


class Account:
    def __init__(self):
        self.balance = 0


def deposit(account):
    account.balance += 100


def test_a_kind_a_text_a_file_and_a_workload_run(run_scenario, tmp_path):  # noqa: F811 - a fixture is taken by its name
    """Whatever names one case is run, on either runtime, and its result can be looked at."""
    result = run_scenario("race", {"updates": 2, "pause": "1ms"}, runtime="virtual", seed=3)
    assert (result.kind, result.seed, result.outcome["updates"]) == ("race", 3, 2)
    assert result.events[0].data["runtime"] == "virtual"
    assert run_scenario(RACE).as_expected
    assert run_scenario(RACE).seed == 5
    (tmp_path / "again.yaml").write_text(RACE, encoding="utf-8")
    assert run_scenario(tmp_path / "again.yaml").as_expected
    assert run_scenario(str(tmp_path / "again.yaml")).as_expected
    assert run_scenario(race, {"workers": 1, "pause": 0}).outcome["lost"] == 0
    assert not (tmp_path / ".threadbench").exists()


def test_a_workload_of_the_test_itself_runs(run_scenario):  # noqa: F811 - a fixture is taken by its name
    """A closure, which no other process could import, is run in this one."""
    heard = []

    @threadbench.workload("here")
    def here(run, params):
        """It is here."""
        thread = threading.Thread(target=heard.append, args=(1,))
        thread.start()
        thread.join()
        return {"heard": len(heard)}

    assert run_scenario(here).outcome == {"heard": 1}


def test_mistakes_are_told_as_by_the_command(run_scenario):  # noqa: F811 - a fixture is taken by its name
    """What is wrong in a text has its place; several cases are not one."""
    with pytest.raises(threadbench.ScenarioError) as caught:
        run_scenario("kind: race\nparams: {updaets: 2}\n")
    assert "did you mean 'updates'?" in caught.value.render()
    assert "scenario.yaml:2:10" in caught.value.render()
    with pytest.raises(threadbench.UsageError, match="exactly one case, and there are 2"):
        run_scenario("kind: race\nmatrix: {updates: [1, 2]}\n")
    with pytest.raises(threadbench.UsageError, match="params go with a kind"):
        run_scenario(RACE, {"updates": 3})


def test_a_kind_and_a_text_are_explored(explore_scenario):  # noqa: F811 - a fixture is taken by its name
    """The race is found, and so is that nothing is lost under a lock."""
    found = explore_scenario("race", {"updates": 2, "pause": 0})
    assert (found.verdict, found.witness.replay().verdict) == ("violated", "violated")
    held = explore_scenario("kind: lock\nparams: {updates: 2, pause: 0, workers: 2}\nmodel: sync\n")
    assert (held.verdict, held.exhaustive) == ("holds", True)


FOLDER = {
    "race.yaml": "kind: race\nname: lost\nruntime: virtual\nparams: {updates: 2, pause: 1ms}\n"
    "expect: {checks: {no update lost: false}, explore: violated}\n",
    "deeper/lock.yaml": "kind: lock\nruntime: virtual\nmodel: sync\nmatrix: {workers: [1, 2]}\n"
    "params: {updates: 2, pause: 0}\n",
}


def lay(folder, **more):
    """Write a folder of scenarios, and return it."""
    for name, text in {**FOLDER, **more}.items():
        path = folder / "scenarios" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "scenarios"


def test_a_folder_is_run(run_scenarios, tmp_path):  # noqa: F811 - a fixture is taken by its name
    """As the command runs it; each case has its name, and options go along."""
    ran = run_scenarios(lay(tmp_path))
    assert set(ran) == {"lost", "lock[workers=1]", "lock[workers=2]"}
    assert [check["ok"] for check in ran["lost"]["runs"][0]["checks"]] == [False]
    assert set(run_scenarios(tmp_path / "scenarios", options=["-k", "lost"])) == {"lost"}
    assert set(run_scenarios(f"{tmp_path}/scenarios/race.yaml::lost")) == {"lost"}


def test_a_folder_is_explored(explore_scenarios, threadbench_bench, tmp_path):  # noqa: F811 - fixtures by their names
    """As the command explores it; the witness of what it found is replayed by the next command."""
    found = explore_scenarios(lay(tmp_path))
    assert {name: each["verdict"] for name, each in found.items()} == {
        "lost": "violated",
        "lock[workers=1]": "holds",
        "lock[workers=2]": "holds",
    }
    replayed = threadbench_bench.command("replay", found["lost"]["witness"])
    assert replayed.exit_code == 0
    assert replayed.document["search"]["verdict"] == "violated"
    models = explore_scenarios(tmp_path / "scenarios", options=["-k", "workers=1", "--model", "all"])
    assert set(models) == {f"lock[workers=1]  {model}" for model in ("sync", "gil", "free-threaded")}


def test_a_folder_that_is_not_as_expected_fails(run_scenarios, explore_scenarios, tmp_path):  # noqa: F811 - as above
    """With all that the command says, and the way to run it again; so does one without scenarios, or with a bad one."""
    folder = lay(tmp_path, **{"race.yaml": FOLDER["race.yaml"].partition("expect")[0]})
    with pytest.raises(
        AssertionError, match=r"(?s)run left with 1\n.*race.yaml::lost.*expected true, got false.*replay: "
    ):
        run_scenarios(folder)
    with pytest.raises(AssertionError, match=r"(?s)explore left with 1\n.*VIOLATED.*replay: threadbench replay "):
        explore_scenarios(folder)
    with pytest.raises(AssertionError, match=r"(?s)run left with 2\n.*did you mean 'race'"):
        run_scenarios(lay(tmp_path, **{"race.yaml": "kind: rase\n"}))
    (tmp_path / "none").mkdir()
    with pytest.raises(AssertionError, match=r"run left with [25]\n"):
        run_scenarios(tmp_path / "none")


def test_cases_of_one_name_are_told_apart(run_scenarios, tmp_path):  # noqa: F811 - a fixture is taken by its name
    """By their files."""
    ran = run_scenarios(lay(tmp_path, **{"again.yaml": FOLDER["race.yaml"]}), options=["-k", "lost"])
    assert {Path(name.partition("::")[0]).name for name in ran} == {"race.yaml", "again.yaml"}
    assert {name.partition("::")[2] for name in ran} == {"lost"}


def test_a_folder_of_a_plugin_that_is_not_installed_is_run(tmp_path, monkeypatch):
    """A file, by a path that is relative to where the test runs, or a module that only the test could import."""
    from broken import SOUND

    (tmp_path / "mine.py").write_text(SOUND, encoding="utf-8")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.yaml").write_text("kind: turnstile\nparams: {people: 2}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert set(Bench("out", ["mine.py"]).run_all("scenarios")) == {"one"}
    monkeypatch.syspath_prepend(str(tmp_path))
    assert set(Bench("out", ["mine"]).explore_all("scenarios", options=["--max-schedules", "50"])) == {"one"}


def test_a_plugin_that_is_not_installed_is_named(tmp_path):
    """A file is used as a plugin, and so would be a module."""
    from broken import SOUND

    (tmp_path / "mine.py").write_text(SOUND, encoding="utf-8")
    bench = Bench(tmp_path, [str(tmp_path / "mine.py")])
    assert bench.run("turnstile", {"people": 2}).outcome == {"passed": 2}
    assert bench.explore("turnstile", {"people": 2}, strategy="fair", max_schedules=3).strategy == "fair"


def test_a_fake_run_keeps_what_a_workload_says(fake_run):  # noqa: F811 - a fixture is taken by its name
    """Events, checks and names are kept, chance is seeded, and what a real one refuses is refused."""
    lock = fake_run.name(threading.Lock(), "gate")
    fake_run.emit("passed", number=1)
    assert fake_run.check("even", 2 % 2 == 0)
    assert not fake_run.check("even", False, why="odd")
    assert fake_run.emitted == [("MainThread", "passed", {"number": 1})]
    assert (fake_run.checks, fake_run.check_data, fake_run.names) == (
        {"even": False},
        {"even": {"why": "odd"}},
        {"gate": lock},
    )
    assert fake_run.rng.random() == FakeRun().rng.random() != FakeRun(1).rng.random()
    scripted = FakeRun(choices=[2, 0])
    assert [scripted.choose(3), scripted.choose(3)] == [2, 0]
    assert scripted.choose(5, ["a", "b", "c", "d", "e"]) in range(5)
    scripted.act_as("task")
    assert (scripted.acted, scripted.time, FakeRun(runtime="virtual").time) == (
        [("MainThread", "task")],
        "real",
        "ordered",
    )
    for name in ("Passed", "", "a b", ".a"):
        with pytest.raises(ValueError, match="lower-case words"):
            fake_run.emit(name)
    with pytest.raises(TypeError, match="not JSON serializable"):
        fake_run.emit("passed", what=object())
    with pytest.raises(TypeError, match="its own"):
        fake_run.check("a", True, ok=1)
    with pytest.raises(ValueError, match=r"to choose 9 of 0 … 2"):
        FakeRun(choices=[9]).choose(3)


def test_a_fake_clock_jumps(fake_clock):  # noqa: F811 - a fixture is taken by its name
    """Hours are slept at once, every clock agrees, and afterwards time is the system's again."""
    assert (time.monotonic(), time.perf_counter_ns()) == (0.0, 0)
    begun = time.time()
    time.sleep(3600)
    fake_clock.advance(0.5)
    assert (time.monotonic(), time.time() - begun, fake_clock.slept) == (3600.5, 3600.5, [3600])
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    with FakeClock().installed():
        assert time.monotonic() == 0.0
    assert time.monotonic() == 3600.5


def test_a_fake_strategy_follows_its_scripts():
    """A schedule for each script, thread by thread; the race is met where the script says so."""
    program = {"setup": Account, "threads": [deposit, deposit], "check": lambda account: account.balance == 200}
    meek = FakeStrategy([], [1, 2])
    assert threadbench.explore(**program, strategy=meek).verdict == "holds"
    assert (meek.begun, meek.ended) == (2, ["finished", "finished"])
    assert meek.offered[0] == [(1, 2)] * 3
    # The first thread begins and reads, the second writes in between, and the first writes over it.
    assert threadbench.explore(**program, strategy=FakeStrategy([1, 1, 2])).verdict == "violated"
    with pytest.raises(threadbench.PluginError, match=r"the script wants 0, and there are \(1, 2\)"):
        threadbench.explore(**program, strategy=FakeStrategy([0]))


def test_a_fake_executor_does_it_at_once():
    """What is submitted is done before `submit` returns, or broken as was asked for."""
    executor = FakeExecutor()
    assert executor.submit(divmod, 7, 2).result(0) == (3, 1)
    assert list(executor.map(abs, [-1, -2])) == [1, 2]
    assert executor.submitted[0] == (divmod, (7, 2))
    assert isinstance(FakeExecutor(broken=OSError("gone")).submit(abs, 1).exception(0), OSError)
    with executor:
        pass
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(abs, 1)


def test_a_fake_executor_explores():
    """A search fans out through it as through any other."""
    executor = FakeExecutor()
    found = threadbench.explore(
        Account, [deposit, deposit], books_balance, strategy="random", max_schedules=200, executor=executor
    )
    assert found.verdict == "violated"
    assert executor.submitted


def books_balance(account):
    return account.balance == 200


def test_a_fake_runtime_is_judged_as_a_real_one(tmp_path):
    """The engine judges an ending that was made up, and keeps a log of it that readers accept."""
    runtime = FakeRuntime(
        [("thread.started", "MainThread", {"ident": 1}), ("race.read", "MainThread", {"value": 0})],
        outcome={"lost": 0},
        checks=[Check("no update lost", True)],
    )
    case = case_of(race, {})
    options = Options(seed=1, events=str(tmp_path / "log.jsonl"))
    (done,) = case_results([case], session_of([case], options), options, runtime, None)
    assert (done.as_expected, done.results[0].outcome) == (True, {"lost": 0})
    assert [event.event for event in done.results[0].events][1:-1] == ["thread.started", "race.read"]
    assert [task.kind for task in runtime.tasks] == ["race"]
    dead = FakeRuntime(cause="deadlock", reason="a circle")
    (done,) = case_results([case], session_of([case], options), options, dead, None)
    assert (done.results[0].verdict, done.exit_code) == ("deadlock", 4)


def test_a_fake_log_is_a_log(tmp_path):
    """Each line has the schema, the reader gives what was put in, twice the same bytes; a cut one has no end."""
    events = [
        ("thread.started", "MainThread", {"ident": 1, "daemon": False}),
        ("lock.acquired", "MainThread", {"object": "gate", "at": "a.py:3"}),
        ("gate.passed", "MainThread", {"number": 1}),
    ]
    path = fake_log(tmp_path / "a.jsonl", events, kind="gate", closing={"outcome": {"passed": 1}})
    assert (
        path.read_bytes()
        == fake_log(tmp_path / "b.jsonl", events, kind="gate", closing={"outcome": {"passed": 1}}).read_bytes()
    )
    read = list(threadbench.read_log(path))
    assert [event.event for event in read[1:-1]] == [name for name, _, _ in events]
    assert (read[2].object, read[2].at, read[2].data) == ("gate", "a.py:3", {})
    assert [event.seq for event in read] == list(range(5))
    json = import_module("json")
    for line in path.read_text(encoding="utf-8").splitlines():
        jsonschema.validate(json.loads(line), event_schema())
    cut = fake_log(tmp_path / "cut.jsonl", events, kind="gate", finished=False)
    assert list(threadbench.read_log(cut))[-1].event == "gate.passed"
    with pytest.raises(ValueError, match=r"there is no event 'queue.eaten'"):
        fake_log(tmp_path / "c.jsonl", [("queue.eaten", "MainThread", {})])


def test_chance_is_the_threads_own(fake_run):  # noqa: F811 - a fixture is taken by its name
    """Each thread of a fake run has numbers of its own, the same for the same name."""
    drawn = {}

    def draw():
        drawn[threading.current_thread().name] = fake_run.rng.random()

    threads = [threading.Thread(target=draw, name=name) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn["one"] != drawn["two"]
    assert drawn["one"] == random.Random("0/one").random()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are counted in /proc")
@pytest.mark.parametrize("runtime", ["native", "virtual"])
def test_runs_in_this_process_close_their_files(run_scenario, runtime):  # noqa: F811 - a fixture is taken by its name
    """However many there are: only the last may still be there."""

    @threadbench.workload("here")
    def here(run, params):
        """A thread ends, and on virtual threads another waits for ever, which is ended with its run."""
        run.emit("begun")
        ended = threading.Thread(target=run.emit, args=("done",))
        ended.start()
        if run.runtime == "virtual":
            threading.Thread(target=threading.Event().wait, daemon=True).start()
        ended.join()

    def held():
        run_scenario(here, runtime=runtime)
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    counts = [held() for _ in range(6)]
    assert counts[5] <= counts[1]
