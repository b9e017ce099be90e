"""How our own pydantic models are built: without asking every installed distribution for plugins of pydantic's.

pydantic does so before it builds the first model of a process. In an environment of twenty distributions that takes as
long as all the models of a run; in one of three hundred, longer than the run. Models that were defined elsewhere find
pydantic as it always is. Imported by whoever defines a model of ours, or imports a module that does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

_LOADER: Final = "pydantic.plugin._loader"
"""What looks for plugins, imported when it is needed. Where pydantic comes to have it elsewhere, models take longer."""


@contextmanager
def unobserved() -> Iterator[None]:
    """Models that are defined in the body have no observers: there is no other public way than an environment variable,
    which other threads and child processes would see, and which spares the search but not what is imported for it.
    """
    if _LOADER in sys.modules:  # somebody has needed it: the search is over
        yield
        return
    stand_in = ModuleType(_LOADER)
    vars(stand_in)["get_plugins"] = tuple
    sys.modules[_LOADER] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(_LOADER) is stand_in:
            del sys.modules[_LOADER]
