"""THREADBENCH_TRACE_PLUGINS=1: each call of a hook, who implements it in order, what came of it, how long it took."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..attribution import shown, traced

if TYPE_CHECKING:
    from pluggy import HookImpl, PluginManager, Result


def trace(manager: PluginManager) -> None:
    """Have a manager's calls told on standard error; hooks call no hooks, so one is under way at a time."""
    began = 0.0

    def before(_hook: str, _implementations: Sequence[HookImpl], _arguments: Mapping[str, Any]) -> None:
        nonlocal began
        began = time.perf_counter()

    def after(
        result: Result[Any], hook: str, implementations: Sequence[HookImpl], _arguments: Mapping[str, Any]
    ) -> None:
        if not implementations:
            return
        names = ", ".join(each.plugin_name for each in reversed(implementations))  # pluggy calls the last one first
        failed = result.exception
        came = f"raised {type(failed).__name__}" if failed is not None else f"gave {shown(result.get_result(), 200)}"
        traced(f"{hook} of {names}", came, began)

    manager.add_hookcall_monitoring(before, after)
