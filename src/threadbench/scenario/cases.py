"""One scenario to its cases: its tree and the kinds go in, one `Case` for each cell of its matrix comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from ..errors import Diagnostic, PluginError, Position, did_you_mean
from ..strategies import NO_ORDER, NO_ORDER_HINT, STRATEGIES, Provided
from .envelope import envelope_of
from .expect import Expect, expect_of
from .matrix import Cell, cells_of
from .model import Scenario
from .nodes import MAX_DIAGNOSTICS, Node
from .problems import names_of, validated
from .substitution import with_params

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..plugins.workload import Params, Workload


class Kinds(Protocol):
    """Who provides which kind."""

    def names(self) -> Sequence[str]:
        """The kinds that can be used."""

    def workload(self, kind: str) -> Workload:
        """The workload of a kind.

        Raises:
            LookupError: nobody provides it.
            PluginError: its provider cannot be used.
        """

    def strategies(self) -> Sequence[str]:
        """The strategies that can be used."""

    def strategy(self, name: str) -> Provided:
        """A strategy that is not built in.

        Raises:
            LookupError: nobody provides it.
            PluginError: its provider cannot be used.
        """


class Case(msgspec.Struct, frozen=True):
    """One concrete thing to run.

    Attributes:
        id: as printed and pasted back: `scenarios/race.yaml::race[workers=2,pause=1ms]`; no brackets without a matrix.
        scenario: the envelope it came from.
        workload: the function to run.
        cell: the combination of the matrix, as written.
        params: what the workload is handed, validated.
        expect: what must hold, with the params of this cell in place.
        seed: None leaves the choice to the engine, which prints it.
        timeout: seconds of wall time for one run.
        repeat: how often it is run, at least once.
        folder: absolute folder of the file; None for a scenario made in Python.
        position: of the scenario in its file.
        strategy: what explores it, where that is none of ours.
        outcome: where it is said what its outcome is, in a param of that name; None: in none.
    """

    id: str
    scenario: Scenario
    workload: Workload
    cell: Mapping[str, Any]
    params: Params
    expect: Expect
    seed: int | None
    timeout: float
    repeat: int
    folder: str | None
    position: Position
    strategy: Provided | None = None
    outcome: Position | None = None

    @property
    def outcome_place(self) -> str | None:
        """Where it is said what its outcome is, or else the scenario; None where it was made in Python."""
        position = self.outcome or self.position
        return str(position) if position.line else None

    @property
    def name(self) -> str:
        """The id without the file: `race[workers=2,pause=1ms]`."""
        return self.id.partition("::")[2] if self.folder is not None else self.id


class Place(msgspec.Struct, frozen=True):
    """Where a scenario stands: the path that ids begin with, the folder of the file, the name it has by default."""

    path: str | None
    folder: str | None
    name: str


class Expansion(msgspec.Struct):
    """What comes of scenarios: cases, what is wrong in the files, and the plugins that some of them cannot use."""

    kinds: Kinds
    found: list[Diagnostic] = msgspec.field(default_factory=list)
    cases: list[Case] = msgspec.field(default_factory=list)
    broken: list[tuple[str, PluginError]] = msgspec.field(default_factory=list)
    _ids: dict[str, Node] = msgspec.field(default_factory=dict)

    def add(self, tree: Node, place: Place) -> None:
        """Expand one scenario; each stage says what it finds wrong, whatever the others have found."""
        before = len(self.found)
        scenario = envelope_of(tree.plain()) or validated(Scenario, tree, self.found)
        named = tree.child("name")
        name = named.value if named and isinstance(named.value, str) else place.name
        case_id = name if place.path is None else f"{place.path}::{name}"
        workload = self._workload(tree.child("kind"), case_id)
        strategy = self._strategy(_part(tree, "explore").child("strategy"), case_id)
        self._clash(_part(tree, "explore"))
        expect = _part(tree, "expect")
        expected = None if _has_dollars(expect) else expect_of(expect, self.found)
        for cell in self._cells(tree, workload):
            if len(self.found) > before + MAX_DIAGNOSTICS:
                break
            self._claim(f"{case_id}{cell}", named or tree)
            checked = self._params(workload, _part(tree, "params"), cell, case_id, place.folder) if workload else None
            if workload is None or checked is None:
                continue
            demanded = expected or self._expect(expect, checked)
            if scenario is None or len(self.found) > before:
                continue  # there will be no run: the other cells are expanded for their errors only
            self.cases.append(
                Case(
                    id=f"{case_id}{cell}",
                    scenario=scenario,
                    workload=workload,
                    cell=cell.values,
                    params=checked,
                    expect=demanded,
                    seed=scenario.seed,
                    timeout=scenario.timeout,
                    repeat=scenario.repeat,
                    folder=place.folder,
                    position=tree.position,
                    strategy=strategy,
                    outcome=_position(_part(tree, "params"), cell, "outcome"),
                )
            )

    def _claim(self, case_id: str, node: Node) -> None:
        other = self._ids.setdefault(case_id, node)
        if other is not node:
            what = case_id.partition("::")[2]
            self.found.append(node.problem(f"the name '{what}' is taken", f"by the scenario at {other.position}"))

    def _workload(self, node: Node | None, case_id: str) -> Workload | None:
        if node is None or not isinstance(node.value, str):
            return None  # the envelope's validation has said so
        try:
            return self.kinds.workload(node.value)
        except LookupError as error:
            names = sorted(self.kinds.names())
            meant = did_you_mean(node.value, names)
            installed = f"kinds: {', '.join(names)}" if names else "no kinds are installed"
            why = f": {error.args[0]}" if error.args and error.args[0] != node.value else ""
            hint = f"{meant} {installed}" if meant else installed
            self.found.append(node.problem(f"unknown kind '{node.value}'{why}", hint))
        except PluginError as error:
            self.broken.append((case_id, error))
        return None

    def _strategy(self, node: Node | None, case_id: str) -> Provided | None:
        if node is None or not isinstance(node.value, str) or node.value in STRATEGIES:
            return None
        try:
            return self.kinds.strategy(node.value)
        except LookupError as error:
            names = self.kinds.strategies()
            meant = did_you_mean(node.value, names)
            listed = f"strategies: {', '.join(names)}"
            problem = f"unknown strategy '{node.value}': {error.args[0]}"
            self.found.append(node.problem(problem, f"{meant} {listed}" if meant else listed))
        except PluginError as error:
            self.broken.append((case_id, error))
        return None

    def _clash(self, explore: Node) -> None:
        """Say what goes together in no search; one that the command line has a part in is told by the search."""
        strategy, time = explore.child("strategy"), explore.child("time")
        if strategy is None or time is None or strategy.source is not time.source:
            return
        if (strategy.value, time.value) == ("dpor", "ordered"):
            self.found.append(strategy.problem(NO_ORDER, NO_ORDER_HINT))

    def _cells(self, tree: Node, workload: Workload | None) -> list[Cell]:
        matrix = _part(tree, "matrix")
        heaviest = (max((item.weight for item in axis.items), default=0) for axis in matrix.mapping.values())
        weight = _part(tree, "params").weight + sum(heaviest)
        cells = cells_of(matrix, names_of(workload.params) if workload else None, weight, self.found)
        return cells or [Cell({}, {})]  # with a wrong matrix the params are still looked at

    def _params(self, workload: Workload, params: Node, cell: Cell, case_id: str, folder: str | None) -> Params | None:
        tree = params.with_mapping({**params.entries(), **cell.entries})
        try:
            checked = validated(workload.params, tree, self.found)
            if checked is not None and workload.references is not None:
                self._look_up(*workload.references(checked), tree, folder)
            return checked
        except Exception as error:  # a plugin's validator may raise anything; only ValueError says "does not fit"
            reason = f"the params of kind '{workload.kind}' could not be validated: {type(error).__name__}: {error}"
            failure = PluginError(reason, hint="a validator says no with ValueError; this is a bug of the plugin")
            failure.__cause__ = error
            self.broken.append((case_id, failure))
            return None

    def _look_up(
        self, path: Sequence[str], names: Mapping[tuple[str | int, ...], str], tree: Node, folder: str | None
    ) -> None:
        """Say which of the names stand for nothing."""
        from .references import wrong_with  # most kinds name nothing

        for loc, name in names.items():
            wrong = wrong_with(name, folder, path)
            if wrong is not None:
                self.found.append(tree.at(loc).problem(wrong.message, wrong.hint))

    def _expect(self, tree: Node, params: Params) -> Expect:
        values = params.model_dump(mode="json", by_alias=True)
        return expect_of(with_params(tree, values, self.found), self.found)


def _position(params: Node, cell: Cell, name: str) -> Position | None:
    """Where a param is written, if it is."""
    _, node = {**params.entries(), **cell.entries}.get(name, (None, None))
    return node.position if node is not None and node.position.line else None


def _part(tree: Node, key: str) -> Node:
    """The mapping below a key; an empty one where it is missing, or is something else, as the envelope has said."""
    node = tree.child(key)
    if node is not None and isinstance(node.value, dict):
        return node
    return Node(tree.source, tree.start, tree.end, {})


def _has_dollars(tree: Node) -> bool:
    if isinstance(tree.value, str):
        return "$" in tree.value
    return any(map(_has_dollars, tree.items or tree.mapping.values()))
