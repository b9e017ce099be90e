"""Rules about what a kind does: it is run on both runtimes, several times, and its logs are compared."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..engine import Options, run_cases
from ..events.vocabulary import EVENT_IDS
from ..runtime.native.handle import NAME
from .listening import ADDED, listen, not_json
from .only import case_of, importable
from .rules import Finding
from .targets import place_of
from .watched import left_by, watched

if TYPE_CHECKING:
    from ..plugins import Workload
    from ..results import Result

SEEDS: Final = 3
"""How many schedules of virtual threads are looked at for the words of a kind, and again where they differ."""


class Trial(msgspec.Struct):
    """How a kind is tried."""

    workload: Workload
    params: Mapping[str, Any]
    folder: Path
    seed: int
    timeout: float

    @property
    def kind(self) -> str:
        """As messages begin."""
        return f"kind '{self.workload.kind}'"

    def found(self, rule: str, message: str, cure: str, place: str | None = None) -> Finding:
        """A finding about this kind."""
        return Finding(rule, self.kind, message, cure, place or place_of(self.workload.function))

    def run(self, *runs: tuple[str, int]) -> list[Result]:
        """Run on these runtimes with these seeds, in processes of their own where one could import the workload."""
        apart = importable(self.workload)
        native = watched(self.workload, self.note) if apart else self.workload
        cases = [
            case_of(native if name == "native" else self.workload, self.params, name, seed=seed, timeout=self.timeout)
            for name, seed in runs
        ]
        folder = self.folder / uuid.uuid4().hex
        options = Options(events=str(folder / "log.jsonl" if len(cases) == 1 else folder), isolate=apart)
        return [result for case in run_cases(cases, options).cases for result in case.results]

    @property
    def note(self) -> str:
        """Where a run that is watched tells what it leaves behind."""
        return str(self.folder / "left.json")


def of_the_runs(trial: Trial) -> Iterator[Finding]:
    """Everything that running the kind shows."""
    heard = list(_inside(trial))
    yield from heard
    misnamed = any(finding.rule == "event-names" for finding in heard)
    native, *virtual = trial.run(("native", trial.seed), *(("virtual", trial.seed + n) for n in range(SEEDS)))
    ended = True
    for rule, result in (("runs-native", native), ("runs-virtual", virtual[0])):
        if result.closing["cause"] in {"returned", "deadlock", "livelock"}:
            continue
        ended = False
        if not (misnamed and result.verdict == "crashed" and "event name" in (result.reason or "")):
            cure = "let it end by itself with its defaults; or show how with an example in the params' JSON Schema"
            yield trial.found(rule, f"the run ended as {result.verdict}: {result.reason}", cure, _place(result))
    yield from _left_behind(trial, native)
    if ended:
        yield from _words(trial, native, virtual)
        (again,) = trial.run(("virtual", trial.seed))
        yield from _compared(trial, virtual[0], again)


def _inside(trial: Trial) -> Iterator[Finding]:
    """What is heard from inside: names, the outcome as an object, and whether an exception comes out."""
    how: dict[str, Any] = {"folder": trial.folder, "seed": trial.seed, "timeout": trial.timeout}
    heard, _ = listen(trial.workload, trial.params, **how)
    for name, place in heard.events.items():
        if not (isinstance(name, str) and NAME.fullmatch(name)):
            message = f"it emits {name!r}; expected lower-case words joined by dots or underscores"
            yield trial.found("event-names", message, "write a name such as 'item.taken'", place)
    for name, places in heard.checks.items():
        if not (isinstance(name, str) and name.strip() and name.isprintable()):
            yield trial.found("check-names", f"it states a check named {name!r}", "say what has to hold", min(places))
        elif len(places) > 1:
            message = f"check '{name}' is stated in {len(places)} places: {', '.join(sorted(places))}"
            yield trial.found("check-names", message, "give each of them a name of its own", min(places))
    wrong = not_json(heard.outcome) if heard.returned else None
    if wrong:
        yield trial.found("outcome-json", wrong, "return mappings, sorted lists, texts and numbers")
    if heard.returned and heard.checks:
        told, result = listen(trial.workload, trial.params, **how, refuse=True)
        if told.added and result.closing["cause"] == "returned":
            message = f"an exception that run.check raised ({ADDED}) was swallowed: the run ended as {result.verdict}"
            cure = "let exceptions out, or catch those alone that you expect"
            yield trial.found("errors-surface", message, cure, told.added)


def _words(trial: Trial, native: Result, virtual: Sequence[Result]) -> Iterator[Finding]:
    """Own events and checks: none on native threads that no schedule has, none in all schedules that native threads
    have not. What is in some schedules only depends on who was first; so does what is in some native runs, and where
    they differ there are more of both before anything is said.
    """
    there, each = _own(trial, native), [_own(trial, result) for result in virtual]
    if there.difference(*each) or each[0].intersection(*each) - there:
        seeds = range(trial.seed + SEEDS, trial.seed + 2 * SEEDS)
        more = trial.run(*(("native", seed) for seed in seeds), *(("virtual", seed) for seed in seeds))
        there = there.union(*(_own(trial, result) for result in more[:SEEDS]))
        each += [_own(trial, result) for result in more[SEEDS:]]
    cure = "emit and check the same on both; `run.runtime` is for what nobody sees"
    for name in sorted(there.difference(*each)):
        message = f"{name} is there on native threads, and in none of {len(each)} schedules of virtual ones"
        yield trial.found("same-words", message, cure)
    for name in sorted(each[0].intersection(*each) - there):
        message = f"{name} is there in all of {len(each)} schedules of virtual threads, and not on native ones"
        yield trial.found("same-words", message, cure)


def _own(trial: Trial, result: Result) -> set[str]:
    """What the kind says itself: of a kind 'semaphore', no event of semaphores, which anybody's have."""
    own = {event.event for event in result.events if event.event.startswith(f"{trial.workload.kind}.")}
    return {f"event '{name}'" for name in own - EVENT_IDS.keys()} | {f"check '{name}'" for name in result.checks}


