"""Real logs, mutilated: cut off, interleaved, overwritten, forged. Each form of report refuses them with a sentence, or
reports what can be read and says that it is not all; what it draws is inert.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages_read import Page
from trace_format import problems

from threadbench.cli.report import command
from threadbench.errors import LogError, printable

HOSTILE = ["", "\x1b[2J\x07", "\u202egnirts", "<script>", "n" * 10_000, "a\nb\r", "\x00", "\ufeff"]
VALUES: list[Any] = [
    *HOSTILE,
    *(None, True, -1, 0, 1.5, 2**63 - 1, 2**63, 10**25, -(10**25), 1e300),
    *([], {}, [[]], {"a": {"b": [1]}}, {"\x1b": "\u202e"}),
]
FIELDS = ["seq", "t", "event", "thread", "object", "at", "data"]
EXIT_CODES = {0, 1, 2, 4}
EXPORTER = """
import threadbench

def write(log, destination):
    with destination.open("w", encoding="utf-8") as file:
        for event in threadbench.read_log(log):
            print(event.seq, file=file)

@threadbench.hookimpl
def threadbench_exporters():
    return {"numbers": write}
"""
"""A plugin with an exporter as documented, which does not care what a log may lack."""


class Hand:
    """Does to a log what accidents and strangers do."""

    def __init__(self, chance: Random, others: list[list[bytes]]) -> None:
        self.chance = chance
        self.others = others

    def at(self, lines: list[bytes]) -> int:
        """A line."""
        return self.chance.randrange(max(1, len(lines)))

    def cut(self, lines: list[bytes]) -> list[bytes]:
        """The file ends somewhere, perhaps within a line."""
        raw = b"".join(lines)
        return [raw[: self.chance.randint(0, len(raw))]]

    def drop(self, lines: list[bytes]) -> list[bytes]:
        """A line is missing."""
        at = self.at(lines)
        return [*lines[:at], *lines[at + 1 :]]

    def twice(self, lines: list[bytes]) -> list[bytes]:
        """A line stands twice."""
        at = self.at(lines)
        return [*lines[: at + 1], *lines[at:]]

    def swap(self, lines: list[bytes]) -> list[bytes]:
        """Two lines are in each other's place."""
        one, other = self.at(lines), self.at(lines)
        changed = list(lines)
        changed[one], changed[other] = lines[other], lines[one]
        return changed

    def interleave(self, lines: list[bytes]) -> list[bytes]:
        """Two writers wrote to one file."""
        other = self.chance.choice(self.others)
        at = self.at(lines)
        return [*lines[:at], *(each for both in zip(lines[at:], other, strict=False) for each in both)]

    def overwrite(self, lines: list[bytes]) -> list[bytes]:
        """Some bytes are others."""
        raw = bytearray(b"".join(lines))
        at = self.chance.randint(0, len(raw))
        raw[at : at + self.chance.randint(0, 20)] = self.chance.randbytes(self.chance.randint(0, 20))
        return [bytes(raw)]

    def intrude(self, lines: list[bytes]) -> list[bytes]:
        """A line of something else."""
        at = self.at(lines)
        foreign = self.chance.choice([b"INFO started\n", b"{}\n", b"[1,2]\n", b"\n", b"null\n", b"\xff\xfe\n"])
        return [*lines[:at], foreign, *lines[at:]]

    def forge(self, lines: list[bytes]) -> list[bytes]:
        """A field has a value that nobody wrote."""
        at = self.at(lines)
        try:
            line = json.loads(lines[at])
        except (ValueError, IndexError):
            return lines
        inner = line["data"] if isinstance(line, dict) and isinstance(line.get("data"), dict) else None
        target, names = (inner, sorted(inner)) if inner and self.chance.random() < 0.5 else (line, FIELDS)
        if isinstance(target, dict) and names:
            target[self.chance.choice(names)] = self.chance.choice(VALUES)
        return [*lines[:at], json.dumps(line).encode() + b"\n", *lines[at + 1 :]]


