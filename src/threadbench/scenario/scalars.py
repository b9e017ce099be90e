"""What a plain (unquoted) scalar means: its text goes in, a value comes out, or `Refused` where it is ambiguous.

The core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema) is what editors read. Texts that YAML 1.1
readers, PyYAML among them, take for something else (`no`, `0755`, `1:30`, `2024-01-01`) are never guessed at.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .nodes import Scalar

INTEGERS: Final = range(-(2**63), 2**64)
"""What every JSON reader of the event log can hold."""

_CONSTANTS: Final[dict[str, Scalar]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
# Texts, which `re` compiles when they are first needed: most files have no number but plain integers.
_INTEGER: Final = r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+"
_FLOAT: Final = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_INFINITE: Final = r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
_OLD_WORDS: Final = {
    "y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF",
}  # fmt: skip
_OLD: Final = (
    (r"[-+]?0[0-9]+", "an octal or a decimal number"),
    (r"[-+]?0b[01_]+", "a binary number or text"),
    (r"[-+]?(?:0[xo])?[0-9][0-9a-fA-F]*_[0-9a-fA-F_]*(?:\.[0-9_]*)?", "a number or text"),
    (r"[-+][0-9]*0[xo][0-9a-fA-F]+", "a number or text"),
    (r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?", "a number in base 60 or text"),
    (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?", "a date or text"),
)


class Refused(ValueError):  # noqa: N818 - says what happened to the scalar
    """A plain scalar that is not taken; the message says why, and what to write instead is the hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def plain_value(text: str) -> Scalar:
    """The value of a plain scalar.

    Raises:
        Refused: it is ambiguous, not finite, or an integer of more than 64 bits.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text in _OLD_WORDS:
        raise Refused(
            f"'{text}' is ambiguous: a yes/no or text",
            f'write {"true" if text.lower() in {"y", "yes", "on"} else "false"}, or quote it: "{text}"',
        )
    first = text[0]
    if not (first in "+-." or "0" <= first <= "9"):
        return text
    digits = text.isascii() and text.isdecimal() and (first != "0" or len(text) == 1)
    for pattern, meanings in () if digits else _OLD:
        if re.fullmatch(pattern, text):
            raise Refused(f"'{text}' is ambiguous: {meanings}", f'quote it: "{text}"')
    if digits or re.fullmatch(_INTEGER, text):
        # int() itself refuses thousands of digits with a message of its own: look at the length first.
        number = int(text, 0) if len(text) <= 40 else INTEGERS.stop
        if number not in INTEGERS:
            raise Refused("an integer here has at most 64 bits", "quote it if it is meant as text")
        return number
    if re.fullmatch(_FLOAT, text):
        value = float(text)
        if math.isinf(value):
            raise Refused(f"'{text}' is too large for a number", "quote it if it is meant as text")
        return value
    if re.fullmatch(_INFINITE, text):
        raise Refused(f"'{text}' is not a number that JSON has", f'quote it if it is meant as text: "{text}"')
    return text


def looks_typed(text: str) -> bool:
    """Whether a text, written plain, would be read as something else than this text."""
    try:
        return plain_value(text) != text
    except Refused:
        return True


def number_or_text(text: str) -> Scalar:
    """A text from outside YAML (the environment): numbers, true and false have their type, anything else is text."""
    try:
        value = plain_value(text)
    except Refused:
        return text
    return text if value is None else value


def written(value: object) -> str:
    """A value as it is written inside a text or an id: text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    import json  # few files have use for it

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
