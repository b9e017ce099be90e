"""What a person sees while long work goes on: a line that is drawn over, on a terminal and nowhere else."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "scenarios"


def on_a_terminal(folder: Path, *words: str, columns: int = 150, until: bytes | None = None, exits: int = 0) -> str:
    """Everything that a command writes to a terminal, to its end; once it has written `until`, Ctrl-C is typed."""
    ours, theirs = pty.openpty()
    environ = {key: value for key, value in os.environ.items() if key not in {"CI", "NO_COLOR", "FORCE_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "threadbench", *words],
        **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
        cwd=folder,
        env={**environ, "TERM": "xterm", "COLUMNS": str(columns)},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
            if until is not None and until in written:
                os.write(ours, b"\x03")
                until = None
    except OSError:  # nobody holds the other end any more
        pass
    os.close(ours)
    assert process.wait() == exits, written.decode()
    return written.decode()


def test_a_search_shows_its_schedules_their_rate_and_outcomes(tmp_path: Path) -> None:
    """While it goes on; in the end the line is gone, and the table stands there."""
    path = str(LIBRARY / "prodcons.yaml")
    shown = on_a_terminal(tmp_path, "explore", path, "--strategy", "random", "--max-schedules", "4000")
    live = [each for each in shown.split("\r") if "[1/1]" in each]
    assert any("schedules" in each and "/s" in each and "outcome" in each for each in live), shown
    assert "[1/1]" not in shown.rpartition("\x1b[2K")[2]


def test_cells_of_a_matrix_are_counted(tmp_path: Path) -> None:
    """Which of how many runs, and which repeat of it."""
    (tmp_path / "m.yaml").write_text("kind: lock\nmatrix: {workers: [2, 3]}\nrepeat: 2\n", encoding="utf-8")
    shown = on_a_terminal(tmp_path, "run", "m.yaml")
    for part in ("[1/2]", "[2/2]", "repeat 2 of 2"):
        assert part in shown, shown
    assert "[2/2]" not in shown.rpartition("\x1b[2K")[2]


def test_no_color_leaves_the_live_line_and_takes_the_colour(tmp_path: Path) -> None:
    """A colour is `ESC [ … m`."""
    (tmp_path / "m.yaml").write_text("kind: lock\n", encoding="utf-8")
    shown = on_a_terminal(tmp_path, "run", "m.yaml", "--color", "never")
    assert "[1/1]" in shown
    assert "m" not in {each.lstrip("0123456789;?")[:1] for each in shown.split("\x1b[")[1:]}
    assert "\x1b[1m" in on_a_terminal(tmp_path, "run", "m.yaml")


def test_on_a_narrow_terminal_figures_stay_and_ctrl_c_leaves_nothing_of_the_live_line(tmp_path: Path) -> None:
    """The name of the case gives way, and the line is so short that the terminal's `^C` does not break it."""
    (tmp_path / "a-name-of-many-words-that-fills-a-line.yaml").write_text("kind: prodcons\n", encoding="utf-8")
    words = (
        "explore",
        "a-name-of-many-words-that-fills-a-line.yaml",
        "--strategy",
        "random",
        "--max-schedules",
        "900000",
    )
    shown = on_a_terminal(tmp_path, *words, columns=60, until=b" schedules", exits=130)
    live = [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", each).partition("\n")[0] for each in re.split(r"\r|\^C", shown)]
    live = [each for each in live if each.startswith("[1/1]")]
    assert any("schedule" in each for each in live), shown
    assert max(map(len, live)) <= 57
    assert "^C" in shown
    assert "[1/1]" not in shown.rpartition("\x1b[2K")[2]
