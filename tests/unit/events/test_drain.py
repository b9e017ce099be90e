"""What threads write is read once, in order, whatever happens between them: the buffer's and the drain's rules."""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbench.events import buffer, drain, layout
from threadbench.events.buffer import PAYLOAD, PLAIN, Segments, create_control
from threadbench.events.drain import Drain, Record


class Both:
    """Writer and reader of one live folder, in one process."""

    def __init__(self, live: Path) -> None:
        live.mkdir()
        self.live = live
        self.control = create_control(live)
        self.drain = Drain(live, self.control)
        self.drain.begin(1, 0)
        self.segments = Segments(live, self._failed)

    @staticmethod
    def _failed(error: OSError) -> None:
        raise error

    def read(self, *, final: bool = False) -> list[Record]:
        records = self.drain.read(final=final)
        self.drain.note(0)
        return records

    def segments_used(self) -> int:
        """How many segments were ever given out."""
        mappings = (m for path in self.live.glob("segments.*") for m in buffer.map_segments(path, create=False))
        return sum(buffer.words_of(mapping)[buffer.GENERATION] > 0 for mapping in mappings)


@pytest.fixture
def both(tmp_path: Path) -> Both:
    return Both(tmp_path / "live")


def seqs(records: list[Record]) -> list[int]:
    return [record[0] for record in records]


def test_records_come_in_the_order_of_their_seq(both: Both) -> None:
    """Two threads' records are merged by seq, each with its thread and payload."""
    first, _ = both.segments.writer(1)
    second, _ = both.segments.writer(2)
    first(10, 0, 0)
    second(11, 5, 6, PAYLOAD, 0, b'{"a":1}')
    first(12, 0, 0, buffer.NUMBER, -7)
    records = both.read()
    assert [(seq, event, thread) for seq, _, event, _, _, _, _, _, thread in records] == [
        (1, 10, 1),
        (2, 11, 2),
        (3, 12, 1),
    ]
    assert records[1][4:8][:2] == (5, 6)
    assert records[1][7] == b'{"a":1}'
    assert records[2][6] == -7


@settings(deadline=None, max_examples=40)
@given(
    script=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3000), st.integers(1, 400), st.booleans()), min_size=1, max_size=25
    )
)
def test_every_record_is_read_once_however_segments_are_used(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[int, int, int, bool]]
) -> None:
    """Bursts of any size from any thread, read at any moment, recycled or not, killed supervisor or not: each once."""
    both = Both(tmp_path_factory.mktemp("drain") / "live")
    writers = [both.segments.writer(number + 1)[0] for number in range(4)]
    sent = itertools.count()
    read: list[Record] = []
    for thread, size, burst, restart in script:
        for _ in range(burst):
            number = next(sent)
            writers[thread](20, 0, 0, PAYLOAD, 0, b'[%d,"%b"]' % (number, b"][1,2,3,4]"[: size % 11] + b"x" * size))
            for _ in range(size % 3):
                writers[thread](21, size, 0)
        read += both.read()
        if restart:
            both.drain = Drain(both.live)
    read += both.read(final=True)
    assert [msgspec.json.decode(record[7])[0] for record in read if record[7]] == list(range(next(sent)))
    assert seqs(read) == list(range(1, len(read) + 1))


def test_each_thread_has_a_segment_however_many_there_are(both: Both) -> None:
    """Threads that keep what they have do not make others wait for what nobody will give back."""
    count = buffer.ROTATING + 20
    pens = [both.segments.pen(number) for number in range(1, count + 1)]
    for pen in pens:
        pen.emit(20, 0, 0)
    assert both.drain.back_pressure == 0
    assert seqs(both.read()) == list(range(1, count + 1))
    for pen in pens:
        pen.end()


def test_segments_are_recycled_in_bounded_number(both: Both) -> None:
    """However much is written, what was read makes room for more."""
    emit, _ = both.segments.writer(1)
    count = 0
    for _ in range(200):
        for _ in range(2000):
            emit(10, 0, 0)
        count += len(both.read())
    assert count == 400_000
    assert both.segments_used() <= 4


