"""A text to a tree of `Node`s: YAML's events go in, a tree comes out, everything that is refused is a diagnostic.

Composed from events, without recursion, so that depth, tags, aliases and duplicate keys are judged before they cost
anything: libyaml would nest 20,000 levels, and nine lines of aliases can stand for 490 million values.
"""

from __future__ import annotations

import re
from typing import Any, Final, NoReturn

import msgspec

from ..errors import Diagnostic, did_you_mean
from . import syntax
from .nodes import MAX_DIAGNOSTICS, MAX_WEIGHT, Node, Source, scalar, weight_of
from .pyyaml import yaml
from .scalars import Refused, plain_value

MAX_DEPTH: Final = 40
LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Texts, which `re` compiles when they are first needed: most files need none of them.
_PROPERTIES: Final = r"(?:[&!]\S*[ \t]+)+"
_TAG: Final = r"!\S*"
_SURROGATE: Final = "[\ud800-\udfff]"
_SURROGATE_ESCAPE: Final = r"\\(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}"


class _Stop(Exception):  # noqa: N818 - not an error: the complaint is recorded already, there is nothing more to read
    """What follows cannot be judged."""


def compose(source: Source, found: list[Diagnostic], loader: Any = LOADER) -> Node | None:
    """The tree of a text with exactly one document; complaints are added to `found`.

    None where the text is no tree; where single values are refused the tree stands and the complaints are in `found`.
    """
    assert source.text is not None
    refusal = syntax.refusal(source)
    if refusal:
        found.append(refusal)
        return None
    composer = _Composer(source, found)
    complaints = len(found)
    events = loader(source.text)
    try:
        while events.check_event():
            composer.take(events.get_event())
    except _Stop:
        return None
    except yaml.MarkedYAMLError as error:
        if loader is not yaml.SafeLoader and "nesting depth" in (error.problem or ""):
            # libyaml 0.2.6 reads up to 1,024 characters ahead, and gives up at 1,000 levels before it has told of one.
            del found[complaints:]
            return compose(source, found, yaml.SafeLoader)
        found.append(syntax.problem(source, error, composer.texts))
        return None
    except (ValueError, OverflowError):
        # The pure loader makes no exception of its own of "\U00110000"; it stands behind the two characters "\U".
        found.append(syntax.bad_escape(source, events.index - 2))
        return None
    finally:
        events.dispose()
    tab = syntax.tab(source, composer.texts, len(source.text))
    if tab:
        found.append(tab)
        return None
    if composer.root is None:
        found.append(
            source.problem(0, 1, "there is no scenario in this file", "the smallest one is one line: kind: race")
        )
    return composer.root


class _Open(msgspec.Struct):
    """A collection whose end has not been read yet; a mapping's `key` is the one that waits for its value."""

    node: Node
    pairs: list[tuple[Node, Node]] = msgspec.field(default_factory=list)
    key: Node | None = None


