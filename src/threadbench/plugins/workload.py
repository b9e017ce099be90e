"""What a plugin author writes: a `Params` model, a function, and `@workload` to make one a kind of the other."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from ..durations import PATTERN, parse_duration

if TYPE_CHECKING:
    import random

KIND = r"[a-z][a-z0-9_-]*"

Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": PATTERN}, {"type": "number", "minimum": 0}],
            "description": "a duration: 250us, 100ms, 3s, 2m, or a number of seconds",
        }
    ),
]
"""The type of a param that is a time span: written `100ms` in YAML, seconds as a float in the workload."""


class Params(BaseModel):
    """Base of every kind's params: unknown keys are refused, types are strict, instances are frozen.

    Each field has a default and a description (`Field(description=…)` or a docstring below it): they become the
    editor's hover text, `threadbench explain` and the reference.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        # A default that the param itself refuses makes the plugin broken, not the run strange.
        validate_default=True,
        defer_build=True,
    )


# For those of plugins, not for this one. It has no fields whose docstrings were worth a look into its source (which
# takes pydantic up to 7 ms; built-in kinds have none either, and say so), and is needed by kinds without params alone.
# Theirs are built where they are defined, so that what is wrong with them is said there.
Params.model_config["use_attribute_docstrings"] = True
Params.model_config["defer_build"] = False


class Run(Protocol):
    """What a workload is handed besides its params; all of it is optional to use, and safe from any thread."""

    @property
    def seed(self) -> int:
        """The number that fixes every random choice of this run, as printed."""

    @property
    def runtime(self) -> Literal["native", "virtual"]:
        """Where this run's threads live: on the operating system, or where every switch is controlled."""

    @property
    def rng(self) -> random.Random:
        """A seeded generator of the calling thread: the same seed and thread name give the same numbers."""

    def emit(self, name: str, /, **data: Any) -> None:
        """Log an event `<kind>.<name>` with a small JSON object.

        Raises:
            ValueError: `name` is not lower-case words joined by dots or underscores.
            TypeError: a value is not JSON.
        """

    def check(self, name: str, ok: object, /, **data: Any) -> bool:
        """State a named yes/no about the outcome; logged as a `check` event, judged by `expect.checks`.

        A name that is stated more than once holds only if it held each time. Returns the truth of `ok`.

        Raises:
            TypeError: a value is not JSON, or is called `name` or `ok`.
        """

    def name(self, obj: Any, name: str, /) -> Any:
        """Give a traced lock, queue, event, … the name that the log calls it by; returns the object."""

    @property
    def time(self) -> Literal["real", "ordered", "adversarial"]:
        """How time passes: by the clock; virtual, sleeps and timeouts ending in the order of their ends; or virtual,
        any sleep or timeout ending whenever, as exploration has it by default.
        """

    def choose(self, n: int, /, names: Sequence[str] = ()) -> int:
        """One of `0 … n-1`: a choice of the schedule when explored, seeded on native threads.

        Args:
            n: how many there are.
            names: what each of them stands for, for the explanation of a schedule; without, it has the number.
        """

    def act_as(self, name: str | None, /) -> None:
        """From here on the calling thread acts for `name`, such as a task of an event loop; None: for itself.

        The explanation of a schedule gives each such name a column, as it does threads. It changes nothing else.
        """


WorkloadFunction = Callable[[Run, Any], Any]

References = tuple[Sequence[str], Mapping[tuple[str | int, ...], str]]
"""Folders to import from, relative to the scenario's; and each place in the params with what is imported for it:
`module` or `module:attribute`."""


class Workload(msgspec.Struct, frozen=True):
    """A kind: its name, its params and the function that is ordinary threading code. Made by `@workload`.

    Attributes:
        code: params -> names of the modules under test; None where that is the function's own.
        units: what its work is counted in, and the key of the outcome that counts it; None where nothing does.
        references: params -> what of other people's code they name, see `References`; None where that is nothing.
    """

    kind: str
    params: type[Params]
    function: WorkloadFunction
    code: Callable[[Any], Sequence[str]] | None = None
    units: tuple[str, str] | None = None
    references: Callable[[Any], References] | None = None

    @property
    def __wrapped__(self) -> WorkloadFunction:
        """The function, for who looks through decorators."""
        return self.function

    @property
    def summary(self) -> str:
        """First line of the function's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    def __call__(self, run: Run, params: Any) -> Any:
        """Run the workload's function as it stands."""
        return self.function(run, params)

    def __reduce__(self) -> tuple[Callable[[str, str], Workload], tuple[str, str]]:
        """By name, as functions are: a worker process finds it in its module.

        Raises:
            PicklingError: the module has no such name (it was made in a function), or another workload by that name.
        """
        module = self.function.__module__
        for name in (self.function.__qualname__, *vars(sys.modules.get(module, object))):
            if getattr(sys.modules.get(module), name, None) is self:
                return _find, (module, name)
        from pickle import PicklingError

        raise PicklingError(f"{module}.{self.function.__qualname__} is not the name of a workload in its module")


def _find(module: str, name: str) -> Workload:
    found: Workload = getattr(importlib.import_module(module), name)
    return found


def workload(
    kind: str,
    /,
    *,
    params: type[Params] = Params,
    code: Callable[[Any], Sequence[str]] | None = None,
    units: tuple[str, str] | None = None,
    references: Callable[[Any], References] | None = None,
) -> Callable[[WorkloadFunction], Workload]:
    """Make a function `(run, params) -> outcome` the workload of `kind`.

    Args:
        kind: the name in YAML, `[a-z][a-z0-9_-]*`.
        params: the model of `params:`; every field needs a default.
        code: for a kind that runs other people's code: params -> names of the modules under test, in whose code
            another thread may be scheduled when interleavings are explored. It is called in the process of the
            search, with the scenario's folder first on `sys.path`. By default that is the function's own module.
        units: for `threadbench bench`: what the work of a run is counted in, such as `tasks`, and the key of the
            outcome that counts it: a number, or a list with an item for each.
        references: for a kind that runs other people's code: params -> the folders that it is imported from, relative
            to the scenario's, and `{place in the params: "module" or "module:attribute"}`, as in
            `(params.path, {("threads", 0, "call"): "bank:deposit"})`. Those that are not there are errors of the
            scenario; nothing is imported for it.

    Raises:
        ValueError: `kind` is not a valid name.
        TypeError: `params` is not a subclass of `Params`.
    """
    if not re.fullmatch(KIND, kind):
        raise ValueError(f"kind {kind!r} is not a valid name: lower-case letters, digits, '_' and '-', a letter first")
    if not (isinstance(params, type) and issubclass(params, Params)):
        raise TypeError(f"params of kind {kind!r} must be a subclass of threadbench.Params, not {params!r}")

    def decorate(function: WorkloadFunction) -> Workload:
        return Workload(kind, params, function, code, units, references)

    return decorate
