"""The command line as people, scripts and CI use it: processes, pipes, signals and terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

GOOD = "kind: lock\nparams: {pause: 1ms}\n"
BAD = "kind: lock\nparams: {pause: 1ms}\nexpect:\n  outcome: {lost: 5}\n"
EVIL = """\
def speak(state=None):
    print("\\x1b[2J\\u202e\\u2028\\n::error::owned")
    raise ValueError("\\x1b[2J\\n::error::owned")
"""
OFFICE = """\
import threading

printer = threading.Lock()
disk = threading.Lock()
both = threading.Barrier(2)


def first(state=None):
    with printer:
        both.wait()
        with disk:
            pass


def second(state=None):
    with disk:
        both.wait()
        with printer:
            pass
"""
LONG = "kind: lock\nparams: {pause: 50s}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with scenarios; the environment says nothing of colours or CI."""
    for name in ("CI", "FORCE_COLOR", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "THREADBENCH_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    for name, text in {"good": GOOD, "bad": BAD, "long": LONG, "invalid": "kind: lok\n"}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "threadbench", *arguments]


def tb(*arguments: str, **settings) -> subprocess.CompletedProcess[str]:
    """Run threadbench to its end."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    return subprocess.run(command(*arguments), text=True, encoding="utf-8", check=False, timeout=120, **streams)


def on_a_terminal(*arguments: str, environ: dict[str, str]) -> tuple[int, str]:
    """Run threadbench on a terminal of its own; returns exit code and what was drawn."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", **environ}
    ) as process:
        os.close(theirs)
        drawn = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            drawn += part
        process.wait(120)
    os.close(ours)
    return process.returncode, drawn.decode()


def the_log(folder: Path) -> Path:
    (log,) = folder.glob(".threadbench/runs/*/*.jsonl")
    return log


def test_run_prints_header_case_and_totals_and_leaves_a_log(folder: Path) -> None:
    """A good run is four lines on standard output, nothing on standard error, one log, exit 0."""
    done = tb("run", "good.yaml")
    header, case, empty, totals = done.stdout.splitlines()
    assert re.match(r"threadbench \S+ · CPython 3\.\S+, GIL o(n|ff) · \d+ CPUs? · .+ · seed \d+$", header)
    assert case.split()[:2] == ["passed", "good.yaml::good"]
    assert empty == ""
    assert re.match(r"1 case in \S+: 1 passed$", totals)
    assert (done.stderr, done.returncode) == ("", 0)
    assert json.loads(the_log(folder).read_text(encoding="utf-8").splitlines()[-1])["event"] == "run.finished"


def test_a_case_can_be_pasted_back(folder: Path) -> None:
    """The id in a line is an argument of run."""
    case = tb("run", "good.yaml").stdout.splitlines()[1].split()[1]
    assert tb("run", case, "-q").stdout.startswith("1 case in ")


def test_a_failure_is_repeated_last_with_its_place_and_replay(folder: Path) -> None:
    """file:line:column, caret, the command that runs it again; exit 1."""
    done = tb("run", "bad.yaml", "good.yaml", "--seed", "7")
    lines = done.stdout.splitlines()
    first = lines.index("FAILED bad.yaml::bad")
    assert first > 2
    assert lines[first + 1].startswith("  bad.yaml:4:19: outcome.lost: expected ")
    assert lines[first + 2] == "    4 |   outcome: {lost: 5}"
    assert lines[first + 3].index("^") == lines[first + 2].index("5}")
    assert "  replay: threadbench run bad.yaml::bad --seed 7" in lines
    assert lines[-1].startswith("2 cases in ")
    assert done.returncode == 1


def test_hundreds_of_threads_run_at_once(folder: Path) -> None:
    """As many workers as a kind allows all live at the same time, and each is in the log."""
    (folder / "many.yaml").write_text("kind: lock\nparams: {workers: 400, updates: 400, pause: 0}\n", encoding="utf-8")
    done = tb("run", "many.yaml", "--json")
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["cases"][0]["runs"][0]["counts"]
    assert (counts["threads"], counts["back_pressure"]) == (401, 0)


