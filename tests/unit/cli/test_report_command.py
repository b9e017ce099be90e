"""`threadbench report` on logs that are whole, cut off, damaged, foreign and hostile."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from threadbench.cli.report import command
from threadbench.errors import LogError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = {
    "seq": 0,
    "t": 0,
    "event": "run.started",
    "data": {"schema": "threadbench.events/1", "case": "a.yaml::a", "kind": "race", "seed": 1},
}
WAITS = {"seq": 1, "t": 5, "event": "lock.waiting", "thread": "T1", "object": "store"}
END = {"verdict": "passed", "as_expected": True, "counts": {"events": 3}}


def report(tmp_path: Path, lines: list[Any], *options: str) -> Any:
    """What the command came to for a log of these lines."""
    log = tmp_path / "log.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines]
    log.write_text("".join(texts), encoding="utf-8")
    return CliRunner().invoke(command, [str(log), *options], standalone_mode=False)


def test_what_comes_before_the_damage_is_reported(tmp_path: Path) -> None:
    """The report is marked as partial, names the line, and the exit code is that of a log that cannot be read."""
    done = report(tmp_path, [HEADER, WAITS, "no event\n", WAITS])
    assert (done.exception, done.return_value) == (None, 2)
    assert "partial report: " in done.stderr
    assert "log.jsonl:3: damaged event log" in done.stderr
    assert "store" in done.stdout
    assert "UNFINISHED" in done.stdout


def test_lines_of_two_logs_in_one_are_reported_as_far_as_they_are_one(tmp_path: Path) -> None:
    """Where a number stands twice, another log begins."""
    done = report(tmp_path, [HEADER, WAITS, {**WAITS, "thread": "T9"}])
    assert (done.exception, done.return_value) == (None, 2)
    assert "seq 1 stands where 2 belongs" in done.stderr
    assert "T9" not in done.stdout


def test_a_log_without_an_end_is_drawn_as_unfinished(tmp_path: Path) -> None:
    """Cut off within its last line, it is read up to the one before."""
    done = report(tmp_path, [HEADER, WAITS, '{"seq":2,"t'], "--json")
    assert done.exception is None
    document = json.loads(done.stdout)
    assert document["missing"] == "it has no last line: it was cut off, or its run goes on"
    assert [row["waiting"] for row in document["objects"]] == [1]


def test_a_damaged_log_is_compared_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    """With another scenario's log, whichever of the two is damaged: what differs is named, and the damage too."""
    other = tmp_path / "other.jsonl"
    header = {**HEADER, "data": {**HEADER["data"], "case": "b.yaml::b"}}  # type: ignore[dict-item] # it is a dict
    other.write_text(json.dumps(header) + "\n" + json.dumps({**WAITS, "thread": "T2"}) + "\nno event\n", "utf-8")
    end = {"seq": 2, "t": 9, "event": "run.finished", "data": END}
    done = report(tmp_path, [HEADER, WAITS, end], "--against", str(other), "--json")
    document = json.loads(done.stdout)
    changes = {each["what"]: (each["against"], each["this"]) for each in document["changes"] if each["differs"]}
    assert changes["case"] == ("b.yaml::b", "a.yaml::a")
    assert changes["verdict"] == ("unfinished", "passed")
    assert (document["parting"]["other"]["thread"], document["parting"]["this"]["thread"]) == ("T2", "T1")
    assert "other.jsonl:3: damaged event log" in done.stderr
    assert "other.jsonl:3: damaged event log" in document["missing"]["against"]
    assert document["missing"]["this"] is None
    text = report(tmp_path, [HEADER, WAITS, end], "--against", str(other))
    assert "they part here" in text.stdout
    assert type(report(tmp_path, [HEADER], "--against", str(tmp_path / "none")).exception).__name__ == "LogError"


