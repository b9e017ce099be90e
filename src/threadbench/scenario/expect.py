"""What a scenario demands of its runs: the tree of `expect:` goes in, an `Expect` comes out, which judges runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from ..errors import Diagnostic, Position, did_you_mean
from ..verdicts import RUN_VERDICTS, SEARCH_VERDICTS, RunVerdict, SearchVerdict
from .comparison import Comparison, comparisons, is_operators
from .nodes import Node, as_json, described, shortened

KEYS: Final = ("verdict", "checks", "outcome", "metrics", "pass_rate", "explore", "outcomes")
_NO_SAMPLES: Final = "no samples"


class Failure(msgspec.Struct, frozen=True):
    """One demand that was not met.

    Attributes:
        path: what was judged, as in `verdict`, `checks.everyone passed`, `outcome.lost`, `metrics.lock.wait.p95`.
        expected: as in `== 0`.
        got: as in `17`.
        position: where the demand is written; None for a default, or without a file.
        source: the line there, and `width` how many of its characters a caret marks.
    """

    path: str
    expected: str
    got: str
    position: Position | None = None
    source: str = ""
    width: int = 1

    def to_json(self) -> dict[str, Any]:
        """The failure as the event log's last line holds it."""
        return {**msgspec.structs.asdict(self), "position": self.position._asdict() if self.position else None}


class Demand(msgspec.Struct, frozen=True):
    """Comparisons of one value: the keys that lead to it, and what it must be."""

    keys: tuple[str, ...]
    comparisons: tuple[Comparison, ...]


class Expect(msgspec.Struct, frozen=True):
    """What must hold of a run; the names are those of the keys in `expect:`.

    Attributes:
        verdicts: the ends that were asked for; `verdict` and `all_checks` are where that is written, None by default.
        checks: what named checks must come to; all others must hold.
        pass_rate: of the repeats of one case; None where it is not judged.
        explore: the ends of a search that were asked for, and `search` where that is written.
        outcomes: what must hold of the outcome of every schedule.
    """

    verdicts: tuple[RunVerdict, ...] = ("passed",)
    verdict: Node | None = None
    all_checks: Node | None = None
    checks: tuple[tuple[str, bool, Node], ...] = ()
    outcome: tuple[Demand, ...] = ()
    metrics: tuple[Demand, ...] = ()
    pass_rate: tuple[Comparison, ...] | None = None
    explore: tuple[SearchVerdict, ...] = ("holds",)
    search: Node | None = None
    outcomes: tuple[Demand, ...] = ()

    def judge(
        self, verdict: RunVerdict, outcome: Any, checks: Mapping[str, bool], metrics: Mapping[str, float]
    ) -> tuple[Failure, ...]:
        """Everything that was asked for and did not come about.

        `verdict` is what ended the run, `passed` where it ended by itself. A run that was cut short has no outcome,
        and may not have come to state its checks: those that it did state are judged. Its metrics are judged where
        this end was asked for.
        """
        found = list(self._judged_checks(checks, ended=verdict == "passed"))
        if verdict == "passed":
            found += _judged("outcome", self.outcome, outcome, "nothing")
        if verdict in {"passed", *self.verdicts}:
            found += self._judged_metrics(metrics)
        come_to = "failed" if verdict == "passed" and found else verdict
        if come_to not in self.verdicts and not (come_to == "failed" and "passed" in self.verdicts):
            found.insert(0, _failure("verdict", " or ".join(self.verdicts), come_to, self.verdict))
        return tuple(found)

    def settle(self, verdict: RunVerdict, failures: tuple[Failure, ...]) -> tuple[RunVerdict, bool]:
        """The run's verdict after `judge`, and whether it is as expected: `failed` may be what was asked for."""
        if verdict == "passed" and any(failure.path != "verdict" for failure in failures):
            verdict = "failed"
        return verdict, verdict in self.verdicts and (verdict == "failed" or not failures)

    def judge_pass_rate(self, rate: float) -> tuple[Failure, ...]:
        """What was asked of the share of repeats that came to what was asked for, and did not come about."""
        return tuple(
            _failure("pass_rate", str(demanded), f"{rate:g}", demanded.node)
            for demanded in self.pass_rate or ()
            if not demanded.holds(rate)
        )

    def judge_schedule(self, checks: Mapping[str, bool]) -> tuple[Failure, ...]:
        """What the checks of a schedule that ended by itself should have come to, and did not.

        A check that is mapped to false is one that a run is to break. A search looks for the schedules that break it,
        and says so by its verdict: there it must hold like any other.
        """
        places = {name: node for name, _, node in self.checks}
        broken = [
            _failure(f"checks.{name}", "true", "false", places.get(name, self.all_checks))
            for name, ok in checks.items()
            if not ok
        ]
        missing = [
            _failure(f"checks.{name}", "true", _absent("not stated", name, checks), node)
            for name, node in places.items()
            if name not in checks
        ]
        return (*broken, *missing)

    def judge_outcomes(self, outcome: Any) -> tuple[Failure, ...]:
        """What was asked of the outcome of every schedule, and does not hold of this one."""
        return tuple(_judged("outcomes", self.outcomes, outcome, "nothing"))

    def judge_search(self, verdict: SearchVerdict) -> tuple[Failure, ...]:
        """Whether a search came to what was asked for."""
        if verdict in self.explore:
            return ()
        return (_failure("explore", " or ".join(self.explore), verdict, self.search),)

    def _judged_checks(self, checks: Mapping[str, bool], *, ended: bool) -> Iterator[Failure]:
        named = {name for name, _, _ in self.checks}
        for name, ok in checks.items():
            if not ok and name not in named:
                yield _failure(f"checks.{name}", "true", "false", self.all_checks)
        for name, wanted, node in self.checks:
            got = checks.get(name)
            if got is None:
                if ended:
                    yield _failure(f"checks.{name}", as_json(wanted), _absent("not stated", name, checks), node)
            elif got is not wanted:
                yield _failure(f"checks.{name}", as_json(wanted), as_json(got), node)

    def _judged_metrics(self, metrics: Mapping[str, float]) -> Iterator[Failure]:
        for demand in self.metrics:
            yield from _judged("metrics", (demand,), metrics, _NO_SAMPLES)