def test_a_name_longer_than_file_names_may_be_has_a_log(folder: Path) -> None:
    """A file's name is counted in bytes: two hundred characters of three bytes are too many."""
    text = "kind: lock\nparams: {pause: 0}\nname: " + "\u65e5" * 200 + "\n"
    (folder / "long-name.yaml").write_text(text, encoding="utf-8")
    assert tb("run", "long-name.yaml").returncode == 0
    assert tb("report", str(the_log(folder))).returncode == 0


def test_a_file_system_that_takes_ascii_only_has_a_log(folder: Path) -> None:
    """Names that cannot be written where Python takes the file system for ASCII are written otherwise."""
    text = 'kind: lock\nparams: {pause: 0}\nname: "\u65e5\u672c"\n'
    (folder / "named.yaml").write_text(text, encoding="utf-8")
    environ = {**os.environ, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = tb("run", "named.yaml", env=environ)
    assert done.returncode == 0, done.stderr
    assert the_log(folder).name.isascii()


@pytest.mark.parametrize(("option", "value"), [("--seed", str(2**64)), ("--timeout", "169h"), ("--timeout", "1e9")])
def test_options_have_the_bounds_of_their_keys(folder: Path, option: str, value: str) -> None:
    """What a file is refused for, the option is refused for."""
    (folder / "bound.yaml").write_text(f"kind: lock\n{option.strip('-')}: {value}\n", encoding="utf-8")
    assert tb("validate", "bound.yaml").returncode == 2
    done = tb("run", "good.yaml", option, value)
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr.startswith(f"error: invalid value for '{option}': ")


def test_quiet_is_one_line(folder: Path) -> None:
    """`-q` prints the totals alone."""
    assert len(tb("run", "good.yaml", "bad.yaml", "-q").stdout.splitlines()) == 1


def test_verbose_shows_events(folder: Path) -> None:
    """`-v` prints what happened between the header and the case."""
    assert re.search(r"lock\.acquired +\S+ .*:\d+", tb("run", "good.yaml", "-v").stdout)


def test_fail_fast_stops_behind_the_first_failure(folder: Path) -> None:
    """`-x` leaves the other cases unrun, and says so."""
    done = tb("run", "bad.yaml", "good.yaml", "-x")
    assert "good.yaml::good" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith("stopped after 1 of 2 cases in ")
    assert done.returncode == 1


def test_json_is_exactly_one_document(folder: Path) -> None:
    """Standard output is JSON; people read standard error."""
    done = tb("run", "good.yaml", "bad.yaml", "--json", "--seed", "7")
    document = json.loads(done.stdout)
    assert (document["schema"], document["exit_code"], done.returncode) == ("threadbench.run/1", 1, 1)
    assert document["session"]["seed"] == 7
    good, bad = document["cases"]
    assert (good["case"], good["as_expected"], good["runs"][0]["verdict"]) == ("good.yaml::good", True, "passed")
    assert bad["runs"][0]["failures"][0]["at"] == "bad.yaml:4:19"
    assert Path(bad["runs"][0]["log"]).is_file()
    assert done.stderr.splitlines()[-1].startswith("2 cases in ")


def test_json_of_invalid_files_is_a_document_too(folder: Path) -> None:
    """Nothing but JSON comes out where JSON was asked for, whatever goes wrong."""
    for arguments in (["run", "invalid.yaml"], ["run", "missing.yaml"], ["run"], ["report", "missing.jsonl"]):
        done = tb(*arguments, "--json")
        assert json.loads(done.stdout)["exit_code"] == done.returncode == 2


def test_events_can_go_to_standard_output(folder: Path) -> None:
    """`--events -` writes JSON Lines; people read standard error."""
    done = tb("run", "good.yaml", "--events", "-")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert (events[0]["event"], events[-1]["event"]) == ("run.started", "run.finished")
    assert "passed" in done.stderr


def test_events_can_go_to_a_file(folder: Path) -> None:
    """`--events FILE` names the log of one run."""
    assert tb("run", "good.yaml", "--events", "mine.jsonl").returncode == 0
    assert (folder / "mine.jsonl").read_text(encoding="utf-8").startswith('{"seq":0,')


def test_junit_of_a_run_has_the_facts_of_its_report(folder: Path) -> None:
    """`run --junit` tells the contention of each run as `report --junit` does of its log."""
    tb("run", "good.yaml", "--junit", "run.xml", "--events", "good.jsonl")
    tb("report", "good.jsonl", "--junit", "report.xml")
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("run.xml", "report.xml")]
    root = Xml.fromstring(texts[0])
    names = [each.get("name", "") for each in root.iter("property")]
    assert any(name.startswith("lock ") for name in names)
    assert "object" in root.findtext(".//system-out", "")
    assert texts[0] == texts[1]