def test_what_stands_behind_the_last_line_is_damage(tmp_path: Path) -> None:
    """A log that has ended is not one that was cut off."""
    end = {"seq": 2, "t": 9, "event": "run.finished", "data": END}
    done = report(tmp_path, [HEADER, WAITS, end, '{"seq":3,"t'])
    assert (done.exception, done.return_value) == (None, 2)
    assert "log.jsonl:4: damaged event log" in done.stderr
    assert "passed" in done.stdout


@pytest.mark.parametrize("text", ["", "hello\n", "[1]\n", '{"seq":0}\n', "\x00\x00", '{"a":' * 5000])
def test_what_is_no_log_is_refused(tmp_path: Path, text: str) -> None:
    """A sentence, and no traceback."""
    done = report(tmp_path, [text])
    assert type(done.exception).__name__ == "LogError"
    assert "is not an event log" in str(done.exception)


def test_hostile_names_are_shown_inertly(tmp_path: Path) -> None:
    """Neither an escape sequence nor a mark of direction reaches the terminal, and long names are cut."""
    names = ["\x1b]0;owned\x07", "\u202egnirts", "<script>alert(1)</script>", "n" * 10_000]
    lines = [
        {"seq": at, "t": at, "event": "lock.waiting", "thread": name, "object": name}
        for at, name in enumerate(names, start=1)
    ]
    end = {"seq": 5, "t": 9, "event": "run.finished", "data": END}
    done = report(tmp_path, [HEADER, *lines, end])
    assert (done.exception, done.return_value) == (None, 0)
    assert not any(mark in done.stdout for mark in "\x1b\x07\u202e")
    assert max(map(len, done.stdout.splitlines())) < 300


def test_a_trace_is_written_beside_the_report(tmp_path: Path) -> None:
    """`--trace` makes a file that is one JSON object."""
    report(tmp_path, [HEADER, WAITS], "--trace", str(tmp_path / "trace.json"))
    assert json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["otherData"]["case"] == "a.yaml::a"
    done = report(tmp_path, [HEADER, WAITS], "--trace", str(tmp_path / "no" / "trace.json"))
    assert "cannot write" in str(done.exception)


@pytest.mark.parametrize(
    ("lines", "lacks"),
    [
        ([HEADER, WAITS], "it has no last line"),
        ([HEADER, WAITS, '{"seq": 2, "t": 9, "ev'], "it has no last line"),
        ([HEADER, WAITS, "no event\n", WAITS], "log.jsonl:3: damaged event log"),
        ([HEADER, WAITS, HEADER, WAITS], "seq 0 stands where 2 belongs"),
        ([HEADER, WAITS, {**WAITS, "seq": 2, "t": "late"}], "Expected `int`, got `str`"),
    ],
    ids=["truncated", "torn", "corrupt", "interleaved", "of another type"],
)
def test_a_page_of_a_damaged_log_says_what_it_lacks(tmp_path: Path, lines: list[Any], lacks: str) -> None:
    """What stands before the damage is in it, and above everything else what is wrong with the rest."""
    page = tmp_path / "log.html"
    done = report(tmp_path, lines, "--html", str(page))
    assert done.exception is None
    assert done.return_value != 0
    text = page.read_text(encoding="utf-8")
    (note,) = [line for line in text.splitlines() if 'id="partial"' in line]
    assert "This log is partial" in note
    assert html.escape(lacks) in note
    assert text.index('id="partial"') < text.index('id="timeline"')
    assert "store" in text


@pytest.mark.parametrize("text", ["", "\n", "hello\n", '{"traceEvents": []}\n', "\x00\x01\x02", "[]"])
def test_of_what_is_no_log_no_page_is_written(tmp_path: Path, text: str) -> None:
    """A foreign file is refused by name, and an older page stays what it was."""
    page = tmp_path / "log.html"
    page.write_text("older", encoding="utf-8")
    done = report(tmp_path, [text], "--html", str(page))
    assert isinstance(done.exception, LogError)
    assert "log.jsonl is not an event log" in str(done.exception)
    assert page.read_text(encoding="utf-8") == "older"
