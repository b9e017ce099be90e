"""Programs that do something else after the same choices: a search says so, and what is not the same."""

from __future__ import annotations

import os
from typing import Any

import pytest

import threadbench
from threadbench.runtime.virtual.threads import here


class Seen:
    """What both threads write to."""

    def __init__(self) -> None:
        self.count = 0


def asked(seen: Seen) -> None:
    """Ask for a number in every other schedule: the environment is not put back."""
    scheduler = here()
    assert scheduler is not None
    turn = int(os.environ["TURN"])
    os.environ["TURN"] = str(turn + 1)
    if turn // 2 % 2:
        scheduler.choose_number(3)
    seen.count += 1


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        ("0", "a number below 3 is chosen, where it was who goes on before"),
        ("2", "who goes on is chosen, where it was a number below 3 before"),
    ],
)
def test_a_number_that_is_asked_for_in_some_schedules_alone(turn: str, told: str, monkeypatch: Any) -> None:
    """It is no crash of a thread, nor an error of ours."""
    monkeypatch.setenv("TURN", turn)
    found = threadbench.explore(Seen, [asked, asked], strategy="dpor", stop_on_first=False)
    assert found.verdict == "inconclusive"
    assert found.reason == f"what is explored is non-deterministic: after the same choices {told}"
