"""Names of the user's own code in a scenario: `module:attribute` goes in, what is wrong with it comes out.

Nothing is imported: code that a scenario names is run in the process of its run, and nowhere else. Modules are looked
for as an import would look for them, and read. What reading does not tell (names that are made by `exec`, by a
decorator, in C) is taken to be there, and is told by the run if it is not.
"""

from __future__ import annotations

import functools
import re
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import did_you_mean

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

_MAKES_NAMES: Final = re.compile(
    r"\b(globals|locals|vars|exec|eval|setattr|modules|__dict__|__getattr__|__path__|__all__ \+=)\b|import \*"
)
"""What a module may make names by that are not written in it."""


class Wrong(NamedTuple):
    """What is wrong with a reference, and how to mend it."""

    message: str
    hint: str | None


def wrong_with(reference: str, folder: str | None, path: Sequence[str]) -> Wrong | None:
    """What is wrong with `module` or `module:attribute`; None where nothing is known to be.

    Args:
        reference: as it is written.
        folder: of the scenario, which leads `sys.path` when it is run; None leaves that alone.
        path: folders that come next, relative to it.
    """
    try:
        return _wrong_with(reference, folder, path)
    except Exception:  # what finders of others raise, or of a folder of modules in a package that nobody has imported
        return None


def _wrong_with(reference: str, folder: str | None, path: Sequence[str]) -> Wrong | None:
    first, others = (sys.path[0], sys.path[1:]) if folder is None else (folder, sys.path)
    own = [first, *(str(Path(first, each)) for each in path)]
    roots = [*own, *others]
    module, _, attribute = reference.partition(":")
    spec: ModuleSpec | None = None
    inside: Sequence[str] | None = None
    for number, name in enumerate(parts := module.split(".")):
        whole = ".".join(parts[: number + 1])
        outer, spec = spec, _found(whole, roots if inside is None else inside, top=inside is None)
        loaded = sys.modules.get(whole)
        if loaded is not None and (spec is None or getattr(loaded, "__file__", None) != spec.origin):
            return None  # an import would find what is there, wherever it comes from
        if spec is None and outer is not None:
            if _makes_names(outer):
                return None
            return Wrong(f"package '{outer.name}' has no module '{name}'", did_you_mean(name, _modules(inside or ())))
        if spec is None:
            where = ", ".join(map(_shown, own))
            hint = did_you_mean(name, _modules(own)) or "`path` names more folders to import from"
            return Wrong(f"there is no module '{name}' in {where}, nor where Python looks", hint)
        inside = None if spec.submodule_search_locations is None else list(spec.submodule_search_locations)
        if inside is None and number + 1 < len(parts):
            if _makes_names(spec) or f"{whole}.{parts[number + 1]}" in sys.modules:
                return None
            return Wrong(f"module '{whole}' is no package: it has no '{parts[number + 1]}'", f"write {whole}:…")
    return _missing(spec, attribute) if spec is not None and attribute else None


def _found(name: str, roots: Sequence[str], *, top: bool) -> ModuleSpec | None:
    """As an import would find it; the finders that others have installed look where they do."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        if find is None:
            continue
        spec: ModuleSpec | None = find(name, roots if finder is PathFinder or not top else None)
        if spec is not None:
            return spec
    return None


def _shown(path: str) -> str:
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _modules(folders: Sequence[str]) -> list[str]:
    import pkgutil

    return [module.name for module in pkgutil.iter_modules(folders)]


def _missing(spec: ModuleSpec, attribute: str) -> Wrong | None:
    first, _, rest = attribute.partition(".")
    source = _source(spec)
    if source is None:
        return None
    text, file = source
    if re.search(rf"^(async def|def|class) {first}\b", text, re.MULTILINE) and not rest:
        return None  # nearly always; to parse takes its time
    names = _names(text, file)
    if names is None:
        return None
    inside = spec.submodule_search_locations
    if first not in names.top:
        if hasattr(type(sys), first) or (inside is not None and _found(f"{spec.name}.{first}", inside, top=False)):
            return None
        meant = did_you_mean(first, names.defined)
        listed = f"it has: {', '.join(names.defined[:8])}{', …' if len(names.defined) > 8 else ''}"
        return Wrong(
            f"module '{spec.name}' ({_shown(file)}) has no '{first}'", meant or (listed if names.defined else None)
        )
    members = names.classes.get(first)
    second = rest.partition(".")[0]
    if not rest or members is None or second in members or second in names.stored or hasattr(object, second):
        return None
    meant = did_you_mean(second, members)
    return Wrong(
        f"class '{first}' of module '{spec.name}' ({_shown(file)}) has no '{second}'",
        meant or (f"it has: {', '.join(members[:8])}{', …' if len(members) > 8 else ''}" if members else None),
    )


def _source(spec: ModuleSpec) -> tuple[str, str] | None:
    """The text of a module, and its file; None where it is not written in Python, or cannot be read."""
    if not isinstance(spec.loader, SourceFileLoader) or spec.origin is None:
        return None
    try:
        stat = Path(spec.origin).stat()
        return _read(spec.origin, stat.st_mtime_ns, stat.st_size), spec.origin
    except (OSError, SyntaxError, UnicodeError):
        return None  # the run tells that, with the line


@functools.lru_cache(maxsize=32)
def _read(file: str, _changed: int, _size: int) -> str:
    import tokenize

    with tokenize.open(file) as stream:
        return stream.read()


def _makes_names(spec: ModuleSpec) -> bool:
    """Whether a module may have names that nobody wrote in it."""
    if spec.origin is None:
        return False  # a folder of modules
    source = _source(spec)
    return source is None or _MAKES_NAMES.search(source[0]) is not None


class _Names(NamedTuple):
    """What a module has.

    Attributes:
        top: every name that may be bound in it.
        defined: its functions and classes.
        classes: the members of classes that are what they are written as: no base, no decorator.
        stored: attributes that are stored anywhere.
    """

    top: frozenset[str]
    defined: list[str]
    classes: dict[str, list[str]]
    stored: frozenset[str]


@functools.lru_cache(maxsize=32)
def _names(text: str, file: str) -> _Names | None:
    """What is written in a module; None where it may have other names."""
    import ast

    if _MAKES_NAMES.search(text):
        return None
    try:
        tree = ast.parse(text, file)
    except (SyntaxError, ValueError, RecursionError):
        return None
    defined, top, classes = [], set(), dict[str, list[str]]()
    for node in _outside(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.append(node.name)
        if isinstance(node, ast.ClassDef) and not (node.bases or node.keywords or node.decorator_list):
            classes[node.name] = sorted(_bound(node.body))
    top = _bound(tree.body)
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Global):
            top |= {*inner.names}
    stored = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    return _Names(
        frozenset(top), defined, {n: m for n, m in classes.items() if defined.count(n) == 1}, frozenset(stored)
    )


def _bound(body: Sequence[ast.stmt]) -> set[str]:
    """The names that the statements of a module, or of a class, may bind."""
    import ast

    names: set[str] = set()
    for node in _outside(body):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.alias():
                names.add((node.asname or node.name).partition(".")[0])
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                names.add(name)
            case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
                names.add(name)
    return names


def _outside(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of statements, but for those within functions and classes."""
    import ast

    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside(list(ast.iter_child_nodes(node)))
