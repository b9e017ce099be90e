"""What real threads lose is possible in the `gil` model: measured on the running interpreter."""

from __future__ import annotations

import sys
import sysconfig

import pytest
from idioms import IDIOMS
from native import SETTINGS, allowed, lost

TIMES = 20_000

pytestmark = [
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="the model is CPython's"),
    pytest.mark.skipif(bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="the model has a GIL"),
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_what_is_lost_is_possible(setting: str) -> None:
    """No idiom that the model calls safe loses an update."""
    found = {idiom.name: lost(idiom, setting, TIMES) for idiom in IDIOMS if not allowed(idiom, setting)}
    assert {name: count for name, count in found.items() if count} == {}


@pytest.mark.parametrize("name", ["int()", "Python function", "for loop between"])
def test_the_experiment_loses_updates(name: str) -> None:
    """The threads do race: what is easily lost gets lost, if not in one short loop then in one of the next."""
    idiom = next(idiom for idiom in IDIOMS if idiom.name == name)
    assert any(lost(idiom, "hot", TIMES) for _ in range(50))
