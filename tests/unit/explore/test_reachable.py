"""What leads from module-level names to objects."""

from __future__ import annotations

from typing import Any

from threadbench.explore.reachable import FURTHEST, paths_to


class Node:
    """Holds one other thing."""

    def __init__(self, held: Any) -> None:
        self.held = held


class Slotted:
    """Holds things without a dictionary; one of its slots is empty."""

    __slots__ = ("empty", "held")

    def __init__(self, held: Any) -> None:
        self.held = held


class Watched:
    """Tells of every look that runs its code."""

    looks = 0

    def __init__(self, held: Any) -> None:
        self.held = held

    def __getattribute__(self, name: str) -> Any:
        Watched.looks += 1
        return object.__getattribute__(self, name)


def always(held: Any, step: str, value: Any) -> bool:
    return True


def path(wanted: object, holds: Any = always, **names: Any) -> str | None:
    return paths_to({id(wanted)}, [{"__name__": __name__, **names}], holds).get(id(wanted))


def test_names_attributes_slots_and_items_lead_to_an_object() -> None:
    """Each step is spelled as code would."""
    it = object()
    assert path(it, it=it) == "it"
    assert path(it, node=Node(it)) == "node.held"
    assert path(it, node=Slotted(it)) == "node.held"
    assert path(it, shelf=[None, {"key": (0, Node(it))}]) == "shelf[1]['key'][1].held"


def test_the_shortest_way_is_taken() -> None:
    """Also where objects lead in a circle."""
    it = object()
    ring = Node(None)
    ring.held = [Node(ring), Node(it)]
    assert path(it, ring=ring) == "ring.held[1].held"
    assert path(it, ring=ring, direct=Node(it)) == "direct.held"


def test_a_long_way_is_no_name() -> None:
    """Nobody would say it."""
    it = object()
    chain: Any = it
    for _ in range(FURTHEST):
        chain = Node(chain)
    assert path(it, chain=chain) == "chain" + ".held" * FURTHEST
    assert path(it, chain=Node(chain)) is None


def test_a_step_that_once_led_elsewhere_is_none() -> None:
    """An object is not called like a place where it stood for a while."""
    it = object()
    names = {"node": Node(it), "behind": Node(Node(it))}
    assert path(it, lambda _, step, value: (step, value) != (".held", it), **names) is None
    assert path(it, lambda held, *_: held is not names["node"], **names) == "behind.held.held"


def test_no_code_of_anybody_is_run() -> None:
    """To look at a class's own attributes by asking it would be to take part."""
    it = object()
    Watched.looks = 0
    assert path(it, node=Watched(it)) == "node.held"
    assert Watched.looks == 0


def test_what_other_modules_make_is_not_looked_into() -> None:
    """The hidden parts of a library's objects are no names."""
    it = object()
    assert paths_to({id(it)}, [{"__name__": "elsewhere", "node": Node(it)}], always) == {}
