"""The scenario library on both runtimes, through the engine: each file meets its expectation, and its log shows why."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import pytest

from threadbench.engine import Options, run_cases
from threadbench.plugins import Registry
from threadbench.scenario import load_cases

from .conftest import LIBRARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadbench import Event, Result
    from threadbench.scenario import Case

FILES = sorted(path.stem for path in LIBRARY.glob("*.yaml"))
REQUIRED = {
    *("thread-join", "thread-no-join", "daemon", "non-daemon", "pool-submit", "pool-map", "race", "lock-acquire"),
    *("lock-with", "prodcons", "prodcons-event-only", "memory-thread-vs-process", "process-vs-thread", "io-vs-cpu"),
}


@pytest.fixture(scope="module", autouse=True)
def _logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Event logs lie below the working directory: not in the repository's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("library"))
        yield


RUNTIMES = ("native", "virtual")


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> str:
    """Where the threads live."""
    return str(request.param)


def on_virtual_threads(case: Case) -> bool:
    """Whether a case makes sense there: processes are what they are anywhere."""
    return "process" not in case.params.model_dump().values()


@cache
def results(stem: str, runtime: str) -> list[Result]:
    """What the cases of a file came to; each file is run once for all tests."""
    cases = load_cases([str(LIBRARY / f"{stem}.yaml")], Registry(), overrides=[f"runtime={runtime}"])
    if runtime == "virtual":
        cases = [case for case in cases if on_virtual_threads(case)]
    return [result for case in run_cases(cases, Options(seed=7)).cases for result in case.results]


def only(stem: str, runtime: str) -> Result:
    (result,) = results(stem, runtime)
    return result


def of(result: Result, event: str, *, thread: str | None = None, object: str | None = None) -> list[Event]:  # noqa: A002
    return [e for e in result.events if e.event == event and thread in (None, e.thread) and object in (None, e.object)]


def seq(result: Result, event: str, **where: str) -> int:
    """The place in the log of an event that happened exactly once."""
    (found,) = of(result, event, **where)
    return found.seq


def last_of(result: Result, thread: str) -> str:
    return [event.event for event in result.events if event.thread == thread][-1]


def test_library_is_complete():
    """The library has at least the behaviours that the project began with."""
    assert set(FILES) >= REQUIRED


@pytest.mark.parametrize("stem", FILES)
def test_file_opens_with_what_it_teaches(stem):
    """A file says first what it shows and what to try next, and states what it expects."""
    text = (LIBRARY / f"{stem}.yaml").read_text(encoding="utf-8")
    head, _, body = text.partition("\n\n")
    assert all(line.startswith("#") for line in head.splitlines())
    assert "# Try next: " in head
    assert "expect:" in body


@pytest.mark.parametrize("stem", FILES)
def test_file_meets_its_expectation(stem, runtime):
    """Every case of every file ends as the file says."""
    for result in results(stem, runtime):
        assert result.as_expected, (result.verdict, result.outcome, result.checks, result.log_path)
        assert result.events[0].data["runtime"] == runtime
        assert [event.seq for event in result.events] == list(range(len(result.events)))


def test_join_is_main_waiting(runtime):
    """With join the sub-thread is finished before main has joined, and main goes on after that."""
    result = only("thread-join", runtime)
    finished = seq(result, "thread.finished", thread="sub-1")
    joined = seq(result, "thread.joined", object="sub-1")
    assert seq(result, "thread.joining", object="sub-1") < finished < joined < seq(result, "thread.main_goes_on")


def test_without_join_main_goes_on_first(runtime):
    """Without join main goes on before the sub-thread is finished, and nobody joins it."""
    result = only("thread-no-join", runtime)
    assert seq(result, "thread.main_goes_on") < seq(result, "thread.finished", thread="sub-1")
    assert not of(result, "thread.joining")


def test_daemon_is_cut_off(runtime):
    """A daemon's last event is not its end: it was cut off with its main."""
    result = only("daemon", runtime)
    (started,) = of(result, "thread.started", thread="background")
    assert started.data["daemon"] is True
    assert not of(result, "thread.finished", thread="background")
    assert len(of(result, "daemon.saved")) < 20


def test_non_daemon_is_waited_for(runtime):
    """An ordinary thread completes its work after main has returned."""
    result = only("non-daemon", runtime)
    (started,) = of(result, "thread.started", thread="background")
    assert started.data["daemon"] is False
    assert last_of(result, "background") == "thread.finished"
    assert [event.data["number"] for event in of(result, "daemon.saved")] == list(range(1, 11))
    assert seq(result, "daemon.main_returns") < seq(result, "thread.finished", thread="background")


@pytest.mark.parametrize("stem", ["pool-submit", "pool-map"])
def test_pool_log_says_which_worker_ran_what(stem, runtime):
    """Each of the four tasks is started once, by the worker that the outcome names; there are three workers at most."""
    result = only(stem, runtime)
    assert result.outcome["results"] == [50005000] * 4
    assert list(result.outcome["workers"]) == ["First", "Second", "Third", "Fourth"]
    started = {event.data["task"]: event.thread for event in of(result, "pool.started")}
    assert started == dict(enumerate(result.outcome["workers"].values(), start=1))
    assert len(of(result, "pool.started")) == len(of(result, "pool.finished")) == 4
    assert len(set(started.values())) <= 3
    assert all(name.startswith("worker_") for name in started.values())


