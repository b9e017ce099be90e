"""Kinds for the tests of scenario files, and how a test loads a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from threadbench.errors import PluginError, ScenarioError
from threadbench.plugins.workload import Duration, Params, Run, Workload, workload
from threadbench.scenario import Case, load_cases
from threadbench.strategies import STRATEGIES, Provided

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from threadbench.errors import Diagnostic


class Call(Params):
    """One call."""

    call: str = Field(description="what is called", pattern="^[a-z]+:[a-z]+$")
    count: int = Field(1, ge=1, description="how often")


class RaceParams(Params):
    """Params of many types."""

    workers: int = Field(2, ge=1, le=100, description="how many threads")
    updates: int = Field(3, description="how many updates")
    pause: Duration = Field(0.1, description="time between read and write")
    style: Literal["with", "acquire"] = Field("with", description="how the lock is taken")
    fair: bool = Field(True, description="whether turns are taken")
    ratio: float = Field(0.5, description="a share")
    label: str = Field("", max_length=20, description="a text")
    steps: list[int] | int = Field(1, description="one or several")
    calls: list[Call] = Field([], description="what is called")
    limits: dict[str, int] = Field({}, description="names to numbers")
    maybe: int | None = Field(None, description="a number or nothing")

    @field_validator("label")
    @classmethod
    def _label(cls, label: str) -> str:
        if label == "bad":
            raise ValueError("this label is not accepted")
        return label

    @model_validator(mode="after")
    def _fits(self) -> RaceParams:
        if self.workers == 99:
            raise ValueError("99 workers are not possible")
        return self


class FragileParams(Params):
    """Params whose validator is broken."""

    size: int = Field(1, description="a number")

    @field_validator("size")
    @classmethod
    def _size(cls, size: int) -> int:
        raise KeyError(size)


@workload("race", params=RaceParams)
def race(run: Run, params: RaceParams) -> dict[str, int]:
    """Workers race."""
    return {"lost": 0}


@workload("lock")
def lock(run: Run, params: Params) -> None:
    """Nothing to set."""


@workload("fragile", params=FragileParams)
def fragile(run: Run, params: FragileParams) -> None:
    """Its params cannot be validated."""


class FakeKinds:
    """`race`, `lock` and `fragile` work; the plugin of `broken` cannot be used."""

    workloads = (race, lock, fragile)

    def names(self) -> Sequence[str]:
        return [each.kind for each in self.workloads]

    def workload(self, kind: str) -> Workload:
        if kind == "broken":
            raise PluginError("kind 'broken' is provided by a plugin that cannot be imported")
        for each in self.workloads:
            if each.kind == kind:
                return each
        raise LookupError(kind)

    def strategies(self) -> Sequence[str]:
        return [*STRATEGIES, "mine"]

    def strategy(self, name: str) -> Provided:
        if name == "broken":
            raise PluginError("strategy 'broken' is provided by a plugin that cannot be imported")
        if name == "mine":
            return Provided(name, "strategy 'mine' of a fake", lambda seed: seed)
        raise LookupError("no plugin provides it")


def load(folder: Path, text: str, **options: Any) -> list[Case]:
    """The cases of a file `race.yaml` with this text."""
    file = folder / "race.yaml"
    file.write_bytes(text.encode())
    return load_cases([str(file)], FakeKinds(), **options)


def one(folder: Path, text: str, **options: Any) -> Case:
    """The only case of a file with this text."""
    (case,) = load(folder, text, **options)
    return case


def complaints(folder: Path, text: str, **options: Any) -> list[Diagnostic]:
    """All diagnostics of a file with this text."""
    try:
        load(folder, text, **options)
    except ScenarioError as error:
        return list(error.diagnostics)
    raise AssertionError("nothing is wrong with it")


def complaint(folder: Path, text: str, **options: Any) -> tuple[int, int, str, str | None]:
    """Line, column, message and hint of the only diagnostic of a file with this text."""
    (found,) = complaints(folder, text, **options)
    return found.position.line, found.position.column, found.message, found.hint