def _compared(trial: Trial, first: Result, second: Result) -> Iterator[Finding]:
    """Two logs of one seed, but for the wall clock in their first and last lines."""
    texts = [Path(result.log_path).read_bytes() for result in (first, second)]
    if not importable(trial.workload):  # in one process objects are numbered on from run to run
        texts = [re.sub(rb"#[0-9]+", b"#", text) for text in texts]
    lines = [text.splitlines() for text in texts]
    for one, other in zip(lines[0][1:-1], lines[1][1:-1], strict=False):
        if one != other:
            shown = f"{one.decode(errors='replace')[:160]} / {other.decode(errors='replace')[:160]}"
            break
    else:
        pairs = [(first.verdict, second.verdict), (first.outcome, second.outcome), (first.checks, second.checks)]
        shown = next((f"{one} / {other}" for one, other in pairs if one != other), "")
        if not shown and len(lines[0]) != len(lines[1]):
            shown = f"{len(lines[0])} lines / {len(lines[1])} lines"
    if shown:
        message = f"two runs with seed {trial.seed} differ: {shown}"
        cure = "use run.rng and run.choose for chance, and no order of sets, addresses or the wall clock"
        yield trial.found("deterministic", message, cure)


def _left_behind(trial: Trial, native: Result) -> Iterator[Finding]:
    """Threads and processes that outlive the workload."""
    cure = "end it before the workload returns: an event and a join; a process is waited for"
    if native.closing["cause"] == "returned":
        over: set[str | None] = set()
        started: dict[str | None, str | None] = {}
        main_is_over = False
        for event in native.events:
            if event.event == "thread.started":
                started[event.thread] = event.at
            if event.event == "thread.finished":
                main_is_over = main_is_over or event.thread == "MainThread"
                over |= set() if main_is_over and event.thread != "MainThread" else {event.thread}
        for name in [name for name in started if name not in over]:
            yield trial.found("threads-end", f"thread '{name}' is still there when it is over", cure, started[name])
    for command in left_by(trial.note):
        yield trial.found("threads-end", f"a process that it started is still there when it is over: {command}", cure)


def _place(result: Result) -> str | None:
    crash = result.closing.get("crash") or {}
    return crash.get("at")