def test_race_loses_one_update(runtime):
    """Both workers have read 0 before either writes; the third update ends at two."""
    result = only("race", runtime)
    assert (result.outcome["value"], result.outcome["lost"]) == (2, 1)
    reads, writes = of(result, "race.read"), of(result, "race.written")
    assert [event.data["value"] for event in reads] == [0, 0, 1]
    assert [event.data["value"] for event in writes] == [1, 1, 2]
    assert reads[0].thread != reads[1].thread
    assert reads[1].seq < writes[0].seq


@pytest.mark.parametrize("stem", ["lock-acquire", "lock-with"])
def test_lock_orders_the_updates(stem, runtime):
    """The lock has one holder at a time, values rise one by one, and somebody waited for the lock."""
    result = only(stem, runtime)
    assert (result.outcome["value"], result.outcome["lost"]) == (3, 0)
    held = [
        (e.event, e.thread)
        for e in result.events
        if e.object == "guard" and e.event in {"lock.acquired", "lock.released"}
    ]
    assert [event for event, _ in held] == ["lock.acquired", "lock.released"] * 3
    assert [thread for _, thread in held[::2]] == [thread for _, thread in held[1::2]]
    assert [event.data["value"] for event in of(result, "lock.read")] == [0, 1, 2]
    assert [event.data["value"] for event in of(result, "lock.written")] == [1, 2, 3]
    waits = of(result, "lock.waiting", object="guard")
    assert waits
    for waiting in waits:
        got = next(e for e in of(result, "lock.acquired", thread=waiting.thread, object="guard") if e.seq > waiting.seq)
        assert got.t > waiting.t


def test_prodcons_consumes_everything_in_order(runtime):
    """What each producer made is used, all of it, in its order, from a queue that never held more than ten."""
    result = only("prodcons", runtime)
    assert result.outcome["produced"] == result.outcome["consumed"] > 0
    made, used = defaultdict(list), defaultdict(list)
    for event in of(result, "prodcons.made"):
        made[event.thread].append((event.data["number"], event.data["value"]))
    for event in of(result, "prodcons.used"):
        used[event.data["producer"]].append((event.data["number"], event.data["value"]))
        assert 1 <= event.data["value"] <= 11
    assert {name: sorted(items) for name, items in used.items()} == made
    for consumer in ("consumer-1", "consumer-2"):
        for producer in made:
            numbers = [
                event.data["number"]
                for event in of(result, "prodcons.used", thread=consumer)
                if event.data["producer"] == producer
            ]
            assert numbers == sorted(numbers)
    assert max(event.data["size"] for event in of(result, "queue.put", object="pipeline")) <= 10
    for name in ("producer-1", "producer-2", "consumer-1", "consumer-2"):
        assert last_of(result, name) == "thread.finished"
    # Behind the last item, main puts a sentinel for each consumer, and both are taken.
    puts = of(result, "queue.put", object="pipeline")
    assert len(puts) == len(of(result, "queue.got", object="pipeline")) == result.outcome["produced"] + 2
    assert {event.thread for event in puts[-2:]} == {"MainThread"}
    assert seq(result, "event.set", object="stop") < puts[-2].seq


def test_event_only_ends_in_one_of_two_ways(runtime):
    """The naive stop passes or is a deadlock; hanging, it is found long before the timeout."""
    result = only("prodcons-event-only", runtime)
    assert result.verdict in {"passed", "deadlock"}
    if result.verdict == "deadlock":
        assert last_of(result, "consumer-1") == "queue.waiting"
        assert result.events[-1].t < 10e9


def test_threads_share_a_memory(runtime):
    """Main sees what threads wrote, and a thread that dies takes all with it."""
    threads, *_, together = results("memory-thread-vs-process", runtime)
    assert threads.outcome["seen_by_main"] == ["sub-1", "sub-2"]
    assert together.verdict == "crashed"
    assert together.as_expected


def test_processes_share_no_memory():
    """Main does not see what processes wrote, and a process dies alone."""
    _, processes, alone, _ = results("memory-thread-vs-process", "native")
    assert processes.outcome["done"] == ["sub-1", "sub-2"]
    assert processes.outcome["seen_by_main"] == []
    assert alone.outcome["died"] == ["sub-1"]
    assert alone.outcome["done"] == ["sub-2"]


def test_threads_and_processes_compute_the_same():
    """On threads and on processes the results are the same; only the workers differ."""
    threads, processes = results("process-vs-thread", "native")
    assert threads.outcome["results"] == processes.outcome["results"]
    assert all(name.startswith("worker") for name in threads.outcome["workers"].values())
    assert all(name.startswith("process ") for name in processes.outcome["workers"].values())


def test_io_vs_cpu_has_four_cases():
    """Computing and waiting are each done on threads and on processes, with the same results and both times told."""
    cases = results("io-vs-cpu", "native")
    assert len(cases) == 4
    assert len({tuple(case.outcome["results"]) for case in cases}) == 1
    assert {case.outcome["in_main_process"] for case in cases} == {True, False}
    for case in cases:
        assert case.outcome["wall"] > 0
        assert case.outcome["cpu"] > 0
