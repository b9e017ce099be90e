"""JUnit XML, as CI systems read it: a testsuite per scenario file, a testcase per run or search.

Names and texts come from files and workloads: what XML cannot hold is replaced, so that the document is well-formed
whatever they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from .block import failure_text
from .line import plain
from .search import search_block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .account import Account, CaseAccount
    from .line import Line
    from .search import SearchAccount


def junit(cases: Sequence[CaseAccount], block: Callable[[Account], list[Line]]) -> str:
    """The document.

    Args:
        cases: all cases of the session.
        block: the text that explains a run which is not as expected.
    """
    suites: dict[str, list[CaseAccount]] = {}
    for case in cases:
        suites.setdefault(case.case.partition("::")[0], []).append(case)
    root = Xml.Element("testsuites", name="threadbench")
    for file, members in suites.items():
        suite = Xml.SubElement(root, "testsuite", name=_xml(file))
        for case in members:
            for run in case.runs:
                _testcase(suite, case, run, block)
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


def _testcase(suite: Xml.Element, case: CaseAccount, run: Account, block: Callable[[Account], list[Line]]) -> None:
    name = _name(case) + (f" #{run.repeat}" if len(case.runs) > 1 else "")
    element = _case_element(suite, case, name, run.closing.duration if run.closing else 0.0)
    properties = Xml.SubElement(element, "properties")
    facts = {"kind": run.kind, "seed": run.seed, "repeat": run.repeat, "verdict": run.verdict, "log": run.log}
    for key, value in facts.items():
        Xml.SubElement(properties, "property", name=key, value=_xml(str(value)))
    # Where repeats are judged by their pass rate, a single one that fails is no failure of the case.
    if run.as_expected or case.as_expected:
        return
    message = (run.closing.reason if run.closing else None) or run.verdict
    tag = "failure" if run.verdict in {"passed", "failed"} else "error"
    text = "\n".join(plain(each) for each in block(run))
    Xml.SubElement(element, tag, type=_xml(run.verdict), message=_xml(message)).text = _xml(text)


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
