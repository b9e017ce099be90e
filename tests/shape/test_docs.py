"""What README and docs show is so: files are valid, code runs, commands print what stands below them."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import generate
import jsonschema
import pytest
from pages import AUTHOR, BLOCKS, PAGES, ROOT, Block, blocks, is_of_shape, laid_out, steps

from threadbench import pytest_plugin
from threadbench.cli.group import VERBS, group
from threadbench.events import event_schema
from threadbench.events.vocabulary import VOCABULARY
from threadbench.plugins import Registry
from threadbench.plugins.hookspecs import HOOKS
from threadbench.scenario import load_cases
from threadbench.testing import RULES, fixtures
from threadbench.verdicts import EXIT_CODES, RUN_VERDICTS, SEARCH_VERDICTS

KNOWN = {"", "console", "ini", "json", "python", "sh", "toml", "yaml", "yml"}
VARIABLES = sorted(
    {
        word
        for path in (ROOT / "src").rglob("*.py")
        for word in re.findall(r'"(THREADBENCH_(?!API)[A-Z_]+)"', path.read_text("utf-8"))
    }
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
ALL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def of(language: str) -> list[Block]:
    """Blocks in one language."""
    return [block for block in BLOCKS if block.language == language]


def by_itself(language: str) -> list[Block]:
    """Those that need nothing installed."""
    return [block for block in of(language) if block.page != AUTHOR]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's."""
    return laid_out(tmp_path, monkeypatch)


def write_files(page: Path, folder: Path) -> None:
    """Lay down the files that a page shows."""
    for block in blocks(page):
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_is_in_a_language_that_is_tested(block: Block) -> None:
    """A block without a language is a drawing; any other is held to something below."""
    assert block.language in KNOWN


