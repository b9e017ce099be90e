"""Who holds a factory is found from who refers to it: the same rows as from a look into every module and class."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CellType, FunctionType, ModuleType
from typing import Any

import pytest

from threadbench.runtime.native.tracing.recorder import is_library
from threadbench.runtime.native.tracing.references import _worth_a_look, references
from threadbench.runtime.patches import Patch


class Factory:
    """Stands for a factory that is a class, as `SimpleQueue` is."""


def make() -> None:
    """Stands for one that is a function, as `Lock` is on some versions."""


HOLDERS = """
import dataclasses
from factories import Factory, make as made

class Plain:
    held = Factory
    def method(self): return Factory

class Slots:
    __slots__ = ()
    held = made

class Nothing:
    other = 1

class Metaclass(type):
    held = Factory

class Made(metaclass=Metaclass):
    pass

class Parent:
    class Nested:
        held = Factory  # reached by nobody, as before

@dataclasses.dataclass
class Data:
    held: object = dataclasses.field(default_factory=Factory)

def closing(factory=None):
    factory = made
    return lambda: factory

closure = closing()
listed, mapped = [Factory], {"held": made}
"""
DEFAULTS = """
from factories import Factory, make

def function(count=1, factory=Factory, *, other=make): return factory()

class Class:
    def method(self, factory=make): return factory()
"""


class Shadowed(ModuleType):
    """A module that says what its namespace is."""

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override] # the class under test says so
        return {"held": Factory}


@pytest.fixture
def crafted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Adds a module of the user's, made from a source."""

    def add(name: str, source: str, kind: type[ModuleType] = ModuleType) -> ModuleType:
        module = kind(name)
        vars(module)["__file__"] = module.__file__ = str(tmp_path / f"{name}.py")
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(source, name, "exec"), object.__getattribute__(module, "__dict__"))
        return module

    gc.unfreeze()  # 3.12 starts with a few hundred objects frozen
    factories = add("factories", "")
    monkeypatch.setattr(factories, "Factory", Factory, raising=False)
    monkeypatch.setattr(factories, "make", make, raising=False)
    yield add
    gc.unfreeze()


def everywhere(substitutes: dict[Any, Any]) -> Iterable[Patch]:
    """The rule as a look at everything."""

    def found(value: Any) -> bool:
        return any(value is original for original in substitutes)

    for module in list(sys.modules.values()):
        if not isinstance(module, ModuleType) or is_library(getattr(module, "__file__", None) or "<frozen "):
            continue
        for owner in (module, *(value for value in vars(module).values() if isinstance(value, type))):
            if getattr(owner, "__module__", module.__name__) != module.__name__:
                continue
            for name, value in list(vars(owner).items()):
                if found(value):
                    yield Patch(owner, name, substitutes[value])
                elif isinstance(value, FunctionType) and value.__defaults__ and any(map(found, value.__defaults__)):
                    yield Patch(
                        value, "__defaults__", tuple(substitutes[d] if found(d) else d for d in value.__defaults__)
                    )
    for holder in gc.get_referrers(*substitutes):
        if isinstance(holder, CellType) and found(holder.cell_contents):
            yield Patch(holder, "cell_contents", substitutes[holder.cell_contents])


def rows(found: Iterable[Patch]) -> list[tuple[int, str, Any]]:
    return sorted((id(row.owner), row.name, row.value) for row in found)


@pytest.mark.parametrize("defaults", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_the_holders_of_a_factory_are_those_that_a_look_at_everything_finds(
    crafted: Any, *, defaults: bool, frozen: bool
) -> None:
    """Modules, classes of any make, closures and default arguments: row by row, whether the heap was frozen or not."""
    crafted("holders", HOLDERS)
    crafted("shadowed", "held = None", Shadowed)
    bystander = crafted("bystander", "class Class:\n    other = 1\n")
    if defaults:
        crafted("defaults", DEFAULTS)
    substitutes: dict[Any, Any] = {Factory: "a class", make: "a function"}
    if frozen:
        gc.freeze()
    expected = rows(everywhere(substitutes))
    assert rows(references(substitutes)) == expected
    names = {name for _, name, _ in expected}
    assert {"held", "made", "Factory"} <= names
    assert ("__defaults__" in names) == defaults
    assert ("cell_contents" in names) == (not frozen)
    look = _worth_a_look(gc.get_referrers(*substitutes, substitutes), substitutes, frozen=frozen)
    assert look(bystander) == look(bystander.Class) == (defaults or frozen)


def test_what_was_set_aside_is_not_looked_through(crafted: Any) -> None:
    """What came after it is found all the same: attributes, closures and default arguments."""
    substitutes: dict[Any, Any] = {Factory: "a class", make: "a function"}
    crafted("before", HOLDERS)
    older, held_before = frozenset(sys.modules), rows(everywhere(substitutes))
    gc.freeze()
    crafted("after", HOLDERS)
    crafted("defaults", DEFAULTS)
    found = rows(references(substitutes, older))
    assert found == [row for row in rows(everywhere(substitutes)) if row not in held_before]
    assert {"held", "made", "Factory", "__defaults__", "cell_contents"} <= {name for _, name, _ in found}


SETTLED = """
import sys
import threadbench.cli.run, threadbench.cli.watch, threadbench.engine, threadbench.scenario.loading
from threadbench.runtime.native import tracing
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
    import of_a_user
sys.exit(not tracing.settle())
"""


def test_a_command_can_set_aside_all_that_it_imports(tmp_path: Path) -> None:
    """Unless a module is among it that may be a user's, whose locks are to be found."""
    assert subprocess.run([sys.executable, "-c", SETTLED], check=False).returncode == 0
    (tmp_path / "of_a_user.py").write_text("from threading import Lock")
    assert subprocess.run([sys.executable, "-c", SETTLED, str(tmp_path)], check=False).returncode == 1
