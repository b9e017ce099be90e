"""Scenario files to cases: paths and the installed kinds go in, validated `Case`s come out, or every error at once.

An `Expect` judges what a run came to; `selection` picks among cases. What scenarios are shown as (`resolved`, `schema`,
`reference`) is imported by who shows it. The engine and the command line import this package; it knows the types of
workloads, and neither runtimes nor the engine.
"""

from __future__ import annotations

from .cases import Case, Kinds
from .expect import Expect, Failure
from .loading import cases_of, load_cases
from .model import Scenario

__all__ = [
    "Case",
    "Expect",
    "Failure",
    "Kinds",
    "Scenario",
    "cases_of",
    "load_cases",
]
