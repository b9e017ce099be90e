"""The command line: arguments enter, text and an exit code leave; `threadbench.__main__` calls `main`.

Every verb is a file; only the one that was asked for is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error becomes text and a code here, and only here.

    Args:
        arguments: what stands behind `threadbench`; where None, this process is the command: `sys.argv` has them, and
            the process ends here if it can.
    """
    import sys

    from ..collecting import collecting_nothing

    own = arguments is None
    words = list(sys.argv[1:] if arguments is None else arguments)
    with collecting_nothing(ever=own):
        from .failures import guarded
        from .group import ready, run_command
        from .stopping import stopped_by_signal

        code = guarded(ready, words)
    with stopped_by_signal() as stopping:
        code = code or guarded(run_command, words)
    if own:
        from .leaving import leave

        stopping.end()
        leave(code)
    return code
