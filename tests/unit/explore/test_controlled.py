"""Each row of `docs/controlled.md` that claims control has a program, whose search comes to its ends and no other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import controlled_language
import controlled_library
import pytest

import threadbench

PROGRAMS = [*controlled_library.PROGRAMS, *controlled_language.PROGRAMS]
HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "controlled.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1] for row in re.findall(r"^\| (.+?) \| (yes|partly|no) \|", PAGE, re.MULTILINE)}


def search(program: Any, strategy: str, schedules: int) -> tuple[set[str], threadbench.Found]:
    """The distinct ends of a program, as JSON."""
    found = threadbench.explore(
        program,
        [getattr(program, name) for name in ("one", "two", "three") if hasattr(program, name)],
        outcome=program.outcome,
        strategy=strategy,
        model=program.model,
        max_schedules=schedules,
        time_limit=60,
        stop_on_first=False,
    )
    return {json.dumps(end.value if end.cause == "finished" else end.cause) for end in found.outcomes}, found


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(
            program,
            marks=pytest.mark.xfail(reason=f"{program.row}: {program.missed}", raises=BaseException)
            if program.missed
            else (),
            id=program.__name__,
        )
        for program in PROGRAMS
    ],
)
def test_a_reduced_search_comes_to_every_end(program: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """The ends that can be are those that are met, and the search knows that there are no others."""
    ends, found = search(program, "dpor", 10_000)
    assert ends == {json.dumps(end) for end in program.ends}
    assert found.exhaustive or "livelock" in program.ends


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_samples_come_to_no_other_end(program: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """What a sampled search meets is among what the reduction claims to be all; also where that misses some."""
    ends, _ = search(program, "random", 300)
    if program is not controlled_library.Count:  # its counts are wrong under any strategy
        assert ends <= {json.dumps(end) for end in program.ends}


def test_the_page_and_the_programs_agree() -> None:
    """Each row that claims control has a program that shows it, each program a row, and no row claims too much."""
    shown = {program.row for program in PROGRAMS if not program.missed}
    missed = {program.row for program in PROGRAMS if program.missed}
    assert {program.row for program in PROGRAMS} <= set(ROWS)
    assert {row for row, claim in ROWS.items() if claim != "no"} <= shown
    assert {row for row in missed if ROWS[row] == "yes"} == set()


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("Socket", "in one"),
        ("Pipe", "in one"),
        ("ProcessLock", "multiprocessing/synchronize.py"),
        ("Asyncio", "selectors.py"),
        ("Endless", "in spin"),
        ("Foreign", "in pause"),
    ],
)
def test_what_cannot_be_controlled_is_told(name: str, where: str, tmp_path: Path) -> None:
    """The command comes to an end, says that it does not know, and which line has not come to a point."""
    path = tmp_path / "blocks.yaml"
    path.write_text(
        f"kind: code\ntimeout: 1s\nparams:\n  path: [{json.dumps(str(HERE))}]\n  setup: blocking:{name}\n"
        f"  threads:\n    - {{call: blocking:{name}.one}}\n    - {{call: blocking:{name}.two}}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "threadbench", "explore", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert done.returncode == 6, done.stdout + done.stderr
    assert "INCONCLUSIVE" in done.stdout
    assert "has not come to a point for" in done.stdout
    assert where in done.stdout
    assert "cannot be controlled" in done.stdout


@pytest.mark.parametrize("name", ["Child", "Command", "Signal", "Disk"])
def test_what_ends_by_itself_is_one_step(name: str) -> None:
    """Processes, signals and files are real: what they do is done when the call returns."""
    import blocking

    program = getattr(blocking, name)
    found = threadbench.explore(program, [program.one], outcome=program.outcome)
    assert (found.verdict, found.exhaustive, found.schedules) == ("holds", True, 1)
    assert found.outcomes[0].value == "done"


def test_chance_that_decides_what_is_done_is_named() -> None:
    """Where the same choices lead elsewhere, the search does not say that it holds."""
    import blocking

    found = threadbench.explore(blocking.Leak, [blocking.Leak.one, blocking.Leak.one], strategy="dpor")
    assert found.verdict == "inconclusive"
    assert found.reason is not None
    assert "after the same choices" in found.reason or "was possible here before" in found.reason