def test_junit_is_written_beside_the_text(folder: Path) -> None:
    """A suite for each file; the failure has the text that people see."""
    done = tb("run", "good.yaml", "bad.yaml", "--junit", "out.xml")
    root = Xml.parse(folder / "out.xml").getroot()
    assert [suite.get("name") for suite in root] == ["good.yaml", "bad.yaml"]
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert "bad.yaml:4:19" in (root.findtext(".//failure") or "")
    assert done.returncode == 1


def test_a_file_that_cannot_be_written_is_named(folder: Path) -> None:
    """The folder of `--junit` has to exist."""
    done = tb("run", "good.yaml", "--junit", "nowhere/out.xml")
    assert "'--junit': cannot write 'nowhere/out.xml': there is no folder 'nowhere'" in done.stderr
    assert (done.stdout, list(folder.glob(".threadbench"))) == ("", [])  # told before anything was run
    assert done.returncode == 2


def test_a_forgotten_value_costs_no_scenario(folder: Path) -> None:
    """`--junit good.yaml` and `--events good.yaml` are mistakes, and neither writes over what somebody wrote."""
    for option in ("--junit", "--events"):
        done = tb("run", "bad.yaml", option, "good.yaml")
        assert "nothing is written over " in done.stderr
        assert done.returncode == 2
    assert (folder / "good.yaml").read_text(encoding="utf-8") == GOOD
    for _ in range(2):
        assert tb("run", "good.yaml", "--events", "log.jsonl", "-q").returncode == 0  # a log is, by the next one
    log = (folder / "log.jsonl").read_bytes()
    assert tb("report", "log.jsonl", "--junit", "log.jsonl").returncode == 2
    assert (folder / "log.jsonl").read_bytes() == log


def test_no_path_is_told_as_such(folder: Path) -> None:
    """What a script leaves empty is no file without a name."""
    done = tb("run", "")
    assert (done.stderr, done.returncode) == ("'':1:1: error: no path\n  hint: write PATH, or PATH::CASE\n", 2)


def test_report_says_what_run_said(folder: Path) -> None:
    """The block of a failure is the same, tables of threads and objects follow; the exit code is the run's."""
    ran = tb("run", "bad.yaml", "--seed", "7").stdout
    log = str(the_log(folder).relative_to(folder))
    done = tb("report", log)
    block = ran[ran.index("FAILED bad.yaml::bad") : ran.index("1 case in ")].strip()
    assert block in done.stdout
    assert re.search(r"^thread +from +to +lived +events +waited +ended$", done.stdout, re.MULTILINE)
    waits = r"^object +kind +done +waited +wait p50 +p95 +max +total"
    assert re.search(waits, done.stdout, re.MULTILINE)
    assert re.search(r"^object +kind.* hold p50 +p95 +max", done.stdout, re.MULTILINE)
    assert done.returncode == 1


def test_report_writes_json_and_junit(folder: Path) -> None:
    """The same log for machines."""
    tb("run", "good.yaml")
    done = tb("report", str(the_log(folder)), "--json", "--junit", "out.xml")
    document = json.loads(done.stdout)
    assert (document["schema"], document["run"]["verdict"]) == ("threadbench.report/1", "passed")
    assert {row["kind"] for row in document["objects"]} >= {"lock"}
    assert Xml.parse(folder / "out.xml").getroot().get("tests") == "1"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.jsonl", None, "there is no such file"),
        (".", None, "is a folder"),
        ("empty.jsonl", b"", "empty"),
        ("text.jsonl", b"hello\n", "not an event log"),
        ("binary.jsonl", bytes(range(256)), "not an event log"),
        ("other.jsonl", b'{"seq":0,"t":0,"event":"run.started","data":{"schema":"threadbench.events/9"}}\n', "schema"),
    ],
)
def test_what_is_no_log_is_refused_by_name(folder: Path, name: str, content: bytes | None, said: str) -> None:
    """A located message and exit 2, never a traceback."""
    if content is not None:
        (folder / name).write_bytes(content)
    done = tb("report", name)
    assert done.stderr.startswith("error: ")
    assert name in done.stderr
    assert said in done.stderr
    assert "\n  hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_a_folder_of_logs_names_one(folder: Path) -> None:
    """Who names a session's folder sees what may be named in it."""
    tb("run", "good.yaml", "--events", "logs/")
    done = tb("report", "logs")
    assert done.stderr == "error: logs: is a folder; name one of the logs in it\n  hint: such as logs/good.1.jsonl\n"


