"""The envelope of a scenario: what all kinds have in common, as pydantic models; the field texts are documentation."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..plugins.workload import Duration  # noqa: TC001 - pydantic reads it

DEFAULT_TIMEOUT: Final = 30.0
MAX_TIMEOUT: Final = 7 * 24 * 3600.0

# A name is part of the case's id, which is printed in one line and pasted back.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\s,]+$")]


class Exploration(BaseModel):
    """How interleavings are searched."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    strategy: Annotated[str, Field(min_length=1)] = "auto"
    """What picks the next choice."""
    max_schedules: Annotated[int, Field(ge=1)] = 10_000
    """How many schedules are run at most."""
    time_limit: Annotated[Duration, Field(gt=0, le=MAX_TIMEOUT)] = 60.0
    """How long the search goes on at most."""
    time: Literal["adversarial", "ordered"] = "adversarial"
    """Whether sleeps and timeouts may end in any order, or in the order of their length."""


class Scenario(BaseModel):
    """One scenario: a kind, its params, how to run it, what to expect.

    Raises:
        pydantic.ValidationError: made in Python with a value that does not fit; files report `ScenarioError` instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    version: Literal[1] = 1
    """Version of the file format."""
    name: Name | None = None
    """What ids and reports call it; by default the file's name, with `-1`, `-2` … where a file holds several."""
    kind: str
    """The workload that is run, as listed by `threadbench kinds`."""
    description: str | None = None
    """What this shows."""
    tags: tuple[Tag, ...] = ()
    """Words to select by: `-t WORD`."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The kind's own params; each has a default."""
    runtime: Literal["native", "virtual"] = "native"
    """Where threads live: on the operating system, or where every switch is controlled."""
    model: Literal["sync", "gil", "free-threaded"] = "free-threaded"
    """For exploration, where another thread may be scheduled: at synchronisation only, where CPython with a GIL
    switches, or between any two shared accesses."""
    explore: Exploration = Exploration()
    """For exploration, how interleavings are searched."""
    seed: Annotated[int, Field(ge=0, lt=2**64)] | None = None
    """What fixes every random choice; by default a new one, which is printed."""
    timeout: Annotated[Duration, Field(gt=0, le=MAX_TIMEOUT)] = DEFAULT_TIMEOUT
    """Wall time of one run, until its last non-daemon thread has ended."""
    repeat: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """How often each case is run; `expect.pass_rate` judges all of them."""
    matrix: dict[str, Any] = Field(default_factory=dict)
    """Params to lists of values: each combination is a case of its own; `exclude` lists combinations to leave out,
    partial ones too."""
    expect: dict[str, Any] = Field(default_factory=dict)
    """What must hold; by default that the run ends by itself and every check holds. Values may use `${params.x}`."""
