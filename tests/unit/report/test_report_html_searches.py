"""The HTML page of searches: outcomes, a tab for each witness, and the steps in it."""

from __future__ import annotations

from typing import Any

import msgspec
from pages_read import Page

from threadbench.report.html.searches import Explored, Walk, search_page, walked_of
from threadbench.report.search import SearchAccount

HOSTILE = "</script><script>alert(1)</script>\u202egnp"


def search(**rest: Any) -> SearchAccount:
    """A search with an outcome that is as it should be, and one that is not."""
    ending = {"cause": "finished", "count": 3, "expected": True, "preemptions": 0, "points": 9, "value": 300}
    wrong = {
        **ending,
        "cause": "violated",
        "count": 1,
        "expected": False,
        "preemptions": 1,
        "value": 100,
        "reason": "lost",
    }
    facts = {
        "case": "till.yaml::till", "kind": "code", "model": "gil", "seed": 1, "verdict": "violated", "exhaustive": True,
        "as_expected": False, "schedules": 4, "reason": "lost", "strategy": "dpor", "points": 36, "duration": 0.1,
        "expected": ["holds"], "outcomes": [ending, wrong], "witness": "w.json", "replay": "threadbench replay w.json",
    }  # fmt: skip
    return msgspec.convert({**facts, **rest}, SearchAccount)


def walk(name: str = "sell", value: str = "100") -> Walk:
    """Two threads; the second comes in between."""

    def stop(thread: int, kind: str, note: str, mark: str | None) -> dict[str, Any]:
        return {
            "thread": thread, "file": "till.py", "line": 7, "source": "till.cents += cents", "notes": [(note, mark)],
            "kind": kind, "values": {"till.cents": value},
        }  # fmt: skip

    stops = [stop(1, "", "till.cents is 0", "read here"), stop(2, "end", "till.cents = 200", None)]
    threads, files = ["MainThread", name, f"{name}#2"], {"till.py": {7: "    till.cents += cents"}}
    return msgspec.convert({"threads": threads, "stops": stops, "files": files, "ending": []}, Walk)


def test_what_is_wrong_comes_first_and_has_a_tab() -> None:
    """The outcome that is not as it should be stands above the other, and its tab is the first one."""
    assert walked_of(search()) == [1, 0]
    page = Page(search_page([Explored(search(), {0: walk(), 1: walk()})]))
    tabs = [attributes for _, attributes in page.elements if attributes.get("role") == "tab"]
    panels = [attributes for _, attributes in page.elements if attributes.get("role") == "tabpanel"]
    assert [tab["aria-selected"] for tab in tabs] == ["true", "false"]
    assert [tab["aria-controls"] for tab in tabs] == [panel["id"] for panel in panels]
    assert page.visible.index("100") < page.visible.index("300")
    assert page.visible.count("threadbench replay w.json") == 1


def test_a_witness_has_every_step_its_code_and_its_values() -> None:
    """The stepper gets the threads that act, the lines around, notes with their marks and what was there."""
    page = Page(search_page([Explored(search(), {1: walk()})]))
    (witness,) = page.data["witnesses"]
    assert witness["columns"] == [1, 2]
    assert witness["files"] == {"till.py": {"7": "    till.cents += cents"}}
    assert [step["notes"] for step in witness["steps"]] == [
        [["till.cents is 0", "read here"]],
        [["till.cents = 200", None]],
    ]
    assert [step["values"] for step in witness["steps"]] == [{"till.cents": "100"}] * 2


def test_an_outcome_that_cannot_be_walked_has_no_tab() -> None:
    """It keeps its row in the table."""
    page = Page(search_page([Explored(search(), {})]))
    assert not [a for _, a in page.elements if a.get("role") == "tab"]
    assert "lost" in page.visible


def test_names_of_threads_that_are_scripts_are_text_in_searches() -> None:
    """Neither a name nor a value nor a case ends the element it stands in."""
    account = search(case=HOSTILE, reason=HOSTILE)
    text = search_page([Explored(account, {1: walk(HOSTILE, HOSTILE)})])
    page = Page(text)
    assert [a.get("type") for tag, a in page.elements if tag == "script"] == ["application/json", None]
    assert "\u202e" not in text
    assert page.data["witnesses"][0]["threads"][1].startswith("</script>")