def test_payloads_come_back_whatever_their_segment_held_before(both: Both) -> None:
    """Records with and without data of any size, to the brim and around it, in used segments: the same comes back."""
    emit, _ = both.segments.writer(1)
    largest = layout.LARGEST_DATA
    for _ in range(3):
        for _ in range(12_000):
            emit(10, 0xFFFFFFFF, 0xFFFFFFFF, buffer.NUMBER, -1)
        read = both.read()
        assert len(read) == 12_000
        assert {record[2:7] for record in read} == {(10, buffer.NUMBER, 0xFFFFFFFF, 0xFFFFFFFF, -1)}
        sizes = *range(1, 300), 5000, *range((largest - 200) // 2, largest // 2 + 2, 7), buffer.SEGMENT, *range(1, 200)
        sent = [b'"%b"' % (b"\xc3\xbc" * size) for size in sizes]
        for payload in sent:
            emit(11, 0xFFFFFFFF, 0xFFFFFFFF, PAYLOAD, 0, payload)
        read = both.read()
        assert [record[7] for record in read] == sent
        assert {record[4:6] for record in read} == {(0xFFFFFFFF, 0xFFFFFFFF)}
    assert both.segments_used() <= 40


def test_a_signal_handler_emits_inside_emit_and_nothing_is_lost_or_mixed(both: Both) -> None:
    """Between any two steps of a writer the same thread may write more: each record and payload stays whole."""
    emit, _ = both.segments.writer(1)
    inner, outer = itertools.count(), itertools.count()
    codes = {code for code in buffer.Segments.pen.__code__.co_consts if isinstance(code, CodeType)}
    dice = random.Random(1)

    def interrupt(frame: FrameType, event: str, _: object) -> None:
        # CPython runs handlers when a function begins and after a call; here it is done without a signal.
        if event in ("call", "c_return") and frame.f_code in codes and dice.random() < 0.2:
            size = dice.choice((0, 20, 3000))
            emit(12, 0, 0, PAYLOAD, 0, b'[%d,"%b"]' % (next(inner), b"x" * size))

    read: list[Record] = []
    for _ in range(20):
        sys.setprofile(interrupt)
        try:
            for _ in range(500):
                size = dice.choice((0, 20, 3000))
                emit(11, 0, 0, PAYLOAD, 0, b'[%d,"%b"]' % (next(outer), b"y" * size))
                emit(10, 0, 0)
        finally:
            sys.setprofile(None)
        read += both.read()
    read += both.read(final=True)
    for event, sent, filling in ((11, outer, "y"), (12, inner, "x")):
        payloads = [msgspec.json.decode(record[7] or b"") for record in read if record[2] == event]
        assert [number for number, _ in payloads] == list(range(next(sent)))
        assert not any(text.strip(filling) for _, text in payloads)
    assert sum(record[2] == 10 for record in read) == 20 * 500


def numbered(both: Both, numbers: Iterator[int]) -> buffer.Emit:
    """A writer whose seqs are chosen by the test, as another order of threads would have them."""
    both.segments.next_seq = numbers.__next__
    return both.segments.writer(1)[0]


def test_a_missing_seq_holds_back_what_follows(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a thread stands between taking its number and storing it, later records wait for it."""
    monkeypatch.setattr(drain, "PATIENCE", 60.0)
    emit = numbered(both, iter([1, 3, 2, 4]))
    emit(10, 0, 0)
    emit(10, 0, 0)
    assert seqs(both.read()) == [1]
    assert both.read() == []
    emit(10, 0, 0)
    emit(10, 0, 0)
    assert seqs(both.read()) == [2, 3, 4]
    assert both.drain.late == 0


def test_a_seq_that_never_comes_is_given_up_and_late_ones_are_kept(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its patience the log goes on without a missing record; should it come after all it is written late."""
    monkeypatch.setattr(drain, "PATIENCE", 0.0)
    emit = numbered(both, iter([1, 4, 2, 5]))
    emit(10, 0, 0)
    emit(11, 0, 0)
    assert seqs(both.read()) == [1]
    assert seqs(both.read()) == [4]
    emit(12, 0, 0)
    assert [(record[0], record[2]) for record in both.read()] == [(2, 12)]
    assert both.drain.late == 1
    emit(13, 0, 0)
    assert seqs(both.read()) == [5]


def test_late_records_survive_a_killed_supervisor(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was given up is known to the next reader, so that it is neither lost nor doubled."""
    monkeypatch.setattr(drain, "PATIENCE", 0.0)
    emit = numbered(both, iter([1, 3, 2, 4]))
    emit(10, 0, 0)
    emit(10, 0, 0)
    both.read()
    both.read()
    emit(12, 0, 0)
    emit(10, 0, 0)
    both.drain = Drain(both.live)
    assert sorted(seqs(both.read(final=True))) == [2, 4]


def test_a_killed_thread_leaves_a_seq_out_and_nothing_behind_it_is_lost(both: Both) -> None:
    """A number that was taken and never written is passed over at the end."""
    emit, _ = both.segments.writer(1)
    emit(10, 0, 0)
    both.segments.next_seq()  # taken by a thread that was killed before it stored it
    other, _ = both.segments.writer(2)
    other(11, 0, 0)
    assert seqs(both.read()) == [1]
    assert seqs(both.read(final=True)) == [3]


def test_a_record_is_taken_when_its_last_word_is_there(both: Both) -> None:
    """Looked at after each word of being stored: nothing, nothing, …, the record."""
    emit, _ = both.segments.writer(1)
    emit(10, 0, 0)
    assert seqs(both.read()) == [1]
    emit(11, 5, 6, PAYLOAD, 0, b'{"a":"]"}')
    end = both.segments.pen(2)  # in a segment of its own, so that the first one's writer is known to go on
    mapping = buffer.map_file(both.live / "segments.0", buffer.SEGMENT, create=False)
    stored = buffer.words_of(mapping)
    first = (buffer.HEADER + layout.PLAIN_SIZE) // 8
    words = list(stored[first : first + 6])
    assert words[-1] == 2
    assert not any(stored[first + 6 :])
    for place in range(6):
        stored[first + place] = 0
    for place, word in enumerate(words):
        assert both.read() == []
        stored[first + place] = word
    (record,) = both.read()
    assert record[2:] == (11, PAYLOAD, 5, 6, 0, b'{"a":"]"}', 1)
    end.end()


def test_a_torn_record_ends_what_a_killed_thread_wrote(both: Both) -> None:
    """What its emit had returned from is there; the record it was killed in is not, and harms nobody."""
    emit, _ = both.segments.writer(1)
    for _ in range(3):
        emit(10, 0, 0, PAYLOAD, 0, b'{"a":1}')
    mapping = buffer.map_file(both.live / "segments.0", buffer.SEGMENT, create=False)
    words = buffer.words_of(mapping)
    size = layout.packer(7)[1]
    words[(buffer.HEADER + 3 * size) // 8 - 1] = 0
    other, _ = both.segments.writer(2)
    other(11, 0, 0)
    assert seqs(both.read(final=True)) == [1, 2, 4]


def test_a_word_that_does_not_fit_is_an_error_and_harms_nobody(both: Both) -> None:
    """What no record can hold raises where it is written; what was written before and behind it is there."""
    pen = both.segments.pen(1)
    pen.put(10, 0)
    for bad in (-1, 2**64):
        with pytest.raises(layout.NoRoom):
            pen.put(10, bad)
    pen.put(11, 0)
    assert [(record[0], record[2]) for record in both.read(final=True)] == [(1, 10), (4, 11)]


def test_data_that_is_no_json_is_an_error_and_holds_up_nobody(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event that cannot be had raises, and what follows need not wait for its number."""
    monkeypatch.setattr(drain, "PATIENCE", 60.0)
    pen = both.segments.pen(1)
    pen.put_data(buffer.what_word(10, 0, PAYLOAD), 0, {"a": 1})
    for bad in ({"a": object()}, {"a": {1: {2: object()}}}):
        with pytest.raises(TypeError):
            pen.put_data(buffer.what_word(10, 0, PAYLOAD), 0, bad)
    pen.put_data(buffer.what_word(10, 0, PAYLOAD), 0, {"a": 2**70, "b": "\ud800"})
    read = both.read()
    large = b'{"a": 1180591620717411303424, "b": "\\\\ud800"}'
    assert [(record[0], record[7]) for record in read] == [(1, b'{"a":1}'), (2, large)]


def test_raw_data_that_is_no_json_is_handed_on_and_spoils_no_other(both: Both) -> None:
    """A workload may vouch for JSON that is none."""
    pen = both.segments.pen(1)
    sent = [b"{,", b"]],,", b"5]", b'{"a":1}', b'"][1,2,3,4]["', b"1],[5,6,7,8,9", b""]
    for text in sent:
        pen.put(buffer.what_word(11, 0, buffer.NUMBER), buffer.where_word(7, 8))
        pen.put_data(buffer.what_word(10, 3, PAYLOAD), 4, msgspec.Raw(text))
    read = both.read()
    assert [record[7] for record in read if record[2] == 10] == sent
    assert {record[4:7] for record in read if record[2] == 11} == {(0, 7, 8)}


@pytest.mark.parametrize("size", [1, 100_000], ids=["small", "spilled"])
def test_white_space_in_raw_data_breaks_no_line(both: Both, size: int) -> None:
    """JSON that a workload encoded itself, in lines of its own, is one event with the same value."""
    pen = both.segments.pen(1)
    word = buffer.what_word(10, 3, PAYLOAD)
    sent = [
        b'{"a":\r\t["x"\r\t]}',
        b"[1,0\r\t]",
        b"[1,2,3,4,{},0\r\t]",
        b'{\r\n  "a": 1,\r\n  "b": [\n2\t]\r\n}',
        b'{\n  "a": 1\n}',
        b'"' + b"x" * size + b'"\r\t',
        b'\n["' + b"x" * size + b'"]\n',
    ]
    for text in sent:
        for data in (msgspec.Raw(text), {"deep": [msgspec.Raw(text)]}):
            pen.put(buffer.what_word(11, 0, buffer.NUMBER), buffer.where_word(7, 8))
            pen.put_data(word, 4, data)
    read = both.read()
    assert [record[0] for record in read] == list(range(1, 4 * len(sent) + 1))
    values = [value for text in sent for value in (json.loads(text), {"deep": [json.loads(text)]})]
    assert [json.loads(record[7]) for record in read if record[2] == 10] == values
    assert not [record for record in read if record[7] and set(record[7]) & set(b"\n\r\0")]
    assert {record[4:7] for record in read if record[2] == 11} == {(0, 7, 8)}


def test_raw_data_that_is_no_json_cannot_end_a_line(both: Both) -> None:
    """It is handed on without what could end a line, and what was written before and behind it is there."""
    pen = both.segments.pen(1)
    word = buffer.what_word(10, 0, PAYLOAD)
    for text in (b"0,0\r\t][9,9,9,9,{},0\r\t]", b"\r\t]", b"\0", b"1\n"):
        pen.put_data(word, 0, {"a": 1})
        pen.put_data(word, 0, {"b": msgspec.Raw(text)})
    pen.put_data(word, 0, {"a": 2})
    read = [record[7] for record in both.read()]
    assert read[::2] == [b'{"a":1}'] * 4 + [b'{"a":2}']
    assert read[1::2] == [b'{"b":0,0 \t][9,9,9,9,{},0 \t]}', b'{"b": \t]}', b'{"b": }', b'{"b":1 }']


def test_large_payloads_are_spilled_and_come_back(both: Both) -> None:
    """Payloads larger than a segment go through the side file, in order."""
    emit, _ = both.segments.writer(1)
    texts = [bytes([65 + number]) * 300_000 for number in range(3)]
    for text in texts:
        emit(10, 0, 0, buffer.SPILLED, both.segments.spill(text))
        emit(11, 0, 0, PLAIN)
    assert [record[7] for record in both.read() if record[2] == 10] == texts


def test_segment_of_an_ended_thread_serves_another(both: Both) -> None:
    """Many short threads use few segments."""
    for number in range(1, 500):
        emit, end = both.segments.writer(number)
        emit(10, 0, 0)
        end()
        assert [record[8] for record in both.read()] == [number]
    assert both.segments_used() <= 3


def test_segment_left_after_its_last_record_was_read_is_given_back(both: Both) -> None:
    """A segment whose end comes in a pass without records serves the next thread all the same, full or not."""
    for number in range(1, 50):
        emit, end = both.segments.writer(number)
        full = [60_000] * 4 + [buffer.SEGMENT - buffer.HEADER - 4 * layout.packer(60_002)[1] - layout.PLAIN_SIZE - 66]
        for size in full if number % 2 else (1, 2, 3):
            emit(10, 0, 0, PAYLOAD, 0, b'"%b"' % (b"x" * size))
        assert both.read()
        end()
        assert both.drain.read() == []  # and nothing is noted: there was nothing to write
    assert both.segments_used() == 1


def test_strings_are_there_before_their_number_is_used(both: Both) -> None:
    """A number is resolved when it is first met, also when the line behind it is torn."""
    both.segments.announce(b'["object",7,"Lock#1"]\n')
    assert both.drain.names.get("object", 7) == "Lock#1"
    both.segments.announce(b'["object",8,"Lock')
    with pytest.raises(LookupError):
        both.drain.names.get("object", 8)
    both.segments.announce(b'#2"]\n')
    assert both.drain.names.get("object", 8) == "Lock#2"
