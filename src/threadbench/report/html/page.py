"""A page from a template: style and scripts go into it, and a policy that lets the browser run those and nothing else.

Whatever a log holds is escaped by jinja2 where it is text, and as JSON where it is data; should some of it be taken for
a script all the same, its digest is not the one that the policy names.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..._version import __version__
from ...errors import UsageError, printable

_FOLDER: Final = Path(__file__).parent
_SCRIPTS: Final = ("base.js", "data.js", "draw.js", "timeline.js", "events.js", "witness.js", "page.js", "main.js")
_BROKEN: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)

GOOD, BAD, WARN = "good", "bad", "warn"
SIGNS: Final = {GOOD: "✓", BAD: "✗", WARN: "!"}


def require_html() -> None:
    """See that pages can be written, before anything long is begun.

    Raises:
        UsageError: jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: F401 - only whether it is here
    except ImportError:
        raise UsageError(
            "an HTML report needs jinja2, which is not installed", hint="pip install 'threadbench[html]'"
        ) from None


def rendered(template: str, data: Mapping[str, Any], parts: Mapping[str, str] | None = None, **facts: Any) -> str:
    """A whole page.

    Args:
        template: its name.
        data: what the scripts draw.
        parts: more of that by name, in base64; a script reads each when it needs it, and not before.
        facts: what the template names; every text in it is escaped, and made inert before.

    Raises:
        UsageError: jinja2 is not installed.
    """
    require_html()
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = "\n" + _file("style.css")
    script = '\n"use strict";\n(() => {\n' + "\n".join(map(_file, _SCRIPTS)) + "})();\n"
    embedded = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_BROKEN)
    return environment.get_template(template).render(
        version=__version__,
        style=Markup(style),
        script=Markup(script),
        style_hash=_digest(style),
        script_hash=_digest(script),
        data=Markup(embedded),
        parts={name: Markup(text) for name, text in (parts or {}).items()},
        **inert(facts),
    )


def inert(value: Any) -> Any:
    """The same with every text made printable, line by line."""
    if isinstance(value, str):
        return "\n".join(map(printable, value.split("\n")))
    if isinstance(value, dict):
        return {key: inert(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [inert(each) for each in value]
    return value


def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
