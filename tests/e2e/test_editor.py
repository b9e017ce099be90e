"""The JSON Schema in the real yaml-language-server, which is what VS Code, Neovim and others run.

`THREADBENCH_YAML_LS` is the path of its program, as in `npm install --prefix DIR yaml-language-server` and then
`DIR/node_modules/.bin/yaml-language-server`.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from threadbench.plugins import Registry
from threadbench.scenario.schema import schema_document

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = os.environ.get("THREADBENCH_YAML_LS")
LIBRARY = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))

pytestmark = pytest.mark.skipif(not SERVER, reason="THREADBENCH_YAML_LS does not name a yaml-language-server")


class Editor:
    """As much of an editor as it takes: the language server protocol over pipes."""

    def __init__(self, process: subprocess.Popen[bytes], schema: Path) -> None:
        self._process = process
        self._schema = schema.as_uri()
        self._last = 0
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.request("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
        self._send("initialized", {})

    def request(self, method: str, params: dict[str, Any]) -> Any:
        """The answer to a request; questions and news of the server are dealt with on the way."""
        self._last += 1
        self._send(method, params, id=self._last)
        while True:
            message = self._receive()
            if message.get("id") == self._last and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def open(self, uri: str, text: str) -> list[str]:
        """What is underlined in a text: `line:column message`, counted from 1."""
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send("textDocument/didOpen", {"textDocument": document})
        while uri not in self._diagnostics:
            self._receive()
        starts = [(found["range"]["start"], found["message"]) for found in self._diagnostics[uri]]
        return sorted(f"{start['line'] + 1}:{start['character'] + 1} {message}" for start, message in starts)

    def ask(self, what: str, uri: str, line: int, column: int) -> Any:
        """The answer to `textDocument/…` at a place, counted from 1."""
        position = {"line": line - 1, "character": column - 1}
        return self.request(f"textDocument/{what}", {"textDocument": {"uri": uri}, "position": position})

    def _send(self, method: str, params: Any, **more: Any) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": params, **more})

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        stream = self._process.stdout
        assert stream is not None
        length = 0
        while (line := stream.readline()) != b"\r\n":
            assert line, "the language server has ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        message: dict[str, Any] = json.loads(stream.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self._write({"jsonrpc": "2.0", "id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        settings = {"schemas": {self._schema: "*"}, "schemaStore": {"enable": False}, "hover": True, "completion": True}
        return [settings if item.get("section") == "yaml" else None for item in message["params"]["items"]]


@contextmanager
def running(schema: Path) -> Iterator[Editor]:
    """A language server that checks every file against a schema."""
    assert SERVER is not None
    with subprocess.Popen([SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Editor(process, schema)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One server for all tests here: it takes a second to start."""
    schema = tmp_path_factory.mktemp("schema") / "threadbench.schema.json"
    schema.write_text(json.dumps(schema_document(Registry(third_party=False).workloads())))
    with running(schema) as started:
        yield started


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_nothing_is_underlined_in_the_library(editor: Editor, path: Path) -> None:
    """Every scenario that is shipped is right in an editor's eyes."""
    # The modeline would look for a schema beside the file.
    text = path.read_text().replace("# yaml-language-server:", "#")
    assert editor.open(f"file:///library/{path.name}", text) == []


def test_references_and_extensions_are_not_underlined(editor: Editor) -> None:
    """`${…}`, `x-` keys, durations and `defaults` are part of the language."""
    text = """\
vars: {n: 2}
x-note: anything
defaults: {kind: race, params: {pause: 10ms}}
scenarios:
  - params: {workers: "${n}", pause: 0.5}
    matrix: {updates: [1, "${n}"]}
    expect: {verdict: [passed, deadlock], outcome: {lost: {lt: "${params.workers}"}}}
"""
    assert editor.open("file:///good.yaml", text) == []


def test_mistakes_are_underlined_where_they_are(editor: Editor) -> None:
    """Unknown params, wrong types and words, in `params`, `matrix`, `expect` and in the envelope."""
    text = """\
kind: race
params:
  threds: 2
  workers: "4"
matrix: {workers: [1, x]}
runtime: nativ
expect: {verdict: pased}
timeuot: 3
"""
    found = editor.open("file:///bad.yaml", text)
    assert [each.partition(" ")[0] for each in found] == ["3:3", "4:12", "5:23", "6:10", "7:19", "8:1"]
    assert "threds" in found[0]
    assert "integer" in found[1]
    assert '"native"' in found[3]
    assert '"passed"' in found[4]


def test_an_unknown_kind_is_underlined(editor: Editor) -> None:
    """The installed kinds are named."""
    (found,) = editor.open("file:///kind.yaml", "kind: rase\n")
    assert found.startswith("1:7 ")
    assert '"race"' in found


def test_params_of_the_kind_are_offered(editor: Editor) -> None:
    """Completion below `params:` knows the kind at hand, and only that."""
    uri = "file:///completion.yaml"
    editor.open(uri, "kind: prodcons\nparams:\n  c\n")
    offered = {item["label"] for item in editor.ask("completion", uri, 3, 4)["items"]}
    assert {"producers", "consumers", "capacity"} <= offered
    assert "workers" not in offered


def test_kinds_and_words_are_offered(editor: Editor) -> None:
    """Completion knows the kinds, and the words of an enumeration."""
    editor.open("file:///words.yaml", "kind: \nruntime: \nexpect:\n  verdict: \n")
    kinds = {item["label"] for item in editor.ask("completion", "file:///words.yaml", 1, 7)["items"]}
    assert {"race", "lock", "prodcons"} <= kinds
    runtimes = {item["label"] for item in editor.ask("completion", "file:///words.yaml", 2, 10)["items"]}
    assert {"native", "virtual"} <= runtimes
    verdicts = {item["label"] for item in editor.ask("completion", "file:///words.yaml", 4, 12)["items"]}
    assert {"passed", "deadlock"} <= verdicts


def test_a_param_is_explained_on_hover(editor: Editor) -> None:
    """The description of a param is shown where the mouse rests, alone and in the matrix."""
    uri = "file:///hover.yaml"
    editor.open(uri, "kind: prodcons\nparams:\n  capacity: 3\n")
    assert "how many items fit into the queue" in json.dumps(editor.ask("hover", uri, 3, 5))
