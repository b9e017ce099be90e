"""The page of `bench --html`, from samples that are made up: what stands in it, and what its pictures show."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from pages_read import Page

from threadbench import Result
from threadbench.bench.documents import document
from threadbench.bench.measuring import Process
from threadbench.bench.order import PREFIX
from threadbench.bench.page import bench_page
from threadbench.bench.plan import Group, dimensions_of, groups_of
from threadbench.bench.report import Baseline, Measured, measured
from threadbench.bench.sampling import Sampled
from threadbench.bench.traced import Traced
from threadbench.lookup import Lookup
from threadbench.report.html.chart import Scale
from threadbench.results import Session

SESSION = Session("0.1.0", "3.13.0", "CPython", gil=True, cpus=2, platform="Linux x86_64", seed=1, total=1)
HOSTILE = "</script><script>window.ran = 1</script>\u202egnp"


class LogOnly:
    """What the documents ask of the result of a traced run."""

    log_path = "traced.jsonl"


def group(folder: Path, *varied: str) -> Group:
    """One case, varied."""
    path = folder / "pool.yaml"
    path.write_text("kind: pool\n", encoding="utf-8")
    dimensions = dimensions_of(varied)
    lookup = Lookup(tuple(each.override for each in dimensions))
    (found,) = groups_of(lookup.cases([str(path)], lookup.switches.registry()), dimensions, ())
    return found


def processes(time: float, seed: int, number: int = 20) -> tuple[Process, ...]:
    """Processes that take that long, give or take some hundredths."""
    draw = random.Random(seed)
    facts = {f"{PREFIX}cpu_time": 0.9 * time, f"{PREFIX}units": 4.0, f"{PREFIX}unit_name": "tasks"}
    facts |= {f"{PREFIX}peak_memory": 38_700_000.0, f"{PREFIX}voluntary_switches": 12.0}
    return tuple(
        Process(tuple(time * math.exp(draw.gauss(0, 0.04)) for _ in range(5)), (), {**facts, "loops": 8})
        for _ in range(number)
    )


def made(found: Group, times: Mapping[str, float], baseline: Baseline | None = None, number: int = 20) -> Measured:
    """The group with these times by label."""
    sampled = []
    for seed, variant in enumerate(found.variants):
        first, *rest = processes(times[variant.label], seed, number + 1)
        sampled.append(Sampled(variant, first, tuple(rest)))
    result = cast(Result, LogOnly())
    waits = {"future.wait.p50": 0.01, "future.wait.p95": 0.02, "future.wait.p99": 0.03, "future.wait.count": 4.0}
    traced = {variant.case.id: Traced(result, 0.2, waits) for variant in found.variants}
    return measured(found, sampled, traced, SESSION.cpus, baseline)


def amdahl(serial: float) -> dict[str, float]:
    return {f"workers={n}": 0.1 * (serial + (1 - serial) / n) for n in (1, 2, 4, 8)}


def page_of(*groups: Measured, **rest: Any) -> Page:
    text = bench_page(SESSION, groups, rest.pop("unfit", {}), rest.pop("notes", []), **rest)
    return Page(text)


def pictures(page: Page) -> list[str]:
    return [attributes["aria-label"] or "" for tag, attributes in page.elements if tag == "svg"]


def marks(page: Page, kind: str) -> int:
    return sum(attributes.get("class") == kind for _, attributes in page.elements)


def test_variants_have_a_table_and_pictures_that_say_the_same(tmp_path: Path) -> None:
    """Relative figures stand first; a comparison and the values of each variant are drawn, and told in words."""
    found = group(tmp_path, "params.executor=thread,process")
    page = page_of(made(found, {"executor=thread": 0.2, "executor=process": 0.1}))
    heads = page.visible.splitlines()
    assert heads.index("compared") < heads.index("time of a run")
    assert "x faster" in page.visible
    comparison, values = pictures(page)
    assert "executor=process: 1.9" in comparison
    assert "executor=thread: median 199ms" in values
    assert "executor=process: median 100ms" in values
    assert marks(page, "sample") == 200
    assert marks(page, "median") == 2
    assert "future.wait" in page.visible


def test_a_scaling_curve_has_its_ideal_its_law_and_the_interval_of_it(tmp_path: Path) -> None:
    """Points with intervals, the line in proportion, the fitted curve, solid as far as it was fitted, and its band."""
    page = page_of(made(group(tmp_path, "params.workers=1,2,4,8"), amdahl(0.3)))
    (curve,) = [each for each in pictures(page) if each.startswith("Speed-up")]
    assert "Amdahl's law: serial fraction" in curve
    assert [marks(page, kind) for kind in ("ideal", "law", "law beyond", "band", "cpus")] == [1] * 5
    assert "95 %" in page.visible


def test_a_law_that_does_not_hold_is_not_drawn(tmp_path: Path) -> None:
    """Where more workers take longer there are points and no curve, and the page says why."""
    slower = {f"workers={n}": 0.1 * n for n in (1, 2, 4, 8)}
    page = page_of(made(group(tmp_path, "params.workers=1,2,4,8"), slower))
    assert marks(page, "law") == marks(page, "band") == 0
    assert "Amdahl's law does not hold" in page.visible


def test_what_became_slower_is_the_title_s_verdict(tmp_path: Path) -> None:
    """A baseline has a picture, a sentence with the judgement, and a verdict for the page."""
    found = group(tmp_path)
    then = Baseline({found.reference.name: processes(0.05, 99)}, 0.03, 0.01)
    page = page_of(made(found, {"": 0.1}, then))
    assert "1 slower than the baseline" in page.visible
    assert any(label.startswith("How many times as fast as the baseline. now: slower") for label in pictures(page))
    page = page_of(made(found, {"": 0.05}, then))
    assert "not slower than the baseline" in page.visible


@pytest.mark.parametrize("number", [1, 2])
def test_too_few_samples_are_a_page_all_the_same(tmp_path: Path, number: int) -> None:
    """Without intervals the points stand alone, and it is said that the samples are too few."""
    page = page_of(made(group(tmp_path, "params.workers=1,2,4,8"), amdahl(0.3), number=number))
    assert "samples too few" in page.visible
    assert marks(page, "interval") == marks(page, "band") == 0


def test_what_was_not_measured_is_named(tmp_path: Path) -> None:
    """Cases without figures stand with their reasons; a page of nothing else is one too."""
    page = page_of(unfit={"a.yaml::a": "deadlock: only what ends by itself can be timed"}, notes=["busy"])
    assert "1 not measured" in page.visible
    assert "only what ends by itself" in page.visible
    assert not pictures(page)
    assert "Interrupted" in page_of(interrupted=True).visible


def test_hostile_texts_are_text(tmp_path: Path) -> None:
    """Whatever a case is called, it is neither element nor attribute, and turns no direction of writing."""
    found = made(group(tmp_path), {"": 0.1})
    page = page_of(found, unfit={HOSTILE: HOSTILE}, notes=[HOSTILE])
    assert sum(tag == "script" for tag, _ in page.elements) == 2
    assert "\u202e" not in page.visible
    assert "window.ran" in page.visible


def test_pages_ask_for_nothing(tmp_path: Path) -> None:
    """No element names anything outside, and no style stands in an attribute, which the policy forbids."""
    page = page_of(made(group(tmp_path, "params.workers=1,2,4,8"), amdahl(0.1)))
    named = {name for _, attributes in page.elements for name in attributes}
    assert not named & {"src", "style", "xlink:href", "onclick"}
    assert all((a.get("href") or "#").startswith("#") for _, a in page.elements)


def test_the_page_says_what_the_document_does(tmp_path: Path) -> None:
    """Metrics of waits, CPU time, memory and switches are in both."""
    found = made(group(tmp_path), {"": 0.1})
    (variant,) = document(SESSION, [found], {}, [], interrupted=False, exit_code=0)["groups"][0]["variants"]
    assert variant["traced"]["metrics"]["future.wait.p99"] == 0.03
    figures = variant["figures"]
    assert (figures["memory"], figures["waits"], figures["unit"]) == (38_700_000.0, 12.0, "tasks")
    visible = page_of(found).visible
    for shown in ("38.7 MB", "12 + 0", "90ms", "30ms", "tasks/s"):
        assert shown in visible


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.1), (0.011, 0.9), (1e-7, 3e3), (5.0, 5.0001), (0.0, 8.0)])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_ticks_are_few_and_within(low: float, high: float, logarithmic: bool) -> None:
    """Whatever the scale: some ticks, at most twice as many as asked for, in order and between its ends."""
    if logarithmic and not low:
        return
    scale = Scale(low, high, 0, 100, logarithmic)
    ticks = scale.ticks(6)
    assert 1 <= len(ticks) <= 12
    assert ticks == sorted(ticks)
    assert all(-1 <= scale(tick) <= 101 for tick in ticks)
