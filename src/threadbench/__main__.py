"""`threadbench` and `python -m threadbench`: answers `--version` itself, because that must cost no import."""

from __future__ import annotations

import sys

from ._version import __version__


def main() -> int:
    """Run the command line; returns the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"threadbench {__version__}\n")
        return 0
    from .cli import main as cli_main

    return cli_main()


if __name__ == "__main__":
    sys.exit(main())