@pytest.mark.parametrize("block", by_itself("console"), ids=str)
def test_commands_print_what_is_shown(block: Block, desk: Path) -> None:
    """Each command runs where the page's files lie, and prints what stands below it but for numbers and machines."""
    write_files(block.page, desk)
    for command, shown in steps(block):
        done = subprocess.run(
            ["bash", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        assert is_of_shape(shown, done.stdout.splitlines()), f"$ {command}\n{done.stdout}"


@pytest.mark.parametrize("block", of("sh"), ids=str)
def test_set_up_commands_are_those_of_the_checks(block: Block) -> None:
    """Commands that build an environment stand in `.ci/run` letter by letter, to be run on a clean checkout."""
    checks = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(block.text.splitlines()) <= set(checks)


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_scenarios_are_valid(block: Block, desk: Path) -> None:
    """Every scenario shown is one, with the plugins that the page shows."""
    write_files(block.page, desk)
    path = desk / (block.file or "shown.yaml")
    path.write_text(block.text, encoding="utf-8")
    plugins = [each.file for each in blocks(block.page) if each.file and "@hookimpl" in each.text]
    assert load_cases([str(path)], Registry(third_party=False, files=plugins))


@pytest.mark.parametrize("block", by_itself("python"), ids=str)
def test_python_runs(block: Block, desk: Path) -> None:
    """Every piece of Python runs by itself, beside the page's files."""
    write_files(block.page, desk)
    done = subprocess.run([sys.executable, "-c", block.text], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert ast.parse(block.text).body


@pytest.mark.parametrize("block", [*of("toml"), *of("json")], ids=str)
def test_data_can_be_read(block: Block) -> None:
    """TOML is TOML, and each line of JSON is a line that an event log may have."""
    if block.language == "toml":
        assert tomllib.loads(block.text)
    else:
        lines = [json.loads(line) for line in block.text.splitlines()]
        assert lines
        for event in lines:
            jsonschema.validate(event, event_schema())


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Files that a page links to exist, and so do the headings."""
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8")):
        path = page.parent / target if target else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_shapes_differ_where_words_differ() -> None:
    """Numbers, times, machines and what `…` hides may differ, words and lines may not."""
    shown = [
        "seed 7 · GIL on · 2 CPUs · Linux x86_64",
        "passed   a::b  1.5ms  lost 0",
        "…",
        "1 case in 2ms: 1 passed",
        "log …",
    ]
    output = [
        "seed 91 · GIL off · 1 CPU · Darwin arm64",
        "passed a::b  3s  lost 2",
        "x",
        "y",
        "1 case in 1m 05s: 1 passed",
        "log a",
    ]
    assert is_of_shape(shown, output)
    assert is_of_shape(shown, [*output[:2], *output[4:]])
    assert not is_of_shape(shown, output[:-1])
    assert not is_of_shape(shown, [*output, "more"])
    assert not is_of_shape(shown, [line.replace("passed", "FAILED") for line in output])


@pytest.mark.parametrize("page", generate.pages(), ids=lambda path: path.name)
def test_generated_pages_are_up_to_date(page: Path) -> None:
    """What is made from the code is what the code says now; `python tools/generate.py` makes it anew."""
    assert page.read_text(encoding="utf-8") == generate.pages()[page], "run: python tools/generate.py"


def test_every_exit_code_is_documented() -> None:
    """The table in README is the table of the code."""
    assert [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()] == [
        line for line in README.partition("| code |")[2].splitlines()[2:] if line.startswith("| ")
    ]


def test_every_page_is_found_from_the_first() -> None:
    """README leads to each page of the docs."""
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"](docs/{page.name}" not in README] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_documented(verb: str) -> None:
    """Each verb has its section in `docs/command-line.md`, and each of its options a line there, in its own words."""
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## `{verb}")[2].partition("\n## ")[0]
    command = group.get_command(click.Context(group), verb)
    assert command is not None
    below = list(command.commands.values()) if isinstance(command, click.Group) else []
    wanted = {name for each in (command, *below) for option in each.params for name in option.opts if name[0] == "-"}
    assert [each.name for each in below if f"\n### `{verb} {each.name}" not in section] == []
    rows = re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
    assert section
    assert {word.strip(",") for row in rows for word in row.split()} >= wanted


def test_every_event_is_documented() -> None:
    """Each word that threadbench itself writes into a log has its row."""
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert [name for name in VOCABULARY if not name.startswith("~") and f"| `{name}` |" not in page] == []
    assert "~" not in page


@pytest.mark.parametrize("word", [*RUN_VERDICTS, *SEARCH_VERDICTS, *HOOKS, *VARIABLES])
def test_every_verdict_hook_and_variable_is_documented(word: str) -> None:
    """The words that users meet have a row of their own in a table of some page."""
    assert re.search(rf"^\| `{word}`[^|]* \| [^|]", ALL, re.MULTILINE)


def test_every_hook_is_in_the_guide_for_authors() -> None:
    """The page for authors of plugins has a row for each hook, and for each fixture of the test kit."""
    page = AUTHOR.read_text(encoding="utf-8")
    names = [name for name, value in vars(fixtures).items() if type(value).__name__ == "FixtureFunctionDefinition"]
    assert len(names) >= 7
    assert [name for name in (*HOOKS, *names) if f"| `{name}` |" not in page] == []


def test_every_rule_and_fixture_is_documented() -> None:
    """Rules of the test kit stand in `docs/python.md` in their own words, and so does each fixture."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert [name for name, what in RULES.items() if f"| `{name}` | {what} |" not in page] == []
    names = [name for name, value in vars(fixtures).items() if type(value).__name__ == "FixtureFunctionDefinition"]
    assert [name for name in names if f"| `{name}" not in page] == []


def test_every_option_of_pytest_is_documented() -> None:
    """Options and settings that threadbench adds to pytest stand in `docs/pytest.md`."""
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    parser = pytest.Parser(_ispytest=True)
    pytest_plugin.pytest_addoption(parser)
    options = [name for group in parser._groups for option in group.options for name in option.names()]
    assert len(options) >= 5
    assert [name for name in (*options, *parser._inidict) if f"`{name}" not in page] == []
