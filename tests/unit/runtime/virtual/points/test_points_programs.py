"""Generated functions return the same with and without hooks."""

from __future__ import annotations

from typing import Any

from hearing import module_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from observers import Silent

from threadbench.runtime.virtual.points import instrumented

BEFORE = """
G = 3
class C:
    k = 1
    def __init__(self): self.v = 2
    def m(self, y=1, *more, z=0, **rest): self.v += y + z + len(more) + len(rest); return self.v
def pairs(x):
    for y in x:
        got = yield y, y
        if got: return
"""

ATOMS = st.sampled_from(
    ["1", "-2", "'ab'", "None", "a", "b", "x", "d", "s", "c.v", "c.k", "G", "x[0]", "d['k']", "(1, a)"]
)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "==", "<", "in", "and", "or", "|", "%", "[]"]), inner).map(
            _operation
        ),
        st.tuples(pair, inner).map(lambda t: f"({t[0][0]} if {t[0][1]} else {t[1]})"),
        inner.map(lambda e: f"(not {e})"),
        inner.map(lambda e: f"f'{{({e})!r:>3}}'" if "'" not in e and "{" not in e and "=" not in e else f"repr({e})"),
        inner.map(lambda e: f"[y for y in x if {_free(e)}]"),
        inner.map(lambda e: f"{{y: {_free(e)} for y in x}}"),
        inner.map(lambda e: f"sum(1 for y in d if {_free(e)})"),
        inner.map(lambda e: f"list(pairs([{e}, *x]))"),
        pair.map(lambda t: f"(lambda *q, **r: (q, r, a))({t[0]}, *x, k={t[1]}, **d)"),
        inner.map(lambda e: f"c.m(*[1], z=len([{e}]))"),
        inner.map(lambda e: f"(w := {e})"),
        st.tuples(st.sampled_from(["len", "str", "sorted", "max", "list", "isinstance"]), inner).map(_called),
    )


def _operation(parts: tuple[str, str, str]) -> str:
    left, operator, right = parts
    if operator == "[]":
        return f"{left}[{right}]" if left.isidentifier() else f"({left} + {right})"
    return f"({left} {operator} {right})"


def _free(expression: str) -> str:
    """Assignment expressions are not allowed in the iterable of a comprehension; here they would be in nested ones."""
    return expression.replace(":=", "==")


def _called(parts: tuple[str, str]) -> str:
    return f"isinstance({parts[1]}, int)" if parts[0] == "isinstance" else f"{parts[0]}({parts[1]})"


EXPRESSIONS = st.recursive(ATOMS, _combined, max_leaves=6)
TARGETS = st.sampled_from(["a", "b", "c.v", "C.k", "G", "x[0]", "x[1:]", "d['k']", "d['n']", "n"])


@st.composite
def statements(draw: st.DrawFn, depth: int = 2) -> list[str]:
    """Lines of a block."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["set", "set", "add", "show", "if", "for", "try", "while", "with", "def", "del"]))
        e = draw(EXPRESSIONS)
        if kind == "set":
            lines.append(f"{draw(TARGETS)} = {e}")
        elif kind == "add":
            lines.append(f"{draw(TARGETS.filter(lambda t: t != 'n'))} += {e}")
        elif kind == "del":
            lines.append("del " + draw(st.sampled_from(["x[0]", "d['k']", "c.v"])))
        elif kind == "show" or depth == 0:
            lines.append(f"out.append(repr({e}))")
        else:
            block = ["    " + line for line in draw(statements(depth=depth - 1))]
            other = ["    " + line for line in draw(statements(depth=depth - 1))]
            lines += {
                "if": [f"if {e}:", *block, "else:", *other],
                "for": [f"for b in list({e})[:3]:", *block, "else:", *other],
                "while": ["for _ in range(2):", "    if a is None: continue", *block],
                "try": [
                    "try:",
                    *block,
                    f"    raise KeyError({e})",
                    "except (KeyError, TypeError) as error:",
                    *other,
                    "finally:",
                    *block,
                ],
                "with": ["with contextlib.suppress(TypeError):", *block],
                "def": ["def inner(p, q=a):", "    nonlocal n", "    n = p", *block, f"inner({e})"],
            }[kind]
    return lines


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=statements(), switches=st.booleans())
def test_a_generated_function_returns_the_same(lines: list[str], switches: bool) -> None:
    """Results, what was left behind, and exceptions are the same, called once and called again."""
    body = "\n".join("    " + line for line in ["global G", "a = b = n = 1", *lines, "return a, b, n"])
    source = f"import contextlib\n{BEFORE}\ndef f(x, d, s, c, out):\n{body}\n    def inner_(): nonlocal n; n = 0\n"
    module: Any = module_of(source)

    def run() -> Any:
        module.G, module.C.k = 3, 1
        c, out = module.C(), list[str]()
        x, d, s = [1, 2], {"k": 1}, {1}
        try:
            result = repr(module.f(x, d, s, c, out))
        except Exception as error:
            line: Any = error.__traceback__
            numbers = []
            while line is not None:
                if line.tb_frame.f_code.co_filename == module.__file__:
                    numbers.append(line.tb_lineno)
                line = line.tb_next
            # The stub of a first call stands on the function's own line.
            result = f"{type(error).__name__}: {error} on line {numbers[-1]}"
        return tuple(text.split(" at 0x")[0] for text in (result, *out, repr((x, s, d)), repr(vars(c)), repr(module.G)))

    plain = run()
    observer = Silent()
    with instrumented([module], observer, accesses=True, switches=switches):
        assert run() == plain
        assert run() == plain
    assert observer.count
    assert run() == plain
