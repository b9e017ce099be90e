"""What is called slower, on processes whose machine is made up: quiet, busy, another one."""

from __future__ import annotations

import math
import random

import pytest
from machines import processes

from threadbench.bench.judgement import KEPT_OFF, OTHER_LOAD, TOO_FEW, TOO_WIDE, Change, change
from threadbench.bench.measuring import Process
from threadbench.bench.order import PREFIX
from threadbench.bench.tables import changed


def called(first: list[Process], second: list[Process]) -> Change:
    return change(first, second, threshold=0.05, significance=0.01)


@pytest.mark.parametrize("available", [1.0, 0.4])
def test_a_tenth_more_is_called_and_no_change_is_not(available: float) -> None:
    """On a quiet machine and on one that is busy in bursts: 19 of 20 at least, and 1 of 20 at most."""
    found = false = 0
    for seed in range(20):
        before = processes(seed, available=available)
        found += called(before, processes(seed + 100, time=0.11, available=available)).judgement == "slower"
        false += called(before, processes(seed + 200, available=available)).judgement != "no change"
    assert (found >= 19, false <= 1) == (True, True)


def test_a_slower_machine_is_no_slower_case() -> None:
    """What computes by half as much again is the machine's, where the yardstick takes that too; and a gain is seen."""
    assert called(processes(1), processes(2, slowness=1.5)).judgement == "no change"
    assert called(processes(1), processes(2, slowness=1.5)).machine == pytest.approx(1.5, rel=0.1)
    assert called(processes(1), processes(2, slowness=1.5, time=0.12)).judgement == "slower"
    assert called(processes(1), processes(2, slowness=1.5, time=0.08)).judgement == "faster"


def test_a_sleep_is_not_allowed_a_slower_machine() -> None:
    """What waits takes as long on any machine: a longer wait is called on a slower one, and none on a busy one."""
    waiting = {"computing": 0.02}
    assert called(processes(1, **waiting), processes(2, slowness=1.5, **waiting)).judgement == "no change"
    assert called(processes(1, **waiting), processes(2, slowness=1.5, time=0.12, **waiting)).judgement == "slower"
    busy = called(processes(1, **waiting), processes(2, available=0.4, **waiting))
    assert (busy.judgement, busy.by) == ("no change", "time")


def test_a_busy_machine_is_judged_by_cpu_time() -> None:
    """What computes there is compared by what it used, and that is said."""
    assert called(processes(1), processes(2)).by == "time"
    assert called(processes(1, available=0.4), processes(2, available=0.4)).by == "CPU time"


def test_another_interpreter_is_no_measure_of_the_machine() -> None:
    """The yardstick is Python too: between versions nothing is allowed for, and times are compared as they are."""
    found = called(processes(1), processes(2, slowness=1.5, version="3.12.0"))
    assert (found.judgement, found.machine) == ("slower", None)


def test_little_and_few_are_not_called() -> None:
    """A difference below the threshold is none, however sure; three processes cannot be sure of anything."""
    assert called(processes(1), processes(2, time=0.103)).judgement == "no change"
    assert called(processes(1, number=3), processes(2, time=0.2, number=3)).judgement == "unclear"


def test_times_that_scatter_much_more_than_cpu_times_are_not_judged_by() -> None:
    """Where others take the CPU in bursts that miss the yardstick, in both samples; in one it is the case's waiting."""

    def with_bursts(seed: int, **rest: float) -> list[Process]:
        draw = random.Random(seed)
        made = []
        for process in processes(seed, **rest):
            longer = math.exp(abs(draw.gauss(0, 1)))
            facts = {**process.metadata, PREFIX + "time_in_yards": process.number("time_in_yards") * longer}
            made.append(Process(tuple(value * longer for value in process.values), (), facts))
        return made

    assert called(with_bursts(1), with_bursts(2)).by == "CPU time"
    assert called(with_bursts(1), with_bursts(2)).judgement == "no change"
    assert called(with_bursts(1), with_bursts(2, time=0.11)).judgement == "slower"
    assert called(processes(1), with_bursts(2)).by == "time"
    assert called(processes(1), with_bursts(2)).judgement == "slower"


