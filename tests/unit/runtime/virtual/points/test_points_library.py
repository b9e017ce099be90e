"""The standard library works as before with hooks in every function."""

from __future__ import annotations

from typing import Any

import pytest
from library_copies import CALLS, copied
from observers import Silent

from threadbench.runtime.virtual.points import instrumented


@pytest.mark.parametrize("switches", [False, True], ids=["accesses", "accesses and switches"])
@pytest.mark.parametrize("name", CALLS)
def test_a_library_gives_the_same_results(name: str, switches: bool, request: pytest.FixtureRequest) -> None:
    """What a copied module returns is what it returned before it was instrumented, the first time and later."""
    module = copied(name)
    call: Any = CALLS[name]
    plain = call(module)
    observer = Silent()
    with instrumented([module, call], observer, accesses=True, switches=switches):
        assert call(module) == plain
        assert call(module) == plain
    assert observer.count > 0
    told = observer.count
    assert call(module) == plain
    assert observer.count == told