def test_a_witness_is_no_log_and_is_replayed(folder: Path) -> None:
    """Who gives `report` what `explore` keeps is told which command it is for."""
    tb("explore", "good.yaml", "--set", "params.lock=none")
    (kept,) = folder.glob(".threadbench/witnesses/*.json")
    done = tb("report", str(kept))
    assert done.stderr == f"error: {kept} is a witness, and no event log\n  hint: threadbench replay {kept}\n"
    assert done.returncode == 2


def test_an_option_of_another_verb_is_found_there(folder: Path) -> None:
    """Who looks for the page of a run in `run` is led to `report`; a misspelt option is what it resembles."""
    done = tb("run", "good.yaml", "--trace", "page.json")
    assert done.stderr == "error: no such option '--trace'\n  hint: it is an option of report, behind the verb\n"
    done = tb("run", "good.yaml", "--jnit", "x.xml")
    assert (done.stderr, done.returncode) == ("error: no such option '--jnit'\n  hint: did you mean '--junit'?\n", 2)


def test_a_missing_word_has_its_choices_in_the_hint(folder: Path) -> None:
    """What could stand there is told in one line."""
    done = tb("completion")
    assert (done.stderr, done.returncode) == ("error: missing argument 'SHELL'\n  hint: one of: bash, zsh, fish\n", 2)


def test_a_log_that_was_cut_off_is_unfinished(folder: Path) -> None:
    """A torn log is shown as far as it goes; its run came to nothing that was asked for."""
    tb("run", "good.yaml")
    log = the_log(folder)
    text = log.read_bytes()
    (folder / "cut.jsonl").write_bytes(text[: text.rindex(b'{"seq"') + 20])
    done = tb("report", "cut.jsonl")
    assert "UNFINISHED good.yaml::good" in done.stdout
    assert done.returncode == 4


def test_validate_says_what_run_says(folder: Path) -> None:
    """The same words on standard error, and the same exit code."""
    checked, ran = tb("validate", "invalid.yaml"), tb("run", "invalid.yaml")
    assert checked.stderr == ran.stderr
    assert checked.stderr.startswith("invalid.yaml:1:7: error: ")
    assert checked.returncode == ran.returncode == 2
    assert tb("validate", "good.yaml", "bad.yaml").stdout == "valid: 2 cases in 2 files\n"


def test_validate_gives_diagnostics_to_machines(folder: Path) -> None:
    """JSON with every place; on GitHub, annotations too."""
    done = tb("validate", "invalid.yaml", "--json", env={**os.environ, "GITHUB_ACTIONS": "true"})
    (diagnostic,) = json.loads(done.stdout)["diagnostics"]
    assert (diagnostic["file"], diagnostic["line"], diagnostic["column"]) == ("invalid.yaml", 1, 7)
    assert "::error file=invalid.yaml,line=1,col=7," in done.stderr


def test_what_show_resolves_runs_alike(folder: Path) -> None:
    """`show --resolved` is a scenario file, overrides included."""
    (folder / "shown.yaml").write_text(
        tb("show", "good.yaml", "--resolved", "--set", "params.updates=2").stdout, encoding="utf-8"
    )
    assert "updates: 2" in (folder / "shown.yaml").read_text(encoding="utf-8")
    assert tb("validate", "shown.yaml").returncode == 0


def test_show_prints_files_as_written(folder: Path) -> None:
    """Without `--resolved` nothing is changed."""
    assert tb("show", "good.yaml").stdout == f"# good.yaml\n{GOOD}"


