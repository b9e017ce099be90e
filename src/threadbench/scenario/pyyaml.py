"""PyYAML as it is, imported in two thirds of the time: who needs it here imports it from here.

Its loader in Python holds a pattern for what is none of the 1.1 million characters that YAML allows. `re` goes through
those one by one, for which a start of ours pays 4 ms, and libyaml mostly makes that loader needless. The characters
that YAML does not allow, named themselves, are the same pattern in a tenth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["yaml"]

NOT_ALLOWED: Final = "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""As PyYAML writes it; where another version writes something else, that is compiled."""
FORBIDDEN: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
"""The same characters."""


@contextmanager
def _quickly() -> Iterator[None]:
    """While in the body, `re.compile` makes one pattern of the other; in any thread, since they are the same."""
    compile_as_is = re.compile

    def compile_(pattern: Any, flags: Any = 0) -> Any:
        return compile_as_is(FORBIDDEN if isinstance(pattern, str) and pattern == NOT_ALLOWED else pattern, flags)

    re.compile = compile_
    try:
        yield
    finally:
        re.compile = compile_as_is


with _quickly():
    import yaml
