"""Templates: a file of this package enters, its text with every word in double braces replaced leaves."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def filled(template: str, words: Mapping[str, str]) -> str:
    """The text of `templates/<template>.in` with `{{word}}` replaced; braces with blanks inside are other people's.

    Raises:
        KeyError: it has a word that is not among `words`.
    """
    text = resources.files(__package__).joinpath("templates", f"{template}.in").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: words[match[1]], text)
