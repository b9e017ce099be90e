"""The envelope of a scenario: what all kinds have in common, as pydantic models; the field texts are documentation."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ..durations import LONGEST
from ..plugins.workload import Duration  # noqa: TC001 - pydantic reads it
from ..seeds import MAX_SEED

DEFAULT_TIMEOUT: Final = 30.0
MAX_TIMEOUT: Final = LONGEST

# Descriptions are not docstrings of the fields: to find those, pydantic would read and parse this file at each start.
# Nor are the validators built at each start, see `envelope`.
_CONFIG: Final = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

NAME: Final = r"^[^\x00-\x1f\x7f]+$"
TAG: Final = r"^[^\s,]+$"

# A name is part of the case's id, which is printed in one line and pasted back.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NAME)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=TAG)]


class Exploration(BaseModel):
    """How interleavings are searched."""

    model_config = _CONFIG

    strategy: str = Field(
        "auto",
        min_length=1,
        description="What picks the next choice: `auto`, `dpor`, `dfs`, `rff`, `pct`, `pos`, `random`, or the name of "
        "a plugin's.",
    )
    max_schedules: int = Field(10_000, ge=1, description="How many schedules are run at most.")
    time_limit: Duration = Field(60.0, gt=0, le=MAX_TIMEOUT, description="How long the search goes on at most.")
    time: Literal["adversarial", "ordered"] = Field(
        "adversarial",
        description="Whether sleeps and timeouts may end in any order, or in the order of their length.",
    )


class Scenario(BaseModel):
    """One scenario: a kind, its params, how to run it, what to expect.

    Raises:
        pydantic.ValidationError: made in Python with a value that does not fit; files report `ScenarioError` instead.
    """

    model_config = _CONFIG

    version: Literal[1] = Field(1, description="Version of the file format.")
    name: Name | None = Field(
        None,
        description="What ids and reports call it; by default the file's name, with `-1`, `-2` … where a file holds "
        "several.",
    )
    kind: str = Field(description="The workload that is run, as listed by `threadbench kinds`.")
    description: str | None = Field(None, description="What this shows.")
    tags: tuple[Tag, ...] = Field((), description="Words to select by: `-t WORD`.")
    params: dict[str, Any] = Field(default_factory=dict, description="The kind's own params; each has a default.")
    runtime: Literal["native", "virtual"] = Field(
        "native",
        description="Where threads live: on the operating system, or where every switch is controlled.",
    )
    model: Literal["sync", "gil", "free-threaded"] = Field(
        "free-threaded",
        description="For exploration, where another thread may be scheduled: at synchronisation only, where CPython "
        "with a GIL switches, or between any two shared accesses.",
    )
    explore: Exploration = Field(
        Exploration.model_construct(), description="For exploration, how interleavings are searched."
    )
    seed: int | None = Field(
        None,
        ge=0,
        lt=MAX_SEED + 1,
        description="What fixes every random choice; by default a new one, which is printed.",
    )
    timeout: Duration = Field(
        DEFAULT_TIMEOUT,
        gt=0,
        le=MAX_TIMEOUT,
        description="Wall time of one run, until its last non-daemon thread has ended.",
    )
    repeat: int = Field(
        1, ge=1, le=1_000_000, description="How often each case is run; `expect.pass_rate` judges all of them."
    )
    matrix: dict[str, Any] = Field(
        default_factory=dict,
        description="Params to lists of values: each combination is a case of its own; `exclude` lists combinations "
        "to leave out, partial ones too.",
    )
    expect: dict[str, Any] = Field(
        default_factory=dict,
        description="What must hold; by default that the run ends by itself and every check holds. Values may use "
        "`${params.x}`.",
    )