def test_kinds_and_explain_tell_what_exists(folder: Path) -> None:
    """Every built-in kind with its summary; params with type, default and bounds."""
    kinds = json.loads(tb("kinds", "--no-plugins", "--json").stdout)["kinds"]
    assert [kind["kind"] for kind in kinds] == ["thread", "race", "lock", "daemon", "pool", "prodcons", "code"]
    assert all(kind["summary"] and kind["origin"] == "builtin" for kind in kinds)
    explained = tb("explain", "lock").stdout
    assert re.search(r"^workers +integer +2 +≥ 1", explained, re.MULTILINE)
    assert "default  100ms" in tb("explain", "lock.pause").stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [("lok", "did you mean 'lock'?"), ("lock.worker", "did you mean 'workers'?"), ("lock.pause.x", "it has none")],
)
def test_explain_knows_what_was_meant(folder: Path, name: str, said: str) -> None:
    """Exit 2 and a hint for kinds and params that do not exist."""
    done = tb("explain", name)
    assert f"hint: {said}" in done.stderr
    assert done.returncode == 2


def test_schemas_are_printed_or_written(folder: Path) -> None:
    """For scenario files and for event logs, on standard output or into a file."""
    assert json.loads(tb("schema").stdout)["$schema"]
    assert json.loads(tb("schema", "--events").stdout)["title"] == "threadbench.events/1"
    done = tb("schema", "-o", ".threadbench.schema.json")
    assert (done.stdout, done.returncode) == ("", 0)
    assert json.loads((folder / ".threadbench.schema.json").read_text(encoding="utf-8"))["title"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "good.yaml"], 0),
        (["run", "bad.yaml"], 1),
        (["run", "invalid.yaml"], 2),
        (["run", "good.yaml", "--bogus"], 2),
        (["run", "good.yaml", "-p", "no_such_plugin_anywhere"], 3),
        (["run", "long.yaml", "--timeout", "100ms"], 4),
        (["run", "good.yaml", "-k", "nothing_like_it"], 5),
        (["run", "good.yaml::other"], 5),
    ],
)
def test_exit_codes_say_what_happened(folder: Path, arguments: list[str], code: int) -> None:
    """Each as the contract has it, and never with a traceback."""
    done = tb(*arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


def test_a_timeout_tells_who_still_ran(folder: Path) -> None:
    """Thread, state and place of each, instead of a bare word."""
    shown = tb("run", "long.yaml", "--timeout", "300ms").stdout
    assert "TIMEOUT long.yaml::long" in shown
    assert re.search(r"^  still running after 300ms", shown, re.MULTILINE)
    assert re.search(r"^    \S+  \w.* for \S+ .*last event #\d+: ", shown, re.MULTILINE)


@pytest.mark.parametrize("arguments", [["run", "good.yaml"], ["--help"], ["schema"], ["run", "good.yaml", "--json"]])
def test_a_pipe_that_closes_ends_in_silence(folder: Path, arguments: list[str]) -> None:
    """Nobody reads: exit 141 and not a word."""
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        done = tb(*arguments, stdout=theirs)
    finally:
        os.close(theirs)
    assert (done.stderr if "--json" not in arguments else "", done.returncode) == ("", 141)


@pytest.mark.parametrize("arguments", [["good.yaml", "-v"], ["long.yaml", "--timeout", "3s"]], ids=["-v", "SLOW"])
def test_a_pipe_that_closes_leaves_a_whole_log(folder: Path, arguments: list[str]) -> None:
    """Whoever stops to read, what is running is stopped and its log closed, with its last line."""
    with subprocess.Popen(command("run", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()
        process.wait(120)
    assert (complaints, process.returncode) == (b"", 141)
    last = the_log(folder).read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last)["event"] == "run.finished"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["run", "good.yaml"], ["schema"], ["--help"]])
def test_a_full_disk_behind_standard_output_is_told(folder: Path, arguments: list[str]) -> None:
    """Exit 2 and the reason, once."""
    with Path("/dev/full").open("w") as full:
        done = tb(*arguments, stdout=full)
    assert re.match(r"error: cannot write to .*: No space left on device\n$", done.stderr)
    assert done.returncode == 2


def test_a_closed_standard_output_is_no_accident(folder: Path) -> None:
    """With `>&-` there is nobody to tell, and the run is run all the same."""
    shell = f"exec {' '.join(command('run', 'good.yaml'))} >&-"
    done = subprocess.run(shell, shell=True, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stderr, done.returncode) == ("", 0)


