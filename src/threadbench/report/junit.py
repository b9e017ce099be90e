"""JUnit XML, as CI systems read it: a testsuite per scenario file, a testcase per run or search.

Names and texts come from files and workloads: what XML cannot hold is replaced, so that the document is well-formed
whatever they are. Facts of a run are properties of its testcase, those with parts as the JSON that `--json` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from .block import cycle_text, failure_text
from .json import compact, object_entry, pair_entry
from .line import plain
from .search import search_block
from .tables import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .account import Account, CaseAccount
    from .line import Line
    from .search import SearchAccount
    from .summary import Summary

_ROWS = 100


def junit(
    cases: Sequence[CaseAccount],
    block: Callable[[Account], list[Line]],
    read: Callable[[Account], tuple[Summary, str | None] | None] = lambda _run: None,
) -> str:
    """The document.

    Args:
        cases: all cases of the session.
        block: the text that explains a run which is not as expected.
        read: what the log of a run comes to, and what it lacks; None where it is not read.
    """
    suites: dict[str, list[CaseAccount]] = {}
    for case in cases:
        suites.setdefault(case.case.partition("::")[0], []).append(case)
    root = Xml.Element("testsuites", name="threadbench")
    for file, members in suites.items():
        suite = Xml.SubElement(root, "testsuite", name=_xml(file))
        for case in members:
            for run in case.runs:
                element = _testcase(suite, case, run, block)
                if (log := read(run)) is not None:
                    summary, missing = log
                    if missing is not None:
                        _property(element, "missing", missing)
                    _contention(element, summary)
            for failure in case.failures:
                element = _case_element(suite, case, f"{_name(case)} pass rate", 0.0)
                Xml.SubElement(element, "failure", type="failed", message=_xml(failure_text(failure))).text = _xml(
                    failure.at or ""
                )
        _count(suite, sum(case.duration for case in members))
    _count(root, sum(case.duration for case in cases))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def search_junit(searches: Sequence[SearchAccount]) -> str:
    """The document of a session that explored: a testcase per search."""
    suites: dict[str, list[SearchAccount]] = {}
    for search in searches:
        suites.setdefault(search.file, []).append(search)
    root = Xml.Element("testsuites", name="threadbench")
    for file, members in suites.items():
        suite = Xml.SubElement(root, "testsuite", name=_xml(file))
        for search in members:
            _search(suite, search)
        _count(suite, sum(search.duration for search in members))
    _count(root, sum(search.duration for search in searches))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _search(suite: Xml.Element, search: SearchAccount) -> None:
    name = f"{search.case.partition('::')[2] or search.case} {search.model}"
    element = Xml.SubElement(
        suite, "testcase", name=_xml(name), classname=_xml(search.file), time=f"{search.duration:.6f}"
    )
    properties = Xml.SubElement(element, "properties")
    facts = ("kind", "model", "seed", "strategy", "verdict", "exhaustive", "schedules", "witness")
    for key in facts:
        Xml.SubElement(properties, "property", name=key, value=_xml(str(getattr(search, key))))
    if not search.as_expected:
        tag = "failure" if search.verdict in {"holds", "violated"} else "error"
        text = "\n".join(plain(each) for each in search_block(search))
        Xml.SubElement(element, tag, type=_xml(search.verdict), message=_xml(search.reason)).text = _xml(text)


def _testcase(
    suite: Xml.Element, case: CaseAccount, run: Account, block: Callable[[Account], list[Line]]
) -> Xml.Element:
    name = _name(case) + (f" #{run.repeat}" if len(case.runs) > 1 else "")
    element = _case_element(suite, case, name, run.closing.duration if run.closing else 0.0)
    Xml.SubElement(element, "properties")
    facts = {"kind": run.kind, "seed": run.seed, "repeat": run.repeat, "verdict": run.verdict, "log": run.log}
    for key, value in facts.items():
        _property(element, key, str(value))
    for key, text in _closing(run):
        _property(element, key, text)
    # Where repeats are judged by their pass rate, a single one that fails is no failure of the case.
    if run.as_expected or case.as_expected:
        return element
    message = (run.closing.reason if run.closing else None) or run.verdict
    tag = "failure" if run.verdict in {"passed", "failed"} else "error"
    text = "\n".join(plain(each) for each in block(run))
    Xml.SubElement(element, tag, type=_xml(run.verdict), message=_xml(message)).text = _xml(text)
    return element


def _closing(run: Account) -> Iterator[tuple[str, str]]:
    """What the last line of a log says, as names and values."""
    closing = run.closing
    if closing is None:
        return
    yield "outcome", compact(closing.outcome)
    for check in closing.checks:
        yield f"check {check.name}", "ok" if check.ok else "no"
    for number, text in enumerate(cycle_text(closing), start=1):
        yield f"deadlock {number}", text
    for name, value in closing.metrics.items():
        yield f"metric {name}", compact(value)


def _contention(element: Xml.Element, summary: Summary) -> None:
    """The hundred objects and pairs that cost most in waiting, as properties, and the tables that people see."""
    for row in summary.objects[:_ROWS]:
        _property(element, f"{row.kind} {row.name}", compact(object_entry(row)))
    for number, pair in enumerate(summary.pairs[:_ROWS], start=1):
        _property(element, f"blocked {number}", compact(pair_entry(pair)))
    text = "\n".join(plain(each) for each in tables(summary))
    Xml.SubElement(element, "system-out").text = _xml(text)


def _property(element: Xml.Element, name: str, value: str) -> None:
    properties = element.find("properties")
    assert properties is not None, "every testcase of a run has them"
    Xml.SubElement(properties, "property", name=_xml(name), value=_xml(value))


def _case_element(suite: Xml.Element, case: CaseAccount, name: str, duration: float) -> Xml.Element:
    file = case.case.partition("::")[0]
    return Xml.SubElement(suite, "testcase", name=_xml(name), classname=_xml(file), time=f"{duration:.6f}")


def _name(case: CaseAccount) -> str:
    return case.case.partition("::")[2] or case.case


def _count(element: Xml.Element, duration: float) -> None:
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", str(sum(1 for _ in element.iter("error"))))
    element.set("time", f"{duration:.6f}")


def _xml(text: str) -> str:
    """Text with the characters that XML 1.0 forbids replaced."""
    return "".join(char if _allowed(ord(char)) else "\N{REPLACEMENT CHARACTER}" for char in text)


def _allowed(code: int) -> bool:
    return code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
