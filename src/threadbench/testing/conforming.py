"""Whether a plugin keeps the rules: all of them are looked at, and all that is broken is told at once.

This is the whole way: look into the plugin, look at what it says, run what it does, take away what was waived.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._version import API_VERSION
from ..api import Only
from ..errors import ScenarioError, UsageError, did_you_mean
from ..plugins import Workload, sources
from ..plugins.compatibility import supports
from ..plugins.failures import reason
from ..scenario import load_cases
from .behaviour import Trial, of_the_runs
from .declared import kinds_of, of_the_kind, of_the_params, refused
from .only import example_of
from .quiet import of_the_import
from .rules import RULES, ConformanceError, Finding
from .targets import Target, place_of_param, target_of
from .trying import of_the_extensions


def assert_conforms(
    plugin: object,
    *,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    waive: Mapping[str, str] | None = None,
    seed: int = 0,
    timeout: float = 10.0,
) -> None:
    """Hold a plugin to every rule in `RULES`.

    Args:
        plugin: a module, its name, the path of a file, an object with hooks, or a workload.
        params: kinds to params that they are run with; default: the first of the `examples` in the JSON Schema of the
            kind's params, else its defaults.
        waive: rules that the plugin breaks on purpose, each with the reason.
        seed: fixes all that is left to chance.
        timeout: seconds that one run may take.

    Raises:
        ConformanceError: it breaks rules that are not waived, or keeps one that is; an AssertionError with all of them.
        UsageError: a rule that is waived does not exist, or is waived for no reason.
    """
    target, findings = _examined(plugin, params or {}, seed, timeout)
    waive = waive or {}
    for rule, why in waive.items():
        if rule not in RULES:
            raise UsageError(f"there is no rule '{rule}' to waive", hint=did_you_mean(rule, RULES))
        if not why.strip():
            raise UsageError(f"rule '{rule}' is waived for no reason", hint="say why, in the place of the empty text")
    left = [finding for finding in findings if finding.rule not in waive]
    broken = {finding.rule for finding in findings}
    for rule in waive:
        if rule not in broken:
            left.append(Finding(rule, "plugin", "the rule is waived, and is kept", "take it out of `waive`"))
    if left:
        raise ConformanceError(target.name, left)


def conformance(
    plugin: object,
    *,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    timeout: float = 10.0,
) -> tuple[Finding, ...]:
    """All that `assert_conforms` would complain of."""
    return tuple(_examined(plugin, params or {}, seed, timeout)[1])


def _examined(
    plugin: object, params: Mapping[str, Mapping[str, Any]], seed: int, timeout: float
) -> tuple[Target, list[Finding]]:
    target = target_of(plugin)
    kinds = list(kinds_of(target))
    of_the_import(target)
    _of_the_distribution(target)
    findings = target.findings
    for workload in kinds:
        said = [*of_the_kind(workload), *of_the_params(workload)]
        findings += said
        if {"kind-name", "param-default", "param-schema"}.isdisjoint(finding.rule for finding in said):
            findings += _of_errors(workload)
            given = params.get(workload.kind, example_of(workload))
            with tempfile.TemporaryDirectory(prefix="threadbench-") as folder:
                findings += of_the_runs(Trial(workload, given, Path(folder), seed, timeout))
    findings += of_the_extensions(target)
    return target, findings


def _of_the_distribution(target: Target) -> None:
    """The range of API versions, and, where the plugin is installed, that it says one."""
    module, provider = target.module, target.provider
    api = getattr(provider, "THREADBENCH_API", None) or getattr(module, "THREADBENCH_API", None)
    name = getattr(module, "__name__", "")
    owners = [each for each in sources.installed() if each.target.partition(":")[0].strip() == name]
    cure = f'write THREADBENCH_API = ">={API_VERSION},<{int(API_VERSION.partition(".")[0]) + 1}" in its module'
    if api is None:
        for owner in owners:
            target.found("api-range", f"{owner.distribution} states no THREADBENCH_API", cure)
        return
    try:
        fits = supports(api, API_VERSION)
    except ValueError as error:
        target.found("api-range", f"THREADBENCH_API {error}", cure)
        return
    if not fits:
        target.found("api-range", f"THREADBENCH_API is {api!r}, and this threadbench has {API_VERSION}", cure)


def _of_errors(workload: Workload) -> Iterator[Finding]:
    """Each value that a param refuses, and a key that there is not, written in a file: the error points at its line."""
    values, findings = refused(workload)
    yield from findings
    if findings:
        return
    if workload.params.model_config.get("extra") == "forbid":
        values["no_such_param"] = 1
    for name, value in values.items():
        with tempfile.TemporaryDirectory(prefix="threadbench-") as folder:
            import yaml

            file = Path(folder, "refused.yaml")
            text = yaml.safe_dump({name: value}, default_flow_style=True, width=10**6)
            file.write_text(f"kind: {workload.kind}\nparams:\n  {text.strip()[1:-1]}\n", encoding="utf-8")
            message = None
            try:
                load_cases([str(file)], Only(workload))
                message = "is accepted in a file"
            except ScenarioError as error:
                if not any(each.position.line >= 2 for each in error.diagnostics):
                    message = f"is refused without its place: {error}"
            except Exception as error:
                message = f"ends the loading of its file: {reason(error)}"
            if message:
                subject = f"kind '{workload.kind}', param '{name}'"
                cure = "raise ValueError with what is expected in the param's own validator"
                place = place_of_param(workload.params, name)
                yield Finding("param-errors", subject, f"{value!r} {message}", cure, place)
