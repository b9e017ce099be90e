"""From what the user typed to cases: paths, overrides and kinds go in, cases come out, or every error at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ..errors import Diagnostic, NothingSelectedError, ScenarioError, did_you_mean
from .cases import Case, Expansion, Kinds, Place
from .document import compose
from .files import File, files_of, read
from .model import Scenario
from .nodes import MAX_DIAGNOSTICS, MAX_WEIGHT, Node, described, merged, tree_of
from .overrides import Override, overridden, parsed
from .problems import names_of
from .substitution import substituted, variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SHARED: Final = ("version", "vars", "defaults", "scenarios")


def load_cases(
    paths: Sequence[str],
    kinds: Kinds,
    *,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    timeout: float | None = None,
    environ: Mapping[str, str] = os.environ,
) -> list[Case]:
    """The cases of files, folders and globs, each optionally with `::case`, in the order given.

    Args:
        paths: as typed; they appear in ids and positions as they are.
        kinds: who provides which kind.
        overrides: `K=V` laid over every scenario, as in `params.capacity=1`; `vars.x=1` sets a variable.
        seed: instead of the one in the files.
        timeout: seconds, instead of that in the files.
        environ: what `${env:NAME}` stands for.

    Raises:
        ScenarioError: with everything that is wrong in any of them.
        PluginError: a kind's provider cannot be used, and nothing is wrong with the files.
        NothingSelectedError: a `::case` names none.
    """
    expansion = Expansion(kinds)
    found: list[Diagnostic] = []
    settings = parsed(overrides, found)
    files = files_of(paths, found)
    for file in files:
        source = read(file.path, found)
        tree = compose(source, found) if source else None
        if tree is not None:
            folder = str(Path(file.path).absolute().parent)
            stem = Path(file.path).stem.removesuffix(".threadbench")
            for number, scenario in _scenarios(tree, settings, environ, found):
                name = stem if number is None else f"{stem}-{number}"
                expansion.add(scenario, Place(file.path, folder, name))
    _raise([*found, *(each for each in expansion.found if not _follows(each, found))])
    cases = _picked(expansion, files)
    return [
        replace(
            case,
            seed=case.seed if seed is None else seed,
            timeout=case.timeout if timeout is None else timeout,
        )
        for case in cases
    ]


def cases_of(scenario: Scenario, kinds: Kinds) -> list[Case]:
    """The cases of a scenario that was made in Python; their ids are the names alone.

    Raises:
        ScenarioError: its params, matrix or expectations do not fit its kind; positions are dotted paths.
        PluginError: the kind's provider cannot be used.
        TypeError: a value is not JSON.
    """
    expansion = Expansion(kinds)
    expansion.add(
        tree_of(scenario.model_dump(exclude_unset=True), ""), Place(None, None, scenario.name or scenario.kind)
    )
    _raise(expansion.found)
    for _, error in expansion.broken:
        raise error
    return expansion.cases


def _scenarios(
    tree: Node, overrides: Sequence[Override], environ: Mapping[str, str], found: list[Diagnostic]
) -> Iterator[tuple[int | None, Node]]:
    """The scenarios of a file with defaults, overrides and variables in place, numbered where there may be several."""
    if not isinstance(tree.value, dict):
        found.append(
            tree.problem(f"expected a mapping, got {described(tree.plain())}", "the smallest scenario is: kind: race")
        )
        return
    of_variables = [override for override in overrides if override.steps[0] == "vars"]
    of_scenarios = [override for override in overrides if override.steps[0] != "vars"]
    tree = overridden(tree, of_variables, found)
    known = variables(tree.child("vars"), environ, found)
    for number, scenario in _separate(tree, found):
        scenario = overridden(scenario, of_scenarios, found)
        entries = {
            key: (place, substituted(node, known, environ, found, keep_params=key == "expect"))
            for key, (place, node) in scenario.entries().items()
            if not key.startswith("x-")
        }
        yield number, scenario.with_mapping(entries)


def _separate(tree: Node, found: list[Diagnostic]) -> Iterator[tuple[int | None, Node]]:
    if "scenarios" not in tree.mapping:
        if "defaults" in tree.mapping:
            found.append(tree.keys["defaults"].problem("'defaults' stands above `scenarios:`, and there are none"))
        yield None, tree.without("vars", "defaults")
        return
    for name, key in tree.keys.items():
        if name not in _SHARED and not name.startswith("x-"):
            belongs = name in names_of(Scenario)
            hint = "it goes below `defaults:`, or into each scenario" if belongs else did_you_mean(name, _SHARED)
            message = f"'{name}' cannot stand beside `scenarios:`" if belongs else f"unknown key '{name}'"
            found.append(key.problem(message, hint or f"known: {', '.join(_SHARED)}"))
    scenarios, defaults = tree.mapping["scenarios"], tree.child("defaults")
    if not scenarios.items:
        found.append(scenarios.problem(f"expected a list of scenarios, got {described(scenarios.plain())}"))
    if defaults is not None and not isinstance(defaults.value, dict):
        found.append(defaults.problem(f"expected a mapping, got {described(defaults.plain())}"))
        defaults = None
    version = tree.entries().get("version")
    weight = 0
    for number, scenario in enumerate(scenarios.items, 1):
        if not isinstance(scenario.value, dict):
            found.append(scenario.problem(f"expected a mapping, got {described(scenario.plain())}"))
            continue
        whole = merged(defaults, scenario) if defaults else scenario
        weight += whole.weight
        if weight > MAX_WEIGHT:
            found.append(scenario.problem(f"more than {MAX_WEIGHT:,} values, `defaults` counted in each scenario"))
            return
        if version and "version" not in whole.mapping:
            whole = whole.with_mapping({**whole.entries(), "version": version})
        yield number, whole


def _picked(expansion: Expansion, files: Sequence[File]) -> list[Case]:
    """The cases that the selectors name; a plugin that only others need may be broken."""
    selectors = {file.path: file.selectors for file in files}

    def wanted(case_id: str) -> bool:
        path, _, name = case_id.partition("::")
        names = selectors[path]
        return names is None or any(_names(selector, name) for selector in names)

    for case_id, error in expansion.broken:
        path, _, name = case_id.partition("::")
        names = selectors[path]
        if names is None or any(_names(selector, name) or selector.startswith(f"{name}[") for selector in names):
            raise error
    for path, names in selectors.items():
        known = [case.name for case in expansion.cases if case.id.startswith(f"{path}::")]
        for selector in names or ():
            if not any(_names(selector, name) for name in known):
                hint = (
                    did_you_mean(selector, known) or f"cases: {', '.join(known[:20])}{', …' if len(known) > 20 else ''}"
                )
                raise NothingSelectedError(f"no case '{selector}' in {path}", hint=hint)
    return [case for case in expansion.cases if wanted(case.id)]


def _names(selector: str, name: str) -> bool:
    """Whether a selector is a case's name, or the part of it before the matrix cell."""
    return name == selector or (name.startswith(f"{selector}[") and name.endswith("]"))


def _follows(later: Diagnostic, causes: Sequence[Diagnostic]) -> bool:
    """Whether a value is said not to fit that could not even be read: one thing is wrong there, and it is told."""
    place, end = later.position, later.position.column + later.width
    return later.message.startswith("expected ") and any(
        cause.position[:2] == place[:2]
        and cause.position.column < end
        and place.column < cause.position.column + cause.width
        for cause in causes
    )


def _raise(found: Sequence[Diagnostic]) -> None:
    # Scenarios share defaults and anchors, cells share params: what is wrong there is found again and again.
    different = sorted(dict.fromkeys(found), key=lambda diagnostic: diagnostic.position)
    if len(different) > MAX_DIAGNOSTICS:
        last = different[MAX_DIAGNOSTICS - 1]
        different = [*different[: MAX_DIAGNOSTICS - 1], Diagnostic(last.position, "more errors are not shown")]
    if different:
        raise ScenarioError(different)