class _Composer(msgspec.Struct):
    source: Source
    found: list[Diagnostic]
    root: Node | None = None
    texts: list[tuple[int, int]] = msgspec.field(default_factory=list)  # spans of quoted and block scalars
    _open: list[_Open] = msgspec.field(default_factory=list)
    _anchors: dict[str, Node] = msgspec.field(default_factory=dict)
    _merge_keys: set[int] = msgspec.field(default_factory=set)
    _documents: int = 0

    def take(self, event: Any) -> None:
        if len(self.found) > MAX_DIAGNOSTICS:
            raise _Stop  # nobody reads on
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event))
            case yaml.MappingStartEvent() | yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent():
                closed = self._open.pop()
                self._close_mapping(closed)
                self._weigh(closed.node)
            case yaml.SequenceEndEvent():
                closed = self._open.pop()
                closed.node.weight = weight_of(closed.node.items)
                self._weigh(closed.node)
            case yaml.AliasEvent():
                self._add(self._aliased(event))
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(event, 3, "a second document", "one file holds one; several go under `scenarios:`")
            case _:
                pass

    def _begin(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._refuse_tag(event)
        if len(self._open) == MAX_DEPTH:
            self._stop(event, 1, f"nested deeper than {MAX_DEPTH} levels")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        node = Node(self.source, start, end, value)
        self._anchor(event, node)
        self._add(node)
        self._open.append(_Open(node))

    def _scalar(self, event: Any) -> Node:
        assert self.source.text is not None
        start, end = event.start_mark.index, event.end_mark.index
        if event.style:
            self.texts.append((start, end))
        self._refuse_tag(event)
        if event.anchor or event.tag:
            properties = re.compile(_PROPERTIES).match(self.source.text, start, end)
            start = properties.end() if properties else start
        elif not event.value and not event.style:
            start = end = self._end_before(start)
        value = event.value
        if not event.style:  # None in the pure loader, empty in libyaml's
            if event.value == "<<":
                self._merge_keys.add(start)
            try:
                value = plain_value(event.value)
            except Refused as refused:
                if not self._is_key():
                    self.found.append(self.source.problem(start, end, str(refused), refused.hint))
        elif re.search(_SURROGATE, value):
            escape = re.compile(_SURROGATE_ESCAPE).search(self.source.text, start, end)
            self.found.append(syntax.bad_escape(self.source, escape.start() if escape else start))
            raise _Stop  # as libyaml does
        node = scalar(self.source, start, end, value)
        if self._is_key() and not isinstance(value, str):
            self._refuse_key(node, event.value)
            node.value = event.value
        self._anchor(event, node)
        return node

    def _end_before(self, offset: int) -> int:
        """Where what stands before an offset ends: libyaml puts a missing value there, the pure loader further on."""
        text = self.source.text or ""
        while offset and text[offset - 1].isspace():
            offset -= 1
        return offset

    def _aliased(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        width = len(event.anchor) + 1
        if node is None:
            self._stop(event, width, f"no anchor '&{event.anchor}' above", did_you_mean(event.anchor, self._anchors))
        if any(node is level.node for level in self._open):
            self._stop(event, width, f"'*{event.anchor}' stands inside what it stands for")
        return node

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        level = self._open[-1]
        if isinstance(level.node.value, list):
            level.node.value.append(node)
        elif level.key is None:
            if not isinstance(node.value, str):
                self._refuse_key(node)
            level.key = node
        else:
            level.pairs.append((level.key, node))
            level.key = None
        # Keys are half of the nodes of a mapping, and weigh nothing.
        if len(level.pairs) > MAX_WEIGHT or len(level.node.items) > MAX_WEIGHT:
            self._refuse_weight(level.node)

    def _is_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None

    def _close_mapping(self, level: _Open) -> None:
        own: dict[str, tuple[Node, Node]] = {}
        inherited: dict[str, tuple[Node, Node]] = {}
        for key, value in level.pairs:
            name = key.value
            if not isinstance(name, str):
                continue  # refused where it was read
            if name == "<<" and key.start in self._merge_keys:
                for node in value.items or [value]:
                    self._merge(node, inherited)
            if len(self.found) > MAX_DIAGNOSTICS:
                raise _Stop
            if name in own:
                self.found.append(key.problem(f"'{name}' is given twice", f"first at {own[name][0].position}"))
            own.setdefault(name, (key, value))
        own = {name: entry for name, entry in own.items() if entry[0].start not in self._merge_keys or name != "<<"}
        whole = level.node.with_mapping({**inherited, **own})
        level.node.value, level.node.keys, level.node.weight = whole.value, whole.keys, whole.weight

    def _merge(self, node: Node, inherited: dict[str, tuple[Node, Node]]) -> None:
        if isinstance(node.value, dict):
            for name, entry in node.entries().items():
                inherited.setdefault(name, entry)
        else:
            self.found.append(node.problem("'<<' merges mappings, and this is none", "write `<<: *name`"))

    def _anchor(self, event: Any, node: Node) -> None:
        if event.anchor:
            self._anchors[event.anchor] = node

    def _weigh(self, node: Node) -> None:
        if node.weight > MAX_WEIGHT:
            self._refuse_weight(node)

    def _refuse_weight(self, node: Node) -> NoReturn:
        self.found.append(node.problem(f"more than {MAX_WEIGHT:,} values, an alias counted as often as it is used"))
        raise _Stop

    def _refuse_key(self, node: Node, text: str = "") -> None:
        hint = f'quote it: "{text}"' if text and not text.isspace() else None
        self.found.append(node.problem("a key must be text", hint))

    def _refuse_tag(self, event: Any) -> None:
        if event.tag:
            assert self.source.text is not None
            start = event.start_mark.index
            tag = re.compile(_TAG).search(self.source.text, start)
            first, last = tag.span() if tag else (start, start + 1)
            self.found.append(self.source.problem(first, last, "tags are not allowed", "write the plain value"))

    def _stop(self, event: Any, width: int, message: str, hint: str | None = None) -> NoReturn:
        start = event.start_mark.index
        self.found.append(self.source.problem(start, start + width, message, hint))
        raise _Stop
