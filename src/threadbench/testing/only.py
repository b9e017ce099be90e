"""Cases of a workload that nobody has installed: a workload and how to run it enter, cases leave."""

from __future__ import annotations

import importlib.util
import pickle
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..api import Only
from ..extensions import ONE_FILE
from ..scenario import Case, Scenario, cases_of

if TYPE_CHECKING:
    from ..plugins import Workload


def case_of(
    workload: Workload, params: Mapping[str, Any], runtime: str = "native", *, seed: int = 0, timeout: float = 30.0
) -> Case:
    """The one case of a workload with these params.

    Raises:
        ScenarioError: the params do not fit.
    """
    scenario = Scenario.model_validate(
        {"kind": workload.kind, "params": dict(params), "runtime": runtime, "seed": seed, "timeout": timeout}
    )
    (case,) = cases_of(scenario, Only(workload))
    return case


def importable(workload: Workload) -> bool:
    """Whether another process could find it by its name."""
    module = workload.function.__module__
    if module.startswith(ONE_FILE) or module == "__main__":
        return False
    try:
        found = importlib.util.find_spec(module)
        workload.__reduce__()
    except (ImportError, ValueError, pickle.PicklingError):
        return False
    return found is not None and found.origin is not None


def example_of(workload: Workload) -> dict[str, Any]:
    """Params that the kind is shown with: the first of the examples in its model's JSON Schema, or its defaults."""
    try:
        examples: Sequence[Any] = workload.params.model_json_schema().get("examples") or ({},)
    except Exception:  # a model that JSON Schema cannot tell has no examples either
        return {}
    return dict(examples[0]) if isinstance(examples[0], Mapping) else {}