HANDS = [Hand.cut, Hand.drop, Hand.twice, Hand.swap, Hand.interleave, Hand.overwrite, Hand.intrude, Hand.forge]


def is_whole(raw: bytes) -> bool:
    """Whether these bytes are a log from its first to its last line, as far as numbers and frame go."""
    try:
        lines = [json.loads(line) for line in raw.decode().split("\n")[:-1]]
        numbered = [line["seq"] for line in lines] == list(range(len(lines)))
        return numbered and raw.endswith(b"\n") and lines[-1]["event"] == "run.finished"
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False


def report(log: Path, *options: str) -> Any:
    """The command's result; a refusal is a `LogError`, and everything else a defect."""
    done = CliRunner().invoke(command, [str(log), *options], standalone_mode=False, env={"COLUMNS": "100"})
    if isinstance(done.exception, LogError):
        assert printable(str(done.exception).replace("\n", " "))
        return None
    if done.exception is not None:
        raise done.exception
    assert done.return_value in EXIT_CODES
    return done


class Logs(list[list[bytes]]):
    """Lines of logs, which hypothesis is not to print."""

    def __repr__(self) -> str:
        return "Logs()"


@pytest.fixture(scope="module")
def short_logs(library_logs: list[Path]) -> Logs:
    """The lines of those logs of the library that have less than two hundred."""
    logs = [log.read_bytes().splitlines(keepends=True) for log in library_logs]
    return Logs(log for log in logs if len(log) < 200)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(chance=st.randoms(use_true_random=True))
def test_a_mutilated_log_is_refused_or_reported_and_marked(chance: Random, short_logs: Logs, tmp_path: Path) -> None:
    """In the terminal, with all events, as JSON, JUnit, trace and HTML, by a plugin's exporter, and beside the log that
    it was made of.
    """
    whole = chance.choice(short_logs)
    lines = whole
    for hand in chance.choices(HANDS, k=chance.randint(1, 3)):
        lines = hand(Hand(chance, short_logs), lines) if lines else lines
    raw = b"".join(lines)
    log, sound = tmp_path / "log.jsonl", tmp_path / "sound.jsonl"
    log.write_bytes(raw)
    sound.write_bytes(b"".join(whole))
    made = {name: tmp_path / name for name in ("junit.xml", "trace.json", "page.html", "numbers.txt")}
    plugin = tmp_path / "numbers.py"
    plugin.write_text(EXPORTER, encoding="utf-8")
    for path in made.values():
        path.unlink(missing_ok=True)
    done = report(log, "--json", "--junit", str(made["junit.xml"]), "--trace", str(made["trace.json"]))
    shown = report(log, "-v", "--html", str(made["page.html"]))
    exported = report(log, "-q", "--plugin", str(plugin), "--export", f"numbers={made['numbers.txt']}")
    beside = report(log, "--against", str(sound)), report(sound, "--against", str(log))
    assert (done is None) == (shown is None) == (exported is None)
    assert all(done is not None or each is None for each in beside)
    if done is None:
        return
    missing = json.loads(done.stdout)["missing"]
    assert missing is not None or is_whole(raw)
    properties = {each.get("name"): each.get("value") for each in Xml.parse(made["junit.xml"]).iter("property")}
    assert ("missing" in properties) == (missing is not None)
    page = Page(made["page.html"].read_text(encoding="utf-8"))
    assert ("This log is partial" in page.visible) == (missing is not None)
    assert printable(page.visible.replace("\n", "")) == page.visible.replace("\n", "")
    assert [attributes.get("type") for tag, attributes in page.elements if tag == "script"].count(None) == 1
    assert 0 < len(made["numbers.txt"].read_bytes().splitlines()) <= raw.count(b"\n") + 1
    trace = made["trace.json"].read_bytes()
    assert problems(trace) == []
    assert (json.loads(trace)["otherData"]["missing"] is None) == (missing is None)
    assert missing is None or "UNFINISHED" in shown.stdout or "partial report" in shown.stderr
    for text in (shown.stdout, shown.stderr, *(each.stdout for each in beside if each)):
        assert printable(text.replace("\n", "")) == text.replace("\n", "")
