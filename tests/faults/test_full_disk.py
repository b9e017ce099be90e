"""A full disk is said, loses nothing that was promised, and is mended by `report` when there is space again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_kill import FLOOD, THREADS, Flood, assert_complete, report


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of six megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small file system here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_full_disk_is_an_error_that_can_be_recovered_from(tmp_path: Path, small_disk: Path) -> None:
    """The run ends with a message that names the log and says why; with space again, `report` brings in every event."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    flood = Flood(small_disk, events=0)
    output = flood.finish()
    assert flood.process.returncode == 2, output
    assert "No space left on device" in output
    assert "Traceback" not in output
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    recovered = report(flood.log)
    assert recovered.returncode in (0, 2, 130), recovered.stderr
    closing = json.loads(flood.log.read_bytes().splitlines()[-1])
    assert_complete(flood, closing["data"]["verdict"])


def test_no_space_for_a_first_segment_is_told(tmp_path: Path, small_disk: Path) -> None:
    """A disk that is full from the start is an error before anything runs."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "counts").write_bytes(bytes(8 * THREADS))
    params = {"counts": str(folder / "counts"), "threads": THREADS}
    (folder / "flood.yaml").write_text(json.dumps({"kind": "flood", "timeout": "20s", "params": params}))
    log = small_disk / "flood.jsonl"
    (small_disk / "ballast").write_bytes(bytes((6 << 20) - 4096))
    command = [sys.executable, "-m", "threadbench", "run", str(folder / "flood.yaml"), "--plugin", str(FLOOD)]
    done = subprocess.run([*command, "--events", str(log)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