def test_no_change_is_not_called_where_a_change_would_not_be_seen() -> None:
    """An interval that reaches beyond twice the threshold says nothing, and the answer is what would."""
    few = {"number": 6, "available": 0.4}
    wide = change(processes(1, **few), processes(2, **few), threshold=0.01, significance=0.01)
    assert (wide.judgement, wide.doubt) == ("unclear", TOO_WIDE)
    assert changed(wide).endswith(f"x the CPU time of the baseline, {TOO_WIDE}")
    many = {"number": 60, "available": 0.4}
    narrow = change(processes(1, **many), processes(2, **many), threshold=0.03, significance=0.01)
    assert (narrow.judgement, narrow.doubt) == ("no change", "")
    assert called(processes(1, number=3), processes(2, number=3)).doubt == TOO_FEW


def kept_from_cpus(processes: list[Process], times: float, costs: float = 1.0) -> list[Process]:
    """The same on a machine whose neighbours leave a CPU for so much less of the time, and its caches cold."""
    made = []
    for process in processes:
        facts = dict(process.metadata)
        for name in ("cpu_time", "cpu_time_in_yards"):
            facts[PREFIX + name] = process.number(name) * costs
        facts[PREFIX + "yard_share"] = process.number("yard_share") / times
        facts[PREFIX + "time_in_yards"] = process.number("time_in_yards") * times
        made.append(Process(tuple(value * times for value in process.values), (), facts))
    return made


def test_neighbours_that_leave_caches_cold_are_no_slower_case() -> None:
    """CPU time grows by some hundredths where others run in between; that is allowed for, and what is not sure is
    unclear.
    """
    before = processes(1, number=40)
    colder = kept_from_cpus(processes(2, number=40), 4, costs=1.04)
    assert called(before, colder).judgement == called(colder, before).judgement == "no change"
    assert called(before, colder).ratio.centre == pytest.approx(1.0, abs=0.01)
    assert called(before, colder).allowed == pytest.approx(math.exp(0.025 * math.log(4)), rel=0.01)
    assert called(before, kept_from_cpus(processes(2, time=0.12), 4, costs=1.04)).judgement == "slower"
    assert called(colder, kept_from_cpus(processes(3, time=0.11, number=40), 4, costs=1.04)).judgement == "slower"
    far = change(before, kept_from_cpus(processes(2, number=40), 16), threshold=0.05, significance=0.01)
    assert (far.judgement, far.doubt) == ("unclear", OTHER_LOAD)


def test_threads_that_hand_things_over_are_less_sure_at_another_load() -> None:
    """They wait for each other less often where they share a CPU: that they take less is no gain, nor more a loss."""

    def handing(processes: list[Process]) -> list[Process]:
        often = {PREFIX + "voluntary_switches": 5e3}
        return [Process(each.values, (), {**each.metadata, **often}) for each in processes]

    before = handing(processes(1, number=40))
    sharing = handing(kept_from_cpus(processes(2, number=40), 4, costs=0.9))
    assert called(before, sharing).judgement == called(sharing, before).judgement == "unclear"
    assert called(before, handing(processes(2, time=0.09))).judgement == "faster"


def test_what_computes_is_known_where_it_is_hardly_let() -> None:
    """On a machine that gives the yardstick a CPU far more often than the case, its best turns say that it computes."""
    before, after = (kept_from_cpus(processes(seed, time=time), 8) for seed, time in ((1, 0.1), (2, 0.11)))
    shielded = [
        [Process(each.values, (), {**each.metadata, PREFIX + "yard_share": 0.8}) for each in side]
        for side in (before, after)
    ]
    assert (called(*shielded).judgement, called(*shielded).by) == ("slower", "CPU time")


def test_longer_waits_are_never_called_no_change_on_a_busy_machine() -> None:
    """There CPU times cannot show them; that even the best turns have a CPU for less of their time can."""
    before = processes(1, available=0.4)
    waiting = processes(2, available=0.4, time=0.125, computing=0.8)
    told = called(before, waiting)
    assert (told.by, told.judgement, told.doubt) == ("CPU time", "unclear", KEPT_OFF)
    assert called(before, processes(2, available=0.4)).judgement == "no change"
    quiet = called(processes(1), processes(2, time=0.125, computing=0.8))
    assert (quiet.by, quiet.judgement) == ("time", "slower")