def expect_of(tree: Node, found: list[Diagnostic]) -> Expect:
    """The demands in the tree of `expect:`, or of nothing; what is no demand is a diagnostic."""
    values = tree.mapping
    for name, key in tree.keys.items():
        if name not in KEYS:
            hint = did_you_mean(name, KEYS) or f"known: {', '.join(KEYS)}"
            found.append(key.problem(f"unknown key '{name}'", hint))
    verdict, checks = values.get("verdict"), values.get("checks")
    return Expect(
        verdicts=_words(verdict, RUN_VERDICTS, found) if verdict else ("passed",),
        verdict=verdict,
        all_checks=checks,
        checks=tuple(_checks(checks, found)) if checks else (),
        outcome=tuple(_outcome(values["outcome"], (), found)) if "outcome" in values else (),
        metrics=tuple(_metrics(values["metrics"], found)) if "metrics" in values else (),
        pass_rate=_pass_rate(values["pass_rate"], found) if "pass_rate" in values else None,
        explore=_words(values["explore"], SEARCH_VERDICTS, found) if "explore" in values else ("holds",),
        search=values.get("explore"),
        outcomes=tuple(_outcome(values["outcomes"], (), found)) if "outcomes" in values else (),
    )


def _words(node: Node, known: tuple[Any, ...], found: list[Diagnostic]) -> tuple[Any, ...]:
    words = []
    for item in node.items if isinstance(node.value, list) else [node]:
        if item.value in known and isinstance(item.value, str):
            words.append(item.value)
        else:
            hint = did_you_mean(item.value, known) if isinstance(item.value, str) else None
            message = f"expected one of {', '.join(known)}, got {described(item.plain())}"
            found.append(item.problem(message, hint))
    if node.value == []:
        found.append(node.problem("expected at least one verdict, got an empty list"))
    return tuple(words)


def _checks(node: Node, found: list[Diagnostic]) -> Iterator[tuple[str, bool, Node]]:
    if not (node.value == "all" or isinstance(node.value, dict)):
        hint = did_you_mean(node.value, ["all"]) if isinstance(node.value, str) else None
        found.append(node.problem(f"expected all, or names to true or false, got {described(node.plain())}", hint))
    for name, wanted in node.mapping.items():
        if isinstance(wanted.value, bool):
            yield name, wanted.value, wanted
        else:
            found.append(wanted.problem(f"expected true or false, got {described(wanted.plain())}"))


def _outcome(node: Node, keys: tuple[str, ...], found: list[Diagnostic]) -> Iterator[Demand]:
    if isinstance(node.value, dict) and node.value and not is_operators(node):
        for name, below in node.value.items():
            yield from _outcome(below, (*keys, name), found)
    elif node.value == {}:
        yield Demand(keys, (Comparison("eq", {}, node),))
    else:
        yield Demand(keys, comparisons(node, found))


def _metrics(node: Node, found: list[Diagnostic]) -> Iterator[Demand]:
    if not isinstance(node.value, dict):
        found.append(node.problem(f"expected names of metrics to thresholds, got {described(node.plain())}"))
    for name, threshold in node.mapping.items():
        yield Demand((name,), comparisons(threshold, found, seconds=True))


def _pass_rate(node: Node, found: list[Diagnostic]) -> tuple[Comparison, ...]:
    demanded = comparisons(node, found)
    for comparison in demanded:
        ends = comparison.operand if isinstance(comparison.operand, list) else [comparison.operand]
        if not all(isinstance(end, int | float) and not isinstance(end, bool) and 0 <= end <= 1 for end in ends):
            message = f"a pass rate lies between 0 and 1, got {described(comparison.node.plain())}"
            found.append(comparison.node.problem(message))
    return demanded


def _judged(what: str, demands: tuple[Demand, ...], value: Any, nothing: str) -> list[Failure]:
    failures = []
    for demand in demands:
        path = ".".join((what, *demand.keys))
        there, got, absent = True, value, nothing
        for key in demand.keys:
            there = isinstance(got, Mapping) and key in got
            if not there:
                absent = _absent(nothing, key, got if isinstance(got, Mapping) else ())
                break
            got = got[key]
        for comparison in demand.comparisons:
            if not there:
                failures.append(_failure(path, str(comparison), absent, comparison.node))
            elif not comparison.holds(got):
                failures.append(_failure(path, str(comparison), _shown(got), comparison.node))
    return failures


def _absent(nothing: str, name: str, known: Iterable[Any]) -> str:
    """That something is not there, and what was probably meant."""
    meant = _meant(name, tuple(each for each in known if isinstance(each, str)))
    return f"{nothing}: {meant}" if meant else nothing


@lru_cache(maxsize=64)  # the same is asked of every schedule of a search
def _meant(name: str, known: tuple[str, ...]) -> str | None:
    return did_you_mean(name, known)


def _shown(value: Any) -> str:
    return shortened(as_json(value, ensure_ascii=False, default=repr), 200)


def _failure(path: str, expected: str, got: str, node: Node | None) -> Failure:
    if node is None or not node.position.line:
        return Failure(path, shortened(expected, 200), got)
    place = node.problem("")
    return Failure(path, shortened(expected, 200), got, place.position, place.source, place.width)
