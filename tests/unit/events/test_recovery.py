"""What a dead supervisor left is brought in piece by piece."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadbench.events import drain
from threadbench.events.buffer import Segments, create_control
from threadbench.events.drain import Drain, Record
from threadbench.events.log import LogWriter
from threadbench.events.reader import read_log
from threadbench.events.recovery import live_folder, recover
from threadbench.events.scribe import Scribe


@pytest.mark.parametrize("gap", [False, True])
def test_recovery_holds_a_part_of_the_events_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gap: bool
) -> None:
    """However many events there are to bring in, all come, in order; the few behind a missing number at last."""
    monkeypatch.setattr(drain, "MOST", 1000)
    log = tmp_path / "run.jsonl"
    writer = LogWriter.create(log, {})
    live = live_folder(log)
    live.mkdir()
    Drain(live, create_control(live)).begin(writer.start, writer.flush())
    writer.close()

    def failed(error: OSError) -> None:
        raise error

    segments = Segments(live, failed)
    segments.announce(b'["thread",1,"one"]\n["thread",2,"two"]\n["event",1024,"k.item"]\n')
    one, _ = segments.writer(1)
    two, _ = segments.writer(2)
    for number in range(10_000):
        (one if number % 3 else two)(1024, 0, 0, 2, 0, b'{"n":%d}' % number)
    if gap:
        segments.next_seq()
    for number in range(10_000, 10_100):
        (one if number % 3 else two)(1024, 0, 0, 2, 0, b'{"n":%d}' % number)
    segments.close()
    sizes: list[int] = []
    write = Scribe.write

    def weighed(self: Scribe, records: list[Record]) -> None:
        sizes.append(len(records))
        write(self, records)

    monkeypatch.setattr(Scribe, "write", weighed)
    assert recover(log) == 10_100
    assert max(sizes) < 1000 + 2 * drain.CHUNK // 40
    events = list(read_log(log))
    assert [event.data["n"] for event in events if event.event == "k.item"] == list(range(10_100))
    assert events[-1].event == "run.finished"
    assert events[-1].data["counts"]["recovered"] == 10_100
    assert events[-1].data["duration"] > 0
    assert not live.exists()