def test_ctrl_c_ends_with_a_partial_summary(folder: Path) -> None:
    """The first Ctrl-C stops the run, prints what there is, and leaves with 130."""
    with subprocess.Popen(
        command("run", "good.yaml", "long.yaml", "good.yaml"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert lines[1].startswith("passed "), lines
        process.send_signal(signal.SIGINT)
        rest, complaints = process.stdout.read(), process.stderr.read()
        process.wait(120)
    assert "interrupted after " in rest.splitlines()[-1]
    assert ("Traceback" in complaints, process.returncode) == (False, 130)


def test_sigterm_ends_with_a_whole_log_and_the_signal(folder: Path) -> None:
    """What `timeout`, containers and CI send stops a run as Ctrl-C does, and the process ends by that signal."""
    with subprocess.Popen(
        command("run", "good.yaml", "long.yaml", "good.yaml"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert lines[1].startswith("passed "), lines
        process.send_signal(signal.SIGTERM)
        rest, complaints = process.stdout.read(), process.stderr.read()
        process.wait(120)
    assert "interrupted after " in rest.splitlines()[-1]
    assert (complaints, process.returncode) == ("", -signal.SIGTERM)
    for log in folder.glob(".threadbench/runs/*/*.jsonl"):
        assert json.loads(log.read_text(encoding="utf-8").splitlines()[-1])["event"] == "run.finished"


def test_sigterm_does_not_end_what_ignores_ctrl_c_otherwise_than_before(folder: Path) -> None:
    """A background job of a shell ignores Ctrl-C, and SIGTERM ends it nevertheless."""
    with subprocess.Popen(
        command("run", "good.yaml", "long.yaml"),
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(120)
    assert process.returncode == -signal.SIGTERM


def test_sigterm_ends_a_search_with_what_it_has(folder: Path) -> None:
    """A search that is told to stop says how far it came."""
    (folder / "wide.yaml").write_text(
        "kind: prodcons\nexplore: {strategy: random, max_schedules: 100000000, time_limit: 1h}\n", encoding="utf-8"
    )
    with subprocess.Popen(
        command("explore", "wide.yaml", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=120)
    assert (json.loads(told)["interrupted"], process.returncode) == (True, -signal.SIGTERM)


def test_ctrl_c_during_the_start_is_no_traceback(folder: Path) -> None:
    """Whenever Ctrl-C comes after threadbench itself has begun, it is told in a word."""
    code = (
        "import sys, signal, builtins, threadbench.__main__ as m\n"
        "real = builtins.__import__\n"
        "def imported(name, *rest, **named):\n"
        "    if name == 'click': signal.raise_signal(signal.SIGINT)\n"
        "    return real(name, *rest, **named)\n"
        "builtins.__import__ = imported\n"
        "sys.argv[1:] = ['run', 'good.yaml']\n"
        "sys.exit(m.main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert (done.stderr, done.returncode) == ("interrupted\n", 130)


def test_a_timeout_of_many_threads_names_some(folder: Path) -> None:
    """The line stays one that can be read, and the document has all of them."""
    (folder / "asleep.py").write_text("import time\n\ndef sleep(state=None):\n    time.sleep(50)\n", encoding="utf-8")
    text = "kind: code\nparams: {threads: [{call: asleep:sleep, count: 40}]}\n"
    (folder / "asleep.yaml").write_text(text, encoding="utf-8")
    done = tb("run", "asleep.yaml", "--timeout", "1s", "--json")
    (run,) = json.loads(done.stdout)["cases"][0]["runs"]
    assert run["reason"].startswith("still running after 1s: MainThread, ")
    named = run["reason"].partition(": ")[2].split(", ")
    assert (len(named), named[-1]) == (13, f"… {len(run['running']) - 12} more")


def test_a_timeout_shorter_than_the_start_names_who_still_ran(folder: Path) -> None:
    """However short a timeout is, the threads that it cut off are named, or that there was none yet."""
    done = tb("run", "long.yaml", "--timeout", "1ms", "--json")
    (run,) = json.loads(done.stdout)["cases"][0]["runs"]
    assert (run["verdict"], done.returncode) == ("timeout", 4)
    named = [row["thread"] for row in run["running"]]
    assert "MainThread" in named or run["reason"] == "still running after 1ms: its process had only begun"


def test_without_a_terminal_there_is_neither_colour_nor_carriage_return(folder: Path) -> None:
    """What a pipe gets can be read in a file."""
    done = tb("run", "good.yaml", "bad.yaml")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr


def test_forced_colour_draws_no_live_line(folder: Path) -> None:
    """FORCE_COLOR colours lines in a pipe, and does nothing else to them."""
    done = tb("run", "good.yaml", env={**os.environ, "FORCE_COLOR": "1"})
    assert "\x1b[32mpassed" in done.stdout
    assert set(re.findall(r"\x1b\[[0-9;]*([A-Za-z])", done.stdout)) == {"m"}


def test_a_terminal_gets_colour_and_a_live_line(folder: Path) -> None:
    """While a case runs its name is drawn over; when it has ended nothing of that stays."""
    code, drawn = on_a_terminal("run", "good.yaml", "--set", "params.pause=300ms", environ={})
    assert "\x1b[32mpassed" in drawn
    assert re.search(r"\[1/1\].* good\.yaml::good  ", drawn)
    assert code == 0


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"NO_COLOR": "1", "CI": "1"}])
def test_a_plain_terminal_gets_plain_lines(folder: Path, environ: dict[str, str]) -> None:
    """TERM=dumb, and NO_COLOR on CI, leave no escape sequence at all."""
    _, drawn = on_a_terminal("run", "good.yaml", environ=environ)
    assert "\x1b" not in drawn
    assert "passed " in drawn


def test_on_github_failures_are_annotated(folder: Path) -> None:
    """An `::error` at the expectation, and a page for the step."""
    environ = {**os.environ, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "page.md")}
    done = tb("run", "bad.yaml", env=environ)
    assert "\n::error file=bad.yaml,line=4,col=19,title=bad.yaml%3A%3Abad::outcome.lost: expected " in done.stdout
    assert "| ❌ FAILED | bad.yaml::bad |" in (folder / "page.md").read_text(encoding="utf-8")


def test_a_hostile_name_reaches_no_terminal(folder: Path) -> None:
    """Escape sequences and direction marks in names, output and exceptions come out as escapes, everywhere."""
    text = 'kind: code\nname: "a\\u202Eb"\nparams: {threads: [{call: "evil:speak", args: []}]}\n'
    (folder / "evil.yaml").write_text(text, encoding="utf-8")
    (folder / "evil.py").write_text(EVIL, encoding="utf-8")
    ran = tb("run", "evil.yaml", "-v", "--junit", "out.xml")
    reported = tb("report", str(the_log(folder)), "-v")
    for done in (ran, reported):
        assert "\\x1b[2J" in done.stdout
        assert not set("\x1b\u202e\u2028") & set(done.stdout + done.stderr)
        assert not re.search("^::", done.stdout, re.MULTILINE)
        assert done.returncode == 4
    Xml.parse(folder / "out.xml")


def test_ascii_terminals_get_escapes_instead_of_errors(folder: Path) -> None:
    """A locale without the characters of the header ends no run."""
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = tb("run", "good.yaml", env=environ)
    assert done.returncode == 0
    assert "\\xb7" in done.stdout


def test_a_deadlock_is_reported_as_its_cycle(folder: Path) -> None:
    """Both threads, both locks and all four places, in one line each; exit 4, or 0 where it was asked for."""
    (folder / "office.py").write_text(OFFICE, encoding="utf-8")
    text = 'kind: code\nparams: {threads: [{call: "office:first"}, {call: "office:second"}]}\n'
    (folder / "office.yaml").write_text(text, encoding="utf-8")
    done = tb("run", "office.yaml")
    assert "DEADLOCK office.yaml::office\n" in done.stdout
    for row in (r"first holds \S+ \(office.py:9\) waits for \S+ \(office.py:11\)", r"second .*:16\) .*:18\)"):
        assert re.search(rf"^  {row}$", done.stdout, re.MULTILINE)
    assert done.returncode == 4
    expected = tb("run", "office.yaml", "--set", "expect.verdict=deadlock")
    assert expected.stdout.splitlines()[1].startswith("deadlock (expected)  office.yaml::office ")
    assert (len(expected.stdout.splitlines()), expected.returncode) == (4, 0)
