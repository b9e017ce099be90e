"""What is no YAML at all, in words for people: a loader's error goes in, a `Diagnostic` comes out.

The two loaders of PyYAML find the same mistakes at the same places and word them differently; here they get one voice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import yaml

    from ..errors import Diagnostic
    from .nodes import Source

_INDENT: Final = "check the indentation"
_UNCLOSED: Final = " is not closed"
_QUOTES: Final = "close the quote, or quote the whole value"
_WORDINGS: Final[tuple[tuple[str, str, str | None], ...]] = (
    (r"scanning a directive", "this directive is not understood", "leave out lines that begin with '%'"),
    (r"scanning a tag|parsing a tag|tag", "tags are not allowed", "write the plain value"),
    (r"cannot start any token", "this character cannot begin a value", "quote the value"),
    (r"could not find expected ':'", "expected ':' after this key", "a key and its value are written `key: value`"),
    (r"mapping values are not allowed|unexpected ':'", "a ':' is not expected here", "quote a text that contains ': '"),
    (r"sequence entries are not allowed", "a list item is not expected here", "begin it on a line of its own"),
    (r"mapping keys are not allowed", "a key is not expected here", None),
    (r"found unexpected end of stream", "this quote is never closed", _QUOTES),
    (r"found unexpected document", "this quote is never closed", _QUOTES),
    (r"unknown escape character", "no such escape in double quotes", "use single quotes, or write \\\\"),
    (r"escape sequence of|hexdecimal number", "this escape needs more hexadecimal digits", None),
    (r"expected chomping|comment or (?:a )?line break", "expected the text to begin on the next line", None),
    (r"expected ',' or ']'", "expected ',' or ']'", "the list that begins with '[' is not closed"),
    (r"expected ',' or '}'", "expected ',' or '}'", "the mapping that begins with '{' is not closed"),
    (r"expected <block end>|expected '-' indicator|expected key", "this does not line up with the above", _INDENT),
    (r"expected '?<document start>", "this cannot follow the end of the document", _INDENT),
    (r"node content", "a value is missing here", None),
    (r"alphabetic or numeric", "a name is missing after '&' or '*'", "quote the value if it is meant as text"),
)  # fmt: skip
_DIRECTIVE: Final = r"(?:[ \t]*(?:#.*)?(?:\r\n|\r|\n))*(%(?!YAML 1\.[12]\s).*)"
_TAB_BEFORE_BLOCK: Final = r"[|>][-+]?[ \t]*(?:#.*)?(?:\r\n|\r|\n)(?: *(?:\r\n|\r|\n))* *(\t)"
# What YAML takes for a printable character; both loaders would refuse the others, but with different words and places.
# Of NEL, LS and PS, YAML 1.1 says that they end a line, and YAML 1.2 that they do not.
_UNPRINTABLE: Final = "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_COMMENT: Final = r"(?m:(?<=\s)|^)#.*"


def problem(source: Source, error: yaml.MarkedYAMLError, texts: Sequence[tuple[int, int]]) -> Diagnostic:
    """The diagnostic for an error of either loader; `texts` are the spans of quoted and block scalars before it."""
    text = source.text or ""
    mark = error.problem_mark or error.context_mark
    here = min(mark.index, len(text)) if mark else 0
    said = f"{error.context or ''}: {error.problem or ''}"
    quoted = error.context_mark if "quoted scalar" in said or "block scalar" in said else None
    since = min(here, quoted.index) if quoted else here
    found = tab(source, texts, since if quoted else here + 1)
    if found:
        return found
    if "Unicode character escape" in said:
        return bad_escape(source, text.rfind("\\", 0, here + 1))
    if "unknown escape" in said:
        here = text.rfind("\\", 0, here + 1)  # the pure loader points behind it
    if "tab character" in said:
        return _a_tab(source, here)
    for pattern, message, hint in _WORDINGS:
        if re.search(pattern, said):
            if message.startswith("this quote"):
                here = since
            if hint and hint.endswith(_UNCLOSED) and error.context_mark:  # that may be many lines above
                begun = error.context_mark
                hint = f"{hint.removesuffix(_UNCLOSED)} in line {begun.line + 1}, column {begun.column + 1},{_UNCLOSED}"
            return source.problem(here, here + 1, message, hint)
    return source.problem(here, here + 1, "this cannot be read as YAML", None)


def refusal(source: Source) -> Diagnostic | None:
    """What neither loader needs to see: a character that YAML has no place for, or a directive but `%YAML 1.2`."""
    text = source.text or ""
    # All of them are unprintable for Python too, and to compile that class of characters takes longer than a file.
    plain = text.translate({9: None, 10: None, 13: None}).isprintable()
    character = None if plain else re.search(_UNPRINTABLE, text)
    if character:
        message = f"the character U+{ord(character[0]):04X} is not allowed in YAML"
        binary = "the file may be binary, or UTF-16: save it as UTF-8"
        hint = binary if character[0] == "\0" else "remove it, or write it as an escape in double quotes"
        return source.problem(*character.span(), message, hint)
    directive = re.match(_DIRECTIVE, text) if "%" in text else None
    if directive:
        hint = "leave out lines that begin with '%'"
        return source.problem(*directive.span(1), "this directive is not understood", hint)
    return None


def bad_escape(source: Source, offset: int) -> Diagnostic:
    """The diagnostic for an escape in double quotes that stands for no character."""
    return source.problem(
        offset, offset + 6, "this escape is no character", "characters beyond U+FFFF are written \\U0001F600"
    )


def tab(source: Source, texts: Sequence[tuple[int, int]], stop: int) -> Diagnostic | None:
    """The first tab before `stop` that is neither in a quoted or block scalar nor in a comment.

    libyaml lets some of them pass where the pure loader does not, and an editor shows them as any number of spaces.
    """
    text = source.text or ""
    if "\t" not in text:
        return None
    for start, end in _gaps(texts, stop):
        block = re.compile(_TAB_BEFORE_BLOCK).match(text, end, stop)
        gap = re.sub(_COMMENT, lambda comment: " " * len(comment[0]), text[start:end])
        offset = gap.find("\t")
        if offset >= 0:
            return _a_tab(source, start + offset)
        if block:
            return _a_tab(source, block.start(1))
    return None


def _a_tab(source: Source, offset: int) -> Diagnostic:
    return source.problem(
        offset, offset + 1, "a tab", "indent and separate with spaces, and quote a text that has tabs"
    )


def _gaps(texts: Sequence[tuple[int, int]], stop: int) -> Iterator[tuple[int, int]]:
    since = 0
    for start, end in texts:
        if start >= stop:
            break
        yield since, start
        since = max(since, end)
    if since < stop:
        yield since, stop
