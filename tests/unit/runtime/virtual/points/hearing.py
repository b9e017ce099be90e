"""Run a piece of source under a recording observer, and say in words what it told."""

from __future__ import annotations

import itertools
import sys
import textwrap
import types
import warnings
from typing import Any

from observers import Recording

from threadbench.runtime.virtual.points import instrumented

_numbers = itertools.count()


class Heard:
    """What a function told: `accesses` as `line object key mode`, steps of several joined by ` + `; `switches`; its
    result."""

    def __init__(self, accesses: list[str], switches: list[str], result: Any, module: types.ModuleType) -> None:
        self.accesses = accesses
        self.switches = switches
        self.result = result
        self.module = module

    def switched_after_entry(self) -> list[str]:
        """The switches but for the first, which is the entry of the function itself."""
        assert self.switches[0].endswith(" entry")
        return self.switches[1:]


def module_of(source: str) -> types.ModuleType:
    """Execute a module's source; its first line is number 1."""
    module = types.ModuleType(f"heard_{next(_numbers)}")
    module.__file__ = f"{module.__name__}.py"
    sys.modules[module.__name__] = module
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # generated source has `None[0]` in it
        exec(compile(textwrap.dedent(source), module.__file__, "exec"), module.__dict__)
    return module


def hear(body: str, before: str = "", *, accesses: bool = True, switches: bool = False, **objects: Any) -> Heard:
    """Call a function of this body, whose parameters are the objects; the body starts on line 1, what is `before`
    after it."""
    indented = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    parameters = ", ".join(objects)
    source = f"def f({parameters}):\n{indented}\n{textwrap.dedent(before)}"
    module = module_of(source)
    return hear_call(module, module.f, objects, accesses=accesses, switches=switches)


def hear_call(
    module: types.ModuleType, function: Any, objects: dict[str, Any], *, accesses: bool = True, switches: bool = False
) -> Heard:
    """Call a function of a module with these objects."""
    names = {id(value): name for name, value in objects.items()} | {id(module.__dict__): "globals"}
    observer = Recording()
    with instrumented([module], observer, accesses=accesses, switches=switches):
        result = function(**objects)

    def told(access: Any) -> str:
        obj, key, mode = access
        kind = obj.__name__ if isinstance(obj, type) else f"a {type(obj).__name__}"
        return f"{names.get(id(obj), kind)} {'*' if key is None else key} {mode}"

    texts = []
    for access, site in zip(observer.heard, observer.sites, strict=True):
        parts = access if isinstance(access, list) else [access]
        texts.append(f"{site.line - 1} " + " + ".join(told(part) for part in parts))
    return Heard(texts, [f"{line - 1} {kind}" for line, kind in observer.switched], result, module)
