"""What lies in a segment is read as it was written, however far the writer is at each word that is read."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from threadbench.events import layout
from threadbench.events.layout import Found


def record(seq: int, where: int, data: bytes | None) -> tuple[Found, bytes]:
    """A record and how it lies in a segment."""
    what = 7 | (layout.NUMBER if data is None else layout.PAYLOAD) << 16 | 3 << 32
    found = seq, 1000 + seq, what, where, data
    if data is None:
        place = bytearray(layout.PLAIN_SIZE)
        layout.pack_plain(place, 0, 1000 + seq, what, where, seq)
    else:
        pack, size = layout.packer(len(data))
        place = bytearray(size)
        pack(place, 0, 1000 + seq, what, where, len(data), data, seq)
    return found, bytes(place)


class Growing:
    """A segment whose writer stores so and so many words, in order, before each word that is read of it."""

    def __init__(self, written: bytes, size: int, strides: list[int]) -> None:
        self._to_come = written
        self._bytes = bytearray(size)
        self._stored = 0
        self._strides = strides

    def store(self, words: int) -> None:
        """The writer's next words."""
        end = min(self._stored + 8 * words, len(self._to_come))
        self._bytes[self._stored : end] = self._to_come[self._stored : end]
        self._stored = end

    def __getitem__(self, part: slice) -> bytes:
        words = []
        for place in range(*part.indices(len(self._bytes)))[::8]:
            if self._strides:
                self.store(self._strides.pop())
            words.append(bytes(self._bytes[place : place + 8]))
        return b"".join(words)


SIZES = st.one_of(st.none(), st.integers(0, 40), st.sampled_from([511, 512, 513, 1000]))


@settings(deadline=None, max_examples=300)
@given(
    sizes=st.lists(st.tuples(SIZES, st.integers(0, 3)), min_size=1, max_size=8),
    strides=st.lists(st.sampled_from([0, 0, 0, 1, 1, 2, 3, 9]), max_size=400),
    chunk=st.sampled_from([64, 128, 1200]),
)
def test_records_are_whole_however_writer_and_reader_meet(
    sizes: list[tuple[int | None, int]], strides: list[int], chunk: int
) -> None:
    """What is taken is what was written, in order; all of it in the end."""
    made = [
        # Data whose words look like those of other records, and zeros.
        record(
            seq, where, None if size is None else (struct.pack("Q", seq) + bytes(8)) * (size // 16) + b"x" * (size % 16)
        )
        for seq, (size, where) in enumerate(sizes, start=1)
    ]
    written = b"".join(place for _, place in made)
    segment = Growing(written, len(written) + 256, strides)
    taken: list[Found] = []
    off = 0
    for _ in range(3 * len(made) + 100):
        found, off = layout.take(segment, off, chunk)
        if not found:
            found, off = layout.take(segment, off, len(written) + 256)
        taken += found
        assert taken == [one for one, _ in made[: len(taken)]]
    segment.store(len(written))
    while found:
        found, off = layout.take(segment, off, len(written) + 256)
        taken += found
    found, off = layout.take(segment, off, len(written) + 256)
    assert taken + found == [one for one, _ in made]


def test_packers_are_few_and_their_records_are_of_whole_words() -> None:
    """Data of any size has a packer, and those of large data share theirs."""
    sizes = {size: layout.packer(size)[1] for size in range(layout.LARGEST_DATA + 1)}
    assert all(taken % 8 == 0 and 32 + size <= taken < 32 + size + 64 for size, taken in sizes.items())
    assert len({layout.packer(size)[0].__self__ for size in range(512, layout.LARGEST_DATA + 1)}) <= 1024  # type: ignore[attr-defined] # a method of a Struct
