"""Writes `docs/scenario-reference.md` anew, after a model or a kind has changed."""

from __future__ import annotations

from pathlib import Path

from threadbench.plugins import Registry
from threadbench.scenario.reference import reference_markdown

if __name__ == "__main__":
    page = Path(__file__).parents[3] / "docs" / "scenario-reference.md"
    page.write_text(reference_markdown(Registry(third_party=False).workloads()), encoding="utf-8")
