"""A daemon thread works in the background and ends with its main: at once, wherever it happens to be.

An ordinary thread keeps its program alive: when main has returned, Python waits for it. A thread made with
`daemon=True` is not waited for. When main and all ordinary threads are done, daemons are cut off in the middle of
whatever they do: no `finally`, no flush, no last word.

    daemon       main ── works ── returns ┤ end of the program
                 background ∿ save ∿ save ┘ cut off

    not daemon   main ── works ── returns ┄┄┄┄┄ waited for ┄┄┄┄┄┤ end of the program
                 background ∿ save ∿ save ∿ save ∿ save ∿ save ─┘

That suits work which only matters while the program runs, and may stop between any two steps: an autosave, a
heartbeat, a cache that is refreshed. It does not suit what must be completed.
In the event log an ordinary thread ends with `thread.finished`; a daemon that was cut off has no such line.
"""

import threading
import time
from collections.abc import Iterator

from pydantic import Field

from threadbench import Duration, Params, Run, Workload, hookimpl, workload


class DaemonParams(Params, use_attribute_docstrings=False):
    """Who works in the background, and for how long."""

    daemon: bool = Field(True, description="true: the background thread ends with main; false: it is waited for")
    rounds: int = Field(20, ge=1, description="how often the background thread saves before it is done by itself")
    pause: Duration = Field(0.05, description="time that the background thread rests after each save")
    main_for: Duration = Field(0.1, description="how long main works before it returns")


@workload("daemon", params=DaemonParams)
def daemon(run: Run, params: DaemonParams) -> dict[str, bool]:
    """A background thread saves now and then while main works; main returns first."""

    def autosave() -> None:
        for number in range(1, params.rounds + 1):
            run.emit("saved", number=number)
            time.sleep(params.pause)

    background = threading.Thread(target=autosave, name="background", daemon=params.daemon)
    background.start()
    time.sleep(params.main_for)

    # Main does not join: whether the thread is waited for from here on is what `daemon` decides.
    at_work = background.is_alive()
    run.emit("main_returns", background_at_work=at_work)
    return {"daemon": params.daemon, "background_at_work": at_work}


@hookimpl
def threadbench_workloads() -> Iterator[Workload]:
    """Provide the kind `daemon`."""
    yield daemon
