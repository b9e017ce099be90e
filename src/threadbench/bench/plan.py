"""What is to be measured and compared: cases, dimensions and interpreters enter, groups of variants leave.

A group is what is compared: one case, under each value of the dimensions. A dimension of `--vary` becomes a key of the
scenario's matrix, instead of one that is there, so that values are validated and cases named as in any matrix.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import ScenarioError, UsageError

if TYPE_CHECKING:
    from ..scenario import Case
    from .interpreters import Interpreter


class Dimension(msgspec.Struct, frozen=True):
    """One `--vary`: a param, and its values as they were typed (a list of YAML)."""

    param: str
    values: str

    @property
    def override(self) -> str:
        """As `--set` would have it."""
        return f"matrix.{self.param}=[{self.values}]"


class Variant(msgspec.Struct, frozen=True):
    """One thing that is measured.

    Attributes:
        case: what runs.
        interpreter: who runs it; None: the one that runs this command.
        dimensions: by name, what tells it from the others of its group.
    """

    case: Case
    interpreter: Interpreter | None
    dimensions: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Its dimensions, as a person reads them."""
        return ", ".join(f"{name}={_text(value)}" for name, value in self.dimensions.items())

    @property
    def name(self) -> str:
        """The name of its benchmark: the case's id, and the interpreter where there are several."""
        return f"{self.case.id} @ {self.dimensions['python']}" if "python" in self.dimensions else self.case.id


class Group(msgspec.Struct, frozen=True):
    """Variants that are compared with the first of them; `title` is the case's id without what varies."""

    title: str
    variants: tuple[Variant, ...]

    @property
    def reference(self) -> Variant:
        """What the others are compared with."""
        return self.variants[0]

    @property
    def numeric(self) -> str | None:
        """The one dimension that varies, where all its values are numbers above 0: there is a curve to be drawn."""
        names = [
            name for name in self.reference.dimensions if len({str(v.dimensions[name]) for v in self.variants}) > 1
        ]
        if len(names) != 1 or len(self.variants) < 2:
            return None
        values = [variant.dimensions[names[0]] for variant in self.variants]
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
        return names[0] if numbers and all(0 < value < math.inf for value in values) else None


def dimension_of(text: str) -> Dimension:
    """Read `params.workers=1,2,4`.

    Raises:
        UsageError: it is not written like that.
    """
    path, equals, values = text.partition("=")
    steps = path.split(".")
    if not equals or not values.strip() or len(steps) != 2 or steps[0] != "params" or not steps[1]:
        raise UsageError(
            f"--vary {text}: expected a param and its values", hint="written like --vary params.workers=1,2,4"
        )
    return Dimension(steps[1], values.strip())


def dimensions_of(texts: Sequence[str]) -> list[Dimension]:
    """All of them.

    Raises:
        UsageError: one is not well written, or a param is named twice.
    """
    found = [dimension_of(text) for text in texts]
    names = [each.param for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"--vary names params.{twice[0]} twice", hint=f"give all values at once: --vary params.{twice[0]}=a,b"
        )
    return found


def typed_as_vary(error: ScenarioError, dimensions: Sequence[Dimension]) -> ScenarioError:
    """The error with the places of overrides that nobody has typed as the `--vary` that they were made from."""
    typed = {f"--set {each.override}": f"--vary params.{each.param}={each.values}" for each in dimensions}
    return ScenarioError(
        diagnostic._replace(position=diagnostic.position._replace(path=typed[diagnostic.position.path]))
        if diagnostic.position.path in typed
        else diagnostic
        for diagnostic in error.diagnostics
    )


def groups_of(
    cases: Sequence[Case], dimensions: Sequence[Dimension], interpreters: Sequence[Interpreter]
) -> list[Group]:
    """Cases that differ in nothing but the dimensions come together, in the order given.

    Args:
        cases: loaded with the overrides of the dimensions.
        dimensions: what varies.
        interpreters: who runs each of them; none: the one that runs this command.
    """
    varied = [each.param for each in dimensions]
    found: dict[str, list[Variant]] = {}
    for case in cases:
        rest = {key: value for key, value in case.cell.items() if key not in varied}
        title = case.id
        if varied:
            title = _stem(case) + (
                f"[{','.join(f'{key}={_text(value)}' for key, value in rest.items())}]" if rest else ""
            )
        place = {name: case.cell[name] for name in varied}
        for interpreter in interpreters or (None,):
            told = {**place, "python": interpreter.label} if interpreter and len(interpreters) > 1 else place
            found.setdefault(title, []).append(Variant(case, interpreter, told))
    return [Group(title, tuple(variants)) for title, variants in found.items()]


def _stem(case: Case) -> str:
    """A case's id without its cell."""
    inner = case.id
    return inner[: inner.rindex("[", 0, _opening(inner) + 1)] if inner.endswith("]") and case.cell else inner


def _opening(text: str) -> int:
    """Where the bracket is that the last character closes."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == "]") - (text[at] == "[")
        if depth == 0:
            return at
    return text.index("[")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
