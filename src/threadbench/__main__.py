"""`threadbench` and `python -m threadbench`: answers `--version` itself, because that must cost no import."""

from __future__ import annotations

import sys

from ._version import __version__


def main() -> int:
    """Run the command line; returns the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"threadbench {__version__}\n")
        return 0
    try:
        from .cli import main as cli_main

        return cli_main()
    except KeyboardInterrupt:  # while modules are imported, where nothing is under way yet
        sys.stderr.write("interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
