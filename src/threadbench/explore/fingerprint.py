"""Tells whether code under test is what it was when a schedule was stored, and which functions are not."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from types import CodeType

from ..hashing import blake2b
from .places import shown_path

MOST_NAMED = 5
"""Functions of a module of which it is said that they are not what they were."""


def digests_of(functions: Sequence[tuple[str | None, CodeType]]) -> dict[str, str]:
    """Of functions, given by module and code, by `module:function`: a digest of bytecode and constants.

    Lines and comments are not in it: where they move, a stored schedule stays what it is.
    """
    global _last
    if functions != _last[0]:  # many searches in a row are of the same code
        texts: defaultdict[str, list[bytes]] = defaultdict(list)
        for module, own in functions:
            found: list[bytes] = []
            _add_texts(own, found)
            texts[f"{module}:{own.co_qualname}"].append(b"\n".join(found))
        _last = list(functions), {name: _digest(sorted(set(each)), 6) for name, each in sorted(texts.items())}
    return _last[1]


_last: tuple[list[tuple[str | None, CodeType]], dict[str, str]] = ([], {})
"""The functions that were last asked about, and the answer."""


def with_opened(digests: Mapping[str, str], opened: Collection[str]) -> dict[str, str]:
    """The same, and which parts of the standard library told what they do: choices are of points there too."""
    if not opened:
        return dict(digests)
    return {name: digest for name, digest in digests.items() if name.partition(":")[0] not in set(opened)} | {
        f"{part}:": "opened" for part in sorted(opened)
    }


def opened_in(digests: Mapping[str, str]) -> frozenset[str]:
    """These parts."""
    return frozenset(name[:-1] for name in digests if name[-1:] == ":")


def fingerprint_of(digests: Mapping[str, str]) -> str:
    """Of all code under test: what a stored schedule belongs to."""
    global _last_fingerprint
    texts, fingerprint = list(digests.items()), _last_fingerprint[1]
    if texts != _last_fingerprint[0]:
        fingerprint = _digest([f"{name} {digest}".encode() for name, digest in texts], 12)
        _last_fingerprint = texts, fingerprint
    return fingerprint


_last_fingerprint: tuple[list[tuple[str, str]], str] = ([], "")
"""The digests that were last asked about, and the answer."""


def told_changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Which functions are not what they were, for a person: `bank.py: function deposit changed`."""
    by_module: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted({*before, *now}):
        module, _, function = name.partition(":")
        if name not in now:
            by_module[module].append(f"function {function} is gone")
        elif name not in before:
            by_module[module].append(f"function {function} is new")
        elif before[name] != now[name]:
            by_module[module].append(f"function {function} changed")
    return "; ".join(f"{_file_of(module)}: {_listed(changes)}" for module, changes in by_module.items())


def _listed(changes: Sequence[str]) -> str:
    more = f", and {len(changes) - MOST_NAMED} more" if len(changes) > MOST_NAMED else ""
    return ", ".join(changes[:MOST_NAMED]) + more


def _file_of(module: str) -> str:
    file = getattr(sys.modules.get(module), "__file__", None)
    return shown_path(file) if file else module


def _add_texts(code: CodeType, texts: list[bytes]) -> None:
    texts.append(repr((code.co_name, code.co_names, code.co_varnames, code.co_code.hex())).encode())
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _add_texts(constant, texts)
        else:
            texts.append(repr((code.co_qualname, type(constant).__name__, _shown(constant))).encode())


def _shown(constant: object) -> str:
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


def _digest(texts: Sequence[bytes], size: int) -> str:
    digest = blake2b(digest_size=size)
    for text in texts:
        digest.update(text)
        digest.update(b"\0")
    return digest.hexdigest()
