"""What the source of a line calls an object that is used there."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ast

LONGEST: Final = 30
"""Characters of an expression that may stand for an object."""


@functools.cache
def spelled(source: str, name: str, kind: str) -> str | None:
    """The variable that an access goes through, when the line leaves no doubt.

    Args:
        source: one line.
        name: the attribute or variable accessed.
        kind: of the instruction, see `Site`.
    """
    import ast

    if kind == "closure":
        return name
    if kind == "global":
        return None
    found: set[str] = set()
    for node in _nodes(source):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Attribute):
            parts = [node.value] if kind != "attribute" or node.attr == name else []
        elif kind != "attribute":
            if isinstance(node, ast.Subscript):
                parts = [node.value]
            elif isinstance(node, ast.Compare):
                parts = list(node.comparators)
            elif isinstance(node, ast.For):
                parts = [node.iter]
            elif isinstance(node, ast.Call):
                parts = list(node.args)
        found.update(part.id for part in parts if isinstance(part, ast.Name))
    found -= {"self", "cls"}
    return found.pop() if len(found) == 1 else None


@functools.cache
def spelled_call(source: str, method: str) -> str | None:
    """The expression whose method is called, or which a `with` statement enters, when the line leaves no doubt."""
    import ast

    found: set[str] = set()
    for node in _nodes(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            found.add(ast.unparse(node.func.value))
        elif isinstance(node, ast.With) and method in ("acquire", "release", "__enter__", "__exit__"):
            found.update(ast.unparse(item.context_expr) for item in node.items)
    found = {text for text in found if len(text) <= LONGEST}
    return found.pop() if len(found) == 1 else None


@functools.cache
def bare(source: str) -> str:
    """A line without the comment at its end."""
    import tokenize

    try:
        for token in tokenize.generate_tokens(iter([source]).__next__):
            if token.type == tokenize.COMMENT:
                return source[: token.start[1]].rstrip() or source
    except (tokenize.TokenError, SyntaxError, StopIteration):
        pass
    return source


@functools.cache
def _nodes(source: str) -> tuple[ast.AST, ...]:
    """The syntax of a line, which may be the head of a statement only."""
    import ast

    for text in (source, f"{source} pass", f"{source.removeprefix('el')} pass", f"try: pass\n{source} pass"):
        try:
            return tuple(ast.walk(ast.parse(text)))
        except SyntaxError:
            continue
    return ()
