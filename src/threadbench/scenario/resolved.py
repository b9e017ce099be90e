"""Scenarios as they will run: cases go in, a document that is itself a scenario file comes out, all of it resolved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..errors import printable
from .nodes import tree_of
from .pyyaml import yaml
from .scalars import looks_typed
from .substitution import with_params

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cases import Case

_REFERENCE = re.compile(r"\$(?=[${])")


def resolved(cases: Sequence[Case]) -> dict[str, Any]:
    """The scenario of one case, or `scenarios:` of several, with every default, variable and matrix cell in place.

    Loaded again it makes the same cases, one for each cell.
    """
    documents = [_document(case) for case in cases]
    return documents[0] if len(documents) == 1 else {"scenarios": documents}


def resolved_text(cases: Sequence[Case]) -> str:
    """The same as YAML, each scenario below a comment with its id and place."""
    if len(cases) == 1:
        return _comment(cases[0]) + _dumped(resolved(cases))
    parts = ["scenarios:\n"]
    for case in cases:
        parts.append(f"\n  {_comment(case)}")
        lines = _dumped(_document(case)).splitlines(keepends=True)
        parts.extend(f"  - {line}" if number == 0 else f"    {line}" for number, line in enumerate(lines))
    return "".join(parts)


def _document(case: Case) -> dict[str, Any]:
    scenario = case.scenario.model_dump(mode="json", exclude={"matrix", "params", "expect"}, exclude_none=True)
    params = case.params.model_dump(mode="json", by_alias=True)
    expect = with_params(tree_of(case.scenario.expect, "expect"), params, []).plain()
    seed = {} if case.seed is None else {"seed": case.seed}
    changes = {"name": case.name, "timeout": case.timeout, **seed}
    document = {
        **scenario,
        **changes,
        "params": params,
        "expect": {"verdict": "passed", "checks": "all", **expect},
    }
    ordered = [key for key in type(case.scenario).model_fields if key in document]
    return {key: escaped(document[key]) for key in ordered}


def escaped(value: Any) -> Any:
    """A value whose texts would come through substitution unchanged."""
    if isinstance(value, str):
        return _REFERENCE.sub("$$", value) if "$" in value else value
    if isinstance(value, list):
        return [escaped(item) for item in value]
    if isinstance(value, dict):
        return {key: escaped(item) for key, item in value.items()}
    return value


def _comment(case: Case) -> str:
    place = f" ({case.position})" if case.position.line else ""
    return printable(f"# {case.id}{place}") + "\n"


class _Dumper(yaml.SafeDumper):
    """Quotes what would be read back as something else: PyYAML writes by the rules of YAML 1.1."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    if not value.isprintable() or looks_typed(value):
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')
    return dumper.represent_scalar("tag:yaml.org,2002:str", value)


_Dumper.add_representer(str, _text)


def _dumped(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, default_flow_style=None, allow_unicode=True, width=100)
