"""Scenario files to cases: paths and the installed kinds go in, validated `Case`s come out, or every error at once.

An `Expect` judges what a run came to. The engine and the command line import this package; it knows the types of
workloads, and neither runtimes nor the engine.
"""

from __future__ import annotations

from .cases import Case, Kinds
from .expect import Expect, Failure
from .loading import cases_of, load_cases
from .model import Scenario
from .reference import reference_markdown
from .resolved import resolved, resolved_text
from .schema import schema_document
from .selection import select

__all__ = [
    "Case",
    "Expect",
    "Failure",
    "Kinds",
    "Scenario",
    "cases_of",
    "load_cases",
    "reference_markdown",
    "resolved",
    "resolved_text",
    "schema_document",
    "select",
]
